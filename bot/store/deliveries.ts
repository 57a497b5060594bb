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

/** Whether another process received something before, in the same channel, after `since` (ISO 8601), and has not posted its reply. */
export async function unplacedBefore(
  database: Database,
  { exchangeId, process, since }: { exchangeId: string; process: string; since: string },
): Promise<boolean> {
  const found = await database.rows(
    `SELECT before.id FROM exchanges AS mine JOIN exchanges AS before
       ON before.adapter = mine.adapter AND before.channel = mine.channel AND before.seq < mine.seq
     WHERE mine.id = ? AND before.post_id IS NULL AND before.owner <> ? AND before.created_at > ?
       AND (before.state <> 'done' OR EXISTS (
         SELECT 1 FROM deliveries WHERE deliveries.id = before.id AND deliveries.state = 'waiting'))
     LIMIT 1`,
    ...[exchangeId, process, since],
  );
  return found.length > 0;
}
