/** What commands work with, and the two ways they can end. No code but a few looks at an exchange. */
import type { Logger } from '../logger.ts';
import type { Safety } from '../middleware/safety.ts';
import type { People } from '../people.ts';
import type {
  Answer,
  Answerer,
  Correction,
  Exchange,
  Mark,
  OpenQuestion,
  Person,
  Role,
  Stage,
  Status,
  Store,
  Topic,
  Trace,
} from '../types.ts';

export interface Desk {
  store: Store;
  answerer: Answerer;
  safety: Safety;
  clock: () => Date;
  logger: Logger;
  rolesOf: (person: Person) => Role[];
  status: () => Promise<Status>;
  /** What the next shift must know, as text. */
  handover?: (hours?: number) => Promise<string>;
  /** The topic as a correction's text changes it: another fault is meant now. */
  retopic?: (text: string, topic: Topic) => Topic;
  /** Where people are asked what no teacher knew. */
  people?: Pick<People, 'about'>;
  /** What a text is about. */
  topicOf?: (text: string) => Topic;
}

/** How a command that came as a message ends: a card or a plain line, and what the store keeps of it. */
export interface Ending {
  answer?: Answer;
  notice?: string;
  trace?: Trace;
  open?: OpenQuestion;
}

export interface Hooks {
  onStage: (stage: Stage, partial?: string) => void;
  signal: AbortSignal;
}

/** The correction that stands for an exchange. */
export function inForce(exchange: Exchange): Correction | undefined {
  return exchange.corrections.filter((correction) => !correction.withdrawn).at(-1);
}

/** What an exchange's answer says now. */
export function answerNow(exchange: Exchange): string {
  return inForce(exchange)?.answer ?? exchange.reply.answer?.answer ?? '';
}

/**
 * The exchange that a `flag`, `correct` or `undo` written as a message is about: the latest answered one before it in its
 * thread, or, outside a thread, the latest of the same author in the channel.
 */
export async function targetOf(store: Store, command: Exchange): Promise<Exchange | undefined> {
  const { adapter, channel, thread } = command.message.place;
  const before = (list: Exchange[]) => {
    const own = list.findIndex((one) => one.id === command.id);
    return (own < 0 ? list : list.slice(0, own)).filter((one) => one.reply.answer !== undefined);
  };
  const inThread = before(await store.history({ adapter, channel, thread })).at(-1);
  if (inThread) return inThread;
  const inChannel = before(await store.history({ adapter, channel }));
  return inChannel.filter((one) => one.message.author.id === command.message.author.id).at(-1);
}

/** What people put on an exchange and stands, by their author, oldest first. */
export function marksBy(exchange: Exchange, author: Person): Mark[] {
  const marks: Mark[] = [
    ...exchange.flags.map((flag): Mark => ({ kind: 'flag', flag })),
    ...exchange.corrections.map((correction): Mark => ({ kind: 'correction', correction })),
    ...exchange.ratings.map((rating): Mark => ({ kind: 'rating', rating })),
  ];
  return marks
    .filter((mark) => !marked(mark).withdrawn && marked(mark).author.id === author.id)
    .sort((a, b) => (marked(a).createdAt < marked(b).createdAt ? -1 : 1));
}

/** What every mark has, and what it says in a few words. */
export function marked(mark: Mark): {
  id: string;
  exchangeId: string;
  author: Person;
  createdAt: string;
  withdrawn: boolean;
  said: string;
} {
  if (mark.kind === 'flag') return { ...mark.flag, said: mark.flag.reason };
  if (mark.kind === 'correction') return { ...mark.correction, said: mark.correction.answer };
  return { ...mark.rating, said: mark.rating.value };
}

/** A question in a line of text: “P-101 is shaking at run…”. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `“${line.length > 60 ? `${line.slice(0, 59)}…` : line}”`;
}
