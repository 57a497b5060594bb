/** Which student serves is an engineer's to say, and is written down. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../bot/fixture.ts';
import { rounds } from './run.ts';

it('student use: audited with before and after, denied to whom ROLES shuts out', { timeout: 240_000 }, async () => {
  const cwd = await temporaryFolder();
  const who = `cli:${userInfo().username}`;
  const listed = JSON.parse((await rounds(['student', 'list', '--json'], cwd)).stdout) as {
    students: { id: string }[];
  };
  const { id } = listed.students[0]!;
  const denied = await rounds(['student', 'use', id], cwd, { ROLES: `${who}=operator` });
  expect(denied).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/Only engineers choose which student serves/),
  });
  expect((await rounds(['student', 'use', id], cwd)).code).toBe(0);
  await rounds(['audit', 'export', 'audit.jsonl'], cwd);
  const entries = (await readFile(join(cwd, 'audit.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(entries).toMatchObject([
    { what: 'promote', target: 'rounds student use', who: { id: who }, allowed: false },
    { what: 'promote', target: 'general', who: { id: who }, before: id, after: id, allowed: true },
  ]);
});
