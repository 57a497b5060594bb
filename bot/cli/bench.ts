/**
 * `rounds bench`: how fast what matters is on this machine, in one run on the same weights. The chain's times and the
 * memory are taken from a `rounds serve` of its own, asked over HTTP as in use.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { makeQuestions } from '../../models/distill/questions.ts';
import { RoundsError } from '../../models/errors.ts';
import { openRegistry, type StudentEntry } from '../../models/student/registry.ts';
import { llamaCppBatchSpeed } from '../../test/bench/llama-batch.ts';
import { benchStudentBatch } from '../../test/bench/student-batch.ts';
import { benchStudent } from '../../test/bench/student-speed.ts';
import { benchTrainer } from '../../test/bench/trainer-speed.ts';
import { type Config, loadConfig } from '../config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../main.ts';
import type { Exchange } from '../types.ts';
import { type Output, print } from './output.ts';

const QUESTIONS = 40;
const WARM = 4;

export async function bench(output: Output): Promise<void> {
  const config = loadConfig();
  const registry = await openRegistry({ dataDir: config.dataDir, shippedDir: SHIPPED_STUDENT });
  const { entry } = await registry.current().finally(() => registry.close());
  say(output, `student ${entry.id}, ${cpus().length} cores`);
  const answers = await benchAnswers(config, entry);
  say(output, 'answers measured');
  const student = await benchStudent(entry.folder);
  say(output, 'student measured');
  const together = await benchStudentBatch(entry.folder);
  const peerTogether = await llamaCppBatchSpeed(entry.folder);
  const batch = {
    batch16TokensPerSecond: together.tokensPerSecond,
    batch16Gain: together.gain,
    llamaCppBatch16TokensPerSecond: peerTogether,
    llamaCppBatch16Ratio: peerTogether === null ? null : together.tokensPerSecond / peerTogether,
  };
  say(output, 'batches measured');
  const trainer = await benchTrainer();
  const result = { student: entry.id, ...student, ...batch, ...trainer, ...answers };
  print(output, result, [
    row('decode', student.decodeTokensPerSecond, 'tokens/s'),
    row('decode, transformers.js at its best', student.peerDecodeTokensPerSecond, 'tokens/s'),
    row('decode, ratio', student.decodeRatio, 'times, goal 3'),
    `${'same greedy tokens as transformers.js'.padEnd(38)} ${student.sameGreedyTokens ?? NO_PEER}`,
    row('decode, llama.cpp at its best', student.llamaCppDecodeTokensPerSecond, 'tokens/s'),
    row('decode, ratio to llama.cpp', student.llamaCppDecodeRatio, 'times, goal 1.5'),
    row('greedy tokens before parting from it', percent(student.llamaCppSameTokens), '%'),
    row('decode, 16 at once', batch.batch16TokensPerSecond, 'tokens/s'),
    row('decode, 16 at once, llama.cpp', batch.llamaCppBatch16TokensPerSecond, 'tokens/s'),
    row('decode, 16 at once, ratio', batch.llamaCppBatch16Ratio, 'times, goal 3'),
    row('prefill', student.prefillTokensPerSecond, 'tokens/s'),
    row('prefill, llama.cpp', student.llamaCppPrefillTokensPerSecond, 'tokens/s'),
    row('training', trainer.trainTokensPerSecond, 'tokens/s'),
    row('training', trainer.trainGflops, 'GFLOP/s'),
    row('answer through the whole chain, p50', answers.answerP50Ms, 'ms'),
    row('answer through the whole chain, p95', answers.answerP95Ms, 'ms, goal under 500'),
    row('resident memory, serving', answers.rssMb, 'MB, goal under 400'),
  ]);
}

const NO_PEER = 'not measured: npm run bench:peers installs it';

const percent = (share: number | null) => (share === null ? null : share * 100);

function row(name: string, value: number | null, unit: string): string {
  const figure = value === null ? NO_PEER : `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
  return `${name.padEnd(38)} ${figure}`;
}

function say(output: Output, line: string): void {
  if (!output.json || process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

/** Times of the chain, ms, of answers by the student (of all, when it answered none), and memory after them, MB. */
async function benchAnswers(
  config: Config,
  entry: StudentEntry,
): Promise<{ answerP50Ms: number; answerP95Ms: number; answeredByStudent: number; questions: number; rssMb: number }> {
  const { sheets } = await openKnowledge(config);
  const items = makeQuestions(sheets, { count: QUESTIONS + WARM, seed: 4711, wording: 'held' });
  const dataDir = await mkdtemp(join(tmpdir(), 'rounds-bench-'));
  if (!entry.shipped) await choose(entry, dataDir);
  const child = serveChild(config, dataDir);
  try {
    const url = await listening(child);
    const answers: { ms: number; byStudent: boolean }[] = [];
    for (const [i, { question, options }] of items.entries()) {
      // Every other one as a free question.
      const answer = await answered(url, { text: question, ...(i % 2 === 0 ? { options } : {}) });
      if (i >= WARM) answers.push(answer);
    }
    const own = answers.filter(({ byStudent }) => byStudent);
    const times = (own.length > 0 ? own : answers).map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]!);
    const figures = { answeredByStudent: own.length, questions: answers.length, rssMb: await memoryOf(child.pid!) };
    return { answerP50Ms: at(0.5), answerP95Ms: at(0.95), ...figures };
  } finally {
    const dead = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await dead;
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Lets the student that serves here serve in the other data folder too. */
async function choose(entry: StudentEntry, dataDir: string): Promise<void> {
  const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
  try {
    await registry.use((await registry.add(entry.folder)).id);
  } finally {
    await registry.close();
  }
}

/** A `serve` on a data folder of its own. */
function serveChild(config: Config, dataDir: string): ChildProcess {
  const program = fileURLToPath(new URL('../rounds.mjs', import.meta.url));
  const own = { DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', ROLES: '', LOG_LEVEL: 'error' };
  const plant = config.plant ? { PLANT: resolve(config.plant) } : {};
  return spawn(process.execPath, [program, 'serve'], {
    env: { ...process.env, ...own, ...plant },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function listening(child: ChildProcess): Promise<string> {
  const line = once(createInterface({ input: child.stdout! }), 'line').then(([text]) => String(text));
  const ended = once(child, 'exit').then(([code]) => {
    throw new RoundsError('bench', `rounds serve ended with ${code} before it listened: run rounds doctor`);
  });
  return (JSON.parse(await Promise.race([line, ended])) as { url: string }).url;
}

async function answered(
  url: string,
  question: { text: string; options?: string[] },
): Promise<{ ms: number; byStudent: boolean }> {
  const sent = await fetch(`${url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  const { exchangeId, notice } = (await sent.json()) as { exchangeId?: string; notice?: string };
  if (!exchangeId) throw new RoundsError('bench', `a question was not taken: ${notice}`);
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const { reply } = (await (await fetch(`${url}/api/exchanges/${exchangeId}`)).json()) as Exchange;
    if (reply.final) {
      if (!reply.answer) throw new RoundsError('bench', `no answer: ${reply.notice}`);
      return { ms: reply.answer.ms, byStudent: reply.answer.answeredBy === 'student' };
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new RoundsError('bench', 'a question took longer than a minute');
}

/** Resident memory of a process, MB. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmRSS:\s*(\d+)/.exec(status)?.[1] ?? (await fromPs(pid));
  return Math.round(Number(kilobytes) / 1024);
}

async function fromPs(pid: number): Promise<string> {
  const ps = spawn('ps', ['-o', 'rss=', '-p', `${pid}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const piece of ps.stdout) text += piece;
  return text.trim();
}
