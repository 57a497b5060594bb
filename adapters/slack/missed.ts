/**
 * What people wrote while we were not listening: after every start and every new socket the channels we are in are read
 * back. What is recent is answered, what is older is told that it came too late; what we had taken already, the store
 * knows. It does not judge which messages are for us.
 */
import { type Client, errorCode } from './api.ts';
import type { Log } from './log.ts';
import type { SlackMessage } from './receive.ts';

export interface MissedOptions {
  client: Client;
  log: Log;
  botUser: string;
  /** Younger messages are answered. */
  answerWithinMs: number;
  /** Older ones are left alone. */
  lookBackMs: number;
  receive: (event: SlackMessage, how: { first: boolean; tooLate: boolean }) => Promise<void>;
  /** Whether the message was taken before. */
  taken: (event: SlackMessage) => Promise<boolean>;
  /** Threads of a channel that are ours and were used lately. */
  threads: (channel: string) => Promise<readonly string[]>;
  clock?: () => number;
}

const CHANNELS = 200;
const PAGE = 200;
const PAGES = 5;

export async function readMissed(options: MissedOptions, signal: AbortSignal): Promise<void> {
  const { client, log, clock = Date.now } = options;
  const now = clock();
  const oldest = String((now - options.lookBackMs) / 1000);
  const { channels = [] } = await client.users.conversations({
    types: 'public_channel,private_channel,im',
    exclude_archived: true,
    limit: CHANNELS,
  });
  for (const { id: channel, is_im } of channels) {
    if (signal.aborted) return;
    if (!channel) continue;
    try {
      const tops = await read((cursor) => client.conversations.history({ channel, oldest, limit: PAGE, ...cursor }));
      const busy = tops.filter(({ thread_ts }) => thread_ts !== undefined).map(({ thread_ts }) => thread_ts!);
      const roots = new Set([...busy, ...(await options.threads(channel))]);
      const replies: SlackMessage[] = [];
      for (const ts of roots) {
        if (signal.aborted) return;
        const read1 = (cursor: object) => client.conversations.replies({ channel, ts, oldest, limit: PAGE, ...cursor });
        const found = await read(read1).catch((error: unknown) => {
          if (errorCode(error) !== 'thread_not_found') throw error;
          return [];
        });
        replies.push(...found.filter((message) => message.ts !== ts));
      }
      const all = [...tops, ...replies].sort((a, b) => Number(a.ts) - Number(b.ts));
      for (const message of all) {
        if (signal.aborted) return;
        const event = { ...message, channel, ...(is_im ? { channel_type: 'im' } : {}) };
        const tooLate = now - Number(event.ts) * 1000 > options.answerWithinMs;
        if (await options.taken(event)) continue;
        await options.receive(event, { first: true, tooLate });
      }
    } catch (error) {
      log.warn({ error, channel }, 'Slack: what was missed in a channel could not be read');
    }
  }
}

/** Newest pages first, as Slack gives them; beyond PAGES of them the oldest are left. */
async function read(
  page: (cursor: { cursor?: string }) => Promise<{ messages?: object[]; response_metadata?: { next_cursor?: string } }>,
): Promise<SlackMessage[]> {
  const all: SlackMessage[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < PAGES; i++) {
    const { messages = [], response_metadata } = await page(cursor ? { cursor } : {});
    all.push(...(messages as SlackMessage[]));
    cursor = response_metadata?.next_cursor;
    if (!cursor) break;
  }
  return all;
}
