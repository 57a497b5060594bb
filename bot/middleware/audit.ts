/** Writes what the other middleware noted about a message into the audit log, before the sender hears of it. */
import { newId } from '../ids.ts';
import type { AuditEntry, Person, Store } from '../types.ts';
import type { AuditNote, DoorMiddleware } from './context.ts';

export function audit(store: Pick<Store, 'audit'>, clock: () => Date): DoorMiddleware {
  return async function audit(incoming, next) {
    await next();
    for (const note of incoming.notes) await store.audit(auditEntry(incoming.message.author, note, clock()));
  };
}

/** `id`: given where the same deed may be written twice after a crash. */
export function auditEntry(who: Person, note: AuditNote, at: Date, id = newId(at)): AuditEntry {
  return { id, at: at.toISOString(), who, ...note };
}
