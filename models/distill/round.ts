/**
 * One round of distillation, from knowledge and the log to a registered student: collect → validate → replay → train →
 * compress → evaluate → gate → promote. Each step leaves what it made in the round's folder (round-folder.ts), and a killed
 * round goes on from there. The student in service is touched by one switch alone, at the end. It knows neither the
 * command line nor the bot.
 */
import { createHash } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BadInput } from '../errors.ts';
import { factsOf, readableGrades } from '../knowledge/facts.ts';
import type { Fact, Sheet } from '../knowledge/types.ts';
import { type TokenizerJson, trainBpe } from '../student/bpe.ts';
import { filesIn } from '../student/card.ts';
import { confidence, UNCALIBRATED } from '../student/confidence.ts';
import { type DecoderConfig, decoderConfig } from '../student/config.ts';
import type { Weights } from '../student/decoder.ts';
import {
  GRADES,
  plainOption,
  renderCompletion,
  renderOption,
  renderPrompt,
  SPECIAL_TOKENS,
} from '../student/prompt.ts';
import { BLOCK } from '../student/quantize.ts';
import type { Registry, StudentEntry } from '../student/registry.ts';
import { openStudent } from '../student/runtime.ts';
import { isOurs, readStudent, readTokenizer, WEIGHTS, writeCard, writeStudent } from '../student/student.ts';
import { think } from '../student/think.ts';
import { loadTokenizer } from '../student/tokenizer.ts';
import type { Student } from '../student/types.ts';
import type { Teacher } from '../teacher/types.ts';
import { CHAT } from './chat.ts';
import { type Collected, collect, collectLines, type RoundLog } from './collect.ts';
import { pruneNeurons, recover } from './compress.ts';
import type { Lesson } from './dataset.ts';
import { makeEpisode, sampleEpisodes } from './episodes.ts';
import { reliabilitySvg, riskCoverageSvg } from './figures.ts';
import { broughtToForm } from './form.ts';
import { type Contender, type Gate, gate } from './gate.ts';
import { type Idle, idleWatch } from './idle.ts';
import { type Asker, type Judgement, judge } from './judge.ts';
import { newsOf, taughtTo } from './news.ts';
import { random } from './random.ts';
import { softReplay } from './replay.ts';
import type { RoundDatasetOptions } from './round-dataset.ts';
import { beginRound, load, once, type Plan, type Shape, save, unfinishedRound } from './round-folder.ts';
import { type TrainEvent, type TrainResult, train } from './train.ts';
import { type Trace, type Validation, validate } from './validate.ts';

export interface DistillOptions {
  sheets: readonly Sheet[];
  /** SHA-256 of each sheet file, for lineage. */
  sheetHashes: Record<string, string>;
  /** What the log holds for the round, reviewed where people wrote it. */
  log: RoundLog;
  /** Asked what the round wants to know; none: the sheets answer alone. */
  teachers?: readonly Teacher[];
  /** Answers from the sheets by rule, to check other teachers' answers against. */
  known?: Teacher;
  dataDir: string;
  registry: Registry;
  from: 'scratch' | 'current';
  /** A toy student in under three minutes: shows that the whole way works. */
  tiny: boolean;
  /** Training time; default 45, tiny 1. */
  minutes?: number;
  /** Training steps instead of a time: the same inputs then give the same student on one machine. */
  steps?: number;
  /** Multiple-choice questions on taught facts at the evaluation; default 300, tiny 40. */
  questions?: number;
  /** Share of the feed-forward neurons taken out before the student is written, mended by a fifth of the time. Default 0. */
  prune?: number;
  /** Continues the last unfinished round. */
  resume: boolean;
  seed?: number;
  threads?: number;
  maxError: number;
  /** How a question reaches the student in the chain; see judge.ts. */
  asker?: (student: Student, retrieval: boolean) => Asker;
  /** A trace in the words in which the chain puts it to the student; without it, as it was asked. */
  lessons?: (trace: Trace) => Promise<TraceLessons>;
  /** Told of traces that contradict a sheet, before anything is taught: an engineer has to say who is right. */
  onDoubted?: (doubted: Validation['doubted'], round: number) => Promise<void>;
  /** Whether somebody waits for an answer: the round rests meanwhile. */
  answersWait?: () => Promise<boolean>;
  onEvent?: (event: DistillEvent) => void;
  signal?: AbortSignal;
}

