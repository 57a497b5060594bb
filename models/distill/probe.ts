/**
 * Where a student is unsure of what the sheets say, cheaply: each fault's row of grades is laid before it as if it recited
 * the row itself, one forward pass a fault, and the probability that it gives to each right grade is read off. It asks no
 * question and trains nothing.
 */
import { BadInput } from '../errors.ts';
import { gradesOfFault, gradesText } from '../knowledge/facts.ts';
import type { Fact, Fault, Sheet } from '../knowledge/types.ts';
import { ANSWER, renderCompletion, renderPrompt } from '../student/prompt.ts';
import type { Student } from '../student/types.ts';
import { withArticle } from '../teacher/sentences.ts';
import { severalAtOnce } from './evaluate.ts';
import { fill, PLAIN } from './wordings.ts';

export interface Doubtful {
  asset: string;
  fault: string;
  /** 0–1: one minus the mean probability of the right grades of its parameters. */
  doubt: number;
}

export interface ProbeOptions {
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Every fault of the sheets, most doubtful first. A row longer than the student reads is left out. */
export async function probe(
  student: Student,
  sheets: readonly Sheet[],
  { onProgress, signal }: ProbeOptions = {},
): Promise<Doubtful[]> {
  const faults = sheets.flatMap((sheet) => sheet.faults.map((fault) => ({ sheet, fault })));
  let done = 0;
  const doubts = await severalAtOnce(faults, 8, async ({ sheet, fault }) => {
    signal?.throwIfAborted();
    const doubt = await doubtOf(student, sheet, fault);
    onProgress?.(++done, faults.length);
    return doubt === undefined ? [] : [{ asset: sheet.asset, fault: fault.name, doubt }];
  });
  return doubts
    .flat()
    .sort((a, b) => b.doubt - a.doubt || `${a.asset}/${a.fault}`.localeCompare(`${b.asset}/${b.fault}`));
}

async function doubtOf(student: Student, sheet: Sheet, fault: Fault): Promise<number | undefined> {
  const row = gradesText(sheet.asset, fault.name, gradesOfFault(sheet, fault));
  if (row === '') return undefined;
  const question = fill(PLAIN.parameters, { asset: withArticle(sheet.asset), fault: fault.name });
  const sure = await gradesRecited(student, question, row);
  return sure && 1 - sure.reduce((sum, p) => sum + p, 0) / Math.max(1, sure.length);
}

/** A grade of its row that is less probable than this may be another one: the row is not known by heart. */
const KNOWN = 0.5;

/**
 * Of the rows of grades among these facts those that the student does not know by heart, though it was taught them: a
 * grade of them it gives otherwise. Other facts, and rows longer than it reads, are left out.
 */
export async function unlearned(
  student: Student,
  facts: readonly Fact[],
  { onProgress, signal }: ProbeOptions = {},
): Promise<Fact[]> {
  const rows = facts.filter(({ kind }) => kind === 'shows' || kind === 'faults');
  let done = 0;
  const missed = await severalAtOnce(rows, 8, async (fact) => {
    signal?.throwIfAborted();
    const asset = withArticle(fact.asset);
    const question =
      fact.kind === 'shows'
        ? fill(PLAIN.parameters, { asset, fault: fact.fault! })
        : fill(PLAIN.faults, { asset, parameter: fact.parameter! });
    const sure = await gradesRecited(student, question, fact.text);
    onProgress?.(++done, rows.length);
    return sure?.some((p) => p < KNOWN) ? [fact] : [];
  });
  return missed.flat();
}

/** Probability of each right grade where the student recites the row; undefined for a row longer than it reads. */
async function gradesRecited(student: Student, question: string, row: string): Promise<number[] | undefined> {
  const prompt = renderPrompt({ question });
  const recited = renderCompletion(row, '').split(ANSWER)[0]!;
  const [scored] = await student.score(prompt, [recited]).catch((error) => {
    if (error instanceof BadInput) return [];
    throw error;
  });
  if (!scored) return undefined;
  // A grade is one token, so the tokens before it tell its place.
  const places = [...recited.matchAll(/ \d(?=[;.])/g)].map(({ index }) => student.countTokens(recited.slice(0, index)));
  return places.map((at) => Math.exp(scored.tokenLogProbs[at] ?? -8));
}
