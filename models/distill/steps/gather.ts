/** The first steps of a round: what is to be taught, and whether it may be. */
import { BadInput } from '../../errors.ts';
import { factsOf } from '../../knowledge/facts.ts';
import type { Fact, Sheet } from '../../knowledge/types.ts';
import { plainOption } from '../../student/prompt.ts';
import type { Registry } from '../../student/registry.ts';
import { openStudent } from '../../student/runtime.ts';
import type { Student } from '../../student/types.ts';
import { type Collected, collect, collectLines } from '../collect.ts';
import type { Lesson } from '../dataset.ts';
import { makeEpisode } from '../episodes.ts';
import { readsOurForm } from '../form.ts';
import { random } from '../random.ts';
import { softReplay } from '../replay.ts';
import { once, type Plan, parentOf, save } from '../round-folder.ts';
import type { Round, TraceLessons } from '../round-types.ts';
import { type Trace, type Validation, validate } from '../validate.ts';

export async function collecting({
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

export async function validating(round: Round, { traces, report }: Collected): Promise<Validation> {
  const { plan, folder, options, sheets, taught, say } = round;
  for (const line of collectLines(report)) say('collect', line);
  const { known, redact } = options;
  const validation = await validate(traces, { sheets, ...(known ? { known } : {}), ...(redact ? { redact } : {}) });
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

export interface Lessons {
  taught: Lesson[];
  /** Facts that deserve more: of traces, and of faults that were flagged, corrected or escalated. */
  focus: Fact[];
  /** Kept from training, for the gate. */
  held: Trace[];
}

/** Of what machines answered every fifth is kept to be asked at the gate; what people said is taught in full. */
export async function lessonsOf(
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

/** Of the evaluation's questions: about a third is known well enough to be replayed. */
const REPLAY_ASKED = 4;

export async function replaying({ plan, folder, options, taught, news, idle, say, count }: Round): Promise<Lesson[]> {
  if (plan.parent === null) return [];
  return once(folder, 'replay.json', async () => {
    const student = await openParent(plan, options.registry);
    if (!student) return [];
    try {
      const asked = REPLAY_ASKED * plan.shape.questions;
      const lessons = await softReplay(student, taught, {
        count: asked,
        seed: plan.seed,
        news: new Set(news.map(({ id }) => id)),
        turn: () => idle.turn(),
        onProgress: count,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      say('replay', `${lessons.length} of ${asked} old questions are replayed with the student's own grades`);
      return lessons;
    } finally {
      await student.close();
    }
  });
}

/** The student that the round goes on from; undefined for one of an earlier form, which cannot be asked in this one. */
async function openParent(plan: Plan, registry: Registry): Promise<Student | undefined> {
  const entry = await parentOf(plan, registry);
  return entry && (await readsOurForm(entry.folder)) ? openStudent(entry.folder) : undefined;
}
