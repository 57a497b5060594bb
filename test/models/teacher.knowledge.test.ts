/** The knowledge teacher answers from the sheets, in few words, with reasons; and is sure only where the sheets are. */
import { beforeAll, describe, expect, it } from 'vitest';
import { makeQuestions } from '../../models/distill/questions.ts';
import { validate } from '../../models/distill/validate.ts';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import type { Teacher, TeacherAnswer, Topic } from '../../models/teacher/types.ts';
import { inShape, teacherContract } from './teacher.contract.ts';

const loaded = loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
const made = loaded.then((knowledge) => knowledgeTeacher(knowledge));

teacherContract('knowledge', {
  make: () => made,
  known: {
    open: 'Which parameter shows misalignment of a steam turbine?',
    choice: { question: 'Which sensor shows cavitation of a pump?', options: ['noise', 'oil debris', 'Fluid leakage'] },
  },
});

let knowledge: Knowledge;
let teacher: Teacher;
beforeAll(async () => {
  knowledge = await loaded;
  teacher = await made;
});

const nothing: Topic = { faults: [], parameters: [] };
const ask = (question: string, options?: string[], topic: Topic = nothing): Promise<TeacherAnswer> =>
  teacher.ask({ question, ...(options ? { options } : {}), topic, facts: [] });

describe('choosing', () => {
  it('takes the option that the sheet ranks first, and the one without a strength when turned round', async () => {
    const options = ['Speed', 'Vibration sensor', 'Fluid leakage'];
    expect(await ask('Which reading best shows bearing damage of a pump?', options)).toMatchObject({
      answer: 'Vibration sensor',
    });
    expect(
      await ask('Which reading is of no use for bearing damage of a pump?', [
        'vibration',
        'oil debris',
        'fluid leakage',
      ]),
    ).toMatchObject({
      answer: 'fluid leakage',
    });
  });

  it('tells from the options which way a question is turned, where its wording leaves doubt', async () => {
    const show = ['vibration', 'oil debris', 'temperature'];
    const silent = ['fluid leakage', 'pressure or vacuum', 'flow'];
    const q = 'Which reading is a stepchild with regard to bearing damage of a pump?';
    const turned = await ask(q, [...show, silent[0]!]);
    expect(turned).toMatchObject({ answer: silent[0] });
    expect(await ask(q, [...silent, show[0]!])).toMatchObject({ answer: show[0] });
    const plain = await ask('Which reading does not show bearing damage of a pump?', [...show, silent[0]!]);
    expect(turned.kind === 'knows' && plain.kind === 'knows' && turned.confidence < plain.confidence).toBe(true);
    expect(await ask('Which reading best shows bearing damage of a pump?', [...show, silent[0]!])).toMatchObject({
      answer: show[0],
    });
    expect(
      await ask('What could you do without to find bearing damage of a pump?', [...silent, show[0]!]),
    ).toMatchObject({ answer: show[0] });
  });

  it('takes several when several are wanted, in the order given', async () => {
    const answer = await ask('Which show bearing damage of a pump? Select all that apply.', [
      'Fluid leakage',
      'Oil debris',
      'Vibration',
    ]);
    expect(answer).toMatchObject({ answer: 'Oil debris; Vibration' });
  });

  it('gives back labelled options as they were', async () => {
    expect(
      await ask('Which reading shows damaged seals of a pump?', ['A) fluid leakage', 'B) length measurement']),
    ).toMatchObject({
      answer: 'A) fluid leakage',
    });
  });

  it('is less sure the more options mean nothing to it, and knows nothing when all do', async () => {
    const q = 'Which reading best shows cavitation of a pump?';
    const sure = await ask(q, ['noise', 'oil debris', 'fluid leakage']);
    const unsure = await ask(q, ['noise', 'flux capacitance', 'aura colour']);
    expect(sure.kind === 'knows' && unsure.kind === 'knows' && sure.confidence > unsure.confidence + 0.1).toBe(true);
    expect(await ask(q, ['flux capacitance', 'aura colour'])).toMatchObject({ kind: 'does not know' });
  });

  it('takes "none of the above" when the sheet speaks for none', async () => {
    expect(
      await ask('Which reading shows cavitation of a pump?', ['oil debris', 'length measurement', 'none of the above']),
    ).toMatchObject({
      answer: 'none of the above',
    });
  });

  it('answers without a machine only where every machine agrees', async () => {
    expect(await ask('Which sensor shows misalignment?', ['power', 'speed'])).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/name its class or tag/),
    });
    expect(await ask('Which of these does oil whirl show in?', ['vibration', 'steam leakage'])).toMatchObject({
      answer: 'vibration',
    });
  });

  it('is right on held-out wordings, and its confidence tells how often', async () => {
    const items = makeQuestions(knowledge.sheets, { count: 200, seed: 31, wording: 'held' });
    const bins = { sure: { of: 0, right: 0 }, unsure: { of: 0, right: 0 } };
    let right = 0;
    for (const item of items) {
      const answer = await ask(item.question, item.options);
      inShape(answer);
      if (answer.kind !== 'knows') continue;
      const isRight = answer.answer === item.options[item.correct.indexOf(true)];
      const bin = answer.confidence >= 0.9 ? bins.sure : bins.unsure;
      bin.of += 1;
      bin.right += isRight ? 1 : 0;
      right += isRight ? 1 : 0;
    }
    expect(right / items.length).toBeGreaterThan(0.96);
    expect(bins.sure.right / bins.sure.of).toBeGreaterThan(0.985);
    expect(bins.unsure.of).toBeLessThan(items.length / 4);
  });
});

