/**
 * Several processes over one PostgreSQL: one receives and shows, another answers; each is given parts of its own (pool,
 * bus, queue), as in a process of its own. Killing real processes is kill-several.test.ts's business.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Bot, BotOptions } from '../../bot/bot.ts';
import { openBus } from '../../bot/bus.ts';
import { localQueue } from '../../bot/queue/local.ts';
import { createRelay } from '../../bot/relay.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import type { Answerer } from '../../bot/types.ts';
import { answerOf, MemoryChannel, messageOf, openBot, type Shown } from './desk.ts';
import { afterwards } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const TIMES = { pollMs: 50, leaseMs: 2000 };

class WatchedChannel extends MemoryChannel {
  readonly everywhere = true;
}

/** Opens processes of one installation. */
async function installation() {
  const url = await temporarySchema();
  return async (adapters: MemoryChannel[], options: Partial<BotOptions> & { ownerFirstMs?: number } = {}) => {
    const process = randomUUID();
    const database = await openPostgres({ url, connections: 4 });
    afterwards(() => database.close());
    const store = sqlStore({ database, handOver: { process } });
    const bus = await openBus({ database, process });
    afterwards(() => bus.close());
    const { ownerFirstMs = 1000, ...more } = options;
    const relay = createRelay({ database, store, bus, process, ownerFirstMs, ...TIMES });
    const tell = () => void bus.tell({ kind: 'job' });
    const queue = localQueue({ database, ...TIMES, maxFailures: 4, backoffMs: () => 10, onAdded: tell });
    bus.hear(({ kind }) => {
      if (kind === 'job') queue.wake();
    });
    const { bot } = await openBot({ store, queue, relay, adapters, works: false, ...more });
    await bot.start();
    return { bot, store, bus, database };
  };
}

const accepted = async (bot: Bot, text: string, thread?: string) => {
  const receipt = await bot.handle(messageOf(text, thread ? { thread } : {}));
  if (receipt.kind !== 'accepted') throw new Error(JSON.stringify(receipt));
  return receipt.exchangeId;
};

/** Tells of its thoughts one after the other, each once the one before was seen in the channel. */
function thinker(channel: MemoryChannel, thoughts: string[]): Answerer {
  return {
    async answer(question, { onStage }) {
      for (const thought of thoughts) {
        onStage?.('thinking', thought);
        await until(() => expect(channel.shown.some(({ reply }) => reply.partial === thought)).toBe(true));
      }
      return answerOf(question);
    },
  };
}

