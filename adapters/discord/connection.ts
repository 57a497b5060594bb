/**
 * The line to Discord's gateway, held open and honest about itself. discord.js resumes what closes and replaces a socket
 * whose heartbeats stay unanswered. Besides, every minute the bot asks for itself over the gateway and must hear the answer
 * as an event: a socket that is open but deaf is thrown away for a new one. Only while events come back is it healthy.
 *
 * It does not know what is heard: a new client is handed to `onClient`, and `onBack` says when messages may have been missed.
 */
import { SimpleShardingStrategy, type WebSocketManager } from '@discordjs/ws';
import {
  ApplicationFlagsBitField,
  Client,
  GatewayIntentBits,
  Options,
  Partials,
  type REST,
  Routes,
  Status,
} from 'discord.js';
import type { Health } from '../../bot/types.ts';
import { RoundsError } from '../../models/errors.ts';
import type { Logger } from './discord.ts';

export interface ConnectionOptions {
  token: string;
  /** Base address of REST, without version. */
  api: string;
  rest: REST;
  logger: Logger;
  timing: Timing;
  onClient(client: Client): void;
  /** Connected anew: what was written meanwhile may have been missed. */
  onBack(client: Client<true>): void;
}

export interface Timing {
  /** Between two questions to itself. */
  selfCheckMs: number;
  /** How long the answer may take. */
  selfCheckTimeoutMs: number;
  /** How long the start waits for a connection before it goes on without. */
  startMs: number;
  /** How long discord.js may try by itself (twice a second); then there are pauses that grow. */
  overdueMs: number;
  /** First and longest pause before a new connection. */
  retryMs: { first: number; longest: number };
}

export interface Connection {
  /** Rejects when the token is refused; a Discord that is away is tried again and again instead. */
  open(): Promise<void>;
  close(): Promise<void>;
  health(): Health;
  /** Whether texts of messages are seen that do not mention the bot. */
  readsAll(): boolean;
  applicationId(): string;
}

interface Application {
  id: string;
  flags?: number;
}

/** The gateway closed for good: why, and the mend. */
const FATAL: Record<number, string> = {
  4004: 'the token is refused: renew DISCORD_TOKEN (developer portal, Bot, Reset Token) and start again',
  4010: 'Discord refuses the shard: report it',
  4011: 'the bot is in too many servers for one connection: report it',
  4012: 'Discord refuses this version of the gateway: update Rounds',
  4013: 'Discord refuses the intents: report it',
};
const TOKEN_REFUSED = FATAL[4004]!;
const DISALLOWED_INTENTS = 4014;
const CONTENT_INTENT_OFF =
  'MESSAGE CONTENT INTENT is off (developer portal, Bot): threads are followed only where the bot is mentioned';
const STOP_MS = 2000;

