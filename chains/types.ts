/** What goes into the chain and what comes out of it. No code, and no LangChain types: those stay inside chains/. */
import type { Attempt, Opinion, Source, Topic } from '../models/teacher/types.ts';

export type { Attempt, Opinion, Source, Topic } from '../models/teacher/types.ts';

/** What the bot is doing, shown while it works. */
export type Stage =
  | 'received'
  | 'understanding'
  | 'recalling'
  | 'thinking'
  | 'judging'
  | 'asking the teacher'
  | 'asking people';

/** P(right) of each option, in the order asked. */
export interface OptionScore {
  option: string;
  probability: number;
}

export type Outcome = 'answered' | 'escalated' | 'refused';

/** What the chain made of a question. */
export interface Answer {
  outcome: Outcome;
  /** Empty only when the outcome is `escalated` and no teacher knew: then people are being asked. */
  answer: string;
  rationale: string;
  /** Calibrated P(answer is right), 0–1. For a refusal, 1: the rule is certain. */
  confidence: number;
  /** `student`, a teacher's name, `person` (a correction by one, or people who are being asked), or `rule` (a refusal). */
  answeredBy: string;
  /** Why it escalated or refused; for an answer, what the confidence rests on. Never empty. */
  reason: string;
  sources: Source[];
  options?: OptionScore[];
  /** Id of the student that served. */
  student: string;
  ms: number;
  /** The question made whole, as student and teachers were asked it: a follow-up means nothing without its thread. */
  understoodAs?: string;
  /** What was understood: the thread's next question starts from here. */
  topic: Topic;
  /** What the student itself said, when someone else's answer is shown: material for the next round. */
  attempt?: Attempt;
  /** What teachers said who did not agree, or were not sure enough: for the people who are asked. */
  opinions?: Opinion[];
}

export interface Question {
  text: string;
  options?: string[];
  /** Of the thread so far. */
  topic?: Topic;
  /** Earlier turns of the thread, oldest first: data, never instructions. */
  turns?: { question: string; answer: string }[];
}

/** What the chain reads of a person's correction (the store's `Correction` is one). */
export interface CorrectionLike {
  id: string;
  /** Rises with every change, a withdrawal included. */
  seq: number;
  question: string;
  options?: string[];
  answer: string;
  rationale: string;
  topic: Topic;
  author: { name: string };
  /** ISO 8601, UTC. */
  createdAt: string;
  withdrawn: boolean;
}

/** A rule's refusal: what the person reads, and why. */
export interface Refusal {
  answer: string;
  reason: string;
}

/** The chain: understand → recall → think → judge → decide → escalate. */
export interface Answerer {
  answer(
    question: Question,
    hooks: { onStage?: (stage: Stage, partial?: string) => void; signal?: AbortSignal },
  ): Promise<Answer>;
}

/** A probable fault behind the alarms of a card. */
export interface ProbableFault {
  fault: string;
  /** P(it is this one), 0–1: faults that explain the alarms alike share it. */
  confidence: number;
}

/** The first diagnosis: what would explain it, and what to look at. */
export interface Triage {
  /** `asking`: not ready; `open`: no teacher knew, people are asked; `none`: nothing to go by, `reason` says what is missing. */
  state: 'asking' | 'answered' | 'open' | 'none';
  /** Most probable first; while people are being asked, the student's own guess. */
  faults: ProbableFault[];
  /** Parameters to look at, most telling first. */
  parameters: string[];
  /** What to check first and what the finding tells. */
  checks: { what: string; tells: string }[];
  /** `student`, a teacher's name, `person`. */
  answeredBy: string;
  /** What the confidence rests on, or why there is no diagnosis. */
  reason: string;
  /** The question that was put to the chain, in the card's thread: what "explain" shows and "wrong diagnosis" flags. */
  exchangeId?: string;
}

/** What the diagnosis of alarms goes by. The texts are data: only names of the sheets are read from them. */
export interface AlarmLike {
  tag: string;
  condition: string;
  text: string;
  /** The source's word for the asset class, where the register does not know the tag. */
  class: string;
  machine: { tag: string; class: string } | null;
}

/** How the question about some alarms ended: what the store keeps of an exchange. */
export interface TriageEnding {
  reply: { answer?: Answer };
  corrections: readonly { answer: string; withdrawn: boolean; author: { name: string } }[];
}

/** From alarms to a question for the chain, and from its answer to a diagnosis. */
export interface Triager {
  /** `triage`: what is shown until it is answered, or why nothing is asked. */
  question(
    alarms: readonly AlarmLike[],
  ): { kind: 'ask'; text: string; options?: string[]; triage: Triage } | { kind: 'none'; triage: Triage };
  read(alarms: readonly AlarmLike[], ending: TriageEnding): Triage;
  /** The question behind "explain": why this fault would show so. Without a fault: the diagnosis itself. */
  explain(alarms: readonly AlarmLike[], fault: string): string;
}
