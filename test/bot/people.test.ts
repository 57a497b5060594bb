/** People as the last teacher: asked in a channel of their own, the first answer of someone with the role counts, others may object. */
import { describe, expect, it, vi } from 'vitest';
import { webAdapter } from '../../adapters/web/web.ts';
import { askedPeople, createPeople, type People } from '../../bot/people.ts';
import { askedRows } from '../../bot/store/asked.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import type { Answerer, Exchange, Message } from '../../bot/types.ts';
import { openDatabase } from './database.ts';
import { answerOf, done, MemoryChannel, messageOf, openBot } from './desk.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';

/** Knows nothing, and says what a teacher said all the same. */
const unsure: Answerer = {
  answer: async (question) =>
    answerOf(question, {
      outcome: 'escalated',
      answer: '',
      answeredBy: 'person',
      reason: 'the teachers do not agree',
      attempt: { answer: 'imbalance', rationale: '', confidence: 0.4 },
      opinions: [{ teacher: 'openai:x', answer: 'misalignment', rationale: 'Twice per turn.', confidence: 0.7 }],
    }),
};

async function openWithPeople(dataDir?: string) {
  const folder = dataDir ?? (await temporaryFolder());
  const database = await openDatabase({ dataDir: folder });
  afterwards(() => database.close());
  const store = sqlStore({ database });
  const people: People = createPeople({
    store,
    asked: askedRows(database),
    channel: { adapter: 'people', channel: 'experts' },
    everyMs: 30,
  });
  const experts = new MemoryChannel('people');
  const memory = new MemoryChannel();
  const opened = await openBot({ answerer: unsure, people, adapters: [memory, experts] }, folder);
  await opened.bot.start();
  const asked = (question: string) =>
    vi.waitFor(() => {
      const post = experts.shown.find(({ kind, reply }) => kind === 'post' && reply.notice?.startsWith(question));
      if (!post) throw new Error(`not asked yet: ${question}`);
      return post;
    });
  /** What the bot says to a message in the experts' channel. */
  const say = async (text: string, thread: string, change: Partial<Message> = {}): Promise<string | undefined> => {
    const message = messageOf(text, { author: { id: 'memory:eng', name: 'Eng' }, ...change });
    const place = { adapter: 'people', channel: 'experts', thread };
    const receipt = await opened.bot.handle({ ...message, place });
    if (receipt.kind !== 'accepted') return receipt.kind === 'rejected' ? receipt.notice : undefined;
    return (await done(opened.bot, receipt.exchangeId)).reply.notice;
  };
  return { ...opened, folder, store, experts, memory, asked, say, operators: { id: 'memory:op', name: 'Op' } };
}

const waits = async (
  opened: Awaited<ReturnType<typeof openWithPeople>>,
  text: string,
  change: Partial<Message> = {},
): Promise<Exchange> => {
  const receipt = await opened.bot.handle(messageOf(text, { author: { id: 'memory:op', name: 'Op' }, ...change }));
  if (receipt.kind !== 'accepted') throw new Error('not accepted');
  return done(opened.bot, receipt.exchangeId);
};

describe('people on the web channel', () => {
  it('find the question in their channel, and answer in its thread', async () => {
    const folder = await temporaryFolder();
    const database = await openDatabase({ dataDir: folder });
    afterwards(() => database.close());
    const channel = { adapter: 'web', channel: 'people' };
    const people = createPeople({ store: sqlStore({ database }), asked: askedRows(database), channel });
    const web = webAdapter({ host: '127.0.0.1', port: 0, channels: ['people'] });
    const config = { roles: { 'web:local': ['engineer'] as const }, maxError: 0.05 };
    const { bot } = await openBot({ answerer: unsure, people, adapters: [web], config }, folder);
    await bot.start();
    const get = async (path: string) => (await fetch(web.url + path)).json();
    const send = async (body: object): Promise<Exchange> => {
      const headers = { 'content-type': 'application/json' };
      const sent = await fetch(`${web.url}/api/messages`, { method: 'POST', headers, body: JSON.stringify(body) });
      return done(bot, ((await sent.json()) as { exchangeId: string }).exchangeId);
    };
    expect(await get('/api/status')).toMatchObject({ channel: 'operations', channels: ['operations', 'people'] });

    const waiting = await send({ text: 'Why does P-101 hum?' });
    const question = await vi.waitFor(async () => {
      const { exchanges } = (await get('/api/history?channel=people')) as { exchanges: Exchange[] };
      if (!exchanges[0]?.postId) throw new Error('not asked yet');
      return exchanges[0];
    });
    expect(question.message.author.name).toBe('Rounds');
    // The page lists a message whose thread is its own.
    expect(question.message.place.thread).toBe(question.message.id);
    const answer = await send({ channel: 'people', thread: question.message.id, text: 'a loose foot' });
    expect(answer.reply.notice).toMatch(/^Thank you/);
    const now = (await get(`/api/exchanges/${waiting.id}`)) as Exchange;
    expect(now.corrections).toMatchObject([{ answer: 'a loose foot' }]);
  });
});

