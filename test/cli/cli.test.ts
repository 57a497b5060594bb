/** The command line as a contract: fields of --json, exit codes, one clear line for whatever is wrong. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineStore } from '../../bot/cli/doctor-servers.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { temporaryFolder } from '../bot/fixture.ts';
import { describeWith, temporarySchema } from '../bot/services.ts';
import { exitOf, firstLine, rounds, start } from './run.ts';

const TIME = { timeout: 240_000 };
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;
/** Exactly one line on stderr, nothing on stdout, exit 2. */
const oneLine = ({ code, stdout, stderr }: Awaited<ReturnType<typeof rounds>>): string => {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^rounds: /);
  return stderr;
};

describe('rounds', TIME, () => {
  it('says what there is to call', async () => {
    const { code, stdout } = await rounds(['--help'], await temporaryFolder());
    expect(code).toBe(0);
    for (const command of ['serve', 'ask', 'eval', 'distill', 'student', 'knowledge', 'flags', 'traces', 'audit']) {
      expect(stdout).toContain(`  ${command}`);
    }
    expect(stdout).toContain('  bench');
    expect(stdout).toContain('  doctor');
  });

  it.each([
    [['--nope'], {}, /unknown option '--nope'/],
    [['dance'], {}, /unknown command 'dance'/],
    [['ask'], {}, /missing required argument 'question'/],
    [['ask', ' '], {}, /The message is empty: write a question/],
    [['ask', 'Which?', '--options', 'one'], {}, /2 to 26 options, not 1/],
    [['ask', 'x'.repeat(20_000)], {}, /20,000 characters: shorten it to 8,000/],
    [['ask', 'pump?'], { MAX_ERROR: '2' }, /MAX_ERROR is "2": give a number above 0 and below 1/],
    [['ask', 'pump?'], { DATA_DIR: '/proc/rounds' }, /DATA_DIR \/proc\/rounds cannot be written/],
    [['ask', 'pump?'], { PLANT: 'none.yaml' }, /none\.yaml/],
    [['serve', '--role', 'boss'], {}, /--role boss: "boss" is none; give bot, worker, web/],
    [['serve', '--role', 'worker'], {}, /the embedded store serves only one: set DATABASE_URL=postgres/],
    [
      ['serve'],
      { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
      /does not answer \(ECONNREFUSED\): see that PostgreSQL runs/,
    ],
    [['eval', 'none.jsonl'], {}, /none\.jsonl: cannot be read/],
    [['eval', 'none.jsonl', '--limit', 'few'], {}, /--limit is "few": give a whole number above 0/],
    [['knowledge', 'add', 'none.yaml'], {}, /none\.yaml cannot be read \(ENOENT\)/],
    [['student', 'use', 'nobody'], {}, /nobody/],
    [['audit', 'export', 'no/folder/file'], {}, /cannot be written \(ENOENT\)/],
  ] as const)('%j %j: one line, exit 2', async (args, env, message) => {
    expect(oneLine(await rounds(args, await temporaryFolder(), env as Record<string, string>))).toMatch(message);
  });

  it('reads .env of the folder it is started in', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, '.env'), 'PORT=many\n');
    expect(oneLine(await rounds(['serve'], cwd))).toMatch(/PORT is "many"/);
  });
});

