/**
 * What waits for someone with the role before it may teach, and what it comes to: complaints about answers (flags and
 * thumbs down), teachers' answers to people's questions, corrections by people without the role, traces that a sheet
 * contradicts. The queue is read off the log, never kept beside it, so that nothing can be missing in it. The same matter
 * is one item, however often it was sent. It decides nothing and teaches nothing.
 */
import { sha256 } from '../../models/files.ts';
import { inForce } from '../commands/desk.ts';
import { parseCommand } from '../commands/parse.ts';
import type { Correction, Decision, Doubt, Exchange, Person, ReviewItem, Store, Topic, Trace } from '../types.ts';

/** An item with what a round makes of it. */
export interface Matter extends ReviewItem {
  topic: Topic;
  /** Whoever is responsible for its being here, one a member: for counting what is held back. */
  authors: string[];
  /** The newest member's own words, where they are to be taught. */
  trace?: Trace;
  correction?: Correction;
}

export interface Reviewed {
  matters: Matter[];
  /** Corrections in force by people who have the role: reviewed by who made them. */
  corrections: { correction: Correction; question: string }[];
  /** Exchanges by what went wrong in them; rejected complaints left out. */
  signals: { kind: 'escalation' | 'flag' | 'thumb down' | 'correction'; exchange: Exchange }[];
}

/**
 * @param mayReview whether the person has the role now: a word counts while its author has it, so that taking a role away
 * takes its words out of the next round
 */
export async function reviewed(store: Store, mayReview: (person: Person) => boolean): Promise<Reviewed> {
  const decisions = new Map((await store.decisions()).map((one) => [one.item, one]));
  const traces = new Map<string, Trace>();
  for await (const trace of store.export('traces')) traces.set((trace as Trace).exchangeId, trace as Trace);
  const desk: Sorting = { matters: new Map(), decisions, mayReview };
  const out: Omit<Reviewed, 'matters'> = { corrections: [], signals: [] };
  const answered: { exchange: Exchange; trace: Trace }[] = [];
  for await (const exchange of store.marked()) {
    const correction = inForce(exchange);
    const trace = traces.get(exchange.id);
    if (exchange.reply.answer?.outcome === 'escalated' && exchange.reply.answer.student !== 'none') {
      out.signals.push({ kind: 'escalation', exchange });
    }
    if (correction) {
      out.signals.push({ kind: 'correction', exchange });
      if (mayReview(correction.author)) out.corrections.push({ correction, question: questionOf(exchange) });
      else sortCorrection(desk, exchange, correction);
      continue;
    }
    for (const kind of sortComplaints(desk, exchange)) out.signals.push({ kind, exchange });
    if (trace) answered.push({ exchange, trace });
  }
  // An answer that is complained of is not vouched for until the complaint is settled.
  for (const { exchange, trace } of answered) {
    const complaint = desk.matters.get(complaintId(exchange));
    if (!complaint || complaint.state === 'rejected') sortTrace(desk, exchange, trace);
  }
  for (const doubt of await store.doubts()) sortDoubt(desk, doubt);
  return { matters: [...desk.matters.values()], ...out };
}

interface Sorting {
  matters: Map<string, Matter>;
  decisions: ReadonlyMap<string, Decision>;
  mayReview: (person: Person) => boolean;
}

/** Gives the kinds of the complaints that stand. */
function sortComplaints(desk: Sorting, exchange: Exchange): ('flag' | 'thumb down')[] {
  const flags = exchange.flags.filter((flag) => !flag.withdrawn);
  const thumbs = exchange.ratings.filter((rating) => !rating.withdrawn && rating.value === 'down');
  const people = [...flags, ...thumbs].map(({ author }) => author);
  if (people.length === 0 || !exchange.reply.answer) return [];
  const matter = put(desk, {
    ...basis(exchange),
    id: complaintId(exchange),
    kind: 'complaint',
    reasons: [
      ...flags.map(({ author, reason }) => `${author.name}: ${reason}`),
      ...thumbs.map(({ author }) => `${author.name}: 👎`),
    ],
    authors: people.map(({ id }) => id),
  });
  // A complaint by someone with the role needs nobody else's look; the right answer is still to be found.
  const own = [...flags, ...thumbs].find(({ author }) => desk.mayReview(author));
  if (own) settle(matter, { item: matter.id, decision: 'accepted', by: own.author, at: own.createdAt });
  if (matter.state === 'rejected') return [];
  return [...flags.map(() => 'flag' as const), ...thumbs.map(() => 'thumb down' as const)];
}

