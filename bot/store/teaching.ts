/**
 * What leaves the machine for a teacher, and what it costs: the day's booking, the call and its audit entry are one
 * transaction, made before the text leaves. The audit entry holds the text as it left, redacted.
 */
import type { Booking, Ledger, Spent } from '../../models/teacher/types.ts';
import { auditEntry } from '../middleware/audit.ts';
import { insertAudit } from './audit.ts';
import type { Database } from './database.ts';

export function teachingLedger({ rows, write }: Database, clock: () => Date = () => new Date()): Ledger {
  const dayNow = (): string => clock().toISOString().slice(0, 10);

  const today = async (): Promise<Spent> => {
    const day = dayNow();
    const [spent] = await rows('SELECT tokens, micros FROM teacher_days WHERE day = ?', day);
    const [calls] = await rows(
      "SELECT COUNT(*) AS calls, SUM(CASE WHEN outcome IN ('', 'answered') THEN 0 ELSE 1 END) AS failures FROM teacher_calls WHERE day = ?",
      day,
    );
    return {
      tokens: Number(spent?.tokens ?? 0),
      micros: Number(spent?.micros ?? 0),
      calls: Number(calls?.calls ?? 0),
      failures: Number(calls?.failures ?? 0),
    };
  };

  return {
    async book({ id, teacher, destination, text, taken }, most, limit): Promise<Booking> {
      const at = clock();
      const day = dayNow();
      const [tokens, micros] = [limit.tokens ?? Number.MAX_SAFE_INTEGER, limit.micros ?? Number.MAX_SAFE_INTEGER];
      const kinds = Object.entries(taken).map(([kind, count]) => `${count} ${kind}`);
      const note = {
        what: 'sent to teacher',
        target: `${teacher} at ${destination}`,
        before: kinds.length > 0 ? `held back: ${kinds.join(', ')}` : '',
        after: text,
        allowed: true,
      };
      const [, booked] = await write(
        {
          sql: 'INSERT INTO teacher_days (day, tokens, micros) VALUES (?, 0, 0) ON CONFLICT (day) DO NOTHING',
          args: [day],
        },
        {
          sql: `UPDATE teacher_days SET tokens = tokens + ?, micros = micros + ?
                WHERE day = ? AND tokens <= ? AND micros <= ?`,
          args: [most.tokens, most.micros, day, tokens - most.tokens, micros - most.micros],
        },
        {
          sql: `INSERT INTO teacher_calls (id, day, at, teacher, destination, tokens, micros, outcome)
                SELECT ?, ?, ?, ?, ?, CAST(? AS BIGINT), CAST(? AS BIGINT), '' WHERE changes() > 0`,
          args: [id, day, at.toISOString(), teacher, destination, most.tokens, most.micros],
        },
        insertAudit(auditEntry(TEACHER, note, at, `sent/${id}`), 'WHERE changes() > 0'),
      );
      if (booked) return { kind: 'booked' };
      return { kind: 'over', spent: await today() };
    },

    async settle(id, { tokens, micros }, outcome) {
      await write(
        {
          sql: `UPDATE teacher_days SET
                  tokens = tokens + ? - (SELECT tokens FROM teacher_calls WHERE id = ?),
                  micros = micros + ? - (SELECT micros FROM teacher_calls WHERE id = ?)
                WHERE day = (SELECT day FROM teacher_calls WHERE id = ?)`,
          args: [tokens, id, micros, id, id],
        },
        {
          sql: 'UPDATE teacher_calls SET tokens = ?, micros = ?, outcome = ? WHERE id = ?',
          args: [tokens, micros, outcome.slice(0, 300), id],
        },
      );
    },

    today,
  };
}

const TEACHER = { id: 'rounds:teacher', name: 'Rounds' };
