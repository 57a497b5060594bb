/** How fast llama.cpp decodes several sequences together, on the same weights in `q8_0`. */
import { readTokenizer } from '../../models/student/student.ts';
import { hasLlamaCpp, openLlamaCpp, withGguf } from './peer.ts';
import { type BatchLoad, benchPrompt } from './prompt.ts';

/**
 * Tokens a second of all sequences together, prefill left out: median of the rounds, best of 1 and 2 threads. Null when
 * llama.cpp is not installed.
 */
export async function llamaCppBatchSpeed(
  folder: string,
  { sequences = 16, rounds = 5, promptTokens = 128, newTokens = 64 }: BatchLoad = {},
): Promise<number | null> {
  if (!hasLlamaCpp()) return null;
  const { tokenizer } = await readTokenizer(folder);
  return withGguf(folder, 'q8_0', async (file) => {
    const speeds: number[] = [];
    for (const threads of [1, 2]) {
      const peer = await openLlamaCpp(file, threads);
      try {
        const times: number[] = [];
        for (let round = -1; round < rounds; round++) {
          const number = (i: number) => (round + 1) * sequences + i;
          const prompts = Array.from(
            { length: sequences },
            (_, i) => benchPrompt(tokenizer, promptTokens, number(i)).ids,
          );
          const { decode } = await peer.runAll(prompts, newTokens);
          if (round >= 0) times.push(decode); // the first round warms up
        }
        const middle = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
        speeds.push((sequences * (newTokens - 1)) / (middle / 1000));
      } finally {
        peer.close();
      }
    }
    return Math.max(...speeds);
  });
}
