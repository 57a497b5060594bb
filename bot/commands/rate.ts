/** A thumb on an answer: where it points down a round looks closer, and an engineer's upward one vouches for the answer. */
import { auditEntry } from '../middleware/audit.ts';
import type { Action, ActionResult } from '../types.ts';
import { answerNow, type Desk, quoted } from './desk.ts';

export async function rate(desk: Desk, action: Extract<Action, { kind: 'rate' }>): Promise<ActionResult> {
  const exchange = await desk.store.exchange(action.exchangeId);
  if (!exchange) return invalid('There is no such answer to rate.');
  if (!exchange.reply.answer) return invalid('There is no answer to rate yet.');
  const known = await desk.store.mark(action.id);
  if (known && (known.kind !== 'rating' || known.rating.exchangeId !== exchange.id)) {
    return invalid('This action was already used for something else: send it again.');
  }
  const at = desk.clock();
  await desk.store.addRating(
    {
      id: action.id,
      exchangeId: exchange.id,
      author: action.author,
      value: action.value,
      createdAt: at.toISOString(),
      withdrawn: false,
    },
    auditEntry(
      action.author,
      { what: 'rate', target: exchange.id, before: answerNow(exchange), after: action.value, allowed: true },
      at,
      `rate/${action.id}`,
    ),
  );
  const thumb = action.value === 'up' ? '👍' : '👎';
  return { kind: 'done', id: action.id, notice: `${thumb} on the answer to ${quoted(exchange.message.text)}` };
}

function invalid(notice: string): ActionResult {
  return { kind: 'invalid', notice };
}
