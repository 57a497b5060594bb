/** `/rounds flags`: what engineers should look at and what waits for people, with the way there. */
import type { Exchange, Home } from '../../bot/types.ts';
import { clip } from '../shared/fold.ts';
import { harmless } from '../shared/text.ts';
import { ADAPTER, originOf } from './origin.ts';

const SHOWN = 8;

export function homeText({ roles, review, open, status }: Home, guildId: string | null): string {
  if (roles.length === 0) return 'You have no role here yet: ask the administrator.';
  const engineer = roles.some((role) => role !== 'operator');
  const flagged = review
    .slice(0, SHOWN)
    .map((exchange) => `• ${short(exchange.message.text)}${wayTo(exchange, guildId)}`);
  const waiting = open.slice(0, SHOWN).map(({ question }) => `• ${short(question)}`);
  return [
    ...(engineer
      ? [`Flagged and not yet put right: ${review.length === 0 ? 'none' : ''}`, ...flagged, ...more(review.length)]
      : [`${status.flags} flagged answers in all; engineers see which.`]),
    `Waiting for people: ${open.length === 0 ? 'none' : ''}`,
    ...waiting,
    ...more(open.length),
  ]
    .map((line) => line.trim())
    .join('\n');
}

function wayTo(exchange: Exchange, guildId: string | null): string {
  if (exchange.message.place.adapter !== ADAPTER) return ` (in ${exchange.message.place.adapter})`;
  const origin = originOf(exchange);
  return origin && exchange.postId
    ? ` https://discord.com/channels/${guildId ?? '@me'}/${origin.channel}/${exchange.postId}`
    : '';
}

const short = (text: string) => clip(harmless(text).replace(/\s+/g, ' '), 90);
const more = (n: number) => (n > SHOWN ? [`… and ${n - SHOWN} more`] : []);
