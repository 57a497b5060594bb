/** How the options of what was understood are chosen among: as the wording was heard, and as surely. */
import { expect, it } from 'vitest';
import { choosing } from '../../chains/think.ts';
import { understanding } from '../../chains/understand.ts';
import { examineYaml } from '../../models/knowledge/check.ts';
import { knowledgeOf } from '../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { GOOD_SHEET } from '../models/knowledge/fixture.ts';

const knowledge = knowledgeOf([examineYaml(GOOD_SHEET, 'winch.yaml', 'winch.yaml').sheet!]);
const understand = understanding(knowledge, makeMatcher(knowledge));
const options = ['current', 'vibration', 'rope tension'];

it.each([
  ['Which parameter does not show brake drag of a winch?', { negated: true, certain: true }],
  ['Which parameter best shows brake drag of a winch?', { negated: false, certain: true }],
  ['Which reading could you do without when you look for brake drag of a winch?', { negated: true, certain: false }],
  ['Which parameter shows brake drag of a winch?', { negated: false, certain: false }],
])('%s', (text, heard) => {
  expect(choosing(understand({ text, options }))).toEqual({ options, several: false, ...heard });
});

it('an open question has nothing to choose among', () => {
  expect(choosing(understand({ text: 'Which parameter shows brake drag of a winch?' }))).toEqual({});
});
