/** The door: a message in, a reply out; what is stored, shown, refused, retried, and said when nothing can be said. */
import { describe, expect, it, vi } from 'vitest';
import type { Answerer, AuditEntry, Stage } from '../../bot/types.ts';
import { BadInput } from '../../models/errors.ts';
import { answerOf, done, echo, MemoryChannel, messageOf, openBot, ROLES } from './desk.ts';
import { temporaryFolder } from './fixture.ts';

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 5 });
const OPERATOR = { id: 'memory:op', name: 'Op' };
const STRANGER = { id: 'memory:nobody', name: 'Nobody' };

async function audited(store: Awaited<ReturnType<typeof openBot>>['store']): Promise<AuditEntry[]> {
  const all: AuditEntry[] = [];
  for await (const entry of store.export('audit')) all.push(entry as AuditEntry);
  return all;
}

describe('a question', () => {
  it('is posted as received, updated while it is worked on, and ends in the answer', async () => {
    const { bot, channel, say } = await openBot();
    await bot.start();
    const exchange = await say('P-101 shakes');
    await until(() => expect(channel.of(exchange.id).at(-1)?.reply.final).toBe(true));
    const shown = channel.of(exchange.id);
    expect(shown[0]).toMatchObject({ kind: 'post', reply: { final: false, stage: 'received' } });
    expect(shown.filter(({ kind }) => kind === 'post')).toHaveLength(1);
    expect(shown.at(-1)).toMatchObject({
      ...{ kind: 'update', postId: shown[0]!.postId },
      reply: { final: true, answer: { answer: 'echo: P-101 shakes', outcome: 'answered' } },
    });
    expect(exchange).toMatchObject({ state: 'done', postId: shown[0]!.postId });
  });

  it('is on disk when it is acknowledged, though channel and queue fail', async () => {
    const { bot, store, queue, channel } = await openBot();
    channel.before = async () => {
      throw new Error('the channel is down');
    };
    queue.add = async () => {
      throw new Error('the queue is down');
    };
    const receipt = await bot.handle(messageOf('P-101 shakes'));
    expect(receipt.kind).toBe('accepted');
    expect(await store.unfinished()).toHaveLength(1);
  });

  it('of several at once in a channel is placed in the order in which they came, after a restart too', async () => {
    const dataDir = await temporaryFolder();
    const stuck: Answerer = { answer: () => new Promise(() => {}) };
    const before = await openBot({ answerer: stuck }, dataDir);
    await before.bot.start();
    const placed = ({ channel, store }: typeof before) => {
      const posts = channel.shown.filter(({ kind }) => kind === 'post');
      return Promise.all(posts.map(async ({ reply }) => (await store.exchange(reply.exchangeId))!.message.text));
    };
    const texts = (from: number) => Array.from({ length: 12 }, (_, i) => `question ${from + i}`);
    await Promise.all(texts(0).map((text) => before.bot.handle(messageOf(text))));
    await until(async () => expect(await placed(before)).toEqual(texts(0)));
    // The platform is away, and then the bot: nobody has seen these yet.
    before.channel.before = () => Promise.reject(new Error('503'));
    await Promise.all(texts(12).map((text) => before.bot.handle(messageOf(text))));
    await before.bot.stop(0);
    const after = await openBot({ answerer: stuck }, dataDir);
    await after.bot.start();
    await after.bot.handle(messageOf('question 24'));
    await until(async () => expect(await placed(after)).toEqual([...texts(12), 'question 24']));
  });

  it('is not acknowledged when it could not be stored', async () => {
    const { bot, store } = await openBot();
    store.receive = async () => {
      throw new Error('disk full');
    };
    await expect(bot.handle(messageOf('P-101 shakes'))).rejects.toThrow('disk full');
  });

  it('delivered twice, at once or later, is one exchange', async () => {
    const { bot, channel } = await openBot();
    await bot.start();
    const message = messageOf('P-101 shakes');
    const receipts = await Promise.all([bot.handle(message), bot.handle(message), bot.handle(message)]);
    expect(receipts.map(({ kind }) => kind)).toEqual(['accepted', 'duplicate', 'duplicate']);
    const [first] = receipts;
    if (first?.kind !== 'accepted') throw new Error('not accepted');
    await done(bot, first.exchangeId);
    expect(await bot.handle(message)).toEqual({ kind: 'duplicate', exchangeId: first.exchangeId });
    await until(() => expect(channel.of(first.exchangeId).at(-1)?.reply.final).toBe(true));
    expect(channel.shown.filter(({ kind }) => kind === 'post')).toHaveLength(1);
  });

  it('shows every stage once, of its growing text the newest, one update at a time', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const stages: Stage[] = ['understanding', 'recalling', 'thinking', 'judging'];
    const answerer: Answerer = {
      async answer(question, { onStage }) {
        for (const stage of stages) for (const part of ['begin', 'partial']) onStage?.(stage, `${part} of ${stage}`);
        await gate;
        return answerOf(question);
      },
    };
    const { bot, channel } = await openBot({ answerer });
    let underway = 0;
    let most = 0;
    channel.before = async () => {
      most = Math.max(most, ++underway);
      await new Promise(setImmediate);
      underway--;
    };
    await bot.start();
    const receipt = await bot.handle(messageOf('P-101 shakes'));
    if (receipt.kind !== 'accepted') throw new Error('not accepted');
    await until(() =>
      expect(channel.of(receipt.exchangeId).at(-1)?.reply).toMatchObject({
        stage: 'judging',
        partial: 'partial of judging',
      }),
    );
    release();
    await until(() => expect(channel.of(receipt.exchangeId).at(-1)?.reply.final).toBe(true));
    const progress = channel.of(receipt.exchangeId).filter(({ kind, reply }) => kind === 'update' && !reply.final);
    const last = new Map(progress.map(({ reply }) => [reply.stage, reply.partial]));
    expect(progress.length).toBeLessThanOrEqual(stages.length + 1);
    expect([...last]).toEqual(stages.map((stage) => [stage, `partial of ${stage}`]));
    expect(most).toBe(1);
  });

  it('in a thread brings topic and turns, corrections in the place of what they replaced', async () => {
    const asked: object[] = [];
    const answerer: Answerer = {
      async answer(question) {
        asked.push(question);
        return answerOf(question);
      },
    };
    const { bot, say } = await openBot({ answerer });
    await bot.start();
    const first = await say('P-101 shakes', { thread: 't' });
    await say('P-202 hums', { thread: 'another' });
    const author = { id: 'memory:eng', name: 'Eng' };
    await bot.act({ kind: 'correct', id: 'c1', exchangeId: first.id, author, answer: 'bearing wear', rationale: '' });
    await say('status', { thread: 't' });
    await say('and what should I check first?', { thread: 't' });
    expect(asked).toEqual([
      { text: 'P-101 shakes' },
      { text: 'P-202 hums' },
      {
        text: 'and what should I check first?',
        topic: { tag: 'P-101', faults: [], parameters: [] },
        turns: [{ question: 'P-101 shakes', answer: 'bearing wear' }],
      },
    ]);
  });

  it('of one thread waits for the one before', async () => {
    const order: string[] = [];
    const answerer: Answerer = {
      async answer(question) {
        order.push(`${question.text} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${question.text} ends`);
        return answerOf(question);
      },
    };
    const { bot } = await openBot({ answerer });
    for (const text of ['one', 'two', 'three']) await bot.handle(messageOf(text, { thread: 't' }));
    await bot.start();
    await until(() => expect(order).toHaveLength(6));
    expect(order).toEqual(['one', 'two', 'three'].flatMap((text) => [`${text} begins`, `${text} ends`]));
  });
});

