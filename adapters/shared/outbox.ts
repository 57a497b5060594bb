/**
 * What leaves for a platform: a queue a channel, one send at a time in each, at the platform's rates. Of one message only
 * its newest state is sent; posts and final states go before progress. Nothing is lost to a 429, a 5xx or a network
 * that is away: it waits and is sent then. It does not know what is sent, nor what was posted before.
 */
import { RoundsError } from '../../models/errors.ts';

export interface Parcel<T> {
  /** Its queue. */
  channel: string;
  /** What it is the newest state of: one of the same key that still waits is replaced, and settles with this one. */
  key: string;
  /** The platform's counter that the send uses up, where it has a rate (`chat.update`). */
  method?: string;
  /** Progress: sent after everything else, and dropped (resolving to undefined) when its send fails. */
  passing?: boolean;
  /** May resolve to UNSENT when there was nothing to say after all: that uses up no rate. */
  send(): Promise<T | typeof UNSENT>;
}

export const UNSENT = Symbol('unsent');

/** What to do about a failed send. */
export type Verdict =
  /** The platform says when: the channel, that method everywhere, or everything waits. */
  | { kind: 'wait'; ms: number; scope: 'channel' | 'method' | 'all' }
  /** The platform or the network is in trouble: again, with a growing pause. */
  | { kind: 'again' }
  /** It will never be taken: the sender is told. */
  | { kind: 'refused' };

export interface OutboxOptions {
  judge: (error: unknown) => Verdict;
  /** Least time between two sends to one channel; for the methods named in `pace`, between two of that method. Default 0. */
  everyMs?: number;
  pace?: Readonly<Record<string, number>>;
  /** Least time between progress and whatever was sent to the channel before. Default 0. */
  passingEveryMs?: number;
  /** Sends a method may make within any 60 s, all channels together; progress leaves half of them alone. */
  perMinute?: Readonly<Record<string, number>>;
  /** First and longest pause after trouble. Default 500 and 30,000; each is drawn between half and whole. */
  pauseMs?: { first: number; longest: number };
  clock?: () => number;
  /** Calls back after `ms`; returns how to call it off. */
  timer?: (ms: number, then: () => void) => () => void;
  random?: () => number;
  onTrouble?: (error: unknown, waitMs: number) => void;
}

export interface Outbox {
  /** Resolves with what the send gave (undefined for UNSENT); rejects with its error when it was refused, or when the outbox closed before. */
  put<T>(parcel: Parcel<T> & { passing: true }): Promise<T | undefined>;
  put<T>(parcel: Parcel<T>): Promise<T>;
  /** Parcels not sent yet. */
  waiting(): number;
  /** Until when everything waits, by the platform's word; null while it flows. */
  pausedUntil(): number | null;
  /** Sends what is left for `graceMs`, then turns the rest away. */
  close(graceMs: number): Promise<void>;
}

interface Queued {
  parcel: Parcel<unknown>;
  /** Order of coming; a newer state keeps its forerunner's place. */
  turn: number;
  settle: { resolve(value: unknown): void; reject(error: unknown): void }[];
}

interface Channel {
  queue: Queued[];
  sending: boolean;
  notBefore: number;
  passingNotBefore: number;
  paced: Map<string, number>;
  troubles: number;
}

const MINUTE_MS = 60_000;

