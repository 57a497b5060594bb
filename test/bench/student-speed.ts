/**
 * How fast the student answers, through its public door, and how fast other runtimes are on the same weights where they
 * are installed (peer.ts). Runs are interleaved and medians taken, because machines slow down for minutes at a time.
 * Every run has a prompt of its own, so that nothing is remembered from the one before.
 */
import { splitName } from '../../models/student/gguf.ts';
import { openStudent } from '../../models/student/runtime.ts';
import { readTokenizer } from '../../models/student/student.ts';
import type { Tokenizer } from '../../models/student/tokenizer.ts';
import {
  hasLlamaCpp,
  hasTransformers,
  openLlamaCpp,
  openTransformers,
  type Peer,
  type Timed,
  withGguf,
} from './peer.ts';
import { benchPrompt } from './prompt.ts';

export interface StudentSpeed {
  decodeTokensPerSecond: number;
  prefillTokensPerSecond: number;
  /** transformers.js at its best number of threads; null when it is not installed. */
  peerDecodeTokensPerSecond: number | null;
  peerPrefillTokensPerSecond: number | null;
  peerThreads: number | null;
  /** Ours over the peer's, median of the rounds: the two run within a second of each other in each. */
  decodeRatio: number | null;
  /** All runs gave the peer's tokens. */
  sameGreedyTokens: boolean | null;
  /** llama.cpp with `q8_0` weights, in the same way. */
  llamaCppDecodeTokensPerSecond: number | null;
  llamaCppPrefillTokensPerSecond: number | null;
  llamaCppThreads: number | null;
  llamaCppDecodeRatio: number | null;
  /** Share of the tokens until the two part: it rounds scales and activations otherwise than we do. */
  llamaCppSameTokens: number | null;
  /** Of this process with the student in it, MB. */
  rssMb: number;
}

export async function benchStudent(folder: string, options: SpeedOptions = {}): Promise<StudentSpeed> {
  const { tokenizer, tokenizerJson } = await readTokenizer(folder);
  const measured = (gguf: string | null) => measure(folder, tokenizer, gguf, options);
  return hasLlamaCpp() && splitName(tokenizerJson) ? withGguf(folder, 'q8_0', measured) : measured(null);
}

export interface SpeedOptions {
  rounds?: number;
  promptTokens?: number;
  newTokens?: number;
}

async function measure(
  folder: string,
  tokenizer: Tokenizer,
  gguf: string | null,
  { rounds = 7, promptTokens = 256, newTokens = 64 }: SpeedOptions,
): Promise<StudentSpeed> {
  const student = await openStudent(folder);
  const transformers: Peer[] = [];
  const llamaCpp: Peer[] = [];
  /** A row a round: ours, then each peer's. */
  const timed: Map<Peer | null, Timed & { same: number }>[] = [];
  try {
    for (const threads of [1, 2]) {
      if (hasTransformers()) transformers.push(await openTransformers(folder, threads));
      if (gguf) llamaCpp.push(await openLlamaCpp(gguf, threads));
    }
    for (let round = -1; round < rounds; round++) {
      const { ids, text } = benchPrompt(tokenizer, promptTokens, round + 1);
      const arrivals: number[] = [];
      const started = performance.now();
      const generation = await student.generate(text, {
        maxTokens: newTokens,
        stop: [],
        onText: () => arrivals.push(performance.now()),
      });
      const prefill = arrivals[0]! - started;
      const results: (typeof timed)[number] = new Map();
      results.set(null, { prefill, decode: arrivals.at(-1)! - arrivals[0]!, same: 1 });
      for (const peer of [...transformers, ...llamaCpp]) {
        const result = await peer.run(ids, newTokens);
        results.set(peer, { ...result, same: shared(generation.text, result.ids, tokenizer) / newTokens });
      }
      if (round >= 0) timed.push(results); // the first round warms up
    }
  } finally {
    await student.close();
    for (const peer of [...transformers, ...llamaCpp]) peer.close();
  }
  const column = (peer: Peer | null) => timed.map((row) => row.get(peer)!);
  const speed = (peer: Peer | null) => ({
    prefill: promptTokens / (median(column(peer).map((one) => one.prefill)) / 1000),
    decode: (newTokens - 1) / (median(column(peer).map((one) => one.decode)) / 1000),
    ratio: median(timed.map((row) => row.get(peer)!.decode / row.get(null)!.decode)),
    same: column(peer).reduce((sum, one) => sum + one.same, 0) / timed.length,
    threads: peer?.threads ?? null,
  });
  const best = (peers: Peer[]) => peers.map(speed).sort((a, b) => b.decode - a.decode)[0];
  const own = speed(null);
  const peer = best(transformers);
  const llama = best(llamaCpp);
  return {
    decodeTokensPerSecond: own.decode,
    prefillTokensPerSecond: own.prefill,
    peerDecodeTokensPerSecond: peer?.decode ?? null,
    peerPrefillTokensPerSecond: peer?.prefill ?? null,
    peerThreads: peer?.threads ?? null,
    decodeRatio: peer?.ratio ?? null,
    sameGreedyTokens: peer ? peer.same === 1 : null,
    llamaCppDecodeTokensPerSecond: llama?.decode ?? null,
    llamaCppPrefillTokensPerSecond: llama?.prefill ?? null,
    llamaCppThreads: llama?.threads ?? null,
    llamaCppDecodeRatio: llama?.ratio ?? null,
    llamaCppSameTokens: llama?.same ?? null,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}

/** Tokens at the beginning that spell what our text begins with. */
function shared(text: string, ids: readonly number[], tokenizer: Tokenizer): number {
  if (tokenizer.decode(ids) === text) return ids.length;
  let same = 0;
  while (same < ids.length && text.startsWith(tokenizer.decode(ids.slice(0, same + 1)))) same++;
  return same;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
