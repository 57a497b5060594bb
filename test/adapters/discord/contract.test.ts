/** The Discord channel passes the suite of channels, in a channel and by slash command. */
import { expect } from 'vitest';
import type { PeerMessage } from '../../peers/discord/peer.ts';
import { adapterContract, type Platform, type Seen } from '../adapter.contract.ts';
import type { MemoryDoor } from '../door.ts';
import { discordPlant, isCard, started, textOf } from './connect.ts';
import { answerTo, fill } from './people.ts';

adapterContract('Discord', async (door: MemoryDoor): Promise<Platform> => {
  const plant = await discordPlant();
  const { peer, channel, eng } = plant;
  let adapter = await started(plant, door);
  let latest: PeerMessage | undefined;
  const folded = new Map<string, string>();

  const cards = () => peer.replies(channel).filter((one) => isCard(one) && !one.ephemeralTo);

  /** The card with what its button hides, as a reader who presses it sees it. */
  async function seen(message: PeerMessage): Promise<Seen> {
    const key = `${message.id} ${message.edited_timestamp} ${textOf(message)}`;
    if (message.components?.length && !folded.has(key)) {
      folded.set(key, textOf(await answerTo(peer.press(message, eng, 'why'))));
    }
    return { id: message.id, text: `${textOf(message)}\n${folded.get(key) ?? ''}`, edits: 0 };
  }

  const find = ({ id }: Seen) => cards().find((one) => one.id === id)!;

  return {
    adapter: () => adapter,
    async say(text, thread) {
      const replyTo = thread
        ? cards().findLast(({ message_reference }) => message_reference?.message_id === thread)
        : undefined;
      latest = peer.say(channel, eng, replyTo ? text : peer.mention(text), replyTo ? { replyTo } : {});
      return { thread: latest.id };
    },
    async deliverAgain() {
      peer.again(latest!);
    },
    posts: async () => Promise.all(cards().map(seen)),
    told: async () =>
      [
        ...peer.replies(channel).filter((one) => !isCard(one)),
        ...peer.interactions.flatMap(({ original }) => original ?? []),
      ].map(textOf),
    async flag(post, reason) {
      await fill(peer, find(post), eng, 'flag', { reason });
    },
    async correct(post, answer, rationale) {
      await fill(peer, find(post), eng, 'correct', { answer, rationale });
    },
    async restart() {
      await adapter.stop();
      adapter = await started(plant, door);
    },
    async close() {
      await adapter.stop();
      expect(peer.violations()).toEqual([]);
    },
  };
});
