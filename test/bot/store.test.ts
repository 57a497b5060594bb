/** The embedded store: the contract, and every way its folder can be wrong. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../bot/store/database.ts';
import { lockDataDir } from '../../bot/store/lock.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { MIGRATIONS } from '../../bot/store/schema.ts';
import { sqlStore } from '../../bot/store/store.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';
import { message, storeContract } from './store.contract.ts';

const opened = async (dataDir: string) => {
  const database = await openDatabase({ dataDir });
  afterwards(() => database.close());
  return sqlStore({ database });
};

storeContract('libsql store', async () => {
  const dataDir = await temporaryFolder();
  const store = await opened(dataDir);
  return {
    store,
    reopen: async () => {
      await store.close();
      return opened(dataDir);
    },
  };
});

describeWith(['TEST_DATABASE_URL'], 'store on PostgreSQL', () => {
  const openedAt = async (url: string) => {
    const database = await openPostgres({ url });
    afterwards(() => database.close());
    return sqlStore({ database });
  };

  storeContract('postgres store', async () => {
    const url = await temporarySchema();
    return { store: await openedAt(url), reopen: () => openedAt(url) };
  });

  it('commits durably whatever the server does by default, and migrates once when two start at once', async () => {
    const url = await temporarySchema();
    const both = await Promise.all([openPostgres({ url }), openPostgres({ url })]);
    afterwards(() => Promise.all(both.map((database) => database.close())));
    expect(await both[0].rows('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    expect(await both[1].rows('SELECT version FROM migrations ORDER BY version')).toEqual(
      MIGRATIONS.map(({ version }) => ({ version })),
    );
  });

  it('numbers what several processes receive in one channel, and correct, without gaps or doubles', async () => {
    const url = await temporarySchema();
    const stores = await Promise.all([openedAt(url), openedAt(url)]);
    const first = (exchangeId: string) => ({ exchangeId, final: false, stage: 'received' as const });
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => stores[i % 2]!.receive(message(`m${i % 20}`), first(`x${i}`))),
    );
    expect((await stores[0]!.counts()).exchanges).toBe(20);
    expect(await stores[1]!.unfinished()).toHaveLength(20);
    const correction = (id: string) => ({
      ...{ id, exchangeId: 'x0', question: 'q', answer: 'a', rationale: 'r', replaced: 'b', withdrawn: false },
      ...{ topic: { faults: [], parameters: [] }, author: { id: 'test:ann', name: 'Ann' }, createdAt: 'now' },
    });
    await Promise.all(Array.from({ length: 20 }, (_, i) => stores[i % 2]!.addCorrection(correction(`c${i}`))));
    const seqs = (await stores[0]!.corrections(0)).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('says in one line what is wrong with DATABASE_URL, without its password', async () => {
    const own = new URL(process.env.TEST_DATABASE_URL!);
    own.password = 'secret';
    const opening = (change: (url: URL) => void) => {
      const url = new URL(own);
      change(url);
      return openPostgres({ url: url.href }).then(
        () => 'opened',
        (error: Error) => error.message,
      );
    };
    expect(await opening((url) => (url.pathname = '/nowhere'))).toMatch(/nowhere: there is no such database: make it/);
    expect(await opening((url) => (url.port = '1'))).toMatch(
      /does not answer \(ECONNREFUSED\): see that PostgreSQL runs/,
    );
    expect(await opening((url) => (url.port = '1'))).not.toContain('secret');
  });

  it("leaves another program's tables alone", async () => {
    const url = await temporarySchema();
    const client = new pg.Client(url);
    await client.connect();
    await client.query('CREATE TABLE exchanges (theirs text)');
    await client.end();
    await expect(openPostgres({ url })).rejects.toThrow(/holds tables of another program: name an empty database/);
  });
});

describe('data folder', () => {
  it('is made when missing, its name may hold any character, and it is written through to the disk', async () => {
    const dataDir = join(await temporaryFolder(), 'a b#c?d%20ü');
    const database = await openDatabase({ dataDir });
    afterwards(() => database.close());
    expect(await readdir(dataDir)).toContain('rounds.db');
    const pragma = async (name: string) => Object.values((await database.rows(`PRAGMA ${name}`))[0]!)[0];
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('busy_timeout')).toBe(5000);
  });

  it('that is a file: says so', async () => {
    const file = join(await temporaryFolder(), 'data');
    await writeFile(file, 'hello');
    await expect(openDatabase({ dataDir: file })).rejects.toThrow(/DATA_DIR .* is not a folder/);
    await expect(openDatabase({ dataDir: join(file, 'below') })).rejects.toThrow(/is not a folder/);
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be written: says so', async () => {
    const dataDir = await temporaryFolder();
    await chmod(dataDir, 0o500);
    afterwards(() => chmod(dataDir, 0o700));
    await expect(openDatabase({ dataDir })).rejects.toThrow(/cannot be written/);
  });

  it('below a place where nothing can be made: says so', async () => {
    await expect(openDatabase({ dataDir: '/proc/rounds' })).rejects.toThrow(
      /DATA_DIR \/proc\/rounds cannot be written/,
    );
  });

  it('with a file that is no database: says so and leaves it alone', async () => {
    const dataDir = await temporaryFolder();
    const text = 'this is not a database, whatever its name says. '.repeat(100);
    await writeFile(join(dataDir, 'rounds.db'), text);
    await expect(openDatabase({ dataDir })).rejects.toThrow(/rounds\.db is not a database/);
    expect(await readFile(join(dataDir, 'rounds.db'), 'utf8')).toBe(text);
    expect(await readdir(dataDir)).toEqual(['rounds.db']);
  });

  it('with a folder in the place of the database: says so', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'rounds.db'));
    await expect(openDatabase({ dataDir })).rejects.toThrow(/rounds\.db is not a file/);
  });

  it("with another program's database: says so and leaves it alone", async () => {
    const dataDir = await temporaryFolder();
    const client = createClient({ url: `file:${join(dataDir, 'rounds.db')}` });
    await client.execute('CREATE TABLE theirs (a)');
    client.close();
    const before = await readFile(join(dataDir, 'rounds.db'));
    await expect(openDatabase({ dataDir })).rejects.toThrow(/database of another program/);
    expect(await readFile(join(dataDir, 'rounds.db'))).toEqual(before);
  });

  it('of a newer version: says so and changes nothing', async () => {
    const dataDir = await temporaryFolder();
    const future = { version: 99, name: 'future', statements: ['CREATE TABLE future (a)'] };
    await (await openDatabase({ dataDir, migrations: [...MIGRATIONS, future] })).close();
    await expect(openDatabase({ dataDir })).rejects.toThrow(
      `newer Rounds (schema 99, this one knows ${MIGRATIONS.length})`,
    );
  });

  it('of an older version is migrated, each step whole or not at all', async () => {
    const dataDir = await temporaryFolder();
    const database = await openDatabase({ dataDir });
    await sqlStore({ database }).receive(message('m1'), { exchangeId: 'x1', final: false, stage: 'received' });
    await database.close();
    const next = MIGRATIONS.length + 1;
    const broken = { version: next, name: 'broken', statements: ['CREATE TABLE half (a)', 'CREATE TABLE half (a)'] };
    await expect(openDatabase({ dataDir, migrations: [...MIGRATIONS, broken] })).rejects.toThrow(/half already exists/);
    const mended = { version: next, name: 'mended', statements: ['CREATE TABLE half (a)'] };
    const after = await openDatabase({ dataDir, migrations: [...MIGRATIONS, mended] });
    afterwards(() => after.close());
    expect(await sqlStore({ database: after }).exchange('x1')).toBeDefined();
  });

  it('is written by several processes at once', async () => {
    const dataDir = await temporaryFolder();
    const store = await opened(dataDir);
    const script = `
      import { openDatabase } from './bot/store/database.ts';
      import { sqlStore } from './bot/store/store.ts';
      const store = sqlStore({ database: await openDatabase({ dataDir: process.argv[1] }) });
      const place = { adapter: 'cli', channel: 'c', thread: 't' };
      for (let i = 0; i < 100; i++) {
        const id = process.argv[2] + i;
        await store.record({ id, place, author: { id: 'cli:x', name: 'x' }, text: 't', sentAt: '' }, { exchangeId: id, final: true, stage: 'received' }, {});
      }`;
    const runs = ['a', 'b'].map(
      (name) =>
        new Promise<number | null>((resolve) => {
          const args = ['--import', 'tsx', '--input-type=module-typescript', '-e', script, dataDir, name];
          spawn(
            process.execPath,
            args.filter((arg) => arg !== '--input-type=module-typescript'),
            { stdio: 'inherit' },
          ).on('exit', resolve);
        }),
    );
    for (let i = 0; i < 100; i++) {
      await store.receive(message(`m${i}`), { exchangeId: `x${i}`, final: false, stage: 'received' });
      await new Promise(setImmediate);
    }
    expect(await Promise.all(runs)).toEqual([0, 0]);
    expect((await store.counts()).exchanges).toBe(300);
  });
});

describe('lock of the data folder', () => {
  it('is had by one, who is named, and freed by release', async () => {
    const dataDir = await temporaryFolder();
    const lock = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toThrow(
      `DATA_DIR ${dataDir} is in use by process ${process.pid}: stop it or set DATA_DIR`,
    );
    await lock.release();
    await (await lockDataDir(dataDir)).release();
  });

  it('ends with its process, killed or not', async () => {
    const dataDir = await temporaryFolder();
    const script = `
      const { lockDataDir } = await import('./bot/store/lock.ts');
      await lockDataDir(process.argv[1]);
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dataDir]);
    afterwards(() => child.kill('SIGKILL'));
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', () => reject(new Error('the child ended early')));
    });
    await expect(lockDataDir(dataDir)).rejects.toThrow(`in use by process ${child.pid}`);
    child.removeAllListeners('exit');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await (await lockDataDir(dataDir)).release();
  });
});
