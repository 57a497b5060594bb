/**
 * The store: exchanges, marks, traces and audit, in SQL that libsql and PostgreSQL both speak (see database.ts). Every
 * write is one transaction that is on disk when its promise resolves. It does not know which database it is, who asks,
 * what may be done, or how jobs are worked off.
 */
import { RoundsError } from '../../models/errors.ts';
import { newId } from '../ids.ts';
import type {
  AuditEntry,
  Correction,
  Exchange,
  Flag,
  Job,
  Mark,
  Message,
  OpenQuestion,
  Rating,
  Reply,
  Store,
  Trace,
} from '../types.ts';
import { auditIfChanged, insertAudit } from './audit.ts';
import type { Database, Row, Statement, Value } from './database.ts';
import { delivery } from './deliveries.ts';
import { peopleQueries } from './people.ts';
import { reviewQueries } from './reviews.ts';
import { threadKey } from './thread.ts';
import { unshownQueries } from './unshown.ts';

export interface SqlStoreOptions {
  database: Database;
  clock?: () => Date;
  /** Several processes: this one's id, to be noted with what it receives; a final reply is put down for delivery. */
  handOver?: { process: string };
}

/** Most exchanges that one `history` gives. */
const HISTORY_LIMIT = 500;
const EXPORT_PAGE = 500;

