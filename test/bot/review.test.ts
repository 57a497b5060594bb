/** What waits for a review, who may decide, and what a round then gets of it: through the door, from a store on disk. */
import { describe, expect, it } from 'vitest';
import { type RoundLogOptions, roundLog } from '../../bot/cli/round-log.ts';
import type { Action, Answerer, Person, Store } from '../../bot/types.ts';
import { answerOf, openBot, ROLES } from './desk.ts';

const OP = { id: 'memory:op', name: 'Op' };
const ENG = { id: 'memory:eng', name: 'Eng' };
const TOPIC = { asset: 'pump', faults: ['bearing wear'], parameters: [] };

/** Echoes as the student, or as the teacher where the question says so. */
const answerer: Answerer = {
  async answer(question) {
    const escalated = question.text.startsWith('hard');
    return answerOf(question, {
      ...{ answer: `about ${question.text}`, rationale: 'it is so', topic: TOPIC },
      ...(escalated ? { outcome: 'escalated', answeredBy: 'knowledge' } : {}),
    });
  },
};

let sent = 0;
async function open() {
  const made = await openBot({ answerer });
  await made.bot.start();
  const act = (action: Record<string, unknown>) =>
    made.bot.act({ id: `a${++sent}`, author: OP, ...action } as unknown as Action);
  const waiting = async (person: Person = ENG) =>
    (await made.bot.reviews(person))?.filter((item) => item.state === 'waiting');
  const log = (options?: RoundLogOptions) => roundLog(made.store, { roles: ROLES }, options);
  return { ...made, act, waiting, log };
}

async function audited(store: Store, what: string): Promise<object[]> {
  const all: Record<string, unknown>[] = [];
  for await (const one of store.export('audit')) all.push(one as Record<string, unknown>);
  return all.filter((one) => one.what === what);
}

