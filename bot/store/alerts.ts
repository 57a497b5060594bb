/** What the alert desk remembers, in SQL. Every write is one transaction. It does not know what alarms and cards mean. */
import { randomUUID } from 'node:crypto';
import { RoundsError } from '../../models/errors.ts';
import { alarmId, isAtRest } from '../alerts/alarm.ts';
import { shownAt } from '../alerts/place.ts';
import type { Alarm, AlertStore, CardRecord, DeskState, Entry } from '../alerts/types.ts';
import type { Alert, AlertCard } from '../types.ts';
import { auditIfChanged } from './audit.ts';
import type { Database, Row, Statement, Value } from './database.ts';
import { json, text } from './store.ts';

/** Rows of one INSERT, and names of one SELECT. */
const PAGE = 200;
const CARDS_LIMIT = 500;
const LOG = 'alert_log (id, kind, at, entry)';

export function alertStore({ rows, run, write }: Database): AlertStore {
  const among = async (sql: string, ids: readonly string[]): Promise<Row[]> => {
    const found: Row[] = [];
    for (const page of pagesOf(ids)) found.push(...(await rows(`${sql} (${page.map(() => '?').join(', ')})`, ...page)));
    return found;
  };

  return {
    async append(alerts, at) {
      if (alerts.length === 0) return 0;
      const lines = alerts.filter(({ began }) => began === undefined).map((alert) => alertLine(alert, at));
      const statements = [
        ...inserts(LOG, lines, 'ON CONFLICT (id) DO NOTHING'),
        ...alerts.filter(({ began }) => began !== undefined).flatMap((alert) => saidAgain(alert, at)),
      ];
      const changed = await write(...statements);
      const stored = changed.filter((_, i) => statements[i]!.sql.includes(LOG));
      return stored.reduce((sum, count) => sum + count, 0);
    },

    async appendAction(action, at, audit) {
      const [stored] = await write(
        ...inserts(
          LOG,
          [[`act/${action.id}`, 'act', at, JSON.stringify({ kind: 'act', action } satisfies Entry)]],
          'ON CONFLICT (id) DO NOTHING',
        ),
        ...auditIfChanged(audit),
      );
      return stored === 1;
    },

    async showAgain(cardIds, at) {
      const lines = cardIds.map((cardId): Value[] => [
        ...[`again/${cardId}/${randomUUID()}`, 'act', at],
        JSON.stringify({ kind: 'again', cardId } satisfies Entry),
      ]);
      await write(...inserts(LOG, lines, ''));
    },

    async unhandled(limit) {
      const found = await rows('SELECT seq, at, entry FROM alert_log WHERE handled = 0 ORDER BY seq LIMIT ?', limit);
      return found.map((row) => ({ seq: Number(row.seq), at: text(row.at), entry: json<Entry>(row.entry) }));
    },

    async take(holder, now, leaseMs) {
      await run(
        "INSERT INTO alert_desk (id, epoch, holder, lease_until, state) VALUES (1, 0, '', 0, ?) ON CONFLICT (id) DO NOTHING",
        JSON.stringify({ rates: {} } satisfies DeskState),
      );
      const taken = await run(
        'UPDATE alert_desk SET epoch = epoch + 1, holder = ?, lease_until = ? WHERE id = 1 AND (holder = ? OR lease_until < ?)',
        ...[holder, now + leaseMs, holder, now],
      );
      if (taken === 0) return null;
      const [row] = await rows('SELECT epoch, state FROM alert_desk WHERE id = 1 AND holder = ?', holder);
      return row ? { epoch: Number(row.epoch), state: json<DeskState>(row.state) } : null;
    },

    async renew(epoch, until) {
      return (await run('UPDATE alert_desk SET lease_until = ? WHERE id = 1 AND epoch = ?', until, epoch)) === 1;
    },

    async leave(epoch) {
      await run("UPDATE alert_desk SET lease_until = 0, holder = '' WHERE id = 1 AND epoch = ?", epoch);
    },

    async save(epoch, { handled, state, alarms, cards, activations }) {
      const ofHandled = pagesOf(handled).map(
        (page): Statement => ({
          sql: `UPDATE alert_log SET handled = 1 WHERE seq IN (${page.map(() => '?').join(', ')})`,
          args: page,
        }),
      );
      try {
        await write(
          // Whoever lost the desk sets NULL where none may stand, and with that undoes the whole.
          {
            sql: 'UPDATE alert_desk SET epoch = CASE WHEN epoch = ? THEN epoch ELSE NULL END, state = ? WHERE id = 1',
            args: [epoch, JSON.stringify(state)],
          },
          ...ofHandled,
          ...inserts(
            'alarms (id, live, card_id, updated_at, alarm)',
            alarms.map(alarmRow),
            `ON CONFLICT (id) DO UPDATE SET live = excluded.live, card_id = excluded.card_id,
             updated_at = excluded.updated_at, alarm = excluded.alarm`,
          ),
          ...inserts(
            'alert_cards (id, adapter, channel, posted, live, opened_at, ended_at, updated_at, record, card)',
            cards.map(({ record, card }) => cardRow(record, card)),
            `ON CONFLICT (id) DO UPDATE SET adapter = excluded.adapter, channel = excluded.channel,
             posted = excluded.posted, live = excluded.live, ended_at = excluded.ended_at,
             updated_at = excluded.updated_at, record = excluded.record, card = excluded.card`,
          ),
          ...inserts(
            'alarm_activations (at, alarm_id, channel, announced)',
            activations.map(({ at, alarmId, channel, announced }) => [at, alarmId, channel, announced ? 1 : 0]),
            '',
          ),
        );
      } catch (error) {
        if (/not.?null/i.test(`${(error as Error).message} ${(error as { code?: unknown }).code}`)) {
          throw new RoundsError('desk_lost', 'another process works off the alerts now', { cause: error });
        }
        throw error;
      }
    },

    async alarms(ids) {
      return (await among('SELECT alarm FROM alarms WHERE id IN', ids)).map((row) => json<Alarm>(row.alarm));
    },

    async liveAlarms() {
      return (await rows('SELECT alarm FROM alarms WHERE live = 1')).map((row) => json<Alarm>(row.alarm));
    },

    async liveCards(since) {
      const live = 'SELECT record FROM alert_cards WHERE live = 1 OR ended_at > ? ORDER BY opened_at, id';
      return (await rows(live, since)).map((row) => json<CardRecord>(row.record)).filter(({ folded }) => !folded);
    },

    async record(cardId) {
      const [row] = await rows('SELECT record FROM alert_cards WHERE id = ?', cardId);
      return row && json<CardRecord>(row.record);
    },

    async card(cardId) {
      const [row] = await rows('SELECT card FROM alert_cards WHERE id = ?', cardId);
      return row && json<AlertCard>(row.card);
    },

    async cards({ adapter, channel, open, since, limit }) {
      const where: string[] = ['posted = 1', ...(open ? ['live = 1'] : [])];
      const args: Value[] = [];
      for (const [column, value] of [
        ['adapter = ?', adapter],
        ['channel = ?', channel],
        ['ended_at > ?', since],
      ] as const) {
        if (value === undefined) continue;
        where.push(column);
        args.push(value);
      }
      const most = Math.max(1, Math.min(limit ?? CARDS_LIMIT, CARDS_LIMIT));
      const found = await rows(
        `SELECT card FROM alert_cards WHERE ${where.join(' AND ')} ORDER BY opened_at DESC, id DESC LIMIT ?`,
        ...args,
        most,
      );
      const cards = found.reverse().map((row) => json<AlertCard>(row.card));
      // One that is over and not yet shown so is live, too.
      return open ? cards.filter(({ state }) => state === 'open') : cards;
    },

    async changed(adapter, since) {
      const found = await rows(
        'SELECT channel, card, record FROM alert_cards WHERE posted = 1 AND adapter = ? AND updated_at > ? ORDER BY updated_at LIMIT ?',
        ...[adapter, since, CARDS_LIMIT],
      );
      return found.map(({ channel, card, record }) => ({
        ...{ channel: text(channel), card: json<AlertCard>(card), version: json<CardRecord>(record).version },
      }));
    },

    async cardsBetween(from, to) {
      const found = await rows(
        'SELECT record FROM alert_cards WHERE opened_at <= ? AND (live = 1 OR ended_at >= ?) ORDER BY opened_at, id',
        to,
        from,
      );
      return found.map((row) => json<CardRecord>(row.record)).filter(({ folded }) => !folded);
    },

    async activations(from, to) {
      const found = await rows(
        'SELECT at, alarm_id, channel, announced FROM alarm_activations WHERE at >= ? AND at < ? ORDER BY at, seq',
        from,
        to,
      );
      return found.map((row) => ({
        ...{ at: Number(row.at), alarmId: text(row.alarm_id), channel: text(row.channel) },
        announced: Number(row.announced) === 1,
      }));
    },

    async reject(source, reason, at) {
      await run(
        `INSERT INTO alert_rejections (source, reason, count, last_at) VALUES (?, ?, 1, ?)
         ON CONFLICT (source, reason) DO UPDATE SET count = alert_rejections.count + 1, last_at = excluded.last_at`,
        ...[source, reason, at],
      );
    },

    async rejections() {
      return (await rows('SELECT source, reason, count FROM alert_rejections ORDER BY source, reason')).map((row) => ({
        ...{ source: text(row.source), reason: text(row.reason), count: Number(row.count) },
      }));
    },

    async forget(before, limit) {
      const at = before.toISOString();
      // In order of coming, so that a look at the oldest is enough.
      const oldest = await rows('SELECT seq, at, handled FROM alert_log ORDER BY seq LIMIT ?', limit);
      const old = oldest.filter((row) => Number(row.handled) === 1 && text(row.at) < at);
      const gone = await write(
        ...pagesOf(old).map((page) => ({
          sql: `DELETE FROM alert_log WHERE seq IN (${page.map(() => '?').join(', ')})`,
          args: page.map((row) => Number(row.seq)),
        })),
        {
          sql: 'DELETE FROM alert_ends WHERE NOT EXISTS (SELECT 1 FROM alert_log WHERE alert_log.seq = alert_ends.seq)',
        },
        {
          sql: `DELETE FROM alarm_activations WHERE seq IN
                (SELECT seq FROM alarm_activations WHERE at < ? ORDER BY at LIMIT ?)`,
          args: [before.getTime(), limit],
        },
        {
          sql: `DELETE FROM alert_cards WHERE id IN
                (SELECT id FROM alert_cards WHERE live = 0 AND ended_at < ? ORDER BY ended_at LIMIT ?)`,
          args: [at, limit],
        },
        // At rest, but listed on a card that is still open: it stays as long as that.
        {
          sql: `DELETE FROM alarms WHERE id IN
                (SELECT id FROM alarms WHERE live = 0 AND updated_at < ? AND NOT EXISTS
                  (SELECT 1 FROM alert_cards WHERE alert_cards.id = alarms.card_id AND alert_cards.live = 1)
                 ORDER BY updated_at LIMIT ?)`,
          args: [at, limit],
        },
      );
      return gone.reduce((sum, count) => sum + count, 0);
    },

    async counts() {
      const [row] = await rows(`SELECT
        (SELECT COUNT(*) FROM alert_log WHERE kind = 'alert') AS alerts,
        (SELECT COUNT(*) FROM alert_log WHERE handled = 0) AS waiting`);
      return { alerts: Number(row!.alerts), waiting: Number(row!.waiting) };
    },
  };
}

