/**
 * How a card gets to Discord: under the message that asked, as the answer to a slash command while its token lives, and
 * in either case edited in place later, also after a restart. A message that was deleted is posted anew; a thread that
 * was archived is opened again; a place that is gone or closed to us is answered to the person directly.
 */
import { DiscordAPIError, HTTPError, RateLimitError, type REST, RESTJSONErrorCodes, Routes } from 'discord.js';
import type { Exchange, Place, Reply } from '../../bot/types.ts';
import { ChannelClosed, RoundsError } from '../../models/errors.ts';
import type { Verdict } from '../shared/outbox.ts';
import { type Body, NO_MENTIONS } from './card.ts';
import type { Logger } from './discord.ts';
import { originOf } from './origin.ts';

/** A slash command that can still be answered by its token. */
export interface Live {
  token: string;
  /** Milliseconds since 1970. */
  until: number;
  /** Id of the message that answers it; rejects when Discord did not take the acknowledgement. */
  posted: Promise<string>;
}

export interface SendOptions {
  rest: REST;
  /** For what goes by an interaction's token: that is outside the bot's own limit of requests a second. */
  tokens: REST;
  applicationId: () => string;
  live: Map<string, Live>;
  clock: () => number;
  logger: Logger;
}

export interface Sender {
  create(place: Place, body: Body, reply: Reply, exchange: Exchange | undefined): Promise<string>;
  edit(place: Place, postId: string, body: Body, reply: Reply, exchange: Exchange | undefined): Promise<string>;
  /** A line or card on its own: under `replyTo`, else at the channel's top level. The same `nonce` is posted once. */
  post(channel: string, body: Body, more?: { replyTo?: string; nonce?: string; quiet?: boolean }): Promise<string>;
  patch(channel: string, postId: string, body: Body): Promise<void>;
}

const {
  UnknownChannel,
  UnknownMessage,
  UnknownWebhook,
  UnknownInteraction,
  InvalidWebhookToken,
  MissingAccess,
  MissingPermissions,
} = RESTJSONErrorCodes;
/** The channel takes nothing, and time will not mend it. */
const CLOSED = [UnknownChannel, MissingAccess, MissingPermissions];
const THREAD_ARCHIVED = RESTJSONErrorCodes.InvalidActionOnArchivedThread;
const THREAD_LOCKED = RESTJSONErrorCodes.ThreadLocked;
/** Discord takes fifty requests in any second; what else the bot asks (members, what was missed) needs some of them. */
const EVERY_MS = 25;
const SUPPRESS_EMBEDS = 1 << 2;
/** Discord takes 25 characters of a nonce. */
const NONCE = 25;

