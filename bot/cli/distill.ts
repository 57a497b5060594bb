/** `rounds distill`: one round, from sheets and validated traces to a registered student. */
import { studentAsker } from '../../chains/eval.ts';
import { lessonMaker } from '../../chains/lessons.ts';
import { type DistillEvent, distill } from '../../models/distill/round.ts';
import { progressFile } from '../../models/distill/round-status.ts';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { openRegistry, type Registry } from '../../models/student/registry.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { loadConfig } from '../config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../main.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { bar, type Output, percent, print, progressLine } from './output.ts';
import { doubtsOf, roundLog } from './round-log.ts';

export interface DistillFlags extends Output {
  tiny?: boolean;
  from?: 'scratch' | 'current';
  minutes?: number;
  steps?: number;
  questions?: number;
  prune?: number;
  resume?: boolean;
  seed?: number;
}

export async function runDistill(flags: DistillFlags): Promise<void> {
  if (flags.minutes !== undefined && flags.steps !== undefined)
    throw new BadInput('--minutes and --steps both say how long: give one');
  const config = loadConfig();
  const knowledge = await openKnowledge(config);
  const store = sqlStore({ database: await openDatabase(config) });
  const registry = await openRegistry({ dataDir: config.dataDir, shippedDir: SHIPPED_STUDENT });
  const matcher = makeMatcher(knowledge);
  const teacher = knowledgeTeacher(knowledge, matcher);
  const stop = new AbortController();
  const abort = () => stop.abort(new RoundsError('aborted', 'stopped'));
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  const shown = progressLine();
  const progress = progressFile(config.dataDir);
  const { minutes, steps, questions, prune, seed } = flags;
  try {
    const result = await distill({
      sheets: knowledge.sheets,
      sheetHashes: knowledge.hashes,
      log: await roundLog(store, config),
      teachers: [teacher],
      known: teacher,
      onDoubted: (doubted, round) => store.addDoubts(doubtsOf({ doubted }, round, new Date())),
      dataDir: config.dataDir,
      registry,
      from: flags.from ?? (flags.tiny ? 'scratch' : await startOf(registry)),
      tiny: flags.tiny ?? false,
      ...(minutes === undefined ? {} : { minutes }),
      ...(steps === undefined ? {} : { steps }),
      ...(questions === undefined ? {} : { questions }),
      ...(prune === undefined ? {} : { prune }),
      resume: flags.resume ?? false,
      ...(seed === undefined ? {} : { seed }),
      maxError: config.maxError,
      asker: (student, retrieval) => studentAsker({ student, knowledge, matcher, retrieval }),
      lessons: lessonMaker(knowledge, matcher),
      answersWait: async () => (await store.unfinished()).length > 0,
      onEvent: (event) => {
        progress.tell(event);
        show(event, shown);
      },
      signal: stop.signal,
    });
    shown.end();
    await progress.ended(result.promoted ? 'promoted' : 'not promoted', result.reason);
    const figures = Object.entries(result.metrics).map(([name, value]) => `  ${name}: ${Number(value.toFixed(4))}`);
    print(flags, result, [
      `Round ${result.round}: student ${result.student}, ${result.steps} steps, ${result.tokensPerSecond} tokens/s`,
      ...figures,
      `${result.promoted ? 'Promoted' : 'Not promoted'}: ${result.reason}`,
    ]);
  } catch (error) {
    shown.end();
    await progress.ended(
      stop.signal.aborted ? 'stopped' : 'failed',
      error instanceof Error ? error.message : String(error),
    );
    if (!stop.signal.aborted) throw error;
    process.stderr.write('Stopped; `rounds distill --resume` goes on from here.\n');
    process.exitCode = 130;
  } finally {
    await registry.close();
    await store.close();
  }
}

/** Where a round begins when nobody says: from the student that serves, if there is one. */
async function startOf(registry: Registry): Promise<'scratch' | 'current'> {
  return (await registry.list()).length > 0 ? 'current' : 'scratch';
}

function show(event: DistillEvent, shown: ReturnType<typeof progressLine>): void {
  if (event.kind === 'step') {
    shown.end();
    process.stderr.write(`${event.step}: ${event.text}\n`);
  } else if (event.kind === 'count') {
    shown.show(`${bar(event.done / event.total)} ${event.done}/${event.total} questions`);
  } else if (event.kind === 'rest') {
    shown.show(event.resting ? 'resting: somebody waits for an answer' : 'going on');
  } else if (event.event.kind === 'progress') {
    const { step, loss, tokensPerSecond, elapsedS, etaS } = event.event;
    const left = etaS < 90 ? `${Math.round(etaS)} s` : `${Math.round(etaS / 60)} min`;
    const share = elapsedS / Math.max(1, elapsedS + etaS);
    shown.show(
      `${bar(share)} ${percent(share, 0)} step ${step}, loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond)} tokens/s, ${left} left`,
    );
  } else if (event.event.kind === 'warning') {
    shown.end();
    process.stderr.write(`${event.event.text}\n`);
  }
}
