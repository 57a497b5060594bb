/**
 * What was written while the bot was away. What is no older than `lateMs` is answered; of what is older (up to a day) it is
 * said that it came too late (`tooLate`). Channels without news are not read. Slash commands and buttons cannot be missed: Discord
 * told their users at once that nobody answered.
 */
import { type Client, type Message as DiscordMessage, SnowflakeUtil, type TextBasedChannel } from 'discord.js';
import type { Door } from '../../bot/types.ts';
import type { Logger } from './discord.ts';
import { ADAPTER } from './origin.ts';
import { isPersons } from './receive.ts';

export interface CatchUpOptions {
  door: Door;
  receive(message: DiscordMessage, tooLate: boolean): Promise<void>;
  lateMs: number;
  clock: () => number;
  logger: Logger;
}

const LONGEST_MS = 24 * 3_600_000;
const PAGE = 100;
/** Messages read back in one channel. */
const MOST = 500;

export async function catchUp(client: Client<true>, options: CatchUpOptions): Promise<void> {
  const { door, receive, lateMs, clock, logger } = options;
  const since = clock() - LONGEST_MS;
  const direct = await door.channels(ADAPTER);
  const ids = new Set([
    ...direct,
    ...client.channels.cache.filter((channel) => channel.isTextBased() && hasNews(channel, since)).keys(),
  ]);
  for (const id of ids) {
    try {
      const channel = await client.channels.fetch(id);
      if (!channel?.isTextBased() || !hasNews(channel, since)) continue;
      await channelOf(channel);
    } catch (error) {
      // Gone, or closed to the bot: then nobody can wait for an answer there.
      logger.info({ error, channel: id }, '[discord] a channel could not be read back');
    }
  }

  async function channelOf(channel: TextBasedChannel): Promise<void> {
    // What was written before the bot came was not written to it.
    const joined = channel.isDMBased() ? 0 : (channel.guild.members.me?.joinedTimestamp ?? 0);
    const messages = await readBack(channel, Math.max(since, joined));
    const answered = new Set(
      messages.filter(({ author }) => author.id === client.user.id).map(({ reference }) => reference?.messageId),
    );
    for (const message of messages) {
      if (!isPersons(message) || answered.has(message.id)) continue;
      await receive(message, clock() - message.createdTimestamp > lateMs);
    }
  }
}

/** Messages since then, oldest first; the newest of them where there are too many. */
async function readBack(channel: TextBasedChannel, since: number): Promise<DiscordMessage[]> {
  const found: DiscordMessage[] = [];
  let before: string | undefined;
  while (found.length < MOST) {
    const page = await channel.messages.fetch({ limit: PAGE, cache: false, ...(before ? { before } : {}) });
    const fresh = [...page.values()].filter(({ createdTimestamp }) => createdTimestamp >= since);
    found.push(...fresh);
    if (fresh.length < PAGE) break;
    before = fresh.at(-1)!.id;
  }
  return found.sort((a, b) => a.createdTimestamp - b.createdTimestamp);
}

function hasNews(channel: { lastMessageId?: string | null }, since: number): boolean {
  return Boolean(channel.lastMessageId) && SnowflakeUtil.timestampFrom(channel.lastMessageId!) >= since;
}