export function createSender({ rest, tokens, applicationId, live, clock, logger }: SendOptions): Sender {
  const turn = paced(EVERY_MS);

  async function create(place: Place, body: Body, reply: Reply, exchange: Exchange | undefined): Promise<string> {
    const origin = originOf(exchange);
    const nonce = reply.exchangeId;
    if (origin?.kind === 'slash') {
      // Until there is more to say, "is thinking…" says it.
      const thinking = !reply.final && reply.stage === 'received' && !reply.ahead;
      const posted = await byToken(origin.interaction, thinking ? undefined : body);
      if (posted !== undefined) return posted;
    }
    const replyTo = origin?.kind === 'message' ? origin.message : undefined;
    try {
      if (!origin && place.thread !== '') return await beneath(place, body, nonce);
      return await post(origin?.channel ?? place.channel, body, { nonce, ...(replyTo ? { replyTo } : {}) });
    } catch (error) {
      if (!isClosed(error) || !exchange) throw error;
      return directly(exchange, body, error);
    }
  }

  async function edit(
    place: Place,
    postId: string,
    body: Body,
    reply: Reply,
    exchange: Exchange | undefined,
  ): Promise<string> {
    const origin = originOf(exchange);
    // A reply that hangs elsewhere than where it was asked for says where.
    const [channel, message] = postId.includes('/')
      ? (postId.split('/') as [string, string])
      : [origin?.channel ?? place.channel, postId];
    try {
      if (origin?.kind === 'slash' && (await byToken(origin.interaction, body)) !== undefined) return postId;
      await patch(channel, message, body);
      return postId;
    } catch (error) {
      // What is only on its way is not worth a second message.
      if (!reply.final) throw error;
      if (is(error, UnknownMessage)) {
        logger.warn({ channel, message, exchange: reply.exchangeId }, 'a reply was deleted: posted anew');
        // Another nonce than the deleted one's: Discord would hand that one back.
        return create(place, body, { ...reply, exchangeId: `${reply.exchangeId}2` }, exchange);
      }
      if (isClosed(error) && exchange) return directly(exchange, body, error);
      throw error;
    }
  }

  /** The answer to a slash command (without a body: its id only); undefined when its token is of no use any more. */
  async function byToken(interaction: string, body: Body | undefined): Promise<string | undefined> {
    const one = live.get(interaction);
    if (!one) return undefined;
    try {
      const postId = await one.posted;
      if (clock() > one.until) throw new RoundsError('token_expired', 'fifteen minutes are over');
      if (body === undefined) return postId;
      await tokens.patch(Routes.webhookMessage(applicationId(), one.token, '@original'), { body, auth: false });
      return postId;
    } catch (error) {
      if (error instanceof RateLimitError || (isApi(error) && !isDead(error)) || error instanceof HTTPError)
        throw error;
      if (!isApi(error) && !(error instanceof RoundsError)) throw error;
      live.delete(interaction);
      return undefined;
    }
  }

  async function post(
    channel: string,
    body: Body,
    { replyTo, nonce, quiet = false }: { replyTo?: string; nonce?: string; quiet?: boolean } = {},
  ): Promise<string> {
    await turn();
    const message = (await rest.post(Routes.channelMessages(channel), {
      body: {
        ...body,
        // A line of ours has no embed of its own: none is to grow out of its text. On a card the flag would hide the card.
        ...(body.embeds.length === 0 ? { flags: SUPPRESS_EMBEDS | (quiet ? 1 << 12 : 0) } : {}),
        ...(nonce ? { nonce: nonce.slice(-NONCE), enforce_nonce: true } : {}),
        ...(replyTo ? { message_reference: { message_id: replyTo, fail_if_not_exists: false } } : {}),
      },
    })) as { id: string };
    return message.id;
  }

  async function patch(channel: string, postId: string, body: Body): Promise<void> {
    await turn();
    try {
      await rest.patch(Routes.channelMessage(channel, postId), { body });
    } catch (error) {
      if (!is(error, THREAD_ARCHIVED)) throw error;
      await rest.patch(Routes.channel(channel), { body: { archived: false } });
      await rest.patch(Routes.channelMessage(channel, postId), { body });
    }
  }

  /** In the thread on a post of ours, which is begun with the first word in it. */
  async function beneath({ channel, thread }: Place, body: Body, nonce: string): Promise<string> {
    try {
      return `${thread}/${await post(thread, body, { nonce })}`;
    } catch (error) {
      if (!is(error, UnknownChannel)) throw error;
      await rest.post(Routes.threads(channel, thread), { body: { name: 'Details', auto_archive_duration: 1440 } });
      return `${thread}/${await post(thread, body, { nonce })}`;
    }
  }

  /** The place is gone or closed: whoever asked still gets the answer. */
  async function directly({ message, id }: Exchange, body: Body, cause: unknown): Promise<string> {
    const user = message.author.id.slice(message.author.id.indexOf(':') + 1);
    logger.warn({ exchange: id, error: cause }, 'the place of a reply is closed: it goes to the person directly');
    const direct = (await rest.post(Routes.userChannels(), { body: { recipient_id: user } })) as { id: string };
    const note = 'I cannot write any more where you asked this, so it comes here.';
    return `${direct.id}/${await post(direct.id, { ...body, content: note, allowed_mentions: NO_MENTIONS }, { nonce: id })}`;
  }

  return { create, edit, post, patch };
}

/** What the outbox does about a failed send. */
export function judge(error: unknown): Verdict {
  if (error instanceof RateLimitError) {
    const ms = Math.max(error.retryAfter, error.timeToReset, error.sublimitTimeout, 50);
    return { kind: 'wait', ms, scope: error.global ? 'all' : 'channel' };
  }
  if (isApi(error)) {
    // A refused token is mended by a person; what waits is not lost meanwhile.
    return error.status === 401 || error.status === 429 || error.status >= 500
      ? { kind: 'again' }
      : { kind: 'refused' };
  }
  return error instanceof RoundsError ? { kind: 'refused' } : { kind: 'again' };
}

/** The message is not there any more. */
export function isDeleted(error: unknown): boolean {
  return is(error, UnknownMessage);
}

/** Resolves in turn, each `everyMs` after the one before at the soonest. */
function paced(everyMs: number): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const at = Math.max(now, next);
    next = at + everyMs;
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  };
}

function isApi(error: unknown): error is DiscordAPIError {
  return error instanceof DiscordAPIError;
}

function is(error: unknown, ...codes: number[]): boolean {
  return isApi(error) && codes.includes(Number(error.code));
}

function isDead(error: unknown): boolean {
  return is(error, UnknownWebhook, UnknownInteraction, UnknownMessage, InvalidWebhookToken);
}

function isClosed(error: unknown): boolean {
  return is(error, ...CLOSED, THREAD_LOCKED, THREAD_ARCHIVED);
}

/** Throws on what went wrong in a channel: a ChannelClosed where time will not mend it. */
export function sayClosed({ channel }: Place): (error: unknown) => never {
  return (error) => {
    if (!isApi(error) || !is(error, ...CLOSED)) throw error;
    const mend = is(error, UnknownChannel) ? 'it was deleted' : 'let the bot see it and write there';
    const says = `[discord] ${channel} says ${error.code} ${error.message}`;
    throw new ChannelClosed(`${says}: ${mend}, or name another channel`, { cause: error });
  };
}
