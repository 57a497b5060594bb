/**
 * A durable queue over the store's jobs table: leases with expiry, retries with backoff, order within a
 * thread. It does not know what a job does. A job is one row; `Store.receive` writes it in the message's transaction, and
 * `add` only makes sure of it and wakes the queue.
 */
import { randomUUID } from 'node:crypto';
import { NotYet, RoundsError } from '../../models/errors.ts';
import type { Database, Value } from '../store/database.ts';
import type { Job, Queue } from '../types.ts';
import { after } from './time.ts';

export interface LocalQueueOptions {
  database: Database;
  clock?: () => Date;
  /** How long a job belongs to its worker before another may take it; renewed while it works. Default 30,000. */
  leaseMs?: number;
  /** Looks for due jobs this often when nothing wakes it. Default 500. */
  pollMs?: number;
  /** Throws after which a job is dead. Default 3. */
  maxFailures?: number;
  /** Deliveries after which a job is dead though it never threw: it keeps killing its process. Default 12. */
  maxDeliveries?: number;
  /** Wait before the next try after the n-th throw (from 1). Default 0.5 s, 2 s, 8 s … at most 60 s. */
  backoffMs?: (failures: number) => number;
  /** This process alone works off the queue (it holds the data folder's lock): leases of a former one are void. */
  alone?: boolean;
  /** Told of faults of the queue itself (a busy database), which are tried again. */
  onError?: (error: unknown) => void;
  /** Told of a job that was added, so that the queues of other processes can be woken. */
  onAdded?: () => void;
  /** Deliveries of final replies instead of jobs: those of these adapters, this process's own before those of others. */
  deliveries?: { adapters: readonly string[]; process: string; ownerFirstMs: number };
}

export interface LocalQueue extends Queue {
  /** There may be work: looks at once instead of at the next poll. */
  wake(): void;
}

