/** Further wordings of a fault: it is found by them, not by what they tell it apart from; and what is as usual speaks for none. */
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../models/knowledge/facts.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { diagnose } from '../../../models/knowledge/rank.ts';
import { rankRules } from '../../../models/knowledge/rules.ts';
import type { Sheet } from '../../../models/knowledge/types.ts';

const { sheets } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
const pump = sheets.find(({ asset }) => asset === 'pump')!;
const heardOf = (name: string, wordings: string[]): Sheet => ({
  ...pump,
  faults: pump.faults.map((fault) => (fault.name === name ? { ...fault, heard: wordings } : fault)),
});
const first = (sheet: Sheet, signsText: string) => diagnose(sheet, { signsText, parameters: [] })[0]!;

describe('a wording that is heard of a fault', () => {
  it('finds it where the sheet has no such word', () => {
    const told = 'goes zindle zindle in the quorvex';
    expect(first(heardOf('coupling fault', []), told).score).toBe(0);
    expect(first(heardOf('coupling fault', ['zindle in the quorvex']), told)).toMatchObject({
      fault: 'coupling fault',
    });
  });

  it('does not by what it is told apart by', () => {
    const sheet = heardOf('coupling fault', [
      'zindle at the hub, quorvex stays normal',
      'zindle while the bramble is quiet',
    ]);
    expect(first(sheet, 'zindle').fault).toBe('coupling fault');
    expect(first(sheet, 'quorvex').score).toBe(0);
    expect(first(sheet, 'bramble').score).toBe(0);
  });

  it('is no fact: nobody is shown or taught it', () => {
    const facts = factsOf(heardOf('coupling fault', ['zindle in the quorvex']));
    expect(JSON.stringify(facts)).not.toContain('zindle');
    expect(facts).toEqual(factsOf(heardOf('coupling fault', [])));
  });
});

it('what is as usual speaks for no fault, unless nothing else was told', () => {
  const alone = first(pump, 'drips at the gland');
  expect(first(pump, 'drips at the gland, suction gauge normal')).toEqual(alone);
  expect(first(pump, 'crackling noise, suction pressure is not normal').score).toBeGreaterThan(0);
  expect(first(pump, 'suction pressure normal').score).toBeGreaterThan(0);
});

it('a rule is found by further wordings of its condition', () => {
  const rules = pump.rules.map((rule, i) => (i === 3 ? { ...rule, heard: ['zindle above the quorvex limit'] } : rule));
  expect(rankRules({ ...pump, rules }, 'zindle is above its quorvex limit')[0]).toMatchObject({ rule: 3 });
});