/** What a trace teaches: itself, or the fact of the sheets that decides it, asked in every wording. */
export interface TraceLessons {
  lessons: Lesson[];
  /** Id of the fact. */
  fact?: string;
}

export type DistillEvent =
  | { kind: 'step'; round: number; step: Step; text: string }
  | { kind: 'train'; event: TrainEvent }
  | { kind: 'count'; done: number; total: number }
  | { kind: 'rest'; resting: boolean };

export type Step = 'collect' | 'validate' | 'replay' | 'train' | 'compress' | 'evaluate' | 'gate' | 'promote';

export interface DistillResult {
  round: number;
  student: string;
  steps: number;
  tokensPerSecond: number;
  teacherCalls: number;
  traces: { taught: number; rejected: number; doubted: number };
  metrics: Record<string, number>;
  promoted: boolean;
  reason: string;
}

/**
 * A shipped class that no round is taught: what a student makes of a machine it has never met is then measured on the very
 * student that serves. It answers for that machine from the sheet in front of it.
 */
export const UNSEEN_ASSET = 'conveyor';

const FULL: Shape = {
  hiddenSize: 192,
  layers: 6,
  vocabSize: 2048,
  batch: 8,
  sequence: 384,
  questions: 300,
  learningRate: 1.2e-3,
};
const TINY: Shape = {
  hiddenSize: 64,
  layers: 2,
  vocabSize: 1024,
  batch: 8,
  sequence: 256,
  questions: 40,
  learningRate: 4e-3,
};

/** What the steps have in common. */
interface Round {
  plan: Plan;
  folder: string;
  options: DistillOptions;
  /** As they were when the round began. */
  sheets: Sheet[];
  /** Without the class that is kept from training. */
  taught: Sheet[];
  news: Fact[];
  idle: Idle;
  say: (step: Step, text: string) => void;
  count: (done: number, total: number) => void;
}

export async function distill(options: DistillOptions): Promise<DistillResult> {
  if (options.sheets.length === 0)
    throw new BadInput('no sheet to distil from: add one with `rounds knowledge add FILE`');
  const idle = idleWatch(options.answersWait ?? (async () => false));
  const unwatch = idle.onChange((resting) => options.onEvent?.({ kind: 'rest', resting }));
  try {
    const round = await opened(options, idle);
    const { plan, folder, say } = round;

    const collected = await collecting(round);
    const validation = await validating(round, collected);
    const lessons = await lessonsOf(round, validation.passed, collected.focus);
    const replay = await replaying(round);
    const { config, tokenizerJson, trained } = await training(round, lessons, replay);
    const candidate = await compressing(round, { config, tokenizerJson, trained, lessons, validation });
    const judgement = await evaluating(round, candidate, lessons.held);
    say('gate', 'new student against the one in service');
    const decision = await once(folder, 'gate.json', () => compare(round, candidate, judgement, lessons.held));
    const entry = await registered(options.registry, plan.id, candidate);
    if (decision.promote) await options.registry.use(entry.id);
    say('promote', decision.reason);

    const result: DistillResult = {
      round: plan.round,
      student: entry.id,
      steps: trained.steps,
      tokensPerSecond: Math.round(trained.tokensPerSecond),
      teacherCalls: collected.report.teacherCalls,
      traces: {
        taught: validation.passed.length,
        rejected: validation.rejected.length,
        doubted: validation.doubted.length,
      },
      metrics: judgement.metrics,
      promoted: decision.promote,
      reason: decision.reason,
    };
    await save(folder, 'result.json', result);
    return result;
  } finally {
    unwatch();
    idle.close();
  }
}

// ------------------------------------------------------------------------------------------------ the round's beginning

async function opened(options: DistillOptions, idle: Idle): Promise<Round> {
  const rounds = join(options.dataDir, 'rounds');
  const { plan, folder } = options.resume ? await resumed(rounds) : await begun(rounds, options);
  // What the round teaches is what the plant knew when it began, and what the student of the next one is compared with.
  const sheets = await once(folder, 'sheets.json', () => [...options.sheets]);
  const taught = taughtSheets(sheets);
  const news = await once(folder, 'news.json', async () => newsOf(taught, await knownBefore(plan, rounds, options)));
  return {
    ...{ plan, folder, options, sheets, taught, news, idle },
    say: (step, text) => options.onEvent?.({ kind: 'step', round: plan.round, step, text }),
    count: (done, total) => options.onEvent?.({ kind: 'count', done, total }),
  };
}