describe('answering', () => {
  it.each<[string, RegExp, RegExp]>([
    [
      'Which parameter shows misalignment of a fan?',
      /^Vibration.* misalignment of a fan/,
      /Misalignment means that .*Vibration rises: /,
    ],
    [
      'What does a high temperature of a pump indicate?',
      /^Rising temperature of a pump speaks first for /,
      /temperature rises: /,
    ],
    ['What causes cavitation in a pump?', /^Cavitation of a pump comes from .+ or .+\.$/, /means that/],
    ['What happens if a pump runs with cavitation?', /^Cavitation of a pump leads to /, /means that/],
    ['cavitation on P-101, what should I check first?', /^First .+; then .+\.$/, /means that/],
    ['cavitation on P-101: what now?', /^First .+; then .+\.$/, /means that/],
    ['Which part of a pump does cavitation affect?', /^Cavitation of a pump concerns the impeller/, /The impeller /],
    ['What is oil whirl of a steam turbine?', /^Oil whirl of a steam turbine means that /, /It shows clearly in/],
    ['Does voltage show bearing damage of an electric motor?', /^No: /, /supply/],
    ['Does vibration show bearing damage of an electric motor?', /^Yes, clearly: /, /means that/],
    ['P-101 sounds like gravel and the discharge pressure swings, what could it be?', /cavitation/i, /signs are/],
    ['Which parameters do not show cavitation of a pump?', / not show cavitation/, /means that/],
    ['p101 bering wear what to inspct', /^First /, /means that/],
  ])('%s', async (question, said, because) => {
    const answer = await ask(question);
    inShape(answer);
    expect(answer).toMatchObject({
      kind: 'knows',
      answer: expect.stringMatching(said),
      rationale: expect.stringMatching(because),
    });
    if (answer.kind !== 'knows') return;
    expect(answer.answer.length).toBeLessThan(320);
    expect(answer.answer.split(/[.?!] /).length).toBeLessThanOrEqual(2);
    expect(answer.rationale.split(/[.?!] /).length).toBeLessThanOrEqual(5);
    expect(answer.sources.length).toBeGreaterThan(0);
    for (const source of answer.sources) expect(knowledge.fact(source.id)?.text).toBe(source.text);
  });

  it('takes from the conversation what a follow-up does not name', async () => {
    const topic = { asset: 'pump', tag: 'P-101', faults: ['cavitation'], parameters: [] };
    expect(await ask('and what should I check first?', undefined, topic)).toMatchObject({
      kind: 'knows',
      answer: expect.stringMatching(/^First /),
    });
    expect(await ask('what causes it?', undefined, topic)).toMatchObject({
      answer: expect.stringMatching(/^Cavitation of a pump/),
    });
  });

  it.each<[string, RegExp]>([
    ['Which faults show in vibration?', /name its class or tag \(.*\)|depends on the machine/],
    ['Why does Q-999 vibrate?', /no machine Q-999/],
    ['What causes ghosting of a pump?', /names no fault that the pump sheet has/],
    ['Who won the cup last year?', /names no machine|not about a machine/],
    ['Which parameter shows dissolved gas problems of a bicycle?', /no sheet describes 'bicycle'/],
    ['What causes oil whirl of a zorlun?', /no sheet describes 'zorlun'/],
  ])('%s → does not know', async (question, reason) => {
    expect(await ask(question)).toMatchObject({ kind: 'does not know', reason: expect.stringMatching(reason) });
  });

  it('passes on what is told in the words of another trade, unless machine and fault are named', async () => {
    const other =
      'TBM cutterhead main drive torque up 30% since ring 412 and muck is coming out wet. cutters or ground?';
    expect(await ask(other)).toMatchObject({ kind: 'does not know', reason: expect.stringMatching(/cutterhead/) });
    expect(await ask('What causes cavitation of a pump? Tbm cutterhead muck, see below')).toMatchObject({
      kind: 'knows',
    });
  });

  it('says nothing that its sheets contradict', async () => {
    const questions = makeQuestions(knowledge.sheets, { count: 120, seed: 5, wording: 'train' });
    const traces = [];
    for (const { question, options } of questions) {
      const answer = await ask(question, options);
      if (answer.kind !== 'knows') continue;
      const { rationale, answer: said } = answer;
      traces.push({ question, options, rationale, answer: said, teacher: 'knowledge', reviewedBy: 'web:eng' });
    }
    const { rejected, doubted, passed } = await validate(traces, { sheets: knowledge.sheets });
    expect([...rejected, ...doubted].map((one) => one.reason)).toEqual([]);
    expect(passed.length).toBeGreaterThan(100);
  });
});