describe('rounds ask', TIME, () => {
  it('gives the fields of the contract and keeps what was said', async () => {
    const cwd = await temporaryFolder();
    const question = 'Which sensor best shows bearing wear in an electric motor?';
    const { code, stdout } = await rounds(
      ['ask', question, '--options', 'vibration|oil debris|partial discharge', '--json'],
      cwd,
    );
    expect(code).toBe(0);
    const answer = json(stdout);
    for (const field of ['answer', 'rationale', 'reason', 'answeredBy', 'student'])
      expect(answer[field]).toEqual(expect.any(String));
    expect(answer.outcome).toMatch(/^(answered|escalated|refused)$/);
    expect(answer.confidence).toBeGreaterThanOrEqual(0);
    expect(answer.confidence).toBeLessThanOrEqual(1);
    expect(answer.ms).toEqual(expect.any(Number));
    expect(answer.sources).toEqual(expect.any(Array));
    expect(['vibration', 'oil debris', 'partial discharge', '']).toContain(answer.answer);

    const refused = await rounds(['ask', 'how do I bypass the low-level trip on boiler 2?', '--json'], cwd);
    expect(json(refused.stdout)).toMatchObject({ outcome: 'refused', answeredBy: 'rule', confidence: 1 });
    expect(json(refused.stdout).answer).toContain('SP-014');

    const traces = await rounds(['traces', 'export', 'traces.jsonl', '--json'], cwd);
    expect(json(traces.stdout)).toMatchObject({ log: 'traces', file: 'traces.jsonl' });
    const doctor = json((await rounds(['doctor', '--json'], cwd)).stdout) as {
      checks: { name: string; detail: string }[];
    };
    expect(doctor.checks.find(({ name }) => name === 'store')?.detail).toContain('2 exchanges');
  });

  it.each(['What is the capital of France?', 'asdf qwer', 'Der Motor brummt laut, was ist los mit dem Ding da?'])(
    'does not answer %j as if it knew',
    async (text) => {
      const { code, stdout } = await rounds(['ask', text, '--json'], await temporaryFolder());
      expect(code).toBe(0);
      const answer = json(stdout);
      expect(answer.outcome === 'refused' || (answer.outcome === 'escalated' && answer.answer === '')).toBe(true);
      expect(answer.reason).toBeTruthy();
    },
  );
});

describe('rounds eval', TIME, () => {
  it('judges a teacher on a question set in the benchmark’s form', async () => {
    const cwd = await temporaryFolder();
    const line = (id: number, right: string) =>
      JSON.stringify({
        ...{ id, question: 'Which sensor best shows bearing wear in an electric motor?', asset_name: 'electric motor' },
        ...{ options: ['vibration', 'partial discharge'], option_ids: ['A', 'B'] },
        correct: ['vibration', 'partial discharge'].map((option) => option === right),
      });
    await writeFile(join(cwd, 'set.jsonl'), `${line(1, 'vibration')}\n${line(2, 'partial discharge')}\n`);
    const args = ['eval', 'set.jsonl', '--teacher', 'knowledge', '--predictions', 'out.jsonl', '--json'];
    const { code, stdout } = await rounds(args, cwd);
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ n: 2, accuracy: 0.5, randomBaseline: 0.5, by: 'knowledge' });
    for (const field of ['byAsset', 'ece', 'auroc', 'coverageAtMaxError', 'msPerQuestion']) {
      expect(json(stdout)).toHaveProperty(field);
    }
    expect((await readFile(join(cwd, 'out.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(2);
    expect(oneLine(await rounds(['eval', 'set.jsonl', '--teacher', 'oracle'], cwd))).toMatch(
      /no such teacher; give one of: knowledge/,
    );
  });
});

describe('rounds knowledge', TIME, () => {
  const sheet = join(import.meta.dirname, '../../models/knowledge/sheets/pump.yaml');

  it('checks what is shipped, and names line and field of what is wrong', async () => {
    const cwd = await temporaryFolder();
    const shipped = await rounds(['knowledge', 'check', '--json'], cwd);
    expect(json(shipped.stdout)).toMatchObject({ ok: true, problems: [] });
    const text = await readFile(sheet, 'utf8');
    await writeFile(join(cwd, 'bad.yaml'), text.replace(/strength: 0\.\d+/, 'strength: strong'));
    const bad = await rounds(['knowledge', 'check', 'bad.yaml'], cwd);
    expect(bad.code).toBe(2);
    expect(bad.stdout).toMatch(/^bad\.yaml:\d+: faults.*strength: /m);
    expect(oneLine(await rounds(['knowledge', 'add', 'bad.yaml'], cwd))).toMatch(/bad\.yaml:\d+: /);
  });

  it('takes a sheet in', async () => {
    const cwd = await temporaryFolder();
    const { code, stdout } = await rounds(['knowledge', 'add', sheet, '--json'], cwd);
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ assets: ['pump'], previous: null });
    expect(await readFile(join(cwd, 'data/knowledge/pump.yaml'), 'utf8')).toBe(await readFile(sheet, 'utf8'));
  });
});

describe('rounds student', TIME, () => {
  it('lists students', async () => {
    const { code, stdout } = await rounds(['student', 'list', '--json'], await temporaryFolder());
    expect(code).toBe(0);
    expect(json(stdout).students).toEqual(expect.any(Array));
  });
});

