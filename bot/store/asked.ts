/** Which waiting questions have been put before people, and under which post they answer. */
import type { Place } from '../types.ts';
import type { Database } from './database.ts';

export interface AskedRows {
  /** Waiting questions that nobody has been asked yet, oldest first, not older than `since`. */
  unasked(since: string, limit: number): Promise<string[]>;
  /**
   * This process puts it before people; false when another does. Who has not posted it within `staleMs` has died over it:
   * then the next may.
   */
  claim(exchangeId: string, place: Place, staleMs: number): Promise<boolean>;
  /** It was posted: what people write beneath that post is about it. `id`: the exchange that shows it. */
  posted(exchangeId: string, postId: string, id: string): Promise<void>;
  /** The waiting question that is answered beneath this post. */
  about(adapter: string, postId: string): Promise<string | undefined>;
}

export function askedRows({ rows, run, write }: Database, clock: () => Date = () => new Date()): AskedRows {
  return {
    async unasked(since, limit) {
      const found = await rows(
        `SELECT exchange_id FROM open_questions WHERE created_at >= ?
           AND NOT EXISTS (SELECT 1 FROM corrections WHERE corrections.exchange_id = open_questions.exchange_id AND withdrawn = 0)
           AND NOT EXISTS (SELECT 1 FROM asked_people WHERE asked_people.exchange_id = open_questions.exchange_id AND post_id <> '')
         ORDER BY created_at, exchange_id LIMIT ?`,
        since,
        limit,
      );
      return found.map((row) => String(row.exchange_id));
    },

    async claim(exchangeId, { adapter, channel }, staleMs) {
      const now = clock();
      const inserted = await run(
        `INSERT INTO asked_people (exchange_id, adapter, channel, post_id, at) VALUES (?, ?, ?, '', ?)
         ON CONFLICT (exchange_id) DO NOTHING`,
        exchangeId,
        adapter,
        channel,
        now.toISOString(),
      );
      if (inserted > 0) return true;
      const stale = new Date(now.getTime() - staleMs).toISOString();
      const taken = await run(
        "UPDATE asked_people SET at = ?, adapter = ?, channel = ? WHERE exchange_id = ? AND post_id = '' AND at <= ?",
        now.toISOString(),
        adapter,
        channel,
        exchangeId,
        stale,
      );
      return taken > 0;
    },

    async posted(exchangeId, postId, id) {
      const [row] = await rows('SELECT message FROM exchanges WHERE id = ?', id);
      const message = JSON.parse(String(row?.message)) as { place: Place };
      message.place.thread = postId;
      await write(
        { sql: 'UPDATE asked_people SET post_id = ? WHERE exchange_id = ?', args: [postId, exchangeId] },
        {
          sql: 'UPDATE exchanges SET post_id = ?, thread = ?, message = ? WHERE id = ?',
          args: [postId, postId, JSON.stringify(message), id],
        },
      );
    },

    async about(adapter, postId) {
      const [row] = await rows(
        'SELECT exchange_id FROM asked_people WHERE adapter = ? AND post_id = ?',
        adapter,
        postId,
      );
      return row && String(row.exchange_id);
    },
  };
}
