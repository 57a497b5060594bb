/** Values of gases in oil go past the student to the standards; the thread then speaks of the fault that they point to. */
import { describe, expect, it } from 'vitest';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { correction, examplePlant, setup } from './setup.ts';

const { knowledge, matcher } = await examplePlant();
const withTeacher = () => setup({ teachers: [knowledgeTeacher(knowledge, matcher)] });
const QUESTION = 'T-1 C2H4 190 CH4 160 C2H6 70 C2H2 1. whats going on inside';

describe('gases through the chain', () => {
  it('are placed in their zone, the student is not asked, and the typical values are the sources', async () => {
    const { ask, student } = await withTeacher();
    const answer = await ask(QUESTION);
    expect(answer).toMatchObject({
      outcome: 'escalated',
      answeredBy: 'knowledge',
      answer: expect.stringMatching(/^Zone T3 .*core fault/),
      rationale: expect.stringMatching(/methane is 46 %, ethylene 54 % and acetylene 0\.3 %/),
      confidence: 0.8,
      reason: expect.stringContaining('read off the standards'),
      topic: { tag: 'T-1', asset: 'power transformer', parameters: ['dissolved gas'] },
    });
    expect(answer.topic.faults[0]).toBe('core fault');
    expect(answer.sources.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['limits', 'checks']));
    expect(student.prompts).toEqual([]);
  });

  it('lead to the fault that a follow-up asks of, and to what the oxides say', async () => {
    const { ask } = await withTeacher();
    const { topic } = await ask(QUESTION);
    const oxides = await ask({ text: 'CO and CO2 havent moved, does that change anything', topic });
    expect(oxides).toMatchObject({ answer: expect.stringMatching(/^Paper is likely not involved/) });
    expect(oxides.topic).toEqual(topic);
    const now = await ask({ text: 'and now C2H2 18, was 1', topic: oxides.topic });
    expect(now.answer).toMatch(/^Arcing.*winding insulation fault/);
    expect(now.topic.faults[0]).toBe('winding insulation fault');
  });

  it('are known as a transformer’s where only they are named', async () => {
    const { ask } = await withTeacher();
    expect(await ask('C2H4 190 CH4 160 C2H6 70 C2H2 1')).toMatchObject({
      answer: expect.stringMatching(/^On which machine\? For a power transformer: Zone T3/),
    });
  });

  it('with options to choose from are a choice', async () => {
    const { ask } = await withTeacher();
    const options = ['core fault', 'oil leakage', 'loss of phase'];
    expect((await ask({ text: QUESTION, options })).answer).not.toMatch(/Zone/);
  });

  it('give way to a correction of that question', async () => {
    const { ask, corrections } = await withTeacher();
    const { topic } = await ask(QUESTION);
    corrections.push(correction({ question: QUESTION, answer: 'the stuck oil pump, as in May', topic }));
    expect((await ask(QUESTION)).answer).toMatch(/stuck oil pump/i);
  });
});
