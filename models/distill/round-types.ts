/** What a round is given, what it says meanwhile and at its end, and what its steps have in common. No code. */
import type { Fact, Sheet } from '../knowledge/types.ts';
import type { Registry } from '../student/registry.ts';
import type { Student } from '../student/types.ts';
import type { Teacher } from '../teacher/types.ts';
import type { RoundLog } from './collect.ts';
import type { Lesson } from './dataset.ts';
import type { Idle } from './idle.ts';
import type { Asker, Machine } from './judge.ts';
import type { Plan } from './round-folder.ts';
import type { TrainEvent } from './train.ts';
import type { Trace, Validation } from './validate.ts';

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
  /** Takes out of a trace what is nobody's business, before it is taught. */
  redact?: (text: string) => string;
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
  /** The plant's machines: what its students' confidence is certified on. */
  machines?: readonly Machine[];
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

/** What the steps have in common. */
export interface Round {
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