async function resumed(rounds: string): Promise<{ plan: Plan; folder: string }> {
  const found = await unfinishedRound(rounds);
  if (!found) throw new BadInput(`no unfinished round in ${rounds} to resume: start one without --resume`);
  return found;
}

async function begun(rounds: string, options: DistillOptions): Promise<{ plan: Plan; folder: string }> {
  const current = options.from === 'current' ? (await options.registry.current()).entry : null;
  if (current && !(await isOurs(current.folder))) {
    throw new BadInput(
      `student ${current.id} is of another maker and is not trained here: distil with --from scratch, or fine-tune it as docs/bigger-iron.md says`,
    );
  }
  const shape = options.tiny ? TINY : FULL;
  // Rounds go on counting where the student's own left off, also on a machine that has made none.
  return beginRound(rounds, current?.card?.round ?? 0, (round) => ({
    round,
    id: `${options.tiny ? 'toy' : 'student'}-${round}-${Date.now().toString(36)}`,
    from: options.from,
    parent: current?.id ?? null,
    tiny: options.tiny,
    minutes: options.minutes ?? (options.tiny ? 1 : 45),
    ...(options.steps === undefined ? {} : { steps: options.steps }),
    seed: options.seed ?? round,
    shape: { ...shape, questions: options.questions ?? shape.questions },
    sheetHashes: options.sheetHashes,
    createdAt: new Date().toISOString(),
  }));
}

/** The sheets as the student in service was taught them; all, where nothing is gone on from: then nothing is news. */
async function knownBefore(plan: Plan, rounds: string, options: DistillOptions): Promise<readonly Sheet[]> {
  const card = (await options.registry.list()).find(({ id }) => id === plan.parent)?.card;
  return card ? taughtTo(card, rounds, plan.sheetHashes) : options.sheets;
}

function taughtSheets(sheets: readonly Sheet[]): Sheet[] {
  const taught = sheets.filter((sheet) => sheet.asset !== UNSEEN_ASSET);
  return taught.length ? taught : [...sheets];
}

// ------------------------------------------------------------------------------------------------ collect, validate

async function collecting({
  plan,
  folder,
  options,
  sheets,
  taught,
  news,
  idle,
  say,
  count,
}: Round): Promise<Collected> {
  say('collect', `round ${plan.round}: ${sheets.length} sheets, ${news.length} facts new to the student`);
  const { log, teachers, registry, signal } = options;
  return once(folder, 'collect.json', async () => {
    await idle.turn();
    const student = teachers?.length ? await openParent(plan, registry) : undefined;
    try {
      return await collect({
        log,
        sheets: taught,
        seed: plan.seed,
        turn: () => idle.turn(),
        ...(teachers ? { teachers } : {}),
        ...(student ? { student } : {}),
        onProgress: count,
        ...(signal ? { signal } : {}),
      });
    } finally {
      await student?.close();
    }
  });
}

async function validating(round: Round, { traces, report }: Collected): Promise<Validation> {
  const { plan, folder, options, sheets, taught, say } = round;
  for (const line of collectLines(report)) say('collect', line);
  const validation = await validate(traces, { sheets, ...(options.known ? { known: options.known } : {}) });
  await options.onDoubted?.(validation.doubted, plan.round);
  const own = await validateTaught(taught, plan.seed);
  const told = ({ trace, reason }: Validation['rejected'][number]): object => ({
    ...{ question: trace.question, answer: trace.answer, teacher: trace.teacher, reason },
  });
  await save(folder, 'validation.json', {
    traces: traces.length,
    passed: validation.passed.length,
    rejected: validation.rejected.map(told),
    doubted: validation.doubted.map(told),
    held: report.held,
    clusters: report.clusters,
    taught: own,
  });
  const { passed, doubted } = validation;
  say(
    'validate',
    `${passed.length} of ${traces.length} traces pass${doubted.length ? `, ${doubted.length} contradict a sheet and wait for an engineer` : ''}; ${own.claims} claims of generated rationales checked, ${(100 * own.factuality).toFixed(1)} % agree with the sheets`,
  );
  return validation;
}

