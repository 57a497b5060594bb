/** `rounds serve` in a process of its own, for the load of channels. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');
const STOPS_WITHIN_MS = 15_000;

/** Resolves once it listens. */
export async function serve(env: Record<string, string>): Promise<ChildProcess> {
  const bot = spawn(process.execPath, ['bot/rounds.mjs', 'serve'], {
    ...{ cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
    env: { ...process.env, ...env },
  });
  for await (const line of createInterface({ input: bot.stdout! })) if (line.includes('"listening"')) return bot;
  throw new Error('`rounds serve` ended before it listened');
}

export async function ended(bot: ChildProcess): Promise<void> {
  if (bot.exitCode !== null) return;
  const exit = new Promise((resolve) => bot.once('exit', resolve));
  bot.kill('SIGTERM');
  const timer = setTimeout(() => bot.kill('SIGKILL'), STOPS_WITHIN_MS);
  await exit;
  clearTimeout(timer);
}
