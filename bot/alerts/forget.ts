/**
 * What is old is forgotten once a day, in small steps, so that nothing else waits for it. It does not know what is old
 * enough for a step: the store never forgets what is open, shelved or not worked off.
 */
import { setTimeout } from 'node:timers/promises';
import type { Scheduler } from '../scheduler.ts';
import type { AlertStore } from './types.ts';

export interface ForgettingParts {
  scheduler: Scheduler;
  alerts: Pick<AlertStore, 'forget'>;
  keepDays: number;
  /** Rows a step of each kind. Default 500. */
  rows?: number;
  /** Between two steps. Default 100. */
  pauseMs?: number;
}

const DAY_MS = 86_400_000;

export function scheduleForgetting({ scheduler, alerts, keepDays, rows = 500, pauseMs = 100 }: ForgettingParts): void {
  scheduler.schedule({
    name: 'alerts forget',
    cron: '23 3 * * *',
    async run({ due, signal }) {
      const before = new Date(due.getTime() - keepDays * DAY_MS);
      while ((await alerts.forget(before, rows)) > 0) await setTimeout(pauseMs, undefined, { signal });
    },
  });
}
