/** What commands work with, and the two ways they can end. No code but a few looks at an exchange. */
import type { Logger } from '../logger.ts';
import type { Safety } from '../middleware/safety.ts';
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
  /** The topic as a correction's text changes it: another fault is meant now. */
  retopic?: (text: string, topic: Topic) => Topic;
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

/** Flags and corrections of an exchange that stand, by their author, oldest first. */
export function marksBy(exchange: Exchange, author: Person): Mark[] {
  const flags = exchange.flags.map((flag): Mark & { at: string } => ({ kind: 'flag', flag, at: flag.createdAt }));
  const corrections = exchange.corrections.map((correction): Mark & { at: string } => ({
    kind: 'correction',
    correction,
    at: correction.createdAt,
  }));
  return [...flags, ...corrections]
    .filter((mark) => {
      const one = mark.kind === 'flag' ? mark.flag : mark.correction;
      return !one.withdrawn && one.author.id === author.id;
    })
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** A question in a line of text: “P-101 is shaking at run…”. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `“${line.length > 60 ? `${line.slice(0, 59)}…` : line}”`;
}
