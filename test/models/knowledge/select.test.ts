/** The facts that stand beside a question: which ones, in which order, in which words. */
import { expect, it } from 'vitest';
import { examineYaml } from '../../../models/knowledge/check.ts';
import { knowledgeOf } from '../../../models/knowledge/knowledge.ts';
import { selectFacts } from '../../../models/knowledge/select.ts';
import { GOOD_SHEET } from './fixture.ts';

const { fact, facts } = knowledgeOf([examineYaml(GOOD_SHEET, 'winch.yaml', 'winch.yaml').sheet!]);
const subject = { asset: 'winch', faults: [], parameters: [] };
const texts = (asked: Parameters<typeof selectFacts>[0]): string[] => selectFacts(asked, fact).map((one) => one.text);

it('a rule is one fact in its canonical words, named by its place', () => {
  expect(fact('winch/rule/0')).toEqual({
    id: 'winch/rule/0',
    kind: 'rule',
    asset: 'winch',
    fault: 'brake drag',
    text: 'winch, when current rises while the load stays the same: stop lowering and free the brake; a lining that drags burns within minutes.',
    source: 'winch.yaml, rule 1',
  });
  expect(fact('winch/rule/2')).not.toHaveProperty('fault');
  expect(facts.filter((one) => one.kind === 'rule')).toHaveLength(3);
});

it('rules stand best last, three at most', () => {
  const ids = selectFacts({ ...subject, asked: 'rule', rules: [2, 0, 1, 9] }, fact).map((one) => one.id);
  expect(ids).toEqual(['winch/rule/1', 'winch/rule/0', 'winch/rule/2']);
  expect(selectFacts({ ...subject, asked: 'rule' }, fact)).toEqual([]);
});

it('parts, roles and instruments come from the sheet’s components and parameters', () => {
  expect(texts({ ...subject, asked: 'parts' })).toEqual(['winch components: drum; brake.']);
  expect(texts({ ...subject, asked: 'role', components: ['brake', 'drum'] })).toEqual([
    'winch, drum: winds the rope.',
    'winch, brake: holds the load when the drive is off.',
  ]);
  expect(texts({ ...subject, asked: 'instruments', parameters: ['rope tension'] })).toEqual([
    'winch, rope tension is measured by: load cell.',
  ]);
});
