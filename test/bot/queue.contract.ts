/** What every queue must do. A new queue runs this suite with a way to open it, and to open a second one on the same jobs. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Job, Queue } from '../../bot/types.ts';
import { NotYet } from '../../models/errors.ts';

export interface QueueFixture {
  queue: Queue;
  /** Another queue on the same jobs, as after a restart of the process. */
  another(): Promise<Queue>;
}

const never = async () => {
  throw new Error('no job should have died');
};

/** Timings of the queue under test: leases at most 300 ms, backoff at most 20 ms, dead at the third throw. */
export function queueContract(name: string, open: () => Promise<QueueFixture>): void {
  const running: Queue[] = [];
  const opened = async () => {
    const fixture = await open();
    running.push(fixture.queue);
    return {
      queue: fixture.queue,
      another: async () => {
        const queue = await fixture.another();
        running.push(queue);
        return queue;
      },
    };
  };
  const job = (id: string, thread = id): Omit<Job, 'attempts'> => ({
    id,
    kind: 'answer',
    exchangeId: `x-${id}`,
    thread,
  });
  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

  describe(name, () => {
    afterEach(async () => {
      await Promise.all(running.splice(0).map((queue) => queue.stop(1000)));
    });

    it('hands out what was added before and after it was started, once', async () => {
      const { queue } = await opened();
      const done: string[] = [];
      await queue.add(job('1'));
      await queue.add(job('1'));
      expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
      await queue.process(async ({ id, exchangeId, attempts }) => void done.push(`${id} ${exchangeId} ${attempts}`), {
        ...{ concurrency: 2, onDead: never },
      });
      await queue.add(job('2'));
      await until(() => expect(done.toSorted()).toEqual(['1 x-1 1', '2 x-2 1']));
      await until(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }));
      await queue.add(job('1'));
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
    });

    it('works on no more than `concurrency` at once, and on that many', async () => {
      const { queue } = await opened();
      let now = 0;
      let most = 0;
      const gates: (() => void)[] = [];
      for (let i = 0; i < 7; i++) await queue.add(job(`${i}`));
      const work = async () => {
        most = Math.max(most, ++now);
        await new Promise<void>((open) => gates.push(open));
        now--;
      };
      await queue.process(work, { concurrency: 3, onDead: never });
      await until(() => expect(gates).toHaveLength(3));
      for (let i = 0; i < 7; i++) {
        await until(() => expect(gates.length).toBeGreaterThan(i));
        gates[i]!();
      }
      await until(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }));
      expect(most).toBe(3);
    });

    it('keeps the order within a thread, also over a retry, without holding up other threads', async () => {
      const { queue } = await opened();
      const seen: string[] = [];
      let failed = false;
      for (const id of ['a1', 'a2', 'a3']) await queue.add(job(id, 'a'));
      for (const id of ['b1', 'b2']) await queue.add(job(id, 'b'));
      const work = async ({ id }: Job) => {
        if (id === 'a2' && !failed) {
          failed = true;
          throw new Error('once');
        }
        seen.push(id);
      };
      await queue.process(work, { concurrency: 4, onDead: never });
      await until(() => expect(seen).toHaveLength(5));
      expect(seen.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
      expect(seen.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2']);
    });

    it('retries what throws, then gives it up to onDead once, and goes on', async () => {
      const { queue } = await opened();
      const tries: number[] = [];
      const dead: string[] = [];
      const done: string[] = [];
      await queue.add(job('bad', 't'));
      await queue.add(job('good', 't'));
      const work = async ({ id, attempts }: Job) => {
        if (id === 'good') {
          done.push(id);
          return;
        }
        tries.push(attempts);
        throw new Error('always');
      };
      await queue.process(work, {
        concurrency: 1,
        onDead: async ({ id }, cause) => void dead.push(`${id}: ${(cause as Error).message}`),
      });
      await until(() => expect(done).toEqual(['good']));
      expect(tries).toEqual([1, 2, 3]);
      expect(dead).toEqual(['bad: always']);
      await until(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }));
    });

    it('tries what waits for something outside as often as it takes: no failure, and no delivery that counts', async () => {
      const { queue } = await opened();
      const attempts: number[] = [];
      const done: string[] = [];
      await queue.add(job('waits', 't'));
      await queue.add(job('behind', 't'));
      const work = async (one: Job) => {
        attempts.push(one.attempts);
        if (one.id === 'waits' && attempts.length < 20) throw new NotYet('the channel takes nothing now');
        done.push(one.id);
      };
      await queue.process(work, { concurrency: 2, onDead: never });
      await until(() => expect(done).toEqual(['waits', 'behind']));
      expect(new Set(attempts)).toEqual(new Set([1]));
    });

    it('gives a job to onDead again when onDead itself fails', async () => {
      const { queue } = await opened();
      let calls = 0;
      await queue.add(job('1'));
      await queue.process(
        async () => {
          throw new Error('always');
        },
        {
          concurrency: 1,
          onDead: async () => {
            calls++;
            if (calls === 1) throw new Error('the store is busy');
          },
        },
      );
      await until(() => expect(calls).toBe(2));
      await until(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }));
    });

    it('keeps a job that takes longer than its lease to itself', async () => {
      const { queue, another } = await opened();
      const other = await another();
      const seen: string[] = [];
      let open = () => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      await queue.add(job('long'));
      await queue.process(
        async () => {
          seen.push('first');
          await gate;
        },
        { concurrency: 1, onDead: never },
      );
      await until(() => expect(seen).toEqual(['first']));
      const started = Date.now();
      await other.process(async ({ id }) => void seen.push(`other ${id}`), { concurrency: 1, onDead: never });
      // The other queue looks for work all the while: three leases pass.
      await until(() => expect(Date.now() - started).toBeGreaterThan(900));
      expect(seen).toEqual(['first']);
      open();
      await until(async () => expect(await other.counts()).toEqual({ waiting: 0, active: 0 }));
      expect(seen).toEqual(['first']);
    });

    it('stops: waits for what is in work, aborts what takes too long, and delivers that again', async () => {
      const { queue, another } = await opened();
      const ended: string[] = [];
      await queue.add(job('quick'));
      await queue.add(job('slow'));
      await queue.add(job('later'));
      let both = 0;
      let quick = () => {};
      const work = async ({ id }: Job, signal: AbortSignal) => {
        both++;
        await new Promise<void>((resolve, reject) => {
          if (id === 'quick') quick = resolve;
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        ended.push(id);
      };
      await queue.process(work, { concurrency: 2, onDead: never });
      await until(() => expect(both).toBe(2));
      const stopped = queue.stop(100);
      quick();
      await stopped;
      expect(ended).toEqual(['quick']);
      const again: string[] = [];
      const next = await another();
      await next.process(async ({ id }) => void again.push(id), { concurrency: 1, onDead: never });
      // Of two threads: their order among each other is not promised.
      await until(() => expect(again.toSorted()).toEqual(['later', 'slow']));
    });

    it('delivers again what a dead process had in work', async () => {
      const { queue, another } = await opened();
      await queue.add(job('1'));
      let begun = false;
      await queue.process(
        // Never ends, and heeds no signal: as good as dead.
        () => {
          begun = true;
          return new Promise(() => {});
        },
        { concurrency: 1, onDead: never },
      );
      await until(() => expect(begun).toBe(true));
      await queue.stop(0);
      const next = await another();
      const seen: number[] = [];
      await next.process(async ({ attempts }) => void seen.push(attempts), { concurrency: 1, onDead: never });
      await until(() => expect(seen).toEqual([2]));
    });
  });
}
