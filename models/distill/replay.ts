/**
 * What the student knows and shall keep: questions on facts that have not changed, with its own rationale and its own
 * grades as soft labels (Hinton et al., arXiv 1503.02531), where it recites the fact as the sheet has it. What it does not
 * know is left to the sheets.
 */
import type { Sheet } from '../knowledge/types.ts';
import { ANSWER, END, GRADES, parseCompletion, renderOption, renderPrompt, renderThought } from '../student/prompt.ts';
import type { Student } from '../student/types.ts';
import type { Lesson } from './dataset.ts';
import { makeEpisode } from './episodes.ts';
import { severalAtOnce } from './evaluate.ts';
import { random } from './random.ts';

export interface ReplayOptions {
  /** Questions asked; fewer come back. */
  count: number;
  seed: number;
  /** Ids of facts that have changed. */
  news: ReadonlySet<string>;
  /** Waited for before each question. */
  turn?: () => Promise<void>;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export async function softReplay(
  student: Student,
  sheets: readonly Sheet[],
  { count, seed, news, turn, onProgress, signal }: ReplayOptions,
): Promise<Lesson[]> {
  let done = 0;
  const lessons = await severalAtOnce(Array.from({ length: count }), 8, async (_, i) => {
    signal?.throwIfAborted();
    await turn?.();
    const rng = random(seed, i, 31);
    const episode = makeEpisode(sheets, { mode: 'closed', wording: 'train', options: 3 + rng.below(4) }, rng);
    const lesson = episode.facts.some((fact) => news.has(fact)) ? undefined : await recalled(student, episode);
    onProgress?.(++done, count);
    return lesson;
  });
  return lessons.filter((lesson) => lesson !== undefined);
}

async function recalled(
  student: Student,
  { question, options = [], rationale, answer, context }: ReturnType<typeof makeEpisode>,
): Promise<Lesson | undefined> {
  const prompt = renderPrompt({ question, context });
  const said = await student.generate(prompt, { maxTokens: 200, stop: [ANSWER, END] });
  if (parseCompletion(said.text).rationale !== rationale.toLowerCase() || options.length === 0) return undefined;
  const logs = await student.grade(
    renderThought(prompt, rationale),
    options.map(({ text }) => renderOption(text)),
    [...GRADES],
  );
  return {
    question,
    ...(context.length ? { context } : {}),
    rationale,
    answer,
    options: options.map(({ text }, i) => ({ text, soft: shares(logs[i]!) })),
  };
}

function shares(logs: readonly number[]): number[] {
  const weights = logs.map(Math.exp);
  const sum = weights.reduce((a, b) => a + b, 0) || 1;
  return weights.map((weight) => Number((weight / sum).toFixed(4)));
}