describe('people', () => {
  it('are asked in their own channel with what is known, and their answer goes to who asked', async () => {
    const opened = await openWithPeople();
    const exchange = await waits(opened, 'P-101 hums, why?');
    const post = await opened.asked('P-101 hums, why?');
    expect(post.place).toEqual({ adapter: 'people', channel: 'experts', thread: '' });
    expect(post.reply.notice).toMatch(/Op waits for this\. the teachers do not agree/);
    expect(post.reply.notice).toMatch(/The student said \(40 %\): imbalance\nopenai:x said \(70 %\): misalignment/);

    const shown = opened.memory.of(exchange.id).length;
    expect(await opened.say('a loose foot because it stops when bolted', post.postId)).toMatch(
      /^Thank you\. Op is told/,
    );
    const answered = (await opened.bot.exchange(exchange.id))!;
    expect(answered.corrections).toMatchObject([
      { answer: 'a loose foot', rationale: 'it stops when bolted', author: { name: 'Eng' }, withdrawn: false },
    ]);
    // Who asked sees it, and nobody waits any more.
    await vi.waitFor(() => expect(opened.memory.of(exchange.id).length).toBeGreaterThan(shown));
    expect(await opened.store.openQuestions()).toEqual([]);
  });

  it('count by role and by order: the first engineer answers, others object, replace or withdraw', async () => {
    const opened = await openWithPeople();
    const exchange = await waits(opened, 'Why does P-101 hum?');
    const { postId } = await opened.asked('Why does P-101 hum?');
    const operator = { author: opened.operators };
    const say = (text: string, change?: Partial<Message>) => opened.say(text, postId, change);

    expect(await say('object: no', operator)).toMatch(/Nobody has answered this yet/);
    expect(await say('resonance', operator)).toMatch(/An engineer's answer counts here/);
    expect(await say('stranger things', { author: { id: 'memory:nobody', name: 'No' } })).toMatch(
      /You have no role here/,
    );
    expect(await say('Which of the two motors?')).toMatch(/reads as a question/);
    expect(await say('bypass the trip')).toMatch(/cannot be taught: see SP-1/);
    expect((await opened.store.openQuestions()).map(({ exchangeId }) => exchangeId)).toEqual([exchange.id]);

    expect(await say('a loose foot')).toMatch(/^Thank you/);
    expect(await say('imbalance', { author: { id: 'memory:adm', name: 'Adm' } })).toMatch(
      /^Eng has answered this: “a loose foot”/,
    );
    expect(await say('object', operator)).toMatch(/needs a reason/);
    expect(await say('Object: the feet are new', operator)).toMatch(/you object to Eng's answer “a loose foot”/);
    expect((await opened.bot.exchange(exchange.id))!.flags).toMatchObject([
      { reason: 'objection: the feet are new', author: { name: 'Op' } },
    ]);
    expect(
      await say('correct: a soft foot because it was measured', { author: { id: 'memory:adm', name: 'Adm' } }),
    ).toMatch(/^Corrected/);
    const standing = (await opened.bot.exchange(exchange.id))!.corrections.filter(({ withdrawn }) => !withdrawn);
    expect(standing).toMatchObject([{ answer: 'a soft foot', author: { name: 'Adm' } }]);
    expect(await say('undo', { author: { id: 'memory:adm', name: 'Adm' } })).toMatch(/^Withdrew/);
    // Nobody's answer stands: it waits again, and is not asked twice.
    expect(await opened.store.openQuestions()).toHaveLength(1);
    expect(await say('imbalance after all')).toMatch(/^Thank you/);
  });

  it('choose among options by letter, and are told what the options are', async () => {
    const opened = await openWithPeople();
    const exchange = await waits(opened, 'Which sensor shows it?', { options: ['noise', 'flow'] });
    const { postId, reply } = await opened.asked('Which sensor shows it?');
    expect(reply.notice).toContain('A) noise\nB) flow');
    expect(await opened.say('heat', postId)).toMatch(/must be one of the options: noise \| flow/);
    expect(await opened.say('B', postId)).toMatch(/^Thank you/);
    expect((await opened.bot.exchange(exchange.id))!.corrections).toMatchObject([{ answer: 'flow' }]);
  });

  it('elsewhere in the channel may ask like anybody', async () => {
    const opened = await openWithPeople();
    const place = { adapter: 'people', channel: 'experts', thread: 'other' };
    const receipt = await opened.bot.handle({ ...messageOf('Why does M-1 hum?'), place });
    expect(receipt.kind).toBe('accepted');
    const answered = await done(opened.bot, (receipt as { exchangeId: string }).exchangeId);
    expect(answered.reply.answer?.outcome).toBe('escalated');
  });

  it('are asked once, however often the process dies or the channel fails, and not before it takes the post', async () => {
    const opened = await openWithPeople();
    let failures = 0;
    opened.experts.before = async () => {
      failures += 1;
      throw new Error('away');
    };
    const exchange = await waits(opened, 'Who knows this?');
    await vi.waitFor(() => expect(failures).toBeGreaterThan(0));
    await opened.bot.stop(200);
    // Another process of the same store; the first one's claim has gone stale.
    const database = await openDatabase({ dataDir: opened.folder });
    afterwards(() => database.close());
    const later = askedRows(database, () => new Date(Date.now() + 120_000));
    const experts = new MemoryChannel('people');
    const store = sqlStore({ database });
    const two = [1, 2].map(() =>
      createPeople({ store, asked: later, channel: { adapter: 'people', channel: 'experts' }, everyMs: 20 }),
    );
    for (const people of two) people.start((place, reply) => experts.post(place, reply));
    await vi.waitFor(() => expect(experts.shown.length).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all(two.map((people) => people.stop()));
    expect(experts.shown).toHaveLength(1);
    expect(await later.about('people', experts.shown[0]!.postId)).toBe(exchange.id);
  });
});

describeWith(['TEST_DATABASE_URL'], 'people over PostgreSQL', () => {
  it('are asked once by two processes, and found by what they write beneath', async () => {
    const url = await temporarySchema();
    const databases = await Promise.all([openPostgres({ url }), openPostgres({ url })]);
    afterwards(() => Promise.all(databases.map((database) => database.close())));
    const experts = new MemoryChannel('people');
    const channel = { adapter: 'people', channel: 'experts' };
    const [one] = databases;
    const store = sqlStore({ database: one });
    const asking = askedPeople({ store, author: { id: 'cli:ann', name: 'Ann' } });
    const question = { question: 'Why does P-101 hum?', topic: { faults: [], parameters: [] }, facts: [] };
    const put = await asking.put(question);
    expect(await asking.put(question)).toEqual(put);
    const all = databases.map((database) => createPeople({ store, asked: askedRows(database), channel, everyMs: 20 }));
    for (const people of all) people.start((place, reply) => experts.post(place, reply));
    await vi.waitFor(() => expect(experts.shown.length).toBeGreaterThan(0));
    await vi.waitFor(async () =>
      expect(await all[1]!.about({ ...channel, thread: experts.shown[0]!.postId })).toBe(
        put.kind === 'asked' && put.id,
      ),
    );
    await Promise.all(all.map((people) => people.stop()));
    expect(experts.shown).toHaveLength(1);
  });
});
