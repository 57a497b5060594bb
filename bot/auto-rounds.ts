/**
 * Rounds that run by themselves while the bot serves: by the clock, and when so many reviewed answers have come since the
 * last round. Each is a process of its own at low priority, `rounds distill --scheduled`, which rests while anybody waits
 * for an answer; when it fails, the student in service goes on and the log says why. It knows no step of a round.
 */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AutoRounds } from './config.ts';
import type { Logger } from './logger.ts';
import type { Scheduler } from './scheduler.ts';

export interface AutoRoundsOptions {
  scheduler: Pick<Scheduler, 'schedule'>;
  config: AutoRounds;
  dataDir: string;
  /** Ids of the reviewed answers that a round would teach now. */
  reviewed: () => Promise<readonly string[]>;
  logger: Logger;
  /** Runs one round; rejects with why it failed. Default: a process of its own. */
  run?: (minutes: number, signal: AbortSignal) => Promise<string>;
}

export function autoRounds(options: AutoRoundsOptions): void {
  const { scheduler, config, dataDir, logger, run = roundProcess } = options;
  const round = async (why: string, signal: AbortSignal): Promise<void> => {
    logger.info({ why, minutes: config.minutes }, 'a round begins');
    const result = await run(config.minutes, signal);
    logger.info({ result }, 'a round has ended');
  };
  if (config.cron !== null) {
    scheduler.schedule({ name: 'round', cron: config.cron, run: ({ signal }) => round('by the clock', signal) });
  }
  const { after } = config;
  if (after === null) return;
  scheduler.schedule({
    name: 'round-after',
    cron: '*/5 * * * *',
    async run({ signal }) {
      const taught = await lastTaught(dataDir);
      const fresh = (await options.reviewed()).filter((id) => !taught.has(id)).length;
      if (fresh >= after) await round(`${fresh} reviewed answers have come`, signal);
    },
  });
}

/** Ids of the traces that the last round collected. */
async function lastTaught(dataDir: string): Promise<Set<string>> {
  const rounds = join(dataDir, 'rounds');
  const names = (await readdir(rounds).catch(() => [])).filter((name) => /^\d{3,}$/.test(name)).sort();
  for (const name of names.reverse()) {
    const text = await readFile(join(rounds, name, 'collect.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { traces } = JSON.parse(text) as { traces: { id?: string }[] };
    return new Set(traces.flatMap(({ id }) => id ?? []));
  }
  return new Set();
}

const PROGRAM = fileURLToPath(new URL('./rounds.mjs', import.meta.url));

/** Its last line: what became of the round. */
function roundProcess(minutes: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, 'distill', '--scheduled', '--minutes', String(minutes)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const last = { out: '', err: '' };
    const keep = (of: 'out' | 'err') => (piece: string) => {
      last[of] = (last[of] + piece).slice(-2000);
    };
    child.stdout.setEncoding('utf8').on('data', keep('out'));
    child.stderr.setEncoding('utf8').on('data', keep('err'));
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    signal.addEventListener('abort', stop, { once: true });
    const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (code === 0) resolve(lastLine(last.out));
      else reject(new Error(`the round ended with code ${code}: ${lastLine(last.err)}`));
    });
  });
}
