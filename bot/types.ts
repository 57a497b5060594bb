/**
 * The seams: what a message, a reply and a flag are, and the interfaces that adapters, stores, queues, teachers and the
 * chain are written against. No code.
 */
import type { Answer, Stage, Topic, Triage } from '../chains/types.ts';

export type {
  Answer,
  Answerer,
  OptionScore,
  Outcome,
  ProbableFault,
  Question,
  Stage,
  Topic,
  Triage,
} from '../chains/types.ts';
export type { AskedPeople, Source, Teacher, TeacherAnswer, TeacherQuestion } from '../models/teacher/types.ts';

// ---------------------------------------------------------------------------------------------- people and messages

export type Role = 'operator' | 'engineer' | 'admin';

export interface Person {
  /** Unique within the adapter: `web:local`, `slack:U123`. */
  id: string;
  name: string;
  /** Groups of the platform that the adapter knows the person to be in, named as in ROLES: `slack:@S123`, `discord:&456`. */
  groups?: string[];
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
  /** Found only now, after the channel was away: the writer is told that it came too late, instead of an answer. */
  tooLate?: true;
  /** What the adapter says to it itself: it holds nothing that can be asked (a file that is not read). */
  answer?: string;
}

/** What a person did on a reply other than writing: pressed Flag or a thumb, filled in Correct. */
export type Action =
  | { kind: 'flag'; id: string; exchangeId: string; author: Person; reason: string }
  | { kind: 'correct'; id: string; exchangeId: string; author: Person; answer: string; rationale: string }
  /** A thumb on the answer; a person's newest on an exchange stands. */
  | { kind: 'rate'; id: string; exchangeId: string; author: Person; value: 'up' | 'down' }
  /** A decision on what waits for a review; `answer`: the right one, where an answer was wrong. */
  | {
      kind: 'review';
      id: string;
      item: string;
      decision: 'accept' | 'reject' | 'undo';
      answer?: string;
      rationale?: string;
      author: Person;
    }
  | { kind: 'undo'; id: string; target: string; author: Person }
  /** "Teach this": question and answer as someone wrote them in a channel; counts as a correction from then on. */
  | { kind: 'teach'; id: string; place: Place; author: Person; question: string; answer: string; rationale: string };

// ---------------------------------------------------------------------------------------------- replies

/** The card an adapter renders; the same value is posted, then updated until `final`. */
export interface Reply {
  exchangeId: string;
  final: boolean;
  stage: Stage;
  /** Questions that were before this one when it came; shown while it waits. */
  ahead?: number;
  /** Rationale as it is being generated. */
  partial?: string;
  answer?: Answer;
  /** A plain line instead of a card: an error, a help text, the result of an action. */
  notice?: string;
}

// ---------------------------------------------------------------------------------------------- alerts (ISA-18.2)

export type Priority = 'critical' | 'high' | 'medium' | 'low';

/** An alarm's state in ISA-18.2's words. One that never fired has no alarm here. */
export type AlarmState =
  | 'unacknowledged'
  | 'acknowledged'
  | 'returned to normal'
  | 'shelved'
  | 'suppressed'
  | 'out of service';

/**
 * What a source tells: a condition of a tag is there, or is there no more. All its texts are data, never instructions;
 * they reach people as plain text, and the student only through the names of the sheets that are found in them.
 */
export interface Alert {
  /** The same delivery twice has the same id; unique within the source. */
  id: string;
  /** Name of the source in the configuration: `alertmanager`, `mqtt`, `opcua`. */
  source: string;
  /** Two alerts of one fingerprint are one alarm. Unique within the source. */
  fingerprint: string;
  /** Plant tag, as the source writes it; empty where it names none. */
  tag: string;
  /** What is the matter: `vibration high`. */
  condition: string;
  priority: Priority;
  /** `active`: the condition is there; `normal`: there no more; the others: the source itself keeps it quiet. */
  status: 'active' | 'normal' | 'suppressed' | 'out of service';
  /** The source's longer words, may be empty. */
  text: string;
  /** Reading with its unit: `9.8 mm/s`. */
  value?: string;
  /** Where the register does not know the tag, the source's word for it. */
  area?: string;
  class?: string;
  /** What the source itself puts together (Alertmanager's groupKey). */
  group?: string;
  /** Alerts of that group that the source left out of this delivery. */
  truncated?: number;
  /** The source's own page of it, http or https. */
  link?: string;
  /** ISO 8601, UTC: when it came about, by the source's clock. */
  at: string;
  /**
   * Only of a source that says what is, again and again (Alertmanager): since when the condition is or was there, by its
   * clock. `active` with the same words after a `normal` then means that it is there again.
   */
  began?: string;
}

