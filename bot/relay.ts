/**
 * Several processes: what one answers, another shows. A final reply is put down with the answer, in one transaction, and
 * shown by a process that has its channel: first by the one that received the question, which shows its progress too;
 * by another when that one does not come to it. Within a channel one after the other, in order of arrival. Progress comes
 * over the bus and may be lost. It does not know how a reply is made, nor how a channel shows it.
 */
import { setTimeout } from 'node:timers/promises';
import { type Bus, LONGEST_NOTE, type Note } from './bus.ts';
import { type Logger, quiet } from './logger.ts';
import { type Progress, progress } from './progress.ts';
import { type LocalQueue, localQueue } from './queue/local.ts';
import type { Database } from './store/database.ts';
import { deliverAgain, unplacedBefore } from './store/deliveries.ts';
import type { Adapter, Exchange, Reply, Store } from './types.ts';

/** What the relay asks of the bot of its process. */
export interface Outlet {
  adapters: readonly Adapter[];
  /** Whether the reply was posted here and its end not yet shown. */
  owns(exchangeId: string): boolean;
  /** Shows a state of the reply, posting it first where it was not. */
  show(exchange: Exchange, reply: Reply): Promise<void>;
  /** The end of it was shown, here or elsewhere. */
  over(exchangeId: string): void;
  /** Its channel does not take the end of it. */
  lost(exchangeId: string, cause: unknown): Promise<void>;
}