export function createConnection(options: ConnectionOptions): Connection {
  const { token, api, rest, logger, timing } = options;
  let client: Client | undefined;
  let application: Application | undefined;
  let contentDenied = false;
  let state: 'connecting' | 'healthy' | 'deaf' | 'refused' | 'stopped' = 'stopped';
  let why = 'not started';
  let healedAt: string | undefined;
  let tries = 0;
  let attempts = 0;
  let retry: NodeJS.Timeout | undefined;
  let check: NodeJS.Timeout | undefined;
  let overdue: NodeJS.Timeout | undefined;

  const readsAll = () => {
    const flags = new ApplicationFlagsBitField(application?.flags ?? 0);
    return !contentDenied && flags.any(['GatewayMessageContent', 'GatewayMessageContentLimited']);
  };

  /** Resolves once connected; what fails after it was replaced by another attempt has nothing to say. */
  async function connect(failed: (error: unknown) => void): Promise<void> {
    attempts += 1;
    const attempt = attempts;
    expectSoon();
    try {
      application = (await rest.get(Routes.currentApplication())) as Application;
      if (attempt !== attempts) return;
      client = makeClient();
      await client.login(token);
    } catch (error) {
      if (attempt === attempts) failed(error);
    }
  }

  function makeClient(): Client {
    const made: Client = new Client({
      intents: [
        GatewayIntentBits.Guilds,
        GatewayIntentBits.GuildMessages,
        GatewayIntentBits.DirectMessages,
        ...(readsAll() ? [GatewayIntentBits.MessageContent] : []),
      ],
      partials: [Partials.Channel],
      allowedMentions: { parse: [], repliedUser: false },
      makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
      rest: { api },
      ws: {
        buildIdentifyThrottler: async () => patientIdentify(timing.retryMs),
        buildStrategy: (manager) => parkedWhen(() => client !== made, manager),
      },
    });
    // An event of a client that was replaced means nothing any more.
    const current = (then: () => void) => () => {
      if (client === made) then();
    };
    made.on('error', (error) => logger.warn({ error }, '[discord] client error'));
    made.on('shardError', (error) => logger.warn({ error }, '[discord] connection error'));
    made.on(
      'shardReconnecting',
      current(() => {
        if (state === 'healthy') lost('the connection closed; reconnecting');
      }),
    );
    made.on(
      'shardResume',
      current(() => well()),
    );
    made.on(
      'shardReady',
      current(() => well()),
    );
    made.on(
      'clientReady',
      current(() => options.onBack(made as Client<true>)),
    );
    made.on('shardDisconnect', ({ code }) => {
      if (client === made) ended(code);
    });
    let first = true;
    made.on('shardReady', () => {
      // The first one is clientReady's; each later one is a session that could not be resumed.
      if (!first && client === made) options.onBack(made as Client<true>);
      first = false;
    });
    options.onClient(made);
    return made;
  }

  /** From the first sign of trouble on: further ones do not put it off. */
  function expectSoon(): void {
    overdue ??= setTimeout(
      () => again('Discord is not reached: the gateway does not take the connection'),
      timing.overdueMs,
    );
  }

  function relax(): void {
    clearTimeout(overdue);
    overdue = undefined;
  }

  function well(): void {
    relax();
    if (state === 'deaf' || (state === 'connecting' && healedAt !== undefined)) healedAt = new Date().toISOString();
    state = 'healthy';
    why = '';
    tries = 0;
  }

  function lost(reason: string): void {
    if (state === 'refused' || state === 'stopped') return;
    healedAt ??= '';
    state = 'connecting';
    why = reason;
    expectSoon();
  }

  function ended(code: number): void {
    if (code === DISALLOWED_INTENTS && !contentDenied) {
      contentDenied = true;
      again('Discord refuses an intent; reconnecting without message texts');
      return;
    }
    refused(FATAL[code] ?? `Discord closed the connection for good (${code}): see its gateway close codes`);
  }

  function refused(reason: string): void {
    state = 'refused';
    why = reason;
    relax();
    logger.error({ reason }, '[discord] not connected');
    discard();
  }

  /** A new connection after a pause that grows from one failure to the next. */
  function again(reason: string): void {
    if (state === 'stopped' || state === 'refused') return;
    lost(reason);
    discard();
    relax();
    clearTimeout(retry);
    const pause = Math.min(timing.retryMs.longest, timing.retryMs.first * 2 ** tries) * (0.5 + Math.random() / 2);
    tries += 1;
    logger.warn({ reason, pauseMs: Math.round(pause) }, '[discord] connecting anew');
    retry = setTimeout(() => {
      void connect((error) => {
        if (isTokenRefused(error)) refused(TOKEN_REFUSED);
        else again(`Discord is not reached: ${messageOf(error)}`);
      });
    }, pause);
  }

  function discard(): void {
    attempts += 1;
    const old = client;
    client = undefined;
    // A half-open socket takes half a minute to close: nobody waits for it.
    if (old) letGo(old).catch((error) => logger.info({ error }, '[discord] an old connection did not close well'));
  }

  /** The bot asks for itself, and hears it. */
  async function selfCheck(): Promise<void> {
    const now = client;
    if (state !== 'healthy' || !now?.isReady()) return;
    const guild = now.guilds.cache.first();
    // Without a server there is nothing to ask about: then the heartbeats alone tell.
    if (!guild) return;
    try {
      await guild.members.fetch({ user: [now.user.id], time: timing.selfCheckTimeoutMs });
    } catch (error) {
      if (client !== now || state !== 'healthy') return;
      state = 'deaf';
      again(`the connection is deaf: its own event did not come back (${messageOf(error)})`);
    }
  }

  return {
    readsAll,
    applicationId: () => application?.id ?? '',

    async open() {
      state = 'connecting';
      why = 'connecting';
      let fault: RoundsError | undefined;
      const opened = connect((error) => {
        if (isTokenRefused(error)) {
          fault = new RoundsError('discord_token', `[discord] 401: ${TOKEN_REFUSED}`, { cause: error });
          refused(TOKEN_REFUSED);
        } else again(`Discord is not reached: ${messageOf(error)}`);
      });
      // A connection that comes later goes on by itself.
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          logger.warn({}, '[discord] not connected yet: it is tried again and again');
          resolve();
        }, timing.startMs);
      });
      await Promise.race([opened, patience]);
      clearTimeout(timer);
      if (fault) throw fault;
      check = setInterval(() => void selfCheck(), timing.selfCheckMs);
    },

    async close() {
      state = 'stopped';
      why = 'stopped';
      clearTimeout(retry);
      relax();
      attempts += 1;
      clearInterval(check);
      const old = client;
      client = undefined;
      if (!old) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        letGo(old),
        new Promise((resolve) => {
          timer = setTimeout(resolve, STOP_MS);
        }),
      ]);
      clearTimeout(timer);
    },

    health() {
      if (state !== 'healthy') return { ok: false, detail: `[discord] ${why}` };
      const notes = [
        ...(readsAll() ? [] : [CONTENT_INTENT_OFF]),
        ...(healedAt ? [`reconnected at ${healedAt}`] : []),
        ...(client?.isReady() && client.guilds.cache.size === 0 ? ['the bot is in no server yet: invite it'] : []),
      ];
      return { ok: true, detail: ['[discord] connected', ...notes].join('; ') };
    },
  };
}

