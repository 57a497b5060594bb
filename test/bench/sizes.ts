/**
 * `npm run sizes`: what a student's size buys. Students of about 1 to 30 million parameters are trained from nothing on the
 * same documents, and a small one once more with the grades of the student in service as soft labels. All are asked the
 * same questions. Training goes on where it was broken off; docs/rounds/sizes.md reads the figures.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { percent, wholeNumber } from '../../bot/cli/output.ts';
import { loadConfig } from '../../bot/config.ts';
import { openKnowledge } from '../../bot/main.ts';
import type { Lesson } from '../../models/distill/dataset.ts';
import { softReplay } from '../../models/distill/replay.ts';
import type { RoundDatasetOptions } from '../../models/distill/round-dataset.ts';
import { train } from '../../models/distill/train.ts';
import { type DecoderConfig, decoderConfig } from '../../models/student/config.ts';
import { ONNX_FILES } from '../../models/student/export.ts';
import { openStudent } from '../../models/student/runtime.ts';
import { readModel, writeStudent } from '../../models/student/student.ts';
import { runProgram } from './program.ts';
import {
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
  type Sized,
  servingFolder,
  size,
  type Timed,
  table,
} from './quality.ts';

interface Options {
  student?: string;
  out?: string;
  count: number;
  steps: number;
}

interface Plan {
  name: string;
  shape: Pick<DecoderConfig, 'hiddenSize' | 'layers'>;
  /** Of the steps: a larger one has to make do with fewer, or it would take the night. */
  share: number;
  /** Share of documents with the grades of the student in service. */
  soft?: number;
}

const PLANS: readonly Plan[] = [
  { name: '1 M', shape: { hiddenSize: 128, layers: 4 }, share: 1 },
  { name: '1 M, soft labels', shape: { hiddenSize: 128, layers: 4 }, share: 1, soft: 0.3 },
  { name: '3 M', shape: { hiddenSize: 192, layers: 6 }, share: 1 },
  { name: '10 M', shape: { hiddenSize: 320, layers: 8 }, share: 1 },
  { name: '30 M', shape: { hiddenSize: 512, layers: 10 }, share: 1 / 3 },
];
/** Not a seed of a round. */
const SEED = 340_000;
/** As a round from nothing. */
const LEARNING_RATE = 1.2e-3;

interface Measured extends Sized, Timed {
  name: string;
  quality: Quality;
  training: { steps: number; tokens: number; minutes: number; loss: number } | null;
}

async function sizes(options: Options): Promise<void> {
  const config = loadConfig();
  const folder = resolve(options.student ?? (await servingFolder(config)));
  const base = await readOurForm(folder);
  const out = resolve(options.out ?? join(config.dataDir, 'sizes'));
  await mkdir(out, { recursive: true });
  const bench = await openBench(base, await openKnowledge(config), options.count);
  const students: Measured[] = [];
  try {
    students.push(await measure(bench, `in service: ${base.card.id}`, folder, null));
    for (const plan of PLANS) {
      const training = await trained(bench, plan, folder, join(out, plan.name), options);
      students.push(await measure(bench, plan.name, join(out, plan.name, 'student'), training));
      // After each, so that a run that is broken off leaves what it has measured.
      await write(out, students, bench);
    }
    await measureSpeed(students, base.tokenizer);
    await write(out, students, bench);
  } finally {
    await bench.loss.close();
    bench.shown.end();
  }
  process.stdout.write(await readFile(join(out, 'sizes.md'), 'utf8'));
}