export interface Relay {
  /**
   * Resolves when a reply may be posted: all that other processes received before it in its channel are posted, or have
   * not been for `ownerFirstMs` (that process is gone, or its channel is slow: nobody is held up for longer).
   */
  turnToPost(exchangeId: string): Promise<void>;
  /** The reply has been posted here: others that show everything may. */
  posted(exchange: Exchange): void;
  /** A newer state, on its way. */
  progress(exchange: Exchange, reply: Reply): Promise<void>;
  /** A final reply was put down. */
  finished(): void;
  /** The reply, as the store has it, is to be shown again. */
  again(exchangeId: string): Promise<void>;
  start(outlet: Outlet): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export interface RelayOptions {
  database: Database;
  store: Store;
  bus: Bus;
  /** This process's id. */
  process: string;
  clock?: () => Date;
  logger?: Logger;
  /** How long a reply is left to the process that received the question. Default 3,000. */
  ownerFirstMs?: number;
  leaseMs?: number;
  pollMs?: number;
}

/** Replies on their way to channels at once. */
const CONCURRENCY = 16;
/** How often it is looked whether another process has posted. */
const TURN_MS = 20;
const MAX_FAILURES = 8;

export function createRelay(options: RelayOptions): Relay {
  const { database, store, bus, process, clock = () => new Date(), logger = quiet } = options;
  const { ownerFirstMs = 3000, leaseMs, pollMs } = options;
  const growing = new Map<string, { shown: Progress; exchange: Promise<Exchange | undefined> }>();
  let outlet: Outlet | undefined;
  let queue: LocalQueue | undefined;

  const tell = (note: Note): void => {
    bus.tell(note).catch((error) => logger.warn({ error, note: note.kind }, 'other processes were not told'));
  };

  const hear = (note: Note, from: string): void => {
    if (note.kind === 'delivery') queue?.wake();
    if (note.kind !== 'progress' && note.kind !== 'shown') return;
    const adapter = outlet?.adapters.find(({ name }) => name === note.adapter);
    if (!adapter) return;
    const everywhere = adapter.everywhere === true;
    if (note.kind === 'progress') {
      if (everywhere || outlet?.owns(note.exchangeId)) grow(note);
    } else if (from !== process) {
      const shown = everywhere ? showAll(adapter, note.exchangeId) : over(note.exchangeId);
      shown.catch((error) => logger.warn({ error, exchange: note.exchangeId }, 'not shown here'));
    }
  };

  const grow = ({ exchangeId, reply }: Extract<Note, { kind: 'progress' }>): void => {
    let one = growing.get(exchangeId);
    if (!one) {
      const exchange = store.exchange(exchangeId);
      const send = async (newer: Reply) => {
        const found = await exchange;
        // A note that was overtaken by the end shows nothing.
        if (found && found.state !== 'done' && growing.has(exchangeId)) await outlet?.show(found, newer);
      };
      const onError = (error: unknown) => logger.warn({ error, exchange: exchangeId }, 'progress not shown');
      one = { shown: progress(send, { everyMs: 0, onError }), exchange };
      growing.set(exchangeId, one);
    }
    const { shown } = one;
    if (reply) shown.show(reply);
    else
      store.exchange(exchangeId).then(
        (found) => found && shown.show(found.reply),
        () => {},
      );
  };

  /** Another process has shown it. */
  const over = async (exchangeId: string): Promise<void> => {
    outlet?.over(exchangeId);
    await ended(exchangeId);
  };

  const ended = async (exchangeId: string): Promise<void> => {
    const one = growing.get(exchangeId);
    growing.delete(exchangeId);
    await one?.shown.end();
  };

  const deliver = async (exchangeId: string): Promise<void> => {
    await ended(exchangeId);
    const exchange = await store.exchange(exchangeId);
    if (!exchange || !outlet) return;
    await outlet.show(exchange, exchange.reply);
    outlet.over(exchangeId);
    tell({ kind: 'shown', exchangeId, adapter: exchange.message.place.adapter });
  };

  /** For those whose watchers are connected to this process: another one has shown it to its own. */
  const showAll = async (adapter: Adapter, exchangeId: string): Promise<void> => {
    const exchange = await store.exchange(exchangeId);
    if (!exchange) return;
    if (exchange.reply.final) await over(exchangeId);
    await adapter.update(exchange.message.place, exchange.postId ?? exchangeId, exchange.reply);
  };

  return {
    async turnToPost(exchangeId) {
      const now = clock().getTime();
      for (const until = now + ownerFirstMs; clock().getTime() < until; await setTimeout(TURN_MS)) {
        const since = new Date(clock().getTime() - ownerFirstMs).toISOString();
        if (!(await unplacedBefore(database, { exchangeId, process, since }))) return;
      }
    },

    posted({ id, message }) {
      tell({ kind: 'shown', exchangeId: id, adapter: message.place.adapter });
    },

    async progress(exchange, reply) {
      const note: Note = { kind: 'progress', exchangeId: exchange.id, adapter: exchange.message.place.adapter, reply };
      if (Buffer.byteLength(JSON.stringify(note)) < LONGEST_NOTE - 100) return bus.tell(note);
      await store.saveReply(exchange.id, reply, 'working');
      await bus.tell({ kind: 'progress', exchangeId: note.exchangeId, adapter: note.adapter });
    },

    finished() {
      tell({ kind: 'delivery' });
    },

    async again(exchangeId) {
      await deliverAgain(database, exchangeId, clock().getTime());
      tell({ kind: 'delivery' });
    },

    async start(given) {
      outlet = given;
      bus.hear(hear);
      if (given.adapters.length === 0) return;
      queue = localQueue({
        database,
        clock,
        maxFailures: MAX_FAILURES,
        deliveries: { adapters: given.adapters.map(({ name }) => name), process, ownerFirstMs },
        ...(leaseMs === undefined ? {} : { leaseMs }),
        ...(pollMs === undefined ? {} : { pollMs }),
        onError: (error) => logger.error({ error }, 'replies will be looked for again'),
      });
      await queue.process(({ exchangeId }) => deliver(exchangeId), {
        concurrency: CONCURRENCY,
        onDead: ({ exchangeId }, error) => given.lost(exchangeId, error),
      });
    },

    async stop(graceMs) {
      await queue?.stop(graceMs);
      for (const exchangeId of [...growing.keys()]) await ended(exchangeId);
      outlet = undefined;
    },
  };
}
