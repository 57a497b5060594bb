/**
 * Judges whoever answers multiple-choice questions: accuracy against chance, calibration, and how much may be answered
 * at a given error. It does not know what answers: the student alone, the student with retrieval, or a teacher.
 */
import { auroc, certifiedThreshold, expectedCalibrationError } from '../student/confidence.ts';
import type { QuestionItem } from './questions.ts';

export interface Choice {
  /** Indices of the chosen options. */
  chosen: number[];
  /** P(right), 0–1. */
  confidence: number;
  rationale: string;
}

/** Answers one question of a set. The key is not passed on. */
export type Chooser = (item: { question: string; options: string[]; several: boolean }) => Promise<Choice>;

export interface Prediction extends Choice {
  id: string;
  right: boolean;
}

export interface Evaluation {
  n: number;
  /** Share of questions whose chosen set is exactly the right set. */
  accuracy: number;
  /** Expected accuracy of choosing one option at random. */
  randomBaseline: number;
  byAsset: Record<string, { n: number; accuracy: number }>;
  byRelation: Record<string, { n: number; accuracy: number }>;
  /** Expected calibration error, ten bins. */
  ece: number;
  auroc: number;
  /** Share answered at the lowest confidence from which the answered error is certified below maxError; 0 when none is. */
  coverageAtMaxError: number;
  maxError: number;
  /** Time of the whole run over its questions, several of which were asked at once. */
  msPerQuestion: number;
}

export interface EvaluateOptions {
  maxError?: number;
  /** The certified threshold of the student; without it the set itself certifies one (δ = 0.1). */
  threshold?: number;
  /** Questions asked at a time; default 8. What comes out is the same for any number, if each answer hangs on its question only. */
  concurrency?: number;
  onProgress?: (done: number, total: number, accuracy: number) => void;
  signal?: AbortSignal;
}

export async function evaluate(
  items: readonly QuestionItem[],
  choose: Chooser,
  options: EvaluateOptions = {},
): Promise<{ evaluation: Evaluation; predictions: Prediction[] }> {
  const maxError = options.maxError ?? 0.05;
  const started = performance.now();
  let done = 0;
  let right = 0;
  const predictions = await severalAtOnce(items, options.concurrency ?? 8, async (item): Promise<Prediction> => {
    options.signal?.throwIfAborted();
    const choice = await choose({ question: item.question, options: item.options, several: item.several });
    const isRight = sameSet(choice.chosen, item.correct);
    right += isRight ? 1 : 0;
    options.onProgress?.(++done, items.length, right / done);
    return { ...choice, id: item.id, right: isRight };
  });
  const ms = performance.now() - started;
  const scored = predictions.map((one) => ({ p: one.confidence, right: one.right }));
  const threshold = options.threshold ?? certifiedThreshold(scored, maxError, 0.1);
  const n = items.length;
  return {
    predictions,
    evaluation: {
      n,
      accuracy: right / n,
      randomBaseline: items.reduce((sum, item) => sum + chance(item), 0) / n,
      byAsset: grouped(items, predictions, (item) => item.asset),
      byRelation: grouped(items, predictions, (item) => item.relation ?? 'other'),
      ece: expectedCalibrationError(scored),
      auroc: auroc(scored),
      coverageAtMaxError: scored.filter((one) => one.p >= threshold).length / n,
      maxError,
      msPerQuestion: ms / n,
    },
  };
}

/**
 * What `work` makes of each item, in their order, at most `atOnce` at a time. The first failure ends it: nothing is begun
 * any more, and what is under way is waited for.
 */
export async function severalAtOnce<I, O>(
  items: readonly I[],
  atOnce: number,
  work: (item: I, index: number) => Promise<O>,
): Promise<O[]> {
  const out = new Array<O>(items.length);
  let next = 0;
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        out[index] = await work(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, worker));
  if (failures.length) throw failures[0];
  return out;
}

function sameSet(chosen: readonly number[], correct: readonly boolean[]): boolean {
  const set = new Set(chosen);
  return correct.every((isRight, i) => isRight === set.has(i));
}

function chance(item: QuestionItem): number {
  return item.correct.filter(Boolean).length === 1 ? 1 / item.options.length : 1 / (2 ** item.options.length - 1);
}

function grouped(
  items: readonly QuestionItem[],
  predictions: readonly Prediction[],
  key: (item: QuestionItem) => string,
): Record<string, { n: number; accuracy: number }> {
  const groups = new Map<string, { n: number; right: number }>();
  items.forEach((item, i) => {
    const group = groups.get(key(item)) ?? { n: 0, right: 0 };
    groups.set(key(item), { n: group.n + 1, right: group.right + (predictions[i]!.right ? 1 : 0) });
  });
  return Object.fromEntries([...groups].map(([name, { n, right }]) => [name, { n, accuracy: right / n }]));
}
