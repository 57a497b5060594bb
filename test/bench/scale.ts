/**
 * `npm run scale`: one, two and four workers on one Redis and one PostgreSQL of this machine, by turns. Two kinds of work:
 * `waiting`, simulated, where each answer waits as for a teacher over the network and costs next to nothing; and
 * `student`, the shipped student with `rounds serve --role worker`, which costs a core while it thinks. The first shows
 * what the queue and the store can carry, the second what this machine's cores allow. Last line: one JSON object.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { positive, wholeNumber } from '../../bot/cli/output.ts';
import { openPostgres, type PostgresDatabase } from '../../bot/store/postgres.ts';
import { BadInput } from '../../models/errors.ts';
import { killed, missingServers, type OwnServer, ownPostgres, ownRedis } from '../bot/servers.ts';
import { freePort } from '../ports.ts';
import { runProgram } from './program.ts';

type Kind = 'waiting' | 'student';

interface Run {
  kind: Kind;
  workers: number;
  messages: number;
  answersPerSecond: number;
  /** Against one worker of the same kind. */
  timesOne: number;
  /** From a request to its acknowledgement, while the workers work. */
  intakeP50Ms: number;
  intakeP99Ms: number;
  /** Processor time of bot and workers for each answer, servers not counted. */
  cpuMsPerAnswer: number;
  /** Load of the machine when the run began: above its cores, others were working too. */
  load: number;
}

const ROOT = join(import.meta.dirname, '../..');
const SENDERS = 8;
const WORK_MS = 1000;
const AT_ONCE = 4;
const THREADS = 64;
const SIGNS = ['is shaking', 'has a hot bearing', 'draws more current', 'is noisy', 'leaks at the seal'];
const TAGS = ['P-101', 'GT-1', 'P-102', 'GT-2'];

const program = new Command('scale')
  .description('throughput of one, two and four workers on one Redis')
  .option('--seconds <s>', 'about how long a run takes, for the number of messages', positive('--seconds'), 12)
  .option('--questions <n>', 'questions to the student in each of its runs', wholeNumber('--questions'), 60)
  .action(scale);

await runProgram(program);

