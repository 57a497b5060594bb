/**
 * What is done at set times: rounds, digests, reminders. Every process that could do a task schedules it; each time it is
 * due exactly one of them takes it, by a row in the store, so there is no leader to elect or to lose. When the one that
 * took it dies, another takes the same time again; times at which no process was up are made up for by one run, which is
 * told how many were missed. It does not know what the tasks do.
 */
import { randomUUID } from 'node:crypto';
import { Cron } from 'croner';
import { BadInput } from '../models/errors.ts';
import { type Logger, quiet } from './logger.ts';
import type { Database } from './store/database.ts';
import { scheduleRows } from './store/schedules.ts';

export interface Task {
  /** Unique, for ever the same: `digest`, `round`. */
  name: string;
  /** Five fields, or six with seconds first: `0 6 * * *` is every day at 06:00. */
  cron: string;
  /** Time zone of the pattern, such as Europe/Berlin. Default: that of the machine. */
  timezone?: string;
  /**
   * May be called again for the same time when a process died in the middle: it must bear that. A throw is logged and not
   * tried again before the next time.
   */
  run(time: Due): Promise<void>;
}

export interface Due {
  /** When it should have begun. */
  due: Date;
  /** Times before this one at which nothing ran because no process was up. */
  missed: number;
  /** Aborted when the process is stopped. */
  signal: AbortSignal;
}

export interface Scheduler {
  /** Throws BadInput where the pattern or time zone is none. A task may be added before or after the start. */
  schedule(task: Task): void;
  start(): void;
  /** Takes no more; lets what runs end within `graceMs`, then aborts it. */
  stop(graceMs?: number): Promise<void>;
}

export interface SchedulerOptions {
  database: Database;
  clock?: () => Date;
  logger?: Logger;
  /** How often it looks whether something is due. Default 1,000. */
  everyMs?: number;
  /** A run whose process has not been heard of for this long is taken by another. Default 60,000. */
  leaseMs?: number;
}

/** Missed times are counted up to this many. */
const COUNTED = 10_000;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { database, clock = () => new Date(), logger = quiet, everyMs = 1000, leaseMs = 60_000 } = options;
  const rows = scheduleRows(database);
  const holder = randomUUID();
  const tasks = new Map<string, { task: Task; pattern: Cron }>();
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;

  const look = async (): Promise<void> => {
    for (const { task, pattern } of tasks.values()) {
      if (stopped || running.has(task.name)) continue;
      const now = clock();
      const last = await rows.last(task.name, now.getTime());
      const { due, missed } = latest(pattern, last.due, now);
      // A time that was taken but not ended is due again once its process is given up for dead.
      const at = due ?? (last.open ? new Date(last.due) : undefined);
      if (!at) continue;
      if (!(await rows.take(task.name, at.getTime(), holder, now.getTime(), leaseMs))) continue;
      // Where a newer time has come since, the one left unended is among those that were missed.
      const run = carryOut(task, at, missed + (due && last.open ? 1 : 0)).finally(() => running.delete(task.name));
      running.set(task.name, run);
    }
  };

  const carryOut = async (task: Task, due: Date, missed: number): Promise<void> => {
    const about = { task: task.name, due: due.toISOString() };
    if (missed > 0)
      logger.warn({ ...about, missed }, 'no process was up at earlier times: made up for by this one run');
    const renewing = setInterval(() => {
      rows
        .renew(task.name, holder, clock().getTime() + leaseMs)
        .catch((error) => logger.warn({ ...about, error }, 'a scheduled run could not be renewed'));
    }, leaseMs / 3);
    try {
      await task.run({ due, missed, signal: stopping.signal });
      logger.info(about, 'scheduled run done');
    } catch (error) {
      if (stopping.signal.aborted) {
        await rows.leave(task.name, holder);
        return;
      }
      logger.error({ ...about, error }, 'scheduled run failed: next at its next time');
    } finally {
      clearInterval(renewing);
    }
    await rows.end(task.name, holder);
  };

  return {
    schedule(task) {
      tasks.set(task.name, { task, pattern: patternOf(task) });
    },

    start() {
      const next = () => {
        looking = look()
          .catch((error) => logger.warn({ error }, 'the scheduler will look again'))
          .then(() => {
            if (!stopped) timer = setTimeout(next, everyMs);
          });
      };
      next();
    },

    async stop(graceMs = 10_000) {
      stopped = true;
      clearTimeout(timer);
      await looking;
      const all = Promise.allSettled(running.values());
      const abort = setTimeout(() => stopping.abort(new Error('the process is being stopped')), graceMs);
      await all;
      clearTimeout(abort);
    },
  };
}

function patternOf({ name, cron, timezone }: Task): Cron {
  try {
    const pattern = new Cron(cron, { paused: true, ...(timezone ? { timezone } : {}) });
    // A time zone is looked at only when a time is asked for.
    pattern.nextRun();
    return pattern;
  } catch (error) {
    const zone = timezone ? ` in time zone ${timezone}` : '';
    throw new BadInput(
      `schedule of ${name}: "${cron}"${zone} is none (${(error as Error).message}): give five fields, such as "0 6 * * *" for 06:00 each day`,
      {
        cause: error,
      },
    );
  }
}

/** The newest time after `last` that has come, and how many came before it. */
function latest(pattern: Cron, last: number, now: Date): { due: Date | undefined; missed: number } {
  let due: Date | undefined;
  let count = 0;
  let next = pattern.nextRun(new Date(last));
  while (next && next <= now) {
    due = next;
    count++;
    // After an endless absence the number no longer matters.
    next = count < COUNTED ? pattern.nextRun(next) : null;
  }
  return { due, missed: Math.max(0, count - 1) };
}