export function sqlStore({ database, clock = () => new Date(), handOver }: SqlStoreOptions): Store {
  const { rows, write, writeAlone } = database;
  const now = () => clock().toISOString();

  const exchange = async (id: string): Promise<Exchange | undefined> => {
    const [row] = await rows('SELECT * FROM exchanges WHERE id = ?', id);
    return row && (await withMarks([row]))[0];
  };

  /** Exchanges with their flags and corrections, in the order of the rows. */
  const withMarks = async (found: Row[]): Promise<Exchange[]> => {
    if (found.length === 0) return [];
    const ids = found.map((row) => text(row.id));
    const among = `exchange_id IN (${ids.map(() => '?').join(', ')}) ORDER BY seq`;
    const [flags, corrections, ratings] = await Promise.all([
      rows(`SELECT * FROM flags WHERE ${among}`, ...ids).then((all) => all.map(flagOf)),
      rows(`SELECT * FROM corrections WHERE ${among}`, ...ids).then((all) => all.map(correctionOf)),
      rows(`SELECT * FROM ratings WHERE ${among}`, ...ids).then((all) => all.map(ratingOf)),
    ]);
    const of = <T extends { exchangeId: string }>(marks: T[], row: Row) =>
      marks.filter(({ exchangeId }) => exchangeId === row.id);
    return found.map((row) => ({
      ...unmarked(row),
      ...{ flags: of(flags, row), corrections: of(corrections, row), ratings: of(ratings, row) },
    }));
  };

  const insertExchange = (id: string, message: Message, reply: Reply, state: Exchange['state']): Statement => ({
    sql: `INSERT INTO exchanges (id, adapter, channel, thread, message_id, message, reply, state, author, owner, created_at, updated_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (adapter, message_id) DO NOTHING`,
    args: [
      id,
      message.place.adapter,
      message.place.channel,
      message.place.thread,
      message.id,
      JSON.stringify(message),
      JSON.stringify({ ...reply, exchangeId: id }),
      state,
      message.author.id,
      handOver?.process ?? '',
      now(),
      now(),
    ],
  });

  return {
    kind: database.kind,

    async receive(message, first) {
      const id = first.exchangeId || newId(clock());
      const place = message.place;
      // One at a time in a channel, so that the order of rows is the order of arrival whichever process received them.
      const [added] = await writeAlone(
        `channel ${place.adapter} ${place.channel}`,
        insertExchange(id, message, first, 'received'),
        {
          sql: `INSERT INTO jobs (id, kind, exchange_id, thread, run_at)
              SELECT id, 'answer', id, ?, CAST(? AS BIGINT) FROM exchanges WHERE id = ? ON CONFLICT (id) DO NOTHING`,
          args: [threadKey(place), clock().getTime(), id],
        },
      );
      const [row] = await rows(
        'SELECT * FROM exchanges WHERE adapter = ? AND message_id = ?',
        place.adapter,
        message.id,
      );
      if (!row) throw new RoundsError('store', `${database.name}: message ${message.id} was not stored; send it again`);
      if (added! > 0) return { exchange: unmarked(row), duplicate: false };
      const [stored] = await withMarks([row]);
      return { exchange: stored!, duplicate: stored!.id !== id };
    },

    async record(message, reply, extra) {
      await write(insertExchange(reply.exchangeId, message, reply, 'done'), ...extras(extra));
    },

    exchange,
    ...reviewQueries(database, withMarks),
    ...unshownQueries(database, clock),
    ...peopleQueries((sql, ...args) => rows(sql, ...args).then(withMarks)),

    async history({ adapter, channel, thread, after, limit }) {
      const most = Math.max(1, Math.min(limit ?? HISTORY_LIMIT, HISTORY_LIMIT));
      const where = `adapter = ? AND channel = ?${thread === undefined ? '' : ' AND thread = ?'}`;
      const args: Value[] = [adapter, channel, ...(thread === undefined ? [] : [thread])];
      if (after === undefined) {
        const newest = await rows(`SELECT * FROM exchanges WHERE ${where} ORDER BY seq DESC LIMIT ?`, ...args, most);
        return withMarks(newest.reverse());
      }
      const behind = 'seq > COALESCE((SELECT seq FROM exchanges WHERE id = ?), 0)';
      return withMarks(
        await rows(`SELECT * FROM exchanges WHERE ${where} AND ${behind} ORDER BY seq LIMIT ?`, ...args, after, most),
      );
    },

    async unfinished() {
      const found = await rows("SELECT id, adapter, channel, thread FROM exchanges WHERE state <> 'done' ORDER BY seq");
      return found.map(
        (row): Omit<Job, 'attempts'> => ({
          id: text(row.id),
          kind: 'answer',
          exchangeId: text(row.id),
          thread: threadKey({ adapter: text(row.adapter), channel: text(row.channel), thread: text(row.thread) }),
        }),
      );
    },

    async saveReply(exchangeId, reply, state) {
      await write({
        sql: "UPDATE exchanges SET reply = ?, state = ?, updated_at = ? WHERE id = ? AND state <> 'done'",
        args: [JSON.stringify(reply), state, now(), exchangeId],
      });
    },

    async savePostId(exchangeId, postId) {
      await write({ sql: 'UPDATE exchanges SET post_id = ? WHERE id = ?', args: [postId, exchangeId] });
    },

    async finish(exchangeId, reply, extra) {
      const unfinished = "AND state <> 'done'";
      const changed = await writeAlone(
        `exchange ${exchangeId}`,
        ...extras(extra, unfinished),
        ...(handOver ? [delivery(exchangeId, clock().getTime(), unfinished)] : []),
        {
          sql: `UPDATE exchanges SET reply = ?, state = 'done', updated_at = ? WHERE id = ? ${unfinished}`,
          args: [JSON.stringify(reply), now(), exchangeId],
        },
      );
      return changed.at(-1)! > 0;
    },

    async addFlag(flag, entry) {
      await write(
        {
          sql: `INSERT INTO flags (id, exchange_id, author, reason, created_at, withdrawn) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING`,
          args: [flag.id, flag.exchangeId, JSON.stringify(flag.author), flag.reason, flag.createdAt, flag.withdrawn],
        },
        ...auditIfChanged(entry),
      );
    },

    async addCorrection(correction, entry) {
      await writeAlone(
        'corrections',
        {
          sql: `INSERT INTO corrections
                  (seq, id, exchange_id, question, options, answer, rationale, replaced, topic, author, created_at, withdrawn)
                VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM corrections), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING`,
          args: [
            correction.id,
            correction.exchangeId,
            correction.question,
            correction.options ? JSON.stringify(correction.options) : null,
            correction.answer,
            correction.rationale,
            correction.replaced,
            JSON.stringify(correction.topic),
            JSON.stringify(correction.author),
            correction.createdAt,
            correction.withdrawn,
          ],
        },
        ...auditIfChanged(entry),
      );
      const [row] = await rows('SELECT * FROM corrections WHERE id = ?', correction.id);
      return correctionOf(row!);
    },

    async addRating(rating, entry) {
      const { id, exchangeId, author } = rating;
      await writeAlone(
        `ratings ${exchangeId} ${author.id}`,
        {
          sql: `UPDATE ratings SET withdrawn = 1 WHERE exchange_id = ? AND author_id = ? AND withdrawn = 0
                AND NOT EXISTS (SELECT 1 FROM ratings AS known WHERE known.id = ?)`,
          args: [exchangeId, author.id, id],
        },
        {
          sql: `INSERT INTO ratings (id, exchange_id, author_id, author, value, created_at, withdrawn)
                VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING`,
          args: [id, exchangeId, author.id, JSON.stringify(author), rating.value, rating.createdAt],
        },
        ...auditIfChanged(entry),
      );
    },

    async mark(id): Promise<Mark | undefined> {
      const [flag] = await rows('SELECT * FROM flags WHERE id = ?', id);
      if (flag) return { kind: 'flag', flag: flagOf(flag) };
      const [correction] = await rows('SELECT * FROM corrections WHERE id = ?', id);
      if (correction) return { kind: 'correction', correction: correctionOf(correction) };
      const [rating] = await rows('SELECT * FROM ratings WHERE id = ?', id);
      return rating && { kind: 'rating', rating: ratingOf(rating) };
    },

    async withdraw(id, entry) {
      const mark = await this.mark(id);
      if (!mark) return false;
      const sql = {
        flag: 'UPDATE flags SET withdrawn = 1 WHERE id = ? AND withdrawn = 0',
        rating: 'UPDATE ratings SET withdrawn = 1 WHERE id = ? AND withdrawn = 0',
        correction:
          'UPDATE corrections SET withdrawn = 1, seq = (SELECT MAX(seq) + 1 FROM corrections) WHERE id = ? AND withdrawn = 0',
      }[mark.kind];
      const [changed] = await writeAlone('corrections', { sql, args: [id] }, ...auditIfChanged(entry));
      return changed! > 0;
    },

    async corrections(after) {
      return (await rows('SELECT * FROM corrections WHERE seq > ? ORDER BY seq', after)).map(correctionOf);
    },

    async openQuestions() {
      return (await rows(`SELECT * FROM open_questions WHERE ${OPEN} ORDER BY created_at, exchange_id`)).map(
        (row): OpenQuestion => ({
          exchangeId: text(row.exchange_id),
          question: text(row.question),
          topic: json(row.topic),
          reason: text(row.reason),
          createdAt: text(row.created_at),
        }),
      );
    },

    async audit(entry) {
      await write(insertAudit(entry, 'WHERE true'));
    },

    async *export(log) {
      const { table, read } = EXPORTS[log];
      for (let after = 0; ; ) {
        const page = await rows(`SELECT * FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ${EXPORT_PAGE}`, after);
        const exchanges = log === 'exchanges' ? await withMarks(page) : [];
        for (const [i, row] of page.entries()) yield exchanges[i] ?? read(row);
        if (page.length < EXPORT_PAGE) return;
        after = Number(page.at(-1)!.seq);
      }
    },

    async counts() {
      const [row] = await rows(`SELECT
        (SELECT COUNT(*) FROM exchanges) AS exchanges,
        (SELECT COUNT(*) FROM flags WHERE withdrawn = 0) AS flags,
        (SELECT COUNT(*) FROM corrections WHERE withdrawn = 0) AS corrections,
        (SELECT COUNT(*) FROM open_questions WHERE ${OPEN}) AS open`);
      return {
        exchanges: Number(row!.exchanges),
        flags: Number(row!.flags),
        corrections: Number(row!.corrections),
        openEscalations: Number(row!.open),
      };
    },

    close: () => database.close(),
  };
}

