/** What the parts of `npm run worth` share: who is asked, how figures are put, and how many are asked at once. */
import { studentChooser, teacherChooser } from '../../chains/eval.ts';
import type { Choice, Chooser, Prediction } from '../../models/distill/evaluate.ts';
import type { Knowledge } from '../../models/knowledge/knowledge.ts';
import type { Matcher } from '../../models/knowledge/names.ts';
import type { Student } from '../../models/student/types.ts';
import type { Teacher } from '../../models/teacher/types.ts';

export interface Bench {
  student: Student;
  folder: string;
  knowledge: Knowledge;
  matcher: Matcher;
  teacher: Teacher;
  /** Questions a set; parts take a share of it. */
  count: number;
  /** Why the student could not think about a question, each time that it could not: told beside the figures. */
  failures: string[];
  progress: (done: number, total: number) => void;
}

export type Part = (bench: Bench) => Promise<Measured>;

export interface Measured {
  tables: Table[];
  /** The same and more, as plain numbers. */
  figures: Record<string, unknown>;
  /** What reading the tables needs beside docs/worth.md: sets that came out smaller, measures that were left out. */
  notes: string[];
  /** Every single answer, to look into; a line of JSON each. */
  answers: object[];
}

export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
}

/** Who is asked, in the order of the tables. */
export const ASKED = {
  alone: 'student, weights alone',
  retrieval: 'student with retrieval',
  teacher: 'knowledge teacher',
} as const;
export type By = keyof typeof ASKED;
export const BYS = Object.keys(ASKED) as By[];

export function choosersOf(bench: Bench): Record<By, Chooser> {
  const { student, knowledge, matcher, teacher } = bench;
  const own = (retrieval: boolean): Chooser => {
    const choose = studentChooser({ student, knowledge, matcher, retrieval });
    return async (item) => (await unlessFailed(bench, choose(item))) ?? NO_CHOICE;
  };
  return { alone: own(false), retrieval: own(true), teacher: teacherChooser(teacher, knowledge, matcher) };
}

const NO_CHOICE: Choice = { chosen: [], confidence: 0, rationale: 'the student could not think' };

/** The chain escalates a question that its student fails on; here it is one not answered, and said beside the figures. */
export async function unlessFailed<T>({ failures }: Bench, thinking: Promise<T>): Promise<T | undefined> {
  try {
    return await thinking;
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Counts the steps of a part that has several loops. */
export function stepper(bench: Bench, total: number): () => void {
  let done = 0;
  return () => bench.progress(++done, total);
}

/** `work` on every item, some at once, the results in the items' order. */
export async function each<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

const AT_ONCE = 8;

// ------------------------------------------------------------------------------------------------ figures

/** Share of those for which it holds; null of none. */
export function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number | null {
  return items.length ? items.filter(holds).length / items.length : null;
}

export const accuracyOf = (predictions: readonly Prediction[]): number | null =>
  shareOf(predictions, ({ right }) => right);

export const NONE = '–';

export function percent(share: number | null): string {
  return share === null ? NONE : `${(100 * share).toFixed(1)} %`;
}

/** A difference of shares in percentage points, with its sign. */
export function points(difference: number | null): string {
  if (difference === null) return NONE;
  const value = (100 * difference).toFixed(1);
  return difference > 0 ? `+${value}` : value;
}

export function number(value: number | null, digits = 2): string {
  return value === null ? NONE : value.toFixed(digits);
}