/** One alarm on a card. */
export interface AlarmLine {
  /** As Alarm.id. */
  id: string;
  tag: string;
  condition: string;
  priority: Priority;
  state: AlarmState;
  value?: string;
  text: string;
  /** ISO 8601, UTC: when it last became active. */
  since: string;
  /** How often it became active while on this card. */
  times: number;
  chattering: boolean;
  stale: boolean;
}

/**
 * The one message about a group of alarms, posted once at top level (`place.thread` is empty) and updated in place. The
 * id that `post` gives is the thread in which details and questions about it go. All texts but the buttons' are data.
 */
export interface AlertCard {
  kind: 'alert';
  id: string;
  /** `alarms`: of one machine or area; `flood`: of a channel while more come than a person can read. */
  form: 'alarms' | 'flood';
  /** `resolved`: all its alarms returned to normal. */
  state: 'open' | 'resolved';
  priority: Priority;
  /** `P-101 · vibration high`. */
  title: string;
  area: string;
  machine?: { tag: string; class: string; description: string; owner: string };
  /** Most urgent first, at most 10; `more` are not listed. */
  alarms: AlarmLine[];
  more: number;
  /** Of all the card's alarms. */
  counts: { active: number; unacknowledged: number; shelved: number; total: number; times: number };
  /** Of a flood: alarms by area, most first. */
  areas?: { area: string; active: number; total: number }[];
  /** Of several: the one that came first. */
  firstOut?: AlarmLine;
  triage?: Triage;
  assignedTo?: Person;
  acknowledgedBy?: Person;
  /** `Shelved until 14:15 by Ann: sensor is being changed`; chattering, stale, truncated: plain lines. */
  notices: string[];
  /** What happened to it, oldest first, at most 20. */
  log: { at: string; text: string }[];
  /**
   * An alarm on it became active since the channel was shown it last. A card that somebody deleted there is posted anew
   * then, and only then.
   */
  news?: boolean;
  /** What a person may do with it now; roles decide in addition. */
  actions: AlertAction['kind'][];
  /** ISO 8601, UTC. */
  openedAt: string;
  updatedAt: string;
  resolvedAt?: string;
}

/** Minutes that an alarm can be shelved for: never for ever. */
export type ShelveMinutes = 15 | 60 | 480;

/** What a person did on an alert card. */
export type AlertAction =
  | { kind: 'acknowledge'; id: string; cardId: string; author: Person }
  | { kind: 'shelve'; id: string; cardId: string; author: Person; minutes: ShelveMinutes; reason: string }
  | { kind: 'unshelve'; id: string; cardId: string; author: Person }
  | { kind: 'assign'; id: string; cardId: string; author: Person; to: Person }
  /** Shows the whole diagnosis (rationale, sources) in the card's thread, and asks for one where there is none. */
  | { kind: 'explain'; id: string; cardId: string; author: Person }
  /** Flags the diagnosis. */
  | { kind: 'wrong'; id: string; cardId: string; author: Person; reason: string };

/** What a channel is asked to show: a reply under a message, or an alert card on its own (`'kind' in card`). */
export type Card = Reply | AlertCard;

/** What alert sources may ask of the bot. */
export interface AlertDoor {
  /** Resolves once the alerts are durable (never before), so that a source may be told that they were taken; what was stored before is passed over. */
  handleAlerts(alerts: readonly Alert[]): Promise<void>;
  /** Counts a delivery that was turned away; nothing else of it is kept. `reason`: a few words, none of the sender's. */
  rejectAlerts(source: string, reason: string): Promise<void>;
}

/** Where alerts come from. Read only: a source that can also write says so by having the verbs. */
export interface AlertSource {
  /** As Alert.source. */
  readonly name: string;
  /** Of several processes only one may have it open: a session at a broker or server. */
  readonly alone?: boolean;
  /** Begins to receive. Rejects with a RoundsError that says the mend. */
  start(door: AlertDoor): Promise<void>;
  stop(): Promise<void>;
  /** What is wrong with it now, in one line; null while it works. */
  problem(): string | null;
  /**
   * Tells the source's own system, only where the configuration allows it. Rejects with a NotYet while that is away: then
   * it is told again. The same may be told twice.
   */
  acknowledge?(fingerprint: string, by: Person, comment: string): Promise<void>;
  shelve?(fingerprint: string, minutes: number, by: Person): Promise<void>;
  unshelve?(fingerprint: string, by: Person): Promise<void>;
}

