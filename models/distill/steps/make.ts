/** The middle of a round: a student is trained from the one in service, and written as it will serve. */

import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BadInput } from '../../errors.ts';
import { sha256 } from '../../files.ts';
import type { Fact, Sheet } from '../../knowledge/types.ts';
import { type TokenizerJson, trainBpe } from '../../student/bpe.ts';
import { sealFolder } from '../../student/card.ts';
import { UNCALIBRATED } from '../../student/confidence.ts';
import { type DecoderConfig, decoderConfig } from '../../student/config.ts';
import type { Weights } from '../../student/decoder.ts';
import { GRADES, renderCompletion, renderOption, renderPrompt, SPECIAL_TOKENS } from '../../student/prompt.ts';
import { BLOCK } from '../../student/quantize.ts';
import { openStudent } from '../../student/runtime.ts';
import { readStudent, writeStudent } from '../../student/student.ts';
import { loadTokenizer } from '../../student/tokenizer.ts';
import { pruneNeurons, recover } from '../compress.ts';
import type { Lesson } from '../dataset.ts';
import { sampleEpisodes } from '../episodes.ts';
import { percent } from '../figures.ts';
import { broughtToForm } from '../form.ts';
import type { Judgement } from '../judge.ts';
import { lineageOf } from '../lineage.ts';
import { TAUGHT, taughtBytes } from '../news.ts';
import { unlearned } from '../probe.ts';
import type { RoundDatasetOptions } from '../round-dataset.ts';
import { load, once, type Plan, parentOf } from '../round-folder.ts';
import type { Round } from '../round-types.ts';
import { type TrainResult, train } from '../train.ts';
import type { Validation } from '../validate.ts';
import { blended } from './blend.ts';
import type { Lessons } from './gather.ts';

export interface Trained {
  tokenizerJson: TokenizerJson;
  config: DecoderConfig;
  trained: TrainResult;
}

