/** App Home: a person's own questions, what waits for people, how the student is; for engineers what to look at. */
import type { types } from '@slack/bolt';
import type { Exchange, Home, ReviewItem } from '../../bot/types.ts';
import { clip } from '../shared/fold.ts';
import { harmless } from '../shared/text.ts';
import { viewOf } from '../shared/view.ts';
import { reviewWords } from '../web/public/words.js';
import { button, context, header, paragraphs, richText } from './blocks.ts';

type Block = types.KnownBlock;

/** A view holds 100 blocks. */
const SHOWN = 8;

/** What came of a press on the page: said at its top, since there is no conversation to say it in. */
export interface Told {
  notice: string;
  /** The item that was decided on: it can be taken back. */
  undo?: string;
}

/** `reviews`: undefined for who may not review. */
export function homeView(home: Home, reviews: readonly ReviewItem[] | undefined, told?: Told): types.HomeView {
  const blocks = home.roles.length === 0 ? stranger() : blocksOf(home, reviews);
  return { type: 'home', blocks: [...(told ? toldBlocks(told) : []), ...blocks].slice(0, 100) };
}

function toldBlocks({ notice, undo }: Told): Block[] {
  return [
    richText(clip(harmless(notice), 300), { bold: true }),
    ...(undo === undefined ? [] : [actions(button('Undo', 'review.undo', undo))]),
  ];
}

/** For `/rounds flags`: what engineers should look at; for others, their own answers with a flag. */
export function flagBlocks({ review, mine, roles }: Home): Block[] {
  const engineer = roles.some((role) => role !== 'operator');
  const flagged = engineer ? review : mine.filter(({ flags }) => flags.some(({ withdrawn }) => !withdrawn));
  if (flagged.length === 0) return [context(['No flags wait.'])];
  return [header('Flagged, and not put right yet'), ...flagged.slice(0, 12).flatMap((one) => line(one, engineer))];
}

function blocksOf({ mine, open, roles, about }: Home, reviews: readonly ReviewItem[] | undefined): Block[] {
  const engineer = roles.some((role) => role !== 'operator');
  const waiting = reviews?.filter(({ state }) => state === 'waiting') ?? [];
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
    ...(reviews ? [header(`To review (${waiting.length})`)] : []),
    ...(reviews && waiting.length === 0 ? [context(['Nothing waits.'])] : []),
    ...waiting.slice(0, SHOWN).flatMap(reviewItem),
    header('Your questions'),
    ...(mine.length === 0 ? [context(['None yet. Mention me in a channel, or write to me under Messages.'])] : []),
    ...mine.slice(0, SHOWN).flatMap((exchange) => line(exchange, false)),
  ];
}

/** What a round may learn from, once someone with the role has passed it. */
function reviewItem({ id, kind, question, answer, answeredBy, reasons, exchanges }: ReviewItem): Block[] {
  const words = reviewWords(kind);
  // What was complained about is best put right; without the right answer, the next round asks the teachers.
  const right = kind === 'complaint' ? [button('Correct', 'correct', exchanges.at(-1) ?? '', 'primary')] : [];
  return [
    richText(clip(harmless(question), 300), { bold: true }),
    richText(clip(harmless(answer), 300)),
    context([kind, `by ${answeredBy}`, ...reasons.slice(0, 3).map((reason) => clip(harmless(reason), 300))]),
    actions(...right, button(words.accept, 'review.accept', id), button(words.reject, 'review.reject', id)),
  ];
}

/** One exchange: question, what stands, and for an engineer a way to put it right. */
function line(exchange: Exchange, withButton: boolean): Block[] {
  const view = viewOf(exchange.reply, exchange);
  const answer = view.kind === 'answer' ? view.answer : view.kind === 'notice' ? view.text : view.line;
  const flags = view.kind === 'answer' ? view.flags.slice(-2) : [];
  return [
    richText(clip(harmless(exchange.message.text), 300), { bold: true }),
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
