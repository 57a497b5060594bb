/** What people do on Discord, and wait for: for tests. */
import { expect, vi } from 'vitest';
import type { DiscordPeer, PeerMessage, Used } from '../../peers/discord/peer.ts';
import { isCard, textOf, WAIT } from './connect.ts';

const LOADING = 1 << 7;

/** The bot's cards in a channel, once the newest of `count` reads so. */
export function cards(peer: DiscordPeer, channel: string, count: number, words: RegExp): Promise<PeerMessage[]> {
  return vi.waitFor(() => {
    const found = peer.replies(channel).filter((one) => isCard(one) && !one.ephemeralTo);
    expect(found).toHaveLength(count);
    expect(textOf(found.at(-1)!)).toMatch(words);
    return found;
  }, WAIT);
}

/** The newest card there, once it reads so and nothing is being worked on. */
export function answered(peer: DiscordPeer, channel: string, count: number, words: RegExp): Promise<PeerMessage> {
  return vi.waitFor(async () => {
    const newest = (await cards(peer, channel, count, words)).at(-1)!;
    expect(textOf(newest)).not.toMatch(/^(> .*\n)*[A-Z][a-z ]+…(\n|$)/);
    return newest;
  }, WAIT);
}

/** The plain lines that the bot wrote in a channel, once one reads so. */
export function line(peer: DiscordPeer, channel: string, words: RegExp): Promise<PeerMessage> {
  return vi.waitFor(() => {
    const found = peer.replies(channel).find((one) => !isCard(one) && words.test(one.content));
    expect(found, peer.replies(channel).map(textOf).join('\n---\n')).toBeDefined();
    return found!;
  }, WAIT);
}

/** What an interaction was answered, once it is no longer thinking. */
export function answerTo(used: Used): Promise<PeerMessage> {
  return vi.waitFor(() => {
    expect(used.original && ((used.original.flags ?? 0) & LOADING) === 0).toBe(true);
    return used.original!;
  }, WAIT);
}

/** Presses a button and fills in what opens; resolves to what the person is told. */
export async function fill(
  peer: DiscordPeer,
  message: PeerMessage,
  user: Parameters<DiscordPeer['press']>[1],
  button: string,
  values: Record<string, string>,
): Promise<string> {
  const pressed = peer.press(message, user, button);
  await vi.waitFor(() => expect(pressed.callback).not.toBeNull(), WAIT);
  return textOf(await answerTo(pressed.modal ? peer.submit(pressed, user, values) : pressed));
}
