/**
 * `npm run compress`: what a student loses and gains by fewer bits, by pruning, and by a short training after it. Every
 * figure is taken in this one run, beside the student at 8 bits as it is shipped. docs/rounds/compression.md reads it.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { percent, positive, wholeNumber } from '../../bot/cli/output.ts';
import { loadConfig } from '../../bot/config.ts';
import { openKnowledge } from '../../bot/main.ts';
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
import type { RoundDatasetOptions } from '../../models/distill/round-dataset.ts';
import type { TrainOptions } from '../../models/distill/train.ts';
import { BadInput } from '../../models/errors.ts';
import { ONNX_FILES, writeOnnx } from '../../models/student/export.ts';
import type { Precision } from '../../models/student/inference.ts';
import { BLOCK } from '../../models/student/quantize.ts';
import { type ReadStudent, readModel, writeStudent } from '../../models/student/student.ts';
import { runProgram } from './program.ts';
import {
  against,
  BATCH,
  type Bench,
  chance,
  measureSpeed,
  openBench,
  type Quality,
  quality,
  readOurForm,
  rounded,
  SEQUENCE,
  type Served,
  type Sized,
  servingFolder,
  size,
  table,
} from './quality.ts';

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
  const bench = await openBench(base, knowledge, options.count);
  const students: Measured[] = [];
  const done = async (one: Measured): Promise<void> => {
    students.push(one);
    // After each, so that a run that is broken off leaves what it has measured.
    await write(out, students, bench, options.recoveryMinutes);
  };
  try {
    for (const precision of ['int8', 'int4', 'float32'] as const)
      await done(await measurePrecision(bench, folder, precision, out));
    const whole = students[0]!.before;
    for (const pruning of prunings(bench))
      await done(await measurePruning(bench, { ...pruning, minutes: options.recoveryMinutes }, whole, out));
    await measureSpeed(students, base.tokenizer);
    await write(out, students, bench, options.recoveryMinutes);
  } finally {
    await bench.loss.close();
    bench.shown.end();
  }
  process.stdout.write(await readFile(join(out, 'compression.md'), 'utf8'));
}

// ------------------------------------------------------------------------------------------------ what is measured

interface Measured extends Sized {
  name: string;
  what: string;
  before: Quality;
  after: Quality | null;
  recovery: { steps: number; minutes: number; tokens: number } | null;
  speed: { decodeTokensPerSecond: number; ratio: number } | null;
  /** Loss without each layer, by layer, where one was chosen. */
  layerLosses?: number[];
  served: Served;
}

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

async function measurePruning(
  bench: Bench,
  { name, prune, minutes }: Pruning & { minutes: number },
  whole: Quality,
  out: string,
): Promise<Measured> {
  const { base, shown } = bench;
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
    minutes,
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

async function writePruned(base: ReadStudent, { config, weights }: Model, folder: string, id: string): Promise<void> {
  const { card, tokenizerJson } = base;
  await writeStudent(folder, {
    config,
    weights,
    tokenizer: tokenizerJson,
    card: { ...card, id, name: id, parent: card.id, metrics: {} },
  });
}

// ------------------------------------------------------------------------------------------------ what is written

async function write(out: string, students: readonly Measured[], bench: Bench, recoveryMinutes: number) {
  const { base, knowledge, questions } = bench;
  const { id, parameters, round, sheets: taught } = base.card;
  const now = Object.entries(knowledge.hashes).map(([file, hash]) => [file.split(/[\\/]/).at(-1)!, hash] as const);
  const changed = now.filter(([file, hash]) => taught[file] !== hash).map(([file]) => file);
  const head = {
    student: { id, parameters, round },
    measuredAt: new Date().toISOString(),
    questions: questions.length,
    chance: chance(bench),
    recoveryMinutes,
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

// ------------------------------------------------------------------------------------------------ the command line

const program = new Command('compress')
  .description('What fewer bits and pruning cost a student. Prints tables, writes compression.json and compression.md.')
  .option('--student <dir>', "a student's folder; default the one that serves")
  .option('--recovery-minutes <n>', 'training of each pruned one', positive('--recovery-minutes'), 1.5)
  .option('--count <n>', 'questions, each asked with retrieval and without', wholeNumber('--count'), 150)
  .option('--out <dir>', 'a new folder for the figures and the students; default DATA_DIR/compress-ID')
  .action(compress);

await runProgram(program);
