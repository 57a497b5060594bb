/**
 * How fast the student answers, through its public door, and how fast @huggingface/transformers is on the same folder
 * when it is installed (`npm run bench:peers`). Runs are interleaved and medians taken, because machines slow down for
 * minutes at a time. Every run has a prompt of its own, so that nothing is remembered from the one before.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openStudent } from '../../models/student/runtime.ts';
import { readTokenizer } from '../../models/student/student.ts';
import type { Tokenizer } from '../../models/student/tokenizer.ts';

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
  /** Of this process with the student in it, MB. */
  rssMb: number;
}

export async function benchStudent(
  folder: string,
  {
    rounds = 7,
    promptTokens = 256,
    newTokens = 64,
  }: { rounds?: number; promptTokens?: number; newTokens?: number } = {},
): Promise<StudentSpeed> {
  const { tokenizer } = await readTokenizer(folder);
  const student = await openStudent(folder);
  const peers = existsSync(resolve(PEERS, 'node_modules'))
    ? await Promise.all([1, 2].map((n) => openPeer(folder, n)))
    : [];
  /** A row a round: ours, then each peer's. */
  const timed: Timed[][] = [];
  let same = true;
  try {
    for (let round = -1; round < rounds; round++) {
      const { ids, text } = prompt(tokenizer, promptTokens, round + 1);
      const arrivals: number[] = [];
      const started = performance.now();
      const generation = await student.generate(text, {
        maxTokens: newTokens,
        stop: [],
        onText: () => arrivals.push(performance.now()),
      });
      const prefill = arrivals[0]! - started;
      const results = [{ prefill, decode: arrivals.at(-1)! - arrivals[0]! }];
      for (const peer of peers) {
        const result = await peer.run(ids, newTokens);
        same &&= tokenizer.decode(result.ids) === generation.text;
        results.push(result);
      }
      if (round >= 0) timed.push(results); // the first round warms up
    }
  } finally {
    await student.close();
    for (const peer of peers) peer.close();
  }
  const speed = (column: number) => ({
    prefill: promptTokens / (median(timed.map((row) => row[column]!.prefill)) / 1000),
    decode: (newTokens - 1) / (median(timed.map((row) => row[column]!.decode)) / 1000),
    ratio: median(timed.map((row) => row[column]!.decode / row[0]!.decode)),
    threads: column,
  });
  const own = speed(0);
  const [best] = peers.map((_, i) => speed(i + 1)).sort((a, b) => b.decode - a.decode);
  return {
    decodeTokensPerSecond: own.decode,
    prefillTokensPerSecond: own.prefill,
    peerDecodeTokensPerSecond: best?.decode ?? null,
    peerPrefillTokensPerSecond: best?.prefill ?? null,
    peerThreads: best?.threads ?? null,
    decodeRatio: best?.ratio ?? null,
    sameGreedyTokens: best ? same : null,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}

/** Milliseconds to the first token, and from there to the last. */
interface Timed {
  prefill: number;
  decode: number;
}

const PEERS = fileURLToPath(new URL('./peers/', import.meta.url));
const WORDS =
  'the drive end bearing of the pump growls and vibration rises at running speed while oil debris appears in the sample and the housing is hot so what could it be and which parameter shows it first'.split(
    ' ',
  );

/** Exactly `length` tokens, other ones for every `number`, and text that encodes to them. */
function prompt(tokenizer: Tokenizer, length: number, number: number): { ids: number[]; text: string } {
  let state = number * 7919 + 17;
  const word = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return WORDS[Math.floor((state / 2147483648) * WORDS.length)]!;
  };
  let text = `<|bos|><|question|>${number}`;
  while (tokenizer.encode(text).length < length + 20) text += ` ${word()}`;
  const ids = tokenizer.encode(text).slice(0, length);
  const cut = tokenizer.decode(ids);
  // A cut inside a word may encode otherwise; ids are what our student will make of the text.
  return { ids: tokenizer.encode(cut), text: cut };
}

interface Peer {
  run(ids: number[], tokens: number): Promise<Timed & { ids: number[] }>;
  close(): void;
}

async function openPeer(folder: string, threads: number): Promise<Peer> {
  const child: ChildProcess = spawn(process.execPath, ['transformers.mjs', resolve(folder), String(threads)], {
    cwd: PEERS,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`[bench] transformers.js ended (exit ${child.exitCode}): its message stands above`);
    return JSON.parse(value);
  };
  await line();
  return {
    run: async (ids, tokens) => {
      child.stdin!.write(`${JSON.stringify({ ids, tokens })}\n`);
      return line();
    },
    close: () => child.stdin!.end(),
  };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
