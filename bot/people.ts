/**
 * People as the last teacher: a question that no teacher knew is put before them in a channel of their own, and what
 * someone with the role writes beneath it is the answer: the first counts, others may object. The answer is a correction
 * of the exchange that waits, with all that holds for one: shown to who asked, an example at once, undone by "undo".
 *
 * Questions wait in the store; whichever process has the channel looks for them, now and then and when it is told. It does
 * not know who is who: roles decide as everywhere.
 */
import { createHash } from 'node:crypto';
import { inForce } from './commands/desk.ts';
import { type Logger, quiet } from './logger.ts';
import { unfit } from './middleware/guard.ts';
import type { AskedRows } from './store/asked.ts';
import type { Answer, AskedPeople, Exchange, Person, Place, Reply, Store } from './types.ts';

export interface PeopleOptions {
  store: Pick<Store, 'exchange' | 'record'>;
  asked: AskedRows;
  channel: { adapter: string; channel: string };
  clock?: () => Date;
  logger?: Logger;
  /** How often it looks for questions. Default 15,000. */
  everyMs?: number;
}

export interface People {
  readonly adapter: string;
  /** Begins to put questions before people; `post` shows a reply at the top level of a channel. */
  start(post: (place: Place, reply: Reply) => Promise<string>): void;
  /** A question may wait now. */
  look(): void;
  /** The waiting exchange that is spoken of in this place; undefined anywhere else. */
  about(place: Place): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Who puts the questions. */
export const ROUNDS: Person = { id: 'rounds', name: 'Rounds' };

/** Older questions are on people's own pages; a channel that is new is not flooded with them. */
const OLDEST_MS = 7 * 24 * 3_600_000;
/** At a time. */
const MOST = 5;
/** A process that has not posted a question within this time has died over it. */
const STALE_MS = 60_000;
const LONGEST_REASON = 600;

export function createPeople(options: PeopleOptions): People {
  const { store, asked, channel, clock = () => new Date(), logger = quiet, everyMs = 15_000 } = options;
  let post: Parameters<People['start']>[0] | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  async function putAll(): Promise<void> {
    const since = new Date(clock().getTime() - OLDEST_MS).toISOString();
    for (const id of await asked.unasked(since, MOST)) {
      const waiting = await store.exchange(id);
      if (waiting) await put(waiting);
    }
  }

  async function put(waiting: Exchange): Promise<void> {
    if (!post) return;
    const id = `people.${waiting.id}`;
    const place = { ...channel, thread: '' };
    if (!(await asked.claim(waiting.id, place, STALE_MS))) return;
    const { text, options: choices } = waiting.message;
    const reply: Reply = { exchangeId: id, final: true, stage: 'asking people', notice: card(waiting) };
    const message = { id, place: { ...channel, thread: id }, author: ROUNDS, text, sentAt: clock().toISOString() };
    await store.record({ ...message, ...(choices ? { options: choices } : {}) }, reply, {});
    await asked.posted(waiting.id, await post(place, reply), id);
  }

  function look(): void {
    if (!post) return;
    if (looking) {
      again = true;
      return;
    }
    looking = putAll()
      .catch((error) => logger.warn({ error }, 'people could not be asked yet'))
      .finally(() => {
        looking = undefined;
        if (again && post) {
          again = false;
          look();
        }
      });
  }

  return {
    adapter: channel.adapter,
    start(given) {
      post = given;
      timer = setInterval(look, everyMs);
      timer.unref();
      look();
    },
    look,
    about: ({ adapter, thread }) =>
      adapter === channel.adapter ? asked.about(adapter, thread) : Promise.resolve(undefined),
    async stop() {
      post = undefined;
      clearInterval(timer);
      await looking;
    },
  };
}

/**
 * Questions for people that no exchange of a channel waits with: each gets one of its own, under an id that is the same
 * for the same question, and waits in the store until the process with the people's channel finds it.
 */
export function askedPeople({
  store,
  author,
  clock = () => new Date(),
}: {
  store: Pick<Store, 'exchange' | 'record'>;
  author: Person;
  clock?: () => Date;
}): AskedPeople {
  return {
    async put({ question, options, topic, attempt, doubt }) {
      const given = { text: question.trim(), ...(options?.length ? { options } : {}) };
      const fault = unfit(given);
      if (fault) return { kind: 'unfit', reason: fault };
      const hash = createHash('sha256').update(JSON.stringify([given.text, options ?? []]));
      const id = `asked.${hash.digest('hex').slice(0, 24)}`;
      const at = clock().toISOString();
      const place: Place = { adapter: 'people', channel: 'asked', thread: id };
      const reason = doubt?.reasons.join('; ') || 'no teacher was asked before';
      const answer: Answer = {
        ...{ outcome: 'escalated', answer: '', rationale: '', confidence: 0, answeredBy: 'person', reason },
        ...{ sources: [], student: 'none', ms: 0, topic, ...(attempt ? { attempt } : {}) },
      };
      await store.record(
        { id, place, author, ...given, sentAt: at },
        { exchangeId: id, final: true, stage: 'asking people', answer },
        { open: { exchangeId: id, question: given.text, topic, reason, createdAt: at } },
      );
      return { kind: 'asked', id };
    },

    async answerOf(id) {
      const exchange = await store.exchange(id);
      const stands = exchange && inForce(exchange);
      return stands && { answer: stands.answer, rationale: stands.rationale, by: stands.author.name };
    },
  };
}

/** What people read: the question, who waits, why nobody knew, what was said all the same, and how to answer. */
function card({ message, reply }: Exchange): string {
  const { reason = '', opinions = [], attempt } = reply.answer ?? {};
  const letters = (message.options ?? []).map((option, i) => `${String.fromCharCode(65 + i)}) ${option}`);
  const said = [
    ...(attempt?.answer && !/^not known/i.test(attempt.answer)
      ? [`The student said (${percent(attempt.confidence)}): ${attempt.answer}`]
      : []),
    ...opinions.map(({ teacher, answer, confidence }) => `${teacher} said (${percent(confidence)}): ${answer}`),
  ];
  return [
    message.text,
    ...letters,
    '',
    `${message.author.name} waits for this. ${short(reason)}`,
    ...said,
    '',
    'To answer, write in this thread: the answer, or "ANSWER because WHY". The first engineer\'s answer counts and goes to who asked. Anyone may write "object: WHY".',
  ].join('\n');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function short(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1)}…` : reason;
}