function sortTrace(desk: Sorting, exchange: Exchange, trace: Trace): void {
  const { question, options, answer, rationale, teacher, topic } = trace;
  const matter = put(desk, {
    ...basis(exchange),
    ...{ question, answer, rationale, answeredBy: teacher, topic, trace },
    ...(options ? { options } : {}),
    id: idOf('trace', question, options, answer),
    kind: 'trace',
    reasons: [`${teacher} answered ${exchange.message.author.name}`],
    authors: [exchange.message.author.id],
  });
  const up = exchange.ratings.find(
    ({ withdrawn, value, author }) => !withdrawn && value === 'up' && desk.mayReview(author),
  );
  if (up) settle(matter, { item: matter.id, decision: 'accepted', by: up.author, at: up.createdAt });
}

function sortCorrection(desk: Sorting, exchange: Exchange, correction: Correction): void {
  const { author, answer, rationale } = correction;
  put(desk, {
    ...basis(exchange),
    ...{ answer, rationale, answeredBy: author.name, correction },
    id: `correction/${correction.id}`,
    kind: 'correction',
    reasons: [`${author.name} (${author.id}) has no engineer's role now`],
    authors: [author.id],
    createdAt: correction.createdAt,
  });
}

function sortDoubt(desk: Sorting, doubt: Doubt): void {
  const { id, question, options, answer, rationale, teacher, reason, createdAt } = doubt;
  put(desk, {
    ...{ id, kind: 'doubt', question, answer, rationale, answeredBy: teacher, reasons: [reason], createdAt },
    ...(options ? { options } : {}),
    ...{ exchanges: [], authors: [teacher], topic: { faults: [], parameters: [] } },
  });
}

type Basis = Omit<Matter, 'id' | 'kind' | 'reasons' | 'authors' | 'state'>;

function basis(exchange: Exchange): Basis {
  const { options } = exchange.message;
  const answer = exchange.reply.answer;
  return {
    question: questionOf(exchange),
    ...(options ? { options } : {}),
    answer: answer?.answer ?? '',
    rationale: answer?.rationale ?? '',
    answeredBy: answer?.answeredBy === 'student' ? answer.student : (answer?.answeredBy ?? ''),
    exchanges: [exchange.id],
    createdAt: exchange.createdAt,
    topic: answer?.topic ?? { faults: [], parameters: [] },
  };
}

/** Into the item of the same matter, or as a new one. */
function put(desk: Sorting, given: Omit<Matter, 'state'>): Matter {
  const known = desk.matters.get(given.id);
  const matter: Matter = known
    ? {
        ...known,
        reasons: [...new Set([...known.reasons, ...given.reasons])],
        exchanges: [...known.exchanges, ...given.exchanges],
        authors: [...known.authors, ...given.authors],
      }
    : { ...given, state: 'waiting' };
  const decision = desk.decisions.get(given.id);
  if (decision && desk.mayReview(decision.by)) {
    matter.state = decision.decision;
    matter.decision = decision;
  }
  desk.matters.set(given.id, matter);
  return matter;
}

/** What somebody's own deed comes to; a decision outranks it. */
function settle(matter: Matter, decision: Decision): void {
  if (matter.decision) return;
  matter.state = decision.decision;
  matter.decision = decision;
}

/** The question made whole, where it was a follow-up. */
export function questionOf({ message, reply }: Exchange): string {
  const command = parseCommand(message.text);
  return reply.answer?.understoodAs ?? (command.name === 'ask' ? command.question : message.text);
}

function complaintId(exchange: Exchange): string {
  const answer = exchange.reply.answer?.answer ?? '';
  return idOf('answer', questionOf(exchange), exchange.message.options, answer);
}

function idOf(kind: string, question: string, options: readonly string[] | undefined, answer: string): string {
  const folded = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, ' ');
  const key = JSON.stringify([folded(question), options?.map(folded).sort() ?? null, folded(answer)]);
  return `${kind}/${sha256(key).slice(0, 12)}`;
}
