/** Temporary data folders that are removed after each test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];
const closers: (() => unknown)[] = [];

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rounds-'));
  made.push(folder);
  return folder;
}

/** Runs after the test, the last one first, before its folders are removed. */
export function afterwards(close: () => unknown): void {
  closers.push(close);
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});
