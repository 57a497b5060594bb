/** Collecting: reviewed answers go in, unreviewed ones are counted, signals cluster by machine and fault. */
import { beforeAll, describe, expect, it } from 'vitest';
import { SHIPPED_STUDENT } from '../../../bot/main.ts';
import { collect, collectLines, EMPTY_LOG, type Held, type Signal } from '../../../models/distill/collect.ts';
import { validate } from '../../../models/distill/validate.ts';
import { type Knowledge, knowledgeOf, loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { openStudent } from '../../../models/student/runtime.ts';
import { knowledgeTeacher } from '../../../models/teacher/knowledge.ts';
import type { Teacher } from '../../../models/teacher/types.ts';

let knowledge: Knowledge;
beforeAll(async () => {
  const { sheets } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
  knowledge = knowledgeOf(sheets.filter(({ asset }) => ['pump', 'fan', 'conveyor'].includes(asset)));
});

const signal = (person: string, asset: string, faults: string[], kind: Signal['kind'] = 'flag'): Signal => ({
  ...{ kind, person, topic: { asset, faults, parameters: [] } },
});

describe('signals', () => {
  it('cluster by machine and fault; one person counts as few, however often', async () => {
    const signals = [
      ...Array.from({ length: 100 }, () => signal('web:mallory', 'fan', ['misalignment'])),
      ...['a', 'b', 'c', 'd'].map((person) => signal(person, 'pump', ['bearing wear'], 'escalation')),
      signal('a', 'pump', []),
      signal('a', 'submarine', ['flooding']),
      signal('a', 'pump', ['no such fault']),
    ];
    const { focus, report } = await collect({ log: { ...EMPTY_LOG, signals }, sheets: knowledge.sheets, seed: 1 });
    expect(report.clusters.map(({ asset, fault, votes }) => [asset, fault, votes])).toEqual([
      ['pump', 'bearing wear', 4],
      ['fan', 'misalignment', 3],
      ['pump', '', 2],
    ]);
    expect(report.clusters[1]!.signals).toEqual({ flag: 100 });
    expect(focus.map(({ asset }) => asset)).toEqual(['pump', 'fan']);
    expect(focus.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
  });
});

it('names what waits for a review, and teaches nothing of it', async () => {
  const held: Held[] = Array.from({ length: 3 }, (_, i) => ({
    ...{ id: `correction/${i}`, kind: 'correction', author: 'web:mallory', reason: 'its author is no engineer' },
  }));
  const { traces, report } = await collect({ log: { ...EMPTY_LOG, held }, sheets: knowledge.sheets, seed: 1 });
  expect(traces).toEqual([]);
  expect(report.held).toEqual([{ kind: 'correction', reason: 'its author is no engineer', count: 3 }]);
});

describe('questions', () => {
  const signals = [signal('a', 'pump', ['bearing wear']), signal('b', 'pump', ['bearing wear'], 'escalation')];
  const questions = [
    {
      ...{ id: 'answer/1', question: 'Which sensor shows bearing wear of a pump?', options: ['vibration', 'pressure'] },
      ...{ topic: { asset: 'pump', faults: ['bearing wear'], parameters: [] }, reviewedBy: 'web:eng' },
    },
  ];
  /** Answers as the sheets do under a model's name; now and then as `change` says. */
  const model = (change: (sample: number) => Promise<void> | string | undefined = () => undefined): Teacher => {
    const sheets = knowledgeTeacher(knowledge);
    return {
      name: 'big-model',
      async ask(question, abort) {
        const changed = await change(question.sample ?? 0);
        const answer = await sheets.ask(question, abort);
        return changed && answer.kind === 'knows' ? { ...answer, answer: changed } : answer;
      },
    };
  };

  it('that were reviewed, and others about what people met, go to the teachers; all pass validation', async () => {
    const { sheets } = knowledge;
    const teachers = [knowledgeTeacher(knowledge)];
    const log = { ...EMPTY_LOG, signals, questions };
    const { traces, report } = await collect({ log, sheets, seed: 3, teachers, budget: 30 });
    expect(traces[0]).toMatchObject({ kind: 'flag', answer: 'vibration', teacher: 'knowledge', reviewedBy: 'web:eng' });
    expect(report.traces).toMatchObject({ flag: 1, generated: traces.length - 1 });
    expect(traces.length).toBeGreaterThan(20);
    expect(traces.every(({ question, rationale }) => /bearing|pump/i.test(`${question} ${rationale}`))).toBe(true);
    expect(report).toMatchObject({ teacherCalls: report.questions.asked, failures: [] });
    const { passed, doubted } = await validate(traces, { sheets });
    expect(doubted).toEqual([]);
    expect(passed.length).toBeGreaterThan(0.9 * traces.length);
    expect(await collect({ log, sheets, seed: 3, teachers, budget: 30 })).toEqual({
      traces,
      focus: expect.anything(),
      report,
    });
  });

  it('are asked of a model several times; where it says something else each time, nothing is taught', async () => {
    const log = { ...EMPTY_LOG, questions };
    const steady = await collect({ log, sheets: knowledge.sheets, seed: 3, teachers: [model()] });
    expect(steady.traces[0]!.samples).toEqual(['vibration', 'vibration']);
    expect((await validate(steady.traces, { sheets: knowledge.sheets })).passed).toHaveLength(1);
    const fickle = model((sample) => (sample > 0 ? 'pressure' : undefined));
    const { traces, report } = await collect({ log, sheets: knowledge.sheets, seed: 3, teachers: [fickle] });
    expect(report.teacherCalls).toBe(3);
    const { passed, rejected } = await validate(traces, { sheets: knowledge.sheets });
    expect({ passed, reasons: rejected.map(({ reason }) => reason) }).toEqual({
      ...{ passed: [], reasons: ['only 1 of 3 answers agree'] },
    });
  });

  it('outlive a teacher that fails: the next is asked, and the report says why', async () => {
    const broken = model(() => Promise.reject(new Error('[openai] 429: over the limit')));
    const log = { ...EMPTY_LOG, questions };
    const teachers = [broken, { ...knowledgeTeacher(knowledge) }];
    const { traces, report } = await collect({ log, sheets: knowledge.sheets, seed: 3, teachers });
    expect(traces).toMatchObject([{ teacher: 'knowledge' }]);
    expect(report.failures).toEqual([{ teacher: 'big-model', reason: '[openai] 429: over the limit', count: 1 }]);
    const alone = await collect({ log, sheets: knowledge.sheets, seed: 3, teachers: [broken] });
    expect(alone.report.questions).toEqual({ asked: 1, answered: 0, unknown: 0, failed: 1 });
    expect(collectLines(alone.report).join('\n')).toContain('big-model failed 1 times: [openai] 429: over the limit');
  });
});

it('looks where the student is least sure: the machine that it was never taught', { timeout: 60_000 }, async () => {
  const { sheets } = knowledge;
  const student = await openStudent(SHIPPED_STUDENT);
  try {
    const { focus, report } = await collect({ log: EMPTY_LOG, sheets, seed: 3, student });
    const conveyor = sheets.find(({ asset }) => asset === 'conveyor')!;
    expect(focus.slice(0, conveyor.faults.length).every(({ asset }) => asset === 'conveyor')).toBe(true);
    expect(report.probe!.focusDoubt).toBeGreaterThan(report.probe!.meanDoubt);
  } finally {
    await student.close();
  }
});
