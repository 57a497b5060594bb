/**
 * A reply as Slack shows it: Block Kit within its limits. What models and people wrote goes into rich text and plain text
 * only, where Slack reads no markup: nothing in it can become a mention, a link or a format.
 */
import type { types } from '@slack/bolt';
import type { Exchange, Reply } from '../../bot/types.ts';
import { clip, split } from '../shared/fold.ts';
import { plain } from '../shared/text.ts';
import { type AnswerView, spoken, viewOf } from '../shared/view.ts';

type Block = types.KnownBlock;

export interface Content {
  /** For notifications and readers without blocks; escaped. */
  text: string;
  blocks: Block[];
}

/** Characters of one text element; a message fails at about 13,200 in all. */
const PIECE = 2900;
const OPTIONS = 6;

export function replyContent(reply: Reply, exchange?: Exchange): Content {
  const view = viewOf(reply, exchange);
  const asked = exchange && isCommand(exchange) ? [askedLine(exchange)] : [];
  const text = escapeText(clip(spoken(view), 300));
  if (view.kind === 'working') {
    const partial = view.partial ? [richText(clip(view.partial, 600), { italic: true })] : [];
    return { text, blocks: [...asked, context([view.line]), ...partial] };
  }
  if (view.kind === 'notice') return { text, blocks: [...asked, ...paragraphs(view.text, 3)] };
  return { text, blocks: [...asked, ...answerBlocks(view, reply.exchangeId)] };
}

function answerBlocks(view: AnswerView, exchangeId: string): Block[] {
  const { corrected, confidence, options, sources } = view;
  const sure = confidence ? [`${confidence.percent}, ${confidence.words}`] : [];
  const cited = sources.length > 0 ? [`${sources.length} source${sources.length === 1 ? '' : 's'}`] : [];
  return [
    ...(corrected ? [context([`Corrected by ${corrected.by}`])] : []),
    ...paragraphs(view.answer, 2, { bold: view.standing !== 'open' }),
    ...(corrected?.rationale ? [richText(clip(corrected.rationale, 1200))] : []),
    ...(view.before ? [richText(clip(`Before: ${view.before}`, 600), { strike: true })] : []),
    ...(options.length > 0 ? [optionList(options)] : []),
    context([...sure, view.by, ...cited]),
    ...(view.reason && !confidence && !corrected ? [context([clip(view.reason, 500)])] : []),
    ...(view.flags.length > 0 ? [context(view.flags.slice(-3))] : []),
    ...(view.notice ? paragraphs(view.notice, 1) : []),
    actions(view, exchangeId),
    ...(view.standing === 'open' || view.standing === 'refused' ? [] : [thumbs(exchangeId)]),
  ];
}

/** Everything that the card folds away: rationale, sources, what the student tried. For a modal. */
export function whyBlocks(view: AnswerView): Block[] {
  const part = (title: string, body: string): Block[] => (body ? [header(title), ...paragraphs(body, 3)] : []);
  const { attempt, sources } = view;
  const tried =
    attempt && `${attempt.answer} (${attempt.confidence})${attempt.rationale ? `\n${attempt.rationale}` : ''}`;
  const blocks = [
    ...part('Rationale', view.rationale || 'None was given.'),
    ...part('What it rests on', view.reason),
    ...part('The student’s own try', tried ?? ''),
    ...(view.options.length > 0 ? [header('Options'), optionList(view.options, 26)] : []),
    ...(sources.length > 0 ? [header('Sources')] : []),
    ...sources
      .slice(0, 20)
      .flatMap((source) => [
        richText(`${source.title} (${source.kind})`, { bold: true }),
        richText(clip(source.text, 1000)),
      ]),
  ];
  return blocks.slice(0, 100);
}

// ---------------------------------------------------------------------------------------------- pieces

type Style = { bold?: boolean; italic?: boolean; strike?: boolean };

export function richText(text: string, style: Style = {}): Block {
  const shown = plain(text) || ' ';
  const styled = Object.values(style).some(Boolean) ? { style } : {};
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: clip(shown, PIECE + 100), ...styled }] }],
  };
}

/** Long text as several blocks, at most `most`; the last says how much was left out. */
export function paragraphs(text: string, most: number, style?: Style): Block[] {
  return split(text, PIECE, most).map((piece) => richText(piece, style));
}

/** A quiet line; at most ten parts. */
export function context(parts: readonly string[]): Block {
  const elements = parts
    .filter((part) => part !== '')
    .slice(0, 10)
    .map((part) => ({ type: 'plain_text' as const, text: clip(plain(part) || ' ', 1900), emoji: false }));
  return { type: 'context', elements };
}

export function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text: clip(plain(text) || ' ', 150), emoji: false } };
}

export function button(text: string, actionId: string, value: string, style?: 'primary' | 'danger'): types.Button {
  return {
    type: 'button',
    text: { type: 'plain_text', text: clip(text, 75), emoji: false },
    action_id: actionId,
    value: clip(value, 2000),
    ...(style ? { style } : {}),
  };
}

function optionList(options: AnswerView['options'], most = OPTIONS): Block {
  const line = ({ option, percent, chosen }: AnswerView['options'][number]) => ({
    type: 'rich_text_section' as const,
    elements: [
      { type: 'text' as const, text: `${percent}  ${clip(option, 200)}`, ...(chosen ? { style: { bold: true } } : {}) },
    ],
  });
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_list', style: 'bullet', elements: options.slice(0, most).map(line) }],
  };
}

function actions({ deeds, standing }: AnswerView, exchangeId: string): Block {
  const open = standing === 'open';
  return {
    type: 'actions',
    elements: [
      ...(open ? [] : [button('Why?', 'why', exchangeId)]),
      ...(deeds.includes('correct')
        ? [button(open ? 'Answer' : 'Correct', 'correct', exchangeId, open ? 'primary' : undefined)]
        : []),
      ...(deeds.includes('flag') ? [button('Flag', 'flag', exchangeId)] : []),
    ],
  };
}

function thumbs(exchangeId: string): Block {
  const thumb = (text: string, label: string, value: 'up' | 'down') => ({
    text: { type: 'plain_text' as const, text },
    accessibility_label: label,
    value: `${value} ${exchangeId}`,
  });
  return {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'rate',
        positive_button: thumb('👍', 'This answer helped', 'up'),
        negative_button: thumb('👎', 'This answer did not help', 'down'),
      },
    ],
  };
}

/** Asked by slash command: the question stands nowhere in the channel. */
export function isCommand({ message }: Exchange): boolean {
  return message.id.startsWith('slash:');
}

function askedLine({ message }: Exchange): Block {
  return context([`${message.author.name} asked: ${clip(message.text.replace(/\s+/g, ' '), 1500)}`]);
}

/** For the plain text beside the blocks, the one place where Slack would read markup. */
export function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
