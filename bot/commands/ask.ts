/**
 * A question: safety requests are refused by rule, everything else goes to the chain with its thread's topic and turns.
 * It does not know how the chain works, nor how the answer reaches the channel.
 */
import { safetyRefusal } from '../middleware/safety.ts';
import type { Answer, Exchange, OpenQuestion, Question, Topic, Trace } from '../types.ts';
import { answerNow, type Desk, type Ending, type Hooks, inForce } from './desk.ts';
import { parseCommand } from './parse.ts';

/** Turns of the thread that the chain is shown. */
const TURNS = 4;

export async function ask(desk: Desk, exchange: Exchange, hooks: Hooks): Promise<Ending> {
  const question = await questionOf(desk, exchange);
  const answer = await answerQuestion(desk, question, hooks);
  if (answer.outcome === 'refused' && answer.answeredBy === 'rule' && safetyRefusal(question.text, desk.safety)) {
    const note = { what: 'ask', target: exchange.id, before: question.text, after: answer.reason, allowed: false };
    const { author } = exchange.message;
    await desk.store.audit({ id: `refusal/${exchange.id}`, at: desk.clock().toISOString(), who: author, ...note });
  }
  return { answer, ...kept(exchange.id, question, answer, desk.clock()) };
}

/** The way of every question, here and on the command line: rule first, then the chain. */
export async function answerQuestion(
  desk: Pick<Desk, 'safety' | 'answerer' | 'clock'>,
  question: Question,
  hooks: Partial<Hooks>,
): Promise<Answer> {
  const refusal = safetyRefusal(question.text, desk.safety);
  if (!refusal) return desk.answerer.answer(question, hooks);
  return {
    outcome: 'refused',
    answer: refusal.answer,
    rationale:
      'Decisions about safety systems are made by people, by the site procedure; this is a rule, not a judgement.',
    confidence: 1,
    answeredBy: 'rule',
    reason: refusal.reason,
    sources: [],
    student: 'none',
    ms: 0,
    topic: question.topic ?? { faults: [], parameters: [] },
  };
}

/** What the store keeps beside the reply: a trace of a teacher's answer, or a question for people. */
export function kept(
  exchangeId: string,
  question: Question,
  answer: Answer,
  now: Date,
): { trace?: Trace; open?: OpenQuestion } {
  if (answer.outcome !== 'escalated') return {};
  const at = { exchangeId, createdAt: now.toISOString(), question: question.text, topic: answer.topic };
  if (answer.answer === '') return { open: { ...at, reason: answer.reason } };
  if (answer.answeredBy === 'person') return {};
  return {
    trace: {
      ...at,
      id: `trace/${exchangeId}`,
      // A follow-up teaches nothing without what it followed.
      question: answer.understoodAs ?? question.text,
      ...(question.options ? { options: question.options } : {}),
      rationale: answer.rationale,
      answer: answer.answer,
      teacher: answer.answeredBy,
      confidence: answer.confidence,
      ...(answer.attempt ? { attempt: answer.attempt } : {}),
    },
  };
}

async function questionOf(desk: Desk, exchange: Exchange): Promise<Question> {
  const { message } = exchange;
  const command = parseCommand(message.text);
  const thread = await desk.store.history(message.place);
  const own = thread.findIndex((one) => one.id === exchange.id);
  const earlier = (own < 0 ? thread : thread.slice(0, own)).filter(
    ({ reply }) => reply.answer !== undefined && reply.answer.outcome !== 'refused',
  );
  const topic = earlier.length ? topicNow(desk, earlier.at(-1)!) : undefined;
  const turns = earlier.slice(-TURNS).map((one) => ({ question: one.message.text, answer: answerNow(one) }));
  return {
    text: command.name === 'ask' ? command.question : message.text,
    ...(message.options ? { options: message.options } : {}),
    ...(topic ? { topic } : {}),
    ...(turns.length ? { turns } : {}),
  };
}

/** What the thread speaks of: where an engineer corrected the answer, that of the correction. */
function topicNow({ retopic }: Desk, exchange: Exchange): Topic | undefined {
  const topic = exchange.reply.answer?.topic;
  const correction = inForce(exchange);
  return topic && correction && retopic ? retopic(correction.answer, topic) : topic;
}
