/** From a stored message to the command that it is: ask, or a flag, correction, thumb or undo written as text. */
import type { ActionResult, Exchange, Person } from '../types.ts';
import { ask } from './ask.ts';
import { correct } from './correct.ts';
import { type Desk, type Ending, type Hooks, marked, marksBy, targetOf } from './desk.ts';
import { flag } from './flag.ts';
import { helpText } from './help.ts';
import { type Command, parseCommand } from './parse.ts';
import { answerOfPeople } from './people.ts';
import { rate } from './rate.ts';
import { statusText } from './status.ts';
import { undo } from './undo.ts';

/** `touched`: another exchange whose reply looks different now. Run again after a crash, it changes nothing twice. */
export async function runCommand(
  desk: Desk,
  exchange: Exchange,
  hooks: Hooks,
): Promise<{ ending: Ending; touched?: string }> {
  const { tooLate, answer, sentAt } = exchange.message;
  if (tooLate) return { ending: { notice: tooLateWords(sentAt) } };
  if (answer !== undefined) return { ending: { notice: answer } };
  const waiting = await desk.people?.about(exchange.message.place);
  const answered = waiting && (await answerOfPeople(desk, exchange, waiting));
  if (answered) return answered;
  const command = parseCommand(exchange.message.text);
  if (command.name === 'ask') return { ending: await ask(desk, exchange, hooks) };
  if (command.name === 'help') return { ending: { notice: helpText(desk.rolesOf(exchange.message.author)) } };
  if (command.name === 'status') return { ending: { notice: statusText(await desk.status()) } };
  if (command.name === 'handover') {
    const text = await desk.handover?.(command.hours ?? undefined);
    return { ending: { notice: text ?? 'There is no handover here: no alerts are configured.' } };
  }
  const { author } = exchange.message;
  const target = waiting ? await desk.store.exchange(waiting) : await targetOf(desk.store, exchange);
  if (command.name === 'undo') {
    const given = command.target ?? (target && lastMark(target, author));
    if (!given) return { ending: { notice: 'There is no flag, correction or thumb of yours to undo here.' } };
    const result = await undo(desk, { kind: 'undo', id: exchange.id, target: given, author });
    return { ending: { notice: result.notice }, ...(result.exchangeId ? { touched: result.exchangeId } : {}) };
  }
  if (!target) {
    return { ending: { notice: `There is no answer here to ${command.name}: write it in the thread of the answer.` } };
  }
  // The message's exchange gives the mark its id, so that a second run after a crash finds it there.
  const about = { id: exchange.id, exchangeId: target.id, author };
  const result = await mark(desk, command, about);
  return { ending: { notice: result.notice }, ...(result.kind === 'done' ? { touched: target.id } : {}) };
}

function mark(
  desk: Desk,
  command: Extract<Command, { name: 'flag' | 'correct' | 'rate' }>,
  about: { id: string; exchangeId: string; author: Person },
): Promise<ActionResult> {
  if (command.name === 'flag') return flag(desk, { kind: 'flag', ...about, reason: command.reason });
  if (command.name === 'rate') return rate(desk, { kind: 'rate', ...about, value: command.value });
  return correct(desk, { kind: 'correct', ...about, answer: command.answer, rationale: command.rationale });
}

function tooLateWords(sentAt: string): string {
  const at = `${sentAt.slice(0, 10)} ${sentAt.slice(11, 16)} UTC`;
  return `I was away when you wrote this (${at}) and found it only now, too late to answer it as if nothing had happened. Ask again if you still want to know.`;
}

/** The person's latest mark on the answer that stands. */
function lastMark(target: Exchange, author: Person): string | undefined {
  const mark = marksBy(target, author).at(-1);
  return mark && marked(mark).id;
}
