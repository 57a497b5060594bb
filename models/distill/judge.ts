/**
 * What a round measures of a student: taught facts in held-out wordings, reading facts that differ from its weights,
 * following corrections, knowing that it does not know; and the calibration of its confidence over all of these.
 * It answers through `think`, as the chain does, with the context that an episode gives.
 */

import type { Sheet } from '../knowledge/types.ts';
import { auroc, calibrate, confidence, expectedCalibrationError, type Labelled } from '../student/confidence.ts';
import { think } from '../student/think.ts';
import type { Calibration, Student } from '../student/types.ts';
import { type Episode, type Mode, makeEpisode, NOT_KNOWN } from './episodes.ts';
import { makeQuestions, type QuestionItem } from './questions.ts';
import { random } from './random.ts';

/** One judged answer; `asked` is what the student was asked to do. */
export interface JudgedItem {
  asked: Mode | 'openQuestion';
  question: string;
  expected: string;
  answer: string;
  rationale: string;
  right: boolean;
  labelled: Labelled;
}

export interface Judgement {
  /** accuracy (taught facts, held-out wordings, no context), chance, open, reading, corrections, unknown, ece, auroc … */
  metrics: Record<string, number>;
  calibration: Calibration;
  items: JudgedItem[];
}

export interface JudgeOptions {
  sheets: readonly Sheet[];
  seed: number;
  /** Multiple-choice questions on taught facts; the other parts take a share of it. */
  count: number;
  maxError: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export async function judge(student: Student, options: JudgeOptions): Promise<Judgement> {
  const { sheets, seed, count } = options;
  const share = (part: number): number => Math.max(10, Math.round(count * part));
  const sets: { asked: JudgedItem['asked']; items: QuestionItem[] }[] = [
    { asked: 'closed', items: makeQuestions(sheets, { count, seed }) },
    { asked: 'open', items: makeQuestions(sheets, { count: share(0.5), seed: seed + 1, mode: 'open' }) },
    { asked: 'shuffled', items: makeQuestions(sheets, { count: share(0.5), seed: seed + 2, mode: 'shuffled' }) },
    { asked: 'corrected', items: makeQuestions(sheets, { count: share(0.25), seed: seed + 3, mode: 'corrected' }) },
  ];
  const talks = episodes(sheets, { count: share(0.4), seed: seed + 4, mode: 'open' }).concat(
    episodes(sheets, { count: share(0.3), seed: seed + 5, mode: 'unknown' }),
  );
  const total = sets.reduce((sum, set) => sum + set.items.length, 0) + talks.length;
  const items: JudgedItem[] = [];
  const step = (item: JudgedItem): void => {
    items.push(item);
    options.onProgress?.(items.length, total);
    options.signal?.throwIfAborted();
  };
  for (const set of sets) for (const item of set.items) step(await judgeChoice(student, set.asked, item));
  for (const episode of talks) step(await judgeTalk(student, episode));

  const shuffled = random(seed, 9).shuffle(items.map((item) => item.labelled));
  const calibration = calibrate(shuffled, options.maxError);
  const certifying = shuffled.filter((_, i) => i % 2 === 1);
  const rate = (asked: JudgedItem['asked']): number => {
    const of = items.filter((item) => item.asked === asked);
    return of.filter((item) => item.right).length / Math.max(1, of.length);
  };
  const scored = certifying.map((item) => ({ p: confidence(item.features, calibration), right: item.right }));
  const answered = scored.filter((one) => one.p >= calibration.threshold);
  return {
    items,
    calibration,
    metrics: {
      accuracy: rate('closed'),
      chance: sets[0]!.items.reduce((sum, item) => sum + 1 / item.options.length, 0) / count,
      reading: rate('open'),
      readingOtherFacts: rate('shuffled'),
      followingCorrections: rate('corrected'),
      talking: rate('openQuestion'),
      sayingNotKnown: rate('unknown'),
      ece: expectedCalibrationError(scored),
      auroc: auroc(scored),
      answeredShare: answered.length / scored.length,
      answeredError: answered.length ? answered.filter((one) => !one.right).length / answered.length : 0,
      questions: items.length,
    },
  };
}

function episodes(sheets: readonly Sheet[], how: { count: number; seed: number; mode: Mode }): Episode[] {
  return Array.from({ length: how.count }, (_, i) =>
    makeEpisode(
      sheets,
      { mode: how.mode, wording: 'held', options: 0, noise: false, ...talked(i) },
      random(how.seed, i),
    ),
  );
}

/** Relations that can be asked without options. */
function talked(i: number): Pick<Parameters<typeof makeEpisode>[1], 'relation'> {
  const relations = ['diagnose', 'parameters', 'faults', 'checks', 'actions', 'cell', 'causes', 'explain'] as const;
  return { relation: relations[i % relations.length]! };
}

async function judgeChoice(student: Student, asked: JudgedItem['asked'], item: QuestionItem): Promise<JudgedItem> {
  const context = item.context;
  const thought = await think(
    student,
    { context, question: item.question, options: item.options },
    { grounded: asked === 'closed' ? 0 : 1 },
  );
  const right = item.correct.every((isRight, i) => isRight === thought.chosen.includes(i));
  const expected = item.options.filter((_, i) => item.correct[i]).join('; ');
  return {
    asked,
    question: `${item.question} [${item.options.join(' | ')}]`,
    expected,
    answer: thought.answer,
    rationale: thought.rationale,
    right,
    labelled: { features: thought.features, right },
  };
}

async function judgeTalk(student: Student, episode: Episode): Promise<JudgedItem> {
  const unknown = episode.mode === 'unknown';
  const thought = await think(
    student,
    { context: episode.context, question: episode.question },
    { grounded: unknown ? 0 : 1 },
  );
  const said = thought.answer.startsWith(NOT_KNOWN);
  // The first thing named is what an operator acts on.
  const head = (text: string): string => text.split(/[;,]/)[0]!.trim();
  const right = unknown ? said : head(thought.answer) === head(episode.answer);
  return {
    asked: unknown ? 'unknown' : 'openQuestion',
    question: episode.question,
    expected: episode.answer,
    answer: thought.answer,
    rationale: thought.rationale,
    right,
    // "Not known" is right to say and still no answer: the rule must not call it a confident one.
    labelled: { features: thought.features, right: unknown ? false : right },
  };
}
