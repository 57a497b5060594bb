/** What is cited: the line of the context that was recited, word for word, and nothing that was not meant. */
import { describe, expect, it } from 'vitest';
import { cited, explained, think } from '../../../models/student/think.ts';
import type { Student } from '../../../models/student/types.ts';

const context = [
  'conveyor, belt slip. vibration 3; belt tension 8; belt alignment 2; temperature 9.',
  'conveyor, longitudinal rip. vibration 0; belt tension 2; belt alignment 5; temperature 0.',
];

describe('cited', () => {
  it('mends slips in the line that was meant, though another shares most of its words', () => {
    const slipped = 'conveyor, longitudinal rip. vibration 0; belt torsion 2; belt belt 5; temperature 0.';
    expect(cited(slipped, context)).toBe(context[1]);
    expect(cited('conveyor, belt slip. vibration 3; belt tension 8; belt speed 2.', context)).toBe(context[0]);
  });

  it('takes a line begun for the line meant only where the context decides', () => {
    const begun = 'conveyor, longit coil leak. gas 9; oil 3.';
    expect(cited(begun, context, true)).toBe(context[1]);
    expect(cited(begun, context)).toBe(begun);
    expect(cited('conveyor, gearbox. gas 9; oil 3.', context, true)).toBe('conveyor, gearbox. gas 9; oil 3.');
  });

  it('leaves alone what recites no line', () => {
    for (const said of [
      'these signs fit belt slip of the conveyor. it shows best in temperature.',
      'pump, unbalance. vibration 9; temperature 3.',
      'not known: this is not about a machine that the sheets describe.',
      '',
    ]) {
      expect(cited(said, context)).toBe(said);
      expect(cited(said, [])).toBe(said);
    }
  });
});

describe('explained', () => {
  const lines = ['Boiler, carryover means that water droplets with salts leave the drum with the steam.', ...context];

  it('goes on as the line that says what the fault means, however the student went on', () => {
    const line = 'carryover means that water droplets with salts leave the drum with the steam.';
    expect(explained('carryover means that water droplets with a steam, so metal', lines)).toBe(line);
    expect(explained('Carryover means that ', lines)).toBe(line);
  });

  it('leaves alone what no line explains, and what explains nothing', () => {
    for (const said of ['foaming means that the water foams.', 'over means that it is over.', 'belt tension', ''])
      expect(explained(said, lines)).toBe(said);
  });
});

describe('a student that says that nothing is known', () => {
  const denial = ' not known: conveyor is not a machine that the sheets describe.<|answer|> not known';
  const denying: Partial<Student> = {
    countTokens: (text) => text.split(' ').length,
    generate: async (prompt) => {
      const text = prompt.includes('temperature 9.<|answer|>') ? ' temperature, belt tension' : denial;
      return { text, tokenLogProbs: text.split(' ').map(() => -0.1), ended: 'stop' };
    },
  };
  const asked = (grounded: number) =>
    think(
      denying as Student,
      { context: context.toReversed(), question: 'Which parameters show belt slip of a conveyor?' },
      { expected: context, given: { grounded } },
    );

  it('answers from the line that decides, and is not taken to agree with it', async () => {
    const { rationale, answer, features } = await asked(1);
    expect({ rationale, answer }).toEqual({ rationale: context[0], answer: 'temperature, belt tension' });
    expect(features).toMatchObject({ unknown: 0, agree: 0, support: 1 });
  });

  it('is believed where no line decides', async () => {
    const { answer, features } = await asked(0.5);
    expect(answer).toBe('not known');
    expect(features.unknown).toBe(1);
  });
});
