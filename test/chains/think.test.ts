/** How the options of what was understood are chosen among: as the wording was heard, and as surely. */
import { expect, it } from 'vitest';
import type { Applicable } from '../../chains/corrections.ts';
import type { Recalled } from '../../chains/recall.ts';
import { choosing, expectedOf } from '../../chains/think.ts';
import { understanding } from '../../chains/understand.ts';
import { examineYaml } from '../../models/knowledge/check.ts';
import { knowledgeOf } from '../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { GOOD_SHEET } from '../models/knowledge/fixture.ts';

const knowledge = knowledgeOf([examineYaml(GOOD_SHEET, 'winch.yaml', 'winch.yaml').sheet!]);
const understand = understanding(knowledge, makeMatcher(knowledge));
const options = ['current', 'vibration', 'rope tension'];
const recalled: Recalled = {
  facts: [],
  corrections: [],
  context: [],
  candidates: [],
  grounded: 1,
  match: 1,
  lead: 1,
  fits: true,
};

it.each([
  ['Which parameter does not show brake drag of a winch?', { negated: true, certain: true }],
  ['Which parameter best shows brake drag of a winch?', { negated: false, certain: true }],
  ['Which reading could you do without when you look for brake drag of a winch?', { negated: true, certain: false }],
  ['Which parameter shows brake drag of a winch?', { negated: false, certain: false }],
])('%s', (text, heard) => {
  expect(choosing(understand({ text, options }), recalled)).toEqual({ options, several: false, ...heard });
});

it('an open question has nothing to choose among', () => {
  expect(choosing(understand({ text: 'Which parameter shows brake drag of a winch?' }), recalled)).toEqual({});
});

it('a diagnosis has suspects, unless somebody has corrected it', () => {
  const diagnosis = understand({ text: 'the winch smells of burnt lining and the drum is hot' });
  const candidates = [{ name: 'brake drag', score: 0.7 }];
  const suspects = { beginning: 'these signs fit', names: candidates };
  expect(choosing(diagnosis, { ...recalled, candidates })).toEqual({ suspects });
  const correction = { correction: {}, question: '', answer: '', chosen: [] } as unknown as Applicable;
  expect(choosing(diagnosis, { ...recalled, candidates, corrections: [correction] })).toEqual({});
});

it('the student is expected to go by what retrieval put first, and by any line where what is asked about was named', () => {
  const diagnosis = understand({ text: 'the winch smells of burnt lining and the drum is hot' });
  const candidates = [
    { name: 'brake drag', score: 0.7 },
    { name: 'rope wear', score: 0.2 },
  ];
  expect(expectedOf(diagnosis, { ...recalled, candidates })).toEqual(['these signs fit brake drag of']);
  const context = ['winch, when it creeps: check the brake.', 'winch, when the drum is hot: free the brake.'];
  const rule = understand({ text: 'What should be done first on a winch when the drum is hot?' });
  expect(expectedOf({ ...rule, asked: 'rule' }, { ...recalled, context })).toEqual(context.slice(1));
  expect(expectedOf({ ...rule, asked: 'parameters' }, { ...recalled, context })).toEqual(context);
});
