/** The local queue: the contract, and what a crashing job does. */
import { describe, expect, it, vi } from 'vitest';
import { localQueue } from '../../bot/queue/local.ts';
import { openDatabase } from '../../bot/store/database.ts';
import { libsqlStore } from '../../bot/store/libsql.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { queueContract } from './queue.contract.ts';
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

describe('local queue over the store', () => {
  it('works off what the store received, without being told', async () => {
    const shared = await database();
    const store = libsqlStore({ database: shared });
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
