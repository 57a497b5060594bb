/**
 * The Discord channel: mentions, direct messages, threads, slash commands, buttons and modals become calls of the door; the
 * bot's replies become cards that are edited in place. It knows the door and Discord; what was said lives in the bot's
 * store. `rest.api` is an option, so the same adapter runs against a local peer.
 */
import { type Client, type Message as DiscordMessage, REST, Routes } from 'discord.js';
import type { Adapter, AlertCard, Card, Door, Health, Place } from '../../bot/types.ts';
import { type Board, createBoard } from '../shared/board.ts';
import { type Cannot, once, type Ways } from '../shared/once.ts';
import { createOutbox } from '../shared/outbox.ts';
import { alertBody } from './alert.ts';
import { type Body, cardOf, lineOf } from './card.ts';
import { catchUp } from './catchup.ts';
import { COMMANDS } from './commands.ts';
import { createConnection, type Timing } from './connection.ts';
import { discreet } from './discreet.ts';
import { createInteractor } from './interact.ts';
import { ADAPTER } from './origin.ts';
import { createPeople } from './people.ts';
import { createReceiver } from './receive.ts';
import { createSender, isDeleted, judge, type Live, sayClosed } from './send.ts';

export type { Action, Door, Message, Person } from '../../bot/types.ts';

export interface DiscordOptions {
  /** Bot token of the developer portal. */
  token: string;
  /** Base address of Discord's REST, without version. Default https://discord.com/api. */
  api?: string;
  /** Plant tags offered while a slash command is typed. */
  tags?: readonly TagHint[];
  /** Messages missed no longer ago are answered after an outage, older ones told that it is too late. Default 15 minutes. */
  lateMs?: number;
  timing?: Partial<Timing & { progressMs: number }>;
  logger?: Logger;
  clock?: () => number;
  /** As the outbox's. */
  timer?: (ms: number, then: () => void) => () => void;
}

/** A line of the asset register. */
export interface TagHint {
  tag: string;
  class?: string;
  area?: string;
  description?: string;
}

/** What is used of a pino logger. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

const TIMING = {
  selfCheckMs: 60_000,
  selfCheckTimeoutMs: 10_000,
  startMs: 15_000,
  overdueMs: 30_000,
  retryMs: { first: 1000, longest: 300_000 },
  /**
   * Least time between two states of growing replies in a queue: Discord takes five edits in five seconds, and final ones
   * come first.
   */
  progressMs: 1500,
};
const quiet: Logger = { info() {}, warn() {}, error() {} };
const DISCORD_API = 'https://discord.com/api';
/** What is still to be sent when stopping may take this long. */
const STOP_GRACE_MS = 2000;

