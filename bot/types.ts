/**
 * The seams: what a message, a reply and a flag are, and the interfaces that adapters, stores, queues, teachers and the
 * chain are written against. No code. Alerts join in their own issue.
 */
import type { Answer, Stage, Topic } from '../chains/types.ts';

export type { Answer, Answerer, OptionScore, Outcome, Question, Stage, Topic } from '../chains/types.ts';
export type { Source, Teacher, TeacherAnswer, TeacherQuestion } from '../models/teacher/types.ts';

// ---------------------------------------------------------------------------------------------- people and messages

export type Role = 'operator' | 'engineer' | 'admin';

export interface Person {
  /** Unique within the adapter: `web:local`, `slack:U123`. */
  id: string;
  name: string;
}

/** Where a conversation takes place. `thread` is the id of its first message. */
export interface Place {
  adapter: string;
  channel: string;
  thread: string;
}

/** What a person wrote, as an adapter received it. */
export interface Message {
  /** The platform's event id: the same delivery twice has the same id. */
  id: string;
  place: Place;
  author: Person;
  text: string;
  /** Options of a multiple-choice question, where the sender gave them apart from the text. */
  options?: string[];
  /** ISO 8601, UTC. */
  sentAt: string;
}

/** What a person did on a reply other than writing: pressed Flag, filled in Correct. */
export type Action =
  | { kind: 'flag'; id: string; exchangeId: string; author: Person; reason: string }
  | { kind: 'correct'; id: string; exchangeId: string; author: Person; answer: string; rationale: string }
  | { kind: 'undo'; id: string; target: string; author: Person };

// ---------------------------------------------------------------------------------------------- replies

/** The card an adapter renders; the same value is posted, then updated until `final`. */
export interface Reply {
  exchangeId: string;
  final: boolean;
  stage: Stage;
  /** Rationale as it is being generated. */
  partial?: string;
  answer?: Answer;
  /** A plain line instead of a card: an error, a help text, the result of an action. */
  notice?: string;
}

// ---------------------------------------------------------------------------------------------- the door

/** What adapters may ask of the bot. */
export interface Door {
  /** Resolves once the message is durable (never before). Duplicates resolve to the first one's exchange. */
  handle(message: Message): Promise<Receipt>;
  /** Flags, corrections and their undo: authorized, audited, durable when resolved. */
  act(action: Action): Promise<ActionResult>;
  /**
   * Exchanges of a channel, oldest first. Without `after`: the newest `limit`; with `after` (an exchange id): the first
   * `limit` behind it. `thread` narrows to one conversation.
   */
  history(query: {
    adapter: string;
    channel: string;
    thread?: string;
    after?: string;
    limit?: number;
  }): Promise<Exchange[]>;
  exchange(id: string): Promise<Exchange | undefined>;
  status(): Promise<Status>;
  /** What this person may do, for showing only the buttons that work. */
  rolesOf(person: Person): Role[];
}

export type Receipt =
  | { kind: 'accepted'; exchangeId: string }
  | { kind: 'duplicate'; exchangeId: string }
  /** Bad input: nothing was stored; `notice` says the mend in one line. */
  | { kind: 'rejected'; notice: string };

export type ActionResult =
  | { kind: 'done'; id: string; notice: string }
  | { kind: 'denied'; notice: string }
  | { kind: 'invalid'; notice: string };

export interface Status {
  student: { id: string; name: string; round: number } | null;
  store: string;
  queue: { kind: string; waiting: number; active: number };
  teachers: string[];
  exchanges: number;
  openEscalations: number;
  flags: number;
  corrections: number;
  maxError: number;
  uptimeS: number;
  problems: string[];
}

/** A channel. One file or folder each; the bot calls post and update, the adapter calls the door. */
export interface Adapter {
  readonly name: string;
  /** Begins to receive. Rejects with a RoundsError that says the mend (`port 8080 is in use: …`). */
  start(door: Door): Promise<void>;
  stop(): Promise<void>;
  /** Shows a reply under a message; resolves to the platform's id of what was posted. */
  post(place: Place, reply: Reply): Promise<string>;
  /** Shows a newer state of the same reply. */
  update(place: Place, postId: string, reply: Reply): Promise<void>;
}

// ---------------------------------------------------------------------------------------------- what is kept

export interface Exchange {
  id: string;
  message: Message;
  reply: Reply;
  /** The adapter's id of the posted reply, once posted. */
  postId: string | null;
  state: 'received' | 'working' | 'done';
  createdAt: string;
  updatedAt: string;
  flags: Flag[];
  corrections: Correction[];
}

export interface Flag {
  id: string;
  exchangeId: string;
  author: Person;
  reason: string;
  createdAt: string;
  withdrawn: boolean;
}

