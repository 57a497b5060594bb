/**
 * Opens a student's folder and answers for it: text in, text out, the work itself in a thread of its own, so that the
 * bot goes on listening while its student thinks. It knows neither plants nor what a right answer is.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { BadInput, RoundsError } from '../errors.ts';
import { startThread } from '../thread.ts';
import { verifyStudent } from './card.ts';
import type { Precision } from './inference.ts';
import { hasOurForm, inPlainForm } from './plain-form.ts';
import { END } from './prompt.ts';
import { BUSY, HALT, type Reply, type Request, type WorkerSetup } from './protocol.ts';
import { beginningOf, isOurs, readStopIds, readTokenizer } from './student.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { GenerateOptions, Generation, Scored, Student } from './types.ts';

export interface StudentOptions {
  /** Threads of one product; default 1 for a small model, else 2. */
  threads?: number;
  precision?: Precision;
  /** How the thread is started; for tests that take it away. */
  startWorker?: (setup: WorkerSetup) => Worker;
}

/**
 * Ready when it returns. Throws RoundsError: `damaged_student` when a file is missing or not what its checksum says,
 * `student_failed` when onnxruntime cannot run it. Calls begin in order of arrival; generations that overlap are continued
 * together, and none hangs on the others. A thread that dies is started again once; the calls it held are rejected with
 * `student_stopped`.
 */
export async function openStudent(folder: string, options: StudentOptions = {}): Promise<Student> {
  const card = await verifyStudent(folder);
  const { tokenizer } = await readTokenizer(folder);
  const end = tokenizer.id(END);
  const usualStop = end === undefined ? await readStopIds(folder) : [end];
  const threads = options.threads ?? (card.parameters < TWO_THREADS_FROM ? 1 : Math.min(2, availableParallelism()));
  const setup = { folder, precision: options.precision ?? 'int8', threads };
  const start = (await isOurs(folder)) ? startWorker : startOnnxWorker;
  const engine = await startEngine(setup, options.startWorker ?? start);
  const { context } = engine;

  const generate = async (prompt: string, how: GenerateOptions = {}): Promise<Generation> => {
    const ids = promptIds(tokenizer, prompt);
    if (ids.length >= context) {
      throw new BadInput(
        `[student] the prompt has ${ids.length} tokens of ${context}, no room for an answer: shorten it`,
      );
    }
    const maxTokens = Math.max(0, Math.min(how.maxTokens ?? 96, context - ids.length));
    const stop = how.stop ? how.stop.map((token) => stopId(tokenizer, token)) : usualStop;
    const text = tokenizer.stream();
    const onText = how.onText;
    let told = '';
    const tell = (piece: string) => {
      told += piece;
      if (piece) onText?.(piece);
    };
    const result = await engine.call(
      { kind: 'generate', ids, maxTokens, stop, stream: onText !== undefined },
      { onToken: (id) => tell(text.push(id)), ...(how.signal ? { signal: how.signal } : {}) },
    );
    if (result.kind !== 'generated') throw new Error(`[student] ${result.kind} is no generation`);
    if (onText) tell(text.end());
    else told = tokenizer.decode(result.ids);
    return { text: told, tokenLogProbs: result.logProbs, ended: result.ended };
  };

  const encodeAll = (prompt: string, continuations: string[]) => {
    const ids = promptIds(tokenizer, prompt);
    const encoded = continuations.map((continuation) => tokenizer.encode(continuation));
    const longest = Math.max(0, ...encoded.map((one) => one.length));
    if (ids.length + longest > context) {
      throw new BadInput(
        `[student] prompt and continuation have ${ids.length + longest} tokens of ${context}: shorten them`,
      );
    }
    return { ids, continuations: encoded };
  };

  const score = async (prompt: string, continuations: string[]): Promise<Scored[]> => {
    const result = await engine.call({ kind: 'score', ...encodeAll(prompt, continuations) }, {});
    if (result.kind !== 'scored') throw new Error(`[student] ${result.kind} is no score`);
    return result.logProbs.map((tokenLogProbs) => ({
      logProb: tokenLogProbs.reduce((a, b) => a + b, 0),
      tokenLogProbs,
    }));
  };

  const grade = async (prompt: string, continuations: string[], tokens: string[]): Promise<number[][]> => {
    const asked = tokens.map((token) => oneToken(tokenizer, token));
    const result = await engine.call({ kind: 'grade', ...encodeAll(prompt, continuations), tokens: asked }, {});
    if (result.kind !== 'graded') throw new Error(`[student] ${result.kind} is no grade`);
    return result.logProbs;
  };

  const countTokens = (text: string): number => tokenizer.encode(text).length;
  const student: Student = { card, generate, score, grade, countTokens, close: engine.close };
  return end === undefined && !hasOurForm(tokenizer) ? inPlainForm(student, await beginningOf(folder)) : student;
}

/** Below, a second thread gains a little on an idle machine and loses much on a busy one, where each waits for the other. */
const TWO_THREADS_FROM = 12e6;

function promptIds(tokenizer: Tokenizer, prompt: string): number[] {
  const ids = tokenizer.encode(prompt);
  if (ids.length === 0) throw new BadInput('[student] the prompt is empty');
  return ids;
}

function stopId(tokenizer: Tokenizer, token: string): number {
  const id = tokenizer.id(token);
  if (id === undefined) throw new BadInput(`[student] stop ${JSON.stringify(token)} is not a token of this student`);
  return id;
}

