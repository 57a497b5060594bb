/**
 * How far a round is, in one small file of the data folder that the process of the round writes and any other may read:
 * for the status of a running bot. Nothing is decided by it.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/v4';
import type { DistillEvent } from './round.ts';

const shape = z.object({
  round: z.number(),
  step: z.string(),
  /** Of the step, 0–1. */
  share: z.number(),
  state: z.enum(['running', 'resting', 'promoted', 'not promoted', 'failed', 'stopped']),
  text: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  pid: z.number(),
});
export type RoundProgress = z.infer<typeof shape>;

export interface ProgressFile {
  tell(event: DistillEvent): void;
  ended(state: 'promoted' | 'not promoted' | 'failed' | 'stopped', text: string): Promise<void>;
}

const EVERY_MS = 1000;

export function progressFile(dataDir: string, clock: () => number = Date.now): ProgressFile {
  const file = progressPath(dataDir);
  mkdirSync(join(dataDir, 'rounds'), { recursive: true });
  let now: RoundProgress = {
    round: 0,
    step: 'collect',
    share: 0,
    state: 'running',
    text: '',
    at: '',
    pid: process.pid,
  };
  let last = 0;
  const write = (change: Partial<RoundProgress>, atOnce: boolean): void => {
    now = { ...now, ...change, at: new Date(clock()).toISOString() };
    if (!atOnce && clock() - last < EVERY_MS) return;
    last = clock();
    writeFileSync(`${file}.part`, `${JSON.stringify(now)}\n`);
    renameSync(`${file}.part`, file);
  };
  return {
    tell(event) {
      if (event.kind === 'step') {
        const { round, step, text } = event;
        write({ round, step, text, share: 0, state: 'running' }, true);
      } else if (event.kind === 'rest') write({ state: event.resting ? 'resting' : 'running' }, true);
      else if (event.kind === 'count') write({ share: event.done / event.total }, false);
      else if (event.event.kind === 'progress') {
        const { elapsedS, etaS } = event.event;
        write({ share: elapsedS / Math.max(1, elapsedS + etaS) }, false);
      }
    },
    async ended(state, text) {
      write({ state, text, share: 1 }, true);
    },
  };
}

/** The last round that ran here, or runs; undefined when there was none. A round whose process is gone was stopped. */
export async function roundProgress(dataDir: string): Promise<RoundProgress | undefined> {
  const text = await readFile(progressPath(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = shape.safeParse(JSON.parse(text));
  if (!parsed.success) return undefined;
  const runs = parsed.data.state === 'running' || parsed.data.state === 'resting';
  return runs && !isAlive(parsed.data.pid) ? { ...parsed.data, state: 'stopped' } : parsed.data;
}

function progressPath(dataDir: string): string {
  return join(dataDir, 'rounds', 'progress.json');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
