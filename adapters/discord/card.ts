/**
 * The reply as Discord shows it: one embed and a row of buttons, within the limits (an embed's description 4,096, a field
 * 1,024, all embeds of a message 6,000 characters). What a button hides is in `details`. Text of models and people is
 * harmless before it comes here (adapters/shared/view.ts); here Discord's own marks are escaped.
 */
import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInMessageActionRow,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import type { Exchange, Reply } from '../../bot/types.ts';
import { clip, split } from '../shared/fold.ts';
import { type AnswerView, viewOf } from '../shared/view.ts';
import { originOf } from './origin.ts';

/** What is sent: always whole, so that an edit leaves nothing of the state before. */
export interface Body {
  content: string;
  embeds: APIEmbed[];
  components: APIActionRowComponent<APIComponentInMessageActionRow>[];
  allowed_mentions: { parse: []; replied_user?: boolean };
}

/** Nobody is notified of anything the bot writes, whatever the text says. */
export const NO_MENTIONS: Body['allowed_mentions'] = { parse: [], replied_user: false };

const COLORS = {
  working: 0x8a9099,
  notice: 0x8a9099,
  student: 0x2e7d4f,
  unsure: 0xb7791f,
  teacher: 0x2b6cb0,
  person: 0x6b46c1,
  open: 0xb7791f,
  refused: 0xb83232,
};

/** Room of an answer in its card; the rest is behind "Why". */
const ANSWER_ROOM = 3200;

export function cardOf(reply: Reply, exchange?: Exchange): Body {
  const view = viewOf(reply, exchange);
  // Discord shows only the command's name to others: the card says what was asked.
  const asked = originOf(exchange)?.kind === 'slash' && exchange ? questionOf(exchange) : '';
  if (view.kind === 'working') {
    const partial = view.partial ? `\n${quote(within(view.partial, 1500))}` : '';
    return body([{ color: COLORS.working, description: `${asked}${escaped(view.line)}${partial}` }], []);
  }
  if (view.kind === 'notice') {
    return body([{ color: COLORS.notice, description: `${asked}${within(view.text, 3500)}` }], []);
  }
  return body([answerEmbed(view, asked)], buttons(reply.exchangeId, view));
}

/** What "Why" shows to the one who pressed it: the whole answer where it was folded, rationale, options, sources. */
export function details(reply: Reply, exchange?: Exchange): Body {
  const view = viewOf(reply, exchange);
  if (view.kind !== 'answer') return body([{ description: 'There is nothing more to show yet.' }], []);
  const rest = split(escaped(view.answer), ANSWER_ROOM).slice(1).join('\n');
  const sections: [title: string, text: string, room: number][] = [
    ['The rest of the answer', rest, 1900],
    ['Rationale', escaped(view.rationale || 'It gave no rationale.'), 1200],
    ['Student’s own try', attemptText(view), 500],
    ['Options', view.options.map(optionLine).join('\n'), 800],
    ['Sources', view.sources.map(sourceLine).join('\n'), 1300],
  ];
  return body(
    sections
      .filter(([, text]) => text !== '')
      .map(([title, text, room]) => ({ title, description: split(text, room, 1)[0]! })),
    [],
  );
}

/** A plain line of our own: to a rejected message, to who pressed a button. */
export function lineOf(text: string): Body {
  return { ...body([], []), content: within(text, 1900) };
}

