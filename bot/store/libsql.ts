/**
 * The embedded database of a data folder: WAL, synchronous=FULL, migrated to this version, or one clear line why not.
 *
 * libsql works synchronously under its promises, so a batch is never interleaved with another, and while the disk is
 * waited for nothing else runs: what is written at the same time goes to disk at once (group-commit.ts).
 * `client.transaction()` is not used: it would hand its connection away and open one without our pragmas.
 */
import { access, constants, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, createClient } from '@libsql/client';
import { BadInput, RoundsError } from '../../models/errors.ts';
import type { Database } from './database.ts';
import { errorCode, useFolder } from './folder.ts';
import { groupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { APPLICATION_ID, MIGRATIONS, type Migration } from './schema.ts';

export interface LibsqlOptions {
  dataDir: string;
  /** How long a statement waits for another process's write. Default 5,000. */
  busyTimeoutMs?: number;
  migrations?: readonly Migration[];
}

const FILE = 'rounds.db';

export async function openLibsql(options: LibsqlOptions): Promise<Database> {
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
    const opened = overClient(client, file);
    await migrate(opened, migrations, `DATA_DIR ${dataDir}`);
    return opened;
  } catch (error) {
    client?.close();
    throw explained(error, file, dataDir);
  }
}

function overClient(client: Client, file: string): Database {
  const { write, flush } = groupCommit(async (statements) =>
    (await client.batch(statements, 'write')).map(({ rowsAffected }) => rowsAffected),
  );
  return {
    kind: 'libsql',
    name: file,
    rows: async (sql, ...args) => (await client.execute({ sql, args })).rows,
    run: async (sql, ...args) => (await write({ sql, args }))[0]!,
    write,
    // There is one writer at a time in any case.
    writeAlone: (_key, ...statements) => write(...statements),
    async check() {
      const { rows } = await client.execute('PRAGMA integrity_check(3)');
      const found = rows.map((row) => String(Object.values(row)[0]));
      return found.length === 1 && found[0] === 'ok' ? [] : found;
    },
    async close() {
      await flush();
      client.close();
    },
  };
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
