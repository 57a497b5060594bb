/** A round through the command line: killed with -9 at one step after another and resumed, it ends as one whole round. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../bot/fixture.ts';
import { exitOf, rounds, start } from './run.ts';

describe('rounds distill', { timeout: 300_000 }, () => {
  it('goes on where it was killed: in training, in evaluation, at the gate', async () => {
    const cwd = await temporaryFolder();
    const begin = (...more: string[]) => start(['distill', '--tiny', '--minutes', '0.1', ...more], cwd);
    await killedAt(begin(), /checkpoint|compress: /);
    await killedAt(begin('--resume'), /evaluate: /);
    await killedAt(begin('--resume'), /gate: /);
    const { code, stdout, stderr } = await rounds(['distill', '--tiny', '--resume', '--json'], cwd);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout) as { round: number; student: string; steps: number; promoted: boolean };
    expect(result).toMatchObject({ round: 1, steps: expect.any(Number), promoted: false });
    const folder = join(cwd, 'data/rounds/001');
    expect(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'))).toEqual(result);

    const list = await rounds(['student', 'list', '--json'], cwd);
    const { students } = JSON.parse(list.stdout) as { students: { id: string; current: boolean; damage: unknown }[] };
    expect(students.filter(({ id }) => id === result.student)).toMatchObject([{ current: false, damage: null }]);
    const again = await rounds(['distill', '--tiny', '--resume'], cwd);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/no unfinished round .* to resume: start one without --resume/);
  });
});

/** Kills the process with -9 once a line of its stderr matches. */
async function killedAt(child: ChildProcess, pattern: RegExp): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    lines.push(line);
    if (pattern.test(line)) break;
  }
  expect(lines.at(-1)).toMatch(pattern);
  const ended = exitOf(child);
  child.kill('SIGKILL');
  await ended;
}
