/** A round's folder: steps are made once, and the last round that was not ended is gone on with. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginRound, once, type Plan, save, unfinishedRound } from '../../../models/distill/round-folder.ts';
import { temporaryFolder } from '../../bot/fixture.ts';

const plan = (round: number): Plan => ({
  ...{ round, id: `student-${round}`, from: 'current', parent: null, tiny: true, minutes: 1, seed: 1, sheetHashes: {} },
  shape: { hiddenSize: 64, layers: 2, vocabSize: 1024, batch: 8, sequence: 256, questions: 40, learningRate: 1 },
  createdAt: '2026-11-21T00:00:00.000Z',
});

describe('the folder of a round', () => {
  it('makes what a step leaves once, whole or not at all', async () => {
    const folder = await temporaryFolder();
    let made = 0;
    const make = () => ({ made: ++made });
    expect(await once(folder, 'step.json', make)).toEqual({ made: 1 });
    expect(await once(folder, 'step.json', make)).toEqual({ made: 1 });
    expect(await readdir(folder)).toEqual(['step.json']);
    await writeFile(join(folder, 'step.json'), '{"ma');
    await expect(once(folder, 'step.json', make)).rejects.toThrow(/step\.json is damaged: delete the folder/);
  });

  it('is numbered on, and found again until the round has ended or was given up', async () => {
    const rounds = join(await temporaryFolder(), 'rounds');
    expect(await unfinishedRound(rounds)).toBeUndefined();
    const first = await beginRound(rounds, 2, plan);
    const second = await beginRound(rounds, 2, plan);
    expect([first.plan.round, second.plan.round]).toEqual([3, 4]);
    expect((await unfinishedRound(rounds))?.plan.id).toBe('student-4');
    await save(second.folder, 'result.json', {});
    expect((await unfinishedRound(rounds))?.plan.id).toBe('student-3');
    await save(first.folder, 'given-up.json', { tries: 4 });
    expect(await unfinishedRound(rounds)).toBeUndefined();
  });
});
