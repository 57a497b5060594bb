/** App Home: a person's own questions, what waits for people, how the student is; for engineers what to look at. */
import type { types } from '@slack/bolt';
import type { Exchange, Home } from '../../bot/types.ts';
import { clip } from '../shared/fold.ts';
import { viewOf } from '../shared/view.ts';
import { button, context, header, paragraphs, richText } from './blocks.ts';

type Block = types.KnownBlock;

/** A view holds 100 blocks. */
const SHOWN = 8;

export function homeView(home: Home): types.HomeView {
  return { type: 'home', blocks: home.roles.length === 0 ? stranger() : blocksOf(home).slice(0, 100) };
}

/** For `/rounds flags`: what engineers should look at; for others, their own answers with a flag. */
export function flagBlocks({ review, mine, roles }: Home): Block[] {
  const engineer = roles.some((role) => role !== 'operator');
  const flagged = engineer ? review : mine.filter(({ flags }) => flags.some(({ withdrawn }) => !withdrawn));
  if (flagged.length === 0) return [context(['No flags wait.'])];
  return [header('Flagged, and not put right yet'), ...flagged.slice(0, 12).flatMap((one) => line(one, engineer))];
}

function blocksOf({ mine, open, review, roles, about }: Home): Block[] {
  const engineer = roles.some((role) => role !== 'operator');
  return [
    header('How Rounds is'),
    ...paragraphs(about, 1),
    context([`Your role: ${roles.join(', ')}`]),
    header(`Questions waiting for people (${open.length})`),
    ...(open.length === 0 ? [context(['None.'])] : []),
    ...open
      .slice(0, SHOWN)
      .flatMap(({ exchangeId, question, reason }) => [
        richText(clip(question, 300), { bold: true }),
        context([clip(reason, 300)]),
        ...(engineer ? [actions(button('Answer', 'correct', exchangeId, 'primary'))] : []),
      ]),
    ...(engineer ? [header(`Flagged answers to look at (${review.length})`)] : []),
    ...(engineer && review.length === 0 ? [context(['None.'])] : []),
    ...review.slice(0, SHOWN).flatMap((exchange) => line(exchange, true)),
    header('Your questions'),
    ...(mine.length === 0 ? [context(['None yet. Mention me in a channel, or write to me under Messages.'])] : []),
    ...mine.slice(0, SHOWN).flatMap((exchange) => line(exchange, false)),
  ];
}

/** One exchange: question, what stands, and for an engineer a way to put it right. */
function line(exchange: Exchange, withButton: boolean): Block[] {
  const view = viewOf(exchange.reply, exchange);
  const answer = view.kind === 'answer' ? view.answer : view.kind === 'notice' ? view.text : view.line;
  const flags = view.kind === 'answer' ? view.flags.slice(-2) : [];
  return [
    richText(clip(exchange.message.text, 300), { bold: true }),
    richText(clip(answer, 300)),
    ...(flags.length > 0 ? [context(flags)] : []),
    ...(withButton ? [actions(button('Correct', 'correct', exchange.id), button('Why?', 'why', exchange.id))] : []),
  ];
}

function actions(...elements: types.Button[]): Block {
  return { type: 'actions', elements };
}

function stranger(): Block[] {
  return [
    header('You have no role here yet'),
    ...paragraphs('Ask the administrator to add you, or a user group you are in, to ROLES.', 1),
  ];
}