const OPEN = `NOT EXISTS
  (SELECT 1 FROM corrections WHERE corrections.exchange_id = open_questions.exchange_id AND withdrawn = 0)`;

/** `when`: condition on the exchange they belong to. */
function extras({ trace, open }: { trace?: Trace; open?: OpenQuestion }, when = ''): Statement[] {
  const statements: Statement[] = [];
  if (trace) {
    statements.push({
      sql: `INSERT INTO traces (id, exchange_id, trace) SELECT ?, id, ? FROM exchanges WHERE id = ? ${when}
            ON CONFLICT (id) DO NOTHING`,
      args: [trace.id, JSON.stringify(trace), trace.exchangeId],
    });
  }
  if (open) {
    statements.push({
      sql: `INSERT INTO open_questions (exchange_id, question, topic, reason, created_at)
            SELECT id, ?, ?, ?, ? FROM exchanges WHERE id = ? ${when} ON CONFLICT (exchange_id) DO NOTHING`,
      args: [open.question, JSON.stringify(open.topic), open.reason, open.createdAt, open.exchangeId],
    });
  }
  return statements;
}

const EXPORTS: Record<Parameters<Store['export']>[0], { table: string; read: (row: Row) => object }> = {
  flags: {
    table: `(SELECT flags.*, exchanges.message, exchanges.reply
             FROM flags LEFT JOIN exchanges ON exchanges.id = flags.exchange_id) AS flagged`,
    read: (row) => {
      const answer = row.reply === null ? undefined : json<Reply>(row.reply).answer;
      const question = row.message === null ? null : json<Message>(row.message).text;
      return { ...flagOf(row), question, answer: answer?.answer ?? null, answeredBy: answer?.answeredBy ?? null };
    },
  },
  ratings: { table: 'ratings', read: ratingOf },
  traces: { table: 'traces', read: (row) => json<Trace>(row.trace) },
  audit: { table: 'audit', read: auditOf },
  corrections: { table: 'corrections', read: correctionOf },
  exchanges: { table: 'exchanges', read: (row) => row },
};

