/** A published table speaks in its own terms: laid over a sheet, its decisions replace the sheet's. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gradeOf } from '../../../models/knowledge/facts.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { temporaryFolder } from '../../bot/fixture.ts';

async function withTable(rows: string) {
  const dir = join(await temporaryFolder(), 'knowledge');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'table.csv'), `asset,fault,parameter,relevance\n${rows}`);
  return loadKnowledge({ dirs: [SHIPPED_SHEETS, dir] });
}

describe('a table in other terms', () => {
  it('decides the cells that it means, and says what it was taken for', async () => {
    const shipped = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
    const knowledge = await withTable(
      'Centrifugal pump,Seal failure,Coast-Down Time,primary\nCentrifugal pump,Damaged seals,Vibrations,none\n',
    );
    expect(knowledge.sheets).toHaveLength(shipped.sheets.length);
    const pump = knowledge.sheet('pump')!;
    const before = shipped.sheet('pump')!;
    expect(pump.parameters.map(({ name }) => name)).toEqual(before.parameters.map(({ name }) => name));
    const seals = pump.faults.find(({ name }) => name === 'damaged seals')!;
    expect(gradeOf(seals, 'vibration')).toBe(0);
    expect(knowledge.problems.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        "asset 'centrifugal pump' is taken for 'pump'",
        "parameter 'vibrations' is taken for 'vibration'",
        "parameter 'coast-down time' is taken for 'coast down time'",
      ]),
    );
    // The table has both names, so it means two faults by them.
    expect(pump.faults.map(({ name }) => name)).toContain('seal failure');
  });

  it('takes a synonym for the fault where nothing else can be meant', async () => {
    const knowledge = await withTable('pump,seal failure,coast down time,primary\n');
    const pump = knowledge.sheet('pump')!;
    expect(pump.faults.map(({ name }) => name)).not.toContain('seal failure');
    expect(gradeOf(pump.faults.find(({ name }) => name === 'damaged seals')!, 'coast down time')).toBe(9);
  });

  it('leaves a machine that no sheet has to itself', async () => {
    const knowledge = await withTable('weaving loom,broken warp,tension,primary\n');
    expect(knowledge.sheet('weaving loom')!.faults.map(({ name }) => name)).toEqual(['broken warp']);
  });
});
