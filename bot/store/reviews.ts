/** What a review is about and what was decided: marked exchanges, doubted traces, decisions. It does not know the rules. */
import type { Decision, Doubt, Exchange, Store } from '../types.ts';
import { auditIfChanged } from './audit.ts';
import type { Database, Row } from './database.ts';

const PAGE = 300;

/** `withMarks`: rows of `exchanges` with their flags, corrections and thumbs, in the order of the rows. */
export function reviewQueries(
  { rows, write }: Database,
  withMarks: (found: Row[]) => Promise<Exchange[]>,
): Pick<Store, 'marked' | 'decisions' | 'decide' | 'undecide' | 'addDoubts' | 'doubts'> {
  return {
    async *marked() {
      for (let after = 0; ; ) {
        const page = await rows(
          `SELECT * FROM exchanges WHERE seq > ? AND (${MARKED}) ORDER BY seq LIMIT ${PAGE}`,
          after,
        );
        yield* await withMarks(page);
        if (page.length < PAGE) return;
        after = Number(page.at(-1)!.seq);
      }
    },

    async decisions() {
      return (await rows('SELECT * FROM decisions ORDER BY at, item')).map(
        (row): Decision => ({
          item: String(row.item),
          decision: row.decision as Decision['decision'],
          by: JSON.parse(String(row.reviewer)),
          at: String(row.at),
        }),
      );
    },

    async decide({ item, decision, by, at }, entry) {
      await write(
        {
          sql: `INSERT INTO decisions (item, decision, reviewer, at) VALUES (?, ?, ?, ?)
                ON CONFLICT (item) DO UPDATE SET decision = excluded.decision, reviewer = excluded.reviewer, at = excluded.at`,
          args: [item, decision, JSON.stringify(by), at],
        },
        ...auditIfChanged(entry),
      );
    },

    async undecide(item, entry) {
      const [gone] = await write(
        { sql: 'DELETE FROM decisions WHERE item = ?', args: [item] },
        ...auditIfChanged(entry),
      );
      return gone! > 0;
    },

    async addDoubts(doubts) {
      if (doubts.length === 0) return;
      await write(
        ...doubts.map((doubt) => ({
          sql: 'INSERT INTO doubts (id, doubt) VALUES (?, ?) ON CONFLICT (id) DO NOTHING',
          args: [doubt.id, JSON.stringify(doubt)],
        })),
      );
    },

    async doubts() {
      return (await rows('SELECT doubt FROM doubts ORDER BY seq')).map((row) => JSON.parse(String(row.doubt)) as Doubt);
    },
  };
}

const MARKED = ['flags', 'ratings', 'corrections', 'traces', 'open_questions']
  .map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.exchange_id = exchanges.id)`)
  .join(' OR ');