/** An exchange that nobody has put a mark on. */
function unmarked(row: Row): Exchange {
  return {
    id: text(row.id),
    message: json<Message>(row.message),
    reply: json<Reply>(row.reply),
    postId: row.post_id === null ? null : text(row.post_id),
    state: text(row.state) as Exchange['state'],
    createdAt: text(row.created_at),
    updatedAt: text(row.updated_at),
    ...{ flags: [], corrections: [], ratings: [] },
  };
}

function flagOf(row: Row): Flag {
  return {
    id: text(row.id),
    exchangeId: text(row.exchange_id),
    author: json(row.author),
    reason: text(row.reason),
    createdAt: text(row.created_at),
    withdrawn: Number(row.withdrawn) === 1,
  };
}

function ratingOf(row: Row): Rating {
  return {
    id: text(row.id),
    exchangeId: text(row.exchange_id),
    author: json(row.author),
    value: text(row.value) as Rating['value'],
    createdAt: text(row.created_at),
    withdrawn: Number(row.withdrawn) === 1,
  };
}

function correctionOf(row: Row): Correction {
  return {
    id: text(row.id),
    seq: Number(row.seq),
    exchangeId: text(row.exchange_id),
    question: text(row.question),
    ...(row.options === null ? {} : { options: json<string[]>(row.options) }),
    answer: text(row.answer),
    rationale: text(row.rationale),
    replaced: text(row.replaced),
    topic: json(row.topic),
    author: json(row.author),
    createdAt: text(row.created_at),
    withdrawn: Number(row.withdrawn) === 1,
  };
}

function auditOf(row: Row): AuditEntry {
  return {
    id: text(row.id),
    at: text(row.at),
    who: json(row.who),
    what: text(row.what),
    target: text(row.target),
    before: text(row.before),
    after: text(row.after),
    allowed: Number(row.allowed) === 1,
  };
}

export function text(value: unknown): string {
  if (typeof value !== 'string')
    throw new RoundsError('store', `a text was expected in the store, not ${typeof value}`);
  return value;
}

export function json<T>(value: unknown): T {
  return JSON.parse(text(value)) as T;
}
