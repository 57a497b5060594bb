/** Tasks at set times: one process of many takes each, none is taken twice, none is missed in silence. */
import { describe, expect, it, vi } from 'vitest';
import { createScheduler, type Due, type Scheduler } from '../../bot/scheduler.ts';
import { type Database, openDatabase } from '../../bot/store/database.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';

const START = Date.parse('2026-11-21T05:59:50.000Z');
const MINUTE = 60_000;

function suite(open: () => Promise<() => Promise<Database>>): void {
  const setUp = async () => {
    const connect = await open();
    let now = START;
    const runs: string[] = [];
    const process = async (name: string, run?: (time: Due) => Promise<void>) => {
      const scheduler = createScheduler({
        database: await connect(),
        clock: () => new Date(now),
        everyMs: 5,
        leaseMs: MINUTE,
      });
      const note = async ({ due, missed }: Due) =>
        void runs.push(`${name} ${due.toISOString().slice(11, 16)} ${missed}`);
      scheduler.schedule({ name: 'digest', cron: '0 * * * *', timezone: 'UTC', run: run ?? note });
      scheduler.start();
      afterwards(() => scheduler.stop(0));
      return scheduler;
    };
    const pass = (ms: number) => {
      now += ms;
    };
    return { process, runs, pass };
  };
  /** Long enough for every process to have looked several times. */
  const looks = () => new Promise((resolve) => setTimeout(resolve, 100));
  const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

  it('runs a task once at each of its times, however many processes could', async () => {
    const { process, runs, pass } = await setUp();
    for (const name of ['a', 'b', 'c']) await process(name);
    await looks();
    expect(runs).toEqual([]);
    pass(MINUTE);
    await until(() => expect(runs).toHaveLength(1));
    pass(60 * MINUTE);
    await until(() => expect(runs).toHaveLength(2));
    await looks();
    expect(runs.map((run) => run.slice(2))).toEqual(['06:00 0', '07:00 0']);
  });

  it('makes up for the times at which no process was up by one run that knows how many', async () => {
    const { process, runs, pass } = await setUp();
    const first = await process('a');
    await looks();
    await first.stop();
    pass(5 * 60 * MINUTE);
    await process('b');
    await until(() => expect(runs).toEqual(['b 10:00 4']));
    await looks();
    expect(runs).toHaveLength(1);
  });

  it('gives the time of a process that died to another, once its lease is over', async () => {
    const { process, runs, pass } = await setUp();
    let began = 0;
    // Never ends, and is not renewed: this process's timers are as good as dead, for its lease lasts a minute.
    await process('dead', () => {
      began++;
      return new Promise((_, reject) => afterwards(() => reject(new Error('over'))));
    });
    pass(MINUTE);
    await until(() => expect(began).toBe(1));
    await process('b');
    await looks();
    expect(runs).toEqual([]);
    pass(2 * MINUTE);
    await until(() => expect(runs).toEqual(['b 06:00 0']));
  });

  it('goes on after a task that throws, at its next time', async () => {
    const { process, pass } = await setUp();
    const seen: string[] = [];
    await process('a', async ({ due }) => {
      seen.push(due.toISOString().slice(11, 16));
      throw new Error('no channel');
    });
    pass(MINUTE);
    await until(() => expect(seen).toEqual(['06:00']));
    await looks();
    pass(60 * MINUTE);
    await until(() => expect(seen).toEqual(['06:00', '07:00']));
  });

  it('stops: aborts what takes too long, which another process does at once', async () => {
    const { process, runs, pass } = await setUp();
    const stopped: Scheduler = await process('a', ({ signal }) => {
      runs.push('begun');
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    pass(MINUTE);
    await until(() => expect(runs).toEqual(['begun']));
    await stopped.stop(10);
    await process('b');
    await until(() => expect(runs).toEqual(['begun', 'b 06:00 0']));
  });
}

describe('scheduler over the embedded store', () => {
  suite(async () => {
    const database = await openDatabase({ dataDir: await temporaryFolder() });
    afterwards(() => database.close());
    return async () => database;
  });

  it('refuses what is no pattern or no time zone, in one line', async () => {
    const database = await openDatabase({ dataDir: await temporaryFolder() });
    afterwards(() => database.close());
    const scheduler = createScheduler({ database });
    const task = { name: 'digest', run: async () => {} };
    expect(() => scheduler.schedule({ ...task, cron: 'at dawn' })).toThrow(/^schedule of digest: "at dawn" is none/);
    expect(() => scheduler.schedule({ ...task, cron: '0 6 * * *', timezone: 'Mars' })).toThrow(
      /in time zone Mars is none/,
    );
  });
});

describeWith(['TEST_DATABASE_URL'], 'scheduler over PostgreSQL', () => {
  suite(async () => {
    const url = await temporarySchema();
    return async () => {
      const database = await openPostgres({ url, connections: 2 });
      afterwards(() => database.close());
      return database;
    };
  });
});
