/**
 * What the student asks back: where a teacher's answer leaves the student's own doubt open. The question is put together
 * from the student's probabilities and its attempt (a model of its size asks no free questions of its own); at most one
 * thing is asked at a time.
 */
import type { Agree } from './agree.ts';
import type { Opinion, TeacherQuestion } from './types.ts';

/** Two options nearer than this were hardly told apart. */
const NEAR = 0.2;

export function askBack(question: TeacherQuestion, answer: Pick<Opinion, 'answer'>, same: Agree): string | undefined {
  const { attempt, doubt } = question;
  const ranked = [...(doubt?.options ?? [])].sort((a, b) => b.probability - a.probability);
  const chosen = (option: string): boolean => answer.answer.split('; ').includes(option);
  const rejected = ranked.find(({ option }) => !chosen(option));
  const taken = ranked.find(({ option }) => chosen(option));
  if (rejected && taken) {
    if (rejected.probability > taken.probability) {
      return `The small model held "${rejected.option}" for likelier (${percent(rejected.probability)}) than "${taken.option}" (${percent(taken.probability)}). What speaks against "${rejected.option}"? Answer the question again, and say it in the rationale.`;
    }
    if (taken.probability - rejected.probability < NEAR) {
      return `The small model could hardly tell "${taken.option}" from "${rejected.option}". What tells them apart? Answer the question again, and say it in the rationale.`;
    }
    return undefined;
  }
  if (!attempt || attempt.answer.trim() === '' || same(attempt.answer, answer.answer, question)) return undefined;
  return `The small model said: "${attempt.answer.slice(0, 300)}". What would be seen if that were so, and is it? Answer the question again, and say it in the rationale.`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
