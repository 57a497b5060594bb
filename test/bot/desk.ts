/**
 * A bot on a real store and queue with a channel in memory. The answerers compute: they echo, wait, or fail as asked, so
 * that what the door does around them can be seen.
 */
import { vi } from 'vitest';
import { type Bot, type BotOptions, createBot } from '../../bot/bot.ts';
import { sqlStore } from '../../bot/store/store.ts';
import type { Adapter, Answer, Answerer, Exchange, Message, Place, Question, Reply, Role } from '../../bot/types.ts';
import { openDatabase, openQueue } from './database.ts';
import { afterwards, temporaryFolder } from './fixture.ts';

export interface Shown {
  kind: 'post' | 'update';
  place: Place;
  postId: string;
  reply: Reply;
}

export class MemoryChannel implements Adapter {
  readonly name: string;
  readonly shown: Shown[] = [];
  running = false;
  /** Called before each post and update: may wait or throw. */
  before: (kind: Shown['kind'], reply: Reply, place: Place) => Promise<void> = async () => {};

  constructor(name = 'memory') {
    this.name = name;
  }
  async start(): Promise<void> {
    this.running = true;
  }
  async stop(): Promise<void> {
    this.running = false;
  }
  async post(place: Place, reply: Reply): Promise<string> {
    await this.before('post', reply, place);
    const postId = `post-${this.shown.filter(({ kind }) => kind === 'post').length + 1}`;
    this.shown.push({ kind: 'post', place, postId, reply });
    return postId;
  }
  async update(place: Place, postId: string, reply: Reply): Promise<undefined> {
    await this.before('update', reply, place);
    this.shown.push({ kind: 'update', place, postId, reply });
  }
  of(exchangeId: string): Shown[] {
    return this.shown.filter(({ reply }) => reply.exchangeId === exchangeId);
  }
}

/** Answers with the question itself, and what the thread gave it. */
export const echo: Answerer = {
  async answer(question, { onStage }) {
    onStage?.('thinking', question.text.slice(0, 10));
    return answerOf(question);
  },
};

export function answerOf(question: Question, change: Partial<Answer> = {}): Answer {
  const tag = /\b[A-Z]{1,3}-\d+\b/.exec(question.text)?.[0] ?? question.topic?.tag;
  return {
    ...{ outcome: 'answered', answer: `echo: ${question.text}`, rationale: JSON.stringify(question.turns ?? []) },
    ...{ confidence: 0.9, answeredBy: 'student', reason: 'it was said', sources: [], student: 'echo', ms: 1 },
    topic: { ...(tag ? { tag } : {}), faults: [], parameters: [] },
    ...change,
  };
}

export const ROLES: Record<string, readonly Role[]> = {
  'memory:op': ['operator'],
  'memory:eng': ['engineer'],
  'memory:adm': ['admin'],
};

let sent = 0;

export async function openBot(options: Partial<BotOptions> = {}, dataDir?: string) {
  const database = await openDatabase({ dataDir: dataDir ?? (await temporaryFolder()) });
  afterwards(() => database.close());
  const store = options.store ?? sqlStore({ database });
  const queue = options.queue ?? (await openQueue(database));
  const channel = new MemoryChannel();
  const errors: { what: object; message: string }[] = [];
  const bot = createBot({
    store,
    queue,
    answerer: echo,
    adapters: [channel],
    config: { roles: ROLES, maxError: 0.05 },
    safety: { procedure: 'SP-1 (ask the shift supervisor)' },
    about: () => ({ student: null, teachers: ['knowledge'], problems: [] }),
    updateEveryMs: 1,
    logger: {
      ...{ debug() {}, info() {}, warn() {} },
      error: (what, message) => void errors.push({ what, message }),
    },
    ...options,
  });
  afterwards(() => bot.stop(500));
  const say = async (text: string, change: Partial<Message> & { thread?: string } = {}): Promise<Exchange> => {
    const receipt = await bot.handle(messageOf(text, change));
    if (receipt.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(receipt)}`);
    return done(bot, receipt.exchangeId);
  };
  return { bot, store, queue, channel, database, errors, say };
}

export function messageOf(text: string, change: Partial<Message> & { thread?: string } = {}): Message {
  const id = change.id ?? `m${++sent}`;
  const { thread, ...rest } = change;
  return {
    id,
    place: { adapter: 'memory', channel: 'ops', thread: thread ?? id },
    author: { id: 'memory:eng', name: 'Eng' },
    text,
    sentAt: '2026-11-21T10:00:00.000Z',
    ...rest,
  };
}

/** The exchange once it has its final reply. */
export async function done(bot: Bot, exchangeId: string): Promise<Exchange> {
  return vi.waitFor(
    async () => {
      const exchange = await bot.exchange(exchangeId);
      if (exchange?.state !== 'done') throw new Error(`${exchangeId} is ${exchange?.state}`);
      return exchange;
    },
    { timeout: 20_000, interval: 5 },
  );
}