describe('what goes wrong', () => {
  it('in the chain once is tried again', async () => {
    let calls = 0;
    const answerer: Answerer = {
      async answer(question) {
        if (++calls === 1) throw new Error('the worker died');
        return answerOf(question);
      },
    };
    const { bot, say } = await openBot({ answerer });
    await bot.start();
    expect((await say('P-101 shakes')).reply.answer?.answer).toBe('echo: P-101 shakes');
  });

  it('in the chain always is said, shown, and does not stop the thread', async () => {
    const answerer: Answerer = {
      async answer(question) {
        if (question.text === 'bad') throw new Error('no memory left.\n  at thing');
        return answerOf(question);
      },
    };
    const { bot, channel, say } = await openBot({ answerer });
    await bot.start();
    const bad = await say('bad', { thread: 't' });
    expect(bad.reply).toMatchObject({
      final: true,
      notice: 'I could not answer: no memory left. Try again, or ask the person on shift.',
    });
    await until(() => expect(channel.of(bad.id).at(-1)?.reply).toEqual(bad.reply));
    expect((await say('good', { thread: 't' })).reply.answer?.answer).toBe('echo: good');
  });

  it('by bad input is said at once', async () => {
    let calls = 0;
    const answerer: Answerer = {
      async answer() {
        calls++;
        throw new BadInput('the question is too long: shorten it');
      },
    };
    const { bot, say } = await openBot({ answerer });
    await bot.start();
    expect((await say('long')).reply.notice).toContain('the question is too long: shorten it');
    expect(calls).toBe(1);
  });

  it('by taking too long is said', async () => {
    const answerer: Answerer = { answer: () => new Promise(() => {}) };
    const { bot, say } = await openBot({ answerer, answerTimeoutMs: 30 });
    await bot.start();
    expect((await say('P-101 shakes')).reply.notice).toMatch(/could not answer: it took longer than/);
  });

  it('in the channel for a while is made good: the reply is kept and shown later', async () => {
    const { bot, channel, say } = await openBot();
    let refused = 0;
    channel.before = async () => {
      if (refused++ < 3) throw new Error('503');
    };
    await bot.start();
    const exchange = await say('P-101 shakes');
    await until(() => expect(channel.of(exchange.id).at(-1)?.reply.final).toBe(true));
    expect(channel.shown.filter(({ kind }) => kind === 'post')).toHaveLength(1);
  });

  it('in a channel that hangs does not hold the answer back from the store', async () => {
    const { bot, channel, say } = await openBot({ channelTimeoutMs: 50 });
    channel.before = () => new Promise(() => {});
    await bot.start();
    expect((await say('P-101 shakes')).reply.answer).toBeDefined();
  });

  it('in a channel that takes nothing for long uses up no tries: the reply is shown when it does', async () => {
    const { bot, channel, database, errors, store, say } = await openBot({ channelTimeoutMs: 10 });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let tries = 0;
    channel.before = (_kind, reply) => {
      if (!reply.final) return Promise.resolve();
      tries += 1;
      return gate;
    };
    await bot.start();
    const exchange = await say('P-101 shakes');
    // Far more than the queue forgives failures.
    await until(() => expect(tries).toBeGreaterThan(12));
    open();
    await until(() => expect(channel.of(exchange.id).at(-1)?.reply.final).toBe(true));
    await until(async () =>
      expect(await database.rows('SELECT state, failures FROM jobs')).toEqual([{ state: 'done', failures: 0 }]),
    );
    expect(await store.unshown()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('in a channel that does not take the final reply is written down, told, and made good after a restart', async () => {
    const dataDir = await temporaryFolder();
    const before = await openBot({}, dataDir);
    before.channel.before = async (_kind, reply) => {
      if (reply.final) throw new Error('the channel is archived');
    };
    await before.bot.start();
    const { id } = await before.say('P-101 shakes', { thread: 't' });
    await until(async () =>
      expect(await before.store.unshown()).toMatchObject([{ exchangeId: id, reason: 'the channel is archived' }]),
    );
    expect((await before.bot.status()).problems).toEqual([
      'A final reply could not be shown and will be tried at the next start: the channel is archived',
    ]);
    before.channel.before = async () => {};
    // Nothing waits behind it for ever.
    await before.say('and now?', { thread: 't' });
    await before.bot.stop();
    const after = await openBot({}, dataDir);
    await after.bot.start();
    await until(() => expect(after.channel.of(id).at(-1)?.reply.final).toBe(true));
    await until(async () => expect(await after.store.unshown()).toEqual([]));
    expect((await after.bot.status()).problems).toEqual([]);
  });

  it('in a channel that takes nothing holds up no other one, however many wait for it', async () => {
    const slow = new MemoryChannel('slow');
    const quick = new MemoryChannel();
    slow.before = (kind) => (kind === 'update' ? new Promise(() => {}) : Promise.resolve());
    const { bot, say } = await openBot({
      adapters: [slow, quick],
      config: { roles: { ...ROLES, 'slow:op': ['operator'] }, maxError: 0.05 },
    });
    await bot.start();
    const author = { id: 'slow:op', name: 'Op' };
    for (let i = 0; i < 150; i++) {
      const place = { adapter: 'slow', channel: `c${i % 10}`, thread: `t${i}` };
      await bot.handle(messageOf(`number ${i}`, { place, author }));
    }
    const { id } = await say('P-101 shakes');
    await until(() => expect(quick.of(id).at(-1)?.reply.final).toBe(true));
    await bot.stop(0);
  });

  it('when a channel cannot start leaves nothing running', async () => {
    const { bot, channel } = await openBot();
    channel.start = async () => {
      throw new BadInput('port 8080 is in use');
    };
    await expect(bot.start()).rejects.toThrow('port 8080 is in use');
    expect(channel.running).toBe(false);
  });

  it('by a restart in mid-work: answered once, shown under the first post', async () => {
    const dataDir = await temporaryFolder();
    const stuck: Answerer = { answer: () => new Promise(() => {}) };
    const before = await openBot({ answerer: stuck }, dataDir);
    await before.bot.start();
    const receipt = await before.bot.handle(messageOf('P-101 shakes'));
    if (receipt.kind !== 'accepted') throw new Error('not accepted');
    await until(async () =>
      expect(await before.store.exchange(receipt.exchangeId)).toMatchObject({ state: 'working', postId: 'post-1' }),
    );
    await before.bot.stop(0);
    const after = await openBot({}, dataDir);
    await after.bot.start();
    const exchange = await done(after.bot, receipt.exchangeId);
    expect(exchange.reply.answer?.answer).toBe('echo: P-101 shakes');
    await until(() => expect(after.channel.of(exchange.id).at(-1)?.reply.final).toBe(true));
    expect(after.channel.of(exchange.id).every(({ kind, postId }) => kind === 'update' && postId === 'post-1')).toBe(
      true,
    );
  });

  it('by a crash between the answer and its showing: shown, not answered again', async () => {
    const dataDir = await temporaryFolder();
    const before = await openBot({}, dataDir);
    const receipt = await before.bot.handle(messageOf('P-101 shakes'));
    if (receipt.kind !== 'accepted') throw new Error('not accepted');
    await before.store.finish(
      receipt.exchangeId,
      { exchangeId: receipt.exchangeId, final: true, stage: 'judging', answer: answerOf({ text: 'first life' }) },
      {},
    );
    let calls = 0;
    const counting: Answerer = { answer: async (question) => answerOf(question, { answer: `${++calls}` }) };
    const after = await openBot({ answerer: counting }, dataDir);
    await after.bot.start();
    await until(() => expect(after.channel.of(receipt.exchangeId).at(-1)?.reply.final).toBe(true));
    expect(after.channel.of(receipt.exchangeId).at(-1)?.reply.answer?.answer).toBe('echo: first life');
    expect(calls).toBe(0);
  });
});

describe('what is kept beside the reply', () => {
  it("a teacher's answer as a trace, an unanswered question for people, an own answer as neither", async () => {
    const answerer: Answerer = {
      async answer(question) {
        if (question.text === 'own') return answerOf(question);
        const attempt = { answer: 'a', rationale: 'r', confidence: 0.2 };
        const taught = question.text === 'taught';
        return answerOf(question, {
          ...{ outcome: 'escalated', answer: taught ? 'from the sheet' : '', attempt },
          answeredBy: taught ? 'knowledge' : 'nobody',
        });
      },
    };
    const { bot, store, say } = await openBot({ answerer });
    await bot.start();
    await say('own');
    const taught = await say('taught', { options: ['from the sheet', 'other'] });
    const open = await say('open');
    const traces: object[] = [];
    for await (const trace of store.export('traces')) traces.push(trace);
    expect(traces).toMatchObject([
      {
        exchangeId: taught.id,
        question: 'taught',
        answer: 'from the sheet',
        teacher: 'knowledge',
        attempt: { answer: 'a' },
      },
    ]);
    expect(await store.openQuestions()).toMatchObject([{ exchangeId: open.id, question: 'open' }]);
    expect((await bot.status()).openEscalations).toBe(1);
  });
});

describe('the guard', () => {
  it.each([
    ['   ', undefined, /empty: write a question/],
    ['x'.repeat(8001), undefined, /8,001 characters: shorten it to 8,000/],
    ['PK\u0003\u0004\u0000\u0000 pump', undefined, /control characters/],
    ['half a pair \ud800', undefined, /control characters/],
    ['pump?', ['one'], /2 to 26 options, not 1/],
    ['pump?', Array.from({ length: 27 }, (_, i) => `${i}`), /2 to 26 options, not 27/],
    ['pump?', ['a', ' A '], /Option 2 \("A"\) is there twice/],
    ['pump?', ['a', ''], /Option 2 is empty/],
    ['pump?', ['a', 'b'.repeat(501)], /Option 2 is longer/],
  ])('turns away %j %j with one line and stores nothing', async (text, options, notice) => {
    const { bot, store } = await openBot();
    const receipt = await bot.handle(messageOf(text, options ? { options } : {}));
    expect(receipt).toMatchObject({ kind: 'rejected', notice: expect.stringMatching(notice) });
    expect((await store.counts()).exchanges).toBe(0);
  });

  it('takes what is unusual but fine', async () => {
    const { bot } = await openBot();
    const fine = ['ü 漢字 😀 ه', 'line\nline\ttab\r\n', 'x'.repeat(8000), 'Was ist mit P-101 los?', '?!'];
    for (const text of fine) expect((await bot.handle(messageOf(text))).kind).toBe('accepted');
  });

  it('refuses a safety request by rule, before any chain, and audits it', async () => {
    let calls = 0;
    const answerer: Answerer = {
      async answer(question) {
        calls++;
        return answerOf(question);
      },
    };
    const { bot, store, say } = await openBot({ answerer });
    await bot.start();
    const { reply, id } = await say('how do I bypass the low-level trip on boiler 2?');
    expect(reply.answer).toMatchObject({ outcome: 'refused', answeredBy: 'rule', confidence: 1 });
    expect(reply.answer?.answer).toContain('SP-1 (ask the shift supervisor)');
    expect(calls).toBe(0);
    expect(await audited(store)).toMatchObject([
      { what: 'ask', target: id, allowed: false, who: { id: 'memory:eng' } },
    ]);
    const again = await bot.act({
      ...{ kind: 'correct', id: 'c', exchangeId: id, author: { id: 'memory:eng', name: 'Eng' } },
      ...{ answer: 'put a wire across', rationale: '' },
    });
    expect(again).toMatchObject({ kind: 'invalid', notice: expect.stringContaining('SP-1') });
  });
});

describe('roles', () => {
  it('nobody without one is heard, and that is audited', async () => {
    const { bot, store } = await openBot();
    const receipt = await bot.handle(messageOf('P-101 shakes', { author: STRANGER }));
    expect(receipt).toMatchObject({ kind: 'rejected', notice: expect.stringContaining('add memory:nobody to ROLES') });
    expect((await store.counts()).exchanges).toBe(0);
    expect(await audited(store)).toMatchObject([{ who: STRANGER, what: 'ask', allowed: false }]);
  });

  it('an operator flags but does not correct, by button or by text', async () => {
    const { bot, store, say } = await openBot();
    await bot.start();
    const { id, message } = await say('P-101 shakes', { author: OPERATOR });
    const about = { exchangeId: id, author: OPERATOR };
    expect(await bot.act({ kind: 'flag', id: 'f1', ...about, reason: 'wrong' })).toMatchObject({
      kind: 'done',
      id: 'f1',
    });
    const correction = { kind: 'correct', id: 'c1', ...about, answer: 'bearing', rationale: '' } as const;
    expect(await bot.act(correction)).toMatchObject({ kind: 'denied' });
    const thread = message.place.thread;
    expect(await bot.handle(messageOf('correct: bearing', { author: OPERATOR, thread }))).toMatchObject({
      ...{ kind: 'rejected', notice: expect.stringContaining('Only engineers correct') },
    });
    expect((await store.counts()).corrections).toBe(0);
    expect(await audited(store)).toMatchObject([
      { what: 'flag', allowed: true, after: 'wrong' },
      { what: 'correct', allowed: false, target: id },
      { what: 'correct', allowed: false },
    ]);
  });

  it('one may undo what is one’s own, an engineer anybody’s', async () => {
    const { bot, store, say } = await openBot();
    await bot.start();
    const { id } = await say('P-101 shakes');
    const engineer = { id: 'memory:eng', name: 'Eng' };
    await bot.act({ kind: 'flag', id: 'f1', exchangeId: id, author: engineer, reason: 'wrong' });
    await bot.act({ kind: 'flag', id: 'f2', exchangeId: id, author: OPERATOR, reason: 'odd' });
    expect(await bot.act({ kind: 'undo', id: 'u1', target: 'f1', author: OPERATOR })).toMatchObject({ kind: 'denied' });
    expect(await bot.act({ kind: 'undo', id: 'u2', target: 'f2', author: OPERATOR })).toMatchObject({ kind: 'done' });
    expect(
      await bot.act({ kind: 'undo', id: 'u3', target: 'f1', author: { id: 'memory:adm', name: 'A' } }),
    ).toMatchObject({
      kind: 'done',
    });
    expect((await store.counts()).flags).toBe(0);
    expect(await bot.act({ kind: 'undo', id: 'u4', target: 'nothing', author: OPERATOR })).toMatchObject({
      kind: 'invalid',
    });
  });
});

describe('corrections', () => {
  it('are in the store, so examples, when act resolves; audited with before and after; shown again', async () => {
    const { bot, store, channel, say } = await openBot();
    await bot.start();
    const { id } = await say('P-101 shakes');
    await until(() => expect(channel.of(id).at(-1)?.reply.final).toBe(true));
    const shown = channel.of(id).length;
    const author = { id: 'memory:eng', name: 'Eng' };
    const result = await bot.act({
      ...{ kind: 'correct', id: 'c1', exchangeId: id, author, answer: ' bearing wear ', rationale: 'seen it' },
    });
    expect(result).toMatchObject({ kind: 'done', id: 'c1' });
    expect(await store.corrections(0)).toMatchObject([
      { id: 'c1', exchangeId: id, question: 'P-101 shakes', answer: 'bearing wear', replaced: 'echo: P-101 shakes' },
    ]);
    expect(await audited(store)).toMatchObject([
      { what: 'correct', before: 'echo: P-101 shakes', after: 'bearing wear', allowed: true, who: author },
    ]);
    await until(() => expect(channel.of(id).length).toBe(shown + 1));
  });

  it('sent twice are one; a second one replaces the first', async () => {
    const { bot, store, say } = await openBot();
    await bot.start();
    const { id } = await say('P-101 shakes');
    const author = { id: 'memory:eng', name: 'Eng' };
    const send = (actionId: string, answer: string) =>
      bot.act({ kind: 'correct', id: actionId, exchangeId: id, author, answer, rationale: '' });
    await send('c1', 'bearing wear');
    await send('c1', 'bearing wear');
    expect((await store.counts()).corrections).toBe(1);
    await send('c2', 'unbalance');
    expect((await store.counts()).corrections).toBe(1);
    expect((await bot.exchange(id))?.corrections.filter(({ withdrawn }) => !withdrawn)).toMatchObject([{ id: 'c2' }]);
  });

  it('of a choice name one of its options, by text or letter', async () => {
    const { bot, store, say } = await openBot();
    await bot.start();
    const { id } = await say('Which?', { options: ['Vibration', 'Oil debris', 'Flow'] });
    const author = { id: 'memory:eng', name: 'Eng' };
    const send = (actionId: string, answer: string) =>
      bot.act({ kind: 'correct', id: actionId, exchangeId: id, author, answer, rationale: '' });
    expect(await send('c1', 'noise')).toMatchObject({
      kind: 'invalid',
      notice: expect.stringContaining('Vibration | Oil debris'),
    });
    for (const [given, meant] of [
      ['oil DEBRIS.', 'Oil debris'],
      ['c', 'Flow'],
      ['A, b', 'Vibration; Oil debris'],
    ] as const) {
      await send(`c-${given}`, given);
      expect((await store.mark(`c-${given}`)) ?? {}).toMatchObject({ correction: { answer: meant } });
    }
  });

  it.each([
    ['', /needs the right answer/],
    ['x'.repeat(2001), /too long/],
    ['nul \u0000', /control characters/],
    ['just bypass the interlock', /cannot be taught: see SP-1/],
  ])('like %j are refused', async (answer, notice) => {
    const { bot, store, say } = await openBot();
    await bot.start();
    const { id } = await say('P-101 shakes');
    const author = { id: 'memory:eng', name: 'Eng' };
    expect(await bot.act({ kind: 'correct', id: 'c', exchangeId: id, author, answer, rationale: '' })).toMatchObject({
      ...{ kind: 'invalid', notice: expect.stringMatching(notice) },
    });
    expect(await store.corrections(0)).toEqual([]);
  });

  it('of nothing, or before there is an answer, are refused', async () => {
    const answerer: Answerer = { answer: () => new Promise(() => {}) };
    const { bot } = await openBot({ answerer });
    await bot.start();
    const author = { id: 'memory:eng', name: 'Eng' };
    const send = (exchangeId: string) =>
      bot.act({ kind: 'correct', id: 'c', exchangeId, author, answer: 'bearing', rationale: '' });
    expect(await send('none')).toMatchObject({ kind: 'invalid' });
    const receipt = await bot.handle(messageOf('P-101 shakes'));
    if (receipt.kind !== 'accepted') throw new Error('not accepted');
    expect(await send(receipt.exchangeId)).toMatchObject({ kind: 'invalid', notice: expect.stringContaining('yet') });
  });
});

describe('a message found only after an outage', () => {
  it('is told that it came too late, once, and no chain is asked', async () => {
    let calls = 0;
    const answerer: Answerer = {
      async answer(question) {
        calls++;
        return answerOf(question);
      },
    };
    const { bot, say } = await openBot({ answerer });
    await bot.start();
    const { reply, message } = await say('flag it', { tooLate: true });
    expect(reply).toMatchObject({ final: true, notice: expect.stringMatching(/2026-11-21 10:00 UTC.*too late/) });
    expect((await bot.handle(message)).kind).toBe('duplicate');
    expect(calls).toBe(0);
  });
});

describe('teaching from a message', () => {
  const lesson = {
    ...{ kind: 'teach' as const, id: 't1', place: { adapter: 'memory', channel: 'ops', thread: 't' } },
    author: { id: 'memory:eng', name: 'Eng' },
    ...{ question: 'Why does P-101 shake?', answer: 'coupling insert', rationale: 'seen at the last stop' },
  };

  it('is a correction of a question nobody asked, once however often it is sent, and can be undone', async () => {
    const { bot, store } = await openBot({
      topicOf: (text) => ({ tag: text.slice(9, 14), faults: [], parameters: [] }),
    });
    for (let i = 0; i < 2; i++) expect((await bot.act(lesson)).kind).toBe('done');
    expect(await store.corrections(0)).toMatchObject([
      { id: 't1', question: lesson.question, answer: 'coupling insert', topic: { tag: 'P-101' }, withdrawn: false },
    ]);
    expect((await store.counts()).exchanges).toBe(1);
    expect(await store.openQuestions()).toEqual([]);
    expect(await store.unfinished()).toEqual([]);
    const entries: AuditEntry[] = [];
    for await (const entry of store.export('audit')) entries.push(entry as AuditEntry);
    expect(entries).toMatchObject([
      { what: 'correct', who: { id: 'memory:eng' }, after: 'coupling insert', allowed: true },
    ]);
    await bot.act({ kind: 'undo', id: 'u1', target: 't1', author: lesson.author });
    expect((await store.corrections(0))[0]?.withdrawn).toBe(true);
  });

  it('takes an engineer, and what the safety rule refuses cannot be taught', async () => {
    const { bot, store } = await openBot();
    const operator = { id: 'memory:op', name: 'Op' };
    expect(await bot.act({ ...lesson, author: operator })).toMatchObject({
      kind: 'denied',
      notice: expect.stringMatching(/engineer/),
    });
    expect(await bot.act({ ...lesson, question: ' ' })).toMatchObject({ kind: 'invalid' });
    expect(await bot.act({ ...lesson, answer: 'bypass the trip' })).toMatchObject({
      kind: 'invalid',
      notice: expect.stringMatching(/SP-1/),
    });
    expect(await bot.act({ ...lesson, answer: 'x'.repeat(2001) })).toMatchObject({ kind: 'invalid' });
    expect((await store.counts()).exchanges).toBe(0);
  });
});

describe('a person’s page', () => {
  it('shows one’s own questions, what waits for people, and to engineers what was flagged', async () => {
    const answerer: Answerer = {
      async answer(question) {
        return answerOf(question, question.text === 'open' ? { outcome: 'escalated', answer: '' } : {});
      },
    };
    const { bot, say } = await openBot({ answerer });
    await bot.start();
    const operator = { id: 'memory:op', name: 'Op' };
    await say('open', { author: operator });
    const own = await say('mine', { author: operator });
    await say('another’s');
    await bot.act({ kind: 'flag', id: 'f1', exchangeId: own.id, author: operator, reason: 'no' });
    const home = await bot.home(operator);
    expect(home.mine.map(({ message }) => message.text)).toEqual(['mine', 'open']);
    expect(home.open).toMatchObject([{ question: 'open' }]);
    expect(home).toMatchObject({ roles: ['operator'], review: [], status: { exchanges: 3 } });
    expect((await bot.home({ id: 'memory:eng', name: 'Eng' })).review.map(({ id }) => id)).toEqual([own.id]);
    expect(await bot.home({ id: 'memory:x', name: 'X' })).toMatchObject({ roles: [], mine: [], open: [], review: [] });
  });
});

describe('a question behind others', () => {
  it('is told how many wait before it', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answerer: Answerer = {
      async answer(question) {
        await held;
        return answerOf(question);
      },
    };
    const { bot, channel } = await openBot({ answerer, concurrency: 1 });
    await bot.start();
    for (const text of ['a', 'b', 'c']) await bot.handle(messageOf(text));
    await vi.waitFor(() => expect(channel.shown.filter(({ kind }) => kind === 'post')).toHaveLength(3));
    const posts = channel.shown.filter(({ kind }) => kind === 'post').map(({ reply }) => reply.ahead);
    expect(posts).toEqual([undefined, 1, 2]);
    release();
  });
});

describe('commands as text', () => {
  it('flag, correct and undo are about the latest answer of the thread', async () => {
    const { bot, store, say } = await openBot();
    await bot.start();
    const first = await say('P-101 shakes', { thread: 't' });
    await say('P-202 hums');
    const flagged = await say('flag the bearing is new', { thread: 't' });
    expect(flagged.reply.notice).toBe('Flagged the answer to “P-101 shakes”: the bearing is new');
    await say('Correct: unbalance because the bearing is new', { thread: 't' });
    expect(await bot.exchange(first.id)).toMatchObject({
      flags: [{ reason: 'the bearing is new', withdrawn: false }],
      corrections: [{ answer: 'unbalance', rationale: 'the bearing is new', withdrawn: false }],
    });
    expect((await say('undo', { thread: 't' })).reply.notice).toContain('Withdrew the correction “unbalance”');
    expect((await say('undo', { thread: 't' })).reply.notice).toContain('Withdrew the flag');
    expect((await say('undo', { thread: 't' })).reply.notice).toContain(
      'There is no flag, correction or thumb of yours',
    );
    expect(await store.counts()).toMatchObject({ flags: 0, corrections: 0 });
  });

  it('outside a thread are about the author’s own latest answer', async () => {
    const { bot, say } = await openBot();
    await bot.start();
    const own = await say('P-101 shakes', { author: OPERATOR });
    await say('P-202 hums');
    expect((await say('flag wrong', { author: OPERATOR })).reply.notice).toContain('P-101 shakes');
    expect((await bot.exchange(own.id))?.flags).toHaveLength(1);
  });

  it('with nothing before them say so', async () => {
    const { bot, say } = await openBot();
    await bot.start();
    expect((await say('flag wrong')).reply.notice).toContain('There is no answer here to flag');
    expect((await say('flag')).reply.notice).toContain('There is no answer here to flag');
  });

  it('status and help answer plainly', async () => {
    const { bot, say } = await openBot();
    await bot.start();
    const status = await say('/status');
    expect(status.reply.notice).toContain('No student is loaded');
    expect(status.reply.notice).toContain('below 5 % error');
    expect((await say('help')).reply.notice).toContain('"correct: ANSWER because WHY"');
    expect((await say('help', { author: OPERATOR })).reply.notice).not.toContain('correct:');
  });

  it.each([
    'status of P-101?',
    'help me find out why P-101 shakes',
    'correct me if I am wrong, P-101 is a pump',
    'undo the coupling?',
  ])('%j is a question', async (text) => {
    const { bot, say } = await openBot();
    await bot.start();
    expect((await say(text)).reply.answer?.answer).toBe(`echo: ${text}`);
  });
});

describe('middleware of one’s own', () => {
  it('sees messages before the store and may turn them away', async () => {
    const { bot, store } = await openBot();
    bot.use(async function quietHours(incoming, next) {
      if (!incoming.message.text.includes('night')) return next();
      incoming.receipt = { kind: 'rejected', notice: 'asleep' };
    });
    expect(await bot.handle(messageOf('by night'))).toEqual({ kind: 'rejected', notice: 'asleep' });
    expect((await bot.handle(messageOf('by day'))).kind).toBe('accepted');
    expect((await store.counts()).exchanges).toBe(1);
  });
});

describe('an exchange of a channel that is gone', () => {
  it('is answered and stored, and holds up nothing', async () => {
    const { bot, say } = await openBot({ answerer: echo });
    await bot.start();
    const exchange = await say('P-101 shakes', { place: { adapter: 'gone', channel: 'c', thread: 't' } });
    expect(exchange.reply.answer).toBeDefined();
    expect((await say('P-202 hums')).reply.answer).toBeDefined();
  });
});
