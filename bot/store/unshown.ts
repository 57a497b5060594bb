/** Final replies that their channel did not take: why, and until when. They are tried again at the next start. */
import type { Store } from '../types.ts';
import type { Database } from './database.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

export function unshownQueries(
  { rows, run }: Database,
  clock: () => Date,
): Pick<Store, 'notShown' | 'shown' | 'unshown'> {
  return {
    async notShown(exchangeId, reason) {
      await run(
        `INSERT INTO unshown (exchange_id, reason, at) VALUES (?, ?, ?)
         ON CONFLICT (exchange_id) DO UPDATE SET reason = excluded.reason, at = excluded.at`,
        ...[exchangeId, reason, clock().toISOString()],
      );
    },

    async shown(exchangeId) {
      await run('DELETE FROM unshown WHERE exchange_id = ?', exchangeId);
    },

    async unshown() {
      const found = await rows(
        `SELECT exchange_id, adapter, reason, at FROM unshown JOIN exchanges ON exchanges.id = exchange_id
         WHERE created_at >= ? ORDER BY exchanges.seq`,
        new Date(clock().getTime() - WEEK_MS).toISOString(),
      );
      return found.map((row) => ({
        exchangeId: String(row.exchange_id),
        adapter: String(row.adapter),
        reason: String(row.reason),
        at: String(row.at),
      }));
    },
  };
}