function answerEmbed(view: AnswerView, asked: string): APIEmbed {
  const unsure = view.confidence && view.confidence.level !== 'high';
  const pieces = split(escaped(view.answer), ANSWER_ROOM);
  const folded = pieces.length > 1 ? '\n… the rest is behind **Why**' : '';
  const lines = [
    ...(view.corrected ? [`**Corrected by ${escaped(view.corrected.by)}**`] : []),
    `**${pieces[0]}**${folded}`,
    ...(view.corrected?.rationale ? [within(view.corrected.rationale, 500)] : []),
    ...(view.before ? [`Before: ~~${within(view.before, 300)}~~`] : []),
  ];
  const fields = [
    ...(view.confidence
      ? [{ name: 'Confidence', value: `${view.confidence.percent}, ${view.confidence.words}`, inline: true }]
      : []),
    { name: 'Answered by', value: within(view.by, 200), inline: true },
    {
      name: view.standing === 'open' || view.standing === 'teacher' ? 'Escalated' : 'Reason',
      value: within(view.reason, 500),
    },
    ...(view.options.length > 0
      ? [{ name: 'Options', value: split(view.options.slice(0, 5).map(optionLine).join('\n'), 600, 1)[0]! }]
      : []),
    ...(view.flags.length > 0 ? [{ name: 'Flags', value: within(view.flags.slice(-3).join('\n'), 500) }] : []),
    ...(view.notice ? [{ name: 'Note', value: within(view.notice, 300) }] : []),
  ].filter(({ value }) => value !== '');
  return {
    color: unsure && view.standing === 'student' ? COLORS.unsure : COLORS[view.standing],
    description: asked + lines.join('\n'),
    fields,
    ...(view.sources.length > 0
      ? { footer: { text: clip(`Sources: ${view.sources.map(({ title }) => title).join('; ')}`, 300) } }
      : {}),
  };
}

function buttons(exchangeId: string, view: AnswerView): Body['components'] {
  const button = (
    verb: string,
    label: string,
    style: ButtonStyle.Secondary | ButtonStyle.Primary,
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    style,
    label,
    custom_id: `${verb}:${exchangeId}`,
  });
  const row = [
    button('why', 'Why', ButtonStyle.Secondary),
    button('up', '👍', ButtonStyle.Secondary),
    button('down', '👎', ButtonStyle.Secondary),
    ...(view.deeds.includes('flag') ? [button('flag', 'Flag', ButtonStyle.Secondary)] : []),
    ...(view.deeds.includes('correct') ? [button('correct', 'Correct', ButtonStyle.Primary)] : []),
  ];
  return [{ type: ComponentType.ActionRow, components: row }];
}

function body(embeds: APIEmbed[], components: Body['components']): Body {
  return { content: '', embeds, components, allowed_mentions: NO_MENTIONS };
}

function questionOf({ message }: Exchange): string {
  return `${quote(within(message.text, 300))}\n`;
}

function attemptText({ attempt }: AnswerView): string {
  return attempt ? `${escaped(attempt.answer)} (${attempt.confidence})\n${escaped(attempt.rationale)}`.trim() : '';
}

function optionLine({ option, percent, chosen }: AnswerView['options'][number]): string {
  return `${chosen ? '▸' : '·'} ${within(option, 120)}  ${percent}`;
}

function sourceLine({ title, kind, text }: AnswerView['sources'][number], i: number): string {
  return `${i + 1}. **${within(title, 120)}** (${kind}): ${within(text, 240)}`;
}

function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

/** Escaped, and at most `max` characters with its escapes. */
export function within(text: string, max: number): string {
  const whole = escaped(text);
  if (whole.length <= max) return whole;
  // Escapes are spread over the text: cut by its share, and a little more until it fits.
  for (let room = Math.floor((max * text.length) / whole.length); room > 0; room -= 8) {
    const cut = escaped(clip(text, room));
    if (cut.length <= max) return cut;
  }
  return '…';
}

/** Discord's marks as plain characters: emphasis, code, spoilers, quotes, headings, lists, links, mentions, timestamps. */
export function escaped(text: string): string {
  return text
    .replace(/[\\*_~`|<[\]]/g, '\\$&')
    .replace(/^(\s*)(#{1,3}|>{1,3}|-#|[-+])(?=\s)/gm, '$1\\$2')
    .replace(/^(\s*\d+)\.(?=\s)/gm, '$1\\.');
}
