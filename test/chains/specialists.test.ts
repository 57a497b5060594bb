/** Several students in one chain: the machine's own is asked first, and the surer one speaks. */
import { describe, expect, it } from 'vitest';
import type { About } from '../../chains/answer.ts';
import { type RuleStudent, ruleStudent } from './rule-student.ts';
import { setup } from './setup.ts';

const QUESTION = {
  text: 'Which parameter best shows bearing damage of an electric motor?',
  options: ['vibration', 'voltage'],
};

/** Certain of nothing below `threshold`. */
function named(id: string, threshold: number, student: RuleStudent = ruleStudent()): RuleStudent {
  const { calibration } = student.card;
  return { ...student, card: { ...student.card, id, calibration: { ...calibration, threshold } } };
}

async function asked(own: RuleStudent[], general: RuleStudent) {
  const about: About[] = [];
  const { ask } = await setup({
    rule: general,
    specialists: (of) => {
      about.push(of);
      return own;
    },
  });
  return { answer: await ask(QUESTION), about };
}

describe('several students', () => {
  it('are chosen by the machine that was understood; a sure specialist answers alone', async () => {
    const general = named('general', 0.8);
    const { answer, about } = await asked([named('motors', 0.8)], general);
    expect(answer).toMatchObject({ outcome: 'answered', student: 'motors', answer: 'vibration' });
    expect(about).toEqual([{ asset: 'electric motor' }]);
    expect(general.prompts).toEqual([]);
  });

  it('an unsure specialist leaves the word to the general one', async () => {
    const { answer } = await asked([named('motors', 1.01)], named('general', 0.8));
    expect(answer).toMatchObject({ outcome: 'answered', student: 'general' });
  });

  it('where none is sure enough the nearest to its threshold has tried', async () => {
    const { answer } = await asked([named('motors', 0.99)], named('general', 1.01));
    expect(answer).toMatchObject({ outcome: 'escalated', student: 'motors' });
  });
});
