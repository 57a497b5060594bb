/** Audit entries as statements, for whoever writes them in one transaction with a deed. */
import type { AuditEntry } from '../types.ts';
import type { Statement } from './database.ts';

/** The entry belongs to the statement before it: no change, no entry. */
export function auditIfChanged(entry: AuditEntry | undefined): Statement[] {
  return entry ? [insertAudit(entry, 'WHERE changes() > 0')] : [];
}

export function insertAudit(entry: AuditEntry, where: string): Statement {
  return {
    sql: `INSERT INTO audit (id, at, who, what, target, before, after, allowed)
          SELECT ?, ?, ?, ?, ?, ?, ?, CAST(? AS BIGINT) ${where} ON CONFLICT (id) DO NOTHING`,
    args: [
      entry.id,
      entry.at,
      JSON.stringify(entry.who),
      entry.what,
      entry.target,
      entry.before,
      entry.after,
      entry.allowed,
    ],
  };
}
