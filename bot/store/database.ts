/**
 * Opens the embedded database of a data folder: WAL, synchronous=FULL, migrated to this version, or one clear line why
 * not. The store and the local queue share it. It does not know what the tables mean.
 *
 * libsql works synchronously under its promises, so a batch is never interleaved with another. `client.transaction()`
 * is not used: it would hand its connection away and open one without our pragmas.
 */
import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, createClient } from '@libsql/client';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { APPLICATION_ID, MIGRATIONS, type Migration } from './schema.ts';

export interface Database {
  readonly file: string;
  readonly client: Client;
  close(): void;
}

export interface DatabaseOptions {
  dataDir: string;
  /** How long a statement waits for another process's write. Default 5,000. */
  busyTimeoutMs?: number;
  migrations?: readonly Migration[];
}

const FILE = 'rounds.db';

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { dataDir, migrations = MIGRATIONS } = options;
  await useFolder(dataDir);
  const file = join(resolve(dataDir), FILE);
  await refuseOtherFiles(file, dataDir);
  let client: Client | undefined;
  try {
    client = createClient({ url: pathToFileURL(file).href, timeout: options.busyTimeoutMs ?? 5000 });
    await refuseOtherDatabases(client, file);
    await client.execute('PRAGMA journal_mode = WAL');
    await client.execute('PRAGMA synchronous = FULL');
    await client.execute('PRAGMA wal_autocheckpoint = 1000');
    await migrate(client, migrations, dataDir);
  } catch (error) {
    client?.close();
    throw explained(error, file, dataDir);
  }
  const opened = client;
  return { file, client: opened, close: () => opened.close() };
}

/** Creates the folder if need be and makes sure it can be written. */
export async function useFolder(dataDir: string): Promise<void> {
  try {
    await makeFolder(resolve(dataDir));
    if (!(await stat(dataDir)).isDirectory()) {
      throw new BadInput(`DATA_DIR ${dataDir} is not a folder: name a folder`);
    }
    await access(dataDir, constants.W_OK | constants.X_OK | constants.R_OK);
    await readdir(dataDir);
  } catch (error) {
    if (error instanceof RoundsError) throw error;
    const code = errorCode(error);
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new BadInput(`DATA_DIR ${dataDir} is not a folder: move that file away or name a folder`, { cause: error });
    }
    throw new BadInput(
      `DATA_DIR ${dataDir} cannot be written (${code}): give this user the right to, or name another folder`,
      { cause: error },
    );
  }
}

/** As `mkdir -p`. Node's own recursive mkdir never ends where the parent is there but takes no folders (/proc). */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder || existsSync(parent)) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

/** Applies what is missing, one transaction each. Two processes may do so at once: the second finds it done. */
async function migrate(client: Client, migrations: readonly Migration[], dataDir: string): Promise<void> {
  await client.execute(
    'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
  );
  const newest = migrations.at(-1)?.version ?? 0;
  let present = await version(client);
  if (present > newest) {
    throw new BadInput(
      `DATA_DIR ${dataDir} was written by a newer Rounds (schema ${present}, this one knows ${newest}): update Rounds, or set DATA_DIR to another folder`,
    );
  }
  for (const migration of migrations) {
    if (migration.version <= present) continue;
    const mark = {
      sql: 'INSERT INTO migrations (version, name, applied_at) VALUES (?, ?, ?)',
      args: [migration.version, migration.name, new Date().toISOString()],
    };
    try {
      await client.batch([mark, ...migration.statements], 'write');
    } catch (error) {
      if ((await version(client)) < migration.version) throw error;
    }
    present = await version(client);
  }
}

async function version(client: Client): Promise<number> {
  const { rows } = await client.execute('SELECT COALESCE(MAX(version), 0) AS version FROM migrations');
  return Number(rows[0]!.version);
}

async function refuseOtherFiles(file: string, dataDir: string): Promise<void> {
  try {
    if (!(await stat(file)).isFile()) throw new BadInput(`${file} is not a file: move it away, or set DATA_DIR`);
    await access(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (error instanceof RoundsError) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT') return;
    throw new BadInput(`${join(dataDir, FILE)} cannot be read and written (${code}): give this user the right to`, {
      cause: error,
    });
  }
}

/** A database that is not empty and not ours is left alone. Reads only. */
async function refuseOtherDatabases(client: Client, file: string): Promise<void> {
  const { rows } = await client.execute('PRAGMA application_id');
  if (Number(Object.values(rows[0] ?? {})[0]) === APPLICATION_ID) return;
  const tables = await client.execute(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations', 'sqlite_sequence') LIMIT 1",
  );
  if (tables.rows.length === 0) return;
  throw new BadInput(`${file} is a database of another program: move it away, or set DATA_DIR to another folder`);
}

function explained(error: unknown, file: string, dataDir: string): Error {
  if (error instanceof RoundsError) return error;
  const code = errorCode(error);
  if (code.startsWith('SQLITE_NOTADB')) {
    return new BadInput(`${file} is not a database: move it away, or set DATA_DIR to another folder`, { cause: error });
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new BadInput(`${file} is damaged: restore it from a copy; \`rounds doctor\` says more`, { cause: error });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new BadInput(`${file} is busy: another process has been writing for long; try again when it is done`, {
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_FULL')) {
    return new BadInput(`no room on the disk of DATA_DIR ${dataDir}: free some`, { cause: error });
  }
  return new RoundsError('store', `${file} cannot be opened: ${(error as Error).message}`, { cause: error });
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code !== '' ? code : String((error as Error)?.message ?? error);
}
