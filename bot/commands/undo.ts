/** Withdraw a flag, a correction or a thumb: one's own, or anybody's for an engineer. */
import { auditEntry } from '../middleware/audit.ts';
import { may } from '../middleware/authorize.ts';
import type { Action, ActionResult } from '../types.ts';
import { type Desk, marked, quoted } from './desk.ts';

/** `exchangeId` is that of the answer whose mark was withdrawn. */
export async function undo(
  desk: Desk,
  action: Extract<Action, { kind: 'undo' }>,
): Promise<ActionResult & { exchangeId?: string }> {
  const mark = await desk.store.mark(action.target);
  if (!mark) return { kind: 'invalid', notice: 'There is no such flag, correction or thumb to undo.' };
  const { said, ...one } = marked(mark);
  const at = desk.clock();
  const note = { what: `undo ${mark.kind}`, target: one.id, before: said, after: '', allowed: true };
  if (one.author.id !== action.author.id && !may(desk.rolesOf(action.author), 'correct')) {
    await desk.store.audit(auditEntry(action.author, { ...note, after: said, allowed: false }, at));
    return { kind: 'denied', notice: `This ${mark.kind} is not yours: ask an engineer to undo it.` };
  }
  const withdrawn = await desk.store.withdraw(one.id, auditEntry(action.author, note, at, `undo/${one.id}`));
  const notice = withdrawn
    ? `Withdrew the ${mark.kind} ${quoted(said)}.`
    : `The ${mark.kind} ${quoted(said)} was withdrawn before.`;
  return { kind: 'done', id: one.id, notice, exchangeId: one.exchangeId };
}
