/**
 * What is written beneath a question that was put before people: an answer, an objection, or a command about the exchange
 * that waits. The first answer of someone with the role counts.
 */
import { may } from '../middleware/authorize.ts';
import type { Exchange } from '../types.ts';
import { correct } from './correct.ts';
import { type Desk, type Ending, inForce, quoted } from './desk.ts';
import { flag } from './flag.ts';
import { parseCommand, splitRationale } from './parse.ts';

const OBJECTION = /^\/?object(?:ion)?\b\s*[:,-]?\s*(.*)$/is;

/** `undefined`: a command like any other, about the exchange that waits. */
export async function answerOfPeople(
  desk: Desk,
  exchange: Exchange,
  waitingId: string,
): Promise<{ ending: Ending; touched?: string } | undefined> {
  const { author, text } = exchange.message;
  const waiting = await desk.store.exchange(waitingId);
  if (!waiting) return { ending: { notice: 'That question is not kept any more.' } };
  const told = (notice: string, touched = false) => ({
    ending: { notice },
    ...(touched ? { touched: waitingId } : {}),
  });
  // Its exchange gives the mark its id, so that a second run after a crash finds it there.
  const about = { id: exchange.id, exchangeId: waitingId, author };
  const stands = inForce(waiting);

  const objection = OBJECTION.exec(text.trim());
  if (objection) {
    if (!stands) return told('Nobody has answered this yet: there is nothing to object to.');
    const why = objection[1]!.trim();
    if (why === '') return told('An objection needs a reason: write "object: WHY".');
    const result = await flag(desk, { kind: 'flag', ...about, reason: `objection: ${why}` });
    return result.kind === 'done'
      ? told(`Noted: you object to ${stands.author.name}'s answer ${quoted(stands.answer)}.`, true)
      : told(result.notice);
  }
  if (parseCommand(text).name !== 'ask') return undefined;
  if (stands && stands.id !== exchange.id) {
    return told(
      `${stands.author.name} has answered this: ${quoted(stands.answer)}. Write "object: WHY" to object, or "correct: ANSWER because WHY" to replace it.`,
    );
  }
  if (!may(desk.rolesOf(author), 'correct')) {
    return told("An engineer's answer counts here; yours was not passed on. Tell an engineer, or object to an answer.");
  }
  if (text.trim().endsWith('?')) {
    return told('That reads as a question, so it was not taken for the answer: write what is the case.');
  }
  const result = await correct(desk, { kind: 'correct', ...about, ...splitRationale(text.trim()) });
  return result.kind === 'done'
    ? told(`Thank you. ${waiting.message.author.name} is told, and the next one who asks: ${quoted(text)}`, true)
    : told(result.notice);
}
