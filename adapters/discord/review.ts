/**
 * `/rounds review`: what waits for an engineer before it is taught, one matter at a time, to the person alone; decided by
 * two buttons, and taken back by a third. Who may decide is the door's to say. Texts of people and models are harmless
 * and escaped.
 */
import { type APIButtonComponent, type APIEmbed, type ButtonInteraction, ButtonStyle, ComponentType } from 'discord.js';
import type { Door, Person, ReviewItem } from '../../bot/types.ts';
import { harmless } from '../shared/text.ts';
import { count, reviewWords } from '../web/public/words.js';
import { type Body, NO_MENTIONS, within } from './card.ts';
import { parseId } from './commands.ts';

/** What came of the last press, and which matter it decided. */
export interface Told {
  notice: string;
  undo?: string;
}

const COLOR = 0x6b46c1;
export const isReviewId = (customId: string) => customId.startsWith('review.');

/** The matter that waits behind `after` (the oldest without one, or where none is behind it). `items` as the door gives them. */
export function reviewBody(items: readonly ReviewItem[] | undefined, told?: Told, after?: string): Body {
  if (items === undefined) return body('Only engineers review what is taught: ask an engineer.', [], []);
  const waiting = items.filter(({ state }) => state === 'waiting');
  const at = (waiting.findIndex(({ id }) => id === after) + 1) % Math.max(1, waiting.length);
  const item = waiting[at];
  const undo = told?.undo === undefined ? [] : [button(`review.undo:${told.undo}`, 'Undo')];
  if (!item) return body([told?.notice, 'Nothing waits for a review.'].filter(Boolean).join('\n'), [], undo);
  const words = reviewWords(item.kind);
  const behind = waiting.length > 1 ? [button(`review.next:${item.id}`, 'Next')] : [];
  // What was complained about is best put right; without the right answer, the next round asks the teachers.
  const right =
    item.kind === 'complaint'
      ? [button(`correct:${item.exchanges.at(-1) ?? ''}`, 'Correct', ButtonStyle.Primary as const)]
      : [];
  return body(
    told?.notice ?? '',
    [matter(item, `${at + 1} of ${count(waiting.length, 'matter')} to review`)],
    [
      ...right,
      button(`review.accept:${item.id}`, words.accept),
      button(`review.reject:${item.id}`, words.reject),
      ...[...behind, ...undo].slice(0, 5 - 2 - right.length),
    ],
  );
}

/** Acknowledges, decides, and shows what comes next in the same message. */
export async function pressReview(interaction: ButtonInteraction, door: Door, author: Person): Promise<void> {
  await interaction.deferUpdate();
  const { verb, about: item } = parseId(interaction.customId);
  const decision = DECISIONS[verb];
  if (!decision) {
    await interaction.editReply(reviewBody(await door.reviews(author), undefined, item));
    return;
  }
  const { kind, notice } = await door.act({ kind: 'review', id: interaction.id, item, decision, author });
  const decided = kind === 'done' && decision !== 'undo';
  await interaction.editReply(reviewBody(await door.reviews(author), { notice, ...(decided ? { undo: item } : {}) }));
}

const DECISIONS: Record<string, 'accept' | 'reject' | 'undo'> = {
  'review.accept': 'accept',
  'review.reject': 'reject',
  'review.undo': 'undo',
};

function matter(
  { kind, question, options, answer, rationale, answeredBy, reasons }: ReviewItem,
  title: string,
): APIEmbed {
  const fields = [
    { name: 'Answer', value: say(answer || 'No answer', 900) },
    { name: 'Why', value: say(rationale, 600) },
    { name: 'Options', value: say((options ?? []).join(' | '), 500) },
    {
      name: `Here as a ${kind}`,
      value: reasons
        .slice(0, 5)
        .map((reason) => `· ${say(reason, 150)}`)
        .join('\n'),
    },
    { name: 'Answered by', value: say(answeredBy, 100) },
  ].filter(({ value }) => value !== '');
  return { color: COLOR, title, description: `**${say(question, 1500)}**`, fields };
}

function body(content: string, embeds: APIEmbed[], buttons: APIButtonComponent[]): Body {
  return {
    content: within(harmless(content), 1900),
    embeds,
    components: buttons.length > 0 ? [{ type: ComponentType.ActionRow, components: buttons }] : [],
    allowed_mentions: NO_MENTIONS,
  };
}

function button(
  custom_id: string,
  label: string,
  style: ButtonStyle.Primary | ButtonStyle.Secondary = ButtonStyle.Secondary,
): APIButtonComponent {
  return { type: ComponentType.Button, style, label, custom_id };
}

const say = (text: string, max: number) => within(harmless(text).replace(/\n+/g, ' '), max);