/** A person's answer that outranks the student's; an in-context example from the moment it is stored. */
export interface Correction {
  id: string;
  /** Rising number, for reading only what is new. Withdrawing gives a correction a new one. */
  seq: number;
  exchangeId: string;
  question: string;
  options?: string[];
  answer: string;
  rationale: string;
  /** The student's or teacher's answer it replaces. */
  replaced: string;
  topic: Topic;
  author: Person;
  createdAt: string;
  withdrawn: boolean;
}

/** What a person put on an answer. */
export type Mark = { kind: 'flag'; flag: Flag } | { kind: 'correction'; correction: Correction };

/** A question no teacher could answer, waiting for people. */
export interface OpenQuestion {
  exchangeId: string;
  question: string;
  topic: Topic;
  reason: string;
  createdAt: string;
}

/** Question, teacher's rationale, answer: what a round is distilled from. */
export interface Trace {
  id: string;
  exchangeId: string;
  question: string;
  options?: string[];
  rationale: string;
  answer: string;
  teacher: string;
  confidence: number;
  topic: Topic;
  attempt?: Answer['attempt'];
  createdAt: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  who: Person;
  what: string;
  target: string;
  before: string;
  after: string;
  allowed: boolean;
}

/**
 * Durable memory. Every method that writes resolves only when the row is on disk (synchronous=FULL).
 * Implementations pass test/bot/store.contract.ts.
 */
export interface Store {
  readonly kind: string;
  /** Stores a new exchange and its answer job in one transaction; the same message id twice gives the first exchange. */
  receive(message: Message, first: Reply): Promise<{ exchange: Exchange; duplicate: boolean }>;
  /** Stores an exchange that has already been answered, without a job: the command line's `ask`. */
  record(message: Message, reply: Reply, extra: { trace?: Trace; open?: OpenQuestion }): Promise<void>;
  exchange(id: string): Promise<Exchange | undefined>;
  /** As Door.history. */
  history(query: {
    adapter: string;
    channel: string;
    thread?: string;
    after?: string;
    limit?: number;
  }): Promise<Exchange[]>;
  /** Jobs of exchanges that are not done, in order of arrival: what a queue that lost them is given again. */
  unfinished(): Promise<Omit<Job, 'attempts'>[]>;
  saveReply(exchangeId: string, reply: Reply, state: Exchange['state']): Promise<void>;
  savePostId(exchangeId: string, postId: string): Promise<void>;
  /** Final reply and trace (when a teacher answered) or open question (when none did), in one transaction. */
  finish(exchangeId: string, reply: Reply, extra: { trace?: Trace; open?: OpenQuestion }): Promise<void>;
  /** Stores a flag and its audit entry in one transaction; the same id twice is one flag. */
  addFlag(flag: Flag, entry?: AuditEntry): Promise<void>;
  /** Stores a correction and its audit entry in one transaction; the same id twice gives the first one. */
  addCorrection(correction: Omit<Correction, 'seq'>, entry?: AuditEntry): Promise<Correction>;
  /** The flag or correction of that id. */
  mark(id: string): Promise<Mark | undefined>;
  /** Withdraws a flag or correction; false when there is none of that id, or it was withdrawn before. */
  withdraw(id: string, entry?: AuditEntry): Promise<boolean>;
  /** Corrections with seq above `after`, withdrawn ones included (so that a reader can forget them). */
  corrections(after: number): Promise<Correction[]>;
  /** Questions waiting for people, oldest first: those whose exchange has no correction in force. */
  openQuestions(): Promise<OpenQuestion[]>;
  audit(entry: AuditEntry): Promise<void>;
  /** Streams a log for export, oldest first. */
  export(log: 'flags' | 'traces' | 'audit' | 'corrections' | 'exchanges'): AsyncIterable<object>;
  counts(): Promise<{ exchanges: number; flags: number; corrections: number; openEscalations: number }>;
  close(): Promise<void>;
}

export interface Job {
  id: string;
  kind: 'answer';
  exchangeId: string;
  /** Jobs of one thread are done one at a time, in order of arrival. */
  thread: string;
  /** How often it has been handed out, this time included. */
  attempts: number;
}

/** Durable work, delivered at least once. Implementations pass test/bot/queue.contract.ts. */
export interface Queue {
  readonly kind: string;
  /** The same job id twice is one job. */
  add(job: Omit<Job, 'attempts'>): Promise<void>;
  /** Starts handing jobs to `work`, at most `concurrency` at once, in order of arrival within a thread. A throw is retried with backoff, then given to `onDead`. */
  process(
    work: (job: Job, signal: AbortSignal) => Promise<void>,
    options: { concurrency: number; onDead: (job: Job, cause: unknown) => Promise<void> },
  ): Promise<void>;
  counts(): Promise<{ waiting: number; active: number }>;
  /** Stops taking jobs, waits for those in work up to `graceMs`, then aborts them; unfinished ones are delivered again after a restart. */
  stop(graceMs: number): Promise<void>;
}
