/** What a person reads of a diagnosis: the fault is the student's, the physics the sheet's; and nothing is named twice. */
import { expect, it } from 'vitest';
import { openAnswer, rationale } from '../../chains/say.ts';
import type { Topic } from '../../chains/types.ts';
import type { Understood } from '../../chains/understand.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';

const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
const gearbox: Topic = { asset: 'gearbox', faults: ['contaminated oil'], parameters: [] };

it('what the student slipped in about the fault that it names gives way to the sheet', () => {
  const { mechanism } = knowledge.sheet('gearbox')!.faults.find(({ name }) => name === 'contaminated oil')!;
  const slipped =
    'these signs fit contaminated oil of the gearbox: particles such as oil film. it shows best in voltage, speed.';
  const told = rationale(slipped, gearbox, knowledge);
  expect(told).toContain(`These signs fit contaminated oil of the gearbox: ${mechanism}.`);
  expect(told).toMatch(/It shows best in oil debris, [a-z ]+, [a-z ]+\.$/);
});

it('stays as the student said it where it names nothing that the sheet has', () => {
  const said = 'these signs fit cavi corrosion of the gearbox.';
  expect(rationale(said, gearbox, knowledge)).toBe('These signs fit cavi corrosion of the gearbox.');
  expect(rationale('gearbox, oil level. damaged seals 9.', gearbox, knowledge)).not.toContain('signs fit');
});

it.each([
  ['faults', 'damaged seals, overload, damaged seals', 'points to damaged seals and overload.'],
  ['checks', 'draw a sample; look at the drain; draw a sample', ': draw a sample; look at the drain.'],
] as const)('%s are named once', (asked, said, shown) => {
  const topic: Topic = { ...gearbox, parameters: ['oil level'] };
  expect(openAnswer(said, { asked, topic } as Understood)).toContain(shown);
});
