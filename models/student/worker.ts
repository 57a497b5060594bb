/**
 * The thread in which the student runs, because `session.run` blocks the thread it is called on. One request at a time,
 * in the order of arrival; an abort is heard between two tokens. It knows ids, not text; runtime.ts is its only caller.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { RoundsError } from '../errors.ts';
import { type Decoder, openDecoder } from './decoding.ts';
import { flatGraph } from './inference.ts';
import { type Prefixes, prefixes } from './prefixes.ts';
import { BUSY, HALT, type Reply, type Request, type WorkerSetup } from './protocol.ts';
import { readModel } from './student.ts';

if (parentPort) void serve(workerData as WorkerSetup);

async function serve({ folder, precision, threads, gate }: WorkerSetup): Promise<void> {
  const port = parentPort!;
  const reply = (message: Reply) => port.postMessage(message);
  try {
    const { config, weights } = await readModel(folder);
    const flags = new Int32Array(gate);
    const decoder = gated(await openDecoder(flatGraph(config, weights, precision), config, threads), flags);
    weights.clear();
    const memory = prefixes(decoder);
    const aborted = new Set<number>();
    let turn: Promise<unknown> = Promise.resolve();

    const generate = async ({ call, ids, maxTokens, stop, stream }: Request & { kind: 'generate' }) => {
      const told: number[] = [];
      const logProbs: number[] = [];
      const done = (ended: 'stop' | 'length' | 'aborted') =>
        reply({ kind: 'generated', call, ids: told, logProbs, ended });
      if (aborted.has(call)) return done('aborted');
      const { cache, next: first } = await memory.prefill(ids);
      for (let next = first; ; [next] = (await decoder.run(cache, [next.best])) as [typeof first]) {
        if (aborted.has(call)) return done('aborted');
        if (told.length === maxTokens) return done('length');
        logProbs.push(next.bestLogProb);
        if (stop.includes(next.best)) return done('stop');
        told.push(next.best);
        if (stream) reply({ kind: 'token', call, id: next.best });
        if (told.length === maxTokens) return done('length');
      }
    };

    /** Whatever nobody caught ends this thread, but only once onnxruntime is done: leaving in the middle kills the process. */
    process.on('uncaughtException', (error) => {
      if (Atomics.exchange(flags, HALT, 1)) return; // dying already
      reply({ kind: 'dying', message: error.message });
      turn = turn.then(() => decoder.close()).finally(() => port.close());
    });

    port.on('message', (request: Request) => {
      if (request.kind === 'abort') {
        aborted.add(request.call);
        return;
      }
      if (request.kind === 'close') {
        turn = turn.then(() => decoder.close()).then(() => port.close());
        return;
      }
      turn = turn
        .then(() =>
          request.kind === 'generate'
            ? generate(request)
            : request.kind === 'score'
              ? score(decoder, memory, request.ids, request.continuations).then((logProbs) =>
                  reply({ kind: 'scored', call: request.call, logProbs }),
                )
              : grade(decoder, memory, request).then((logProbs) =>
                  reply({ kind: 'graded', call: request.call, logProbs }),
                ),
        )
        .catch((error) => reply({ kind: 'failed', call: request.call, ...told(error) }))
        .finally(() => aborted.delete(request.call));
    });
    reply({ kind: 'ready', context: config.maxPositions });
  } catch (error) {
    reply({ kind: 'unfit', ...told(error) });
    port.close();
  }
}

/** Says when onnxruntime computes, and lets no run begin after HALT. */
function gated(decoder: Decoder, flags: Int32Array): Decoder {
  return {
    ...decoder,
    run: async (cache, ids, targets, rows) => {
      Atomics.store(flags, BUSY, 1);
      try {
        if (Atomics.load(flags, HALT)) throw new RoundsError('student_stopped', '[student] stopping');
        return await decoder.run(cache, ids, targets, rows);
      } finally {
        Atomics.store(flags, BUSY, 0);
        Atomics.notify(flags, BUSY);
      }
    },
  };
}

/**
 * Log-probabilities of each continuation's tokens after `ids`. The prompt's keys and values are there once; each
 * continuation is a run of its own behind them, so that its score depends on no other continuation nor on their order.
 */
async function score(
  decoder: Decoder,
  memory: Prefixes,
  ids: number[],
  continuations: number[][],
): Promise<number[][]> {
  const before = ids.slice(0, -1);
  const cache = await memory.hold(before);
  const scores: number[][] = [];
  for (const continuation of continuations) {
    const inputs = [ids.at(-1)!, ...continuation].slice(0, continuation.length);
    const readouts = inputs.length ? await decoder.run(cache, inputs, continuation) : [];
    cache.ids.length = before.length;
    scores.push(readouts.map((readout) => readout.targetLogProb));
  }
  return scores;
}

/** Log-probabilities of each of `tokens` after `ids` and each continuation, which is a run of its own as for a score. */
async function grade(
  decoder: Decoder,
  memory: Prefixes,
  { ids, continuations, tokens }: Request & { kind: 'grade' },
): Promise<number[][]> {
  if (tokens.length === 0) return continuations.map(() => []);
  const before = ids.slice(0, -1);
  const cache = await memory.hold(before);
  // One row alone takes another kernel: a token's number must not hang on whether others are asked for.
  const targets = tokens.length === 1 ? [tokens[0]!, tokens[0]!] : tokens;
  const grades: number[][] = [];
  for (const continuation of continuations) {
    const inputs = [ids.at(-1)!, ...continuation];
    const rows = targets.map(() => continuation.length);
    const readouts = await decoder.run(cache, inputs, targets, rows);
    cache.ids.length = before.length;
    grades.push(tokens.map((_, i) => readouts[i]!.targetLogProb));
  }
  return grades;
}

function told(error: unknown): { code: string; message: string } {
  const code = error instanceof RoundsError ? error.code : 'student_failed';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
