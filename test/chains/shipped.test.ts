/** The whole chain with the student that ships, where it ships: what an operator meets first. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studentChooser } from '../../chains/eval.ts';
import { evaluate } from '../../models/distill/evaluate.ts';
import { makeQuestions } from '../../models/distill/questions.ts';
import { openStudent } from '../../models/student/runtime.ts';
import type { Student } from '../../models/student/types.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { correction, examplePlant, setup } from './setup.ts';

const WEIGHTS = fileURLToPath(new URL('../../models/student/weights/', import.meta.url));
const shipped = await access(`${WEIGHTS}student.json`).then(
  () => true,
  () => false,
);

// Skipped only in a checkout in which no student has been distilled yet (`rounds distill --from scratch`).
describe.skipIf(!shipped)('with the shipped student', () => {
  let student: Student;
  beforeAll(async () => {
    student = await openStudent(WEIGHTS);
  });
  afterAll(() => student?.close());

  const plant = async () => {
    const { knowledge, matcher } = await examplePlant();
    return setup({ student: () => student, teachers: [knowledgeTeacher(knowledge, matcher)] });
  };

  it('answers or escalates visibly, with rationale, confidence and sources', async () => {
    const { ask } = await plant();
    const answer = await ask('P-101 is shaking at running speed and the bearing is hot, what could it be?');
    expect(['answered', 'escalated']).toContain(answer.outcome);
    expect(answer.answer).not.toBe('');
    expect(answer.rationale).not.toBe('');
    expect(answer.reason).not.toBe('');
    expect(answer.confidence).toBeGreaterThan(0);
    expect(answer.sources.length).toBeGreaterThan(0);
    expect(answer.topic.faults.length).toBeGreaterThan(0);
    const next = await ask({ text: 'and what should I check first?', topic: answer.topic });
    expect(next.answer).not.toBe('');
    expect(next.topic).toMatchObject({ tag: 'P-101', faults: [answer.topic.faults[0]] });
  });

  it('answers itself what the sheet says plainly, and not about a machine that nobody knows', async () => {
    const { ask } = await plant();
    const known = await ask('What would you trend on a storage tank if breather valve fault was your worry?');
    expect(known).toMatchObject({ outcome: 'answered', answeredBy: 'student' });
    const invented = await ask('What would you trend on the turver if breather valve fault was your worry?');
    expect(invented.answeredBy).not.toBe('student');
    expect(invented.confidence).toBeLessThan(known.confidence);
  });

  it('gives a corrected answer at once, in other words too', async () => {
    const { ask, corrections } = await plant();
    const text = 'P-101 is shaking at running speed and the bearing is hot, what could it be?';
    const first = await ask(text);
    const given = correction({ question: text, answer: 'coupling fault', topic: first.topic });
    corrections.push(given);
    const again = await ask('The bearing of P101 runs hot and it vibrates at running speed. What is wrong?');
    expect(again).toMatchObject({ outcome: 'answered', answer: 'Coupling fault.' });
    expect(again.sources[0]?.id).toBe(`correction/${given.id}`);
  });

  it('reads from the sheets what it is asked in wordings that it was not taught', async () => {
    const { knowledge, matcher } = await examplePlant();
    const items = makeQuestions(knowledge.sheets, { count: 60, seed: 21 });
    const choose = studentChooser({ student, knowledge, matcher, retrieval: true });
    const { evaluation } = await evaluate(items, choose);
    expect(evaluation.accuracy).toBeGreaterThan(0.6);
  });
});
