/**
 * A bot in memory that keeps the door's promises (durable only as long as the test), for testing adapters: messages are
 * de-duplicated and numbered, replies are posted and updated, flags and corrections are kept. What it answers is up to
 * the test: `work` is given the message and shows stages as the chain would.
 */
import type {
  Action,
  ActionResult,
  Adapter,
  AlertAction,
  AlertCard,
  Answer,
  Door,
  Exchange,
  Message,
  Person,
  Reply,
  ReviewItem,
  Role,
  Stage,
  Status,
} from '../../bot/types.ts';

export type Work = (message: Message, onStage: (stage: Stage, partial?: string) => Promise<void>) => Promise<Answer>;

export interface MemoryDoor extends Door {
  /** Cards that `alerts` gives, and what was pressed on them. */
  readonly cards: AlertCard[];
  readonly pressed: AlertAction[];
  /** The adapter that replies are posted to; another one after a restart. */
  attach(adapter: Adapter): void;
  /** All messages that were handled, duplicates included. */
  readonly handled: Message[];
  /** What was taught from messages. */
  readonly taught: Action[];
  /** What waits for a review. */
  readonly waiting: ReviewItem[];
  roles: Role[];
  status(): Promise<Status>;
}

export function memoryDoor(work: Work): MemoryDoor {
  const exchanges: Exchange[] = [];
  const handled: Message[] = [];
  let adapter: Adapter | undefined;
  let corrections = 0;

  const at = () => new Date().toISOString();
  const byId = (id: string) => exchanges.find((e) => e.id === id);
  const copy = <T>(value: T): T => structuredClone(value);
  const problem = (e: Exchange) => (error: unknown) =>
    show(e, { ...e.reply, final: true, notice: `could not answer: ${String(error)}` });

  async function show(exchange: Exchange, reply: Reply): Promise<void> {
    exchange.reply = reply;
    exchange.updatedAt = at();
    if (reply.final) exchange.state = 'done';
    if (exchange.postId !== null) await adapter?.update(exchange.message.place, exchange.postId, reply);
  }

  async function answer(exchange: Exchange): Promise<void> {
    const exchangeId = exchange.id;
    const found = await work(exchange.message, (stage, partial) =>
      show(exchange, { exchangeId, final: false, stage, ...(partial === undefined ? {} : { partial }) }),
    );
    await show(exchange, { exchangeId, final: true, stage: exchange.reply.stage, answer: found });
  }

  const door: MemoryDoor = {
    handled,
    taught: [],
    cards: [],
    pressed: [],
    waiting: [],
    roles: ['operator', 'engineer'],
    attach(next) {
      adapter = next;
    },

    async handle(message) {
      handled.push(message);
      const first = exchanges.find((e) => e.message.id === message.id);
      if (first !== undefined) return { kind: 'duplicate', exchangeId: first.id };
      if (message.text.trim() === '') return { kind: 'rejected', notice: 'the message is empty: write a question' };
      const id = `x${exchanges.length + 1}`;
      const exchange: Exchange = {
        id,
        message: copy(message),
        reply: { exchangeId: id, final: false, stage: 'received' },
        postId: null,
        state: 'received',
        createdAt: at(),
        updatedAt: at(),
        flags: [],
        corrections: [],
        ratings: [],
      };
      exchanges.push(exchange);
      exchange.postId = (await adapter?.post(message.place, exchange.reply)) ?? null;
      // A channel that was stopped in between shows nothing more: that is the test's own doing.
      void answer(exchange)
        .catch(problem(exchange))
        .catch(() => undefined);
      return { kind: 'accepted', exchangeId: id };
    },

    async act(action) {
      const result = judge(action);
      if (typeof result === 'object' && 'kind' in result) return result;
      await show(result.exchange, result.exchange.reply);
      return { kind: 'done', id: result.id, notice: result.notice };
    },

    async history({ channel, adapter: name, thread, after, limit = 500 }) {
      const all = exchanges.filter(
        ({ message: { place } }) =>
          place.adapter === name && place.channel === channel && (thread === undefined || place.thread === thread),
      );
      if (after === undefined) return copy(all.slice(-limit));
      const from = all.findIndex((e) => e.id === after) + 1;
      return copy(all.slice(from, from + limit));
    },

    async exchange(id) {
      return copy(byId(id));
    },

    async actOnAlert(action) {
      if (door.roles.length === 0) return { kind: 'denied', notice: 'you have no role here' };
      if ('reason' in action && action.reason === '') return { kind: 'invalid', notice: 'say why' };
      door.pressed.push(action);
      const card = door.cards.find(({ id }) => id === action.cardId);
      return card
        ? { kind: 'done', id: action.id, notice: `${action.kind}: ${card.title}` }
        : { kind: 'invalid', notice: 'There is no such alert here.' };
    },

    alerts: async () => copy(door.cards),

    async byPost(name, postId) {
      return copy(exchanges.find((e) => e.message.place.adapter === name && e.postId === postId));
    },

    async channels(name) {
      const own = exchanges.map(({ message: { place } }) => place).filter((place) => place.adapter === name);
      return [...new Set(own.map(({ channel }) => channel).reverse())];
    },

    async home(person) {
      const open = exchanges.filter((e) => isOpen(e));
      const engineer = door.roles.includes('engineer');
      return {
        roles: door.rolesOf(person),
        status: await door.status(),
        about: 'Student student-r1 (round 1).',
        mine: copy(exchanges.filter((e) => e.message.author.id === person.id).reverse()),
        open: open.map(({ id, message, reply, createdAt }) => ({
          ...{ exchangeId: id, question: message.text, createdAt },
          ...{ topic: reply.answer!.topic, reason: reply.answer!.reason },
        })),
        review: engineer ? copy(exchanges.filter((e) => e.flags.some((f) => !f.withdrawn) && !isPutRight(e))) : [],
      };
    },

    async reviews() {
      return door.roles.includes('engineer') ? copy(door.waiting) : undefined;
    },

    async status() {
      return {
        student: { id: 'student-r1', name: 'Test student', round: 1 },
        store: 'memory',
        queue: { kind: 'memory', waiting: 0, active: 0 },
        teachers: ['knowledge'],
        exchanges: exchanges.length,
        openEscalations: exchanges.filter(isOpen).length,
        flags: exchanges.flatMap((e) => e.flags).filter((f) => !f.withdrawn).length,
        corrections: exchanges.flatMap((e) => e.corrections).filter((c) => !c.withdrawn).length,
        maxError: 0.05,
        uptimeS: 60,
        problems: [],
      };
    },

    rolesOf: (_person: Person) => [...door.roles],
  };

  function judge(action: Action): ActionResult | { exchange: Exchange; id: string; notice: string } {
    if (action.kind === 'undo') {
      const exchange = exchanges.find((e) =>
        [...e.flags, ...e.corrections, ...e.ratings].some((given) => given.id === action.target),
      );
      if (exchange === undefined) return { kind: 'invalid', notice: `there is nothing of the id ${action.target}` };
      for (const given of [...exchange.flags, ...exchange.corrections, ...exchange.ratings]) {
        if (given.id === action.target) given.withdrawn = true;
      }
      return { exchange, id: action.target, notice: 'withdrawn' };
    }
    if (action.kind === 'teach') {
      if (!door.roles.includes('engineer')) return { kind: 'denied', notice: 'only engineers teach' };
      if (action.question.trim() === '') return { kind: 'invalid', notice: 'what is taught needs a question' };
      door.taught.push(action);
      return { kind: 'done', id: action.id, notice: `learned for “${action.question}”` };
    }
    if (action.kind === 'review') {
      if (!door.roles.includes('engineer')) return { kind: 'denied', notice: 'only engineers review' };
      const item = door.waiting.find(({ id }) => id === action.item);
      if (item === undefined) return { kind: 'invalid', notice: 'there is nothing to review' };
      item.state = { accept: 'accepted', reject: 'rejected', undo: 'waiting' }[action.decision] as ReviewItem['state'];
      return { kind: 'done', id: item.id, notice: `${item.state}` };
    }
    const exchange = byId(action.exchangeId);
    if (exchange === undefined) return { kind: 'invalid', notice: 'there is no such answer' };
    const { id, author } = action;
    if (action.kind === 'flag') {
      if (action.reason.trim() === '') return { kind: 'invalid', notice: 'say why: flag <reason>' };
      exchange.flags.push({
        id,
        exchangeId: exchange.id,
        author,
        reason: action.reason,
        createdAt: at(),
        withdrawn: false,
      });
      return { exchange, id, notice: 'flagged' };
    }
    if (action.kind === 'rate') {
      for (const former of exchange.ratings) former.withdrawn ||= former.author.id === author.id;
      const { value } = action;
      exchange.ratings.push({ id, exchangeId: exchange.id, author, value, createdAt: at(), withdrawn: false });
      return { exchange, id, notice: 'rated' };
    }
    if (!door.roles.includes('engineer')) return { kind: 'denied', notice: 'only engineers correct answers' };
    if (action.answer.trim() === '') return { kind: 'invalid', notice: 'a correction needs the right answer' };
    corrections += 1;
    exchange.corrections.push({
      id,
      seq: corrections,
      exchangeId: exchange.id,
      question: exchange.message.text,
      answer: action.answer,
      rationale: action.rationale,
      replaced: exchange.reply.answer?.answer ?? '',
      topic: { faults: [], parameters: [] },
      author,
      createdAt: at(),
      withdrawn: false,
    });
    return { exchange, id, notice: 'corrected: used as an example from now on' };
  }

  return door;
}

const isPutRight = ({ corrections }: Exchange) => corrections.some((c) => !c.withdrawn);
const isOpen = (e: Exchange) =>
  e.reply.answer?.outcome === 'escalated' && e.reply.answer.answer === '' && !isPutRight(e);

/** An answer with the fields that a test does not speak of. */
export function answerWith(fields: Partial<Answer>): Answer {
  return {
    outcome: 'answered',
    answer: 'Bearing wear.',
    rationale: 'It was looked up.',
    confidence: 0.87,
    answeredBy: 'student',
    reason: 'Read from the sheet.',
    sources: [],
    student: 'student-r1',
    ms: 120,
    topic: { faults: [], parameters: [] },
    ...fields,
  };
}