describe('the queue', () => {
  it('holds complaints, one item for the same matter, and what an engineer does with them', async () => {
    const { act, waiting, log, say, store } = await open();
    const first = await say('why does P-101 shake?', { author: OP });
    const again = await say('Why does  P-101 shake?', { author: OP });
    await act({ kind: 'flag', exchangeId: first.id, reason: 'wrong' });
    await act({ kind: 'rate', exchangeId: first.id, value: 'down' });
    expect(await waiting()).toHaveLength(1);
    const [item] = (await waiting())!;
    expect(item).toMatchObject({ kind: 'complaint', question: first.message.text, reasons: ['Op: wrong', 'Op: 👎'] });
    expect((await log()).questions).toEqual([]);

    expect(await act({ kind: 'review', item: item!.id, decision: 'accept', author: ENG })).toMatchObject({
      kind: 'done',
    });
    expect(await waiting()).toEqual([]);
    expect((await log()).questions).toMatchObject([{ question: first.message.text, reviewedBy: ENG.id, topic: TOPIC }]);
    expect(await audited(store, 'review accept')).toMatchObject([{ who: ENG, before: 'waiting', after: 'accepted' }]);

    await act({ kind: 'review', item: item!.id, decision: 'undo', author: ENG });
    expect(await waiting()).toHaveLength(1);
    await act({ kind: 'review', item: item!.id, decision: 'reject', author: ENG });
    expect((await log()).signals).toEqual([]);
    expect(again.id).not.toBe(first.id);
  });

  it('takes the right answer with the acceptance: a correction by the reviewer', async () => {
    const { bot, act, waiting, log, say } = await open();
    const { id } = await say('why does P-101 shake?', { author: OP });
    await act({ kind: 'flag', exchangeId: id, reason: 'wrong' });
    const [item] = (await waiting())!;
    const review = { kind: 'review', item: item!.id, decision: 'accept', author: ENG };
    expect(await act({ ...review, answer: 'bearing wear', rationale: 'seen it' })).toMatchObject({ kind: 'done' });
    expect((await bot.exchange(id))!.corrections).toMatchObject([{ answer: 'bearing wear', author: ENG }]);
    expect((await log()).traces).toMatchObject([
      { kind: 'correction', answer: 'bearing wear', rationale: 'seen it', reviewedBy: ENG.id, teacher: 'person' },
    ]);
    expect(await waiting()).toEqual([]);
  });

  it("holds a teacher's answer to an operator's question until it is passed; an engineer's thumb passes it", async () => {
    const { act, waiting, log, say } = await open();
    const one = await say('hard one', { author: OP });
    await say('hard two', { author: OP });
    await say('hard two', { author: OP });
    expect((await waiting())!.map(({ kind, question, exchanges }) => [kind, question, exchanges.length])).toEqual([
      ['trace', 'hard one', 1],
      ['trace', 'hard two', 2],
    ]);
    expect((await log()).traces).toEqual([]);
    expect((await log()).held.map(({ kind, author }) => [kind, author])).toEqual(
      Array.from({ length: 3 }, () => ['escalation', OP.id]),
    );
    await act({ kind: 'rate', exchangeId: one.id, value: 'up' });
    expect((await log()).traces).toEqual([]);
    await act({ kind: 'rate', exchangeId: one.id, value: 'up', author: ENG });
    expect((await log()).traces).toMatchObject([{ question: 'hard one', teacher: 'knowledge', reviewedBy: ENG.id }]);
    const [two] = (await waiting())!;
    await act({ kind: 'review', item: two!.id, decision: 'accept', author: ENG });
    expect((await log()).traces.map(({ question }) => question)).toEqual(['hard one', 'hard two']);
  });

  it('does not vouch for an answer that somebody complains of', async () => {
    const { act, waiting, log, say } = await open();
    const { id } = await say('hard one', { author: OP });
    await act({ kind: 'rate', exchangeId: id, value: 'up', author: ENG });
    await act({ kind: 'flag', exchangeId: id, reason: 'no' });
    expect((await waiting())!.map(({ kind }) => kind)).toEqual(['complaint']);
    expect((await log()).traces).toEqual([]);
  });

  it('is for those with the role only', async () => {
    const { act, waiting, say, store } = await open();
    await say('hard one', { author: OP });
    const [item] = (await waiting())!;
    expect(await waiting(OP)).toBeUndefined();
    expect(await waiting({ id: 'memory:mallory', name: 'Mallory' })).toBeUndefined();
    expect(await act({ kind: 'review', item: item!.id, decision: 'accept' })).toMatchObject({
      kind: 'denied',
      notice: expect.stringContaining('ask an engineer'),
    });
    expect(await audited(store, 'review')).toMatchObject([{ who: OP, target: item!.id, allowed: false }]);
    expect(await waiting()).toHaveLength(1);
  });

  it('says what is wrong with a decision', async () => {
    const { act } = await open();
    expect(await act({ kind: 'review', item: 'answer/none', decision: 'accept', author: ENG })).toMatchObject({
      kind: 'invalid',
      notice: expect.stringContaining('rounds review list'),
    });
  });

  it('shows a doubted trace once, and teaches it only when an engineer lets it stand over the sheet', async () => {
    const { act, waiting, log, store } = await open();
    const doubt = {
      ...{ id: 'doubt/1', question: 'q?', answer: 'a', rationale: 'pump, bearing wear. vibration 0.', teacher: 'big' },
      ...{ reason: 'contradicts the sheet', round: 3, createdAt: '2026-11-21T10:00:00.000Z' },
    };
    await store.addDoubts([doubt, doubt]);
    expect(await waiting()).toMatchObject([{ id: 'doubt/1', kind: 'doubt', reasons: ['contradicts the sheet'] }]);
    expect((await log()).held).toMatchObject([{ kind: 'doubt' }]);
    await act({ kind: 'review', item: 'doubt/1', decision: 'accept', author: ENG });
    expect((await log()).traces).toMatchObject([{ answer: 'a', teacher: 'big', overrules: true, reviewedBy: ENG.id }]);
  });
});

describe('a word counts while its author has the role', () => {
  it('corrections and decisions go back into the queue when the role is taken away', async () => {
    const { act, say, store } = await open();
    const { id } = await say('why does P-101 shake?', { author: OP });
    const hard = await say('hard one', { author: OP });
    await act({ kind: 'correct', exchangeId: id, answer: 'bearing wear', rationale: '', author: ENG });
    await act({ kind: 'rate', exchangeId: hard.id, value: 'up', author: ENG });
    expect((await roundLog(store, { roles: ROLES })).traces).toHaveLength(2);
    const without = { ...ROLES, 'memory:eng': ['operator'] as const };
    const { traces, held } = await roundLog(store, { roles: without });
    expect(traces).toEqual([]);
    expect(held.map(({ kind, author }) => [kind, author])).toEqual([
      ['correction', ENG.id],
      ['escalation', OP.id],
    ]);
  });
});
