/**
 * `npm run compress`: what a student loses and gains by fewer bits, by pruning, and by a short training after it. Every
 * figure is taken in this one run, beside the student at 8 bits as it is shipped. docs/rounds/compression.md reads it.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { bar, percent, positive, progressLine, wholeNumber } from '../../bot/cli/output.ts';
import { type Config, loadConfig } from '../../bot/config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../../bot/main.ts';
import { studentChooser } from '../../chains/eval.ts';
import {
  cheapestLayer,
  dropLayer,
  type Mask,
  type Model,
  pruneHeads,
  pruneNeurons,
  recover,
  thin,
} from '../../models/distill/compress.ts';
import { encodeEpisode, MIX, type TokenBatch } from '../../models/distill/dataset.ts';
import { makeEpisode } from '../../models/distill/episodes.ts';
import { type Chooser, evaluate } from '../../models/distill/evaluate.ts';
import { signTest } from '../../models/distill/gate.ts';
import { layoutOf, pack, tensorsOver } from '../../models/distill/layout.ts';
import { makeQuestions, type QuestionItem } from '../../models/distill/questions.ts';
import { random } from '../../models/distill/random.ts';
import { UNSEEN_ASSET } from '../../models/distill/round.ts';
import type { RoundDatasetOptions } from '../../models/distill/round-dataset.ts';
import type { TrainOptions } from '../../models/distill/train.ts';
import { BadInput } from '../../models/errors.ts';
import type { Knowledge } from '../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../models/knowledge/names.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { parameterCount } from '../../models/student/config.ts';
import { evaluationGraph, LOSS, WEIGHT_SUM, type Weights } from '../../models/student/decoder.ts';
import { ONNX_FILES, writeOnnx } from '../../models/student/export.ts';
import type { Precision } from '../../models/student/inference.ts';
import { GRADES, SPECIAL_TOKENS } from '../../models/student/prompt.ts';
import {
  BLOCK,
  dequantizeBlocks,
  dequantizeNibbles,
  quantizeBlocks,
  quantizeNibbles,
} from '../../models/student/quantize.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { openStudent } from '../../models/student/runtime.ts';
import { type ReadStudent, readModel, readStudent, writeStudent } from '../../models/student/student.ts';
import type { Tokenizer } from '../../models/student/tokenizer.ts';
import type { Student } from '../../models/student/types.ts';
import { runProgram } from './program.ts';
import { benchPrompt } from './prompt.ts';

interface Options {
  student?: string;
  out?: string;
  count: number;
  recoveryMinutes: number;
}

async function compress(options: Options): Promise<void> {
  const config = loadConfig();
  const folder = resolve(options.student ?? (await servingFolder(config)));
  const base = await readOurForm(folder);
  const out = resolve(options.out ?? join(config.dataDir, `compress-${base.card.id}`));
  if (existsSync(out)) throw new BadInput(`--out ${out} is there already: name a new folder`);
  await mkdir(out, { recursive: true });
  const knowledge = await openKnowledge(config);
  const bench = await openBench(base, knowledge, options);
  const students: Measured[] = [];
  const done = async (one: Measured): Promise<void> => {
    students.push(one);
    // After each, so that a run that is broken off leaves what it has measured.
    await write(out, students, bench);
  };
  try {
    for (const precision of ['int8', 'int4', 'float32'] as const)
      await done(await measurePrecision(bench, folder, precision, out));
    const whole = students[0]!.before;
    for (const pruning of prunings(bench)) await done(await measurePruning(bench, pruning, whole, out));
    await measureSpeed(students, base.tokenizer);
    await write(out, students, bench);
  } finally {
    await bench.loss.close();
    bench.shown.end();
  }
  process.stdout.write(await readFile(join(out, 'compression.md'), 'utf8'));
}

// ------------------------------------------------------------------------------------------------ what is measured

/** What stays the same for every student of the run. */
interface Bench {
  base: ReadStudent;
  knowledge: Knowledge;
  matcher: Matcher;
  sheets: Sheet[];
  questions: QuestionItem[];
  loss: LossMeter;
  options: Options;
  shown: ReturnType<typeof progressLine>;
}

interface Measured {
  name: string;
  what: string;
  parameters: number;
  /** Weights that are not zero. */
  weights: number;
  onnxBytes: number;
  gzipBytes: number;
  before: Quality;
  after: Quality | null;
  recovery: { steps: number; minutes: number; tokens: number } | null;
  speed: { decodeTokensPerSecond: number; ratio: number } | null;
  /** Loss without each layer, by layer, where one was chosen. */
  layerLosses?: number[];
  served: Served;
}
interface Served {
  folder: string;
  precision: Precision;
}

