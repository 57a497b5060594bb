/** One row a scheduled task: the newest time that was taken, by whom, and whether it was ended. Times in milliseconds. */
import type { Database } from './database.ts';

export interface ScheduleRows {
  /** The newest time taken, and whether it was left unended. A task seen for the first time begins with `now`. */
  last(name: string, now: number): Promise<{ due: number; open: boolean }>;
  /** True when the time is now this holder's: nobody has a newer one, nor this one unless its lease ran out. */
  take(name: string, due: number, holder: string, now: number, leaseMs: number): Promise<boolean>;
  renew(name: string, holder: string, until: number): Promise<void>;
  end(name: string, holder: string): Promise<void>;
  /** Left unended, for another process to take at once. */
  leave(name: string, holder: string): Promise<void>;
}

export function scheduleRows({ rows, run }: Database): ScheduleRows {
  return {
    async last(name, now) {
      await run(
        "INSERT INTO schedules (name, due, state, holder, lease_until) VALUES (?, ?, 'done', '', 0) ON CONFLICT (name) DO NOTHING",
        ...[name, now],
      );
      const [row] = await rows('SELECT due, state FROM schedules WHERE name = ?', name);
      return { due: Number(row!.due), open: row!.state === 'running' };
    },

    async take(name, due, holder, now, leaseMs) {
      const changed = await run(
        `UPDATE schedules SET due = ?, state = 'running', holder = ?, lease_until = ?
         WHERE name = ? AND (state = 'done' OR lease_until < ?) AND (due < ? OR (due = ? AND state = 'running'))`,
        ...[due, holder, now + leaseMs, name, now, due, due],
      );
      return changed === 1;
    },

    async renew(name, holder, until) {
      await run(
        "UPDATE schedules SET lease_until = ? WHERE name = ? AND holder = ? AND state = 'running'",
        until,
        name,
        holder,
      );
    },

    async end(name, holder) {
      await run("UPDATE schedules SET state = 'done' WHERE name = ? AND holder = ?", name, holder);
    },

    async leave(name, holder) {
      await run('UPDATE schedules SET lease_until = 0 WHERE name = ? AND holder = ?', name, holder);
    },
  };
}
