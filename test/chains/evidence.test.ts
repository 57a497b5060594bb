/** What the sheets' sentences say for options of a question that could not be placed. */
import { describe, expect, it } from 'vitest';
import { evidenceIn } from '../../chains/evidence.ts';
import { examplePlant } from './setup.ts';

describe('evidence', () => {
  it('ties the option that is written beside the question’s words', async () => {
    const { knowledge } = await examplePlant();
    const evidence = evidenceIn(knowledge);
    const scores = evidence.of(
      'What happens when liquid boils at the eye of the wheel?',
      ['cavitation', 'brush fault'],
      'pump',
    );
    expect(scores[0]).toBe(1);
    expect(scores[1]).toBeLessThan(0.5);
  });

  it('is the same in any order, and nothing where no sentence speaks of any option', async () => {
    const { knowledge } = await examplePlant();
    const evidence = evidenceIn(knowledge);
    const question = 'Which device feels the magnetic field of a turning shaft?';
    const options = ['hall sensor', 'thermocouple', 'bread'];
    const forward = evidence.of(question, options, undefined);
    expect(evidence.of(question, [...options].reverse(), undefined)).toEqual([...forward].reverse());
    expect(forward[0]).toBe(1);
    expect(forward[2]).toBe(0);
    expect(evidence.of(question, ['bread', 'butter'], undefined)).toEqual([0, 0]);
  });
});
