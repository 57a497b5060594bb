/**
 * What a student of another maker can do, before it may serve: one plain question that it must answer at all, then the
 * questions that ours are judged by. Its confidence is fitted and certified like ours, so it answers alone only where that
 * is as safe; one that is right too seldom turns every question over to the teachers. It does not choose it.
 */
import { BadInput, RoundsError } from '../errors.ts';
import type { Sheet } from '../knowledge/types.ts';
import { ANSWER, END, GRADES, renderOption, renderPrompt, renderThought } from '../student/prompt.ts';
import { openStudent } from '../student/runtime.ts';
import { writeCard } from '../student/student.ts';
import type { Student, StudentCard } from '../student/types.ts';
import { type Asker, judge } from './judge.ts';

export interface TrialOptions {
  sheets: readonly Sheet[];
  maxError: number;
  /** Multiple-choice questions from the weights alone; about five times as many are asked in all. 0: none, uncertified. */
  questions: number;
  asker?: (student: Student, retrieval: boolean) => Asker;
  /** Called with the sanity prompt's reasoning. */
  onSaid?: (rationale: string) => void;
  onProgress?: (done: number, total: number) => void;
}

/** Writes what was measured into the folder's card. Throws RoundsError `unfit_student` when it cannot answer at all. */
export async function tryStudent(folder: string, options: TrialOptions): Promise<StudentCard> {
  const { sheets, maxError, questions, asker, onSaid, onProgress } = options;
  const student = await openStudent(folder);
  try {
    onSaid?.(await sane(student));
    if (questions === 0) return student.card;
    const { metrics, calibration } = await judge(student, {
      // As for the rounds' students; see judge.ts.
      ...{ sheets, seed: 100_000, count: questions, maxError },
      ...(asker ? { asker } : {}),
      ...(onProgress ? { onProgress } : {}),
    }).catch((cause) => {
      if (!(cause instanceof BadInput)) throw cause;
      throw new RoundsError(
        'unfit_student',
        `[student] ${student.card.name} reads too little at a time: ${cause.message}`,
        {
          cause,
        },
      );
    });
    return await writeCard(folder, (card) => ({ ...card, metrics, calibration }));
  } finally {
    await student.close();
  }
}

/** Says something, and gives options finite grades. */
async function sane(student: Student): Promise<string> {
  const prompt = renderPrompt({ question: 'Which parameters show bearing wear of a pump?' });
  const said = await student.generate(prompt, { maxTokens: 48, stop: [ANSWER, END] });
  const unfit = (what: string): never => {
    throw new RoundsError(
      'unfit_student',
      `[student] ${student.card.name} ${what}: export it again, and check that its tokenizer is its own`,
    );
  };
  if (said.tokenLogProbs.length === 0) unfit('says nothing to a plain question');
  if (said.tokenLogProbs.some((one) => !Number.isFinite(one) || one > 1e-3)) unfit('gives probabilities that are none');
  const options = ['vibration', 'voltage'].map(renderOption);
  const grades = await student.grade(renderThought(prompt, said.text.trim()), options, [...GRADES]);
  if (grades.flat().some((one) => !Number.isFinite(one))) unfit('cannot grade an option');
  return said.text.trim();
}
