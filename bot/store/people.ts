/** Exchanges by the person they concern: where they were posted, whose they are, which ones engineers should look at. */
import type { Exchange, Store } from '../types.ts';

/** Most channels that one question for them gives. */
const CHANNELS = 200;

/** `find`: rows of `exchanges` with their flags and corrections, in the order of the rows. */
export function peopleQueries(
  find: (sql: string, ...args: (string | number)[]) => Promise<Exchange[]>,
): Pick<Store, 'byPost' | 'channels' | 'exchangesOf' | 'flagged'> {
  return {
    async byPost(adapter, postId) {
      const [found] = await find('SELECT * FROM exchanges WHERE adapter = ? AND post_id = ?', adapter, postId);
      return found;
    },

    async channels(adapter) {
      const newest = await find(
        `SELECT * FROM exchanges WHERE seq IN (SELECT MAX(seq) FROM exchanges WHERE adapter = ? GROUP BY channel)
         ORDER BY seq DESC LIMIT ?`,
        adapter,
        CHANNELS,
      );
      return newest.map(({ message }) => message.place.channel);
    },

    exchangesOf: (personId, limit) =>
      find('SELECT * FROM exchanges WHERE author = ? ORDER BY seq DESC LIMIT ?', personId, limit),

    flagged: (limit) =>
      find(
        `SELECT * FROM exchanges WHERE
          EXISTS (SELECT 1 FROM flags WHERE flags.exchange_id = exchanges.id AND withdrawn = 0) AND
          NOT EXISTS (SELECT 1 FROM corrections WHERE corrections.exchange_id = exchanges.id AND withdrawn = 0)
         ORDER BY seq LIMIT ?`,
        limit,
      ),
  };
}