async function trained(
  bench: Bench,
  { name, shape, share, soft }: Plan,
  teacher: string,
  folder: string,
  { steps }: Options,
): Promise<NonNullable<Measured['training']>> {
  const { base, sheets, shown } = bench;
  await mkdir(folder, { recursive: true });
  const config = decoderConfig({ vocabSize: base.config.vocabSize, headDim: 32, ...shape });
  const dataset: RoundDatasetOptions = {
    sheets,
    tokenizerJson: base.tokenizerJson,
    seed: SEED,
    batch: BATCH,
    sequence: SEQUENCE,
    ...(soft ? { replay: { items: await softLabels(bench, teacher, folder), share: soft } } : {}),
  };
  const { weights, ...training } = await train({
    config,
    seed: SEED,
    dataset: { module: new URL('../../models/distill/round-dataset.ts', import.meta.url), options: dataset },
    batch: BATCH,
    sequence: SEQUENCE,
    steps: Math.ceil(steps * share),
    optimizer: 'muon',
    learningRate: LEARNING_RATE,
    runFolder: join(folder, 'training'),
    resume: true,
    onEvent: (event) => {
      if (event.kind === 'progress')
        shown.show(`${name}: step ${event.step} of ${event.steps}, loss ${event.loss.toFixed(3)}`);
    },
  });
  const id = name.replace(/\W+/g, '-').toLowerCase();
  // Of a run that went on from here: the same weights, or fewer steps.
  await rm(join(folder, 'student'), { recursive: true, force: true });
  await writeStudent(join(folder, 'student'), {
    config,
    weights,
    tokenizer: base.tokenizerJson,
    card: { ...base.card, id, name: id, parent: null, metrics: {} },
  });
  return { steps: training.steps, tokens: training.tokens, minutes: training.minutes, loss: training.loss };
}

/** Asked once: a run that goes on has to see the same documents. */
async function softLabels({ sheets, shown }: Bench, teacher: string, folder: string): Promise<Lesson[]> {
  const file = join(folder, 'soft-labels.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return JSON.parse(kept) as Lesson[];
  const student = await openStudent(teacher);
  try {
    const lessons = await softReplay(student, sheets, {
      count: 2000,
      seed: SEED,
      news: new Set(),
      onProgress: (done, total) => shown.show(`soft labels ${done}/${total}`),
    });
    await writeFile(file, JSON.stringify(lessons));
    return lessons;
  } finally {
    await student.close();
  }
}

async function measure(bench: Bench, name: string, folder: string, training: Measured['training']): Promise<Measured> {
  const stored = await readModel(folder);
  const seen = { config: stored.config, weights: rounded(stored.weights, 'int8') };
  const served = { folder, precision: 'int8' } as const;
  return {
    name,
    ...size(stored, await readFile(join(folder, 'onnx', ONNX_FILES.int8))),
    quality: await quality(bench, name, served, seen),
    training,
    speed: null,
    served,
  };
}

async function write(out: string, students: readonly Measured[], bench: Bench): Promise<void> {
  const head = { measuredAt: new Date().toISOString(), questions: bench.questions.length, chance: chance(bench) };
  await writeFile(join(out, 'sizes.json'), `${JSON.stringify({ ...head, students }, null, 2)}\n`);
  const rows = students.map(({ name, parameters, onnxBytes, training, quality, speed }) => [
    name,
    parameters.toLocaleString('en-GB'),
    (onnxBytes / 1e6).toFixed(1),
    training ? (training.tokens / 1e6).toFixed(2) : '–',
    training ? training.minutes.toFixed(0) : '–',
    quality.loss.toFixed(3),
    percent(quality.retrieval.accuracy),
    percent(quality.alone.accuracy),
    speed ? speed.decodeTokensPerSecond.toFixed(0) : '–',
  ]);
  const columns = [
    ...['student', 'parameters', 'ONNX, MB', 'trained on, million tokens', 'minutes', 'held-out loss, nats'],
    ...['with retrieval', 'weights alone', 'decode, tokens/s'],
  ];
  const note = `Measured ${head.measuredAt} with \`npm run sizes\`: ${head.questions} questions in held-out wordings, the same for all (chance ${percent(head.chance)}), 8 bits.`;
  await writeFile(join(out, 'sizes.md'), `${note}\n\n${table(columns, rows)}\n`);
}

const program = new Command('sizes')
  .description("What a student's size buys. Trains five; prints a table, writes sizes.json and sizes.md.")
  .option('--student <dir>', "the teacher's folder; default the student that serves")
  .option('--steps <n>', 'training steps of each, a third for the largest', wholeNumber('--steps'), 1000)
  .option('--count <n>', 'questions, each asked with retrieval and without', wholeNumber('--count'), 150)
  .option('--out <dir>', 'a folder for the figures and the students, gone on with; default DATA_DIR/sizes')
  .action(sizes);

await runProgram(program);
