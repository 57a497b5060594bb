/** The local queue: the contract, and what a crashing job does. */
import { describe, expect, it, vi } from 'vitest';
import { localQueue } from '../../bot/queue/local.ts';
import { openDatabase } from '../../bot/store/database.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { queueContract } from './queue.contract.ts';
import { describeWith, temporarySchema } from './services.ts';
import { message } from './store.contract.ts';

const TIMES = { leaseMs: 300, pollMs: 10, maxFailures: 3, backoffMs: () => 20 };

const database = async () => {
  const opened = await openDatabase({ dataDir: await temporaryFolder() });
  afterwards(() => opened.close());
  return opened;
};

queueContract('local queue', async () => {
  const shared = await database();
  const queue = localQueue({ database: shared, ...TIMES });
  return { queue, another: async () => localQueue({ database: shared, ...TIMES }) };
});

describeWith(['TEST_DATABASE_URL'], 'local queue over PostgreSQL', () => {
  queueContract('local queue, two processes', async () => {
    const url = await temporarySchema();
    const open = async () => {
      const own = await openPostgres({ url });
      afterwards(() => own.close());
      return localQueue({ database: own, ...TIMES });
    };
    return { queue: await open(), another: open };
  });

  it('gives each job to one of several processes, whatever the rush', async () => {
    const url = await temporarySchema();
    const processes = await Promise.all([1, 2, 3].map(() => openPostgres({ url })));
    afterwards(() => Promise.all(processes.map((one) => one.close())));
    const queues = processes.map((own) => localQueue({ database: own, ...TIMES }));
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) await queues[0]!.add({ id: `${i}`, kind: 'answer', exchangeId: 'x', thread: `${i}` });
    await Promise.all(
      queues.map((queue) =>
        queue.process(async ({ id }) => void seen.push(id), { concurrency: 4, onDead: async () => {} }),
      ),
    );
    afterwards(() => Promise.all(queues.map((queue) => queue.stop(100))));
    await vi.waitFor(async () => expect(await queues[0]!.counts()).toEqual({ waiting: 0, active: 0 }), 10_000);
    expect(seen.toSorted()).toEqual(Array.from({ length: 60 }, (_, i) => `${i}`).toSorted());
  });
});

describe('local queue over the store', () => {
  it('works off what the store received, without being told', async () => {
    const shared = await database();
    const store = sqlStore({ database: shared });
    await store.receive(message('m1', 'text', 't'), { exchangeId: 'x1', final: false, stage: 'received' });
    const queue = localQueue({ database: shared, ...TIMES });
    afterwards(() => queue.stop(100));
    const seen: string[] = [];
    await queue.process(async ({ exchangeId }) => void seen.push(exchangeId), {
      concurrency: 1,
      onDead: async () => {},
    });
    await store.receive(message('m2', 'text', 't'), { exchangeId: 'x2', final: false, stage: 'received' });
    await vi.waitFor(() => expect(seen).toEqual(['x1', 'x2']));
  });

  it('takes over at once the leases of a former process when it is alone', async () => {
    const shared = await database();
    const dead = localQueue({ database: shared, ...TIMES, leaseMs: 1e9 });
    await dead.add({ id: '1', kind: 'answer', exchangeId: 'x', thread: 't' });
    let begun = false;
    await dead.process(
      () => {
        begun = true;
        return new Promise(() => {});
      },
      { concurrency: 1, onDead: async () => {} },
    );
    await vi.waitFor(() => expect(begun).toBe(true));
    const queue = localQueue({ database: shared, ...TIMES, alone: true });
    afterwards(() => Promise.all([queue.stop(0), dead.stop(0)]));
    const seen: number[] = [];
    await queue.process(async ({ attempts }) => void seen.push(attempts), { concurrency: 1, onDead: async () => {} });
    await vi.waitFor(() => expect(seen).toEqual([2]));
  });

  it('gives up a job that keeps ending its process', async () => {
    const shared = await database();
    const dead: string[] = [];
    let begun = 0;
    await localQueue({ database: shared }).add({ id: '1', kind: 'answer', exchangeId: 'x', thread: 't' });
    for (let life = 1; dead.length === 0 && life < 10; life++) {
      const queue = localQueue({ database: shared, ...TIMES, alone: true, maxDeliveries: 3 });
      await queue.process(
        () => {
          begun = life;
          return new Promise(() => {});
        },
        { concurrency: 1, onDead: async ({ id }, cause) => void dead.push(`${id} ${(cause as Error).message}`) },
      );
      await vi.waitFor(() => expect(begun === life || dead.length > 0).toBe(true));
      // Nothing is awaited: the process is gone, its lease stays.
      void queue.stop(1e6);
    }
    expect(begun).toBe(3);
    expect(dead).toEqual(['1 the work was begun 3 times and never ended']);
  });
});
