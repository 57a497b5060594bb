/**
 * The thread in which a student of another maker runs, straight from its ONNX file. Calls are done one at a time, in order
 * of arrival; aborts are heard between two tokens. It keeps the last prompts' caches, so that a prompt that goes on from
 * one is not run from its first token. It knows ids, not text; runtime.ts is its only caller.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { guarding, told } from './guard.ts';
import { type OnnxDecoder, openOnnxDecoder, type Past } from './onnx-decoder.ts';
import { HALT, type Reply, type Request, type WorkerSetup } from './protocol.ts';

if (parentPort) void serve(workerData as WorkerSetup);

type Call = Request & { call: number; kind: 'generate' | 'score' | 'grade' };

/** Prompts remembered, with what is expected after them. */
const REMEMBERED = 2;

interface Held {
  ids: readonly number[];
  past: Past;
  /** Logits after the last id. */
  next: Float32Array;
}

async function serve({ folder, threads, gate }: WorkerSetup): Promise<void> {
  const port = parentPort!;
  const reply = (message: Reply) => port.postMessage(message);
  try {
    const flags = new Int32Array(gate);
    const guard = guarding(flags);
    const bare = await openOnnxDecoder(folder, threads);
    const decoder: OnnxDecoder = { ...bare, run: (...how) => guard(() => bare.run(...how)) };
    const aborted = new Set<number>();
    const waiting: Call[] = [];
    let memory: Held[] = [];

    const read = async (ids: readonly number[]): Promise<Held> => {
      const begins = (held: Held): boolean => held.ids.length <= ids.length && held.ids.every((id, i) => id === ids[i]);
      const known = memory.filter(begins).sort((a, b) => b.ids.length - a.ids.length)[0];
      if (known?.ids.length === ids.length) return known;
      const rest = ids.slice(known?.ids.length ?? 0);
      const { past, logits } = await decoder.run(known?.past ?? decoder.empty(), rest, 1);
      const held = { ids: [...ids], past, next: logits[0]! };
      memory = [held, ...memory.filter((one) => one !== known)].slice(0, REMEMBERED);
      return held;
    };

    const generate = async (call: Call & { kind: 'generate' }): Promise<Reply> => {
      const ids: number[] = [];
      const logProbs: number[] = [];
      const end = (ended: 'stop' | 'length' | 'aborted'): Reply => ({
        ...{ kind: 'generated', call: call.call, ids, logProbs, ended },
      });
      let { past, next } = await read(call.ids);
      for (;;) {
        // A turn of the event loop, in which an abort may come.
        await new Promise((resolve) => setImmediate(resolve));
        if (aborted.has(call.call)) return end('aborted');
        if (ids.length === call.maxTokens) return end('length');
        const best = argMax(next);
        logProbs.push(logProb(next, best));
        if (call.stop.includes(best)) return end('stop');
        ids.push(best);
        if (call.stream) reply({ kind: 'token', call: call.call, id: best });
        if (ids.length === call.maxTokens) return end('length');
        const run = await decoder.run(past, [best], 1);
        past = run.past;
        next = run.logits[0]!;
      }
    };

    const score = async ({ call, ids, continuations }: Call & { kind: 'score' }): Promise<Reply> => {
      const { past, next } = await read(ids);
      const scores: number[][] = [];
      for (const continuation of continuations) {
        const before = continuation.slice(0, -1);
        const logits = before.length ? (await decoder.run(past, before, before.length)).logits : [];
        scores.push(continuation.map((id, i) => logProb(i === 0 ? next : logits[i - 1]!, id)));
      }
      return { kind: 'scored', call, logProbs: scores };
    };

    const grade = async ({ call, ids, continuations, tokens }: Call & { kind: 'grade' }): Promise<Reply> => {
      const { past, next } = await read(ids);
      const grades: number[][] = [];
      for (const continuation of continuations) {
        const after = continuation.length ? (await decoder.run(past, continuation, 1)).logits[0]! : next;
        grades.push(tokens.map((id) => logProb(after, id)));
      }
      return { kind: 'graded', call, logProbs: grades };
    };

    const answer = (call: Call): Promise<Reply> => {
      if (call.kind === 'generate') return generate(call);
      return call.kind === 'score' ? score(call) : grade(call);
    };

    let working: Promise<void> | undefined;
    const work = async (): Promise<void> => {
      for (let call = waiting.shift(); call; call = waiting.shift()) {
        const now = call;
        reply(await answer(now).catch((error): Reply => ({ kind: 'failed', call: now.call, ...told(error) })));
        aborted.delete(now.call);
      }
    };
    const goOn = (): void => {
      working ??= work().finally(() => {
        working = undefined;
      });
    };
    const end = async (): Promise<void> => {
      while (working) await working;
      await decoder.close();
      port.close();
    };
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
        goOn();
      }
    });
    reply({ kind: 'ready', context: decoder.context });
  } catch (error) {
    reply({ kind: 'unfit', ...told(error) });
    port.close();
  }
}

function argMax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

const normalisers = new WeakMap<Float32Array, number>();

/** Natural logarithm of the softmax at one place. */
function logProb(logits: Float32Array, id: number): number {
  let normaliser = normalisers.get(logits);
  if (normaliser === undefined) {
    let highest = -Infinity;
    for (const logit of logits) if (logit > highest) highest = logit;
    let sum = 0;
    for (const logit of logits) sum += Math.exp(logit - highest);
    normaliser = highest + Math.log(sum);
    normalisers.set(logits, normaliser);
  }
  return logits[id]! - normaliser;
}