interface Quality {
  /** Nats a weighted token on held-out wordings, the weights as they are rounded, activations exact. */
  loss: number;
  retrieval: Answers;
  alone: Answers;
}
interface Answers {
  accuracy: number;
  /** By question, in order, 1 for right. */
  right: string;
  /** Questions on which it said so much that its own answer no longer fits its window; they count as wrong. */
  overrun: number;
  msPerQuestion: number;
}

async function openBench(base: ReadStudent, knowledge: Knowledge, options: Options): Promise<Bench> {
  const sheets = knowledge.sheets.filter(({ asset }) => asset !== UNSEEN_ASSET);
  return {
    base,
    knowledge,
    matcher: makeMatcher(knowledge),
    sheets,
    questions: makeQuestions(sheets, { count: options.count, seed: QUESTION_SEED }),
    loss: lossMeter(heldOutBatches(sheets, base.tokenizer)),
    options,
    shown: progressLine(),
  };
}

/** Neither training's seeds nor those that a round is judged by. */
const QUESTION_SEED = 310_000;
const LOSS_SEED = 320_000;
const RECOVERY_SEED = 330_000;

async function measurePrecision(bench: Bench, folder: string, precision: Precision, out: string): Promise<Measured> {
  const { config, weights } = bench.base;
  const path = await writeOnnx(join(out, precision), precision, bench.base);
  const served = { folder, precision };
  return {
    name: precision,
    what: WHAT[precision],
    ...size(bench.base, await readFile(path)),
    before: await quality(bench, precision, served, { config, weights: rounded(weights, precision) }),
    after: null,
    recovery: null,
    speed: null,
    served,
  };
}

const WHAT: Record<Precision, string> = {
  int8: '8 bits, as shipped',
  int4: 'layers 4 bits, embeddings 8',
  float32: '32 bits',
};

interface Pruning {
  name: string;
  prune: () => Promise<{ what: string; model: Model & { mask?: Mask }; layerLosses?: number[] }>;
}

/** The base model comes last, unpruned and trained as long: what the training gives without anything to mend. */
function prunings({ base, loss }: Bench): Pruning[] {
  const { config } = base;
  const heads = fitting(Math.round((config.heads * 2) / 3), config.headDim);
  const neurons = fitting(Math.round((config.ffnSize * 3) / 4), 1);
  return [
    {
      name: 'heads',
      prune: async () => ({
        what: `${heads} of ${config.heads} heads a layer, 8 bits`,
        model: pruneHeads(base, heads),
      }),
    },
    {
      name: 'neurons',
      prune: async () => ({
        what: `${neurons} of ${config.ffnSize} neurons a layer, 8 bits`,
        model: pruneNeurons(base, neurons),
      }),
    },
    {
      name: 'layer',
      prune: async () => {
        const { layer, losses } = await cheapestLayer(base, loss.of);
        const what = `${config.layers - 1} of ${config.layers} layers (without number ${layer + 1}), 8 bits`;
        return { what, model: dropLayer(base, layer), layerLosses: losses };
      },
    },
    {
      name: 'half',
      prune: async () => ({ what: "half of the layers' weights set to zero, 8 bits", model: thin(base, 0.5) }),
    },
    { name: 'whole', prune: async () => ({ what: 'nothing taken out, 8 bits', model: base }) },
  ];
}

/** The largest number up to `most` whose product with `each` fills blocks. */
function fitting(most: number, each: number): number {
  let keep = most;
  while (keep > 1 && (keep * each) % BLOCK) keep--;
  return keep;
}

async function measurePruning(bench: Bench, { name, prune }: Pruning, whole: Quality, out: string): Promise<Measured> {
  const { base, shown, options } = bench;
  const { what, model, layerLosses } = await prune();
  const measured = async (model: Model, state: string) => {
    const served = { folder: join(out, `${name}-${state}`), precision: 'int8' } as const;
    await writePruned(base, model, served.folder, `${base.card.id}-${name}-${state}`);
    // What the file holds: 16 bits, and 8 from those.
    const stored = await readModel(served.folder);
    const seen = { config: stored.config, weights: rounded(stored.weights, 'int8') };
    return { served, stored, quality: await quality(bench, `${name}, ${state}`, served, seen) };
  };
  const before = model === base ? whole : (await measured(model, 'pruned')).quality;
  const { training, ...mended } = await recover(model, {
    ...recovery(bench),
    minutes: options.recoveryMinutes,
    onEvent: (event) => {
      if (event.kind === 'progress')
        shown.show(`${name}, recovery: ${event.elapsedS.toFixed(0)} s, loss ${event.loss.toFixed(3)}`);
    },
  });
  const after = await measured(mended, 'recovered');
  const sum = (of: 'steps' | 'tokens' | 'minutes'): number => training.reduce((total, one) => total + one[of], 0);
  return {
    name,
    what,
    ...size(after.stored, await readFile(join(after.served.folder, 'onnx', ONNX_FILES.int8))),
    before,
    after: after.quality,
    recovery: { steps: sum('steps'), minutes: sum('minutes'), tokens: sum('tokens') },
    speed: null,
    ...(layerLosses ? { layerLosses } : {}),
    served: after.served,
  };
}

