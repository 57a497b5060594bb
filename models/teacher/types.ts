/** The seam of teachers: a question, the plant's facts and the student's attempt in; an answer, or an honest "do not know", out. No code. */
import type { Asked } from '../knowledge/select.ts';
import type { Change, Fact } from '../knowledge/types.ts';

/** What a conversation is about; a follow-up question inherits what it does not name. */
export interface Topic {
  tag?: string;
  asset?: string;
  faults: string[];
  parameters: string[];
  components?: string[];
}

/** Something a person can look up. */
export interface Source {
  title: string;
  text: string;
  kind: Fact['kind'];
  /** The fact's id: `pump/bearing wear/shows`, `correction/<id>`. */
  id: string;
}

/** What the student itself said before someone larger was asked. */
export interface Attempt {
  answer: string;
  rationale: string;
  confidence: number;
}

/** Where the student was unsure: what a teacher may speak to, and what it is asked back about. */
export interface Doubt {
  /** Why it did not answer alone, in plain words. */
  reasons: string[];
  /** P(right) of each option as the student sees it, in the order asked. */
  options?: { option: string; probability: number }[];
}

export interface TeacherQuestion {
  question: string;
  options?: string[];
  topic: Topic;
  facts: Fact[];
  attempt?: Attempt;
  doubt?: Doubt;
  /** How the question was understood before it came here, where it was. */
  understood?: { asked: Asked; negated: boolean; seen: readonly { name: string; change?: Change }[] };
  /** Above 0: one of several independent samples of the same question. Who has no chance in it answers as for 0. */
  sample?: number;
}

/** What one of several said, kept where they did not agree. */
export interface Opinion {
  teacher: string;
  answer: string;
  rationale: string;
  confidence: number;
}

export type TeacherAnswer =
  | { kind: 'knows'; answer: string; rationale: string; confidence: number; sources: Source[] }
  /** `opinions`: what was said all the same, for the people who are asked then. `failed`: it could not be asked at all. */
  | { kind: 'does not know'; reason: string; opinions?: Opinion[]; failed?: boolean };

/** Someone larger to ask. Implementations pass test/models/teacher.contract.ts. */
export interface Teacher {
  readonly name: string;
  ask(question: TeacherQuestion, signal?: AbortSignal): Promise<TeacherAnswer>;
}

// ---------------------------------------------------------------------------------------------- people

export interface PersonAnswer {
  answer: string;
  rationale: string;
  /** Name of who answered. */
  by: string;
}

export interface AskedPeople {
  /** Puts a question before people; the same one twice is one. `unfit`: it cannot be, and why. */
  put(question: TeacherQuestion): Promise<{ kind: 'asked'; id: string } | { kind: 'unfit'; reason: string }>;
  /** Of whoever's answer stands now. */
  answerOf(id: string): Promise<PersonAnswer | undefined>;
}

// ---------------------------------------------------------------------------------------------- what leaves, what it costs

/** A text on its way out, as it goes: redacted. */
export interface Departure {
  id: string;
  /** The teacher: `openai:NAME`. */
  teacher: string;
  /** `https://api.openai.com` */
  destination: string;
  /** The messages as JSON. */
  text: string;
  /** What was taken out of it, by kind. */
  taken: Readonly<Record<string, number>>;
}

/** Tokens, and millionths of the currency that prices are given in. */
export interface Cost {
  tokens: number;
  micros: number;
}

/** Most that may be spent a day (UTC), by all teachers together. Absent: no limit. */
export interface DailyLimit {
  tokens?: number;
  micros?: number;
}

export interface Spent extends Cost {
  calls: number;
  /** Calls that were refused, broke off or gave nothing that could be read. */
  failures: number;
}

export type Booking = { kind: 'booked' } | { kind: 'over'; spent: Cost };

/**
 * What leaves the machine is written down before it leaves, and what it may cost is booked before it is spent; both
 * durable, so that neither a crash nor a restart makes the plant forget.
 */
export interface Ledger {
  /** Books the most that it can cost and records the departure, in one transaction; over the limit neither is done. */
  book(departure: Departure, most: Cost, limit: DailyLimit): Promise<Booking>;
  /** Puts what it did cost in place of what was booked. Without it, the booking stands: better too much than too little. */
  settle(id: string, actual: Cost, outcome: string): Promise<void>;
  today(): Promise<Spent>;
}
