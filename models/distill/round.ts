/**
 * One round of distillation, from knowledge and validated traces to a registered student: collect → validate → train →
 * compress → evaluate → gate → promote. Each step leaves its figures in the round's folder and can be resumed there.
 * It knows neither the command line nor the bot.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BadInput } from '../errors.ts';
import { readableGrades } from '../knowledge/facts.ts';
import type { Sheet } from '../knowledge/types.ts';
import { type TokenizerJson, trainBpe } from '../student/bpe.ts';
import { confidence, UNCALIBRATED } from '../student/confidence.ts';
import type { DecoderConfig } from '../student/config.ts';
import { decoderConfig } from '../student/config.ts';
import type { Weights } from '../student/decoder.ts';
import { GRADES, renderCompletion, renderOption, renderPrompt, SPECIAL_TOKENS } from '../student/prompt.ts';
import type { Registry } from '../student/registry.ts';
import { openStudent } from '../student/runtime.ts';
import { readStudent, readTokenizer, writeCard, writeStudent } from '../student/student.ts';
import { think } from '../student/think.ts';
import { loadTokenizer } from '../student/tokenizer.ts';
import type { Student } from '../student/types.ts';
import { CHAT } from './chat.ts';
import { makeEpisode, sampleEpisodes } from './episodes.ts';
import { reliabilitySvg, riskCoverageSvg } from './figures.ts';
import { broughtToForm } from './form.ts';
import { type Asker, type Judgement, judge } from './judge.ts';
import { random } from './random.ts';
import type { RoundDatasetOptions } from './round-dataset.ts';
import { type TrainEvent, type TrainResult, train } from './train.ts';
import { type Trace, validate } from './validate.ts';

export interface DistillOptions {
  sheets: readonly Sheet[];
  /** SHA-256 of each sheet file, for lineage. */
  sheetHashes: Record<string, string>;
  /** Answers of teachers and people, not yet validated. */
  traces: readonly Trace[];
  dataDir: string;
  registry: Registry;
  from: 'scratch' | 'current';
  /** A toy student in under three minutes: shows that the whole way works. */
  tiny: boolean;
  /** Training time; default 45, tiny 1. */
  minutes?: number;
  /** Continues the last unfinished round. */
  resume: boolean;
  seed?: number;
  threads?: number;
  maxError: number;
  /** How a question reaches the student in the chain; see judge.ts. */
  asker?: (student: Student, retrieval: boolean) => Asker;
  onEvent?: (event: DistillEvent) => void;
  signal?: AbortSignal;
}

export type DistillEvent =
  | { kind: 'step'; step: Step; text: string }
  | { kind: 'train'; event: TrainEvent }
  | { kind: 'evaluate'; done: number; total: number };

export type Step = 'collect' | 'validate' | 'train' | 'compress' | 'evaluate' | 'gate' | 'promote';

export interface DistillResult {
  round: number;
  student: string;
  steps: number;
  tokensPerSecond: number;
  metrics: Record<string, number>;
  promoted: boolean;
  reason: string;
}

/** What a resumed run needs to be the same run. */
interface Plan {
  round: number;
  id: string;
  from: 'scratch' | 'current';
  parent: string | null;
  tiny: boolean;
  minutes: number;
  seed: number;
  shape: Shape;
  /** SHA-256 of each sheet as it was when the round began: what the weights know, whatever is written meanwhile. */
  sheetHashes: Record<string, string>;
  createdAt: string;
}

/**
 * A shipped class that no round is taught: what a student makes of a machine it has never met is then measured on the very
 * student that serves. It answers for that machine from the sheet in front of it.
 */
export const UNSEEN_ASSET = 'conveyor';

interface Shape {
  hiddenSize: number;
  layers: number;
  vocabSize: number;
  batch: number;
  sequence: number;
  questions: number;
  learningRate: number;
}

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

