/**
 * Accept, reject or take back a decision on what waits for a review. Accepting a complaint says that the answer was wrong;
 * with the right answer beside it that is a correction, without one the next round asks the teachers. Accepting anything
 * else says that it may be taught. A decision on a matter holds for all that is the same.
 */
import { auditEntry } from '../middleware/audit.ts';
import { may } from '../middleware/authorize.ts';
import { type Matter, reviewed } from '../review/items.ts';
import type { Action, ActionResult, ReviewItem } from '../types.ts';
import { correct } from './correct.ts';
import { type Desk, quoted } from './desk.ts';

/** All items, those that wait first, oldest first. The caller has checked that the asker may see them. */
export async function reviewList(desk: Pick<Desk, 'store' | 'rolesOf'>): Promise<ReviewItem[]> {
  const matters = await mattersOf(desk);
  const waits = (one: Matter): number => (one.state === 'waiting' ? 0 : 1);
  return matters
    .sort((a, b) => waits(a) - waits(b) || (a.createdAt < b.createdAt ? -1 : 1))
    .map(({ topic: _t, authors: _a, trace: _tr, correction: _c, ...item }) => item);
}

/** The caller has checked that the author may. `exchangeIds`: answers that look different now. */
export async function review(
  desk: Pick<Desk, 'store' | 'rolesOf' | 'clock' | 'safety'>,
  action: Extract<Action, { kind: 'review' }>,
): Promise<ActionResult & { exchangeIds?: string[] }> {
  const item = (await mattersOf(desk)).find(({ id }) => id === action.item);
  if (!item)
    return invalid(`There is nothing to review under ${action.item}: \`rounds review list\` names what waits.`);
  const answer = action.answer?.trim() ?? '';
  if (answer !== '' && (action.decision !== 'accept' || item.kind === 'doubt' || item.exchanges.length === 0)) {
    return invalid(
      'A right answer is given when a complaint, a correction or an answer is accepted: leave it out here.',
    );
  }
  const at = desk.clock();
  const note = { target: item.id, before: item.state, allowed: true };
  if (action.decision === 'undo') {
    const entry = auditEntry(action.author, { ...note, what: 'review undo', after: 'waiting' }, at);
    const undone = await desk.store.undecide(item.id, entry);
    return undone
      ? { kind: 'done', id: item.id, notice: `Waits for a review again: ${quoted(item.question)}` }
      : invalid(`Nothing was decided on ${item.id}: there is nothing to undo.`);
  }
  let touched: string[] = [];
  if (answer !== '') {
    // A person's own answer is a correction like any other: example at once, audited, undone as one.
    const exchangeId = item.exchanges.at(-1)!;
    const { id, author, rationale = '' } = action;
    const result = await correct(desk as Desk, { kind: 'correct', id, exchangeId, author, answer, rationale });
    if (result.kind !== 'done') return result;
    touched = [exchangeId];
  }
  const decision = action.decision === 'accept' ? 'accepted' : 'rejected';
  await desk.store.decide(
    { item: item.id, decision, by: action.author, at: at.toISOString() },
    auditEntry(action.author, { ...note, what: `review ${action.decision}`, after: decision }, at),
  );
  if (decision === 'rejected' && item.correction) {
    // It must not go on standing as an example either.
    const { id, answer: said, exchangeId } = item.correction;
    const withdrawal = { what: 'undo correction', target: id, before: said, after: '', allowed: true };
    await desk.store.withdraw(id, auditEntry(action.author, withdrawal, at, `undo/${id}`));
    touched = [exchangeId];
  }
  return { kind: 'done', id: item.id, notice: `${capital(decision)}: ${quoted(item.question)}`, exchangeIds: touched };
}

async function mattersOf({ store, rolesOf }: Pick<Desk, 'store' | 'rolesOf'>): Promise<Matter[]> {
  return (await reviewed(store, (person) => may(rolesOf(person), 'review'))).matters;
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function invalid(notice: string): ActionResult {
  return { kind: 'invalid', notice };
}
