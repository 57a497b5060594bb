/**
 * What a process stands on: store, queue, and where there are several processes the relay between them, as the
 * configuration asks for. It does not know channels, students or commands.
 */
import { randomUUID } from 'node:crypto';
import { BadInput } from '../models/errors.ts';
import { openBus } from './bus.ts';
import type { Config } from './config.ts';
import type { Logger } from './logger.ts';
import { type LocalQueue, localQueue } from './queue/local.ts';
import { createRelay, type Relay } from './relay.ts';
import type { Database } from './store/database.ts';
import { jobRows } from './store/jobs.ts';
import { openLibsql } from './store/libsql.ts';
import { lockDataDir } from './store/lock.ts';
import type { PostgresDatabase } from './store/postgres.ts';
import { sqlStore } from './store/store.ts';
import type { Queue, Store } from './types.ts';

/** What a process does: `bot` has the chat channels, `web` the page, `worker` answers. */
export const PROCESS_ROLES = ['bot', 'worker', 'web'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

export interface Foundation {
  database: Database;
  store: Store;
  queue: Queue;
  /** Between the processes; undefined where there is but one. */
  relay: Relay | undefined;
  close(): Promise<void>;
}

export interface FoundationOptions {
  roles: readonly ProcessRole[];
  logger: Logger;
  /** How long the work of a process that died stays its own. Default 30,000. */
  leaseMs?: number;
}

/** Failed tries after which a question is given up and the person told. */
const MAX_FAILURES = 8;

/** Rejects with BadInput where the store cannot be opened or cannot serve these roles. */
export async function openFoundation(
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'queueUrl'>,
  { roles, logger, leaseMs }: FoundationOptions,
): Promise<Foundation> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    if (config.databaseUrl === null) {
      refuseAlone(roles);
      const lock = await lockDataDir(config.dataDir);
      closers.push(() => lock.release());
      const database = await openLibsql(config);
      closers.push(() => database.close());
      const queue = await openQueue(config, database, logger, closers, { alone: true });
      return { database, store: sqlStore({ database }), queue, relay: undefined, close };
    }
    const { openPostgres } = await import('./store/postgres.ts');
    const database = await openPostgres({ url: config.databaseUrl });
    closers.push(() => database.close());
    const lease = leaseMs === undefined ? {} : { leaseMs };
    const between = await openBetween(database, logger, closers, lease);
    const queue = await openQueue(config, database, logger, closers, {
      ...lease,
      // Without the bus a job would wait for the next poll of another process.
      onAdded: () =>
        between.bus.tell({ kind: 'job' }).catch((error) => logger.warn({ error }, 'workers were not woken')),
    });
    if ('wake' in queue) {
      between.bus.hear(({ kind }) => {
        if (kind === 'job') (queue as LocalQueue).wake();
      });
    }
    return { database, store: between.store, queue, relay: between.relay, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function refuseAlone(roles: readonly ProcessRole[]): void {
  const missing = PROCESS_ROLES.filter((role) => !roles.includes(role));
  if (missing.length === 0) return;
  throw new BadInput(
    `--role ${roles.join(',')} is a part of several processes, and the embedded store serves only one: set DATABASE_URL=postgres://…, or leave --role out`,
  );
}

async function openBetween(
  database: PostgresDatabase,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
  lease: { leaseMs?: number },
) {
  const process = randomUUID();
  const store = sqlStore({ database, handOver: { process } });
  const onError = (error: unknown) => logger.warn({ error }, 'notes between processes are late');
  const bus = await openBus({ database, process, onError });
  closers.push(() => bus.close());
  return { store, bus, relay: createRelay({ database, store, bus, process, logger, ...lease }) };
}

async function openQueue(
  { queueUrl }: Pick<Config, 'queueUrl'>,
  database: Database,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
  options: { alone?: boolean; leaseMs?: number; onAdded?: () => void },
): Promise<Queue> {
  const onError = (error: unknown) => logger.error({ error }, 'the queue will try again');
  if (queueUrl === null) return localQueue({ database, maxFailures: MAX_FAILURES, onError, ...options });
  const { openBullmq } = await import('./queue/bullmq.ts');
  const { leaseMs } = options;
  const jobs = jobRows(database);
  const lease = leaseMs === undefined ? {} : { leaseMs };
  const queue = await openBullmq({ url: queueUrl, jobs, maxFailures: MAX_FAILURES, onError, ...lease });
  closers.push(() => queue.close());
  return queue;
}
