/** Rounds by themselves: by the clock, and by the number of reviewed answers that have come. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { autoRounds } from '../../bot/auto-rounds.ts';
import type { AutoRounds } from '../../bot/config.ts';
import { quiet } from '../../bot/logger.ts';
import type { Task } from '../../bot/scheduler.ts';
import { temporaryFolder } from './fixture.ts';

const time = { due: new Date(0), missed: 0, signal: new AbortController().signal };

async function scheduled(config: Partial<AutoRounds>, reviewed: string[] = []) {
  const dataDir = await temporaryFolder();
  const tasks: Task[] = [];
  const runs: number[] = [];
  autoRounds({
    scheduler: { schedule: (task) => void tasks.push(task) },
    config: { cron: null, after: null, minutes: 7, ...config },
    dataDir,
    reviewed: async () => reviewed,
    logger: quiet,
    run: async (minutes) => {
      runs.push(minutes);
      return 'promoted';
    },
  });
  return { dataDir, tasks, runs };
}

describe('rounds by themselves', () => {
  it('are none unless they are asked for', async () => {
    expect((await scheduled({})).tasks).toEqual([]);
  });

  it('run at their time', async () => {
    const { tasks, runs } = await scheduled({ cron: '0 2 * * 0' });
    expect(tasks).toMatchObject([{ name: 'round', cron: '0 2 * * 0' }]);
    await tasks[0]!.run(time);
    expect(runs).toEqual([7]);
  });

  it('run when so many answers have come that the last round did not teach', async () => {
    const reviewed = ['a', 'b', 'c'];
    const { dataDir, tasks, runs } = await scheduled({ after: 3 }, reviewed);
    await tasks[0]!.run(time);
    expect(runs).toEqual([7]);
    await mkdir(join(dataDir, 'rounds/004'), { recursive: true });
    const collected = { traces: [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { question: 'of the sheets' }] };
    await writeFile(join(dataDir, 'rounds/004/collect.json'), JSON.stringify(collected));
    reviewed.push('d', 'e');
    await tasks[0]!.run(time);
    expect(runs).toEqual([7]);
    reviewed.push('f');
    await tasks[0]!.run(time);
    expect(runs).toEqual([7, 7]);
  });
});
