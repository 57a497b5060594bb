/**
 * The queue of several processes: BullMQ, on Redis or on PostgreSQL, hands each job to one of any number of workers. What
 * is owed stays the store's: a job is a row there, and BullMQ carries its id. So BullMQ may be down, or come back empty:
 * a sweep fills it again from the store, and nothing fails meanwhile.
 *
 * Order within a thread: BullMQ is only given the oldest unfinished job of a thread; whoever ends it gives the next.
 * Handled once: a worker takes a lease on the row before it begins, and renews it; a job that is done is passed over.
 */
import { randomUUID } from 'node:crypto';
import { DelayedError } from 'bullmq';
import { NotYet, RoundsError } from '../../models/errors.ts';
import type { Begun, JobRows } from '../store/jobs.ts';
import type { Queue } from '../types.ts';
import { type BullWorker, connectServer } from './servers.ts';
import { after } from './time.ts';

export interface BullmqOptions {
  /** `redis://`, `rediss://`, `postgres://`. */
  url: string;
  jobs: JobRows;
  /** Name within the server: those with the same one share the work. Default rounds. */
  name?: string;
  clock?: () => Date;
  /** How long a job belongs to its worker before another may take it; renewed while it works. Default 30,000. */
  leaseMs?: number;
  /** How often what the store owes is compared with what BullMQ has. Default 5,000. */
  sweepMs?: number;
  /** Throws after which a job is dead. Default 3. */
  maxFailures?: number;
  /** Deliveries after which a job is dead though it never threw: it keeps killing its process. Default 12. */
  maxDeliveries?: number;
  /** Wait before the next try after the n-th throw (from 1). Default 0.5 s, 2 s, 8 s … at most 60 s. */
  backoffMs?: (failures: number) => number;
  /** Told of faults of the queue itself, which are tried again. */
  onError?: (error: unknown) => void;
}

export interface BullmqQueue extends Queue {
  /** Closes the connections; `stop` comes first. */
  close(): Promise<void>;
}

/** Most jobs that one sweep gives to BullMQ. */
const SWEEP = 1000;
/** How long aborted work may take to end. */
const ABORT_MS = 2000;
/** How long the server may take to take a job. */
const ANSWER_MS = 2000;
/** Jobs come back from stalled workers for ever: the store decides when one is dead. */
const ALWAYS = 1_000_000_000;

type Work = Parameters<Queue['process']>[0];
type OnDead = Parameters<Queue['process']>[1]['onDead'];