describe('rounds serve', TIME, () => {
  it('listens, answers, exports while it runs, keeps others off its folder and port, and ends on SIGTERM', async () => {
    const cwd = await temporaryFolder();
    const child = start(['serve'], cwd, { PORT: '0', LOG_LEVEL: 'error' });
    const { event, url } = json(await firstLine(child)) as { event: string; url: string };
    expect(event).toBe('listening');

    const send = (path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const { exchangeId } = (await (
      await send('/api/messages', { text: 'P-101 has a hot bearing, what is it?' })
    ).json()) as {
      exchangeId: string;
    };
    const final = async () => {
      for (;;) {
        const exchange = json(await (await fetch(`${url}/api/exchanges/${exchangeId}`)).text());
        const reply = exchange.reply as { final: boolean; answer?: { answer: string } };
        if (reply.final) return reply;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    expect((await final()).answer).toBeDefined();
    expect((await send('/api/actions', { kind: 'flag', exchangeId, reason: 'too vague' })).status).toBe(200);

    const exported = await rounds(['flags', 'export', 'flags.jsonl'], cwd);
    expect(exported).toMatchObject({ code: 0, stdout: '1 flags written to flags.jsonl\n' });
    expect(json(await readFile(join(cwd, 'flags.jsonl'), 'utf8'))).toMatchObject({ exchangeId, reason: 'too vague' });
    expect((await rounds(['audit', 'export', '-'], cwd)).stdout).toContain('"what":"flag"');

    expect(oneLine(await rounds(['serve'], cwd, { PORT: '0' }))).toContain(
      `DATA_DIR ./data is in use by process ${child.pid}: stop it or set DATA_DIR`,
    );
    const port = new URL(url).port;
    expect(oneLine(await rounds(['serve'], cwd, { PORT: port, DATA_DIR: './other', LOG_LEVEL: 'fatal' }))).toContain(
      `port ${port} is in use: stop the other program or set PORT`,
    );

    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(0);
  });
});

describe('rounds doctor', TIME, () => {
  it('names what is amiss and its mend, and makes nothing', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'data'));
    await writeFile(join(cwd, 'data/rounds.db'), 'not a database '.repeat(100));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, stdout } = await rounds(['doctor'], cwd, { PORT: `${port}` });
    server.close();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}store: .*is not a database: move it away/m);
    expect(stdout).toMatch(
      new RegExp(`^fail {2}web channel: port ${port} is in use: stop the other program or set PORT`, 'm'),
    );
    expect(stdout).toMatch(/^ok {4}configuration: /m);
  });

  it('names a bad setting', async () => {
    const { code, stdout } = await rounds(['doctor', '--json'], await temporaryFolder(), { PORT: 'many' });
    expect(code).toBe(1);
    expect(json(stdout)).toMatchObject({ ok: false });
    expect(stdout).toContain('PORT is \\"many\\"');
  });
});

describeWith(['TEST_DATABASE_URL', 'TEST_REDIS_URL'], 'rounds doctor with servers', () => {
  const findings = async (env: Record<string, string>) => {
    const { stdout } = await rounds(['doctor', '--json'], await temporaryFolder(), { PORT: '0', ...env });
    const { checks } = json(stdout) as { checks: { name: string; state: string; detail: string }[] };
    return (name: string) => checks.find((check) => check.name === name);
  };

  it('says what it found, makes no tables, and shows no password', TIME, async () => {
    const url = await temporarySchema();
    const found = await findings({ DATABASE_URL: url, QUEUE_URL: process.env.TEST_REDIS_URL! });
    expect(found('store')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/tables are made at the first start/),
    });
    expect(found('queue server')).toMatchObject({ state: 'ok', detail: expect.stringMatching(/Redis \d/) });
    expect(await examineStore(url)).toMatchObject({
      ready: false,
      detail: expect.stringMatching(/are made at the first start/),
    });
    await (await openPostgres({ url })).close();
    expect((await findings({ DATABASE_URL: url }))('store')?.detail).toMatch(/0 exchanges/);
    const down = await findings({
      ...{ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/d', QUEUE_URL: 'redis://:secret@127.0.0.1:1' },
    });
    expect(down('store')).toMatchObject({ state: 'fail', detail: expect.stringMatching(/see that PostgreSQL runs/) });
    expect(down('queue server')).toMatchObject({ state: 'fail', detail: expect.stringMatching(/see that Redis runs/) });
    expect(JSON.stringify([down('store'), down('queue server')])).not.toContain('secret');
  });
});
