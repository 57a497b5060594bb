/** Question sets in held-out wordings through the chain: what it puts before the student must decide the question. */
import { describe, expect, it } from 'vitest';
import { studentChooser, teacherChooser } from '../../chains/eval.ts';
import { evaluate } from '../../models/distill/evaluate.ts';
import { makeQuestions } from '../../models/distill/questions.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { ruleStudent } from './rule-student.ts';
import { examplePlant, knowingTeacher } from './setup.ts';

describe('studentChooser', () => {
  it('recalls the facts that decide questions in wordings nobody was taught', async () => {
    const { knowledge, matcher } = await examplePlant();
    const items = makeQuestions(knowledge.sheets, { count: 100, seed: 11 });
    const choose = studentChooser({ student: ruleStudent(), knowledge, matcher, retrieval: true });
    const { evaluation } = await evaluate(items, choose);
    // The rule student copies verdicts by exact names: synonyms are beyond it, and so are "none of the above" and rank.
    expect(evaluation.accuracy).toBeGreaterThan(0.85);
  });

  it('without retrieval leaves the student to itself', async () => {
    const { knowledge, matcher } = await examplePlant();
    const student = ruleStudent();
    const choose = studentChooser({ student, knowledge, matcher, retrieval: false });
    const choice = await choose({
      question: 'Which reading shows cavitation in a pump?',
      options: ['a', 'b'],
      several: false,
    });
    expect(choice.confidence).toBeLessThan(0.1);
    expect(student.prompts[0]).not.toContain('<|context|>');
  });
});

describe('teacherChooser', () => {
  it('measures the knowledge teacher', async () => {
    const { knowledge, matcher } = await examplePlant();
    const items = makeQuestions(knowledge.sheets, { count: 100, seed: 12 });
    const { evaluation } = await evaluate(
      items,
      teacherChooser(knowledgeTeacher(knowledge, matcher), knowledge, matcher),
    );
    expect(evaluation.accuracy).toBeGreaterThan(0.85);
  });

  it('chooses nothing where the teacher does not know or names no option', async () => {
    const { knowledge, matcher } = await examplePlant();
    const item = { question: 'Which reading shows cavitation in a pump?', options: ['noise', 'speed'], several: false };
    expect(await teacherChooser(knowingTeacher('t', 'Noise'), knowledge, matcher)(item)).toMatchObject({ chosen: [0] });
    expect(await teacherChooser(knowingTeacher('t', 'heat'), knowledge, matcher)(item)).toMatchObject({ chosen: [] });
    const modest = { name: 'm', ask: async () => ({ kind: 'does not know' as const, reason: 'no' }) };
    expect(await teacherChooser(modest, knowledge, matcher)(item)).toEqual({
      chosen: [],
      confidence: 0,
      rationale: 'no',
    });
  });
});
