/**
 * The one door. A message goes through the middleware into the store, with its job in the same transaction, and only then
 * is acknowledged; a worker answers it and the channel's reply is updated in place. The bot knows channels, stores,
 * queues and the chain by their seams only.
 *
 * After a crash the job is delivered again. An exchange that was answered is not answered again, only shown again; one
 * that was posted is updated, not posted again. One gap is the platform's: when the process dies after a post and before
 * its id is on disk, the post is made twice; both carry the exchange's id, by which an adapter recognises the first.
 */
import { NotYet, RoundsError } from '../models/errors.ts';
import type { AlertDesk, AlertOut } from './alerts/desk.ts';
import { correct } from './commands/correct.ts';
import type { Desk, Ending } from './commands/desk.ts';
import { flag } from './commands/flag.ts';
import { home } from './commands/home.ts';
import { parseCommand } from './commands/parse.ts';
import { rate } from './commands/rate.ts';
import { review, reviewList } from './commands/review.ts';
import { runCommand } from './commands/run.ts';
import { teach } from './commands/teach.ts';
import { undo } from './commands/undo.ts';
import { compose } from './compose.ts';
import { type Config, rolesOf } from './config.ts';
import { createHands } from './hands.ts';
import { newId } from './ids.ts';
import { type Logger, quiet } from './logger.ts';
import type { Observed } from './metrics.ts';
import { audit, auditEntry } from './middleware/audit.ts';
import { authorize, denial, may } from './middleware/authorize.ts';
import type { DoorMiddleware, Incoming } from './middleware/context.ts';
import { dedupe } from './middleware/dedupe.ts';
import { guard } from './middleware/guard.ts';
import type { Safety } from './middleware/safety.ts';
import { type People, ROUNDS } from './people.ts';
import { progress } from './progress.ts';
import type { Relay } from './relay.ts';
import { channelKey, threadKey } from './store/thread.ts';
import { createTurns, type Turn } from './turns.ts';
import type {
  Action,
  ActionResult,
  Adapter,
  AlertAction,
  Answerer,
  Door,
  Exchange,
  Job,
  Message,
  Queue,
  Reply,
  Stage,
  Status,
  Store,
  Unshown,
} from './types.ts';

type About = Pick<Status, 'student' | 'teachers' | 'problems' | 'learning'>;

export interface BotOptions {
  store: Store;
  queue: Queue;
  answerer: Answerer;
  adapters: readonly Adapter[];
  config: Pick<Config, 'roles' | 'maxError'>;
  safety: Safety;
  /** What the bot itself cannot see, for its status. */
  about: () => Promise<About> | About;
  /** The topic as a correction's text changes it; without it a thread keeps the topic of the answer. */
  retopic?: Desk['retopic'];
  /** What a text is about; without it a taught question has no topic. */
  topicOf?: Desk['topicOf'];
  /** What the next shift must know, as text. */
  handover?: Desk['handover'];
  /** Alerts into channels; without it there are none. */
  alerts?: AlertDesk;
  /** Where people are asked what no teacher knew; without it open questions stand on people's own pages only. */
  people?: People;
  /** Told of what comes in, is answered and is shown. */
  observe?: (event: Observed) => void;
  clock?: () => Date;
  logger?: Logger;
  /** Several processes: what this one answers may be shown by another, and the other way round. */
  relay?: Relay;
  /** Whether this process answers, or only receives and shows. Default true. */
  works?: boolean;
  /** Messages in work at once. Default 4: the student works one by one, a teacher may be slow. */
  concurrency?: number;
  /** Least time between two updates of a growing reply. Default 250. */
  updateEveryMs?: number;
  /** A question that takes longer ends with that reason. Default 120,000. */
  answerTimeoutMs?: number;
  /** A channel that does not take a reply within this time is tried again later, as often as it takes. Default 30,000. */
  channelTimeoutMs?: number;
}

