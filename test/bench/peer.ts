/**
 * Other runtimes on the same student, each in a process of its own, where they are installed (`npm run bench:peers`).
 * The programs are under peers/; a request and its answer are a line of JSON each.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type GgufPrecision, writeGguf } from '../../models/student/gguf.ts';

/** Milliseconds to the first token, and from there to the last. */
export interface Timed {
  prefill: number;
  decode: number;
}

export interface Peer {
  threads: number;
  /** Greedy continuation of `tokens` tokens; what ends a text does not end it here. */
  run(ids: readonly number[], tokens: number): Promise<Timed & { ids: number[] }>;
  close(): void;
}

export interface LlamaCpp extends Peer {
  /** The text's tokens as llama.cpp splits it. */
  encode(text: string): Promise<number[]>;
  /** All prompts in one context: prefilled one after the other, then decoded together, a token of each a run. */
  runAll(prompts: readonly (readonly number[])[], tokens: number): Promise<Timed & { ids: number[][] }>;
}

export const hasTransformers = (): boolean => installed('@huggingface/transformers');
export const hasLlamaCpp = (): boolean => installed('node-llama-cpp');

export async function openTransformers(folder: string, threads: number): Promise<Peer> {
  const { ask, close } = await openChild('transformers.mjs', [resolve(folder), `${threads}`]);
  return { threads, close, run: async (ids, tokens) => (await ask({ ids, tokens })) as Timed & { ids: number[] } };
}

export async function openLlamaCpp(gguf: string, threads: number): Promise<LlamaCpp> {
  const { ask, close } = await openChild('llama.mjs', [resolve(gguf), `${threads}`]);
  const runAll = async (prompts: readonly (readonly number[])[], tokens: number) =>
    (await ask({ prompts, tokens })) as Timed & { ids: number[][] };
  return {
    threads,
    close,
    encode: async (text) => ((await ask({ text })) as { ids: number[] }).ids,
    run: async (ids, tokens) => {
      const { ids: fresh, ...times } = await runAll([ids], tokens);
      return { ids: fresh[0]!, ...times };
    },
    runAll,
  };
}

/** The student as a GGUF file that is there as long as `work` is under way. */
export async function withGguf<T>(
  folder: string,
  precision: GgufPrecision,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'rounds-gguf-'));
  try {
    const file = join(home, `student-${precision}.gguf`);
    await writeGguf(folder, file, precision);
    return await work(file);
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 }); // Windows keeps it while a peer is ending
  }
}

const PEERS = fileURLToPath(new URL('./peers/', import.meta.url));

const installed = (name: string) => existsSync(join(PEERS, 'node_modules', name, 'package.json'));

async function openChild(
  program: string,
  args: string[],
): Promise<{ ask(request: object): Promise<unknown>; close(): void }> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    cwd: PEERS,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`[bench] ${program} ended (exit ${child.exitCode}): its message stands above`);
    return JSON.parse(value);
  };
  await line(); // it is ready
  return {
    ask: (request) => {
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      return line();
    },
    close: () => child.stdin!.end(),
  };
}
