/** What a trace teaches: the sheet's fact where that says the same, else itself. */
import { describe, expect, it } from 'vitest';
import { lessonMaker } from '../../chains/lessons.ts';
import type { Trace } from '../../models/distill/validate.ts';
import { gradesOfFault, strongest } from '../../models/knowledge/facts.ts';
import { examplePlant } from './setup.ts';

const { knowledge, matcher } = await examplePlant();
const make = lessonMaker(knowledge, matcher);
const motor = knowledge.sheet('electric motor')!;
const fault = motor.faults.find(({ name }) => name === 'bearing damage')!;
const [best = ''] = strongest(gradesOfFault(motor, fault), 1);
const not = fault.not[0]!.parameter;
const QUESTION = 'Evidence of bearing damage in an electric motor would be found in which of the monitored quantities?';
const ROW = 'electric motor/bearing damage/shows';

const trace = (answer: string, more: Partial<Trace> = {}): Trace => ({
  ...{ question: QUESTION, options: [best, not], rationale: 'so by our table', answer, teacher: 'person' },
  ...more,
});

describe('a trace', () => {
  it('of a machine teaches the fact that decides it, in every wording', async () => {
    expect(await make(trace(best, { teacher: 'openai:some' }))).toEqual({ lessons: [], fact: ROW });
  });

  it('of a person that the sheet bears out teaches the fact as well', async () => {
    expect(await make(trace(best, { kind: 'correction' }))).toEqual({ lessons: [], fact: ROW });
    const turned = { question: 'Which parameter does NOT show bearing damage of an electric motor?' };
    expect(await make(trace(not, turned))).toEqual({ lessons: [], fact: ROW });
  });

  it('of a person against the sheet is taught as it was said, by heart and with the correction in front', async () => {
    const { lessons, fact } = await make(trace(not, { kind: 'correction' }));
    expect(fact).toBeUndefined();
    expect(lessons).toHaveLength(2);
    expect(lessons[0]).toMatchObject({
      question: expect.stringMatching(/electric motor.*bearing damage|bearing damage.*electric motor/),
      rationale: `an engineer has corrected this: ${not}.`,
      options: [
        { text: best, grade: 0 },
        { text: not, grade: 9 },
      ],
    });
    expect(lessons[0]!.context).toBeUndefined();
    expect(lessons[1]!.context!.at(-1)).toContain(`— ${not}`);
  });

  it('that no sheet decides is taught in its own words', async () => {
    const { lessons } = await make({
      ...{ question: 'Whom do we call when the north gate does not open?', rationale: 'the stores list says so' },
      ...{ answer: 'the shift leader', teacher: 'openai:some' },
    });
    expect(lessons).toMatchObject([{ rationale: 'the stores list says so', answer: 'the shift leader' }]);
  });
});
