/** `rounds distill`: one round, from sheets and validated traces to a registered student. */
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { studentAsker } from '../../chains/eval.ts';
import { lessonMaker } from '../../chains/lessons.ts';
import { type DistillEvent, distill } from '../../models/distill/round.ts';
import { load, save, unfinishedRound } from '../../models/distill/round-folder.ts';
import { progressFile, roundProgress } from '../../models/distill/round-status.ts';
import { BadInput, RoundsError } from '../../models/errors.ts';
import type { Knowledge } from '../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { openRegistry, type Registry, type RegistryOptions } from '../../models/student/registry.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { type Config, loadConfig } from '../config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../main.ts';
import { isOf, type Place } from '../serving/specialists.ts';
import { openTeachers, plantRedactor } from '../serving/teachers.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { teachingLedger } from '../store/teaching.ts';
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
  /** A place of the configuration: the round is for its student, on its machines. */
  for?: string;
  /** Begun by the bot: at low priority; an unfinished round is gone on with, at most so often. */
  scheduled?: boolean;
}

export async function runDistill(flags: DistillFlags): Promise<void> {
  if (flags.minutes !== undefined && flags.steps !== undefined)
    throw new BadInput('--minutes and --steps both say how long: give one');
  const config = loadConfig();
  await refuseSecond(config.dataDir);
  if (flags.scheduled) setPriority(constants.priority.PRIORITY_LOW);
  const knowledge = await openKnowledge(config);
  const place = flags.for === undefined ? undefined : placeOf(config, flags.for);
  const sheets = place ? sheetsOf(place, knowledge) : knowledge.sheets;
  const database = await openDatabase(config);
  const store = sqlStore({ database });
  const registry = await openPlace({ dataDir: config.dataDir, shippedDir: SHIPPED_STUDENT }, place?.name);
  const matcher = makeMatcher(knowledge);
  const known = knowledgeTeacher(knowledge, matcher);
  const stop = new AbortController();
  const abort = () => stop.abort(new RoundsError('aborted', 'stopped'));
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  const shown = progressLine();
  const progress = progressFile(config.dataDir);
  const { minutes, steps, questions, prune, seed } = flags;
  try {
    const ledger = teachingLedger(database);
    const { order: teachers } = openTeachers(config.teaching, { knowledge, matcher, ledger });
    const result = await distill({
      sheets,
      sheetHashes: knowledge.hashes,
      log: await roundLog(store, config),
      teachers,
      redact: plantRedactor(config.teaching, knowledge)().redact,
      known,
      onDoubted: (doubted, round) => store.addDoubts(doubtsOf({ doubted }, round, new Date())),
      dataDir: config.dataDir,
      registry,
      from: flags.from ?? (flags.tiny ? 'scratch' : await startOf(registry)),
      tiny: flags.tiny ?? false,
      ...(minutes === undefined ? {} : { minutes }),
      ...(steps === undefined ? {} : { steps }),
      ...(questions === undefined ? {} : { questions }),
      ...(prune === undefined ? {} : { prune }),
      resume: flags.scheduled ? await canGoOn(config.dataDir) : (flags.resume ?? false),
      ...(seed === undefined ? {} : { seed }),
      maxError: config.maxError,
      machines: knowledge.register.assets.map(({ tag, class: asset }) => ({ tag, asset })),
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

/** Two rounds would take each other's time, and the second would not know what the first is about to change. */
async function refuseSecond(dataDir: string): Promise<void> {
  const other = await roundProgress(dataDir);
  if (other && (other.state === 'running' || other.state === 'resting') && other.pid !== process.pid)
    throw new BadInput(`round ${other.round} runs already (process ${other.pid}): wait for it, or stop it first`);
}

function placeOf(config: Config, name: string): Place {
  const place = config.students.find((one) => one.name === name);
  const names = config.students.map((one) => one.name).join(', ');
  if (!place) throw new BadInput(`--for ${name}: students in rounds.config.yaml names ${names || 'none'}`);
  return place;
}

/** Of the machines that the register has in the place's areas, and of its classes. */
function sheetsOf(place: Place, { sheets, register }: Knowledge): Sheet[] {
  const machines = register.assets.map((asset) => ({ asset: asset.class, area: asset.area }));
  const own = sheets.filter(({ asset }) =>
    place.areas.length
      ? machines.some((machine) => machine.asset === asset && isOf(place, machine))
      : isOf(place, { asset }),
  );
  if (own.length === 0) throw new BadInput(`--for ${place.name}: no sheet is of its classes and areas: mend students`);
  return own;
}

/** The registry; a place for which no student was chosen begins with the general one. */
async function openPlace(options: RegistryOptions, place: string | undefined): Promise<Registry> {
  if (place === undefined) return openRegistry(options);
  const general = await openRegistry(options);
  const registry = await openRegistry({ ...options, place });
  try {
    await registry.current().catch(async () => registry.use((await general.current()).entry.id));
    return registry;
  } finally {
    await general.close();
  }
}

/** An unfinished round that ended badly so often is given up for a new one. */
const MOST_TRIES = 3;

async function canGoOn(dataDir: string): Promise<boolean> {
  const found = await unfinishedRound(join(dataDir, 'rounds'));
  if (!found) return false;
  const tries = ((await load<{ tries: number }>(found.folder, 'tries.json'))?.tries ?? 0) + 1;
  await save(found.folder, tries > MOST_TRIES ? 'given-up.json' : 'tries.json', { tries });
  return tries <= MOST_TRIES;
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
