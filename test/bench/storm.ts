/**
 * A storm of alarms against `rounds serve` in a process of its own, as a plant upset sends them: 50,000 alerts in 60 s
 * from 500 tags, by webhook, while somebody asks questions. Ten alarms come first, one by one, then the eleventh begins
 * the flood; afterwards a trickle holds it at its lower bound until that, too, ceases. The counts are ISA-18.2's, their
 * window is shortened from ten minutes to a half so that the end can be waited for.
 *
 *     npm run storm [-- --alerts 50000 --seconds 60 --tags 500]
 *
 * Last line: one JSON object. `duplicates`: alerts that were stored more than once, or though they were sent again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { alertStore } from '../../bot/store/alerts.ts';
import { openDatabase } from '../../bot/store/database.ts';
import type { AlertCard, Exchange } from '../../bot/types.ts';
import { freePort } from '../ports.ts';

const { values } = parseArgs({
  options: {
    alerts: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '60' },
    tags: { type: 'string', default: '500' },
  },
});
const ALERTS = Number(values.alerts);
const SECONDS = Number(values.seconds);
const TAGS = Number(values.tags);
const BATCH = 10;
/** One delivery in so many is sent twice. */
const REPLAY_EVERY = 20;
const WINDOW_MIN = 0.5;
const WINDOW_MS = WINDOW_MIN * 60_000;
const [BEGIN, END] = [10, 5];
const QUESTIONS = [
  'P-101 is shaking at running speed and the bearing is hot, what could it be?',
  'Which sensor best shows bearing wear in an electric motor?',
  'What causes cavitation in P-101?',
  'What should I check first when a power transformer runs hot?',
  'How does misalignment show on M-101?',
];

const folder = await mkdtemp(join(tmpdir(), 'rounds-storm-'));
const port = await freePort();
const bot = await startBot();
try {
  const page = followPage(bot.url);
  const asking = askQuestions(bot.url, page);
  const took: number[] = [];
  const sender = createSender(took);

  process.stderr.write(`${BEGIN} alarms one by one, then one more\n`);
  for (let i = 0; i < BEGIN; i++) await sender.send([ofOneMachine(i)]);
  await pause(2500);
  const before = page.floods();
  await sender.send([ofOneMachine(BEGIN)]);
  await until(() => page.floods() > 0, 10_000);

  process.stderr.write(`${ALERTS} alerts in ${SECONDS} s from ${TAGS} tags\n`);
  const began = performance.now();
  const replayed = await storm(sender);
  const seconds = (performance.now() - began) / 1000;
  const answers = await asking.stop();

  // Five within every window hold the flood; then no more come.
  process.stderr.write('a trickle, then calm\n');
  const every = WINDOW_MS / (END + 0.5);
  const trickled = Math.ceil((WINDOW_MS * 1.3) / every);
  for (let i = 0; i < trickled; i++) {
    await sender.send([alertOf(TAGS + i, 0, 'active')]);
    await pause(every);
  }
  const held = page.floodOpen();
  await until(() => !page.floodOpen(), WINDOW_MS + 15_000);
  const waiting = await until(async () => (await probe(bot.url)) === 0, 30_000);
  const rssMb = await peakMb(bot.process.pid!);
  page.close();
  await stop(bot.process);

  const kept = await lookUp();
  const sent = ALERTS + trickled;
  const result = {
    sent,
    stored: kept.stored,
    duplicates: kept.stored - sent,
    messages: page.messages(),
    intakeP99Ms: round(quantile(took, 0.99)),
    questionP95Ms: Math.round(quantile(answers, 0.95)),
    rssMb,
    seconds: round(seconds),
    replayed,
    intakeP50Ms: round(quantile(took, 0.5)),
    questions: answers.length,
    edits: page.edits(),
    workedOff: waiting,
    flood: {
      windowMinutes: WINDOW_MIN,
      beforeEleventh: before,
      enteredAt: kept.enteredAt,
      heldByTrickle: held,
      leftAt: kept.leftAt,
      floods: kept.floods,
    },
  };
  const wrong = faults(result);
  for (const line of wrong) process.stderr.write(`not as it should be: ${line}\n`);
  process.stdout.write(`${JSON.stringify({ ...result, ok: wrong.length === 0 })}\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await stop(bot.process);
  await rm(folder, { recursive: true, force: true });
}

function faults(is: {
  sent: number;
  stored: number;
  messages: number;
  questionP95Ms: number;
  workedOff: boolean;
  flood: { beforeEleventh: number; enteredAt: number; heldByTrickle: boolean; leftAt: number; floods: number };
}): string[] {
  const { flood } = is;
  return [
    is.stored !== is.sent && `${is.stored} stored of ${is.sent}`,
    is.messages > 5 && `${is.messages} messages`,
    is.questionP95Ms >= 2000 && `questions took ${is.questionP95Ms} ms`,
    !is.workedOff && 'alerts were left in the log',
    flood.beforeEleventh !== 0 && 'a flood before the eleventh alarm',
    flood.enteredAt !== BEGIN + 1 && `the flood began at ${flood.enteredAt} alarms`,
    !flood.heldByTrickle && `the flood ended while ${END} alarms came a window`,
    flood.leftAt !== END - 1 && `the flood ended at ${flood.leftAt} alarms`,
    flood.floods !== 1 && `${flood.floods} floods`,
  ].filter((line) => line !== false);
}

// ---------------------------------------------------------------------------------------------- sending

interface StormAlert {
  id: string;
  tag: string;
  name: string;
  state: 'active' | 'normal';
  level: string;
  at: number;
}

function alertOf(tag: number, turn: number, state: StormAlert['state']): StormAlert {
  const level = tag % 50 === 0 ? 'critical' : tag % 5 === 0 ? 'high' : 'low';
  const name = ['Vibration high', 'Flow low', 'Bearing temperature high'][tag % 3]!;
  return { id: `${tag}/${turn}/${state}`, tag: `X-${tag}`, name, state, level, at: Date.now() };
}

/** The first alarms are of one machine, so that they are one message. */
function ofOneMachine(i: number): StormAlert {
  return { ...alertOf(0, i, 'active'), id: `first/${i}`, name: `Reading ${i} high` };
}

function createSender(took: number[]) {
  return {
    async send(items: StormAlert[]): Promise<void> {
      const body = JSON.stringify({ items });
      for (;;) {
        const began = performance.now();
        const { status } = await fetch(`http://127.0.0.1:${port}/alerts/storm`, {
          method: 'POST',
          headers: { 'x-rounds-secret': 'storm', 'content-type': 'application/json' },
          body,
        });
        took.push(performance.now() - began);
        if (status === 200) return;
        if (status < 500) throw new Error(`the bot answered ${status}`);
        await pause(200);
      }
    },
  };
}

