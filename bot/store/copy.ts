/**
 * Takes a plant's memory from the embedded store to PostgreSQL: page by page, each page with its mark in one transaction,
 * so that a copy that was cut off goes on where it was. At the end every table is counted and summed on both sides, from
 * the rows as they lie there; nothing is called copied before they agree. It reads the source and writes only the target.
 */
import { BadInput, RoundsError } from '../../models/errors.ts';
import { sha256 } from '../../models/files.ts';
import type { Database, Row, Statement, Value } from './database.ts';
import { type PostgresDatabase, storable } from './postgres.ts';

export interface CopyOptions {
  source: Database;
  target: PostgresDatabase;
  /** Rows a transaction. Default 500. */
  pageRows?: number;
  onProgress?: (progress: CopyProgress) => void;
  /** Ends the copy after the page in work; it can be gone on with. */
  signal?: AbortSignal;
}

export interface CopyProgress {
  step: 'copy' | 'check';
  table: string;
  /** Rows of all tables. */
  done: number;
  total: number;
}

export interface CopiedTable {
  table: string;
  rows: number;
  /** Sum of the rows' SHA-256, the same on both sides. */
  checksum: string;
}

const FETCH = 1000;

/** Rejects with BadInput where the target holds something else, or was finished before. */
export async function copyStore(options: CopyOptions): Promise<CopiedTable[]> {
  const { source, target, pageRows = 500, onProgress = () => {}, signal } = options;
  const tables = await tablesOf(source);
  await target.write({
    sql: 'CREATE TABLE IF NOT EXISTS store_copy (name TEXT PRIMARY KEY, source TEXT NOT NULL, after BIGINT NOT NULL)',
  });
  await refuseOthers(source, target, tables);
  const counts = new Map<string, number>();
  for (const table of tables) counts.set(table, await countOf(source, table));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);

  let done = 0;
  for (const table of tables) {
    let after = await begin(source, target, table);
    done += await countOf(source, table, after);
    for (;;) {
      signal?.throwIfAborted();
      const page = await source.rows(
        `SELECT rowid AS copied_row, * FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ?`,
        ...[after, pageRows],
      );
      if (page.length === 0) break;
      after = Number(page.at(-1)!.copied_row);
      await target.write(insertion(table, page), {
        sql: 'UPDATE store_copy SET after = ? WHERE name = ?',
        args: [after, table],
      });
      done += page.length;
      onProgress({ step: 'copy', table, done, total });
    }
  }

  const copied: CopiedTable[] = [];
  let checked = 0;
  for (const table of tables) {
    signal?.throwIfAborted();
    onProgress({ step: 'check', table, done: checked, total });
    const [here, there] = [await summed(pagesOf(source, table)), await summed(fetched(target, table))];
    if (here.rows !== there.rows || here.checksum !== there.checksum) {
      // Something wrote to one of them since: this table is begun anew at the next call.
      await target.write(
        { sql: `DELETE FROM "${table}"` },
        { sql: 'DELETE FROM store_copy WHERE name = ?', args: [table] },
      );
      throw new RoundsError(
        'copy_differs',
        `${table}: ${here.rows} rows here and ${there.rows} there, or not the same ones: let nothing write to either, and copy again`,
      );
    }
    checked += here.rows;
    await continueNumbers(target, table);
    copied.push({ table, ...here });
  }
  await target.write({
    sql: "INSERT INTO store_copy (name, source, after) VALUES ('*', ?, 0)",
    args: [source.name],
  });
  return copied;
}

async function tablesOf(source: Database): Promise<string[]> {
  const found = await source.rows(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations', 'sqlite_sequence') ORDER BY name",
  );
  return found.map((row) => String(row.name));
}

/** The target is empty, or holds an unfinished copy of this very source. */
async function refuseOthers(source: Database, target: Database, tables: string[]): Promise<void> {
  const marks = await target.rows('SELECT name, source FROM store_copy');
  const other = marks.find((mark) => mark.source !== source.name);
  if (other) throw new BadInput(`${target.name} holds a copy of ${other.source}: name another database`);
  if (marks.some(({ name }) => name === '*')) {
    throw new BadInput(`${target.name} was copied from ${source.name} before: set DATABASE_URL to it, or name another`);
  }
  if (marks.length > 0) return;
  for (const table of tables) {
    if ((await countOf(target, table)) > 0) {
      throw new BadInput(`${target.name} holds a store already (${table}): name an empty database`);
    }
  }
}

/** The row after which a table goes on. */
async function begin(source: Database, target: Database, table: string): Promise<number> {
  await target.run(
    'INSERT INTO store_copy (name, source, after) VALUES (?, ?, 0) ON CONFLICT (name) DO NOTHING',
    ...[table, source.name],
  );
  const [mark] = await target.rows('SELECT after FROM store_copy WHERE name = ?', table);
  return Number(mark!.after);
}

function insertion(table: string, page: Row[]): Statement {
  const names = columnsOf(page[0]!);
  const places = `(${names.map(() => '?').join(', ')})`;
  return {
    sql: `INSERT INTO "${table}" (${names.map((name) => `"${name}"`).join(', ')}) VALUES ${page.map(() => places).join(', ')}`,
    args: page.flatMap((row) => names.map((name) => asValue(row[name]))),
  };
}

function columnsOf(row: Row): string[] {
  return Object.keys(row).filter((name) => name !== 'copied_row');
}

function asValue(value: unknown): Value {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value as Value;
}

async function* pagesOf(source: Database, table: string): AsyncIterable<Row[]> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await source.rows(
      `SELECT rowid AS copied_row, * FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ?`,
      ...[after, FETCH],
    );
    if (page.length === 0) return;
    yield page;
    after = Number(page.at(-1)!.copied_row);
  }
}

async function* fetched(target: PostgresDatabase, table: string): AsyncIterable<Row[]> {
  const client = await target.connect();
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT * FROM "${table}"`);
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${FETCH} FROM copied`);
      if (rows.length === 0) return;
      yield rows;
    }
  } finally {
    await client.end();
  }
}

/** Count and sum modulo 2^256 of the rows' hashes: the same in whatever order they come. */
async function summed(pages: AsyncIterable<Row[]>): Promise<{ rows: number; checksum: string }> {
  let rows = 0;
  let sum = 0n;
  for await (const page of pages) {
    for (const row of page) {
      const cells = columnsOf(row)
        .sort()
        .map((name) => [name, cellOf(row[name])]);
      const hash = sha256(JSON.stringify(cells));
      sum = BigInt.asUintN(256, sum + BigInt(`0x${hash}`));
      rows++;
    }
  }
  return { rows, checksum: sum.toString(16).padStart(64, '0') };
}

function cellOf(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'string' ? storable(value) : value;
}

/** All rows, or those up to one. */
async function countOf(database: Database, table: string, upTo?: number): Promise<number> {
  const [row] =
    upTo === undefined
      ? await database.rows(`SELECT COUNT(*) AS count FROM "${table}"`)
      : await database.rows(`SELECT COUNT(*) AS count FROM "${table}" WHERE rowid <= ?`, upTo);
  return Number(row!.count);
}

/** Rows that are written from now on are numbered behind the copied ones. */
async function continueNumbers(target: Database, table: string): Promise<void> {
  const numbered = await target.rows(
    'SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ? AND is_identity = ?',
    ...[table, 'YES'],
  );
  for (const { column_name: column } of numbered) {
    await target.rows(
      `SELECT setval(pg_get_serial_sequence('"${table}"', '${String(column)}'), COALESCE(MAX("${String(column)}"), 0) + 1, false) FROM "${table}"`,
    );
  }
}