/** The generator's own rationales pass the same check as anybody's. */
async function validateTaught(
  sheets: readonly Sheet[],
  seed: number,
): Promise<{ sampled: number; claims: number; factuality: number }> {
  const sampled = Array.from({ length: 500 }, (_, i) =>
    makeEpisode(sheets, { mode: 'closed', wording: 'train' }, random(seed, i, 5)),
  );
  const { claims, factuality, doubted } = await validate(
    sampled.map(({ question, options, rationale, answer }) => ({
      question,
      rationale,
      answer: options ? 'graded one by one' : answer,
      teacher: 'knowledge',
      kind: 'generated' as const,
    })),
    { sheets },
  );
  const [contradiction] = doubted;
  if (contradiction)
    throw new BadInput(`a generated rationale ${contradiction.reason}: mend the sheet or its generator`);
  return { sampled: sampled.length, claims, factuality };
}

// ------------------------------------------------------------------------------------------------ lessons, replay

interface Lessons {
  taught: Lesson[];
  /** Facts that deserve more: of traces, and of faults that were flagged, corrected or escalated. */
  focus: Fact[];
  /** Kept from training, for the gate. */
  held: Trace[];
}

/** Of what machines answered every fifth is kept to be asked at the gate; what people said is taught in full. */
async function lessonsOf(
  { folder, options, taught: sheets, idle }: Round,
  traces: readonly Trace[],
  clusters: Collected['focus'],
): Promise<Lessons> {
  return once(folder, 'lessons.json', async () => {
    const byPeople = (trace: Trace): boolean =>
      trace.teacher === 'person' || trace.kind === 'correction' || trace.overrules === true;
    const machines = traces.filter((trace) => !byPeople(trace));
    const kept = new Set(machines.length >= LEAST_HELD ? machines.filter((_, i) => i % 5 === 4) : []);
    const lesson = options.lessons ?? (async (trace: Trace) => ({ lessons: [traceLesson(trace)] }));
    const taught: Lesson[] = [];
    const deserving = new Set(clusters.flatMap(({ asset, fault }) => rowsAbout(sheets, asset, fault)));
    for (const trace of traces) {
      await idle.turn();
      if (kept.has(trace)) continue;
      const { lessons, fact }: TraceLessons = await lesson(trace);
      taught.push(...lessons);
      if (fact) deserving.add(fact);
    }
    return {
      taught,
      focus: sheets.flatMap(factsOf).filter(({ id }) => deserving.has(id)),
      held: [...kept, ...traces.filter(byPeople)].filter((trace) => trace.options?.length),
    };
  });
}

/** A fault's own facts, and the rows of the parameters that show it. */
function rowsAbout(sheets: readonly Sheet[], asset: string, name: string): string[] {
  const sheet = sheets.find((one) => one.asset === asset);
  const fault = sheet?.faults.find((one) => one.name === name);
  if (!sheet || !fault) return [];
  const own = factsOf(sheet).filter((fact) => fact.fault === name && fact.kind !== 'why');
  return [...own.map(({ id }) => id), ...fault.shows.map(({ parameter }) => `${asset}/${parameter}/faults`)];
}

/** With fewer the gate would learn nothing of them, and the round would miss them. */
const LEAST_HELD = 20;

/** A trace's right options are graded 9, the others 0: a person says which is right, not how nearly another one is. */
export function traceLesson({ question, options, rationale, answer }: Trace): Lesson {
  if (!options) return { question, rationale, answer };
  const right = new Set(answer.split(';').map(plainOption));
  return {
    question,
    rationale,
    answer,
    options: options.map((text) => ({ text, grade: right.has(plainOption(text)) ? 9 : 0 })),
  };
}