export async function distill(options: DistillOptions): Promise<DistillResult> {
  if (options.sheets.length === 0)
    throw new BadInput('no sheet to distil from: add one with `rounds knowledge add FILE`');
  const say = (step: Step, text: string): void => options.onEvent?.({ kind: 'step', step, text });
  const rounds = join(options.dataDir, 'rounds');
  const { plan, folder } = await openRound(rounds, options);

  say('collect', `round ${plan.round}: ${options.sheets.length} sheets, ${options.traces.length} traces`);
  const validation = await validate(options.traces, { sheets: options.sheets });
  const taught = await validateTaught(taughtSheets(options.sheets), plan.seed);
  await save(folder, 'validation.json', {
    traces: options.traces.length,
    passed: validation.passed.length,
    rejected: [...validation.rejected, ...validation.doubted].map(({ trace, reason }) => ({
      question: trace.question,
      answer: trace.answer,
      reason,
    })),
    taught,
  });
  say(
    'validate',
    `${validation.passed.length} of ${options.traces.length} traces pass; ${taught.claims} claims of generated rationales checked, ${(100 * taught.factuality).toFixed(1)} % agree with the sheets`,
  );

  const { tokenizerJson, config, weights, settled } = await startingPoint(plan, folder, options);
  const dataset: RoundDatasetOptions = {
    sheets: taughtSheets(options.sheets),
    tokenizerJson,
    seed: plan.seed,
    batch: plan.shape.batch,
    sequence: plan.shape.sequence,
    traces: validation.passed,
    traceShare: Math.min(0.25, validation.passed.length / 200),
  };
  const trained: TrainResult = await train({
    config,
    ...(weights ? { weights } : {}),
    seed: plan.seed,
    dataset: { module: new URL('./round-dataset.ts', import.meta.url), options: dataset },
    batch: plan.shape.batch,
    sequence: plan.shape.sequence,
    minutes: plan.minutes,
    optimizer: 'muon',
    learningRate: plan.shape.learningRate * (settled ? 0.3 : 1),
    runFolder: join(folder, 'training'),
    checkpointEveryS: plan.tiny ? 5 : 30,
    resume: true,
    ...(options.threads ? { threads: options.threads } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    onEvent: (event) => options.onEvent?.({ kind: 'train', event }),
  });

  say('compress', 'writing the student at 8 bits');
  const studentFolder = join(folder, 'student');
  // A run that was killed behind this point has left one: it is written again from the same weights.
  await rm(studentFolder, { recursive: true, force: true });
  await writeStudent(studentFolder, {
    config,
    weights: trained.weights,
    tokenizer: tokenizerJson,
    card: {
      id: plan.id,
      name: plan.tiny ? 'toy student' : 'student',
      parent: plan.parent,
      round: plan.round,
      createdAt: plan.createdAt,
      dataHash: sha256(JSON.stringify([dataset.seed, dataset.traces, plan.sheetHashes])),
      sheets: Object.fromEntries(Object.entries(plan.sheetHashes).map(([file, hash]) => [basename(file), hash])),
      seed: plan.seed,
      training: {
        steps: trained.steps,
        tokens: trained.tokens,
        minutes: trained.minutes,
        code: 'rounds distill',
      },
      metrics: {},
      calibration: { ...UNCALIBRATED, maxError: options.maxError },
      licences: { weights: 'Apache-2.0', data: 'Apache-2.0 (sheets written for Rounds)' },
    },
  });

  say('evaluate', 'held-out wordings');
  const judgement = await judgeFolder(studentFolder, plan, options);
  await writeCard(studentFolder, (card) => ({
    ...card,
    metrics: judgement.metrics,
    calibration: judgement.calibration,
  }));
  await save(folder, 'metrics.json', judgement.metrics);
  await save(
    folder,
    'answers.json',
    judgement.items.map(({ labelled: _, ...item }) => item),
  );
  await writeFile(join(folder, 'reliability.svg'), reliabilitySvg(judgement.scored, judgement.calibration.threshold));
  await writeFile(join(folder, 'risk-coverage.svg'), riskCoverageSvg(judgement.scored, options.maxError));
  if (!plan.tiny) await writeChat(studentFolder, folder, options);

  say('gate', 'new student against the one in service');
  // Decided once: after a promotion the student in service is the candidate itself.
  const gate = (await load<Gate>(folder, 'gate.json')) ?? (await compare(judgement, plan, options));
  await save(folder, 'gate.json', gate);
  const taken = (await options.registry.list()).find(({ id }) => id === plan.id);
  const entry = taken ?? (await options.registry.add(studentFolder));
  if (gate.promote) await options.registry.use(entry.id);
  say('promote', gate.reason);
  const result: DistillResult = {
    round: plan.round,
    student: entry.id,
    steps: trained.steps,
    tokensPerSecond: Math.round(trained.tokensPerSecond),
    metrics: judgement.metrics,
    promoted: gate.promote,
    reason: gate.reason,
  };
  await save(folder, 'result.json', result);
  return result;
}

// ------------------------------------------------------------------------------------------------ the round's folder

async function openRound(rounds: string, options: DistillOptions): Promise<{ plan: Plan; folder: string }> {
  await mkdir(rounds, { recursive: true });
  const known = (await readdir(rounds)).filter((name) => /^\d{3,}$/.test(name)).sort();
  if (options.resume) {
    for (const name of [...known].reverse()) {
      const plan = await load<Plan>(join(rounds, name), 'plan.json');
      if (plan && !(await load(join(rounds, name), 'result.json'))) return { plan, folder: join(rounds, name) };
    }
    throw new BadInput(`no unfinished round in ${rounds} to resume: start one without --resume`);
  }
  const current = options.from === 'current' ? (await options.registry.current()).entry : null;
  // Rounds go on counting where the student's own left off, also on a machine that has made none.
  const round = Math.max(Number(known.at(-1) ?? 0), current?.card?.round ?? 0) + 1;
  const folder = join(rounds, String(round).padStart(3, '0'));
  const plan: Plan = {
    round,
    id: `${options.tiny ? 'toy' : 'student'}-${round}-${Date.now().toString(36)}`,
    from: options.from,
    parent: current?.id ?? null,
    tiny: options.tiny,
    minutes: options.minutes ?? (options.tiny ? 1 : 45),
    seed: options.seed ?? round,
    shape: options.tiny ? TINY : FULL,
    sheetHashes: options.sheetHashes,
    createdAt: new Date().toISOString(),
  };
  await mkdir(folder, { recursive: true });
  await save(folder, 'plan.json', plan);
  return { plan, folder };
}

/** Written beside, then renamed: a killed round leaves a whole file or none. */
async function save(folder: string, name: string, value: unknown): Promise<void> {
  const file = join(folder, name);
  await writeFile(`${file}.part`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.part`, file);
}

async function load<T>(folder: string, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8')) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new BadInput(`${join(folder, name)} is damaged: delete the folder to give the round up`, { cause });
  }
}

// ------------------------------------------------------------------------------------------------ steps

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
    })),
    { sheets },
  );
  const [contradiction] = doubted;
  if (contradiction)
    throw new BadInput(`a generated rationale ${contradiction.reason}: mend the sheet or its generator`);
  return { sampled: sampled.length, claims, factuality };
}

function taughtSheets(sheets: readonly Sheet[]): Sheet[] {
  const taught = sheets.filter((sheet) => sheet.asset !== UNSEEN_ASSET);
  return taught.length ? taught : [...sheets];
}

interface StartingPoint {
  tokenizerJson: TokenizerJson;
  config: DecoderConfig;
  weights?: Weights;
  /** The weights know the form already and are only to be moved a little. */
  settled: boolean;
}

async function startingPoint(plan: Plan, folder: string, options: DistillOptions): Promise<StartingPoint> {
  if (plan.parent) {
    const parent = (await options.registry.list()).find((entry) => entry.id === plan.parent);
    if (!parent) throw new BadInput(`student ${plan.parent} is no longer there: distil with --from scratch`);
    const { config, weights, tokenizerJson } = await readStudent(parent.folder);
    const formed = broughtToForm(tokenizerJson, weights);
    return { config, ...formed, settled: formed.weights === weights };
  }
  const stored = await load<TokenizerJson>(folder, 'tokenizer.json');
  const tokenizerJson =
    stored ??
    trainBpe(vocabularyTexts(taughtSheets(options.sheets), plan), {
      vocabSize: plan.shape.vocabSize,
      specialTokens: SPECIAL_TOKENS,
    });
  if (!stored) await save(folder, 'tokenizer.json', tokenizerJson);
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

async function judgeFolder(folder: string, plan: Plan, options: DistillOptions): Promise<Judgement> {
  const student = await openStudent(folder, options.threads ? { threads: options.threads } : {});
  try {
    return await judge(student, {
      sheets: taughtSheets(options.sheets),
      unseen: options.sheets.filter((sheet) => sheet.asset === UNSEEN_ASSET),
      // Not the training seed: the same draw in another wording would be too easy.
      seed: 100_000,
      count: plan.shape.questions,
      maxError: options.maxError,
      ...(options.asker ? { asker: options.asker } : {}),
      onProgress: (done, total) => options.onEvent?.({ kind: 'evaluate', done, total }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } finally {
    await student.close();
  }
}

interface Gate {
  promote: boolean;
  reason: string;
  candidate: Record<string, number>;
  inService: { id: string; metrics: Record<string, number> } | null;
}

/** A student of an earlier form, or of another maker, lacks its markers and cannot be asked the same questions. */
async function readsOurForm(folder: string): Promise<boolean> {
  const { tokenizer } = await readTokenizer(folder);
  return [...SPECIAL_TOKENS, ...GRADES].every((token) => tokenizer.encode(token).length === 1);
}

/** The candidate and the student in service answer the same questions in the same run. */
async function compare(candidate: Judgement, plan: Plan, options: DistillOptions): Promise<Gate> {
  const margin = (of: Record<string, number>): number => (of.accuracy ?? 0) - (of.chance ?? 0);
  const percent = (value: number | undefined): string => `${(100 * (value ?? 0)).toFixed(1)} %`;
  const { entry } = await options.registry.current();
  const servable = entry.card !== null && entry.damage === null && (await readsOurForm(entry.folder));
  if (!servable) {
    const better = margin(candidate.metrics) > 0.1;
    return {
      promote: better,
      reason: better
        ? `no student that reads this form is in service; ${percent(candidate.metrics.accuracy)} on held-out wordings, chance ${percent(candidate.metrics.chance)}`
        : `not promoted: ${percent(candidate.metrics.accuracy)} is hardly above chance, ${percent(candidate.metrics.chance)}`,
      candidate: candidate.metrics,
      inService: null,
    };
  }
  const former = await judgeFolder(entry.folder, plan, options);
  const wins = candidate.items.filter((item, i) => item.right && !former.items[i]!.right).length;
  const losses = candidate.items.filter((item, i) => !item.right && former.items[i]!.right).length;
  const p = signTest(wins, losses);
  const promote = wins > losses && p < 0.05;
  return {
    promote,
    reason: `${promote ? 'promoted' : 'not promoted'}: of ${candidate.items.length} held-out questions the new student alone is right on ${wins}, ${entry.id} alone on ${losses} (one-sided p = ${p.toPrecision(2)}); accuracy ${percent(candidate.metrics.accuracy)} against ${percent(former.metrics.accuracy)}`,
    candidate: candidate.metrics,
    inService: { id: entry.id, metrics: former.metrics },
  };
}

/** Exact one-sided McNemar test: P(at least `wins` of wins + losses | a fair coin). */
export function signTest(wins: number, losses: number): number {
  const n = wins + losses;
  let term = n * Math.log(0.5);
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    if (k > 0) term += Math.log((n - k + 1) / k);
    if (k >= wins) sum += Math.exp(term);
  }
  return Math.min(1, sum);
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