function oneToken(tokenizer: Tokenizer, token: string): number {
  const ids = tokenizer.encode(token);
  if (ids.length !== 1) {
    throw new BadInput(`[student] ${JSON.stringify(token)} has ${ids.length} tokens: a graded one has exactly one`);
  }
  return ids[0]!;
}

type Done = Reply & { kind: 'generated' | 'scored' | 'graded' };
type Call = { onToken?: (id: number) => void; resolve: (done: Done) => void; reject: (error: Error) => void };
type Work = Request extends infer R
  ? R extends { kind: 'generate' | 'score' | 'grade' }
    ? Omit<R, 'call'>
    : never
  : never;

interface Engine {
  /** Longest context, in tokens. */
  context: number;
  call(work: Work, how: { onToken?: (id: number) => void; signal?: AbortSignal }): Promise<Done>;
  close(): Promise<void>;
}

async function startEngine(setup: Omit<WorkerSetup, 'gate'>, start: (setup: WorkerSetup) => Worker): Promise<Engine> {
  const calls = new Map<number, Call>();
  let count = 0;
  let closed = false;
  /** A death is forgiven once; a finished call earns the next forgiveness. */
  let forgiven = false;
  let running = bringUp();
  const { context } = await running;

  async function bringUp(): Promise<{ worker: Worker; context: number }> {
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const worker = start({ ...setup, gate: gate.buffer });
    const leave = () => waitForIdle(gate);
    process.on('exit', leave);
    let cause: unknown;
    let dead = false;
    const dies = (why: unknown) => {
      if (dead) return;
      dead = true;
      died(stopped(why));
    };
    worker.on('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => process.off('exit', leave));
    const ready = await new Promise<Reply & { kind: 'ready' }>((resolve, reject) => {
      worker.once('message', (first: Reply) => {
        if (first.kind === 'ready') resolve(first);
        else if (first.kind === 'unfit') reject(new RoundsError(first.code, first.message));
      });
      worker.once('exit', (code) => reject(stopped(cause ?? new Error(`exit ${code} before it was ready`))));
    });
    worker.on('message', (reply: Reply) => {
      if (reply.kind === 'dying') dies(new Error(reply.message));
      else if (!dead) hear(worker, reply);
    });
    worker.once('exit', (code) => dies(cause ?? new Error(`exit ${code}`)));
    if (calls.size === 0) worker.unref(); // an idle student does not keep the process alive
    return { worker, context: ready.context };
  }

  function hear(worker: Worker, reply: Reply): void {
    if (reply.kind === 'ready' || reply.kind === 'unfit' || reply.kind === 'dying') return;
    const call = calls.get(reply.call);
    if (!call) return;
    if (reply.kind === 'token') {
      call.onToken?.(reply.id);
      return;
    }
    calls.delete(reply.call);
    if (calls.size === 0) worker.unref();
    if (reply.kind === 'failed') call.reject(new RoundsError(reply.code, reply.message));
    else {
      forgiven = false;
      call.resolve(reply);
    }
  }

  function died(error: RoundsError): void {
    const held = [...calls.values()];
    calls.clear();
    if (!closed) {
      running = forgiven ? Promise.reject(error) : bringUp();
      running.catch(() => undefined); // told to whoever calls next
      forgiven = true;
    }
    for (const call of held) call.reject(closed ? shut() : error);
  }

  return {
    context,
    call: async (work, { onToken, signal }) => {
      if (closed) throw shut();
      const { worker } = await running;
      if (closed) throw shut();
      const call = ++count;
      const abort = () => worker.postMessage({ kind: 'abort', call } satisfies Request);
      try {
        return await new Promise<Done>((resolve, reject) => {
          calls.set(call, { resolve, reject, ...(onToken ? { onToken } : {}) });
          worker.ref();
          // A call that is over before it begins must be known as such when it arrives, or its first token is computed.
          if (signal?.aborted) abort();
          worker.postMessage({ ...work, call } as Request);
          signal?.addEventListener('abort', abort, { once: true });
        });
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    },
    close: async () => {
      if (closed) return;
      closed = true;
      const worker = await running.then(
        (one) => one.worker,
        () => null,
      );
      if (!worker) return;
      for (const call of calls.keys()) worker.postMessage({ kind: 'abort', call } satisfies Request);
      worker.ref();
      const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      worker.postMessage({ kind: 'close' } satisfies Request);
      await gone;
    },
  };
}

/** A process that exits tears its threads down; that must not happen while onnxruntime computes. A second is long for a run. */
function waitForIdle(gate: Int32Array): void {
  Atomics.store(gate, HALT, 1);
  for (let waited = 0; Atomics.load(gate, BUSY) === 1 && waited < 10; waited++) Atomics.wait(gate, BUSY, 1, 100);
}

const stopped = (cause: unknown) =>
  new RoundsError(
    'student_stopped',
    `[student] its thread died (${(cause as Error).message}): ask again; \`rounds doctor\` checks the folder`,
    { cause },
  );
const shut = () => new RoundsError('student_closed', '[student] closed: open it again');

export const startWorker = (setup: WorkerSetup): Worker => startThread(new URL('./worker.ts', import.meta.url), setup);
const startOnnxWorker = (setup: WorkerSetup): Worker =>
  startThread(new URL('./onnx-worker.ts', import.meta.url), setup);
