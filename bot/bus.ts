/**
 * Short notes between the processes of one installation, by PostgreSQL's LISTEN and NOTIFY: something is waiting, a reply
 * has grown. A note may be lost (a connection that breaks); whatever must not be lost is a row, which is looked for anyway.
 */
import type pg from 'pg';
import type { PostgresDatabase } from './store/postgres.ts';
import type { Reply } from './types.ts';

export type Note =
  /** There is a job, or a reply to show. */
  | { kind: 'job' }
  | { kind: 'delivery' }
  /** A reply that grows. Without `reply`, which was too long for a note, the store has it. */
  | { kind: 'progress'; exchangeId: string; adapter: string; reply?: Reply }
  /** A reply as the store has it is on show, for those who show everything. */
  | { kind: 'shown'; exchangeId: string; adapter: string };

export interface Bus {
  /** To every process, this one included. Rejects when it could not be sent. */
  tell(note: Note): Promise<void>;
  /** Calls back with each note and the id of the process that sent it. */
  hear(listener: (note: Note, from: string) => void): void;
  close(): Promise<void>;
}

export interface BusOptions {
  database: PostgresDatabase;
  /** This process's id. */
  process: string;
  onError?: (error: unknown) => void;
}

/** PostgreSQL takes notes of less than 8,000 bytes. */
export const LONGEST_NOTE = 7900;
const AGAIN_MS = 500;

export async function openBus({ database, process, onError = () => {} }: BusOptions): Promise<Bus> {
  const [row] = await database.rows('SELECT current_schema() AS schema');
  const channel = `rounds:${String(row!.schema)}`;
  const listeners: ((note: Note, from: string) => void)[] = [];
  let client: pg.Client | undefined;
  let again: NodeJS.Timeout | undefined;
  let closed = false;

  const connect = async (): Promise<void> => {
    const next = await database.connect();
    if (closed) return next.end();
    const lost = (error?: Error) => {
      if (client !== next) return;
      client = undefined;
      if (error) onError(error);
      retry();
    };
    next.on('error', lost);
    next.on('end', () => lost());
    next.on('notification', ({ payload = '' }) => {
      const { from, ...note } = JSON.parse(payload) as Note & { from: string };
      for (const listener of listeners) listener(note as Note, from);
    });
    client = next;
    await next.query(`LISTEN "${channel.replaceAll('"', '""')}"`);
  };
  const retry = (): void => {
    if (closed) return;
    again = setTimeout(() => {
      connect().catch((error) => {
        onError(error);
        retry();
      });
    }, AGAIN_MS);
  };
  await connect();

  return {
    async tell(note) {
      await database.rows('SELECT pg_notify(?, ?)', channel, JSON.stringify({ ...note, from: process }));
    },
    hear(listener) {
      listeners.push(listener);
    },
    async close() {
      closed = true;
      clearTimeout(again);
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}
