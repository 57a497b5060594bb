/**
 * Several processes, killed with -9 in turn under load and started again: bot, worker, Redis (which comes back empty),
 * PostgreSQL. Nothing that was acknowledged is lost, nothing is posted twice, the order within a thread is kept.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import type { Message, Reply } from '../../bot/types.ts';
import { freePort } from '../ports.ts';
import { killed, missingServers, type OwnServer, ownPostgres, ownRedis } from './servers.ts';

const ROOT = join(import.meta.dirname, '../..');
const MESSAGES = 150;
const THREADS = 15;
const SENDERS = 5;

const why = missingServers();
if (why && process.env.REQUIRE_SERVICES === '1') throw new Error(why);

describe.skipIf(why !== null)(`several processes under kill -9${why ? ` (skipped: ${why})` : ''}`, () => {
  let redis: OwnServer;
  let postgres: OwnServer;
  const children = new Set<ChildProcess>();
  /** Processes that ended though nobody killed them. */
  const fallen: string[] = [];
  const board = openBoard();

  beforeAll(async () => {
    [redis, postgres] = await Promise.all([ownRedis(), ownPostgres()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([...children].map(killed));
    await Promise.all([redis?.remove(), postgres?.remove(), board.close()]);
  });

  const start = async (roles: string, port = 0): Promise<ChildProcess> => {
    const args = ['--import', 'tsx', 'test/bot/programs/part.ts', roles, `${port}`, await board.url()];
    const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: postgres.url, QUEUE_URL: redis.url };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    child.once('exit', (code, signal) => {
      if (signal !== 'SIGKILL' && code !== 0) fallen.push(`${roles} ended with ${code}`);
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      expect(JSON.parse(line)).toMatchObject({ event: 'started' });
      return child;
    }
    throw new Error(`${roles} ended before it started`);
  };

  it('loses nothing, posts nothing twice, keeps the order', { timeout: 180_000 }, async () => {
    const port = await freePort();
    let bot = await start('bot', port);
    let worker = await start('worker');
    await start('worker');

    /** Message ids in the order in which each thread's were acknowledged. */
    const acknowledged = new Map<string, string[]>();
    let count = 0;
    const send = async (message: Message): Promise<void> => {
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}`, {
          method: 'POST',
          body: JSON.stringify(message),
        }).catch(() => null);
        if (response?.status === 200) break;
        expect(fallen).toEqual([]);
        // The process or the store is away: a platform sends again, with the same id.
        await response?.text();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const { thread } = message.place;
      acknowledged.set(thread, [...(acknowledged.get(thread) ?? []), message.id]);
      count++;
    };
    const sender = async (which: number): Promise<void> => {
      for (let i = which; i < MESSAGES; i += SENDERS) {
        const place = { adapter: 'board', channel: `c${i % 3}`, thread: `t${i % THREADS}` };
        const author = { id: 'board:ann', name: 'Ann' };
        await send({ id: `m${i}`, place, author, text: `question ${i}`, sentAt: '2026-11-21T10:00:00.000Z' });
      }
    };
    const reached = async (share: number) => {
      while (count < MESSAGES * share) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const killer = async () => {
      await reached(0.15);
      await killed(bot);
      bot = await start('bot', port);
      await reached(0.35);
      await killed(worker);
      worker = await start('worker');
      await reached(0.55);
      await redis.kill();
      await redis.start(true);
      await reached(0.75);
      await postgres.kill();
      await postgres.start();
    };
    await Promise.all([...Array.from({ length: SENDERS }, (_, which) => sender(which)), killer()]);
    expect(count).toBe(MESSAGES);

    const deadline = Date.now() + 60_000;
    while (board.finals().length < MESSAGES && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const database = await openPostgres({ url: postgres.url });
    const store = sqlStore({ database });
    try {
      expect((await store.counts()).exchanges).toBe(MESSAGES);
      expect(await store.unfinished()).toEqual([]);
      const exchanges = await Promise.all(board.finals().map((id) => store.exchange(id)));
      // Each got its answer, was posted once, and its post ends with the final reply.
      for (const exchange of exchanges) {
        const { id, message, reply } = exchange!;
        expect(reply.answer?.answer).toBe(`echo: ${message.text}`);
        const seen = board.of(id);
        expect(seen.posts).toBe(1);
        expect(seen.states.at(-1)?.answer?.answer).toBe(`echo: ${message.text}`);
        expect(exchange!.postId).toBe(seen.postId);
      }
      const shown = new Map<string, string[]>();
      for (const exchange of exchanges) {
        const { id, place } = exchange!.message;
        shown.set(place.thread, [...(shown.get(place.thread) ?? []), id]);
      }
      expect(shown).toEqual(
        new Map([...acknowledged].sort(([a], [b]) => [...shown.keys()].indexOf(a) - [...shown.keys()].indexOf(b))),
      );
    } finally {
      await database.close();
    }
    // A post whose answer did not reach the bot before it was killed is asked for again, and known by its exchange.
    expect(board.repeated()).toBeLessThanOrEqual(SENDERS);
    const exits = [bot, worker].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of [bot, worker]) child.kill('SIGTERM');
    expect(await Promise.all(exits)).toEqual([0, 0]);
  });
});

/** A platform: keeps what is posted, and knows a post it has by the exchange's id, as platforms do by a nonce. */
function openBoard() {
  const posts = new Map<string, { postId: string; posts: number; states: Reply[] }>();
  const ended: string[] = [];
  let repeated = 0;
  const server = createServer(async (request, response) => {
    const { card, postId } = JSON.parse(await bodyOf(request)) as { card: Reply; postId?: string };
    const known = posts.get(card.exchangeId);
    if (request.url === '/post') {
      if (known) repeated++;
      else posts.set(card.exchangeId, { postId: `p${posts.size + 1}`, posts: 1, states: [card] });
    } else {
      if (known?.postId !== postId) {
        response.writeHead(404).end();
        return;
      }
      known!.states.push(card);
    }
    if (card.final && !ended.includes(card.exchangeId)) ended.push(card.exchangeId);
    response.end(JSON.stringify({ postId: posts.get(card.exchangeId)!.postId }));
  });
  const listening = new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
  return {
    url: () => listening,
    /** Exchanges whose end was shown, in that order. */
    finals: () => ended,
    of: (exchangeId: string) => posts.get(exchangeId)!,
    repeated: () => repeated,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
