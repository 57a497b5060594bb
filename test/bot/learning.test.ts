/** What the status says of students in the making: the round that runs, the student that is tried, those of a place. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { statusText } from '../../bot/commands/status.ts';
import { learning } from '../../bot/serving/learning.ts';
import { progressFile } from '../../models/distill/round-status.ts';
import { temporaryFolder } from './fixture.ts';

const nobody = { specialists: { serving: () => [] }, shadow: null };

describe('what is being learned', () => {
  it('is nothing to speak of at first', async () => {
    expect(await learning({ dataDir: await temporaryFolder(), ...nobody })).toEqual([]);
  });

  it('is the round, from its first step to its end', async () => {
    const dataDir = await temporaryFolder();
    let now = 0;
    const file = progressFile(dataDir, () => now);
    const said = () => learning({ dataDir, ...nobody });
    file.tell({ kind: 'step', round: 3, step: 'evaluate', text: 'held-out wordings' });
    now += 2000;
    file.tell({ kind: 'count', done: 30, total: 40 });
    expect(await said()).toEqual(['Round 3: evaluate, 75 %.']);
    file.tell({ kind: 'rest', resting: true });
    expect(await said()).toEqual(['Round 3: evaluate, resting while answers wait.']);
    await file.ended('not promoted', 'not promoted, student-2 goes on: old facts 80.0 % against 90.0 %.');
    expect(await said()).toEqual([
      'Round 3, the last: not promoted; not promoted, student-2 goes on: old facts 80.0 % against 90.0 %.',
    ]);
  });

  it('is told with the rest of the status', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'students/.shadow'), { recursive: true });
    const line = { at: '', serving: 'a', agree: true, serverAnswers: true, answers: false, leftOut: 0 };
    await writeFile(join(dataDir, 'students/.shadow/student-4.jsonl'), `${JSON.stringify(line)}\n{"cut off`);
    const lines = await learning({
      dataDir,
      specialists: { serving: () => [{ place: 'north', student: 'student-3' }] },
      shadow: { student: () => 'student-4' },
    });
    const text = statusText({
      ...{ student: null, store: 'libsql', queue: { kind: 'local', waiting: 0, active: 0 }, teachers: [] },
      ...{ exchanges: 0, openEscalations: 0, flags: 0, corrections: 0, maxError: 0.05, uptimeS: 1, problems: [] },
      learning: lines,
    });
    expect(text).toContain('Student student-3 answers first for north.');
    expect(text).toContain(
      'Student student-4 answers silently beside it: 100.0 % of 1 answers alike, sure of 0.0 % against 100.0 %.',
    );
  });
});
