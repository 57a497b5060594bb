/** The move from the embedded store to PostgreSQL: whole, checked, gone on with after a kill, and refused where it would mix. */
import { describe, expect, it } from 'vitest';
import { copyStore } from '../../bot/store/copy.ts';
import { openLibsql } from '../../bot/store/libsql.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import { exitOf, start } from '../cli/run.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';
import { message } from './store.contract.ts';

const TIME = { timeout: 120_000 };

/** A plant's memory: `many` audited acts, and one of each kind of row with the texts that are hard to carry. */
async function remembered(many: number) {
  const dataDir = await temporaryFolder();
  const database = await openLibsql({ dataDir });
  const store = sqlStore({ database });
  const who = { id: 'test:ann', name: 'Ann' };
  const topic = { faults: [], parameters: [] };
  for (let i = 0; i < 20; i++) {
    const text = `'; DROP TABLE exchanges; -- ü 漢 😀 "\\\n\t%_ \0 ${i}`;
    await store.receive(message(`m${i}`, text), { exchangeId: `x${i}`, final: false, stage: 'received' });
  }
  await store.finish('x0', { exchangeId: 'x0', final: true, stage: 'judging', notice: 'done' }, {});
  await store.addFlag({
    id: 'f0',
    exchangeId: 'x0',
    author: who,
    reason: 'a\0b \ud800',
    createdAt: 'now',
    withdrawn: false,
  });
  await store.addCorrection({
    ...{ id: 'c0', exchangeId: 'x0', question: 'q', answer: 'a', rationale: 'r', replaced: 'b', topic, author: who },
    ...{ createdAt: 'now', withdrawn: false },
  });
  const entries = Array.from({ length: many }, (_, i) => ({
    sql: 'INSERT INTO audit (id, at, who, what, target, before, after, allowed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    args: [`a${i}`, 'now', JSON.stringify(who), 'correct', 'x0', 'before '.repeat(10), 'after', i % 2],
  }));
  await database.write(...entries);
  await database.close();
  return dataDir;
}

const pair = async (dataDir: string, url: string) => {
  const source = await openLibsql({ dataDir });
  afterwards(() => source.close());
  const target = await openPostgres({ url });
  afterwards(() => target.close());
  return { source, target };
};