/** Every tag comes and goes in turn, evenly over the time; gives how many alerts were sent twice. */
async function storm(sender: ReturnType<typeof createSender>): Promise<number> {
  const began = performance.now();
  const left = ALERTS - BEGIN - 1;
  const perMs = left / (SECONDS * 1000);
  const underway = new Set<Promise<void>>();
  let replayed = 0;
  for (let next = 0; next < left; ) {
    const due = Math.min(left, Math.floor((performance.now() - began) * perMs) + BATCH);
    while (next < due && underway.size < 64) {
      const items: StormAlert[] = [];
      for (; items.length < BATCH && next < left; next++) {
        const turn = 1000 + Math.floor(next / TAGS);
        items.push(alertOf(next % TAGS, turn, turn % 2 === 0 ? 'active' : 'normal'));
      }
      const again = (next / BATCH) % REPLAY_EVERY < 1;
      if (again) replayed += items.length;
      const sending: Promise<void> = sender
        .send(items)
        .then(() => (again ? sender.send(items) : undefined))
        .finally(() => underway.delete(sending));
      underway.add(sending);
    }
    await pause(5);
  }
  await Promise.all(underway);
  return replayed;
}

// ---------------------------------------------------------------------------------------------- the page

/** Follows the channel as an open page does. */
function followPage(url: string) {
  const closing = new AbortController();
  const cards = new Map<string, AlertCard>();
  const answered = new Map<string, (exchange: Exchange) => void>();
  let edits = 0;
  const hear = (name: string, data: unknown) => {
    if (name === 'alert') {
      const card = data as AlertCard;
      if (cards.has(card.id)) edits += 1;
      cards.set(card.id, card);
    }
    if (name === 'exchange') {
      const exchange = data as Exchange;
      if (exchange.reply.final) answered.get(exchange.message.id)?.(exchange);
    }
  };
  const read = async () => {
    const response = await fetch(`${url}/api/events`, { signal: closing.signal });
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const name = /^event: ?(.*)$/m.exec(block)?.[1];
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (name && data) hear(name, JSON.parse(data));
      }
    }
  };
  read().catch((error) => {
    if (!closing.signal.aborted) process.stderr.write(`the page was cut off: ${error}\n`);
  });
  const floods = () => [...cards.values()].filter(({ form }) => form === 'flood');
  return {
    messages: () => cards.size,
    edits: () => edits,
    floods: () => floods().length,
    floodOpen: () => floods().some(({ title }) => !title.includes('over')),
    /** Resolves when the message's final reply is seen. */
    answer: (id: string) => new Promise<Exchange>((resolve) => answered.set(id, resolve)),
    close: () => closing.abort(),
  };
}