/**
 * Closes a client that is not wanted any more. While its socket is only being opened, discord.js 14 must not be told to
 * close it (it would take its hands off the socket's errors, and one would end the process): such a client is left to
 * fail, parked (below), or closed if it opens after all.
 */
async function letGo(old: Client): Promise<void> {
  old.removeAllListeners();
  old.on('error', () => {});
  old.on('shardError', () => {});
  const opening = [...old.ws.shards.values()].some(({ status }) => status === Status.Connecting);
  if (!opening) return old.destroy();
  old.once('shardReady', () => void old.destroy());
  old.once('shardResume', () => void old.destroy());
}

/**
 * discord.js goes on connecting, twice a second, also when its client was destroyed between two tries. It asks for the
 * session before each: a client that was replaced is never told.
 */
function parkedWhen(replaced: () => boolean, manager: WebSocketManager): SimpleShardingStrategy {
  const { retrieveSessionInfo } = manager.options;
  manager.options.retrieveSessionInfo = (shard) =>
    replaced() ? new Promise<never>(() => {}) : retrieveSessionInfo(shard);
  return new SimpleShardingStrategy(manager);
}

/**
 * Identifying is limited to 1,000 a day, then Discord resets the token. A gateway that takes the bot in and throws it out
 * again and again would use that up in an hour and a half: the pause between two identifies grows to `longest`, and is
 * forgotten after an hour's peace.
 */
function patientIdentify({ first, longest }: Timing['retryMs']) {
  let last = 0;
  let pause = 0;
  return {
    async waitForIdentify(_shard: number, signal: AbortSignal): Promise<void> {
      const now = Date.now();
      pause = last === 0 || now - last > 3_600_000 ? 0 : Math.min(longest, Math.max(first, pause * 2));
      const until = last + pause;
      last = Math.max(now, until);
      if (until <= now) return;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, until - now);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      });
    },
  };
}

function isTokenRefused(error: unknown): boolean {
  const { status, code } = error as { status?: number; code?: unknown };
  return (
    status === 401 || code === 'TokenInvalid' || (error instanceof Error && error.message === 'Authentication failed')
  );
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
