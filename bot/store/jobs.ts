/**
 * The store's record of the work it is owed, for a queue outside the store: which job comes next in its thread, who has
 * it, whether it is done. `Store.receive` writes a job with its message; a queue that loses everything is filled again
 * from here. Times in milliseconds.
 */
import type { Job } from '../types.ts';
import type { Database, Row } from './database.ts';

export type Begun =
  /** The job is this holder's until the lease ends. `failures`: how often it threw before. */
  | { kind: 'begun'; job: Job; failures: number }
  /** Someone else has it, or it waits for another try: not before `until`. */
  | { kind: 'later'; until: number }
  /** Done, or not its turn: whoever ends the one before it calls it. */
  | { kind: 'not now' };

export interface JobRows {
  /** The same id twice is one job. */
  add(job: Omit<Job, 'attempts'>, now: number): Promise<void>;
  /** The oldest unfinished job of a thread. */
  next(thread: string): Promise<string | undefined>;
  /** The oldest unfinished job of every thread, oldest first. */
  heads(limit: number): Promise<string[]>;
  begin(id: string, holder: string, now: number, leaseMs: number): Promise<Begun>;
  /** Gives the holders that still have their job; each has one. */
  renew(holders: readonly string[], until: number): Promise<Set<string>>;
  end(id: string, holder: string, state: 'done' | 'dead', error?: string): Promise<void>;
  /** Given back: to be tried again at `runAt`; what did not fail is not counted as begun either. */
  giveBack(id: string, holder: string, runAt: number, failed?: { failures: number; error: string }): Promise<void>;
  counts(now: number): Promise<{ waiting: number; active: number }>;
}

const OLDER = `SELECT 1 FROM jobs AS older
  WHERE older.state = 'waiting' AND older.thread = jobs.thread AND older.seq < jobs.seq`;

export function jobRows({ rows, run }: Database): JobRows {
  return {
    async add(job, now) {
      await run(
        'INSERT INTO jobs (id, kind, exchange_id, thread, run_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
        ...[job.id, job.kind, job.exchangeId, job.thread, now],
      );
    },

    async next(thread) {
      const [row] = await rows(
        "SELECT id FROM jobs WHERE state = 'waiting' AND thread = ? ORDER BY seq LIMIT 1",
        thread,
      );
      return row && String(row.id);
    },

    async heads(limit) {
      const found = await rows(
        `SELECT id FROM jobs WHERE state = 'waiting' AND NOT EXISTS (${OLDER}) ORDER BY seq LIMIT ?`,
        limit,
      );
      return found.map((row) => String(row.id));
    },

    async begin(id, holder, now, leaseMs) {
      const [row] = await rows(
        `UPDATE jobs SET lease = ?, lease_until = ?, deliveries = deliveries + 1
         WHERE id = ? AND state = 'waiting' AND run_at <= ? AND (lease_until IS NULL OR lease_until < ?)
           AND NOT EXISTS (${OLDER})
         RETURNING id, kind, exchange_id, thread, deliveries, failures`,
        ...[holder, now + leaseMs, id, now, now],
      );
      if (row) return { kind: 'begun', job: jobOf(row), failures: Number(row.failures) };
      const [other] = await rows(
        `SELECT run_at, lease_until FROM jobs WHERE id = ? AND state = 'waiting' AND NOT EXISTS (${OLDER})`,
        id,
      );
      if (!other) return { kind: 'not now' };
      return { kind: 'later', until: Math.max(Number(other.run_at), Number(other.lease_until ?? 0) + 1, now + 1) };
    },

    async renew(holders, until) {
      if (holders.length === 0) return new Set();
      const among = holders.map(() => '?').join(', ');
      const renewed = await rows(
        `UPDATE jobs SET lease_until = ? WHERE state = 'waiting' AND lease IN (${among}) RETURNING lease`,
        ...[until, ...holders],
      );
      return new Set(renewed.map((row) => String(row.lease)));
    },

    async end(id, holder, state, error) {
      await run(
        'UPDATE jobs SET lease = NULL, lease_until = NULL, state = ?, error = ? WHERE id = ? AND lease = ?',
        ...[state, error ?? null, id, holder],
      );
    },

    async giveBack(id, holder, runAt, failed) {
      const also = failed ? ', failures = ?, error = ?' : ', deliveries = deliveries - 1';
      await run(
        `UPDATE jobs SET lease = NULL, lease_until = NULL, run_at = ?${also} WHERE id = ? AND lease = ?`,
        ...[runAt, ...(failed ? [failed.failures, failed.error] : []), id, holder],
      );
    },

    async counts(now) {
      const [row] = await rows(
        `SELECT COUNT(*) AS open, COUNT(CASE WHEN lease_until >= ? THEN 1 END) AS active FROM jobs WHERE state = 'waiting'`,
        now,
      );
      const active = Number(row!.active);
      return { waiting: Number(row!.open) - active, active };
    },
  };
}

function jobOf(row: Row): Job {
  return {
    id: String(row.id),
    kind: String(row.kind) as Job['kind'],
    exchangeId: String(row.exchange_id),
    thread: String(row.thread),
    attempts: Number(row.deliveries),
  };
}
