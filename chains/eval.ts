/**
 * Those who answer question sets: the student as the chain uses it, without anyone to turn to, and a teacher. Scoring is
 * models/distill/evaluate.ts's; the key of a question never comes here.
 */
import type { Choice, Chooser } from '../models/distill/evaluate.ts';
import type { Asker } from '../models/distill/judge.ts';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../models/knowledge/names.ts';
import { confidence } from '../models/student/confidence.ts';
import { think } from '../models/student/think.ts';
import type { Student } from '../models/student/types.ts';
import type { Teacher } from '../models/teacher/types.ts';
import { chosenOptions } from './answer.ts';
import { type Recalled, recall } from './recall.ts';
import { choosing, expectedOf, givenOf } from './think.ts';
import { type Understood, understanding } from './understand.ts';

export interface StudentChooserParts {
  student: Student;
  knowledge: Knowledge;
  matcher?: Matcher;
  /** False: the student answers from its weights alone. */
  retrieval: boolean;
  contextTokens?: number;
}

/** understand → recall (with `retrieval`) → think → judge. A question too long for the student is a guess at confidence 0. */
export function studentChooser(parts: StudentChooserParts): Chooser {
  const ask = studentAsker(parts);
  return async (question): Promise<Choice> => {
    const thought = await ask(question);
    if (!thought) return { chosen: [0], confidence: 0, rationale: "longer than the student's context window" };
    const { chosen, rationale, features } = thought;
    return { chosen, rationale, confidence: confidence(features, parts.student.card.calibration) };
  };
}

/** What the student thinks, as in the chain; undefined for a question longer than it reads. */
export function studentAsker(parts: StudentChooserParts): Asker {
  const { student, knowledge, retrieval, contextTokens } = parts;
  const understand = understanding(knowledge, parts.matcher ?? makeMatcher(knowledge));
  const recalling = recall({ corrections: null, knowledge, ...(contextTokens ? { contextTokens } : {}) });
  return async ({ question, options, several }) => {
    const understood = understand({ text: question, ...(options ? { options } : {}) });
    const recalled = retrieval ? await recalling.invoke({ understood, student }) : NOTHING;
    if (!recalled.fits) return undefined;
    return think(
      student,
      { context: recalled.context, question: understood.posed },
      {
        ...choosing(understood, recalled),
        expected: expectedOf(understood, recalled),
        several: several ?? false,
        given: givenOf(understood, recalled),
        ...(recalled.evidence ? { evidence: recalled.evidence } : {}),
        ...(recalled.against ? { against: recalled.against } : {}),
      },
    );
  };
}

const NOTHING: Recalled = {
  facts: [],
  corrections: [],
  context: [],
  candidates: [],
  grounded: 0,
  match: 0,
  lead: 0,
  fits: true,
};

/** A teacher that does not know chooses nothing, at confidence 0. */
export function teacherChooser(teacher: Teacher, knowledge: Knowledge, matcher?: Matcher): Chooser {
  const understand = understanding(knowledge, matcher ?? makeMatcher(knowledge));
  return async ({ question, options, several }): Promise<Choice> => {
    const understood: Understood = understand({ text: question, options });
    const hint = several && !understood.several ? ' Several may be right.' : '';
    const answer = await teacher.ask({
      question: understood.rewritten + hint,
      options: understood.options,
      topic: understood.topic,
      facts: [],
    });
    if (answer.kind === 'does not know') return { chosen: [], confidence: 0, rationale: answer.reason };
    return {
      chosen: chosenOptions(answer.answer, understood.options),
      confidence: answer.confidence,
      rationale: answer.rationale,
    };
  };
}