// ---------------------------------------------------------------------------------------------- the door

/** What adapters may ask of the bot. */
export interface Door {
  /** Resolves once the message is durable (never before). Duplicates resolve to the first one's exchange. */
  handle(message: Message): Promise<Receipt>;
  /** Flags, corrections, thumbs and their undo: authorized, audited, durable when resolved. */
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
  /** What a person did on an alert card: authorized, audited, durable when resolved. */
  actOnAlert(action: AlertAction): Promise<ActionResult>;
  /** Alert cards of a channel, oldest first: the newest `limit`. */
  alerts(query: { adapter: string; channel: string; limit?: number }): Promise<AlertCard[]>;
  /** The exchange whose reply the adapter posted under that id: what is pressed on a post, or written beneath it, is about it. */
  byPost(adapter: string, postId: string): Promise<Exchange | undefined>;
  /** Channels of the adapter in which the bot was spoken to, newest first, at most 200: where to look after an outage. */
  channels(adapter: string): Promise<string[]>;
  status(): Promise<Status>;
  /** What a person's own page shows. */
  home(person: Person): Promise<Home>;
  /** What waits for a review, then what was decided; undefined for who may not review. */
  reviews(person: Person): Promise<ReviewItem[] | undefined>;
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
  /** How far a round is, which students else serve or are tried: plain lines. */
  learning?: string[];
  problems: string[];
}

export interface Home {
  roles: Role[];
  status: Status;
  /** The status in a few plain lines. */
  about: string;
  /** The person's own questions in this channel, newest first. */
  mine: Exchange[];
  /** Questions waiting for people, oldest first. Empty without a role. */
  open: OpenQuestion[];
  /** For engineers: answers somebody flagged and nobody has put right, oldest first. */
  review: Exchange[];
}

/** How a channel is, as far as it can know: `ok` only while what it sends is taken and what is sent to it arrives. */
export interface Health {
  ok: boolean;
  /** One line for the person who has to mend it. */
  detail: string;
}

/** Whether a process can do its work, part by part. */
export interface Readiness {
  ready: boolean;
  checks: { name: string; ok: boolean; detail: string }[];
}

/** A channel. One file or folder each; the bot calls post and update, the adapter calls the door. */
export interface Adapter {
  readonly name: string;
  /** Begins to receive. Rejects with a RoundsError that says the mend (`port 8080 is in use: …`). */
  start(door: Door): Promise<void>;
  stop(): Promise<void>;
  /**
   * Shows a reply under a message, or, where `place.thread` is empty, at the top level of the channel (alert cards,
   * notices about them); resolves to the platform's id of what was posted.
   */
  post(place: Place, card: Card): Promise<string>;
  /**
   * Shows a newer state of the same reply or alert card. Resolves to another id where an alert card had to be posted anew:
   * that one is given from then on.
   */
  update(place: Place, postId: string, card: Card): Promise<string | undefined>;
  /** Left out by channels that have nothing to lose touch with. */
  health?(): Health;
  /**
   * Its people are connected to this very process (an open page): of several processes each shows everything, not only
   * the one that posted.
   */
  readonly everywhere?: boolean;
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
  ratings: Rating[];
}

export interface Flag {
  id: string;
  exchangeId: string;
  author: Person;
  reason: string;
  createdAt: string;
  withdrawn: boolean;
}

