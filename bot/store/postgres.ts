/**
 * The same store on PostgreSQL, for several processes and machines: a pool, durable commits whatever the server's
 * default, migrated to this version, or one clear line why not. A lost connection is an error of the statement it served
 * (`store_down`); the next statement gets a new one.
 */
import pg from 'pg';
import { BadInput, RoundsError } from '../../models/errors.ts';
import type { Database, Row, Statement, Value } from './database.ts';
import { errorCode } from './folder.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS, type Migration } from './schema.ts';
import { shownUrl } from './url.ts';

export interface PostgresOptions {
  url: string;
  /** Most connections of this process. Default 10. */
  connections?: number;
  connectTimeoutMs?: number;
  migrations?: readonly Migration[];
}

/** What the bus needs besides: a connection of its own. */
export interface PostgresDatabase extends Database {
  readonly kind: 'postgres';
  /** A new connection outside the pool, already connected. */
  connect(): Promise<pg.Client>;
}

const INT8 = 20;
const NUMERIC = 1700;
/** Two transactions stood in each other's way: nothing was done, and it may be tried again. */
const COLLISIONS = ['40001', '40P01'];
const ATTEMPTS = 5;

export async function openPostgres(options: PostgresOptions): Promise<PostgresDatabase> {
  const { url, migrations = MIGRATIONS } = options;
  const settings: pg.PoolConfig = {
    connectionString: withOption(url, '-c synchronous_commit=on'),
    max: options.connections ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    application_name: 'rounds',
    types: {
      getTypeParser: (oid, format) => (oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format)),
    } as pg.CustomTypesConfig,
  };
  const pool = new pg.Pool(settings);
  hearEnds(pool);
  const database = overPool(pool, settings, shownUrl(url));
  try {
    await refuseOtherTables(database);
    await migrate(database, migrations, `DATABASE_URL ${shownUrl(url)}`);
    return database;
  } catch (error) {
    await pool.end();
    throw explained(error, url);
  }
}

function overPool(pool: pg.Pool, settings: pg.PoolConfig, name: string): PostgresDatabase {
  const query = async (sql: string, args: Value[]): Promise<pg.QueryResult<Row>> => {
    try {
      return await pool.query<Row>(numbered(sql), args.map(stored));
    } catch (error) {
      throw lost(error, name);
    }
  };

  const transaction = async (key: string | null, statements: Statement[]): Promise<number[]> => {
    const client = await pool.connect().catch((error) => {
      throw lost(error, name);
    });
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      if (key !== null) {
        await client.query("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || $1, 0))", [key]);
      }
      const changed: number[] = [];
      for (const { sql, args = [] } of statements) {
        const text = numbered(sql).replaceAll('changes()', `${changed.at(-1) ?? 0}`);
        changed.push((await client.query(text, args.map(stored))).rowCount ?? 0);
      }
      await client.query('COMMIT');
      return changed;
    } catch (error) {
      await client.query('ROLLBACK').catch((fault: Error) => {
        broken = fault;
      });
      throw lost(error, name);
    } finally {
      client.release(broken);
    }
  };

  const retried = async (key: string | null, statements: Statement[]): Promise<number[]> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await transaction(key, statements);
      } catch (error) {
        if (attempt === ATTEMPTS || !COLLISIONS.includes(errorCode(error))) throw error;
      }
    }
  };

  return {
    kind: 'postgres',
    name,
    rows: async (sql, ...args) => (await query(sql, args)).rows,
    run: async (sql, ...args) => (await query(sql, args)).rowCount ?? 0,
    async write(...statements) {
      const [only] = statements;
      // One statement is a transaction of its own.
      if (only && statements.length === 1) return [(await query(only.sql, only.args ?? [])).rowCount ?? 0];
      return retried(null, statements);
    },
    writeAlone: (key, ...statements) => retried(key, statements),
    async check() {
      const [row] = (await query('SELECT pg_is_in_recovery() AS replica', [])).rows;
      return row?.replica === true ? ['it is a read-only replica: name the primary'] : [];
    },
    async connect() {
      const client = new pg.Client(settings);
      client.on('error', unheard);
      await client.connect();
      return client;
    },
    close: () => pool.end(),
  };
}

/** Tables named like ours that no migration of ours made belong to someone else. Reads only. */
async function refuseOtherTables(database: Database): Promise<void> {
  const found = await database.rows(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ('migrations', 'exchanges')",
  );
  const names = found.map((row) => row.table_name);
  if (!names.includes('exchanges') || names.includes('migrations')) return;
  throw new BadInput(
    `DATABASE_URL ${database.name} holds tables of another program: name an empty database (createdb rounds)`,
  );
}

/**
 * A connection that ends is told of to the statement in work, and besides as an event that would end the process where
 * nobody hears it: of an idle connection, of one that is just being handed out, of one between two statements.
 */
export function hearEnds(pool: pg.Pool): void {
  pool.on('error', unheard);
  pool.on('connect', (client) => client.on('error', unheard));
}

function unheard(): void {}

const numbers = new Map<string, string>();

/** `?` → `$1`, `$2` …, outside of quotes. */
function numbered(sql: string): string {
  let text = numbers.get(sql);
  if (text === undefined) {
    let n = 0;
    text = sql.replace(/'(?:[^']|'')*'|\?/g, (found) => (found === '?' ? `$${++n}` : found));
    if (numbers.size < 1000) numbers.set(sql, text);
  }
  return text;
}

function stored(value: Value): Exclude<Value, boolean> {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? storable(value) : value;
}

/** PostgreSQL's text holds every character but NUL, and no half of a pair. */
export function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '\ufffd')).toString();
}

function withOption(url: string, option: string): string {
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.set('options', given ? `${given} ${option}` : option);
  // pg reads %20, not the + of forms.
  parsed.search = parsed.search.replaceAll('+', '%20');
  return parsed.href;
}

/** Classes of SQLSTATE that say the server is not there: connection, resources, operator intervention. */
const DOWN = /^(08|53|57P)|^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOST|ENET|EAI_)/;

/** The driver's own words for it, which have no code. */
const GONE = /terminated|not queryable|timeout exceeded when trying to connect/i;

function lost(error: unknown, name: string): unknown {
  if (error instanceof RoundsError) return error;
  const code = errorCode(error);
  if (!DOWN.test(code) && !GONE.test((error as Error).message)) return error;
  return new RoundsError('store_down', `the store ${name} does not answer (${code}): see that PostgreSQL runs`, {
    cause: error,
  });
}

function explained(error: unknown, url: string): Error {
  const name = shownUrl(url);
  if (error instanceof RoundsError) {
    return error.code === 'store_down' ? new BadInput(`DATABASE_URL: ${error.message}`, { cause: error }) : error;
  }
  const code = errorCode(error);
  const say = (mend: string) => new BadInput(`DATABASE_URL ${name}: ${mend}`, { cause: error });
  if (code.startsWith('28')) return say('user or password is refused: mend them');
  if (code === '3D000') return say('there is no such database: make it (createdb) or mend the name');
  if (code === '42501') return say('this user may not make tables: grant CREATE on the schema');
  return new RoundsError('store', `DATABASE_URL ${name} cannot be used: ${(error as Error).message}`, { cause: error });
}
