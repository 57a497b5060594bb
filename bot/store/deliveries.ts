/**
 * Replies that wait to be shown by the process that has their channel; worked off by a local queue over this table. Times
 * in milliseconds.
 */
import type { Database, Statement } from './database.ts';

/** Puts a reply down for delivery; one that waits already, or was shown before, is to be shown (again). */
export function delivery(exchangeId: string, now: number, when = ''): Statement {
  return {
    sql: `INSERT INTO deliveries (id, kind, exchange_id, thread, owner, run_at)
          SELECT id, adapter, id, adapter || ' ' || channel, owner, CAST(? AS BIGINT) FROM exchanges WHERE id = ? ${when}
          ON CONFLICT (id) DO UPDATE SET state = 'waiting', lease = NULL, lease_until = NULL, failures = 0,
            deliveries = 0, run_at = excluded.run_at`,
    args: [now, exchangeId],
  };
}

/** A flag, a correction, an answer by people: the reply as it is now is to be shown. */
export async function deliverAgain(database: Database, exchangeId: string, now: number): Promise<void> {
  await database.write(delivery(exchangeId, now));
}
