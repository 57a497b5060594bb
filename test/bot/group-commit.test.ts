/** Writes of the same moment share one transaction in the embedded store; each is whole by itself. */
import { expect, it } from 'vitest';
import { groupCommit } from '../../bot/store/group-commit.ts';
import { openLibsql } from '../../bot/store/libsql.ts';
import { afterwards, temporaryFolder } from './fixture.ts';

const insert = (id: number) => ({ sql: 'INSERT INTO t (id) VALUES (?)', args: [id] });

async function openTable() {
  const migrations = [{ version: 1, name: 't', statements: ['CREATE TABLE t (id INTEGER PRIMARY KEY)'] }];
  const database = await openLibsql({ dataDir: await temporaryFolder(), migrations });
  afterwards(() => database.close());
  const ids = async () => (await database.rows('SELECT id FROM t ORDER BY id')).map(({ id }) => id);
  return { ...database, ids };
}

it('goes to disk at once, in order, each told its own rows', async () => {
  const commits: number[] = [];
  const { write } = groupCommit(async (statements) => {
    commits.push(statements.length);
    return statements.map((_, i) => i);
  });
  const told = await Promise.all([write(insert(1)), write(insert(2), insert(3)), write(insert(4))]);
  expect(commits).toEqual([4]);
  expect(told).toEqual([[0], [1, 2], [3]]);
  await Promise.all(Array.from({ length: 500 }, (_, i) => write(insert(i))));
  // Not all in one: what comes in meanwhile has its turn.
  expect(commits.slice(1).reduce((sum, n) => sum + n, 0)).toBe(500);
  expect(commits.length).toBeLessThan(6);
  expect(Math.max(...commits)).toBeLessThanOrEqual(200);
});

it('one that fails is undone whole and takes no other with it', async () => {
  const { run, write, ids } = await openTable();
  const results = await Promise.allSettled([
    run('INSERT INTO t (id) VALUES (?)', 1),
    write(insert(2), insert(1)),
    write(insert(3), insert(4)),
    run('INSERT INTO nowhere (id) VALUES (5)'),
    run('INSERT INTO t (id) VALUES (?)', 6),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { message: expect.stringMatching(/UNIQUE|PRIMARY/) } });
  expect(results[3]).toMatchObject({ reason: { message: expect.stringMatching(/nowhere/) } });
  expect(await ids()).toEqual([1, 3, 4, 6]);
});

it('what waits when the database is closed is written first', async () => {
  const { write, close, name } = await openTable();
  const written = write(insert(7));
  await close();
  expect(await written).toEqual([1]);
  expect(name).toMatch(/rounds\.db$/);
});