describeWith(['TEST_DATABASE_URL'], 'several processes', () => {
  it('a worker answers what a bot received, and the bot shows it grow and end, posted once', async () => {
    const open = await installation();
    const channel = new MemoryChannel();
    const { bot } = await open([channel]);
    // Longer than a note of PostgreSQL may be, too.
    const thoughts = ['bearing', 'bearing wear', `bearing wear ${'because '.repeat(1200)}`];
    await open([], { works: true, answerer: thinker(channel, thoughts) });
    const id = await accepted(bot, 'P-101 shakes');
    await until(() => expect(channel.of(id).at(-1)?.reply.final).toBe(true));
    const shown = channel.of(id);
    expect(shown.filter(({ kind }) => kind === 'post')).toHaveLength(1);
    const partials = shown.flatMap(({ reply }) => reply.partial ?? []);
    expect([...new Set(partials)]).toEqual(thoughts);
    expect(shown.at(-1)?.reply.answer?.answer).toBe('echo: P-101 shakes');
    // Nothing comes after the end.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(channel.of(id).findIndex(({ reply }) => reply.final)).toBe(shown.length - 1);
  });

  it('shows the answers of a thread one after the other, in order, by the process that received them', async () => {
    const open = await installation();
    const [first, second] = [new MemoryChannel(), new MemoryChannel()];
    const { bot } = await open([first]);
    // On a busy machine the first may be slow: the other is not to help it out here.
    await open([second], { ownerFirstMs: 60_000 });
    await open([], { works: true, concurrency: 1 });
    const threads: string[][] = [[], [], []];
    for (let i = 0; i < 12; i++) threads[i % 3]!.push(await accepted(bot, `question ${i}`, `t${i % 3}`));
    const finals = () => first.shown.filter(({ reply }) => reply.final).map(({ reply }) => reply.exchangeId);
    await until(() => expect(finals()).toHaveLength(12));
    for (const ids of threads) expect(finals().filter((id) => ids.includes(id))).toEqual(ids);
    expect(second.shown).toEqual([]);
  });

  it('places the replies of a channel in the order of asking, whichever process received them and whatever is ready first', async () => {
    const open = await installation();
    const channel = new MemoryChannel();
    const ownerFirstMs = 15_000;
    const bots = [(await open([channel], { ownerFirstMs })).bot, (await open([channel], { ownerFirstMs })).bot];
    // One of two workers is slow: its answers come late, and hold nobody up.
    const slow: Answerer = {
      async answer(question) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return answerOf(question);
      },
    };
    await open([], { works: true, concurrency: 2, answerer: slow });
    await open([], { works: true, concurrency: 2 });
    let posts = 0;
    channel.before = async (kind) => {
      if (kind === 'post' && posts++ % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
    };
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) ids.push(await accepted(bots[i % 2]!, `question ${i}`, `t${i % 4}`));
    const of = (wanted: (shown: Shown) => boolean) => channel.shown.filter(wanted).map(({ reply }) => reply.exchangeId);
    await until(() => expect(of(({ reply }) => reply.final)).toHaveLength(12));
    expect(of(({ kind }) => kind === 'post')).toEqual(ids);
    const finals = of(({ reply }) => reply.final);
    for (let thread = 0; thread < 4; thread++) {
      const own = ids.filter((_, i) => i % 4 === thread);
      expect(finals.filter((id) => own.includes(id))).toEqual(own);
    }
  });

  it('shows by another process what the one that received it no longer shows', async () => {
    const open = await installation();
    const [gone, other] = [new MemoryChannel(), new MemoryChannel()];
    const { bot } = await open([gone], { ownerFirstMs: 300 });
    const ids = [await accepted(bot, 'one', 't'), await accepted(bot, 'two', 't')];
    await until(() => expect(gone.shown.filter(({ kind }) => kind === 'post')).toHaveLength(2));
    await bot.stop(0);
    await open([other], { ownerFirstMs: 300 });
    await open([], { works: true });
    await until(() => expect(other.shown.map(({ reply }) => reply.final && reply.exchangeId)).toEqual(ids));
    // The post of the first process is updated, not posted anew.
    expect(other.shown.every(({ kind }) => kind === 'update')).toBe(true);
  });

  it('a channel that everybody watches is shown everything by every process that has it', async () => {
    const open = await installation();
    const [here, there] = [new WatchedChannel(), new WatchedChannel()];
    const { bot } = await open([here]);
    await open([there]);
    await open([], { works: true, answerer: thinker(there, ['bearing']) });
    const id = await accepted(bot, 'P-101 shakes');
    for (const channel of [here, there]) {
      await until(() => expect(channel.of(id).at(-1)?.reply.final).toBe(true));
      expect(channel.of(id).some(({ reply }) => reply.partial === 'bearing')).toBe(true);
    }
    expect([...here.shown, ...there.shown].filter(({ kind }) => kind === 'post')).toHaveLength(1);
  });

  it('a flag set through one process is shown by the one that has the channel', async () => {
    const open = await installation();
    const channel = new MemoryChannel();
    const { bot } = await open([channel]);
    const worker = await open([], { works: true });
    const id = await accepted(bot, 'P-101 shakes');
    await until(() => expect(channel.of(id).at(-1)?.reply.final).toBe(true));
    const before = channel.of(id).length;
    const author = { id: 'memory:op', name: 'Op' };
    await worker.bot.act({ kind: 'flag', id: 'f1', exchangeId: id, author, reason: 'wrong pump' });
    await until(() => expect(channel.of(id).length).toBeGreaterThan(before));
  });

  it('a failing channel is tried again, and its answers stay in order', async () => {
    const open = await installation();
    const channel = new MemoryChannel();
    let refused = 0;
    channel.before = async (_kind, reply) => {
      if (reply.final && refused++ < 2) throw new Error('429');
    };
    const { bot } = await open([channel]);
    await open([], { works: true });
    const ids = [await accepted(bot, 'one'), await accepted(bot, 'two')];
    const finals = () => channel.shown.filter(({ reply }) => reply.final).map(({ reply }) => reply.exchangeId);
    await until(() => expect(finals()).toEqual(ids));
  });

  it('goes on when the bus was cut: nothing is lost, and notes come again', async () => {
    const open = await installation();
    const channel = new MemoryChannel();
    const { bot, database } = await open([channel]);
    await open([], { works: true });
    await database.rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND query LIKE ?",
      `%${String((await database.rows('SELECT current_schema() AS schema'))[0]!.schema)}%`,
    );
    const id = await accepted(bot, 'P-101 shakes');
    await until(() => expect(channel.of(id).at(-1)?.reply.final).toBe(true));
  });
});

describe('a bus', () => {
  it.skipIf(!process.env.TEST_DATABASE_URL)('keeps installations of one server apart', async () => {
    const heard: string[] = [];
    const buses = [];
    for (const name of ['a', 'b']) {
      const database = await openPostgres({ url: await temporarySchema(), connections: 1 });
      afterwards(() => database.close());
      const bus = await openBus({ database, process: name });
      afterwards(() => bus.close());
      bus.hear((note, from) => heard.push(`${name} ${note.kind} ${from}`));
      buses.push(bus);
    }
    for (const bus of buses) await bus.tell({ kind: 'job' });
    await until(() => expect(heard.toSorted()).toEqual(['a job a', 'b job b']));
  });
});
