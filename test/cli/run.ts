/** Runs `rounds` as a person does: a process of its own, in a folder of its own, with nothing set but what is given. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterwards } from '../bot/fixture.ts';

const PROGRAM = join(import.meta.dirname, '../../bot/rounds.mjs');
const OURS =
  /^(PORT|METRICS_PORT|HOST|DATA_DIR|DATABASE_URL|QUEUE_URL|TEACHER_\w+|REDACT_\w+|PEOPLE_CHANNEL|OPENAI_\w+|ANTHROPIC_\w+|MAX_ERROR|ROLES|LOG_LEVEL|PLANT|CONFIG|DEBUG)$/;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function start(args: readonly string[], cwd: string, env: Record<string, string> = {}): ChildProcess {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { ...clean, ...env } });
  afterwards(() => child.kill('SIGKILL'));
  return child;
}

export async function rounds(args: readonly string[], cwd: string, env?: Record<string, string>): Promise<Ended> {
  const child = start(args, cwd, env);
  const [stdout, stderr, code] = await Promise.all([all(child.stdout!), all(child.stderr!), exitOf(child)]);
  return { code, stdout, stderr };
}

/** The first line of stdout; rejects with stderr when the process ends before it. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const errors = all(child.stderr!);
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error(`ended before it said a line: ${await errors}`);
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once('exit', resolve))
    : Promise.resolve(child.exitCode);
}

async function all(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += piece;
  return text;
}
