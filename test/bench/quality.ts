/** What benches measure of any student of ours, always with the same questions: loss, accuracy, size, speed. */
import { gzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { bar, progressLine } from '../../bot/cli/output.ts';
import type { Config } from '../../bot/config.ts';
import { SHIPPED_STUDENT } from '../../bot/main.ts';
import { studentChooser } from '../../chains/eval.ts';
import type { Model } from '../../models/distill/compress.ts';
import { emptyBatch, encodeEpisode, MIX, type TokenBatch } from '../../models/distill/dataset.ts';
import { makeEpisode } from '../../models/distill/episodes.ts';
import { type Chooser, evaluate } from '../../models/distill/evaluate.ts';
import { signTest } from '../../models/distill/gate.ts';
import { layoutOf, pack, tensorsOver } from '../../models/distill/layout.ts';
import { makeQuestions, type QuestionItem } from '../../models/distill/questions.ts';
import { random } from '../../models/distill/random.ts';
import { UNSEEN_ASSET } from '../../models/distill/round.ts';
import { BadInput } from '../../models/errors.ts';
import type { Knowledge } from '../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../models/knowledge/names.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { parameterCount } from '../../models/student/config.ts';
import { evaluationGraph, LOSS, WEIGHT_SUM, type Weights } from '../../models/student/decoder.ts';
import type { Precision } from '../../models/student/inference.ts';
import { GRADES, SPECIAL_TOKENS } from '../../models/student/prompt.ts';
import { dequantizeBlocks, dequantizeNibbles, quantizeBlocks, quantizeNibbles } from '../../models/student/quantize.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { openStudent } from '../../models/student/runtime.ts';
import { type ReadStudent, readStudent } from '../../models/student/student.ts';
import type { Tokenizer } from '../../models/student/tokenizer.ts';
import type { Student } from '../../models/student/types.ts';
import { benchPrompt } from './prompt.ts';

/** Rows and tokens a row, as rounds train. */
export const BATCH = 8;
export const SEQUENCE = 384;

/** What stays the same for every student of the run. */
export interface Bench {
  base: ReadStudent;
  knowledge: Knowledge;
  matcher: Matcher;
  sheets: Sheet[];
  /** In held-out wordings, the same for every student. */
  questions: QuestionItem[];
  loss: LossMeter;
  shown: ReturnType<typeof progressLine>;
}

export interface Quality {
  /** Nats a weighted token on held-out wordings, the weights as they are rounded, activations exact. */
  loss: number;
  retrieval: Answers;
  alone: Answers;
}
export interface Answers {
  accuracy: number;
  /** By question, in order, 1 for right. */
  right: string;
  /** Questions on which it said so much that its own answer no longer fits its window; they count as wrong. */
  overrun: number;
  msPerQuestion: number;
}

/** A student as it is served, and its size. */
export interface Sized {
  parameters: number;
  /** Weights that are not zero. */
  weights: number;
  onnxBytes: number;
  gzipBytes: number;
}
export interface Served {
  folder: string;
  precision: Precision;
}

export async function openBench(base: ReadStudent, knowledge: Knowledge, count: number): Promise<Bench> {
  const sheets = knowledge.sheets.filter(({ asset }) => asset !== UNSEEN_ASSET);
  return {
    base,
    knowledge,
    matcher: makeMatcher(knowledge),
    sheets,
    questions: makeQuestions(sheets, { count, seed: QUESTION_SEED }),
    loss: lossMeter(heldOutBatches(sheets, base.tokenizer)),
    shown: progressLine(),
  };
}

/** Neither training's seeds nor those that a round is judged by. */
const QUESTION_SEED = 310_000;
const LOSS_SEED = 320_000;
export function size(model: Model, onnx: Buffer): Sized {
  const notZero = (w: Float32Array): number => w.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  return {
    parameters: parameterCount(model.config),
    weights: [...model.weights.values()].reduce((sum, w) => sum + notZero(w), 0),
    onnxBytes: onnx.length,
    gzipBytes: gzipSync(onnx).length,
  };
}

/** The weights as a precision rounds them. */
export function rounded(weights: Weights, precision: Precision): Weights {
  if (precision === 'float32') return weights;
  return new Map(
    [...weights].map(([name, w]) => {
      if (name.includes('norm')) return [name, w];
      const four = precision === 'int4' && !name.includes('embed');
      return [name, four ? dequantizeNibbles(quantizeNibbles(w)) : dequantizeBlocks(quantizeBlocks(w))];
    }),
  );
}

export async function quality(bench: Bench, name: string, served: Served, seen: Model): Promise<Quality> {
  const { knowledge, matcher, questions, shown } = bench;
  const student = await openStudent(served.folder, { precision: served.precision });
  const ask = async (retrieval: boolean): Promise<Answers> => {
    const choose = studentChooser({ student, knowledge, matcher, retrieval });
    let overrun = 0;
    const chooseOrNone: Chooser = (item) =>
      choose(item).catch((error: unknown) => {
        if (!(error instanceof BadInput)) throw error;
        overrun++;
        return { chosen: [], confidence: 0, rationale: error.message };
      });
    const { evaluation, predictions } = await evaluate(questions, chooseOrNone, {
      onProgress: (done, total) => shown.show(`${name} ${bar(done / total)} ${done}/${total}`),
    });
    const right = predictions.map((one) => (one.right ? '1' : '0')).join('');
    return { accuracy: evaluation.accuracy, right, overrun, msPerQuestion: evaluation.msPerQuestion };
  };
  try {
    return { loss: await bench.loss.of(seen), retrieval: await ask(true), alone: await ask(false) };
  } finally {
    await student.close();
  }
}

// ------------------------------------------------------------------------------------------------ held-out loss

interface LossMeter {
  of(model: Model): Promise<number>;
  close(): Promise<void>;
}

const LOSS_BATCHES = 4;

/** A document a row, in wordings that training never shows; those too long for a row are drawn again. */
function heldOutBatches(sheets: readonly Sheet[], tokenizer: Tokenizer): TokenBatch[] {
  let draw = 0;
  const document = () => {
    for (;;) {
      const rng = random(LOSS_SEED, draw++);
      const one = encodeEpisode(tokenizer, makeEpisode(sheets, { mode: rng.weighted(MIX), wording: 'held' }, rng));
      if (one.tokens.length <= SEQUENCE + 1) return one;
    }
  };
  return Array.from({ length: LOSS_BATCHES }, () => {
    const out = emptyBatch(BATCH * SEQUENCE);
    for (let row = 0; row < BATCH; row++) {
      const { tokens, weights } = document();
      for (let i = 0; i + 1 < tokens.length; i++) {
        const at = row * SEQUENCE + i;
        out.inputIds[at] = tokens[i]!;
        out.positionIds[at] = i;
        out.targets[at] = tokens[i + 1]!;
        out.targetWeights[at] = weights[i + 1]!;
        out.documentIds[at] = 1;
      }
    }
    return out;
  });
}

/** One session a shape. */
function lossMeter(batches: readonly TokenBatch[]): LossMeter {
  const sessions = new Map<string, InferenceSession>();
  const sessionOf = async (config: Model['config']): Promise<InferenceSession> => {
    const key = JSON.stringify(config);
    const open = () =>
      InferenceSession.create(evaluationGraph(config, { batch: BATCH, sequence: SEQUENCE }).graph.encode(), {
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
    const session = sessions.get(key) ?? (await open());
    sessions.set(key, session);
    return session;
  };
  return {
    of: async ({ config, weights }) => {
      const session = await sessionOf(config);
      const layout = layoutOf(config);
      const fixed = tensorsOver(pack(config, layout, weights), layout.parts, (name) => name);
      let sum = 0;
      let length = 0;
      for (const batch of batches) {
        const flat = (values: Int32Array) => new Tensor('int32', values, [values.length]);
        const results = await session.run(
          {
            ...fixed,
            input_ids: flat(batch.inputIds),
            position_ids: flat(batch.positionIds),
            document_ids: flat(batch.documentIds),
            targets: flat(batch.targets),
            target_weights: new Tensor('float32', batch.targetWeights, [batch.targetWeights.length]),
          },
          [LOSS, WEIGHT_SUM],
        );
        const [loss, weight] = [LOSS, WEIGHT_SUM].map((name) => (results[name]!.data as Float32Array)[0]!);
        sum += loss! * weight!;
        length += weight!;
      }
      return sum / length;
    },
    close: async () => {
      for (const session of sessions.values()) await session.release();
    },
  };
}

// ------------------------------------------------------------------------------------------------ speed

const ROUNDS = 9;
const PROMPT = 256;
const NEW = 64;

/** What is timed, and where its time is put. */
export interface Timed {
  served: Served;
  speed: { decodeTokensPerSecond: number; ratio: number } | null;
}

/**
 * All students in turn, within seconds of each other in each round, from another one on in each; the ratio is the median
 * over the rounds. The prompt is run before the clock starts: what is timed are the new tokens.
 */
export async function measureSpeed(measured: Timed[], tokenizer: Tokenizer): Promise<void> {
  const students: Student[] = [];
  try {
    for (const { served } of measured) students.push(await openStudent(served.folder, { precision: served.precision }));
    const times: number[][] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const { text } = benchPrompt(tokenizer, PROMPT, round + 1);
      const row: number[] = [];
      for (let turn = 0; turn < students.length; turn++) {
        const i = (turn + round + 1) % students.length;
        await students[i]!.generate(text, { maxTokens: 1, stop: [] });
        const started = performance.now();
        await students[i]!.generate(text, { maxTokens: NEW, stop: [] });
        row[i] = performance.now() - started;
      }
      if (round >= 0) times.push(row); // the first round warms up
    }
    measured.forEach((one, i) => {
      one.speed = {
        decodeTokensPerSecond: NEW / (median(times.map((row) => row[i]!)) / 1000),
        ratio: median(times.map((row) => row[0]! / row[i]!)),
      };
    });
  } finally {
    for (const student of students) await student.close();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

// ------------------------------------------------------------------------------------------------ tables

export function chance({ questions }: Bench): number {
  return questions.reduce((sum, { options }) => sum + 1 / options.length, 0) / questions.length;
}

export function table(columns: readonly string[], rows: readonly string[][]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n');
}

/** Questions that one alone gets right, and how likely a difference of that size is by chance, two-sided. */
export function against(one: Answers, other: Answers): string {
  const count = (a: Answers, b: Answers): number =>
    [...a.right].filter((right, i) => right === '1' && b.right[i] === '0').length;
  const [won, lost] = [count(one, other), count(other, one)];
  const p = Math.min(1, 2 * Math.min(signTest(won, lost), signTest(lost, won)));
  return `+${won} −${lost} (p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`})`;
}

// ------------------------------------------------------------------------------------------------ the student

export async function servingFolder({ dataDir }: Config): Promise<string> {
  const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
  const { entry } = await registry.current().finally(() => registry.close());
  return entry.folder;
}

/** Said before minutes go by. */
export async function readOurForm(folder: string): Promise<ReadStudent> {
  const student = await readStudent(folder);
  const missing = [...SPECIAL_TOKENS, ...GRADES].find((token) => student.tokenizer.encode(token).length !== 1);
  if (missing === undefined) return student;
  throw new BadInput(`${folder}: this student has no ${JSON.stringify(missing)}, it is of an earlier form: distil one`);
}
