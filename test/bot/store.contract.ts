/** What every store must do. A new store runs this suite with a way to open and to reopen it. */
import { describe, expect, it } from 'vitest';
import type {
  AuditEntry,
  Correction,
  Decision,
  Doubt,
  Flag,
  Message,
  Rating,
  Reply,
  Store,
  Trace,
} from '../../bot/types.ts';

export interface StoreFixture {
  store: Store;
  /** Closes the store and opens the same data again, as after a restart. */
  reopen(): Promise<Store>;
}

const WHO = { id: 'test:ann', name: 'Ann' };
const TOPIC = { tag: 'P-101', asset: 'pump', faults: ['bearing wear'], parameters: [] };

export function message(id: string, text = 'P-101 shakes', thread = id, channel = 'ops'): Message {
  const place = { adapter: 'test', channel, thread };
  return { id, place, author: WHO, text, options: ['a', 'b'], sentAt: '2026-11-21T10:00:00.000Z' };
}

export function storeContract(name: string, open: () => Promise<StoreFixture>): void {
  const first = (exchangeId: string): Reply => ({ exchangeId, final: false, stage: 'received' });
  const receive = async (store: Store, id: string, ...rest: string[]) =>
    (await store.receive(message(id, ...rest), first(`x-${id}`))).exchange;
  const flag = (id: string, exchangeId: string): Flag => ({
    ...{ id, exchangeId, author: WHO, reason: 'wrong', createdAt: '2026-11-21T10:01:00.000Z', withdrawn: false },
  });
  const correction = (id: string, exchangeId: string): Omit<Correction, 'seq'> => ({
    ...{ id, exchangeId, question: 'P-101 shakes', options: ['a', 'b'], answer: 'b', rationale: 'seen', replaced: 'a' },
    ...{ topic: TOPIC, author: WHO, createdAt: '2026-11-21T10:02:00.000Z', withdrawn: false },
  });
  const entry = (id: string): AuditEntry => ({
    ...{ id, at: '2026-11-21T10:02:00.000Z', who: WHO, what: 'correct', target: 'x', before: 'a', after: 'b' },
    allowed: true,
  });
  const exported = async (store: Store, log: Parameters<Store['export']>[0]) => {
    const all: Record<string, unknown>[] = [];
    for await (const one of store.export(log)) all.push(one as Record<string, unknown>);
    return all;
  };

  describe(name, () => {
    it('keeps which final replies could not be shown, and why, until they are', async () => {
      const { store, reopen } = await open();
      for (const id of ['m1', 'm2']) await receive(store, id);
      await store.notShown('x-m2', 'the channel is gone');
      await store.notShown('x-m1', 'no');
      await store.notShown('x-m1', 'is_archived');
      const again = await reopen();
      expect(await again.unshown()).toMatchObject([
        { exchangeId: 'x-m1', adapter: 'test', reason: 'is_archived' },
        { exchangeId: 'x-m2', reason: 'the channel is gone' },
      ]);
      await again.shown('x-m1');
      await again.shown('x-unknown');
      expect(await again.unshown()).toMatchObject([{ exchangeId: 'x-m2' }]);
    });

    it('keeps a received message and its job across a restart', async () => {
      const { store, reopen } = await open();
      const { exchange, duplicate } = await store.receive(message('m1'), first('x-m1'));
      expect(duplicate).toBe(false);
      expect(exchange).toMatchObject({ id: 'x-m1', state: 'received', postId: null, message: message('m1') });
      const again = await reopen();
      expect(await again.exchange('x-m1')).toEqual(exchange);
      expect(await again.unfinished()).toMatchObject([{ exchangeId: 'x-m1', kind: 'answer' }]);
    });

    it('gives the first exchange for the same message id, also at once', async () => {
      const { store } = await open();
      const both = await Promise.all([
        store.receive(message('m1'), first('x1')),
        store.receive(message('m1', 'other text'), first('x2')),
      ]);
      expect(both.map(({ exchange }) => exchange.id)).toEqual(['x1', 'x1']);
      expect(both.map(({ duplicate }) => duplicate)).toEqual([false, true]);
      expect((await store.counts()).exchanges).toBe(1);
      expect(await store.unfinished()).toHaveLength(1);
    });

    it('tells two adapters with the same message id apart', async () => {
      const { store } = await open();
      await receive(store, 'm1');
      const other = message('m1');
      other.place = { ...other.place, adapter: 'other' };
      expect((await store.receive(other, first('x-other'))).duplicate).toBe(false);
    });

    it('keeps decisions and doubts, one an item, and gives what is marked', async () => {
      const { store, reopen } = await open();
      for (const id of ['m1', 'm2', 'm3']) await receive(store, id);
      await store.addFlag(flag('f1', 'x-m3'));
      await store.addRating({
        ...{ id: 'r1', exchangeId: 'x-m1', author: WHO, value: 'up', createdAt: '2026-11-21T10:03:00.000Z' },
        withdrawn: false,
      });
      const decision = (item: string, decided: Decision['decision'], at: string): Decision => ({
        ...{ item, decision: decided, by: WHO, at },
      });
      await store.decide(decision('trace/1', 'accepted', '2026-11-21T10:00:00.000Z'), entry('d1'));
      await store.decide(decision('trace/2', 'rejected', '2026-11-21T10:01:00.000Z'));
      await store.decide(decision('trace/1', 'rejected', '2026-11-21T10:02:00.000Z'), entry('d2'));
      const doubt: Doubt = {
        ...{ id: 'doubt/1', question: 'q', answer: 'a', rationale: 'r', teacher: 't', reason: 'no', round: 2 },
        createdAt: '2026-11-21T10:00:00.000Z',
      };
      await store.addDoubts([doubt]);
      await store.addDoubts([
        { ...doubt, reason: 'again' },
        { ...doubt, id: 'doubt/2' },
      ]);
      const again = await reopen();
      expect(await again.decisions()).toEqual([
        decision('trace/2', 'rejected', '2026-11-21T10:01:00.000Z'),
        decision('trace/1', 'rejected', '2026-11-21T10:02:00.000Z'),
      ]);
      expect(await again.undecide('trace/1', entry('d3'))).toBe(true);
      expect(await again.undecide('trace/1', entry('d4'))).toBe(false);
      expect((await exported(again, 'audit')).map((one) => one.id)).toEqual(['d1', 'd2', 'd3']);
      expect((await again.doubts()).map(({ id, reason }) => [id, reason])).toEqual([
        ['doubt/1', 'no'],
        ['doubt/2', 'no'],
      ]);
      const marked: string[] = [];
      for await (const exchange of again.marked()) marked.push(exchange.id);
      expect(marked).toEqual(['x-m1', 'x-m3']);
    });

    it("keeps a person's newest thumb, and finds and withdraws it as a mark", async () => {
      const { store, reopen } = await open();
      const { id } = await receive(store, 'm1');
      const thumb = (of: string, value: 'up' | 'down', author = WHO): Rating => ({
        ...{ id: of, exchangeId: id, author, value, createdAt: '2026-11-21T10:03:00.000Z', withdrawn: false },
      });
      const bob = { id: 'test:bob', name: 'Bob' };
      await store.addRating(thumb('r1', 'up'), entry('a1'));
      await store.addRating(thumb('r2', 'down'), entry('a2'));
      await store.addRating(thumb('r3', 'up', bob));
      await store.addRating(thumb('r1', 'up'), entry('a3'));
      const again = await reopen();
      const standing = (await again.exchange(id))!.ratings.filter((one) => !one.withdrawn);
      expect(standing.map((one) => [one.id, one.value])).toEqual([
        ['r2', 'down'],
        ['r3', 'up'],
      ]);
      expect(await again.mark('r2')).toEqual({ kind: 'rating', rating: thumb('r2', 'down') });
      expect(await again.withdraw('r2', entry('a4'))).toBe(true);
      expect(await again.withdraw('r2', entry('a5'))).toBe(false);
      expect((await exported(again, 'audit')).map((one) => one.id)).toEqual(['a1', 'a2', 'a4']);
      expect((await exported(again, 'ratings')).map((one) => one.withdrawn)).toEqual([true, true, false]);
    });

    it('moves a reply from received to done, and never back', async () => {
      const { store } = await open();
      const { id } = await receive(store, 'm1');
      await store.saveReply(id, { exchangeId: id, final: false, stage: 'thinking' }, 'working');
      await store.savePostId(id, 'p1');
      expect(await store.exchange(id)).toMatchObject({ state: 'working', postId: 'p1', reply: { stage: 'thinking' } });
      await store.finish(id, { exchangeId: id, final: true, stage: 'judging', notice: 'done' }, {});
      await store.finish(id, { exchangeId: id, final: true, stage: 'judging', notice: 'again' }, {});
      await store.saveReply(id, { exchangeId: id, final: false, stage: 'thinking' }, 'working');
      expect(await store.exchange(id)).toMatchObject({ state: 'done', reply: { final: true, notice: 'done' } });
      expect(await store.unfinished()).toEqual([]);
    });

    it('gives history oldest first: the newest, those behind one, those of a thread', async () => {
      const { store } = await open();
      for (let i = 0; i < 6; i++) await receive(store, `m${i}`, 'text', i % 2 ? 'odd' : 'even');
      await receive(store, 'elsewhere', 'text', 't', 'other');
      const ids = async (query: object) =>
        (await store.history({ adapter: 'test', channel: 'ops', ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual(['x-m0', 'x-m1', 'x-m2', 'x-m3', 'x-m4', 'x-m5']);
      expect(await ids({ limit: 2 })).toEqual(['x-m4', 'x-m5']);
      expect(await ids({ after: 'x-m1', limit: 2 })).toEqual(['x-m2', 'x-m3']);
      expect(await ids({ after: 'x-m5' })).toEqual([]);
      expect(await ids({ thread: 'odd' })).toEqual(['x-m1', 'x-m3', 'x-m5']);
      expect(await ids({ thread: 'odd', after: 'x-m1' })).toEqual(['x-m3', 'x-m5']);
    });

    it('keeps flags and corrections with their exchange, once each, with their audit entries', async () => {
      const { store } = await open();
      const { id } = await receive(store, 'm1');
      await store.addFlag(flag('f1', id), entry('a1'));
      await store.addFlag(flag('f1', id), entry('a2'));
      const added = await store.addCorrection(correction('c1', id), entry('a3'));
      expect(await store.addCorrection({ ...correction('c1', id), answer: 'other' }, entry('a4'))).toEqual(added);
      const kept = await store.exchange(id);
      expect(kept?.flags).toEqual([flag('f1', id)]);
      expect(kept?.corrections).toEqual([{ ...correction('c1', id), seq: added.seq }]);
      expect((await exported(store, 'audit')).map((one) => one.id)).toEqual(['a1', 'a3']);
      expect(await store.mark('f1')).toMatchObject({ kind: 'flag', flag: { id: 'f1' } });
      expect(await store.mark('c1')).toMatchObject({ kind: 'correction', correction: { id: 'c1' } });
      expect(await store.mark('none')).toBeUndefined();
    });

    it('tells readers of corrections what is new, and what was withdrawn', async () => {
      const { store, reopen } = await open();
      const { id } = await receive(store, 'm1');
      const c1 = await store.addCorrection(correction('c1', id));
      const c2 = await store.addCorrection({ ...correction('c2', id), options: undefined });
      expect(c2.seq).toBeGreaterThan(c1.seq);
      expect((await store.corrections(0)).map((one) => one.id)).toEqual(['c1', 'c2']);
      expect('options' in (await store.corrections(c1.seq))[0]!).toBe(false);
      expect(await store.withdraw('c1', entry('a1'))).toBe(true);
      expect(await store.withdraw('c1', entry('a2'))).toBe(false);
      expect(await store.withdraw('none', entry('a3'))).toBe(false);
      const news = await (await reopen()).corrections(c2.seq);
      expect(news).toMatchObject([{ id: 'c1', withdrawn: true }]);
      expect(news[0]!.seq).toBeGreaterThan(c2.seq);
    });

    it('audits a withdrawal only when there was one', async () => {
      const { store } = await open();
      const { id } = await receive(store, 'm1');
      await store.addFlag(flag('f1', id));
      await store.withdraw('f1', entry('a1'));
      await store.withdraw('f1', entry('a2'));
      expect((await exported(store, 'audit')).map((one) => one.id)).toEqual(['a1']);
      expect((await store.counts()).flags).toBe(0);
    });

    it('keeps an open question until a correction answers it, and again when that is withdrawn', async () => {
      const { store } = await open();
      const { id } = await receive(store, 'm1');
      const createdAt = '2026-11-21T10:00:01.000Z';
      const question = { exchangeId: id, question: 'q', topic: TOPIC, reason: 'nobody knows', createdAt };
      await store.finish(id, { exchangeId: id, final: true, stage: 'asking people' }, { open: question });
      expect(await store.openQuestions()).toEqual([question]);
      await store.addCorrection(correction('c1', id));
      expect(await store.openQuestions()).toEqual([]);
      expect(await store.counts()).toMatchObject({ corrections: 1, openEscalations: 0 });
      await store.withdraw('c1');
      expect(await store.counts()).toMatchObject({ corrections: 0, openEscalations: 1 });
    });

    it('finds exchanges by their post, by their author, and flagged ones that nobody has put right', async () => {
      const { store } = await open();
      const [a, b] = [await receive(store, 'm1'), await receive(store, 'm2')];
      await store.receive({ ...message('m3'), author: { id: 'test:bob', name: 'Bob' } }, first('x-m3'));
      await store.savePostId(a.id, 'p1');
      expect((await store.byPost('test', 'p1'))?.id).toBe(a.id);
      expect(await store.byPost('other', 'p1')).toBeUndefined();
      expect(await store.channels('test')).toEqual([a.message.place.channel]);
      expect(await store.channels('other')).toEqual([]);
      expect((await store.exchangesOf('test:ann', 5)).map(({ id }) => id)).toEqual([b.id, a.id]);
      expect(await store.exchangesOf('test:ann', 1)).toHaveLength(1);
      await store.addFlag(flag('f1', a.id));
      await store.addFlag(flag('f2', b.id));
      expect((await store.flagged(9)).map(({ id }) => id)).toEqual([a.id, b.id]);
      await store.addCorrection(correction('c1', a.id));
      await store.withdraw('f2');
      expect(await store.flagged(9)).toEqual([]);
      await store.withdraw('c1');
      expect((await store.flagged(9)).map(({ id, flags }) => [id, flags.length])).toEqual([[a.id, 1]]);
    });

    it('exports its logs oldest first, however long', async () => {
      const { store } = await open();
      const answer = { answer: 'a', answeredBy: 'student' } as Reply['answer'];
      for (let i = 0; i < 3; i++) {
        const { id } = await receive(store, `m${i}`, `question ${i}`);
        const trace: Trace = {
          ...{ id: `t${i}`, exchangeId: id, question: 'q', rationale: 'r', answer: 'a', teacher: 'knowledge' },
          ...{ confidence: 0.9, topic: TOPIC, createdAt: '2026-11-21T10:00:00.000Z' },
        };
        await store.finish(id, { exchangeId: id, final: true, stage: 'judging', answer }, { trace });
        await store.addFlag(flag(`f${i}`, id));
      }
      for (let i = 0; i < 1100; i++) await store.audit(entry(`a${i}`));
      expect((await exported(store, 'traces')).map((one) => one.id)).toEqual(['t0', 't1', 't2']);
      const audit = await exported(store, 'audit');
      expect(audit).toHaveLength(1100);
      expect(audit.at(-1)).toEqual(entry('a1099'));
      expect(await exported(store, 'flags')).toMatchObject([
        { ...flag('f0', 'x-m0'), question: 'question 0', answer: 'a', answeredBy: 'student' },
        { id: 'f1' },
        { id: 'f2' },
      ]);
      expect(await exported(store, 'exchanges')).toMatchObject([{ id: 'x-m0', flags: [{ id: 'f0' }] }, {}, {}]);
      expect(await exported(store, 'corrections')).toEqual([]);
    });

    it('records an answered exchange without a job', async () => {
      const { store } = await open();
      const reply: Reply = { exchangeId: 'x1', final: true, stage: 'judging', notice: 'hello' };
      await store.record(message('m1'), reply, {});
      expect(await store.exchange('x1')).toMatchObject({ state: 'done', reply });
      expect(await store.unfinished()).toEqual([]);
    });

    it('keeps any text as it is', async () => {
      const { store } = await open();
      const text = `'; DROP TABLE exchanges; -- ü 漢 😀 "\\\n\t%_`;
      await store.receive(message('m1', text), first('x1'));
      expect((await store.exchange('x1'))?.message.text).toBe(text);
    });
  });
}
