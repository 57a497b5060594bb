/** The real sheets and example plant, once, and an answerer around a student that answers by rule. */
import { type AnswererParts, createAnswerer } from '../../chains/answer.ts';
import type { CorrectionLike, Question, Stage } from '../../chains/types.ts';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../models/knowledge/names.ts';
import type { Teacher } from '../../models/teacher/types.ts';
import { type RuleStudent, ruleStudent } from './rule-student.ts';

export interface Plant {
  knowledge: Knowledge;
  matcher: Matcher;
}

let plant: Promise<Plant> | undefined;

export function examplePlant(): Promise<Plant> {
  plant ??= loadKnowledge({
    dirs: [SHIPPED_SHEETS],
    plant: EXAMPLE_PLANT,
  }).then((knowledge) => ({
    knowledge,
    matcher: makeMatcher(knowledge),
  }));
  return plant;
}

export async function setup(parts: Partial<AnswererParts> & { rule?: RuleStudent } = {}) {
  const { knowledge, matcher } = await examplePlant();
  const student = parts.rule ?? ruleStudent();
  const corrections: CorrectionLike[] = [];
  const stages: { stage: Stage; partial: string | undefined }[] = [];
  const answerer = createAnswerer({
    student: () => student,
    knowledge,
    matcher,
    teachers: [],
    corrections: async (after) => corrections.filter((correction) => correction.seq > after),
    maxError: 0.05,
    ...parts,
  });
  const ask = (question: string | Question, signal?: AbortSignal) =>
    answerer.answer(typeof question === 'string' ? { text: question } : question, {
      onStage: (stage, partial) => stages.push({ stage, partial }),
      ...(signal ? { signal } : {}),
    });
  return { answerer, student, corrections, stages, ask };
}

let seq = 0;

/** A correction as the store gives it. */
export function correction(
  of: Pick<CorrectionLike, 'question' | 'answer' | 'topic'> & Partial<CorrectionLike>,
): CorrectionLike {
  seq += 1;
  return {
    id: `c${seq}`,
    seq,
    rationale: '',
    author: { name: 'Ada' },
    createdAt: '2026-11-20T08:30:00.000Z',
    withdrawn: false,
    ...of,
  };
}

/** Knows everything, and keeps what it was asked. */
export function knowingTeacher(name: string, answer: string): Teacher & { asked: Parameters<Teacher['ask']>[0][] } {
  const asked: Parameters<Teacher['ask']>[0][] = [];
  return {
    name,
    asked,
    ask: async (question) => {
      asked.push(question);
      return { kind: 'knows', answer, rationale: `${name} says so`, confidence: 0.9, sources: [] };
    },
  };
}