/**
 * Of a source that says what is, again and again: an activation is stored once until its end is; said after that it is
 * another one. An end is stored once for ever: a late one must not close what began after it.
 */
function saidAgain(alert: Alert, at: string): Statement[] {
  const [id, ...rest] = alertLine(alert, at);
  const alarm = alarmId(alert);
  if (alert.status !== 'normal') {
    const end = "COALESCE((SELECT '/' || seq FROM alert_ends WHERE alarm_id = ?), '')";
    const values = `VALUES (CAST(? AS TEXT) || ${end}, ?, ?, ?)`;
    return [{ sql: `INSERT INTO ${LOG} ${values} ON CONFLICT (id) DO NOTHING`, args: [id!, alarm, ...rest] }];
  }
  return [
    ...inserts(LOG, [[id!, ...rest]], 'ON CONFLICT (id) DO NOTHING'),
    {
      sql: `INSERT INTO alert_ends (alarm_id, seq) SELECT CAST(? AS TEXT), seq FROM alert_log WHERE id = ?
            ON CONFLICT (alarm_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > alert_ends.seq`,
      args: [alarm, id!],
    },
  ];
}

function alertLine(alert: Alert, at: string): Value[] {
  return [`alert/${alert.source}/${alert.id}`, 'alert', at, JSON.stringify({ kind: 'alert', alert } satisfies Entry)];
}