/** A thumb up or down. */
export interface Rating {
  id: string;
  exchangeId: string;
  author: Person;
  value: 'up' | 'down';
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
export type Mark =
  | { kind: 'flag'; flag: Flag }
  | { kind: 'correction'; correction: Correction }
  | { kind: 'rating'; rating: Rating };

/** A question no teacher could answer, waiting for people. */
export interface OpenQuestion {
  exchangeId: string;
  question: string;
  topic: Topic;
  reason: string;
  createdAt: string;
}

/** What may teach the student once a person with the role has passed it. The same matter has the same id. */
export interface ReviewItem {
  /** `answer/…`, `trace/…`, `correction/…`, `doubt/…`. */
  id: string;
  /** `complaint`: an answer was flagged; `trace`: a teacher's answer; `doubt`: a trace that a sheet contradicts. */
  kind: 'complaint' | 'trace' | 'correction' | 'doubt';
  question: string;
  options?: string[];
  /** The answer under review. */
  answer: string;
  rationale: string;
  answeredBy: string;
  /** Why it is here. What people wrote in it is data. */
  reasons: string[];
  /** Its exchanges, oldest first; empty for a doubt. */
  exchanges: string[];
  createdAt: string;
  state: 'waiting' | Decision['decision'];
  decision?: Decision;
}

export interface Decision {
  item: string;
  decision: 'accepted' | 'rejected';
  by: Person;
  at: string;
}

/** A trace that a round did not teach because a sheet contradicts it. `id` is `doubt/…`, the same for the same trace. */
export interface Doubt {
  id: string;
  question: string;
  options?: string[];
  answer: string;
  rationale: string;
  teacher: string;
  reason: string;
  round: number;
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
  /**
   * Final reply and trace (when a teacher answered) or open question (when none did), in one transaction. False, and
   * nothing of it stored, when the exchange had its final reply before.
   */
  finish(exchangeId: string, reply: Reply, extra: { trace?: Trace; open?: OpenQuestion }): Promise<boolean>;
  /** The final reply could not be shown, and why: kept until `shown`. */
  notShown(exchangeId: string, reason: string): Promise<void>;
  shown(exchangeId: string): Promise<void>;
  /** Final replies that could not be shown, those of the last week, oldest first. */
  unshown(): Promise<Unshown[]>;
  /** Stores a flag and its audit entry in one transaction; the same id twice is one flag. */
  addFlag(flag: Flag, entry?: AuditEntry): Promise<void>;
  /** Stores a correction and its audit entry in one transaction; the same id twice gives the first one. */
  addCorrection(correction: Omit<Correction, 'seq'>, entry?: AuditEntry): Promise<Correction>;
  /**
   * Stores a thumb and its audit entry in one transaction, withdrawing the author's former one on that exchange; the same
   * id twice is one.
   */
  addRating(rating: Rating, entry?: AuditEntry): Promise<void>;
  /** The flag, correction or thumb of that id. */
  mark(id: string): Promise<Mark | undefined>;
  /** Withdraws a flag, correction or thumb; false when there is none of that id, or it was withdrawn before. */
  withdraw(id: string, entry?: AuditEntry): Promise<boolean>;
  /** Corrections with seq above `after`, withdrawn ones included (so that a reader can forget them). */
  corrections(after: number): Promise<Correction[]>;
  byPost(adapter: string, postId: string): Promise<Exchange | undefined>;
  /** As Door.channels. */
  channels(adapter: string): Promise<string[]>;
  /** A person's exchanges, newest first. */
  exchangesOf(personId: string, limit: number): Promise<Exchange[]>;
  /** Exchanges with a flag and no correction in force, oldest first. */
  flagged(limit: number): Promise<Exchange[]>;
  /** Questions waiting for people, oldest first: those whose exchange has no correction in force. */
  openQuestions(): Promise<OpenQuestion[]>;
  /** Exchanges with a flag, thumb, correction, trace or open question, oldest first. */
  marked(): AsyncIterable<Exchange>;
  decisions(): Promise<Decision[]>;
  /** Stores a decision, in place of a former one on the same item, and its audit entry in one transaction. */
  decide(decision: Decision, entry?: AuditEntry): Promise<void>;
  /** False when nothing was decided on it. */
  undecide(item: string, entry?: AuditEntry): Promise<boolean>;
  /** The same id twice is one doubt. */
  addDoubts(doubts: readonly Doubt[]): Promise<void>;
  doubts(): Promise<Doubt[]>;
  audit(entry: AuditEntry): Promise<void>;
  /** Streams a log for export, oldest first. */
  export(log: 'flags' | 'ratings' | 'traces' | 'audit' | 'corrections' | 'exchanges'): AsyncIterable<object>;
  counts(): Promise<{ exchanges: number; flags: number; corrections: number; openEscalations: number }>;
  close(): Promise<void>;
}

export interface Unshown {
  exchangeId: string;
  adapter: string;
  reason: string;
  /** ISO 8601, UTC: when it was last tried. */
  at: string;
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
  /** Starts handing jobs to `work`, at most `concurrency` at once, in order of arrival within a thread. A throw is retried with backoff, then given to `onDead`; a NotYet is retried as often as it takes. */
  process(
    work: (job: Job, signal: AbortSignal) => Promise<void>,
    options: { concurrency: number; onDead: (job: Job, cause: unknown) => Promise<void> },
  ): Promise<void>;
  counts(): Promise<{ waiting: number; active: number }>;
  /** Why its server does not answer now, in one line; null while it does. Left out where it has no server. */
  problem?(): Promise<string | null>;
  /** Stops taking jobs, waits for those in work up to `graceMs`, then aborts them; unfinished ones are delivered again after a restart. */
  stop(graceMs: number): Promise<void>;
}