describeWith(['TEST_DATABASE_URL'], 'store copy', () => {
  it('carries every row, and the store goes on there where it was', TIME, async () => {
    const url = await temporarySchema();
    const { source, target } = await pair(await remembered(1200), url);
    const copied = await copyStore({ source, target, pageRows: 100 });
    const rows = Object.fromEntries(copied.map(({ table, rows: count }) => [table, count]));
    expect(rows).toMatchObject({ exchanges: 20, jobs: 20, flags: 1, corrections: 1, audit: 1200, traces: 0 });
    const [before, after] = [sqlStore({ database: source }), sqlStore({ database: target })];
    expect(await after.exchange('x7')).toEqual(await before.exchange('x7'));
    expect(await after.unfinished()).toEqual(await before.unfinished());
    expect(await after.counts()).toEqual(await before.counts());
    // New rows come behind the copied ones.
    await after.receive(message('next'), { exchangeId: 'next', final: false, stage: 'received' });
    expect((await after.history({ adapter: 'test', channel: 'ops' })).at(-1)?.id).toBe('next');
    await expect(copyStore({ source, target })).rejects.toThrow(/was copied from .* before: set DATABASE_URL to it/);
  });

  it('goes on where it was cut off, and does not do again what was done', TIME, async () => {
    const { source, target } = await pair(await remembered(1000), await temporarySchema());
    const cut = new AbortController();
    let last = 0;
    const onProgress = ({ done }: { done: number }) => {
      last = done;
      if (done >= 500) cut.abort(new Error('cut'));
    };
    await expect(copyStore({ source, target, pageRows: 50, onProgress, signal: cut.signal })).rejects.toThrow('cut');
    const there = async () => Number((await target.rows('SELECT COUNT(*) AS count FROM audit'))[0]!.count);
    expect(await there()).toBe(last);
    let pages = 0;
    const copied = await copyStore({
      source,
      target,
      pageRows: 50,
      onProgress: ({ step }) => void (step === 'copy' && pages++),
    });
    expect(copied.find(({ table }) => table === 'audit')?.rows).toBe(1000);
    expect(pages).toBeLessThan(15);
  });

  it('finds out what was changed on the way, and mends it at the next call', TIME, async () => {
    const { source, target } = await pair(await remembered(300), await temporarySchema());
    let spoiled = false;
    const spoil = async () => {
      await target.run("UPDATE audit SET after = 'forged' WHERE id = 'a7'");
      spoiled = true;
    };
    let spoiling: Promise<void> | undefined;
    const copying = copyStore({
      ...{ source, target, pageRows: 50 },
      onProgress: ({ table }) => {
        if (table === 'exchanges') spoiling ??= spoil();
      },
    });
    await expect(copying).rejects.toThrow(/^audit: 300 rows here and 300 there, or not the same ones/);
    await spoiling;
    expect(spoiled).toBe(true);
    expect(await copyStore({ source, target })).toHaveLength((await copyStoreTables(source)).length);
  });

  it('refuses a target that holds a store, or the copy of another plant', TIME, async () => {
    const url = await temporarySchema();
    const { source, target } = await pair(await remembered(3), url);
    await sqlStore({ database: target }).receive(message('theirs'), {
      exchangeId: 't',
      final: false,
      stage: 'received',
    });
    await expect(copyStore({ source, target })).rejects.toThrow(
      /holds a store already \(exchanges\): name an empty database/,
    );
    const other = await pair(await remembered(3), await temporarySchema());
    await copyStore({ source, target: other.target });
    await expect(copyStore({ source: other.source, target: other.target })).rejects.toThrow(
      /holds a copy of .*rounds\.db: name another/,
    );
  });

  it('by `rounds store copy`: killed in the middle with -9, then run again', TIME, async () => {
    const dataDir = await temporaryFolder();
    const from = await remembered(20_000);
    const url = await temporarySchema();
    const env = { DATA_DIR: from };
    const watching = await openPostgres({ url });
    afterwards(() => watching.close());
    const killed = start(['store', 'copy', '--to', url], dataDir, env);
    for (let count = 0; count < 1000; ) {
      const [row] = await watching.rows('SELECT COUNT(*) AS count FROM audit');
      count = Number(row!.count);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    killed.kill('SIGKILL');
    await exitOf(killed);
    const [half] = await watching.rows('SELECT COUNT(*) AS count FROM audit');
    expect(Number(half!.count)).toBeLessThan(20_000);
    const again = start(['store', 'copy', '--to', url, '--json'], dataDir, env);
    let out = '';
    again.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    expect(await exitOf(again)).toBe(0);
    const said = JSON.parse(out) as { rows: number; tables: { table: string; rows: number; checksum: string }[] };
    expect(said.tables.find(({ table }) => table === 'audit')).toMatchObject({
      rows: 20_000,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const [whole] = await watching.rows('SELECT COUNT(*) AS count, COUNT(DISTINCT id) AS ids FROM audit');
    expect(whole).toEqual({ count: 20_000, ids: 20_000 });
  });
});

async function copyStoreTables(source: Awaited<ReturnType<typeof openLibsql>>): Promise<unknown[]> {
  return source.rows(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations', 'sqlite_sequence')",
  );
}

describe('store copy on the command line', () => {
  it('wants a target', TIME, async () => {
    const child = start(['store', 'copy', '--to', 'redis://x'], await temporaryFolder());
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    expect(await exitOf(child)).toBe(2);
    expect(said).toBe('rounds: --to: give a URL such as postgres://user@host/database\n');
  });
});