/** One question after the other; gives how long each took from sending to its final reply on the page. */
function askQuestions(url: string, page: ReturnType<typeof followPage>) {
  const took: number[] = [];
  let going = true;
  const run = (async () => {
    for (let i = 0; going; i++) {
      const id = `question-${i}`;
      const seen = page.answer(id);
      const began = performance.now();
      await fetch(`${url}/api/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, text: QUESTIONS[i % QUESTIONS.length] }),
      });
      await Promise.race([seen, pause(30_000)]);
      took.push(performance.now() - began);
      await pause(500);
    }
  })();
  return {
    async stop() {
      going = false;
      await run;
      // The first one loads the student.
      return took.slice(1);
    },
  };
}

// ---------------------------------------------------------------------------------------------- the bot

async function startBot(): Promise<{ process: ChildProcess; url: string }> {
  const config = join(folder, 'rounds.config.yaml');
  await writeFile(
    config,
    `alerts:
  listen: {port: ${port}}
  flood: {begin: ${BEGIN}, end: ${END}, minutes: ${WINDOW_MIN}}
  sources:
    - kind: webhook
      name: storm
      secret: storm
      items: items
      fields: {id: id, tag: tag, condition: name, status: state, priority: level, at: at}
`,
  );
  const env = { ...process.env, DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'warn', CONFIG: config };
  const started = spawn(process.execPath, ['bot/rounds.mjs', 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: started.stdout! })) {
    if (!line.startsWith('{')) continue;
    const said = JSON.parse(line) as { event: string; url: string };
    if (said.event === 'listening') return { process: started, url: said.url };
  }
  throw new Error('`rounds serve` ended before it listened');
}

async function stop(started: ChildProcess): Promise<void> {
  if (started.exitCode !== null || started.signalCode !== null) return;
  started.kill('SIGTERM');
  await once(started, 'exit');
}

/** Alerts that are stored and not worked off; read from the database beside the bot. */
async function probe(_url: string): Promise<number> {
  const database = await openDatabase({ dataDir: join(folder, 'data') });
  const { waiting } = await alertStore(database).counts();
  await database.close();
  return waiting;
}

/** What is on disk: alerts, and how many were announced in the window before the flood began and ended. */
async function lookUp() {
  const database = await openDatabase({ dataDir: join(folder, 'data') });
  const store = alertStore(database);
  const { alerts: stored } = await store.counts();
  const floods = (await store.cardsBetween('', '9999')).filter(({ form }) => form === 'flood');
  const announcedUntil = async (at: string | null | undefined) => {
    if (!at) return -1;
    const ms = Date.parse(at);
    // As the desk counts: by whole seconds.
    const from = (Math.floor(ms / 1000) - WINDOW_MS / 1000 + 1) * 1000;
    return (await store.activations(from, ms + 1)).filter(({ announced }) => announced).length;
  };
  const [flood] = floods;
  const result = {
    stored,
    floods: floods.length,
    enteredAt: await announcedUntil(flood?.openedAt),
    leftAt: await announcedUntil(flood?.calmAt),
  };
  await database.close();
  return result;
}

/** The most memory that the process ever had, MiB. */
async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
}

async function until(check: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const latest = performance.now() + withinMs;
  while (performance.now() < latest) {
    if (await check()) return true;
    await pause(100);
  }
  return false;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
