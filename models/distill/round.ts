/**
 * One round of distillation, from knowledge and the log to a registered student: collect → validate → replay → train →
 * compress → evaluate → gate → promote. Each step leaves what it made in the round's folder (round-folder.ts), and a killed
 * round goes on from there. The student in service is touched by one switch alone, at the end. It knows neither the
 * command line nor the bot.
 */
import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import type { Sheet } from '../knowledge/types.ts';
import { isOurs } from '../student/student.ts';
import { type Idle, idleWatch } from './idle.ts';
import { newsOf, readTaught, taughtBy } from './news.ts';
import { beginRound, once, type Plan, parentOf, type Shape, save, unfinishedRound } from './round-folder.ts';
import { type DistillOptions, type DistillResult, type Round, UNSEEN_ASSET } from './round-types.ts';
import { collecting, lessonsOf, replaying, validating } from './steps/gather.ts';
import { compressing, training } from './steps/make.ts';
import { compare, evaluating, registered } from './steps/weigh.ts';

export type { DistillEvent, DistillOptions, DistillResult, Step, TraceLessons } from './round-types.ts';
export { UNSEEN_ASSET } from './round-types.ts';

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

async function opened(options: DistillOptions, idle: Idle): Promise<Round> {
  const rounds = join(options.dataDir, 'rounds');
  const { plan, folder } = options.resume ? await resumed(rounds) : await begun(rounds, options);
  // What the round teaches is what the plant knew when it began, and what the student of the next one is compared with.
  const sheets = await once(folder, 'sheets.json', () => [...options.sheets]);
  const taught = taughtSheets(sheets);
  const news = await once(folder, 'news.json', async () => newsOf(taught, await knownBefore(plan, taught, options)));
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

/** What the student in service was taught; all, where nothing is gone on from: then nothing is news. */
async function knownBefore(plan: Plan, taught: readonly Sheet[], options: DistillOptions): Promise<Set<number>> {
  const parent = await parentOf(plan, options.registry);
  return parent ? readTaught(parent.folder) : taughtBy(taught);
}

function taughtSheets(sheets: readonly Sheet[]): Sheet[] {
  const taught = sheets.filter((sheet) => sheet.asset !== UNSEEN_ASSET);
  return taught.length ? taught : [...sheets];
}
