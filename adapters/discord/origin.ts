/**
 * Where an exchange came from on Discord, as its message's id tells: `CHANNEL/MESSAGE` for what was written,
 * `slash/CHANNEL/INTERACTION` for a slash command. The bot keeps it, so a reply finds its way after a restart too.
 */
import type { Exchange } from '../../bot/types.ts';

export const ADAPTER = 'discord';

export type Origin =
  | { kind: 'message'; channel: string; message: string }
  | { kind: 'slash'; channel: string; interaction: string };

export function idOf(origin: Origin): string {
  return origin.kind === 'slash'
    ? `slash/${origin.channel}/${origin.interaction}`
    : `${origin.channel}/${origin.message}`;
}

export function originOf(exchange: Pick<Exchange, 'message'> | undefined): Origin | undefined {
  const [first = '', second = '', third] = exchange?.message.id.split('/') ?? [];
  if (first === 'slash' && third) return { kind: 'slash', channel: second, interaction: third };
  return /^\d+$/.test(first) && /^\d+$/.test(second) ? { kind: 'message', channel: first, message: second } : undefined;
}
