/**
 * Which conversation a message belongs to, and whether the bot is spoken to at all. It is in direct messages, where it is
 * mentioned, where one of its posts is replied to, and in threads it already takes part in (unless the message speaks to
 * somebody else). A thread begun on a question or on an answer carries on that conversation.
 */
import type { Message as DiscordMessage, TextBasedChannel } from 'discord.js';
import type { Door, Place } from '../../bot/types.ts';
import { clip } from '../shared/fold.ts';
import { ADAPTER } from './origin.ts';

/** Characters of a quoted message that go along with a question about it. */
const QUOTED = 1000;

/** Where a slash command or a lesson belongs: a thread or direct message is one conversation, in a channel each is its own. */
export function placeOf(channel: TextBasedChannel | null, channelId: string, own: string): Place {
  if (channel?.isThread()) return { adapter: ADAPTER, channel: channel.parentId ?? channelId, thread: channelId };
  return { adapter: ADAPTER, channel: channelId, thread: channel?.isDMBased() ? channelId : own };
}

export function isCalled(message: DiscordMessage): boolean {
  const { client, mentions, guild } = message;
  if (client.user === null) return false;
  const ownRole = guild?.members.me?.roles.botRole?.id;
  return mentions.users.has(client.user.id) || (ownRole !== undefined && mentions.roles.has(ownRole));
}

/** The place of a message that is for the bot; undefined when it is not. */
export async function conversationOf(message: DiscordMessage, door: Door): Promise<Place | undefined> {
  const { channel } = message;
  if (channel.isDMBased()) return placeOf(channel, channel.id, message.id);
  const called = isCalled(message);
  const repliedTo = message.reference?.messageId;
  const answer = repliedTo ? await door.byPost(ADAPTER, repliedTo) : undefined;
  if (channel.isThread()) {
    const root = await door.byPost(ADAPTER, channel.id);
    const place = { ...placeOf(channel, channel.id, ''), ...(root ? { thread: root.message.place.thread } : {}) };
    if (called || answer) return place;
    const toSomebodyElse = message.mentions.users.size > 0 || repliedTo !== undefined;
    if (toSomebodyElse) return undefined;
    return root || (await door.history({ ...place, limit: 1 })).length > 0 ? place : undefined;
  }
  if (answer) return { ...placeOf(channel, channel.id, ''), thread: answer.message.place.thread };
  if (!called) return undefined;
  // "@rounds …" beneath a question of one's own goes on with it.
  const before = repliedTo
    ? await door.history({ adapter: ADAPTER, channel: channel.id, thread: repliedTo, limit: 1 })
    : [];
  return { ...placeOf(channel, channel.id, message.id), ...(before.length > 0 ? { thread: repliedTo! } : {}) };
}

/** What was said, without the bot's own mention; with the message it is a reply to, when that was another person's. */
export async function wordsOf(message: DiscordMessage): Promise<string> {
  const me = message.client.user?.id;
  const ownRole = message.guild?.members.me?.roles.botRole?.id;
  const own = new RegExp(`<@!?${me}>${ownRole ? `|<@&${ownRole}>` : ''}`, 'g');
  const { content, mentions } = message;
  const words = content
    .replace(own, ' ')
    .replace(/<@!?(\d+)>/g, (_, id: string) => mentions.users.get(id)?.displayName ?? 'somebody')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
  const quoted = isCalled(message) ? await quotedBy(message) : '';
  if (quoted === '') return words;
  return words === '' ? quoted : `${words}\n\nThis is about: “${clip(quoted, QUOTED)}”`;
}

async function quotedBy(message: DiscordMessage): Promise<string> {
  if (!message.reference?.messageId) return '';
  // Deleted, or not ours to see: then the words stand alone.
  const referenced = await message.fetchReference().catch(() => null);
  return !referenced || referenced.author.bot ? '' : referenced.content.trim();
}