/** As a round goes on from a student: its dataset, other draws, and three tenths of its learning rate. */
function recovery({ base, sheets }: Bench): Omit<TrainOptions, 'config' | 'dataset'> & {
  datasetOf: (part: number) => TrainOptions['dataset'];
} {
  const datasetOf = (part: number): TrainOptions['dataset'] => {
    const options: RoundDatasetOptions = {
      sheets,
      tokenizerJson: base.tokenizerJson,
      seed: RECOVERY_SEED + part,
      batch: BATCH,
      sequence: SEQUENCE,
    };
    return { module: new URL('../../models/distill/round-dataset.ts', import.meta.url), options };
  };
  return { datasetOf, seed: 1, batch: BATCH, sequence: SEQUENCE, optimizer: 'muon', learningRate: 3.6e-4, warmup: 10 };
}

const BATCH = 8;
const SEQUENCE = 384;

async function writePruned(base: ReadStudent, { config, weights }: Model, folder: string, id: string): Promise<void> {
  const { card, tokenizerJson } = base;
  await writeStudent(folder, {
    config,
    weights,
    tokenizer: tokenizerJson,
    card: { ...card, id, name: id, parent: card.id, metrics: {} },
  });
}

function size(model: Model, onnx: Buffer): Pick<Measured, 'parameters' | 'weights' | 'onnxBytes' | 'gzipBytes'> {
  const notZero = (w: Float32Array): number => w.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  return {
    parameters: parameterCount(model.config),
    weights: [...model.weights.values()].reduce((sum, w) => sum + notZero(w), 0),
    onnxBytes: onnx.length,
    gzipBytes: gzipSync(onnx).length,
  };
}

/** The weights as a precision rounds them. */
function rounded(weights: Weights, precision: Precision): Weights {
  if (precision === 'float32') return weights;
  return new Map(
    [...weights].map(([name, w]) => {
      if (name.includes('norm')) return [name, w];
      const four = precision === 'int4' && !name.includes('embed');
      return [name, four ? dequantizeNibbles(quantizeNibbles(w)) : dequantizeBlocks(quantizeBlocks(w))];
    }),
  );
}

