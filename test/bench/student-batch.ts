/**
 * How fast the student decodes when several ask at once, through its public door, against the same asked one after the
 * other: interleaved, medians. Every round has prompts of its own; they are read before the clock starts.
 */
import { isDeepStrictEqual } from 'node:util';
import { openStudent } from '../../models/student/runtime.ts';
import { readTokenizer } from '../../models/student/student.ts';
import type { Generation } from '../../models/student/types.ts';
import { type BatchLoad, benchPrompt } from './prompt.ts';

export interface StudentBatchSpeed {
  sequences: number;
  /** Of all sequences together, prefill left out. */
  tokensPerSecond: number;
  /** The same generations one after the other. */
  aloneTokensPerSecond: number;
  /** Time one after the other over time together, median of the rounds. */
  gain: number;
  /** Every generation gave the same tokens, and the same bits of their probabilities, both ways. */
  same: boolean;
}

export async function benchStudentBatch(
  folder: string,
  { sequences = 16, rounds = 5, promptTokens = 128, newTokens = 64 }: BatchLoad = {},
): Promise<StudentBatchSpeed> {
  const { tokenizer } = await readTokenizer(folder);
  const student = await openStudent(folder);
  const together: number[] = [];
  const alone: number[] = [];
  let same = true;
  try {
    for (let round = -1; round < rounds; round++) {
      const prompts = Array.from(
        { length: sequences },
        (_, i) => benchPrompt(tokenizer, promptTokens, (round + 1) * sequences + i).text,
      );
      const say = (prompt: string, maxTokens: number) => student.generate(prompt, { maxTokens, stop: [] });
      const all = (maxTokens: number) => Promise.all(prompts.map((prompt) => say(prompt, maxTokens)));
      await all(1); // reads the prompts, which are remembered
      const [atOnce, msTogether] = await timed(() => all(newTokens));
      const single: Generation[] = [];
      let msAlone = 0;
      for (const prompt of prompts) {
        await say(prompt, 1);
        const [generation, ms] = await timed(() => say(prompt, newTokens));
        single.push(generation);
        msAlone += ms;
      }
      same &&= isDeepStrictEqual(atOnce, single);
      if (round < 0) continue; // warms up
      together.push(msTogether);
      alone.push(msAlone);
    }
  } finally {
    await student.close();
  }
  const tokens = sequences * newTokens;
  return {
    sequences,
    tokensPerSecond: tokens / (median(together) / 1000),
    aloneTokensPerSecond: tokens / (median(alone) / 1000),
    gain: median(alone.map((ms, i) => ms / together[i]!)),
    same,
  };
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const done = await work();
  return [done, performance.now() - started];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
