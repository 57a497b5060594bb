/** A round through the command line: killed with -9 at one step after another and resumed, it ends as one whole round. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { SHIPPED_STUDENT } from '../../bot/main.ts';
import { roundProgress } from '../../models/distill/round-status.ts';
import { verifyStudent } from '../../models/student/card.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { afterwards, temporaryFolder } from '../bot/fixture.ts';
import { exitOf, rounds, start } from './run.ts';

describe('rounds distill', { timeout: 600_000 }, () => {
  it('goes on where it was killed, at every step, and the student in service is whole all the while', async () => {
    const cwd = await temporaryFolder();
    const begin = (...more: string[]) =>
      start(['distill', '--tiny', '--minutes', '0.1', '--questions', '10', ...more], cwd);
    const registry = await openRegistry({ dataDir: join(cwd, 'data'), shippedDir: SHIPPED_STUDENT });
    afterwards(() => registry.close());
    const [first, ...later] = [/^collect: /, /step \d+, loss/, /^evaluate: /, /^gate: /];
    await killedAt(begin(), first!);
    for (const line of later) {
      await killedAt(begin('--resume'), line);
      const { entry, warning } = await registry.current();
      expect({ shipped: entry.shipped, warning }).toEqual({ shipped: true, warning: null });
    }
    const { entry } = await registry.current();
    await verifyStudent(entry.folder);
    // Read by the status of a bot that runs meanwhile: the process is gone, and so is its round.
    expect(await roundProgress(join(cwd, 'data'))).toMatchObject({ round: 1, step: 'gate', state: 'stopped' });
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

  it('says in one line what keeps a round from beginning', async () => {
    const cwd = await temporaryFolder();
    const refused = async (...args: string[]) => {
      const { code, stderr } = await rounds(['distill', ...args], cwd);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('--minutes', '1', '--steps', '9')).toBe(
      'rounds: --minutes and --steps both say how long: give one\n',
    );
    expect(await refused('--for', 'north')).toBe('rounds: --for north: students in rounds.config.yaml names none\n');
    await mkdir(join(cwd, 'data/rounds'), { recursive: true });
    const running = { round: 4, step: 'train', share: 0.5, state: 'running', text: '', at: '', pid: process.pid };
    await writeFile(join(cwd, 'data/rounds/progress.json'), JSON.stringify(running));
    expect(await refused()).toMatch(/^rounds: round 4 runs already \(process \d+\): wait for it, or stop it first\n$/);
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