async function quality(bench: Bench, name: string, served: Served, seen: Model): Promise<Quality> {
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
  const size = BATCH * SEQUENCE;
  return Array.from({ length: LOSS_BATCHES }, () => {
    const out: TokenBatch = {
      inputIds: new Int32Array(size),
      positionIds: new Int32Array(size),
      targets: new Int32Array(size),
      targetWeights: new Float32Array(size),
      documentIds: new Int32Array(size),
    };
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

/**
 * All students in turn, within seconds of each other in each round, from another one on in each; the ratio is the median
 * over the rounds. The prompt is run before the clock starts: what is timed are the new tokens.
 */
async function measureSpeed(measured: Measured[], tokenizer: Tokenizer): Promise<void> {
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

// ------------------------------------------------------------------------------------------------ what is written

async function write(out: string, students: readonly Measured[], { base, sheets, knowledge, options }: Bench) {
  const { id, parameters, round, sheets: taught } = base.card;
  const now = Object.entries(knowledge.hashes).map(([file, hash]) => [file.split(/[\\/]/).at(-1)!, hash] as const);
  const changed = now.filter(([file, hash]) => taught[file] !== hash).map(([file]) => file);
  const head = {
    student: { id, parameters, round },
    measuredAt: new Date().toISOString(),
    questions: options.count,
    chance: chance(options.count, sheets),
    recoveryMinutes: options.recoveryMinutes,
    /** Sheets that are not as they were when the student was taught. */
    changedSheets: changed,
  };
  await writeFile(join(out, 'compression.json'), `${JSON.stringify({ ...head, students }, null, 2)}\n`);
  const notes = [
    `Student ${id}, round ${round}; measured ${head.measuredAt} with \`npm run compress\`: ${head.questions} questions in held-out wordings, the same for all (chance ${percent(head.chance)}), ${head.recoveryMinutes} minutes of recovery.`,
    ...(changed.length ? [`Sheets written or changed since it was taught: ${changed.join(', ')}.`] : []),
    ...students.flatMap(overruns),
  ];
  const text = [...notes, ...tables(students)].map((part) => `${part}\n`).join('\n');
  await writeFile(join(out, 'compression.md'), text);
}

function chance(count: number, sheets: readonly Sheet[]): number {
  const items = makeQuestions(sheets, { count, seed: QUESTION_SEED });
  return items.reduce((sum, { options }) => sum + 1 / options.length, 0) / items.length;
}

function tables(students: readonly Measured[]): string[] {
  const [shipped] = students;
  const both = (one: Measured, show: (quality: Quality) => string): string =>
    one.after ? `${show(one.before)} → ${show(one.after)}` : show(one.before);
  const thousand = (n: number): string => n.toLocaleString('en-GB');
  const sizes = students.map((one) => [
    one.what,
    thousand(one.parameters) + (one.weights < 0.99 * one.parameters ? ` (${thousand(one.weights)} not zero)` : ''),
    thousand(one.onnxBytes),
    thousand(one.gzipBytes),
    one.speed ? one.speed.decodeTokensPerSecond.toFixed(0) : '–',
    one.speed ? one.speed.ratio.toFixed(2) : '–',
  ]);
  const right = students.map((one) => [
    one.what,
    both(one, ({ loss }) => loss.toFixed(3)),
    both(one, ({ retrieval }) => percent(retrieval.accuracy)),
    both(one, ({ alone }) => percent(alone.accuracy)),
    one === shipped ? '–' : against((one.after ?? one.before).retrieval, shipped!.before.retrieval),
    one === shipped ? '–' : against((one.after ?? one.before).alone, shipped!.before.alone),
  ]);
  return [
    table(['student', 'parameters', 'ONNX, bytes', 'the same gzipped', 'decode, tokens/s', 'ratio to shipped'], sizes),
    'Accuracy of what was pruned: before → after recovery. The last two columns compare the last figure with the shipped student, question by question.',
    table(
      ['student', 'held-out loss, nats', 'with retrieval', 'weights alone', 'retrieval: won, lost', 'alone: won, lost'],
      right,
    ),
  ];
}

function overruns({ what, before, after }: Measured): string[] {
  const count = [before, after].reduce((sum, one) => sum + (one ? one.retrieval.overrun + one.alone.overrun : 0), 0);
  return count ? [`Said too much to fit its own window, counted as wrong: ${what}, ${count} times.`] : [];
}

function table(columns: readonly string[], rows: readonly string[][]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n');
}

/** Questions that one alone gets right, and how likely a difference of that size is by chance, two-sided. */
function against(one: Answers, other: Answers): string {
  const count = (a: Answers, b: Answers): number =>
    [...a.right].filter((right, i) => right === '1' && b.right[i] === '0').length;
  const [won, lost] = [count(one, other), count(other, one)];
  const p = Math.min(1, 2 * Math.min(signTest(won, lost), signTest(lost, won)));
  return `+${won} −${lost} (p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`})`;
}

// ------------------------------------------------------------------------------------------------ the command line

async function servingFolder({ dataDir }: Config): Promise<string> {
  const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
  const { entry } = await registry.current().finally(() => registry.close());
  return entry.folder;
}

/** Said before minutes go by. */
async function readOurForm(folder: string): Promise<ReadStudent> {
  const student = await readStudent(folder);
  const missing = [...SPECIAL_TOKENS, ...GRADES].find((token) => student.tokenizer.encode(token).length !== 1);
  if (missing === undefined) return student;
  throw new BadInput(`${folder}: this student has no ${JSON.stringify(missing)}, it is of an earlier form: distil one`);
}

const program = new Command('compress')
  .description('What fewer bits and pruning cost a student. Prints tables, writes compression.json and compression.md.')
  .option('--student <dir>', "a student's folder; default the one that serves")
  .option('--recovery-minutes <n>', 'training of each pruned one', positive('--recovery-minutes'), 1.5)
  .option('--count <n>', 'questions, each asked with retrieval and without', wholeNumber('--count'), 150)
  .option('--out <dir>', 'a new folder for the figures and the students; default DATA_DIR/compress-ID')
  .action(compress);

await runProgram(program);
