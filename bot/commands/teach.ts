/**
 * Teach from a message: an engineer turns what somebody wrote in a channel into question and answer. It is kept as an
 * exchange nobody asked, with a correction on it, so that everything that holds for corrections (example at once, undo,
 * safety rule, the next round) holds for it. The same action twice is one lesson.
 */
import { unfit } from '../middleware/guard.ts';
import { safetyRequest } from '../middleware/safety.ts';
import type { Action, ActionResult, Answer } from '../types.ts';
import { correct, unfitCorrection, untaught } from './correct.ts';
import { type Desk, quoted } from './desk.ts';

/** The caller has checked that the author may. */
export async function teach(desk: Desk, action: Extract<Action, { kind: 'teach' }>): Promise<ActionResult> {
  const { id, author, answer, rationale } = action;
  const question = action.question.trim();
  // What `correct` would turn away must leave no exchange behind.
  const fault =
    (question === '' ? 'What is taught needs a question: write what somebody would ask.' : unfit({ text: question })) ??
    unfitCorrection(answer.trim(), rationale.trim()) ??
    (safetyRequest(question) !== null || safetyRequest(answer, 'advice') !== null ? untaught(desk.safety) : null);
  if (fault) return { kind: 'invalid', notice: fault };
  const exchangeId = `taught-${id}`;
  const message = { id: exchangeId, place: action.place, author, text: question, sentAt: desk.clock().toISOString() };
  await desk.store.record(
    message,
    { exchangeId, final: true, stage: 'received', answer: unanswered(desk, question) },
    {},
  );
  const result = await correct(desk, { kind: 'correct', id, exchangeId, author, answer, rationale });
  return result.kind === 'done' ? { ...result, notice: `Learned for ${quoted(question)}: ${answer.trim()}` } : result;
}

/** Nobody was asked: the exchange holds the question only, and the correction its answer. */
function unanswered({ topicOf }: Desk, question: string): Answer {
  return {
    ...{ outcome: 'escalated', answer: '', rationale: '', confidence: 0, answeredBy: 'person', sources: [] },
    ...{ reason: 'Taught from a message.', student: 'none', ms: 0 },
    topic: topicOf?.(question) ?? { faults: [], parameters: [] },
  };
}
