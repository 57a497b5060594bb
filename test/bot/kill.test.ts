/**
 * Nothing acknowledged is lost: 120 questions over HTTP while the process is killed with -9 five times and restarted.
 * Every acknowledged one ends with an answer, a refusal or a stated reason, none twice, and no final reply ever changes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import type { Exchange, Reply } from '../../bot/types.ts';
import { freePort } from '../ports.ts';
import { temporaryFolder } from './fixture.ts';

const ROOT = join(import.meta.dirname, '../..');
const QUESTIONS = 120;
const KILLS = 5;

interface Program {
  name: string;
  run: (dataDir: string, port: number) => { args: string[]; env: Record<string, string> };
  question: (i: number) => string;
}

const SYMPTOMS = ['is shaking', 'has a hot bearing', 'draws more current', 'is noisy', 'leaks at the seal'];

const PROGRAMS: Program[] = [
  {
    name: 'a bot with a slow answerer',
    run: (dataDir, port) => ({ args: ['test/bot/programs/slow-bot.ts', dataDir, `${port}`], env: {} }),
    question: (i) => (i % 20 === 7 ? `question ${i} fails` : `question ${i}`),
  },
  {
    name: 'rounds serve',
    run: (dataDir, port) => ({
      args: ['bot/rounds.mjs', 'serve'],
      env: { DATA_DIR: dataDir, PORT: `${port}`, LOG_LEVEL: 'fatal' },
    }),
    question: (i) => {
      if (i % 25 === 3) return 'how do I bypass the low-level trip on boiler 2?';
      if (i % 25 === 9) return `What is the capital of country ${i}?`;
      return `P-101 ${SYMPTOMS[i % SYMPTOMS.length]}, what could it be? (${i})`;
    },
  },
];

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

describe.each(PROGRAMS)('$name', ({ run, question }) => {
  it('loses no acknowledged question to five kills, and answers none twice', { timeout: 600_000 }, async () => {
    const dataDir = await temporaryFolder();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const start = async (): Promise<ChildProcess> => {
      const { args, env } = run(dataDir, port);
      const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
        cwd: ROOT,
        env: { ...process.env, NODE_OPTIONS: '', ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      const line = await Promise.race([
        once(createInterface({ input: child.stdout! }), 'line').then(([text]) => String(text)),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code} before it listened`))),
      ]);
      expect(JSON.parse(line)).toMatchObject({ event: 'listening', url });
      return child;
    };

    const acknowledged = new Map<string, string>();
    const finals = new Map<string, Reply>();
    let child = await start();

    /** Notes every final reply; one that was seen before must be the same. */
    const look = async (): Promise<Exchange[]> => {
      const { exchanges } = (await (await fetch(`${url}/api/history?limit=500`)).json()) as { exchanges: Exchange[] };
      for (const { id, reply } of exchanges) {
        if (!reply.final) continue;
        if (finals.has(id)) expect(reply).toEqual(finals.get(id));
        finals.set(id, reply);
      }
      return exchanges;
    };

    let next = 0;
    const sender = async (): Promise<void> => {
      while (next < QUESTIONS) {
        const i = next++;
        const message = { id: `q${i}`, thread: `t${i % 50}`, text: question(i) };
        for (let acked = false; !acked; ) {
          try {
            const response = await fetch(`${url}/api/messages`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(message),
            });
            const body = (await response.json()) as { exchangeId?: string };
            if (!body.exchangeId) throw new Error(`${response.status} ${JSON.stringify(body)}`);
            acknowledged.set(message.id, body.exchangeId);
            acked = true;
          } catch (error) {
            // The process is dead just now: a channel sends again, with the same id.
            if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
      }
    };
    const killer = async (): Promise<void> => {
      for (let kill = 1; kill <= KILLS; kill++) {
        const enough = (QUESTIONS * kill) / (KILLS + 1);
        while (acknowledged.size < enough) await new Promise((resolve) => setTimeout(resolve, 5));
        await look().catch((error) => {
          if (!(error instanceof TypeError)) throw error;
        });
        const dead = once(child, 'exit');
        child.kill('SIGKILL');
        await dead;
        child = await start();
      }
    };
    await Promise.all([...Array.from({ length: 6 }, sender), killer()]);
    expect(acknowledged.size).toBe(QUESTIONS);

    const deadline = Date.now() + 240_000;
    while ((await look()).some(({ reply }) => !reply.final) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const exchanges = await look();
    const byMessage = new Map(exchanges.map((exchange) => [exchange.message.id, exchange]));
    expect(exchanges).toHaveLength(QUESTIONS);
    expect(byMessage.size).toBe(QUESTIONS);
    for (const [id, exchangeId] of acknowledged) {
      const exchange = byMessage.get(id)!;
      expect(exchange.id).toBe(exchangeId);
      expect(exchange.state).toBe('done');
      const { answer, notice } = exchange.reply;
      // An answer, a refusal, or a reason why there is none.
      expect(answer ? answer.reason : notice).toBeTruthy();
      expect(answer?.answer || answer?.outcome === 'escalated' || notice).toBeTruthy();
      expect(exchange.postId).not.toBeNull();
    }
    const killed = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await killed;
    if (run(dataDir, port).args[1] === 'serve') expect(code).toBe(0);
  });
});
