/** Collecting: reviewed answers go in, unreviewed ones are counted, signals cluster by machine and fault. */
import { beforeAll, describe, expect, it } from 'vitest';
import { collect, EMPTY_LOG, type Held, type Signal } from '../../../models/distill/collect.ts';
import { type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
});

const signal = (person: string, asset: string, faults: string[], kind: Signal['kind'] = 'flag'): Signal => ({
  ...{ kind, person, topic: { asset, faults, parameters: [] } },
});

describe('signals', () => {
  it('cluster by machine and fault; one person counts as few, however often', async () => {
    const signals = [
      ...Array.from({ length: 100 }, () => signal('web:mallory', 'fan', ['misalignment'])),
      ...['a', 'b', 'c', 'd'].map((person) => signal(person, 'pump', ['bearing wear'], 'escalation')),
      signal('a', 'pump', []),
      signal('a', 'submarine', ['flooding']),
      signal('a', 'pump', ['no such fault']),
    ];
    const { focus, report } = await collect({ log: { ...EMPTY_LOG, signals }, sheets: knowledge.sheets, seed: 1 });
    expect(report.clusters.map(({ asset, fault, votes }) => [asset, fault, votes])).toEqual([
      ['pump', 'bearing wear', 4],
      ['fan', 'misalignment', 3],
      ['pump', '', 2],
    ]);
    expect(report.clusters[1]!.signals).toEqual({ flag: 100 });
    expect(focus.map(({ asset }) => asset)).toEqual(['pump', 'fan']);
    expect(focus.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
  });
});

it('names what waits for a review, and teaches nothing of it', async () => {
  const held: Held[] = Array.from({ length: 3 }, (_, i) => ({
    ...{ id: `correction/${i}`, kind: 'correction', author: 'web:mallory', reason: 'its author is no engineer' },
  }));
  const { traces, report } = await collect({ log: { ...EMPTY_LOG, held }, sheets: knowledge.sheets, seed: 1 });
  expect(traces).toEqual([]);
  expect(report.held).toEqual([{ kind: 'correction', reason: 'its author is no engineer', count: 3 }]);
});
