/**
 * Where a student is unsure of what the sheets say, cheaply: each fault's row of grades is laid before it as if it recited
 * the row itself, one forward pass a fault, and the probability that it gives to each right grade is read off. It asks no
 * question and trains nothing.
 */
import { BadInput } from '../errors.ts';
import { gradesOfFault, gradesText } from '../knowledge/facts.ts';
import type { Fault, Sheet } from '../knowledge/types.ts';
import { ANSWER, renderCompletion, renderPrompt } from '../student/prompt.ts';
import type { Student } from '../student/types.ts';
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
  const article = /^[aeiou]/.test(sheet.asset) ? 'an' : 'a';
  const slots = { asset: `${article} ${sheet.asset}`, fault: fault.name };
  const prompt = renderPrompt({ question: fill(PLAIN.parameters, slots) });
  const recited = renderCompletion(row, '').split(ANSWER)[0]!;
  const [scored] = await student.score(prompt, [recited]).catch((error) => {
    if (error instanceof BadInput) return [];
    throw error;
  });
  if (!scored) return undefined;
  // A grade is one token, so the tokens before it tell its place.
  const places = [...recited.matchAll(/ \d(?=[;.])/g)].map(({ index }) => student.countTokens(recited.slice(0, index)));
  const sure = places.map((at) => Math.exp(scored.tokenLogProbs[at] ?? -8));
  return 1 - sure.reduce((sum, p) => sum + p, 0) / Math.max(1, sure.length);
}
