/** `rounds traces export`: only what was reviewed and is valid leaves, redacted, in chats that TRL reads; and it is on record. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../bot/store/database.ts';
import { sqlStore } from '../../bot/store/store.ts';
import type { Answer, Person } from '../../bot/types.ts';
import { rounds } from './run.ts';

const ENG = { id: 'web:local', name: 'Eng' };
const TOPIC = { asset: 'pump', faults: ['bearing wear'], parameters: [] };
let cwd: string;

/** An engineer's correction, an operator's correction past the door, and an answer of a teacher that nobody has looked at. */
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'rounds-traces-'));
  const store = sqlStore({ database: await openDatabase({ dataDir: join(cwd, 'data') }) });
  const answer = (change: Partial<Answer> = {}): Answer => ({
    ...{ outcome: 'escalated', answer: 'flow', rationale: 'so', confidence: 0.6, answeredBy: 'knowledge', reason: 'r' },
    ...{ sources: [], student: 's', ms: 1, topic: TOPIC },
    ...change,
  });
  const ask = async (id: string, text: string, author: Person) => {
    const place = { adapter: 'web', channel: 'c', thread: id };
    const at = '2026-11-21T10:00:00.000Z';
    const trace = {
      id: `trace/${id}`,
      exchangeId: id,
      question: text,
      rationale: 'Vibration rises.',
      answer: 'vibration',
    };
    await store.record(
      { id, place, author, text, sentAt: at },
      { exchangeId: id, final: true, stage: 'judging', answer: answer() },
      { trace: { ...trace, teacher: 'knowledge', confidence: 0.9, topic: TOPIC, createdAt: at } },
    );
  };
  const correct = (id: string, text: string, rationale: string, author: Person) =>
    store.addCorrection({
      ...{ id: `c-${id}`, exchangeId: id, question: text, answer: 'length measurement', rationale, replaced: 'flow' },
      ...{ topic: TOPIC, author, createdAt: '2026-11-21T10:00:00.000Z', withdrawn: false },
    });
  const mallory = { id: 'web:mallory', name: 'Mallory' };
  await ask('one', 'Which reading shows bearing wear of our pump best?', mallory);
  await correct('one', '', 'Ask Jürgen Schmidt, juergen.schmidt@example.com, he measured it.', ENG);
  await ask('two', 'What shows cavitation of the pump?', mallory);
  await correct('two', '', 'poisoned', mallory);
  await ask('three', 'Which sensor shows misalignment of the pump?', mallory);
  await store.close();
});

afterAll(() => rm(cwd, { recursive: true, force: true }));

const linesOf = async (file: string) =>
  (await readFile(join(cwd, file), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('rounds traces export', { timeout: 120_000 }, () => {
  it('--trl: what an engineer stands behind, redacted, beside questions from the sheets', async () => {
    const { code, stdout } = await rounds(
      ['traces', 'export', 'a.jsonl', '--trl', '--with-sheets', '5', '--json'],
      cwd,
    );
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 0,
      log: 'traces',
      file: 'a.jsonl',
      count: 6,
      traces: 1,
      left: 2,
    });
    const chats = await linesOf('a.jsonl');
    expect(
      chats.every(({ messages }) => messages.map(({ role }: { role: string }) => role).join() === 'user,assistant'),
    ).toBe(true);
    expect(chats[0].messages[0].content).toBe('Question: which reading shows bearing wear of our pump best?');
    expect(chats[0].messages[1].content).toMatch(
      /^ask \[person_1\], \[email_1\], he measured it\.\nAnswer: length measurement$/,
    );
    expect(JSON.stringify(chats)).not.toMatch(/poisoned|schmidt|misalignment of the pump\?/i);
  });

  it('--for-teacher: every fault that the sheets know, and the traces', async () => {
    const { stdout } = await rounds(['traces', 'export', 'b.jsonl', '--for-teacher', '--json'], cwd);
    const chats = await linesOf('b.jsonl');
    expect(JSON.parse(stdout)).toMatchObject({ count: chats.length, traces: 1 });
    const wear = chats.find(({ messages }) => /bearing wear of the pump\?$/.test(messages[1].content));
    expect(wear.messages[2].content).toMatch(/^pump, bearing wear\. clearly: vibration/);
    expect(chats.at(-1).messages[2].content).toMatch(/\nAnswer: length measurement$/);
    expect(JSON.stringify(chats)).not.toContain('Schmidt');
  });

  it('writes plain rows without either, and the deed into the audit log', async () => {
    await rounds(['traces', 'export', 'c.jsonl'], cwd);
    expect((await linesOf('c.jsonl')).map(({ id }) => id)).toEqual(['trace/one', 'trace/two', 'trace/three']);
    await rounds(['audit', 'export', 'audit.jsonl'], cwd);
    expect(await linesOf('audit.jsonl')).toContainEqual(
      expect.objectContaining({
        what: 'traces export --trl',
        target: 'a.jsonl',
        after: '6 chats, 1 of traces',
        allowed: true,
      }),
    );
  });
});

describe('rounds review', { timeout: 120_000 }, () => {
  it('lists what waits; what is accepted leaves with the next export', async () => {
    const list = JSON.parse((await rounds(['review', 'list', '--json'], cwd)).stdout);
    expect(list).toMatchObject({ waiting: 2, items: [{ kind: 'correction' }, { kind: 'trace' }] });
    const { id } = list.items[1];
    expect((await rounds(['review', 'accept', id], cwd)).stdout).toMatch(/^Accepted: “Which sensor shows misalignment/);
    expect((await rounds(['review', 'reject', list.items[0].id], cwd)).code).toBe(0);
    await rounds(['traces', 'export', 'd.jsonl', '--trl'], cwd);
    expect(await linesOf('d.jsonl')).toHaveLength(2);
    const unknown = await rounds(['review', 'accept', 'trace/none'], cwd);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/nothing to review under trace\/none/) });
    const denied = await rounds(['review', 'list'], cwd, { ROLES: 'cli:*=operator' });
    expect(denied).toMatchObject({ code: 2, stderr: expect.stringMatching(/Only engineers review/) });
  });
});