export async function training(round: Round, lessons: Lessons, replay: readonly Lesson[]): Promise<Trained> {
  const { plan, folder, options, idle, say } = round;
  const { tokenizerJson, config, weights, settled } = await startingPoint(round);
  const dataset = datasetOf(round, tokenizerJson, lessons, replay);
  const { news, traces } = dataset;
  say(
    'train',
    `${plan.steps ? `${plan.steps} steps` : `${plan.minutes} minutes`}; ${percent(news?.share ?? 0)} of the documents ask what is new, ${percent(traces?.share ?? 0)} are traces`,
  );
  const trained = await train({
    config,
    ...(weights ? { weights } : {}),
    seed: plan.seed,
    dataset: { module: new URL('../round-dataset.ts', import.meta.url), options: dataset },
    batch: plan.shape.batch,
    sequence: plan.shape.sequence,
    ...(plan.steps === undefined ? { minutes: plan.minutes } : { steps: plan.steps }),
    optimizer: 'muon',
    learningRate: plan.shape.learningRate * (settled ? SETTLED * pace(plan) : 1),
    runFolder: join(folder, 'training'),
    checkpointEveryS: plan.tiny ? 5 : 30,
    resume: true,
    idle,
    ...(options.threads ? { threads: options.threads } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    onEvent: (event) => options.onEvent?.({ kind: 'train', event }),
  });
  if (!settled || !weights) return { tokenizerJson, config, trained };
  const between = { config, tokenizerJson, from: weights, to: trained.weights };
  return { tokenizerJson, config, trained: { ...trained, weights: await blended(round, between) } };
}

/** Weights that know the form already are moved less. */
const SETTLED = 0.3;
/** A round this long has the time to come to rest again; a shorter one moves less (80 steps at full pace lost 4 points). */
const FULL_PACE = { steps: 400, minutes: 8 };

function pace(plan: Plan): number {
  return Math.min(1, Math.sqrt(lengthOf(plan)));
}

/** Beside a round at full pace. */
function lengthOf({ steps, minutes }: Plan): number {
  return steps === undefined ? minutes / FULL_PACE.minutes : steps / FULL_PACE.steps;
}

/** So many new facts fill the share that what is new gets at most: about that many are learned in a round. */
const FULL_NEWS = 200;
const MOST_NEWS = 0.5;
/** What is new needs only so many documents, so a longer round spends more of them on what is to be kept. */
const LONGER = 0.75;
const MOST_TRACES = 0.25;
const MOST_FOCUS = 0.15;
const REPLAYED = 0.2;

function datasetOf(
  { plan, taught, news }: Round,
  tokenizerJson: TokenizerJson,
  { taught: lessons, focus }: Lessons,
  replay: readonly Lesson[],
): RoundDatasetOptions {
  const rising = (count: number, full: number, most: number): number => most * Math.min(1, Math.sqrt(count / full));
  return {
    sheets: taught,
    tokenizerJson,
    seed: plan.seed,
    batch: plan.shape.batch,
    sequence: plan.shape.sequence,
    ...(lessons.length ? { traces: { items: lessons, share: rising(lessons.length, 200, MOST_TRACES) } } : {}),
    ...(news.length
      ? {
          news: {
            facts: news,
            share: rising(news.length, FULL_NEWS, MOST_NEWS) / Math.max(1, lengthOf(plan)) ** LONGER,
          },
        }
      : {}),
    ...(focus.length ? { focus: { facts: focus, share: rising(focus.length, 100, MOST_FOCUS) } } : {}),
    ...(replay.length ? { replay: { items: replay, share: REPLAYED } } : {}),
  };
}

interface StartingPoint {
  tokenizerJson: TokenizerJson;
  config: DecoderConfig;
  weights?: Weights;
  /** The weights know the form already and are only to be moved a little. */
  settled: boolean;
}

async function startingPoint({ plan, folder, options, taught }: Round): Promise<StartingPoint> {
  if (plan.parent) {
    const parent = await parentOf(plan, options.registry);
    if (!parent) throw new BadInput(`student ${plan.parent} is no longer there: distil with --from scratch`);
    const { config, weights, tokenizerJson } = await readStudent(parent.folder);
    const formed = broughtToForm(tokenizerJson, weights);
    return { config, ...formed, settled: formed.weights === weights };
  }
  const tokenizerJson = await once(folder, 'tokenizer.json', () =>
    trainBpe(vocabularyTexts(taught, plan), { vocabSize: plan.shape.vocabSize, specialTokens: SPECIAL_TOKENS }),
  );
  const { hiddenSize, layers } = plan.shape;
  return {
    tokenizerJson,
    // Many narrow heads: copying from context takes a head of its own for each thing copied.
    config: decoderConfig({ vocabSize: loadTokenizer(tokenizerJson).vocabSize, hiddenSize, layers, headDim: 32 }),
    settled: false,
  };
}

function vocabularyTexts(sheets: readonly Sheet[], plan: Plan): string[] {
  const texts = sampleEpisodes(sheets, plan.seed + 1000, plan.tiny ? 2000 : 12_000).map(
    ({ options = [], ...episode }) =>
      renderPrompt(episode) +
      renderCompletion(episode.rationale, episode.answer) +
      options.map(({ text, grade }) => renderOption(text) + GRADES[grade]).join(''),
  );
  // Every grade has to be one token, however few texts there are.
  return [...texts, GRADES.join(';').repeat(5000)];
}

// ------------------------------------------------------------------------------------------------ compress

/** The student's folder, at 8 bits; pruned before, where asked for. After a kill it is written again from the same weights. */
export async function compressing(
  round: Round,
  made: Trained & { lessons: Lessons; validation: Validation },
): Promise<string> {
  const { plan, folder, options, say } = round;
  const target = join(folder, 'student');
  const known = await load<Judgement>(folder, 'judgement.json');
  if (known) return target;
  const { config, weights } = await pruned(round, made);
  say('compress', 'writing the student at 8 bits');
  await rm(target, { recursive: true, force: true });
  const card = await writeStudent(target, {
    config,
    weights,
    tokenizer: made.tokenizerJson,
    card: {
      id: plan.id,
      name: plan.tiny ? 'toy student' : 'student',
      parent: plan.parent,
      round: plan.round,
      createdAt: plan.createdAt,
      dataHash: sha256(JSON.stringify([plan.seed, made.lessons.taught, plan.sheetHashes])),
      sheets: Object.fromEntries(Object.entries(plan.sheetHashes).map(([file, hash]) => [basename(file), hash])),
      seed: plan.seed,
      training: {
        steps: made.trained.steps,
        tokens: made.trained.tokens,
        minutes: made.trained.minutes,
        code: 'rounds distill',
      },
      metrics: {},
      calibration: { ...UNCALIBRATED, maxError: options.maxError },
      lineage: await lineageOf(made.validation.passed),
      licences: { weights: 'Apache-2.0', data: 'Apache-2.0 (sheets written for Rounds)' },
    },
  });
  await writeFile(join(target, TAUGHT), taughtBytes(round.taught, await missedBy(round, target)));
  await sealFolder(target, card);
  return target;
}

/** New rows that the student does not know by heart after all: the next round teaches them again. */
async function missedBy({ news, options, say, count }: Round, folder: string): Promise<Fact[]> {
  if (news.length === 0) return [];
  const student = await openStudent(folder, options.threads ? { threads: options.threads } : {});
  try {
    const missed = await unlearned(student, news, {
      onProgress: count,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const rows = news.filter(({ kind }) => kind === 'shows' || kind === 'faults').length;
    say('compress', `${rows - missed.length} of ${rows} new rows of grades are known by heart; the others stay new`);
    return missed;
  } finally {
    await student.close();
  }
}

async function pruned(
  round: Round,
  { config, trained, tokenizerJson, lessons }: Trained & { lessons: Lessons },
): Promise<{ config: DecoderConfig; weights: Weights }> {
  const { plan, folder, options, idle, say } = round;
  const keep = BLOCK * Math.round((config.ffnSize * (1 - (options.prune ?? 0))) / BLOCK);
  if (keep >= config.ffnSize) return { config, weights: trained.weights };
  say('compress', `${config.ffnSize - keep} of ${config.ffnSize} neurons a layer are taken out`);
  const replay = (await load<Lesson[]>(folder, 'replay.json')) ?? [];
  const share = 0.2;
  return recover(pruneNeurons({ config, weights: trained.weights }, keep), {
    datasetOf: () => ({
      module: new URL('../round-dataset.ts', import.meta.url),
      options: { ...datasetOf(round, tokenizerJson, lessons, replay), seed: plan.seed + 500_000 },
    }),
    seed: plan.seed,
    batch: plan.shape.batch,
    sequence: plan.shape.sequence,
    ...(plan.steps === undefined ? { minutes: share * plan.minutes } : { steps: Math.ceil(share * plan.steps) }),
    optimizer: 'muon',
    learningRate: plan.shape.learningRate * SETTLED,
    runFolder: join(folder, 'recovery'),
    resume: true,
    idle,
    ...(options.threads ? { threads: options.threads } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    onEvent: (event) => options.onEvent?.({ kind: 'train', event }),
  });
}
