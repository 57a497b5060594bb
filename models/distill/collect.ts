/**
 * What a round is made of beside the sheets' own episodes, and where it looks closest. From the log come answers that
 * someone with the role has reviewed, questions that wait for a teacher, and signals: which machine and fault people
 * flagged, corrected or saw escalated. A signal carries no text, so what a chat user wrote steers where questions are
 * made, never what is taught. It knows neither store nor roles: the bot hands it reviewed material only.
 */
import { factsOf } from '../knowledge/facts.ts';
import type { Sheet } from '../knowledge/types.ts';
import type { Student } from '../student/types.ts';
import type { Teacher, TeacherAnswer, TeacherQuestion, Topic } from '../teacher/types.ts';
import { makeEpisode } from './episodes.ts';
import { severalAtOnce } from './evaluate.ts';
import { type Doubtful, probe } from './probe.ts';
import { random } from './random.ts';
import type { Trace } from './validate.ts';

/** Something went wrong or was doubted there. Names only, and only those that the sheets have count. */
export interface Signal {
  kind: 'escalation' | 'flag' | 'thumb down' | 'correction';
  /** Who gave it: one person's signals on one fault count as few, however many they are. */
  person: string;
  topic: Topic;
}

/** A question that someone with the role passed, without an answer yet. */
export interface ReviewedQuestion {
  id: string;
  question: string;
  options?: string[];
  topic: Topic;
  reviewedBy: string;
}

/** What waits for a review, and why: nothing of it is taught. */
export interface Held {
  id: string;
  kind: 'flag' | 'thumb down' | 'correction' | 'escalation' | 'doubt';
  author: string;
  reason: string;
}

/** The log as a round may use it. */
export interface RoundLog {
  /** Reviewed questions with their answers. */
  traces: readonly Trace[];
  questions: readonly ReviewedQuestion[];
  signals: readonly Signal[];
  held: readonly Held[];
}

export const EMPTY_LOG: RoundLog = { traces: [], questions: [], signals: [], held: [] };

