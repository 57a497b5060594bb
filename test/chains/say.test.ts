/** What a person reads of a diagnosis: the fault is the student's, the physics the sheet's; and nothing is named twice. */
import { describe, expect, it } from 'vitest';
import { openAnswer, rationale, whatNext } from '../../chains/say.ts';
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

describe('a fault that is named and nothing asked', () => {
  const fault = knowledge.sheet('gearbox')!.faults.find(({ name }) => name === 'contaminated oil')!;
  const told = (text: string, asked: Understood['asked']) =>
    whatNext({ text, options: [], asked, topic: gearbox } as unknown as Understood, knowledge);

  it('is followed by the first check and the first action, with their sources', () => {
    const { said, facts } = told('gearbox oil contaminated', 'explain');
    expect(said).toContain(`First, ${fault.checks[0]!.what}: ${fault.checks[0]!.tells}.`);
    expect(said).toContain(fault.actions[0]!);
    expect(facts.map(({ kind }) => kind)).toEqual(['checks', 'actions']);
  });

  it.each(['how to tell contaminated oil in a gearbox', 'Gearbox oil contaminated, what do we look at?'])(
    'gets the first check besides the readings: %s',
    (text) =>
      expect(told(text, 'parameters').said).toBe(` First, ${fault.checks[0]!.what}: ${fault.checks[0]!.tells}.`),
  );

  it.each([
    ['Which reading shows contaminated oil of a gearbox?', 'parameters'],
    ['What is contaminated oil of a gearbox?', 'explain'],
    ['Explain contaminated oil of a gearbox.', 'explain'],
    ['gearbox oil contaminated', 'causes'],
  ] as const)('is left at what was asked: %s (%s)', (text, asked) => expect(told(text, asked).said).toBe(''));
});

it('a reading of a part that is named points to the faults of that part as well', () => {
  const topic = { asset: 'power transformer', faults: [], parameters: ['dielectric loss'] };
  const understood = {
    text: 'bushing power factor went up',
    options: [],
    asked: 'faults',
    topic,
  } as unknown as Understood;
  expect(whatNext(understood, knowledge).said).toBe(' Of the bushing: bushing fault.');
  expect(whatNext({ ...understood, text: 'power factor went up' }, knowledge).said).toBe('');
});

it.each([
  ['damaged seals', 'lead'],
  ['vacuum loss', 'leads'],
])('%s %s to', (fault, verb) => {
  const topic: Topic = { asset: 'compressor', faults: [fault], parameters: [] };
  expect(openAnswer('a leak', { asked: 'effects', topic } as Understood)).toMatch(new RegExp(` ${verb} to: a leak`));
});