async function scale({ seconds, questions }: { seconds: number; questions: number }): Promise<void> {
  const missing = missingServers();
  if (missing) throw new BadInput(`${missing}: apt-get install redis-server postgresql`);
  const [redis, postgres] = await Promise.all([ownRedis(), ownPostgres()]);
  const folder = mkdtempSync(join(tmpdir(), 'rounds-scale-'));
  const runs: Run[] = [];
  try {
    const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
    process.stdout.write(`${machine.cores} cores, ${machine.cpu}\n`);
    for (const kind of ['waiting', 'student'] as const) {
      for (const workers of [1, 2, 4]) {
        const perWorker = (1000 / WORK_MS) * AT_ONCE;
        const messages = kind === 'waiting' ? Math.round(perWorker * workers * seconds) : questions;
        const measured = await measure({ kind, workers, messages, redis, postgres, folder });
        const one = runs.find((run) => run.kind === kind && run.workers === 1)?.answersPerSecond;
        const run = { ...measured, timesOne: round(measured.answersPerSecond / (one ?? measured.answersPerSecond)) };
        runs.push(run);
        process.stdout.write(
          `${kind.padEnd(8)} ${workers} ${workers === 1 ? 'worker ' : 'workers'} ${String(run.answersPerSecond).padStart(7)} answers/s, ${run.timesOne} times one; intake p50 ${run.intakeP50Ms} ms, p99 ${run.intakeP99Ms} ms; ${run.cpuMsPerAnswer} ms of processor an answer; load at the start ${run.load}\n`,
        );
      }
    }
    process.stdout.write(`${JSON.stringify({ machine, workMs: WORK_MS, atOnce: AT_ONCE, runs })}\n`);
  } finally {
    await Promise.all([redis.remove(), postgres.remove()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Setting {
  kind: Kind;
  workers: number;
  messages: number;
  redis: OwnServer;
  postgres: OwnServer;
  folder: string;
}

/** One run on an empty store and an empty queue: from the first message sent to the last reply shown. */
async function measure({ kind, workers, messages, redis, postgres, folder }: Setting): Promise<Omit<Run, 'timesOne'>> {
  await redis.kill();
  await redis.start(true);
  const database = await freshDatabase(postgres, `${kind}_${workers}`);
  const board = await openBoard();
  const port = await freePort();
  const env = {
    ...process.env,
    ...{ NODE_OPTIONS: '', DATABASE_URL: database.url, QUEUE_URL: redis.url, DATA_DIR: folder, LOG_LEVEL: 'error' },
    ...{ PORT: `${port}`, WORK_MS: `${WORK_MS}`, AT_ONCE: `${AT_ONCE}` },
  };
  const part = (role: string) =>
    kind === 'waiting'
      ? ['--import', 'tsx', 'test/bot/programs/part.ts', role, `${port}`, board.url]
      : ['bot/rounds.mjs', 'serve', '--role', role];
  const children: ChildProcess[] = [];
  try {
    const start = async (role: string) => children.push(await started(part(role), env));
    await start(kind === 'waiting' ? 'bot' : 'web');
    await Promise.all(Array.from({ length: workers }, () => start('worker')));
    const load = round(loadavg()[0]!);
    const intake: number[] = [];
    const cpuBefore = cpuMsOf(children);
    const began = performance.now();
    let next = 0;
    const sender = async () => {
      while (next < messages) {
        const i = next++;
        const asked = performance.now();
        await (kind === 'waiting' ? sendToBoard(port, i) : sendToPage(port, i));
        intake.push(performance.now() - asked);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    await allShown(database.open, messages);
    const took = (performance.now() - began) / 1000;
    const sorted = intake.toSorted((a, b) => a - b);
    const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
    return {
      cpuMsPerAnswer: round((cpuMsOf(children) - cpuBefore) / messages),
      ...{ kind, workers, messages, answersPerSecond: round(messages / took), load },
      ...{ intakeP50Ms: at(0.5), intakeP99Ms: at(0.99) },
    };
  } finally {
    await Promise.all(children.map(killed));
    await database.open.close();
    await board.close();
  }
}

async function freshDatabase(postgres: OwnServer, name: string): Promise<{ url: string; open: PostgresDatabase }> {
  const admin = await openPostgres({ url: postgres.url, migrations: [], connections: 1 });
  await admin.run(`CREATE DATABASE ${name}`);
  await admin.close();
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return { url: url.href, open: await openPostgres({ url: url.href, connections: 2 }) };
}

/** Resolves once the process has said its first line. */
async function started(args: string[], env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const _line of createInterface({ input: child.stdout! })) return child;
  throw new Error(`${args.join(' ')} ended before it had started`);
}

async function sendToBoard(port: number, i: number): Promise<void> {
  const place = { adapter: 'board', channel: `c${i % 8}`, thread: `t${i % THREADS}` };
  const message = {
    id: `m${i}`,
    place,
    author: { id: 'board:ann', name: 'Ann' },
    text: `question ${i}`,
    sentAt: new Date(),
  };
  await posted(`http://127.0.0.1:${port}/`, message);
}

async function sendToPage(port: number, i: number): Promise<void> {
  const text = `${TAGS[i % TAGS.length]} ${SIGNS[Math.floor(i / TAGS.length) % SIGNS.length]}, what could it be? (${i})`;
  await posted(`http://127.0.0.1:${port}/api/messages`, { id: `m${i}`, thread: `t${i % THREADS}`, text });
}

async function posted(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  await response.text();
}

async function allShown(database: PostgresDatabase, messages: number): Promise<void> {
  for (;;) {
    const [row] = await database.rows("SELECT COUNT(*) AS shown FROM deliveries WHERE state = 'done'");
    if (Number(row!.shown) >= messages) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Takes whatever is shown, and numbers it. */
async function openBoard(): Promise<{ url: string; close(): Promise<void> }> {
  let posts = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify({ postId: `p${++posts}` })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Of the processes and all their threads, so far; from Linux's /proc, in its ticks of 10 ms. */
function cpuMsOf(children: ChildProcess[]): number {
  let ticks = 0;
  for (const { pid } of children) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
