/**
 * From Slack's events to the door: which messages are for us, what they say, and what the writer is told when the bot does
 * not take one. A message's id is its channel and time, the same in every delivery and in every kind of event that tells
 * of it, so nothing is taken twice.
 */
import type { Door, Message, Place } from '../../bot/types.ts';
import { aboutUploads, namesOf } from '../shared/uploads.ts';
import type { Log } from './log.ts';
import type { People } from './people.ts';

/** What is read of a `message` or `app_mention` event, and of a message in a channel's history. */
export interface SlackMessage {
  channel: string;
  /** `im` for direct messages. */
  channel_type?: string;
  user?: string;
  user_team?: string;
  team?: string;
  bot_id?: string;
  subtype?: string;
  text?: string;
  ts: string;
  thread_ts?: string;
  files?: { name?: string | null; mimetype?: string | null }[];
}

export interface ReceiverParts {
  door: Door;
  people: People;
  log: Log;
  /** Our own user id, by which we are mentioned. */
  botUser: string;
  /** Tells one person something beside the replies. */
  tell: (to: Whom, text: string) => Promise<void>;
  /** A question of the agent pane is on its way. */
  onAsked?: (place: Place) => void;
}

export interface Whom {
  user: string;
  channel: string;
  /** Where in the channel; empty for its top level. */
  thread: string;
}

export const ADAPTER = 'slack';
/** Threads known to be ours. */
const FOLLOWED = 5000;
const PEOPLE_WRITE = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);

export function createReceiver({ door, people, log, botUser, tell, onAsked }: ReceiverParts) {
  const followed = new Map<string, string>();
  /** Messages taken lately, or being taken: Slack tells of a mention in two events, and again when it is in doubt. */
  const taken = new Map<string, Promise<void>>();
  const mention = new RegExp(`<@${botUser}(?:\\|[^>]*)?>`, 'g');

  /**
   * Resolves when the message is stored, or known not to be for us: once a message, however often it is told of, and again
   * when the first time failed. `tooLate`: see Message.
   */
  function receive(event: SlackMessage, how: { first?: boolean; tooLate?: boolean } = {}): Promise<void> {
    const id = `${event.channel}:${event.ts}`;
    const underway = taken.get(id);
    if (underway) return underway;
    const taking = take(event, id, how);
    taken.set(id, taking);
    taking.catch(() => taken.delete(id));
    if (taken.size > FOLLOWED) taken.delete(taken.keys().next().value!);
    return taking;
  }

  async function take(event: SlackMessage, id: string, { first = true, tooLate = false }): Promise<void> {
    const { channel, user, ts, thread_ts: root } = event;
    if (!user || event.bot_id || user === botUser || !PEOPLE_WRITE.has(event.subtype)) return;
    const mentioned = (event.text ?? '').search(mention) >= 0;
    const direct = event.channel_type === 'im' || channel.startsWith('D');
    const known = root === undefined ? undefined : await threadOf(channel, root);
    if (!mentioned && !direct && known === undefined) return;
    const thread = known ?? root ?? ts;
    const author = people.person(user, { ...(event.user_team ? { team: event.user_team } : {}) });
    const whom = { user, channel, thread: root ?? ts };
    const text = readable((event.text ?? '').replace(mention, ' '));
    const uploads = (event.files ?? []).map(({ name, mimetype }) => ({ name: name ?? '', mimetype: mimetype ?? '' }));
    const about = uploads.length > 0 ? aboutUploads(uploads) : '';
    const only = text === '' && about !== '';
    // Beside a question it is said to the writer alone; by itself it is an answer like any other, kept and shown once.
    if (about && !only && first && !tooLate) await tell(whom, about);
    const place: Place = { adapter: ADAPTER, channel, thread };
    const message: Message = {
      ...{ id, place, author, sentAt: new Date(Number(ts) * 1000).toISOString() },
      // Called by name without a question: what can be asked.
      ...(only ? { text: namesOf(uploads), answer: about } : { text: text === '' ? 'help' : text }),
      ...(tooLate ? { tooLate: true as const } : {}),
    };
    await hand(message, whom, { first, tooLate });
    if (direct && !tooLate) onAsked?.({ ...place, thread: root ?? ts });
  }

  /** The door's answer to the writer, unless it is the reply itself. Rejects when the message could not be stored. */
  async function hand(
    message: Message,
    whom: Whom,
    { first, tooLate }: { first: boolean; tooLate: boolean },
  ): Promise<void> {
    try {
      const receipt = await door.handle(message);
      // Nothing is kept of what was turned away: after a restart it looks like missed, and was told long ago.
      if (receipt.kind === 'rejected' && tooLate) return;
      if (receipt.kind === 'rejected') await tell(whom, receipt.notice);
      else remember(`${message.place.channel} ${message.place.thread}`, message.place.thread);
    } catch (error) {
      log.error({ error, message: message.id }, 'a message from Slack was not stored');
      if (first) {
        const why = error instanceof Error ? error.message : String(error);
        await tell(whom, `I could not take that: ${why}. It is tried again; if no answer comes, ask again later.`);
      }
      throw error;
    }
  }

  /** The conversation that a Slack thread is, when it is one of ours. */
  async function threadOf(channel: string, root: string): Promise<string | undefined> {
    const key = `${channel} ${root}`;
    const cached = followed.get(key);
    if (cached !== undefined) return cached;
    const posted = await door.byPost(ADAPTER, root);
    if (posted?.message.place.channel === channel) return remember(key, posted.message.place.thread);
    const [asked] = await door.history({ adapter: ADAPTER, channel, thread: root, limit: 1 });
    return asked ? remember(key, root) : undefined;
  }

  function remember(key: string, thread: string): string {
    followed.delete(key);
    followed.set(key, thread);
    if (followed.size > FOLLOWED) followed.delete(followed.keys().next().value!);
    return thread;
  }

  return { receive, threadOf };
}

/** As it was typed: Slack's escapes and brackets undone. Other people's ids stay what they are, words without force. */
export function readable(text: string): string {
  return text
    .replace(/<@(\w+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) => `@${label || id}`)
    .replace(/<#(\w+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) => `#${label || id}`)
    .replace(/<!(?:subteam\^\w+\|)?@?([^>|^]*)[^>]*>/g, '$1')
    .replace(/<([^@#!>|][^>|]*)(?:\|([^>]*))?>/g, (_, address: string, label?: string) => label || address)
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}
