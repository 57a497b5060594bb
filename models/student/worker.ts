/**
 * The thread in which the student runs, because `session.run` blocks the thread it is called on. Generations that overlap
 * are continued together, a token each a run; between two such runs waiting calls are begun (prompts read, options
 * scored), but not for long, so that whoever is being answered goes on hearing. Aborts are heard between two runs. It
 * knows ids, not text; runtime.ts is its only caller.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Next, openBatch } from './batch.ts';
import { type Decoder, openDecoder } from './decoding.ts';
import { guarding, told } from './guard.ts';
import { flatGraph, stepGraph } from './inference.ts';
import { type Prefixes, prefixes } from './prefixes.ts';
import { HALT, type Reply, type Request, type WorkerSetup } from './protocol.ts';
import { readModel } from './student.ts';

if (parentPort) void serve(workerData as WorkerSetup);

type Call = Request & { call: number; kind: 'generate' | 'score' | 'grade' };
/** A generation under way. */
type Speaker = Request & { kind: 'generate' } & { told: number[]; logProbs: number[] };

async function serve({ folder, precision, threads, gate }: WorkerSetup): Promise<void> {
  const port = parentPort!;
  const reply = (message: Reply) => port.postMessage(message);
  try {
    const { config, weights } = await readModel(folder);
    const flags = new Int32Array(gate);
    const guard = guarding(flags);
    const bare = await openDecoder(flatGraph(config, weights, precision), config, threads);
    const decoder: Decoder = { ...bare, run: (...how) => guard(() => bare.run(...how)) };
    const batch = await openBatch<Speaker>(stepGraph(config, weights, precision), config, threads);
    weights.clear();
    /** In order of arrival. */
    const waiting: Call[] = [];
    const speaking = new Set<Speaker>();
    const aborted = new Set<number>();
    /** Most calls at a time since nothing was asked. */
    let crowd = 0;
    const memory = prefixes(decoder, () => REMEMBERED + crowd);

    const begin = async (call: Call): Promise<void> => {
      if (call.kind === 'score') {
        const logProbs = await score(decoder, memory, call.ids, call.continuations);
        return finish(call, { kind: 'scored', call: call.call, logProbs });
      }
      if (call.kind === 'grade') {
        return finish(call, { kind: 'graded', call: call.call, logProbs: await grade(decoder, memory, call) });
      }
      const speaker = { ...call, told: [], logProbs: [] };
      if (aborted.has(call.call)) return finish(call, generated(speaker, 'aborted'));
      const { cache, next } = await memory.prefill(call.ids);
      const ended = hear(speaker, next);
      if (ended) return finish(call, generated(speaker, ended));
      batch.join(speaker, cache);
      speaking.add(speaker);
    };

    /** Takes in what is expected next; says how the generation ended, if it did. */
    const hear = ({ call, maxTokens, stop, stream, told, logProbs }: Speaker, next: Next): Ending | undefined => {
      if (aborted.has(call)) return 'aborted';
      if (told.length === maxTokens) return 'length';
      logProbs.push(next.bestLogProb);
      if (stop.includes(next.best)) return 'stop';
      told.push(next.best);
      if (stream) reply({ kind: 'token', call, id: next.best });
      return told.length === maxTokens ? 'length' : undefined;
    };

    const step = async (): Promise<void> => {
      for (const [speaker, next] of await guard(() => batch.step(({ told }) => told.at(-1)!))) {
        const ended = hear(speaker, next);
        if (!ended) continue;
        leave(speaker);
        finish(speaker, generated(speaker, ended));
      }
    };

    const leave = (speaker: Speaker): void => {
      batch.leave(speaker);
      speaking.delete(speaker);
    };

    const finish = ({ call }: { call: number }, with_: Reply): void => {
      aborted.delete(call);
      reply(with_);
    };
    const fail = (call: { call: number }, error: unknown): void =>
      finish(call, { kind: 'failed', call: call.call, ...told(error) });

    /** The oldest call that may begin now; a generation needs a place among those under way, or to be ended already. */
    const nextToBegin = (): Call | undefined => {
      const full = speaking.size >= MOST_TOGETHER;
      const at = waiting.findIndex((one) => one.kind !== 'generate' || !full || aborted.has(one.call));
      return at < 0 ? undefined : waiting.splice(at, 1)[0];
    };

    const work = async (): Promise<void> => {
      while (waiting.length || speaking.size) {
        const until = performance.now() + PAUSE_MS;
        for (let call = nextToBegin(); call; call = performance.now() < until ? nextToBegin() : undefined) {
          const begun = call;
          await begin(begun).catch((error) => fail(begun, error));
        }
        if (speaking.size === 0) continue;
        await step().catch((error) => {
          for (const speaker of [...speaking]) {
            leave(speaker);
            fail(speaker, error);
          }
        });
      }
    };

    let working: Promise<void> | undefined;
    const goOn = (): void => {
      working ??= work().finally(() => {
        working = undefined;
        crowd = 0;
      });
    };
    /** Once everything is answered. */
    const end = async (): Promise<void> => {
      while (working) await working;
      await decoder.close();
      await batch.close();
      port.close();
    };

    /** Whatever nobody caught ends this thread, but only once onnxruntime is done: leaving in the middle kills the process. */
    process.on('uncaughtException', (error) => {
      if (Atomics.exchange(flags, HALT, 1)) return; // dying already
      reply({ kind: 'dying', message: error.message });
      void end().finally(() => port.close());
    });

    port.on('message', (request: Request) => {
      if (request.kind === 'abort') aborted.add(request.call);
      else if (request.kind === 'close') void end();
      else {
        waiting.push(request);
        crowd = Math.max(crowd, waiting.length + speaking.size);
        goOn();
      }
    });
    reply({ kind: 'ready', context: config.maxPositions });
  } catch (error) {
    reply({ kind: 'unfit', ...told(error) });
    port.close();
  }
}

/** Generations continued in one run. More gain little a token, and each keeps its whole past in memory. */
const MOST_TOGETHER = 16;
/** After this no further call is begun before the next token of those under way. */
const PAUSE_MS = 30;
/** Prompts remembered for callers who come back; each caller at a time adds one. */
const REMEMBERED = 4;

type Ending = 'stop' | 'length' | 'aborted';

const generated = ({ call, told, logProbs }: Speaker, ended: Ending): Reply => ({
  kind: 'generated',
  call,
  ids: told,
  logProbs,
  ended,
});

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