/** One row a list of values, in as few statements as may be. */
function inserts(into: string, lines: readonly Value[][], conflict: string): Statement[] {
  return pagesOf(lines).map((page) => ({
    sql: `INSERT INTO ${into} VALUES ${page.map((line) => `(${line.map(() => '?').join(', ')})`).join(', ')} ${conflict}`,
    args: page.flat(),
  }));
}

function alarmRow(alarm: Alarm): Value[] {
  return [alarm.id, isAtRest(alarm) ? 0 : 1, alarm.cardId ?? '', alarm.updatedAt, JSON.stringify(alarm)];
}

function cardRow(record: CardRecord, card: AlertCard): Value[] {
  const unshown = !record.folded && (record.shown < record.version || record.notes.length > 0);
  const live = !record.folded && (record.state === 'open' || unshown || (record.toTell?.length ?? 0) > 0);
  const { adapter, channel } = shownAt(record);
  return [
    ...[record.id, adapter, channel, record.postId === null ? 0 : 1, live ? 1 : 0, record.openedAt],
    ...[record.resolvedAt ?? record.updatedAt, record.updatedAt, JSON.stringify(record), JSON.stringify(card)],
  ];
}

function pagesOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / PAGE) }, (_, i) => items.slice(i * PAGE, (i + 1) * PAGE));
}
