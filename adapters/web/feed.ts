/**
 * What has happened lately, for the open pages: numbered events, kept in memory so that a page which was away for a
 * moment misses nothing. Knows nothing of HTTP, nor of what the events mean. After a restart the numbers begin anew
 * under another name, and a page that comes back with an old one is given the history instead.
 */
import { randomUUID } from 'node:crypto';

export interface FeedEvent {
  /** `<start of this process>.<number>`: what a page sends back as Last-Event-ID. */
  id: string;
  name: string;
  data: unknown;
}

export interface Follower {
  /** The events missed since the id given, or undefined when memory does not reach back so far. */
  missed: FeedEvent[] | undefined;
  /** Id of the newest event at the moment of following. */
  from: string;
  /** The next events, in order; undefined once the feed or the follower is closed. */
  next(): Promise<FeedEvent | undefined>;
  close(): void;
}

export interface Feed {
  /** `key` names what the event is the newest state of: an unread event with the same key is replaced by it. */
  publish(channel: string, name: string, data: unknown, key?: string): void;
  follow(channel: string, lastId?: string): Follower;
  close(): void;
}

interface Kept extends FeedEvent {
  seq: number;
  channel: string;
  key: string | undefined;
}

/** A follower that has this many events unread has stopped reading: it is cut off and comes back by its last id. */
const UNREAD_LIMIT = 1000;

export function createFeed(keep = 1000): Feed {
  const run = randomUUID().slice(0, 8);
  const followers = new Set<(event: Kept | undefined) => void>();
  const ring: Kept[] = [];
  let seq = 0;
  let forgotten = 0; // the highest number that memory no longer holds

  const idOf = (n: number) => `${run}.${n}`;

  return {
    publish(channel, name, data, key) {
      seq += 1;
      const event: Kept = { id: idOf(seq), seq, channel, name, data, key };
      replaceOlder(ring, event);
      if (ring.length > keep) forgotten = ring.shift()!.seq;
      for (const tell of followers) tell(event);
    },

    follow(channel, lastId) {
      const since = numberIn(lastId, run);
      const reached = since !== undefined && since >= forgotten && since <= seq;
      const unread: Kept[] = [];
      let open = true;
      let wake: (() => void) | undefined;

      const close = () => {
        open = false;
        followers.delete(tell);
        wake?.();
      };
      const tell = (event: Kept | undefined) => {
        if (event === undefined) return close();
        if (event.channel !== channel) return;
        replaceOlder(unread, event);
        if (unread.length > UNREAD_LIMIT) return close();
        wake?.();
      };
      followers.add(tell);

      return {
        missed: reached ? ring.filter((event) => event.channel === channel && event.seq > since) : undefined,
        from: idOf(seq),
        async next() {
          while (open && unread.length === 0) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          return open ? unread.shift() : undefined;
        },
        close,
      };
    },

    close() {
      for (const tell of [...followers]) tell(undefined);
    },
  };
}

function replaceOlder(events: Kept[], event: Kept): void {
  if (event.key !== undefined) {
    const older = events.findIndex((e) => e.key === event.key && e.channel === event.channel);
    if (older >= 0) events.splice(older, 1);
  }
  events.push(event);
}

function numberIn(id: string | undefined, run: string): number | undefined {
  const match = /^(\w+)\.(\d+)$/.exec(id ?? '');
  return match?.[1] === run ? Number(match[2]) : undefined;
}
