/**
 * The servers that some tests need: named by TEST_DATABASE_URL and TEST_REDIS_URL. Where one is not named its tests are
 * skipped, and the skip says why; with REQUIRE_SERVICES=1 (.ci/run) that is a failure instead.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe } from 'vitest';
import { afterwards } from './fixture.ts';

type Service = 'TEST_DATABASE_URL' | 'TEST_REDIS_URL';

/** `describe`, when all these servers are named. */
export function describeWith(services: Service[], name: string, suite: () => void): void {
  const missing = services.filter((service) => !process.env[service]);
  if (missing.length === 0) describe(name, suite);
  else if (process.env.REQUIRE_SERVICES === '1') throw new Error(`${name}: ${missing.join(', ')} must be set`);
  else describe.skip(`${name} (skipped: ${missing.join(', ')} not set)`, suite);
}

/** A PostgreSQL store of this test's own: a new schema of the test database, dropped afterwards. */
export async function temporarySchema(): Promise<string> {
  const url = process.env.TEST_DATABASE_URL!;
  const schema = `rounds_${randomBytes(6).toString('hex')}`;
  await once(url, `CREATE SCHEMA ${schema}`);
  afterwards(() => once(url, `DROP SCHEMA ${schema} CASCADE`));
  const own = new URL(url);
  own.search = `?options=-c%20search_path%3D${schema}`;
  return own.href;
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