export function createOutbox(options: OutboxOptions): Outbox {
  const { judge, everyMs = 0, pace = {}, passingEveryMs = 0, perMinute = {} } = options;
  const { random = Math.random, onTrouble } = options;
  const { clock = () => Date.now(), timer = after, pauseMs = { first: 500, longest: 30_000 } } = options;
  const channels = new Map<string, Channel>();
  /** When each send of a method was over; endless while it is under way. */
  const spent = new Map<string, { at: number }[]>();
  const methodNotBefore = new Map<string, number>();
  let allNotBefore = 0;
  let turns = 0;
  let closed = false;
  let sleeping: (() => void) | undefined;
  let emptied: (() => void) | undefined;

  const waiting = () =>
    [...channels.values()].reduce((n, { queue, sending }) => n + queue.length + (sending ? 1 : 0), 0);

  /** Sends everything whose time has come, then sleeps until the next. */
  function pump(): void {
    sleeping?.();
    sleeping = undefined;
    const now = clock();
    const ready: { name: string; channel: Channel; queued: Queued }[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [name, channel] of channels) {
      if (channel.sending) continue;
      if (channel.queue.length === 0) {
        if (Math.max(channel.notBefore, channel.passingNotBefore, ...channel.paced.values()) <= now)
          channels.delete(name);
        continue;
      }
      for (const queued of channel.queue) {
        const at = Math.max(freeIn(channel, queued.parcel), allNotBefore, freeAt(queued.parcel, now));
        if (at <= now) ready.push({ name, channel, queued });
        else next = Math.min(next, at);
      }
    }
    ready.sort((a, b) => rank(a.queued) - rank(b.queued) || a.queued.turn - b.queued.turn);
    for (const { name, channel, queued } of ready) {
      if (channel.sending) continue;
      const at = freeAt(queued.parcel, now);
      if (at > now) next = Math.min(next, at);
      else void send(name, channel, queued);
    }
    if (next < Number.POSITIVE_INFINITY) sleeping = timer(Math.max(1, next - now), pump);
    if (waiting() === 0) emptied?.();
  }

  async function send(name: string, channel: Channel, queued: Queued): Promise<void> {
    const { parcel } = queued;
    channel.queue.splice(channel.queue.indexOf(queued), 1);
    channel.sending = true;
    const spending = spend(parcel.method);
    try {
      const value = await parcel.send();
      channel.troubles = 0;
      if (value === UNSENT) unspend(parcel.method, spending);
      else used(channel, parcel);
      for (const { resolve } of queued.settle) resolve(value === UNSENT ? undefined : value);
    } catch (error) {
      failed(channel, queued, error);
    } finally {
      spending.at = clock();
      channel.sending = false;
      channels.set(name, channel);
      pump();
    }
  }

  function failed(channel: Channel, queued: Queued, error: unknown): void {
    const verdict = judge(error);
    const now = clock();
    used(channel, queued.parcel);
    if (verdict.kind === 'refused') {
      channel.troubles = 0;
      for (const { reject } of queued.settle) reject(error);
      return;
    }
    let waitMs: number;
    if (verdict.kind === 'wait') {
      waitMs = verdict.ms;
      if (verdict.scope === 'all') allNotBefore = Math.max(allNotBefore, now + waitMs);
      else if (verdict.scope === 'method' && queued.parcel.method !== undefined) {
        methodNotBefore.set(queued.parcel.method, now + waitMs);
      } else channel.notBefore = Math.max(channel.notBefore, now + waitMs);
    } else {
      const pause = Math.min(pauseMs.longest, pauseMs.first * 2 ** channel.troubles);
      waitMs = Math.round(pause * (0.5 + random() / 2));
      channel.troubles += 1;
      channel.notBefore = Math.max(channel.notBefore, now + waitMs);
    }
    onTrouble?.(error, waitMs);
    const newer = channel.queue.find(({ parcel }) => parcel.key === queued.parcel.key);
    if (closed) for (const { reject } of queued.settle) reject(error);
    else if (newer) {
      newer.settle.push(...queued.settle);
      newer.turn = queued.turn;
    } else if (queued.parcel.passing) for (const { resolve } of queued.settle) resolve(undefined);
    else channel.queue.push(queued);
  }

  /** A send was made: the next one to the channel has to wait for its turn. */
  function used(channel: Channel, { method }: Parcel<unknown>): void {
    const now = clock();
    channel.passingNotBefore = now + passingEveryMs;
    const paceMs = method === undefined ? undefined : pace[method];
    if (paceMs === undefined) channel.notBefore = Math.max(channel.notBefore, now + everyMs);
    else channel.paced.set(method!, now + paceMs);
  }

  function freeIn(channel: Channel, { method, passing }: Parcel<unknown>): number {
    const paced = method === undefined ? 0 : (channel.paced.get(method) ?? 0);
    return Math.max(channel.notBefore, paced, passing ? channel.passingNotBefore : 0);
  }

  function freeAt({ method, passing }: Parcel<unknown>, now: number): number {
    if (method === undefined) return 0;
    const limit = perMinute[method];
    const held = methodNotBefore.get(method) ?? 0;
    if (limit === undefined) return held;
    const most = passing ? Math.ceil(limit / 2) : limit;
    const sends = (spent.get(method) ?? []).filter(({ at }) => at > now - MINUTE_MS);
    spent.set(method, sends);
    if (sends.length < most) return held;
    const times = sends.map(({ at }) => at).sort((x, y) => x - y);
    return Math.max(held, times[times.length - most]! + MINUTE_MS);
  }

  /** Counted from its end: however long it was on its way, the platform saw it before that. */
  function spend(method: string | undefined): { at: number } {
    const send = { at: Number.POSITIVE_INFINITY };
    if (method !== undefined && perMinute[method] !== undefined) spent.get(method)!.push(send);
    return send;
  }

  function unspend(method: string | undefined, send: { at: number }): void {
    const sends = method === undefined ? undefined : spent.get(method);
    const index = sends?.indexOf(send) ?? -1;
    if (index >= 0) sends!.splice(index, 1);
  }

  function put<T>(parcel: Parcel<T>): Promise<T> {
    if (closed) return Promise.reject(stopped());
    return new Promise<T>((resolve, reject) => {
      const channel = channels.get(parcel.channel) ?? newChannel();
      channels.set(parcel.channel, channel);
      const settle = { resolve: resolve as (value: unknown) => void, reject };
      const older = channel.queue.find(({ parcel: { key } }) => key === parcel.key);
      if (older) {
        older.parcel = parcel;
        older.settle.push(settle);
      } else {
        turns += 1;
        channel.queue.push({ parcel, turn: turns, settle: [settle] });
      }
      pump();
    });
  }

  return {
    put,
    waiting,
    pausedUntil: () => (allNotBefore > clock() ? allNotBefore : null),

    async close(graceMs) {
      if (waiting() > 0) {
        await new Promise<void>((resolve) => {
          const callOff = timer(graceMs, resolve);
          emptied = () => {
            callOff();
            resolve();
          };
        });
      }
      closed = true;
      sleeping?.();
      for (const { queue } of channels.values()) {
        for (const { settle } of queue.splice(0)) for (const { reject } of settle) reject(stopped());
      }
    },
  };
}

function newChannel(): Channel {
  return { queue: [], sending: false, notBefore: 0, passingNotBefore: 0, paced: new Map(), troubles: 0 };
}

const rank = ({ parcel }: Queued) => (parcel.passing ? 1 : 0);

function stopped(): RoundsError {
  return new RoundsError('outbox_closed', 'the channel is stopping: it will be shown after the next start');
}

function after(ms: number, then: () => void): () => void {
  const handle = setTimeout(then, ms);
  return () => clearTimeout(handle);
}