export interface CollectOptions {
  log: RoundLog;
  sheets: readonly Sheet[];
  seed: number;
  /** Asked in turn until one knows. Generated questions go to those that are no sheets, where there are such. */
  teachers?: readonly Teacher[];
  /** The student in service, for measuring where it is unsure. Without one, signals alone say where to look. */
  student?: Student;
  /** Generated questions; default 100. */
  budget?: number;
  /** Independent answers asked of a language model to one question; default 3. */
  samples?: number;
  /** Waited for before each question. */
  turn?: () => Promise<void>;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** A fault that deserves more of the round; weights sum to 1. */
export interface Focus {
  asset: string;
  fault: string;
  weight: number;
}

export interface Collected {
  /** Not yet validated. */
  traces: Trace[];
  /** Heaviest first. */
  focus: Focus[];
  report: CollectReport;
}

/** Plain JSON, for the round's folder. */
export interface CollectReport {
  traces: Record<string, number>;
  /** Signals of one fault together, most votes first. */
  clusters: Cluster[];
  /** Not taught, for want of a review. */
  held: { kind: Held['kind']; reason: string; count: number }[];
  /** What became of the questions: of the reviewed ones, and of those made where the student is least sure. */
  questions: { asked: number; answered: number; unknown: number; failed: number };
  /** Why teachers failed, and how often. */
  failures: { teacher: string; reason: string; count: number }[];
  teacherCalls: number;
  /** Faults measured, and the mean doubt over them and over those in focus; absent without a student. */
  probe?: { faults: number; meanDoubt: number; focusDoubt: number };
}

export interface Cluster {
  asset: string;
  /** Empty: of the machine as a whole. */
  fault: string;
  /** By kind, as they came. */
  signals: Record<string, number>;
  /** What they count for: a person's signals on one fault at most VOTES_A_PERSON. */
  votes: number;
}

/** However often one person presses a button, it steers the round no more than this. */
const VOTES_A_PERSON = 3;

/** So many faults are looked at closer: more would be all of them. */
const MOST_FOCUS = 24;

export async function collect(options: CollectOptions): Promise<Collected> {
  const { log, sheets, seed, teachers = [], student, signal } = options;
  const clusters = clustersOf(log.signals, sheets);
  const doubts = student && (await probe(student, sheets, options));
  const focus = focusOf(clusters, doubts);
  const asker = askerOf(options);
  const answered = await asker.ask(log.questions.map(reviewedQuestion), teachers);
  const models = teachers.filter(({ name }) => name !== SHEETS);
  const made = generated(focus, sheets, options.budget ?? 100, seed);
  signal?.throwIfAborted();
  const taught = teachers.length ? await asker.ask(made, models.length ? models : teachers) : [];
  const traces = [...log.traces, ...answered, ...taught];
  return {
    traces,
    focus,
    report: {
      traces: counted(traces.map((trace) => trace.kind ?? 'other')),
      clusters,
      held: heldByReason(log.held),
      ...asker.report(),
      ...(doubts
        ? { probe: { faults: doubts.length, meanDoubt: mean(doubts), focusDoubt: mean(within(doubts, focus)) } }
        : {}),
    },
  };
}

// ------------------------------------------------------------------------------------------------ where to look

/** Signals on machines and faults that the sheets have; others have nothing that could be taught. */
function clustersOf(signals: readonly Signal[], sheets: readonly Sheet[]): Cluster[] {
  type Voted = Cluster & { people: Map<string, number> };
  const clusters = new Map<string, Voted>();
  for (const { kind, person, topic } of signals) {
    const sheet = sheets.find(({ asset }) => asset === topic.asset);
    if (!sheet) continue;
    const known = topic.faults.filter((name) => sheet.faults.some((fault) => fault.name === name));
    for (const fault of known.length ? known : ['']) {
      const key = `${sheet.asset}/${fault}`;
      const empty = { asset: sheet.asset, fault, signals: {}, votes: 0, people: new Map<string, number>() };
      const cluster: Voted = clusters.get(key) ?? empty;
      cluster.signals[kind] = (cluster.signals[kind] ?? 0) + 1;
      cluster.people.set(person, Math.min(VOTES_A_PERSON, (cluster.people.get(person) ?? 0) + 1));
      cluster.votes = [...cluster.people.values()].reduce((sum, votes) => sum + votes, 0);
      clusters.set(key, cluster);
    }
  }
  return [...clusters.values()]
    .map(({ people: _, ...cluster }) => cluster)
    .sort((a, b) => b.votes - a.votes || a.asset.localeCompare(b.asset) || a.fault.localeCompare(b.fault));
}

/** What the student is unsure of, the more the more people met it there. */
function focusOf(clusters: readonly Cluster[], doubts: readonly Doubtful[] | undefined): Focus[] {
  const key = ({ asset, fault }: { asset: string; fault: string }): string => `${asset}/${fault}`;
  const votes = new Map(clusters.map((cluster) => [key(cluster), cluster.votes]));
  const faults = doubts ?? clusters.filter(({ fault }) => fault !== '').map((one) => ({ ...one, doubt: 1 }));
  const weighed = faults
    .map(({ asset, fault, doubt }) => ({
      asset,
      fault,
      weight: (LEAST_DOUBT + doubt) * (1 + (votes.get(`${asset}/${fault}`) ?? 0)),
    }))
    .sort((a, b) => b.weight - a.weight || key(a).localeCompare(key(b)))
    .slice(0, MOST_FOCUS);
  const all = weighed.reduce((sum, { weight }) => sum + weight, 0);
  return weighed.map((one) => ({ ...one, weight: one.weight / all }));
}

/** What people complain of is looked at even where the student is sure: it may be surely wrong. */
const LEAST_DOUBT = 0.1;

function within(doubts: readonly Doubtful[], focus: readonly Focus[]): Doubtful[] {
  const chosen = new Set(focus.map(({ asset, fault }) => `${asset}/${fault}`));
  return doubts.filter(({ asset, fault }) => chosen.has(`${asset}/${fault}`));
}

function mean(doubts: readonly Doubtful[]): number {
  return doubts.reduce((sum, { doubt }) => sum + doubt, 0) / Math.max(1, doubts.length);
}

// ------------------------------------------------------------------------------------------------ questions to teachers

/** The teacher that is the sheets: it has no chance in it, and nothing to tell of them that they do not say. */
const SHEETS = 'knowledge';

/** A question with what a trace of it will be. */
interface Posed {
  question: TeacherQuestion;
  trace: Pick<Trace, 'id' | 'kind' | 'reviewedBy'>;
}

function reviewedQuestion({ id, question, options, topic, reviewedBy }: ReviewedQuestion): Posed {
  return {
    question: { question, ...(options ? { options } : {}), topic, facts: [] },
    trace: { id, kind: 'flag', reviewedBy },
  };
}

/** About the faults in focus, by weight, in training wordings: the sheets make them, so nobody has to review them. */
function generated(focus: readonly Focus[], sheets: readonly Sheet[], budget: number, seed: number): Posed[] {
  if (focus.length === 0) return [];
  const weights = Object.fromEntries(focus.map(({ weight }, i) => [String(i), weight]));
  const made = new Map<string, Posed>();
  for (let i = 0; i < budget; i++) {
    const rng = random(seed, i, 91);
    const { asset, fault } = focus[Number(rng.weighted(weights))]!;
    const facts = factsOf(sheets.find((sheet) => sheet.asset === asset)!).filter((fact) => fact.fault === fault);
    const row = facts.find(({ kind }) => kind === 'shows');
    const about = row && rng.chance(ROWS) ? row : rng.pick(facts);
    const episode = makeEpisode(sheets, { mode: 'closed', wording: 'train', options: 4, noise: false, about }, rng);
    const options = episode.options?.map(({ text }) => text);
    made.set(episode.question, {
      question: {
        question: episode.question,
        ...(options?.length ? { options } : {}),
        topic: { asset, faults: [fault], parameters: [] },
        facts: [...new Set([...(row ? [row] : []), about])],
      },
      trace: { id: `generated/${seed}-${i}`, kind: 'generated' },
    });
  }
  return [...made.values()];
}

/** Share of the generated questions that are about a fault's parameters, what most questions are about. */
const ROWS = 0.6;
/** Teachers asked at a time: they are slow, and the answers of one do not hang on another's. */
const AT_ONCE = 4;

function askerOf({ samples = 3, turn, onProgress, signal }: CollectOptions) {
  const questions = { asked: 0, answered: 0, unknown: 0, failed: 0 };
  const failures = new Map<string, { teacher: string; reason: string; count: number }>();
  let teacherCalls = 0;

  async function put(teacher: Teacher, question: TeacherQuestion): Promise<TeacherAnswer | undefined> {
    teacherCalls += 1;
    try {
      return await teacher.ask(question, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
      const key = `${teacher.name} ${reason}`;
      failures.set(key, { teacher: teacher.name, reason, count: (failures.get(key)?.count ?? 0) + 1 });
      return undefined;
    }
  }

  /** The first that knows, and where chance is in it what it says when asked again. */
  async function answer({ question, trace }: Posed, teachers: readonly Teacher[]): Promise<Trace | undefined> {
    let failed = 0;
    for (const teacher of teachers) {
      const first = await put(teacher, question);
      if (!first) failed += 1;
      if (first?.kind !== 'knows') continue;
      // A panel has compared several answers already.
      const again = teacher.name === SHEETS || teacher.name === 'panel' ? 0 : samples - 1;
      const others = await Promise.all(
        Array.from({ length: again }, (_, i) => put(teacher, { ...question, sample: i + 1 })),
      );
      // One that failed says nothing; one that does not know says something else.
      const said = others.flatMap((other) => (other ? [other.kind === 'knows' ? other.answer : 'not known'] : []));
      questions.answered += 1;
      return {
        ...trace,
        question: question.question,
        ...(question.options ? { options: question.options } : {}),
        ...{ rationale: first.rationale, answer: first.answer, teacher: teacher.name },
        ...(said.length ? { samples: said } : {}),
      };
    }
    if (failed === teachers.length) questions.failed += 1;
    else questions.unknown += 1;
    return undefined;
  }

  return {
    async ask(posed: readonly Posed[], teachers: readonly Teacher[]): Promise<Trace[]> {
      let done = 0;
      questions.asked += posed.length;
      const traces = await severalAtOnce(posed, AT_ONCE, async (one) => {
        signal?.throwIfAborted();
        await turn?.();
        const trace = await answer(one, teachers);
        onProgress?.(++done, posed.length);
        return trace;
      });
      return traces.filter((trace) => trace !== undefined);
    },
    report: (): Pick<CollectReport, 'questions' | 'failures' | 'teacherCalls'> => ({
      questions,
      failures: [...failures.values()],
      teacherCalls,
    }),
  };
}

// ------------------------------------------------------------------------------------------------ the report

/** What was held back and what became of the questions, a line each, for people. */
export function collectLines(report: CollectReport): string[] {
  const { traces, held, questions, failures, probe: measured } = report;
  const kinds = Object.entries(traces).map(([kind, count]) => `${count} ${kind}`);
  return [
    `collected: ${kinds.join(', ') || 'nothing'}`,
    ...held.map(({ kind, reason, count }) => `held back: ${count} × ${kind}, ${reason}`),
    ...(questions.asked
      ? [
          `${questions.asked} questions to teachers: ${questions.answered} answered, ${questions.unknown} not known, ${questions.failed} failed`,
        ]
      : []),
    ...failures.map(({ teacher, reason, count }) => `${teacher} failed ${count} times: ${reason}`),
    ...(measured
      ? [
          `doubt of the student over ${measured.faults} faults ${measured.meanDoubt.toFixed(3)}, where the round looks closer ${measured.focusDoubt.toFixed(3)}`,
        ]
      : []),
  ];
}

function heldByReason(held: readonly Held[]): CollectReport['held'] {
  const groups = new Map<string, CollectReport['held'][number]>();
  for (const { kind, reason } of held) {
    const key = `${kind} ${reason}`;
    groups.set(key, { kind, reason, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

function counted(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