export function localQueue(options: LocalQueueOptions): LocalQueue {
  const { database, clock = () => new Date() } = options;
  const { leaseMs = 30_000, pollMs = 500, maxFailures = 3, maxDeliveries = 12, alone = false } = options;
  const backoffMs = options.backoffMs ?? ((failures) => Math.min(60_000, 500 * 4 ** (failures - 1)));
  const onError = options.onError ?? (() => {});
  const { deliveries } = options;
  const table = deliveries ? 'deliveries' : 'jobs';
  const lease = randomUUID();
  const nowMs = () => clock().getTime();
  const { rows, run } = database;

  const active = new Map<string, { abort: AbortController; done: Promise<void> }>();
  let taking: Working | undefined;
  let timer: NodeJS.Timeout | undefined;
  let renewing: NodeJS.Timeout | undefined;

  /** Takes the oldest due jobs whose threads have no older unfinished one, oldest first. */
  const claim = async (most: number): Promise<Claimed[]> => {
    const now = nowMs();
    // What another process owns is left to it for a while: it may be showing progress of it.
    const mine = deliveries
      ? `AND job.kind IN (${deliveries.adapters.map(() => '?').join(', ')}) AND (job.owner = ? OR job.run_at <= ?)`
      : '';
    const whose = deliveries ? [...deliveries.adapters, deliveries.process, now - deliveries.ownerFirstMs] : [];
    // The lease is looked at twice: where two processes choose the same row at once, the second finds it taken.
    const claimed = await rows(
      `UPDATE ${table} SET lease = ?, lease_until = ?, deliveries = deliveries + 1
       WHERE state = 'waiting' AND (lease_until IS NULL OR lease_until < ?) AND seq IN (
         SELECT job.seq FROM ${table} AS job
         WHERE job.state = 'waiting' AND job.run_at <= ? AND (job.lease_until IS NULL OR job.lease_until < ?)
           ${mine} AND NOT EXISTS (
             SELECT 1 FROM ${table} AS older WHERE older.state = 'waiting' AND older.thread = job.thread AND older.seq < job.seq
           )
         ORDER BY job.seq LIMIT ?)
       RETURNING seq, id, exchange_id, thread, deliveries, failures`,
      ...[lease, now + leaseMs, now, now, now, ...whose, most],
    );
    return claimed
      .sort((a, b) => Number(a.seq) - Number(b.seq))
      .map((row) => ({
        job: {
          id: String(row.id),
          kind: 'answer',
          exchangeId: String(row.exchange_id),
          thread: String(row.thread),
          attempts: Number(row.deliveries),
        },
        failures: Number(row.failures),
      }));
  };

  const settle = async (id: string, sql: string, ...args: Value[]) =>
    run(`UPDATE ${table} SET lease = NULL, lease_until = NULL, ${sql} WHERE id = ? AND lease = ?`, ...args, id, lease);

  const bury = async (job: Job, cause: unknown, onDead: OnDead) => {
    await onDead(job, cause);
    await settle(job.id, "state = 'dead', error = ?", messageOf(cause));
  };

  const handle = async (
    { job, failures }: Claimed,
    abort: AbortController,
    { work, onDead }: Working,
  ): Promise<void> => {
    try {
      if (job.attempts > maxDeliveries) {
        await bury(
          job,
          new RoundsError('job_dies', `the work was begun ${maxDeliveries} times and never ended`),
          onDead,
        );
        return;
      }
      await work(job, abort.signal);
      await settle(job.id, "state = 'done'");
    } catch (error) {
      if (abort.signal.aborted) {
        // Stopping, or the lease went to someone else: delivered again, not counted as a failure.
        await settle(job.id, 'run_at = ?, deliveries = deliveries - 1', nowMs());
        return;
      }
      if (error instanceof NotYet) {
        await settle(job.id, 'run_at = ?, deliveries = deliveries - 1', nowMs() + backoffMs(1));
        return;
      }
      try {
        if (failures + 1 >= maxFailures) await bury(job, error, onDead);
        else
          await settle(
            job.id,
            'failures = ?, run_at = ?, error = ?',
            failures + 1,
            nowMs() + backoffMs(failures + 1),
            messageOf(error),
          );
      } catch (fault) {
        onError(fault);
        await settle(job.id, 'run_at = ?', nowMs() + backoffMs(failures + 1));
      }
    }
  };

  /** Fills the free places; called whenever there may be work. */
  const take = async (): Promise<void> => {
    while (taking && active.size < taking.concurrency) {
      const claimed = await claim(Math.min(taking.concurrency - active.size, MOST_AT_ONCE));
      if (claimed.length === 0) break;
      const working = taking as typeof taking | undefined;
      if (!working) {
        // Stopped in between: nothing of it was begun.
        for (const { job } of claimed) await settle(job.id, 'deliveries = deliveries - 1');
        break;
      }
      for (const one of claimed) {
        if (!active.has(one.job.id)) begin(one, working);
        // The clock jumped past its lease (a machine that slept): it is in work here, and goes on.
        else await run(`UPDATE ${table} SET deliveries = deliveries - 1 WHERE id = ? AND lease = ?`, one.job.id, lease);
      }
      // The embedded database answers without letting anything else run: what comes in has its turn here.
      if (claimed.length === MOST_AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const begin = (claimed: Claimed, working: Working): void => {
    const abort = new AbortController();
    const done = handle(claimed, abort, working)
      .catch(onError)
      .finally(() => {
        active.delete(claimed.job.id);
        wake();
      });
    active.set(claimed.job.id, { abort, done });
  };

  let woken: Promise<void> | undefined;
  let again = false;
  const wake = (): void => {
    if (!taking) return;
    if (woken) {
      again = true;
      return;
    }
    woken = take()
      .catch(onError)
      .finally(() => {
        woken = undefined;
        clearTimeout(timer);
        if (!taking) return;
        if (again) {
          again = false;
          wake();
        } else {
          timer = setTimeout(wake, pollMs);
        }
      });
  };

  const renew = async (): Promise<void> => {
    const held = [...active];
    if (held.length === 0) return;
    // One statement for all: answers that wait for a slow channel can be many.
    const renewed = await rows(
      `UPDATE ${table} SET lease_until = ? WHERE lease = ? AND state = 'waiting' AND id IN (${held.map(() => '?').join(', ')})
       RETURNING id`,
      ...[nowMs() + leaseMs, lease, ...held.map(([id]) => id)],
    );
    const mine = new Set(renewed.map((row) => String(row.id)));
    for (const [id, { abort }] of held) {
      if (mine.has(id) || active.get(id)?.abort !== abort) continue;
      abort.abort(new RoundsError('lease_lost', `job ${id} went to another worker`));
    }
  };

  return {
    kind: 'local',

    async add(job) {
      await run(
        `INSERT INTO jobs (id, kind, exchange_id, thread, run_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
        job.id,
        job.kind,
        job.exchangeId,
        job.thread,
        nowMs(),
      );
      wake();
      options.onAdded?.();
    },

    wake,

    async process(work, { concurrency, onDead }) {
      if (taking) throw new RoundsError('queue', 'this queue is being processed: make another one');
      if (alone)
        await run(`UPDATE ${table} SET lease = NULL, lease_until = NULL WHERE state = 'waiting' AND lease IS NOT NULL`);
      taking = { work, concurrency, onDead };
      renewing = setInterval(() => void renew().catch(onError), Math.max(10, leaseMs / 3));
      wake();
    },

    async counts() {
      const [row] = await rows(
        `SELECT COUNT(*) AS open, COUNT(CASE WHEN lease_until >= ? THEN 1 END) AS active FROM ${table} WHERE state = 'waiting'`,
        nowMs(),
      );
      const working = Number(row!.active);
      return { waiting: Number(row!.open) - working, active: working };
    },

    async stop(graceMs) {
      taking = undefined;
      clearTimeout(timer);
      await woken;
      const working = [...active.values()];
      const all = Promise.all(working.map(({ done }) => done));
      await Promise.race([all, after(graceMs, all)]);
      for (const { abort } of active.values()) abort.abort(new RoundsError('stopping', 'the bot is being stopped'));
      // Work that does not heed the signal is left behind: its lease runs out.
      await Promise.race([all, after(ABORT_MS, all)]);
      clearInterval(renewing);
    },
  };
}

/** How long aborted work may take to end. */
const ABORT_MS = 2000;
/** Jobs claimed in one statement. */
const MOST_AT_ONCE = 50;

type Work = Parameters<Queue['process']>[0];
type OnDead = Parameters<Queue['process']>[1]['onDead'];
interface Working {
  work: Work;
  concurrency: number;
  onDead: OnDead;
}
interface Claimed {
  job: Job;
  failures: number;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
