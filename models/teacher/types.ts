/** The seam of teachers: a question, the plant's facts and the student's attempt in; an answer, or an honest "do not know", out. No code. */
import type { Fact } from '../knowledge/types.ts';

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

export interface TeacherQuestion {
  question: string;
  options?: string[];
  topic: Topic;
  facts: Fact[];
  attempt?: Attempt;
}

export type TeacherAnswer =
  | { kind: 'knows'; answer: string; rationale: string; confidence: number; sources: Source[] }
  | { kind: 'does not know'; reason: string };

/** Someone larger to ask. Implementations pass test/models/teacher.contract.ts. */
export interface Teacher {
  readonly name: string;
  ask(question: TeacherQuestion, signal?: AbortSignal): Promise<TeacherAnswer>;
}
