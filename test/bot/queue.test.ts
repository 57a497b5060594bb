/** The local queue: the contract, and what a crashing job does. */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { openBullmq } from '../../bot/queue/bullmq.ts';
import { localQueue } from '../../bot/queue/local.ts';
import { type Database, openDatabase } from '../../bot/store/database.ts';
import { jobRows } from '../../bot/store/jobs.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { queueContract } from './queue.contract.ts';
import { describeWith, temporarySchema } from './services.ts';
import { message } from './store.contract.ts';

const TIMES = { leaseMs: 300, pollMs: 10, maxFailures: 3, backoffMs: () => 20 };

const BULL_TIMES = { leaseMs: 300, sweepMs: 50, maxFailures: 3, backoffMs: () => 20 };

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

describeWith(['TEST_REDIS_URL', 'TEST_DATABASE_URL'], 'BullMQ', () => {
  const servers = [
    ['Redis', process.env.TEST_REDIS_URL ?? ''],
    ['PostgreSQL', process.env.TEST_DATABASE_URL ?? ''],
  ] as const;

  for (const [kind, url] of servers) {
    queueContract(`BullMQ on ${kind}`, async () => {
      const shared = await database();
      const name = `test-${randomUUID()}`;
      const open = async () => {
        const queue = await openBullmq({ url, name, jobs: jobRows(shared), ...BULL_TIMES });
        afterwards(() => queue.close());
        return queue;
      };
      return { queue: await open(), another: open };
    });
  }
});

describeWith(['TEST_REDIS_URL'], 'BullMQ beside the store', () => {
  const url = process.env.TEST_REDIS_URL ?? '';
  const queueOn = async (shared: Database, server = url, name = `test-${randomUUID()}`) => {
    const faults: string[] = [];
    const onError = (error: unknown) => faults.push((error as Error).message);
    const queue = await openBullmq({ url: server, name, jobs: jobRows(shared), ...BULL_TIMES, onError });
    afterwards(() => queue.close());
    afterwards(() => queue.stop(100));
    return { queue, faults, name };
  };
  const job = (id: string, thread: string) => ({ id, kind: 'answer' as const, exchangeId: `x-${id}`, thread });

  it('takes up from the store what an empty server knows nothing of', async () => {
    const shared = await database();
    const lost = await queueOn(shared);
    for (const id of ['a1', 'a2', 'b1']) await lost.queue.add(job(id, id[0]!));
    // Another name on the server: as if it had been wiped.
    const { queue } = await queueOn(shared);
    const seen: string[] = [];
    await queue.process(async ({ id }) => void seen.push(id), { concurrency: 1, onDead: async () => {} });
    await vi.waitFor(() => expect(seen).toHaveLength(3), 5000);
    expect(seen.filter((id) => id !== 'b1')).toEqual(['a1', 'a2']);
  });

  it('takes jobs while its server is down, and does them once it is up', async () => {
    const shared = await database();
    const gate = await tcpGate(new URL(url));
    afterwards(() => gate.close());
    const { queue, faults } = await queueOn(shared, `redis://127.0.0.1:${gate.port}`);
    const seen: string[] = [];
    await queue.process(async ({ id }) => void seen.push(id), { concurrency: 2, onDead: async () => {} });
    await queue.add(job('before', 't'));
    await vi.waitFor(() => expect(seen).toEqual(['before']), 5000);
    gate.shut();
    await queue.add(job('down1', 't'));
    await queue.add(job('down2', 't'));
    expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
    expect(faults.length).toBeGreaterThan(0);
    gate.open();
    await vi.waitFor(() => expect(seen).toEqual(['before', 'down1', 'down2']), 15_000);
  });

  it('gives up a job that keeps ending its process', async () => {
    const shared = await database();
    const name = `test-${randomUUID()}`;
    await shared.run(
      "INSERT INTO jobs (id, kind, exchange_id, thread, run_at, deliveries) VALUES ('1', 'answer', 'x', 't', 0, 12)",
    );
    const { queue } = await queueOn(shared, url, name);
    const dead: string[] = [];
    await queue.process(async () => {}, {
      concurrency: 1,
      onDead: async ({ id }, cause) => void dead.push(`${id} ${(cause as Error).message}`),
    });
    await vi.waitFor(() => expect(dead).toEqual(['1 the work was begun 12 times and never ended']), 5000);
  });
});

/** A way to a server that can be shut, as when it is down, and opened again. */
async function tcpGate(target: URL): Promise<{ port: number; shut(): void; open(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((socket) => {
    if (!isOpen) {
      socket.destroy();
      return;
    }
    const beyond = connect(Number(target.port || 6379), target.hostname);
    for (const [one, other] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
    }
    socket.pipe(beyond).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    shut,
    open: () => {
      isOpen = true;
    },
    close: () => {
      shut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

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

  it('goes on with what it has in work when the clock jumps past the lease', async () => {
    const shared = await database();
    let jumped = 0;
    const clock = () => new Date(Date.now() + jumped);
    const queue = localQueue({ database: shared, ...TIMES, leaseMs: 60_000, clock });
    afterwards(() => queue.stop(100));
    const begun: string[] = [];
    let end = () => {};
    await queue.add({ id: '1', kind: 'answer', exchangeId: 'x', thread: 't' });
    const work = ({ id, attempts }: { id: string; attempts: number }) => {
      begun.push(`${id} ${attempts}`);
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    };
    await queue.process(work, { concurrency: 2, onDead: async () => {} });
    await vi.waitFor(() => expect(begun).toEqual(['1 1']), 5000);
    jumped = 3_600_000;
    queue.wake();
    const leaseOf = async () => Number((await shared.rows('SELECT lease_until FROM jobs'))[0]!.lease_until);
    await vi.waitFor(async () => expect(await leaseOf()).toBeGreaterThan(Date.now() + 3_600_000), 5000);
    end();
    const rows = () => shared.rows('SELECT state, deliveries FROM jobs');
    await vi.waitFor(async () => expect(await rows()).toEqual([{ state: 'done', deliveries: 1 }]), 5000);
    expect(begun).toEqual(['1 1']);
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
