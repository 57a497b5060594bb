/** What `rounds doctor` asks of the servers that a configuration names: PostgreSQL for the store, Redis or PostgreSQL for the queue. Changes nothing there. */
import { MIGRATIONS } from '../store/schema.ts';
import { shownUrl } from '../store/url.ts';

export interface Finding {
  state: 'ok' | 'warn' | 'fail';
  detail: string;
}

const OLDEST_POSTGRES = 130_000;
const PATIENCE_MS = 5000;

/** The server, its version, our rights, and how far our tables are; `ready` when they can be read. */
export async function examineStore(url: string): Promise<Finding & { ready: boolean }> {
  const name = shownUrl(url);
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS said,
         pg_is_in_recovery() AS replica, has_schema_privilege(current_schema(), 'CREATE') AS may_create,
         to_regclass('migrations') IS NOT NULL AS made`,
    );
    const { version, said, replica, may_create: mayCreate, made } = rows[0];
    const fail = (detail: string) => ({ state: 'fail' as const, detail: `${name}: ${detail}`, ready: false });
    if (version < OLDEST_POSTGRES) return fail(`PostgreSQL ${said} is too old: update it to 13 or newer`);
    if (replica) return fail('it is a read-only replica: name the primary');
    if (!made && !mayCreate) return fail('this user may not make tables: grant CREATE on the schema');
    if (!made)
      return { state: 'ok', detail: `${name}: PostgreSQL ${said}, tables are made at the first start`, ready: false };
    const newest = MIGRATIONS.at(-1)!.version;
    const present = Number(
      (await client.query('SELECT COALESCE(MAX(version), 0) AS version FROM migrations')).rows[0].version,
    );
    if (present > newest)
      return fail(`written by a newer Rounds (schema ${present}, this one knows ${newest}): update Rounds`);
    if (present < newest)
      return {
        state: 'ok',
        detail: `${name}: schema ${present}, brought to ${newest} at the next start`,
        ready: false,
      };
    return { state: 'ok', detail: `${name}: PostgreSQL ${said}`, ready: true };
  } catch (error) {
    return {
      state: 'fail',
      detail: `${name} does not answer (${said(error)}): see that PostgreSQL runs`,
      ready: false,
    };
  } finally {
    await client.end();
  }
}

/** Whether the queue's server answers and keeps what it is given. */
export async function examineQueue(url: string): Promise<Finding> {
  if (!/^rediss?:/.test(url)) {
    const { ready: _, ...finding } = await examineStore(url);
    return finding.state === 'fail'
      ? finding
      : { state: 'ok', detail: `${shownUrl(url)} answers; its tables are in the schema bullmq` };
  }
  const name = shownUrl(url);
  const { Redis } = await import('ioredis');
  const client = new Redis(url, { lazyConnect: true, connectTimeout: PATIENCE_MS, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    const info = await client.info();
    const field = (key: string) => new RegExp(`^${key}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
    const version = field('redis_version');
    if (Number(version.split('.')[0]) < 6) {
      return { state: 'fail', detail: `${name}: Redis ${version} is too old: update it to 6.2 or newer` };
    }
    if (field('maxmemory_policy') !== 'noeviction') {
      return {
        state: 'warn',
        detail: `${name}: Redis ${version} may evict jobs (${field('maxmemory_policy')}): set maxmemory-policy noeviction; until then the store fills it again`,
      };
    }
    return { state: 'ok', detail: `${name}: Redis ${version}` };
  } catch (error) {
    return { state: 'fail', detail: `${name} does not answer (${said(error)}): see that Redis runs` };
  } finally {
    client.disconnect();
  }
}

function said(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : (error as Error).message;
}
