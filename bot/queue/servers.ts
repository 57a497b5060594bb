/**
 * Where BullMQ lives: Redis, or PostgreSQL in a schema of its own (`bullmq`). How each is connected to, and nothing of
 * what is queued.
 */
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type Processor,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import pg from 'pg';
import { BadInput } from '../../models/errors.ts';
import { hearEnds } from '../store/postgres.ts';
import { shownUrl } from '../store/url.ts';

/** What of BullMQ's classes is used here, whatever lies beneath them. */
export type Bull = Pick<Queue, 'on' | 'addBulk' | 'getJobCounts' | 'close'>;
export type BullWorker = Pick<Worker, 'on' | 'close' | 'pause'>;
export type WorkerSettings = Omit<WorkerOptions, 'connection'>;

export interface Server {
  readonly kind: 'redis' | 'postgres';
  /** Without its password: for messages. */
  readonly name: string;
  queue(name: string): Bull;
  worker(name: string, processor: Processor, settings: WorkerSettings): BullWorker;
  /** After its queues and workers were closed. */
  close(): Promise<void>;
}

/** PostgreSQL has to answer now, for its tables are made; Redis may come later. */
export async function connectServer(url: string): Promise<Server> {
  return /^rediss?:/.test(url) ? redis(url) : postgres(url);
}

function redis(url: string): Server {
  const retryStrategy = (times: number) => Math.min(50 * 2 ** times, 2000);
  return {
    kind: 'redis',
    name: shownUrl(url),
    queue: (name) => new Queue(name, { connection: { url, retryStrategy, maxRetriesPerRequest: 1 } }),
    worker: (name, processor, settings) =>
      new Worker(name, processor, { ...settings, connection: { url, retryStrategy, maxRetriesPerRequest: null } }),
    close: async () => {},
  };
}

async function postgres(url: string): Promise<Server> {
  const name = shownUrl(url);
  const pool = new pg.Pool({
    connectionString: url,
    // BullMQ's statements name no schema. One that the URL sets is for the store.
    options: `-c search_path=${DEFAULT_SCHEMA}`,
    max: 10,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    application_name: 'rounds queue',
  });
  hearEnds(pool);
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, DEFAULT_SCHEMA);
    } finally {
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw new BadInput(
      `QUEUE_URL ${name} cannot be used: ${(error as Error).message}; see that PostgreSQL runs and lets this user make tables`,
      {
        cause: error,
      },
    );
  }
  return {
    kind: 'postgres',
    name,
    queue: (queue) => new Queue(queue, { connection: pool }, createPostgresBackend) as unknown as Bull,
    worker: (queue, processor, settings) =>
      new Worker(queue, processor, { ...settings, connection: pool }, createPostgresBackend) as unknown as BullWorker,
    close: () => pool.end(),
  };
}
