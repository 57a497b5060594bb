/** What the sheets say for options in words of their own. */
import { describe, expect, it } from 'vitest';
import { evidenceIn } from '../../chains/evidence.ts';
import { recall } from '../../chains/recall.ts';
import { understanding } from '../../chains/understand.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { confidence, UNCALIBRATED } from '../../models/student/confidence.ts';
import type { Features } from '../../models/student/think.ts';
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
    const scores = (of: string[]) => evidence.of(question, of, undefined);
    const forward = scores(options);
    expect(scores([...options].reverse())).toEqual([...forward].reverse());
    expect(forward[0]).toBe(1);
    expect(forward[2]).toBe(0);
    expect(scores(['bread', 'butter'])).toEqual([0, 0]);
  });

  it('holds it against what is written at length that it holds more of any words', async () => {
    const { knowledge } = await examplePlant();
    const pump = knowledge.sheet('pump')!;
    const long = Array.from({ length: 2000 }, (_, i) => `word${i}`).join(' ');
    const both = (signs: string[], name: string): string[] =>
      ['cavitation', 'damaged seals'].includes(name) ? [...signs, 'zindle quorvex'] : signs;
    const written = (wordy: string): Sheet => ({
      ...pump,
      faults: pump.faults.map((fault) => ({
        ...fault,
        signs: both(fault.signs, fault.name),
        effects: fault.name === wordy ? [...fault.effects, long] : fault.effects,
      })),
    });
    const [one, other] = ['cavitation', 'damaged seals'].map((wordy) =>
      evidenceIn({ ...knowledge, sheets: [written(wordy)] }).of(
        'Zindle and quorvex at the casing. Which action first?',
        ['cavitation', 'damaged seals'],
        'pump',
      ),
    );
    expect(one![1]! - one![0]!).toBeGreaterThan(other![1]! - other![0]!);
  });

  it('leads where options are in words of their own, and then the answer is never called sure', async () => {
    const { knowledge } = await examplePlant();
    const understand = understanding(knowledge, makeMatcher(knowledge));
    const recalling = recall({ corrections: null, knowledge });
    const asked = async (text: string, options: string[]) =>
      (await recalling.invoke({ understood: understand({ text, options }), student: null })).evidence;

    const own = await asked(
      'Rule on a pump: suction pressure low for ten minutes and a crackling sound at the casing. What should be done first?',
      ['Renew the coupling insert', 'Look at the suction strainer and the level of the tank', 'Paint the base plate'],
    );
    expect(own?.leads).toBe(true);
    expect(own?.options[1]).toBe(1);
    expect(
      await asked('Which parameter best shows cavitation of a pump?', ['vibration', 'pressure', 'oil debris']),
    ).toBeUndefined();

    const led = { margin: 1, evidence: 1 } as Features;
    expect(confidence(led, UNCALIBRATED)).toBeLessThan(0.8);
    expect(confidence({ ...led, margin: 0 }, UNCALIBRATED)).toBeLessThan(confidence(led, UNCALIBRATED));
  });
});
