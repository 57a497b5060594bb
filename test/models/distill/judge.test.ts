/** Confidence is certified on questions as the plant asks them: about its own machines, by their tags. */
import { describe, expect, it } from 'vitest';
import { studentAsker } from '../../../chains/eval.ts';
import { type JudgeOptions, judge } from '../../../models/distill/judge.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../../models/knowledge/names.ts';
import { ruleStudent } from '../../chains/rule-student.ts';

const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
const matcher = makeMatcher(knowledge);
const machines = ['P-7', 'P-8'].map((tag) => ({ tag, asset: 'pump' }));
const asked = (machinesOf: readonly { tag: string; asset: string }[], more: Partial<JudgeOptions> = {}) =>
  judge(ruleStudent(), {
    ...{ sheets: knowledge.sheets, machines: machinesOf, seed: 5, count: 20, maxError: 0.05, ...more },
    only: ['open', 'service', 'unknown'],
    asker: (student, retrieval) => studentAsker({ student, knowledge, matcher, retrieval }),
  });

describe('with machines in the register', () => {
  it('asks about those, none twice, and certifies on them and on strangers alone', async () => {
    const { items, certifying, calibration, metrics } = await asked(machines);
    const service = items.filter((item) => item.asked === 'service');
    expect(service).toHaveLength(80);
    expect(new Set(service.map(({ question }) => question)).size).toBe(80);
    expect(service.filter(({ fact }) => !fact.startsWith('pump/'))).toEqual([]);
    const tags = service.flatMap(({ question }) => question.match(/\b[A-Z]-\d\b/) ?? []);
    expect(new Set(tags)).toEqual(new Set(['P-7', 'P-8']));
    expect(service.filter(({ question }) => question.includes(' | ')).length).toBeGreaterThan(25);
    const certified = new Set(certifying.map(({ features }) => features));
    const kinds = new Set(items.filter(({ labelled }) => certified.has(labelled.features)).map((item) => item.asked));
    expect(kinds).toEqual(new Set(['service', 'unknown']));
    expect(calibration.fittedOn + calibration.certifiedOn).toBeGreaterThan(80);
    expect(metrics.service).toBe(service.filter(({ right }) => right).length / 80);
  });
});

describe('a thorough judgement', () => {
  it('asks the same and more after it, and certifies on twice as many of the facts as it fits on', async () => {
    const plain = await asked(machines);
    const thorough = await asked(machines, { thorough: true, former: plain.calibration });
    const questions = ({ items }: typeof plain) => items.map((item) => `${item.asked} ${item.question}`);
    expect(questions(thorough).slice(0, plain.items.length)).toEqual(questions(plain));
    expect(thorough.items.length).toBe(plain.items.length + 80);
    const certifies = new Set(thorough.certifying.map(({ features }) => features));
    const facts = (certifying: boolean) =>
      new Set(
        thorough.items
          .filter((item) => item.fact && certifies.has(item.labelled.features) === certifying)
          .filter((item) => item.asked === 'service')
          .map((item) => item.fact),
      );
    expect([...facts(true)].filter((fact) => facts(false).has(fact))).toEqual([]);
    expect(facts(true).size).toBeGreaterThan(1.5 * facts(false).size);
  });
});

describe('with machines of which there is no sheet', () => {
  it('certifies on all that was asked with facts', async () => {
    const { items, certifying, metrics } = await asked([{ tag: 'X-1', asset: 'time machine' }]);
    expect(items.some((item) => item.asked === 'service')).toBe(false);
    expect(metrics).not.toHaveProperty('service');
    const open = items.filter((item) => item.asked === 'open').map(({ labelled }) => labelled.features);
    expect(certifying.some(({ features }) => open.includes(features))).toBe(true);
  });
});