export async function openBullmq(options: BullmqOptions): Promise<BullmqQueue> {
  const { url, jobs, name = 'rounds', clock = () => new Date() } = options;
  const { leaseMs = 30_000, sweepMs = 5000, maxFailures = 3, maxDeliveries = 12 } = options;
  const backoffMs = options.backoffMs ?? ((failures) => Math.min(60_000, 500 * 4 ** (failures - 1)));
  const onError = options.onError ?? (() => {});
  const nowMs = () => clock().getTime();
  const server = await connectServer(url);
  const bull = server.queue(name);
  bull.on('error', onError);

  const active = new Map<string, { holder: string; abort: AbortController; done: Promise<unknown> }>();
  let worker: BullWorker | undefined;
  let sweeping: NodeJS.Timeout | undefined;
  let renewing: NodeJS.Timeout | undefined;

  /** A server that is down keeps nobody waiting: what it did not take, the sweep gives later. */
  const answered = async <T>(asked: Promise<T>): Promise<T> => {
    const late = after(ANSWER_MS, asked).then(() => {
      throw new RoundsError('queue_down', `the queue ${server.name} does not answer: see that it runs`);
    });
    return Promise.race([asked, late]);
  };

  /** Gives jobs to BullMQ; those that it has already are not given twice. */
  const give = async (ids: string[]): Promise<void> => {
    if (ids.length === 0) return;
    const own = { removeOnComplete: true, removeOnFail: true };
    await answered(bull.addBulk(ids.map((id) => ({ name: 'job', data: { id }, opts: { ...own, jobId: bullId(id) } }))));
  };

  const giveNext = async (thread: string): Promise<void> => {
    const id = await jobs.next(thread);
    if (id !== undefined) await give([id]);
  };

  /** What the store owes and BullMQ does not have: it was down, or has lost it. */
  const sweep = async (): Promise<void> => {
    const heads = await jobs.heads(SWEEP);
    if (heads.length === 0) return;
    const {
      waiting = 0,
      active: working = 0,
      delayed = 0,
    } = await answered(bull.getJobCounts('waiting', 'active', 'delayed'));
    if (waiting + working + delayed < heads.length) await give(heads);
  };

  /** One delivery by BullMQ; gives the time of the next one, or undefined when the job is off the queue. */
  const deliver = async (id: string, work: Work, onDead: OnDead): Promise<number | undefined> => {
    const holder = randomUUID();
    const begun = await jobs.begin(id, holder, nowMs(), leaseMs);
    if (begun.kind === 'not now') return undefined;
    if (begun.kind === 'later') return begun.until;
    const abort = new AbortController();
    const done = carryOut(begun, holder, abort, work, onDead);
    active.set(id, { holder, abort, done: done.catch(onError) });
    try {
      const again = await done;
      if (again !== undefined) return again;
    } finally {
      active.delete(id);
    }
    // The row says that it is done; should this fail, the sweep gives the next one.
    await giveNext(begun.job.thread).catch(onError);
    return undefined;
  };

  const carryOut = async (
    { job, failures }: Extract<Begun, { kind: 'begun' }>,
    holder: string,
    abort: AbortController,
    work: Work,
    onDead: OnDead,
  ): Promise<number | undefined> => {
    let cause: unknown;
    try {
      if (job.attempts <= maxDeliveries) {
        await work(job, abort.signal);
        await jobs.end(job.id, holder, 'done');
        return undefined;
      }
      cause = new RoundsError('job_dies', `the work was begun ${maxDeliveries} times and never ended`);
    } catch (error) {
      if (abort.signal.aborted) {
        // Stopping, or the lease went to someone else: delivered again, not counted as a failure.
        await jobs.giveBack(job.id, holder, nowMs());
        return nowMs();
      }
      if (error instanceof NotYet) {
        const runAt = nowMs() + backoffMs(1);
        await jobs.giveBack(job.id, holder, runAt);
        return runAt;
      }
      const runAt = nowMs() + backoffMs(failures + 1);
      if (failures + 1 < maxFailures) {
        await jobs.giveBack(job.id, holder, runAt, { failures: failures + 1, error: messageOf(error) });
        return runAt;
      }
      cause = error;
    }
    try {
      await onDead(job, cause);
    } catch (fault) {
      onError(fault);
      const runAt = nowMs() + backoffMs(failures + 1);
      await jobs.giveBack(job.id, holder, runAt);
      return runAt;
    }
    await jobs.end(job.id, holder, 'dead', messageOf(cause));
    return undefined;
  };

  const renew = async (): Promise<void> => {
    const held = [...active];
    const mine = await jobs.renew(
      held.map(([, { holder }]) => holder),
      nowMs() + leaseMs,
    );
    for (const [id, { holder, abort }] of held) {
      if (mine.has(holder) || active.get(id)?.holder !== holder) continue;
      abort.abort(new RoundsError('lease_lost', `job ${id} went to another worker`));
    }
  };

  return {
    kind: `bullmq on ${server.kind}`,

    async add(job) {
      await jobs.add(job, nowMs());
      // The row is what counts: where the server does not take it now, the sweep gives it later.
      await giveNext(job.thread).catch(onError);
    },

    async process(work, { concurrency, onDead }) {
      if (worker) throw new RoundsError('queue', 'this queue is being processed: make another one');
      worker = server.worker(
        name,
        async (bullJob, token) => {
          const again = await deliver((bullJob.data as { id: string }).id, work, onDead);
          if (again === undefined) return;
          await bullJob.moveToDelayed(again, token);
          throw new DelayedError();
        },
        { concurrency, lockDuration: leaseMs, stalledInterval: leaseMs, maxStalledCount: ALWAYS, runRetryDelay: 1000 },
      );
      worker.on('error', onError);
      renewing = setInterval(() => void renew().catch(onError), Math.max(10, leaseMs / 3));
      const next = async () => {
        await sweep().catch(onError);
        if (sweeping) sweeping = setTimeout(next, sweepMs);
      };
      sweeping = setTimeout(next, 0);
    },

    counts: () => jobs.counts(nowMs()),

    async problem() {
      try {
        await answered(bull.getJobCounts('waiting'));
        return null;
      } catch (error) {
        return messageOf(error);
      }
    },

    async stop(graceMs) {
      clearTimeout(sweeping);
      sweeping = undefined;
      // Takes no more; what is in work goes on.
      await worker?.pause(true);
      const all = Promise.all([...active.values()].map(({ done }) => done));
      await Promise.race([all, after(graceMs, all)]);
      for (const { abort } of active.values()) abort.abort(new RoundsError('stopping', 'the process is being stopped'));
      // Work that does not heed the signal is left behind: its lease runs out.
      await Promise.race([all, after(ABORT_MS, all)]);
      clearInterval(renewing);
      const closed = worker?.close(active.size > 0) ?? Promise.resolve();
      worker = undefined;
      await Promise.race([closed, after(ABORT_MS, closed)]);
    },

    async close() {
      // A server that is away does not say goodbye.
      const closed = bull.close().then(() => server.close());
      await Promise.race([closed, after(ABORT_MS, closed)]);
    },
  };
}

/** BullMQ takes no whole numbers for ids, and no colons in them. */
function bullId(id: string): string {
  return `job-${encodeURIComponent(id)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