async function replaying({ plan, folder, options, taught, news, idle, say, count }: Round): Promise<Lesson[]> {
  if (plan.parent === null) return [];
  return once(folder, 'replay.json', async () => {
    const student = await openParent(plan, options.registry);
    if (!student) return [];
    try {
      const lessons = await softReplay(student, taught, {
        count: plan.shape.questions,
        seed: plan.seed,
        news: new Set(news.map(({ id }) => id)),
        turn: () => idle.turn(),
        onProgress: count,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      say(
        'replay',
        `${lessons.length} of ${plan.shape.questions} old questions are replayed with the student's own grades`,
      );
      return lessons;
    } finally {
      await student.close();
    }
  });
}

/** The student that the round goes on from; undefined for one of an earlier form, which cannot be asked in this one. */
async function openParent(plan: Plan, registry: Registry): Promise<Student | undefined> {
  const entry = (await registry.list()).find(({ id }) => id === plan.parent);
  return entry && (await readsOurForm(entry.folder)) ? openStudent(entry.folder) : undefined;
}

// ------------------------------------------------------------------------------------------------ train

interface Trained {
  tokenizerJson: TokenizerJson;
  config: DecoderConfig;
  trained: TrainResult;
}

async function training(round: Round, lessons: Lessons, replay: readonly Lesson[]): Promise<Trained> {
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
    dataset: { module: new URL('./round-dataset.ts', import.meta.url), options: dataset },
    batch: plan.shape.batch,
    sequence: plan.shape.sequence,
    ...(plan.steps === undefined ? { minutes: plan.minutes } : { steps: plan.steps }),
    optimizer: 'muon',
    learningRate: plan.shape.learningRate * (settled ? SETTLED : 1),
    runFolder: join(folder, 'training'),
    checkpointEveryS: plan.tiny ? 5 : 30,
    resume: true,
    idle,
    ...(options.threads ? { threads: options.threads } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    onEvent: (event) => options.onEvent?.({ kind: 'train', event }),
  });
  return { tokenizerJson, config, trained };
}

/** Weights that know the form already are moved less. */
const SETTLED = 0.3;
/** So many new facts fill the share that what is new gets at most: about that many are learned in a round. */
const FULL_NEWS = 200;
const MOST_NEWS = 0.45;
const MOST_TRACES = 0.25;
const MOST_FOCUS = 0.15;
const REPLAYED = 0.12;

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
    ...(news.length ? { news: { facts: news, share: rising(news.length, FULL_NEWS, MOST_NEWS) } } : {}),
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
    const parent = (await options.registry.list()).find((entry) => entry.id === plan.parent);
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
async function compressing(
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
  await writeStudent(target, {
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
      licences: { weights: 'Apache-2.0', data: 'Apache-2.0 (sheets written for Rounds)' },
    },
  });
  return target;
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
      module: new URL('./round-dataset.ts', import.meta.url),
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

// ------------------------------------------------------------------------------------------------ evaluate

async function evaluating(round: Round, candidate: string, held: readonly Trace[]): Promise<Judgement> {
  const { folder, options, plan, say } = round;
  say('evaluate', 'held-out wordings');
  const judgement = await once(folder, 'judgement.json', () => judgeFolder(round, candidate, held));
  await writeCard(candidate, (card) => ({ ...card, metrics: judgement.metrics, calibration: judgement.calibration }));
  await save(folder, 'metrics.json', judgement.metrics);
  await writeFile(join(folder, 'reliability.svg'), reliabilitySvg(judgement.scored, judgement.calibration.threshold));
  await writeFile(join(folder, 'risk-coverage.svg'), riskCoverageSvg(judgement.scored, options.maxError));
  if (!plan.tiny) await writeChat(candidate, folder, options);
  return judgement;
}

async function judgeFolder(round: Round, folder: string, held: readonly Trace[]): Promise<Judgement> {
  const { plan, options, sheets, taught, news, idle, count } = round;
  const student = await openStudent(folder, options.threads ? { threads: options.threads } : {});
  try {
    return await judge(student, {
      sheets: taught,
      unseen: sheets.filter((sheet) => sheet.asset === UNSEEN_ASSET),
      news,
      traces: held,
      // Not the training seed: the same draw in another wording would be too easy.
      seed: 100_000,
      count: plan.shape.questions,
      maxError: options.maxError,
      ...(options.asker ? { asker: options.asker } : {}),
      turn: () => idle.turn(),
      onProgress: count,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } finally {
    await student.close();
  }
}

// ------------------------------------------------------------------------------------------------ gate, promote

/** A student of an earlier form, or of another maker, lacks its markers and cannot be asked the same questions. */
async function readsOurForm(folder: string): Promise<boolean> {
  const { tokenizer } = await readTokenizer(folder);
  return [...SPECIAL_TOKENS, ...GRADES].every((token) => tokenizer.encode(token).length === 1);
}

/** The candidate and the student in service answer the same questions in the same run. */
async function compare(round: Round, candidate: string, judgement: Judgement, held: readonly Trace[]): Promise<Gate> {
  const { plan, folder, options, news } = round;
  const current = await options.registry.current().catch(() => undefined);
  const entry = current?.entry;
  if (!entry?.card || entry.damage !== null || !(await readsOurForm(entry.folder)))
    return firstOfItsForm(judgement.metrics);
  const former = await once(folder, 'former.json', () => judgeFolder(round, entry.folder, held));
  const times = await timedInTurns([candidate, entry.folder]);
  const contender = async (id: string, of: Judgement, at: string, i: 0 | 1): Promise<Contender> => ({
    id,
    judgement: of,
    calibration: i === 0 ? judgement.calibration : entry.card!.calibration,
    bytes: await servedBytes(at),
    ms: times[i],
  });
  return gate(
    await contender(plan.id, judgement, candidate, 0),
    await contender(entry.id, former, entry.folder, 1),
    new Set(news.map(({ id }) => id)),
  );
}

function firstOfItsForm(metrics: Record<string, number>): Gate {
  const promote = (metrics.accuracy ?? 0) - (metrics.chance ?? 0) > 0.1;
  const figures = `${percent(metrics.accuracy ?? 0)} on held-out wordings, chance ${percent(metrics.chance ?? 0)}`;
  return {
    promote,
    reason: promote
      ? `promoted: no student that reads this form is in service; ${figures}`
      : `not promoted: hardly above chance; ${figures}`,
    checks: [],
    candidate: metrics,
    inService: null,
  };
}

/** Without the 16-bit weights, which only the next round reads. */
async function servedBytes(folder: string): Promise<number> {
  const files = (await filesIn(folder)).filter((name) => name !== WEIGHTS);
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Median time of an answer of 32 tokens, one student after the other in turns: the machine's moods strike both. */
async function timedInTurns(folders: readonly [string, string]): Promise<[number, number]> {
  const [a, b] = [await openStudent(folders[0]), await openStudent(folders[1])];
  const times: [number[], number[]] = [[], []];
  try {
    for (const question of CHAT.slice(0, 12))
      for (const [i, student] of [a, b].entries()) {
        const begun = performance.now();
        const { tokenLogProbs } = await student.generate(renderPrompt({ question }), { maxTokens: 32 });
        times[i]!.push((32 * (performance.now() - begun)) / Math.max(1, tokenLogProbs.length));
      }
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
  const median = (of: number[]): number => of.sort((x, y) => x - y)[Math.floor(of.length / 2)]!;
  return [median(times[0]), median(times[1])];
}

/** In the list, once; a killed round may have put it there. */
async function registered(registry: Registry, id: string, folder: string): Promise<StudentEntry> {
  return (await registry.list()).find((entry) => entry.id === id) ?? registry.add(folder);
}

/** The fifty chat questions with the student's answers, before any teacher is asked, for a person to read. */
async function writeChat(studentFolder: string, folder: string, options: DistillOptions): Promise<void> {
  const student = await openStudent(studentFolder);
  try {
    const direct: Asker = ({ question }) => think(student, { question });
    const ask = options.asker?.(student, true) ?? direct;
    const lines = ['# Fifty questions, answered by the student alone', ''];
    for (const question of CHAT) {
      const thought = await ask({ question });
      const { calibration } = student.card;
      const p = thought ? confidence(thought.features, calibration) : 0;
      const does = p >= calibration.threshold ? 'answers' : 'turns to a teacher';
      lines.push(
        `**${question}**`,
        `> ${readableGrades(thought?.rationale ?? '')}`,
        '',
        `→ ${thought?.answer || '(no answer)'} (${Math.round(100 * p)} %: ${does})`,
        '',
      );
    }
    await writeFile(join(folder, 'chat.md'), lines.join('\n'));
  } finally {
    await student.close();
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