export interface Bot extends Door {
  /** Adds middleware behind the built-in one, before the store. */
  use(middleware: DoorMiddleware): Bot;
  /** Starts the channels, then the work that was left. Rejects, with nothing left running, when a channel cannot start. */
  start(): Promise<void>;
  /** Says something unasked at the top of a channel, once: a handover, a digest. The same id twice is said once. */
  announce(news: { id: string; adapter: string; channel: string; title: string; text: string }): Promise<void>;
  /** Lets work end for `graceMs`, then stops the channels. What is unfinished is delivered after the next start. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Jobs beside those being thought about: they wait for a hand, or for their channel to take the answer. So many that one
 * channel at its limits holds up no other; where deliveries are apart from jobs (the relay), few are enough.
 */
const BESIDE = { alone: 1000, relayed: 60 };

/** How long stopping waits for a channel to take answers. */
const SHOW_GRACE_MS = 2000;

export function createBot(options: BotOptions): Bot {
  const { store, queue, adapters, config, safety, answerer, alerts, people, relay, works = true } = options;
  const { clock = () => new Date(), logger = quiet, observe = () => {} } = options;
  const { concurrency = 4, updateEveryMs = 250, answerTimeoutMs = 120_000, channelTimeoutMs = 30_000 } = options;
  const channels = new Map(adapters.map((adapter) => [adapter.name, adapter]));
  const middleware: DoorMiddleware[] = [audit(store, clock), dedupe(), authorize(), guard()];
  const startedAt = clock().getTime();
  const hands = createHands(concurrency);
  /** A channel's messages are stored, and their replies placed, in the order in which they came. */
  const arriving = createTurns();
  const placing = createTurns();
  /** Messages that are being stored. */
  let storing = 0;
  /** Stopping: what only waits for its channel is left for the next start. */
  const leaving = new AbortController();
  let pipeline = compose(middleware);

  const desk: Desk = {
    store,
    answerer,
    safety,
    clock,
    logger,
    rolesOf: (person) => rolesOf(config, person.id, person.groups),
    status,
    ...(options.retopic ? { retopic: options.retopic } : {}),
    ...(options.topicOf ? { topicOf: options.topicOf } : {}),
    ...(options.handover ? { handover: options.handover } : {}),
    ...(people ? { people } : {}),
  };

  // -------------------------------------------------------------------------------------------- in

  async function handle(message: Parameters<Door['handle']>[0]): ReturnType<Door['handle']> {
    const incoming: Incoming = {
      message,
      command: parseCommand(message.text),
      roles: desk.rolesOf(message.author),
      notes: [],
    };
    const turn = arriving.take(channelKey(message.place));
    const taken = pipeline(incoming, async () => {
      const { exchange, duplicate } = await take(message, turn);
      incoming.receipt = { kind: duplicate ? 'duplicate' : 'accepted', exchangeId: exchange.id };
    });
    await hands.taking(taken.finally(turn.over));
    const receipt = incoming.receipt ?? {
      kind: 'rejected' as const,
      notice: 'This message was not taken: ask the administrator why.',
    };
    observe({ kind: 'received', adapter: message.place.adapter, result: receipt.kind });
    return receipt;
  }

  /** Stores a message with its job; the same message twice gives the first one's exchange. */
  async function take(message: Message, turn: Turn): Promise<{ exchange: Exchange; duplicate: boolean }> {
    await turn.come;
    const coming = storing;
    storing += 1;
    let taken: Awaited<ReturnType<Store['receive']>>;
    try {
      const before = await ahead(coming);
      const first: Reply = {
        ...{ exchangeId: newId(clock()), final: false, stage: 'received' },
        ...(before > 0 ? { ahead: before } : {}),
      };
      taken = await store.receive(message, first);
    } finally {
      storing -= 1;
    }
    if (taken.duplicate) return taken;
    const { exchange } = taken;
    // From here the message is safe: what fails now is done by the worker, now or after a restart.
    posted(exchange)
      .then(() => relay?.posted(exchange))
      .catch((error) => logger.warn({ error, exchange: exchange.id }, 'not posted yet'));
    queue.add(jobOf(exchange)).catch((error) => logger.warn({ error, exchange: exchange.id }, 'queue not woken'));
    return taken;
  }

  async function act(action: Action): Promise<ActionResult> {
    const roles = desk.rolesOf(action.author);
    if (!may(roles, action.kind)) {
      const notice = denial(action.author, roles, action.kind);
      const target = targetOf(action);
      const note = { what: action.kind, target, before: '', after: notice, allowed: false };
      await store.audit(auditEntry(action.author, note, clock()));
      return { kind: 'denied', notice };
    }
    if (action.kind === 'undo') {
      const { exchangeId, ...result } = await undo(desk, action);
      if (exchangeId) showAgain(exchangeId);
      return result;
    }
    if (action.kind === 'teach') return teach(desk, action);
    if (action.kind === 'review') {
      const { exchangeIds = [], ...result } = await review(desk, action);
      for (const id of exchangeIds) showAgain(id);
      return result;
    }
    const result = await mark(desk, action);
    if (result.kind === 'done') showAgain(action.exchangeId);
    return result;
  }

  /** "Wrong diagnosis" is a flag on the question behind it besides. */
  async function actOnAlert(action: AlertAction): Promise<ActionResult> {
    if (!alerts) return { kind: 'invalid', notice: 'No alerts are configured here.' };
    const roles = desk.rolesOf(action.author);
    const exchangeId = action.kind === 'wrong' ? (await alerts.card(action.cardId))?.triage?.exchangeId : undefined;
    const result = await alerts.act(action, roles);
    if (result.kind !== 'done' || action.kind !== 'wrong' || !exchangeId) return result;
    return act({ kind: 'flag', id: action.id, exchangeId, author: action.author, reason: action.reason });
  }

  /** On disk first: said once, whatever dies in between. */
  async function announce({ id, adapter, channel, title, text }: Parameters<Bot['announce']>[0]): Promise<void> {
    const sentAt = clock().toISOString();
    const place = { adapter, channel, thread: id };
    const first: Reply = { exchangeId: newId(clock()), final: true, stage: 'received', notice: text };
    await store.record({ id, place, author: ROUNDS, text: title, sentAt }, first, {});
    const [said] = await store.history(place);
    if (!said || said.postId !== null) return;
    if (!channels.has(adapter)) return relay?.again(said.id);
    // The page shows the title as what was said, others only the reply.
    const reply = { ...said.reply, notice: channels.get(adapter)?.everywhere ? text : `${title}\n${text}` };
    const top = { ...place, thread: '' };
    await store.savePostId(said.id, await channelTakes('post', adapter, (one) => one.post(top, reply)));
  }

  /** What the alert desk may ask of the bot. */
  const alertOut: AlertOut = {
    post: (place, card) => channelTakes('post', place.adapter, (adapter) => adapter.post(place, card)),
    update: (place, postId, card) =>
      channelTakes('update', place.adapter, (adapter) => adapter.update(place, postId, card)),
    announce,
    has: (adapter) => channels.has(adapter),
    async ask({ id, place, text, options: choices }) {
      const sentAt = clock().toISOString();
      const message = { id, place, author: ROUNDS, text, sentAt, ...(choices ? { options: choices } : {}) };
      const turn = arriving.take(channelKey(place));
      return (await take(message, turn).finally(turn.over)).exchange.id;
    },
    exchange: (id) => store.exchange(id),
  };

  // -------------------------------------------------------------------------------------------- work

  async function work(job: Job, stopping: AbortSignal): Promise<void> {
    const exchange = await store.exchange(job.exchangeId);
    if (!exchange) {
      logger.error({ job }, 'a job without an exchange');
      return;
    }
    const reply = exchange.state === 'done' ? exchange.reply : await reach(exchange, job, stopping);
    // Put down with the final reply: whoever has the channel shows it.
    if (!relay) await heeding(AbortSignal.any([stopping, leaving.signal]), deliver(exchange, reply));
  }

  /** Answers and stores; the reply grows in the channel meanwhile. */
  async function reach(exchange: Exchange, job: Job, stopping: AbortSignal): Promise<Reply> {
    const shown = progress((reply) => (relay ? relay.progress(exchange, reply) : show(exchange, reply)), {
      everyMs: updateEveryMs,
      onError: (error) => logger.warn({ error, exchange: exchange.id }, 'progress not shown'),
    });
    let stage: Stage = exchange.reply.stage;
    const onStage = (next: Stage, partial?: string) => {
      stage = next;
      shown.show({ exchangeId: exchange.id, final: false, stage, ...(partial ? { partial } : {}) });
    };
    const giveBack = await hands.take(stopping);
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    const signal = AbortSignal.any([stopping, timeout]);
    let ending: Ending;
    let ended: Promise<void>;
    try {
      await store.saveReply(exchange.id, { exchangeId: exchange.id, final: false, stage }, 'working');
      const run = await heeding(signal, runCommand(desk, exchange, { onStage, signal }));
      ending = run.ending;
      if (run.touched) showAgain(run.touched);
    } catch (error) {
      // A store that is away is no answer's fault: the job waits for it.
      if (stopping.aborted || isStoreDown(error)) throw error;
      const late = timeout.aborted;
      logger.warn({ error, exchange: exchange.id, attempt: job.attempts }, 'answering failed');
      // Bad input stays bad; anything else may have been bad luck once.
      if (!late && !isBadInput(error) && job.attempts < 2) throw error;
      ending = {
        notice: apology(late ? `it took longer than ${Math.round(answerTimeoutMs / 1000)} s` : reasonOf(error)),
      };
    } finally {
      giveBack();
      ended = shown.end();
    }
    // On disk before the channel, which may be slow, is waited for.
    const reply = await finish(exchange, stage, ending);
    await ended;
    return reply;
  }

  async function finish(exchange: Exchange, stage: Stage, { answer, notice, trace, open }: Ending): Promise<Reply> {
    const exchangeId = exchange.id;
    const reply: Reply = {
      exchangeId,
      final: true,
      stage,
      ...(answer ? { answer } : {}),
      ...(notice !== undefined ? { notice } : {}),
    };
    const stored = await store.finish(exchangeId, reply, { ...(trace ? { trace } : {}), ...(open ? { open } : {}) });
    relay?.finished();
    alerts?.heard(exchangeId);
    if (open) people?.look();
    // Another worker was faster: what it stored stands.
    if (!stored) return (await store.exchange(exchangeId))?.reply ?? reply;
    const ms = clock().getTime() - Date.parse(exchange.createdAt);
    observe({ kind: 'answered', adapter: exchange.message.place.adapter, reply, ms });
    return reply;
  }

  /** The queue gave up: the person is told, whatever went wrong. */
  async function onDead(job: Job, cause: unknown): Promise<void> {
    logger.error({ error: cause, job }, 'a job was given up');
    const exchange = await store.exchange(job.exchangeId);
    if (!exchange) return;
    const reply =
      exchange.state === 'done'
        ? exchange.reply
        : await finish(exchange, exchange.reply.stage, { notice: apology(reasonOf(cause)) });
    if (relay) return;
    await deliver(exchange, reply).catch((error) => {
      if (error instanceof NotYet) throw error;
      return lost(exchange.id, error);
    });
  }

  /** The channel does not take a final reply: the store says so, and the next start tries again. */
  async function lost(exchangeId: string, cause: unknown): Promise<void> {
    logger.error({ error: cause, exchange: exchangeId }, 'a final reply could not be shown');
    await store.notShown(exchangeId, reasonOf(cause));
  }

  async function showLost(): Promise<void> {
    for (const { exchangeId, adapter } of await store.unshown()) {
      if (!channels.has(adapter)) continue;
      if (relay) await relay.again(exchangeId);
      else {
        const exchange = await store.exchange(exchangeId);
        // One does not wait for the other: each has its own channel.
        if (exchange)
          deliver(exchange, exchange.reply).catch((error) =>
            logger.warn({ error, exchange: exchangeId }, 'a final reply still cannot be shown'),
          );
      }
    }
  }

  // -------------------------------------------------------------------------------------------- out

  const posting = new Map<string, Promise<string>>();
  /** Posted, and the platform's id not yet on disk. */
  const made = new Map<string, string>();

  /** The platform's id of the exchange's reply, posted now if it was not. */
  function posted(exchange: Exchange): Promise<string> {
    if (exchange.postId !== null) return Promise.resolve(exchange.postId);
    const underway = posting.get(exchange.id);
    if (underway) return underway;
    const post = (async () => {
      const postId = made.get(exchange.id) ?? (await place(exchange));
      // Where the store is away just now, the next try has only its id to store: nothing is posted twice.
      made.set(exchange.id, postId);
      await store.savePostId(exchange.id, postId);
      made.delete(exchange.id);
      return postId;
    })();
    posting.set(exchange.id, post);
    post.catch(() => posting.delete(exchange.id));
    return post;
  }

  /** Posts the reply in its turn. A channel keeps the order of posts itself: the next need not wait until this one is up. */
  async function place({ id, message, reply }: Exchange): Promise<string> {
    const turn = placing.take(channelKey(message.place));
    try {
      await turn.come;
      await relay?.turnToPost(id);
      const up = channelTakes('post', message.place.adapter, (adapter) => adapter.post(message.place, reply));
      turn.over();
      return await up;
    } finally {
      turn.over();
    }
  }

  async function show(exchange: Exchange, reply: Reply): Promise<void> {
    const { place } = exchange.message;
    const postId = await posted(exchange);
    await channelTakes('update', place.adapter, (adapter) => adapter.update(place, postId, reply));
    if (reply.final) await store.shown(exchange.id);
  }

  /** The final reply, in its channel. A channel that is gone from the configuration is not waited for. */
  async function deliver(exchange: Exchange, reply: Reply): Promise<void> {
    if (!channels.has(exchange.message.place.adapter)) {
      logger.warn(
        { exchange: exchange.id, adapter: exchange.message.place.adapter },
        'no such channel: reply only stored',
      );
      return;
    }
    await show(exchange, reply);
    posting.delete(exchange.id);
  }

  /** What was stored and never shown is seen again before anything that comes now. */
  async function placeLeft(exchangeId: string): Promise<void> {
    const exchange = await store.exchange(exchangeId);
    if (!exchange || !channels.has(exchange.message.place.adapter)) return;
    posted(exchange).catch((error) => logger.warn({ error, exchange: exchangeId }, 'not posted yet'));
  }

  /** A flag or correction came: the channel shows the reply anew. Its failing harms nothing that is stored. */
  function showAgain(exchangeId: string): void {
    alerts?.heard(exchangeId);
    (async () => {
      if (relay) return relay.again(exchangeId);
      const exchange = await store.exchange(exchangeId);
      if (exchange?.postId && channels.has(exchange.message.place.adapter)) await show(exchange, exchange.reply);
    })().catch((error) => logger.warn({ error, exchange: exchangeId }, 'mark not shown'));
  }

  async function channelTakes<T>(
    what: 'post' | 'update',
    name: string,
    take: (adapter: Adapter) => Promise<T>,
  ): Promise<T> {
    const adapter = channels.get(name);
    if (!adapter) throw new RoundsError('no_channel', `channel ${name} is not configured`);
    const late = AbortSignal.timeout(channelTimeoutMs);
    const began = performance.now();
    const seen = (ok: boolean) => observe({ kind: 'shown', adapter: name, what, ok, ms: performance.now() - began });
    try {
      const taken = await heeding(late, take(adapter));
      seen(true);
      return taken;
    } catch (error) {
      seen(false);
      if (!late.aborted) throw error;
      throw new NotYet(`[${name}] ${what} took longer than ${channelTimeoutMs} ms`, { cause: error });
    }
  }

  /**
   * Questions that a new one waits for, `coming` of them being stored just now; none while there is a free hand. A queue
   * that cannot say is no reason to turn it away.
   */
  async function ahead(coming: number): Promise<number> {
    try {
      const { waiting } = await queue.counts();
      const before = waiting + hands.wanted() + coming;
      return before < concurrency ? 0 : before;
    } catch (error) {
      logger.warn({ error }, 'the queue does not say how many wait');
      return 0;
    }
  }

  async function status(): Promise<Status> {
    const [counts, jobs, watching, unshown] = await Promise.all([
      store.counts(),
      queue.counts(),
      alerts?.status(),
      store.unshown(),
    ]);
    // Taken from the queue, and not begun.
    const idle = Math.min(hands.waiting(), jobs.active);
    const about = await options.about();
    return {
      ...about,
      problems: [...about.problems, ...(watching?.problems ?? []), ...unshownWords(unshown)],
      store: store.kind,
      queue: { kind: queue.kind, waiting: jobs.waiting + idle, active: jobs.active - idle },
      ...counts,
      maxError: config.maxError,
      uptimeS: Math.round((clock().getTime() - startedAt) / 1000),
    };
  }

  const bot: Bot = {
    handle,
    act,
    status,
    history: (query) => store.history(query),
    exchange: (id) => store.exchange(id),
    actOnAlert,
    alerts: async (query) => (await alerts?.cards(query)) ?? [],
    byPost: (adapter, postId) => store.byPost(adapter, postId),
    channels: (adapter) => store.channels(adapter),
    home: (person) => home(desk, person),
    reviews: async (person) => (may(desk.rolesOf(person), 'review') ? reviewList(desk) : undefined),
    rolesOf: desk.rolesOf,

    use(added) {
      middleware.push(added);
      pipeline = compose(middleware);
      return bot;
    },

    async start() {
      const started: Adapter[] = [];
      try {
        for (const adapter of adapters) {
          await adapter.start(bot);
          started.push(adapter);
        }
        await relay?.start({
          adapters,
          show,
          owns: (exchangeId) => posting.has(exchangeId),
          over: (exchangeId) => {
            posting.delete(exchangeId);
            alerts?.heard(exchangeId);
          },
          lost,
        });
        await showLost();
        if (works) {
          for (const job of await store.unfinished()) {
            if (!relay) await placeLeft(job.exchangeId);
            await queue.add(job);
          }
          await queue.process(work, { concurrency: concurrency + (relay ? BESIDE.relayed : BESIDE.alone), onDead });
        }
        await alerts?.start(alertOut);
        if (people && channels.has(people.adapter)) people.start(alertOut.post);
      } catch (error) {
        await Promise.allSettled(started.map((adapter) => adapter.stop()));
        throw error;
      }
    },

    announce,

    async stop(graceMs = 10_000) {
      await alerts?.stop();
      await people?.stop();
      const leave = () => leaving.abort(new NotYet('the bot is being stopped'));
      const timer = setTimeout(leave, Math.min(graceMs, SHOW_GRACE_MS));
      await queue.stop(graceMs);
      clearTimeout(timer);
      await relay?.stop(graceMs);
      for (const adapter of adapters) {
        await adapter
          .stop()
          .catch((error) => logger.warn({ error, adapter: adapter.name }, 'channel did not stop well'));
      }
    },
  };
  return bot;
}

/** What an action is about, for the audit log. */
function targetOf(action: Action): string {
  if (action.kind === 'undo') return action.target;
  if (action.kind === 'review') return action.item;
  return action.kind === 'teach' ? action.place.channel : action.exchangeId;
}

function mark(desk: Desk, action: Exclude<Action, { kind: 'undo' | 'teach' | 'review' }>): Promise<ActionResult> {
  if (action.kind === 'flag') return flag(desk, action);
  return action.kind === 'rate' ? rate(desk, action) : correct(desk, action);
}

function jobOf({ id, message: { place } }: Exchange): Omit<Job, 'attempts'> {
  return { id, kind: 'answer', exchangeId: id, thread: threadKey(place) };
}

/** The promise, or the signal's reason when that comes first. */
async function heeding<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let abandon = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abandon = () => reject(signal.reason);
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

function unshownWords(unshown: readonly Unshown[]): string[] {
  const last = unshown.at(-1);
  if (!last) return [];
  const what = unshown.length === 1 ? 'A final reply' : `${unshown.length} final replies`;
  return [`${what} could not be shown and will be tried at the next start: ${last.reason}`];
}

function apology(reason: string): string {
  return `I could not answer: ${reason}. Try again, or ask the person on shift.`;
}

/** An error's message as half a sentence, for a person: no stack, no line break. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n', 1)[0] ?? '').replace(/[.\s]+$/, '') || 'something went wrong';
}

function isStoreDown(error: unknown): boolean {
  return error instanceof RoundsError && error.code === 'store_down';
}

function isBadInput(error: unknown): boolean {
  return error instanceof RoundsError && error.code === 'bad_input';
}
