/**
 * Correct an answer: what an engineer says stands for the exchange at once, and is an in-context example for the chain
 * from the moment this resolves. Refusals of the safety rule cannot be corrected, nor may a correction ask for one.
 */
import { auditEntry } from '../middleware/audit.ts';
import { isBinary } from '../middleware/guard.ts';
import { type Safety, safetyRequest } from '../middleware/safety.ts';
import type { Action, ActionResult } from '../types.ts';
import { answerNow, type Desk, quoted } from './desk.ts';
import { parseCommand } from './parse.ts';

const MAX_ANSWER = 2000;
const MAX_RATIONALE = 4000;

/** The caller has checked that the author may. */
export async function correct(desk: Desk, action: Extract<Action, { kind: 'correct' }>): Promise<ActionResult> {
  const given = action.answer.trim();
  const rationale = action.rationale.trim();
  const fault = unfitCorrection(given, rationale);
  if (fault) return invalid(fault);
  const exchange = await desk.store.exchange(action.exchangeId);
  if (!exchange) return invalid('There is no such answer to correct.');
  const replaced = exchange.reply.answer;
  if (!replaced || exchange.state !== 'done') return invalid('There is no answer to correct yet.');
  const byRule = replaced.outcome === 'refused' && replaced.answeredBy === 'rule';
  if ((byRule && safetyRequest(exchange.message.text) !== null) || safetyRequest(given, 'advice') !== null) {
    return invalid(untaught(desk.safety));
  }
  const answer = exchange.message.options ? amongOptions(given, exchange.message.options) : given;
  if (answer === undefined) {
    return invalid(`The right answer must be one of the options: ${exchange.message.options!.join(' | ')}`);
  }
  const known = await desk.store.mark(action.id);
  if (known && (known.kind !== 'correction' || known.correction.exchangeId !== exchange.id)) {
    return invalid('This action was already used for something else: send it again.');
  }
  const at = desk.clock();
  const before = answerNow(exchange);
  const command = parseCommand(exchange.message.text);
  await desk.store.addCorrection(
    {
      id: action.id,
      exchangeId: exchange.id,
      question: command.name === 'ask' ? command.question : exchange.message.text,
      ...(exchange.message.options ? { options: exchange.message.options } : {}),
      answer,
      rationale,
      replaced: replaced.answer,
      topic: replaced.topic,
      author: action.author,
      createdAt: at.toISOString(),
      withdrawn: false,
    },
    auditEntry(
      action.author,
      { what: 'correct', target: exchange.id, before, after: answer, allowed: true },
      at,
      `correct/${action.id}`,
    ),
  );
  // One correction stands for an exchange: the newest.
  for (const former of exchange.corrections) {
    if (former.withdrawn || former.id === action.id) continue;
    await desk.store.withdraw(
      former.id,
      auditEntry(
        action.author,
        { what: 'supersede', target: former.id, before: former.answer, after: answer, allowed: true },
        at,
      ),
    );
  }
  return { kind: 'done', id: action.id, notice: `Corrected the answer to ${quoted(exchange.message.text)}: ${answer}` };
}

/** What is wrong with a correction's own text; null when nothing is. */
export function unfitCorrection(answer: string, rationale: string): string | null {
  if (answer === '') return 'A correction needs the right answer: write "correct: ANSWER because WHY".';
  if (answer.length > MAX_ANSWER) return `The answer is too long: ${MAX_ANSWER} characters at most.`;
  if (rationale.length > MAX_RATIONALE) return `The reason is too long: ${MAX_RATIONALE} characters at most.`;
  if (isBinary(answer) || isBinary(rationale)) return 'The text holds control characters: write it as plain text.';
  return null;
}

export function untaught({ procedure }: Safety): string {
  return `Answers about bypassing or operating safety systems cannot be taught: see ${procedure}.`;
}

/** The option that was meant by its text or its letter; several with commas or semicolons. */
function amongOptions(given: string, options: readonly string[]): string | undefined {
  const one = (text: string): string | undefined => {
    const folded = text.trim().toLowerCase().replace(/\.$/, '');
    const byText = options.find((option) => option.trim().toLowerCase().replace(/\.$/, '') === folded);
    if (byText !== undefined) return byText;
    const letter = /^\(?([a-z])\)?$/.exec(folded)?.[1];
    return letter === undefined ? undefined : options[letter.charCodeAt(0) - 97];
  };
  const whole = one(given);
  if (whole !== undefined) return whole;
  const parts = given.split(/[;,|]/).map(one);
  return parts.length > 1 && parts.every((part) => part !== undefined) ? [...new Set(parts)].join('; ') : undefined;
}

function invalid(notice: string): ActionResult {
  return { kind: 'invalid', notice };
}