/** A constructed adapter is connected nowhere yet; `start` rejects when the token is refused. */
export function discordAdapter(options: DiscordOptions): Adapter & { health(): Health } {
  const { token, api = DISCORD_API, tags = [], lateMs = 15 * 60_000, clock = Date.now } = options;
  const logger = discreet(options.logger ?? quiet);
  const timing = { ...TIMING, ...options.timing };
  // Waiting is the outbox's: it knows which state is newest by the time that Discord takes one again.
  const restOptions = { api, version: '10', retries: 0, rejectOnRateLimit: () => true };
  const rest = new REST(restOptions).setToken(token);
  const tokens = new REST({ ...restOptions, globalRequestsPerSecond: Number.MAX_SAFE_INTEGER });
  const live = new Map<string, Live>();
  const progressAt = new Map<string, number>();
  const cards = once();
  const outbox = createOutbox({
    judge,
    clock,
    ...(options.timer ? { timer: options.timer } : {}),
    onTrouble: (error, waitMs) => logger.warn({ error, waitMs }, '[discord] not taken yet'),
  });
  let door: Door | undefined;
  let board: Board | undefined;

  const connection = createConnection({ ...{ token, api, rest, logger, timing }, onClient: attend, onBack: back });
  const sender = createSender({ rest, tokens, applicationId: connection.applicationId, live, clock, logger });

  /** A client hears. */
  function attend(client: Client): void {
    const { receive, interact } = ears(client);
    client.on('messageCreate', (message) => void receive(message));
    client.on('interactionCreate', (interaction) => void interact(interaction));
  }

  function ears(client: Client) {
    const people = createPeople(client as Client<true>, clock, logger);
    return {
      receive: createReceiver({ door: door!, people, tell, logger }),
      interact: createInteractor({ door: door!, people, live, tags, clock, logger }),
    };
  }

  /** Connected anew: commands as they are now, and what was written meanwhile. */
  function back(client: Client<true>): void {
    client.rest
      .put(Routes.applicationCommands(client.application.id), { body: COMMANDS })
      .catch((error) => logger.error({ error }, '[discord] the slash commands could not be registered'));
    const { receive } = ears(client);
    catchUp(client, { door: door!, receive, lateMs, clock, logger }).catch((error) =>
      logger.error({ error }, '[discord] what was missed could not be read back'),
    );
  }

  /** A line under a message: the same one is said once, however often it is tried. */
  async function tell(message: DiscordMessage, text: string): Promise<void> {
    await outbox.put({
      channel: message.channelId,
      key: `line ${message.id}`,
      send: () => sender.post(message.channelId, lineOf(text), { replyTo: message.id, nonce: `line${message.id}` }),
    });
  }

  /** Answers to slash commands have their own rate each; everything else its channel's. */
  function queueOf(place: Place): string {
    return live.has(place.thread) ? `slash ${place.thread}` : place.channel;
  }

  function waysOf(channel: string, card: AlertCard, nonce: string): Ways {
    const body = alertBody(card);
    return {
      post: () => sender.post(channel, body, { nonce }),
      edit: (postId) => sender.patch(channel, postId, body),
    };
  }

  function mayShowProgress(queue: string): boolean {
    if (clock() - (progressAt.get(queue) ?? 0) < timing.progressMs) return false;
    progressAt.set(queue, clock());
    return true;
  }

  function forget(): void {
    for (const [id, { until }] of live) if (until < clock()) live.delete(id);
    for (const [queue, at] of progressAt) if (clock() - at > timing.progressMs) progressAt.delete(queue);
  }

  return {
    name: ADAPTER,

    async start(given) {
      door = given;
      board = createBoard<Body>({
        outbox,
        exchange: (id) => given.exchange(id),
        render: cardOf,
        create: sender.create,
        edit: sender.edit,
        methods: { create: 'create', edit: 'edit' },
        queueOf,
      });
      await connection.open();
    },

    async stop() {
      await connection.close();
      await outbox.close(STOP_GRACE_MS);
    },

    async post(place: Place, card: Card) {
      forget();
      const { channel } = place;
      const posted = async (): Promise<string> => {
        if (!('kind' in card)) return board!.post(place, card);
        const send = () =>
          cards.show(`${channel} ${card.id}`, waysOf(channel, card, `${card.id.slice(-12)}${channel.slice(-13)}`));
        return outbox.put({ channel, key: `post ${card.id}`, send });
      };
      return posted().catch(sayClosed(place));
    },

    async update(place: Place, postId: string, card: Card) {
      const { channel } = place;
      const edited = async (): Promise<string | undefined> => {
        if ('kind' in card) {
          // Another nonce than the deleted one's: Discord would hand that one back.
          const ways = waysOf(channel, card, `${card.id.slice(-16)}${Date.parse(card.updatedAt).toString(36)}`);
          const cannot = (error: unknown): Cannot | undefined =>
            isDeleted(error) ? (card.news ? 'post anew' : 'leave it') : undefined;
          const send = () => cards.update(`${channel} ${card.id}`, postId, { ...ways, cannot });
          return outbox.put({ channel, key: `edit ${card.id}`, send });
        }
        if (card.final || mayShowProgress(queueOf(place))) await board!.update(place, postId, card);
        return undefined;
      };
      return edited().catch(sayClosed(place));
    },

    health() {
      const health = connection.health();
      const waiting = outbox.waiting();
      return waiting > 0 ? { ...health, detail: `${health.detail}; ${waiting} to be sent` } : health;
    },
  };
}
