/** Flag an answer as wrong or doubtful, with a reason: material for the next round, seen by engineers. */
import { auditEntry } from '../middleware/audit.ts';
import { isBinary } from '../middleware/guard.ts';
import type { Action, ActionResult } from '../types.ts';
import { answerNow, type Desk, quoted } from './desk.ts';

const MAX_REASON = 1000;

export async function flag(desk: Desk, action: Extract<Action, { kind: 'flag' }>): Promise<ActionResult> {
  const reason = action.reason.trim();
  if (reason === '') return invalid('A flag needs a reason: write "flag" and what is wrong with the answer.');
  if (reason.length > MAX_REASON) return invalid(`The reason is too long: ${MAX_REASON} characters at most.`);
  if (isBinary(reason)) return invalid('The reason holds control characters: write it as plain text.');
  const exchange = await desk.store.exchange(action.exchangeId);
  if (!exchange) return invalid('There is no such answer to flag.');
  if (!exchange.reply.answer) return invalid('There is no answer to flag yet.');
  const known = await desk.store.mark(action.id);
  if (known && (known.kind !== 'flag' || known.flag.exchangeId !== exchange.id)) {
    return invalid('This action was already used for something else: send it again.');
  }
  const at = desk.clock();
  await desk.store.addFlag(
    {
      id: action.id,
      exchangeId: exchange.id,
      author: action.author,
      reason,
      createdAt: at.toISOString(),
      withdrawn: false,
    },
    auditEntry(
      action.author,
      { what: 'flag', target: exchange.id, before: answerNow(exchange), after: reason, allowed: true },
      at,
      `flag/${action.id}`,
    ),
  );
  return { kind: 'done', id: action.id, notice: `Flagged the answer to ${quoted(exchange.message.text)}: ${reason}` };
}

function invalid(notice: string): ActionResult {
  return { kind: 'invalid', notice };
}
