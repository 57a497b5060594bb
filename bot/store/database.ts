/**
 * The seam between the store's SQL and the database beneath it, and the choice of one: libsql in the data folder, or
 * PostgreSQL by DATABASE_URL. It does not know what the tables mean.
 *
 * SQL above this seam is what both speak: `?` for arguments, `ON CONFLICT … DO NOTHING`, `CAST(? AS BIGINT)` where a
 * number stands in a SELECT list, no JSON functions. In a `write`, `changes()` is the number of rows that the statement
 * before it changed. Booleans are stored as 0 and 1, times as text or milliseconds; whole numbers come back as numbers.
 */
import type { Migration } from './schema.ts';

export type Value = string | number | boolean | null | Uint8Array;
export type Row = Record<string, unknown>;

export interface Statement {
  sql: string;
  args?: Value[];
}

export interface Database {
  readonly kind: 'libsql' | 'postgres';
  /** File, or URL without its password: for messages. */
  readonly name: string;
  rows(sql: string, ...args: Value[]): Promise<Row[]>;
  /** One statement, on disk when resolved; the number of rows it changed. */
  run(sql: string, ...args: Value[]): Promise<number>;
  /** All in one transaction, on disk when resolved; the number of rows each changed. */
  write(...statements: Statement[]): Promise<number[]>;
  /** As `write`, with no other `writeAlone` of the same key at the same time: what one sees, the next has to go by. */
  writeAlone(key: string, ...statements: Statement[]): Promise<number[]>;
  /** What is wrong with the database itself; empty when all is well. */
  check(): Promise<string[]>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Folder of the embedded database. */
  dataDir: string;
  /** PostgreSQL instead. */
  databaseUrl?: string | null;
  migrations?: readonly Migration[];
}

/** Opened and migrated to this version, or one clear line why not. */
export async function openDatabase({ dataDir, databaseUrl, migrations }: DatabaseOptions): Promise<Database> {
  const more = migrations ? { migrations } : {};
  // Each driver is loaded only where it is asked for.
  if (databaseUrl) return (await import('./postgres.ts')).openPostgres({ url: databaseUrl, ...more });
  return (await import('./libsql.ts')).openLibsql({ dataDir, ...more });
}
