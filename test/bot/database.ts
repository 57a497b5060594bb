/**
 * What a test stands on: the embedded store of its folder and the queue in it. With TEST_STORE=postgres a schema of
 * TEST_DATABASE_URL for each folder instead, with TEST_QUEUE=postgres or redis BullMQ on TEST_DATABASE_URL or
 * TEST_REDIS_URL, so that the same tests show that all do the same.
 */
import { randomUUID } from 'node:crypto';
import { openBullmq } from '../../bot/queue/bullmq.ts';
import { localQueue } from '../../bot/queue/local.ts';
import { type Database, openDatabase as open } from '../../bot/store/database.ts';
import { jobRows } from '../../bot/store/jobs.ts';
import type { Queue } from '../../bot/types.ts';
import { afterwards } from './fixture.ts';
import { temporarySchema } from './services.ts';

const schemas = new Map<string, string>();

export async function openDatabase({ dataDir }: { dataDir: string }): ReturnType<typeof open> {
  if (process.env.TEST_STORE !== 'postgres') return open({ dataDir });
  const databaseUrl = schemas.get(dataDir) ?? (await temporarySchema());
  schemas.set(dataDir, databaseUrl);
  return open({ dataDir, databaseUrl });
}

export async function openQueue(database: Database): Promise<Queue> {
  const times = { leaseMs: 2000, maxFailures: 4, backoffMs: () => 10 };
  const { TEST_QUEUE, TEST_REDIS_URL, TEST_DATABASE_URL } = process.env;
  const url = TEST_QUEUE === 'redis' ? TEST_REDIS_URL : TEST_QUEUE === 'postgres' ? TEST_DATABASE_URL : undefined;
  if (!url) return localQueue({ database, alone: true, pollMs: 10, ...times });
  // Another name is another server: after a restart it knows nothing, and the store fills it again.
  const queue = await openBullmq({
    url,
    name: `test-${randomUUID()}`,
    jobs: jobRows(database),
    sweepMs: 100,
    ...times,
  });
  afterwards(() => queue.close());
  return queue;
}
