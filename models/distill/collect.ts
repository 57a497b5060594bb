/**
 * What a round is made of beside the sheets' own episodes, and where it looks closest. From the log come answers that
 * someone with the role has reviewed, questions that wait for a teacher, and signals: which machine and fault people
 * flagged, corrected or saw escalated. A signal carries no text, so what a chat user wrote steers where questions are
 * made, never what is taught. It knows neither store nor roles: the bot hands it reviewed material only.
 */
import type { Sheet } from '../knowledge/types.ts';
import type { Student } from '../student/types.ts';
import type { Teacher, Topic } from '../teacher/types.ts';
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
  /** Asked reviewed questions and generated ones, in turn until one knows. Without any, the sheets answer alone. */
  teachers?: readonly Teacher[];
  /** The student in service, for measuring where it is unsure. Without one, every fact counts as unsure. */
  student?: Student;
  /** Generated questions; default 200. */
  budget?: number;
  /** Independent answers asked of each teacher that has chance in it; default 3. */
  samples?: number;
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
  teacherCalls: number;
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

export async function collect(options: CollectOptions): Promise<Collected> {
  const { log, sheets } = options;
  const clusters = clustersOf(log.signals, sheets);
  return {
    traces: [...log.traces],
    focus: focusOf(clusters),
    report: {
      traces: counted(log.traces.map((trace) => trace.kind ?? 'other')),
      clusters,
      held: heldByReason(log.held),
      teacherCalls: 0,
    },
  };
}

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

function focusOf(clusters: readonly Cluster[]): Focus[] {
  const faults = clusters.filter(({ fault }) => fault !== '');
  const all = faults.reduce((sum, { votes }) => sum + votes, 0);
  return faults.map(({ asset, fault, votes }) => ({ asset, fault, weight: votes / all }));
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
