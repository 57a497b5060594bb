/**
 * Interactions: slash commands, autocompletion, buttons, modals and the context menu, sent over the gateway and answered
 * by callback, under Discord's rules: one answer, within three seconds; a token good for fifteen minutes; a modal only as
 * the first answer; what a component refers to must exist.
 */
import { randomBytes } from 'node:crypto';
import type { APIModalInteractionResponseCallbackData } from 'discord.js';
import { choices, deferral, editMessage, interactionMessage, modal, read } from './forms.ts';
import type { Gateway } from './gateway.ts';
import { addMessage, isThread, type PeerMessage, snowflake, type World, wire } from './world.ts';

const TOKEN_LIFE_MS = 15 * 60_000;
const LOADING = 1 << 7;
const EPHEMERAL = 1 << 6;

export interface Used {
  id: string;
  token: string;
  type: 2 | 3 | 4 | 5;
  channelId: string;
  userId: string;
  sentAt: number;
  expiresAt: number;
  /** Milliseconds until the callback, once it came; null while it has not. */
  acknowledgedMs: number | null;
  /** Type of the callback. */
  callback: number | null;
  /** Message of the interaction: a component's, or the one a context menu was opened on. */
  onMessage?: PeerMessage;
  /** The first answer, once there is one. */
  original?: PeerMessage;
  modal?: APIModalInteractionResponseCallbackData;
  choices?: { name: string; value: string }[];
  name: string;
}

export interface Answered {
  status: 200 | 204 | 400 | 401 | 404;
  body?: object;
}

export interface Interactions {
  use(given: Pick<Used, 'type' | 'channelId' | 'userId' | 'name'> & { data: object; onMessage?: PeerMessage }): Used;
  callback(id: string, token: string, body: unknown, withResponse: boolean): Answered;
  original(token: string, method: 'GET' | 'PATCH' | 'DELETE', body?: unknown): Answered;
  followUp(token: string, body: unknown): Answered;
  find(token: string): Used | undefined;
  readonly all: Used[];
  readonly violations: string[];
}

export function interactions(options: {
  world: World;
  gateway: Gateway;
  deadlineMs: number;
  onMessage: (message: PeerMessage) => void;
  onEdit: (message: PeerMessage) => void;
}): Interactions {
  const { world, gateway, deadlineMs } = options;
  const byToken = new Map<string, Used>();
  const all: Used[] = [];
  const violations: string[] = [];

  function use({ data, ...given }: Parameters<Interactions['use']>[0]): Used {
    const used: Used = {
      ...given,
      id: snowflake(),
      token: randomBytes(24).toString('base64url'),
      sentAt: Date.now(),
      expiresAt: Date.now() + TOKEN_LIFE_MS,
      acknowledgedMs: null,
      callback: null,
    };
    byToken.set(used.token, used);
    all.push(used);
    const channel = world.channels.get(used.channelId)!;
    const user = world.users.get(used.userId)!;
    const member = world.members.get(used.userId);
    const inGuild = channel.type !== 1;
    gateway.dispatch(
      'INTERACTION_CREATE',
      {
        id: used.id,
        application_id: world.applicationId,
        type: used.type,
        data,
        channel_id: channel.id,
        channel: inGuild
          ? {
              id: channel.id,
              type: channel.type,
              name: channel.name,
              guild_id: world.guildId,
              permissions: '2248473465835073',
              flags: 0,
              ...(isThread(channel) ? { parent_id: channel.parent_id, thread_metadata: channel.thread_metadata } : {}),
            }
          : { id: channel.id, type: 1, flags: 0, recipients: [user] },
        ...(inGuild
          ? {
              guild_id: world.guildId,
              guild: { id: world.guildId, locale: 'en-US', features: [] },
              guild_locale: 'en-US',
              member: { ...member, user, permissions: '2248473465835073' },
            }
          : { user }),
        token: used.token,
        version: 1,
        locale: 'en-US',
        app_permissions: '2248473465835073',
        entitlements: [],
        authorizing_integration_owners: inGuild ? { 0: world.guildId } : { 0: '0' },
        context: inGuild ? 0 : 1,
        attachment_size_limit: 10_485_760,
        ...(used.onMessage && used.type === 3 ? { message: wire(used.onMessage) } : {}),
      },
      0,
    );
    return used;
  }

  function callback(id: string, token: string, body: unknown, withResponse: boolean): Answered {
    const used = byToken.get(token);
    if (used?.id !== id) return unknownInteraction();
    if (used.callback !== null) {
      violations.push(`interaction ${used.name} acknowledged twice`);
      return { status: 400, body: { message: 'Interaction has already been acknowledged.', code: 40060 } };
    }
    const tookMs = Date.now() - used.sentAt;
    if (tookMs > deadlineMs) {
      violations.push(`interaction ${used.name} acknowledged after ${tookMs} ms`);
      return unknownInteraction();
    }
    const { type, data } = (body ?? {}) as { type?: number; data?: unknown };
    const error = answer(used, type, data);
    if (error) return { status: 400, body: error };
    used.callback = type!;
    used.acknowledgedMs = tookMs;
    if (!withResponse) return { status: 204 };
    return {
      status: 200,
      body: {
        interaction: {
          id: used.id,
          type: used.type,
          ...(used.original
            ? {
                response_message_id: used.original.id,
                response_message_loading: type === 5,
                response_message_ephemeral: Boolean((used.original.flags ?? 0) & EPHEMERAL),
              }
            : {}),
        },
        ...(used.original ? { resource: { type, message: wire(used.original) } } : {}),
      },
    };
  }

  /** What is wrong with it, or nothing, and it is done. */
  function answer(used: Used, type: number | undefined, data: unknown): object | undefined {
    const fits: Record<number, number[]> = {
      2: [4, 5, 9],
      3: [4, 5, 6, 7, 9],
      4: [8],
      5: used.onMessage ? [4, 5, 6, 7] : [4, 5],
    };
    if (!fits[used.type]!.includes(type ?? 0)) {
      return {
        message: 'Invalid Form Body',
        code: 50035,
        errors: {
          type: {
            _errors: [{ code: 'BASE_TYPE_CHOICES', message: `not ${type} for an interaction of type ${used.type}` }],
          },
        },
      };
    }
    if (type === 5) {
      const given = read(deferral, data ?? {});
      if ('error' in given) return given.error;
      put(used, '', {}, (given.body.flags ?? 0) | LOADING);
    } else if (type === 4) {
      const given = read(interactionMessage, data);
      if ('error' in given) return given.error;
      put(used, given.body.content ?? '', given.body, given.body.flags ?? 0);
    } else if (type === 6) {
      used.original = used.onMessage!;
    } else if (type === 7) {
      const given = read(editMessage, data);
      if ('error' in given) return given.error;
      used.original = used.onMessage!;
      change(used.onMessage!, given.body);
    } else if (type === 8) {
      const given = read(choices, data);
      if ('error' in given) return given.error;
      used.choices = given.body.choices;
    } else if (type === 9) {
      const given = read(modal, data);
      if ('error' in given) return given.error;
      used.modal = data as APIModalInteractionResponseCallbackData;
    }
    return undefined;
  }

  function put(used: Used, content: string, body: MessageBody, flags: number): PeerMessage {
    const message = addMessage(world, {
      channelId: used.channelId,
      author: world.bot,
      content,
      allowedMentions: body.allowed_mentions ?? undefined,
      rest: {
        ...shownParts(body, flags),
        flags,
        type: used.type === 2 ? 20 : 0,
        webhook_id: world.applicationId,
        application_id: world.applicationId,
        interaction_metadata: {
          id: used.id,
          type: used.type,
          user: world.users.get(used.userId)!,
          authorizing_integration_owners: { 0: world.guildId },
        } as unknown as PeerMessage['interaction_metadata'],
      } as Partial<PeerMessage>,
    });
    if (flags & EPHEMERAL) message.ephemeralTo = used.userId;
    used.original ??= message;
    if (!(flags & EPHEMERAL)) options.onMessage(message);
    return message;
  }

  function change(message: PeerMessage, body: MessageBody): void {
    edit(message, body);
    message.flags = (message.flags ?? 0) & ~LOADING;
    if (!message.ephemeralTo) options.onEdit(message);
  }

  function original(token: string, method: 'GET' | 'PATCH' | 'DELETE', body?: unknown): Answered {
    const used = byToken.get(token);
    if (!used) return { status: 404, body: { message: 'Unknown Webhook', code: 10015 } };
    if (Date.now() > used.expiresAt) return { status: 401, body: { message: 'Invalid Webhook Token', code: 50027 } };
    const list = used.original && world.messages.get(used.channelId)!;
    if (!used.original || !list?.includes(used.original)) {
      return { status: 404, body: { message: 'Unknown Message', code: 10008 } };
    }
    if (method === 'DELETE') {
      list.splice(list.indexOf(used.original), 1);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      const given = read(editMessage, body);
      if ('error' in given) return { status: 400, body: given.error };
      change(used.original, given.body);
    }
    return { status: 200, body: wire(used.original) };
  }

  function followUp(token: string, body: unknown): Answered {
    const used = byToken.get(token);
    if (!used || used.callback === null) return { status: 404, body: { message: 'Unknown Webhook', code: 10015 } };
    if (Date.now() > used.expiresAt) return { status: 401, body: { message: 'Invalid Webhook Token', code: 50027 } };
    const given = read(interactionMessage, body);
    if ('error' in given) return { status: 400, body: given.error };
    // The first one after a deferral takes the place of "is thinking".
    if (used.original && (used.original.flags ?? 0) & LOADING) {
      change(used.original, given.body);
      return { status: 200, body: wire(used.original) };
    }
    return { status: 200, body: wire(put(used, given.body.content ?? '', given.body, given.body.flags ?? 0)) };
  }

  return { use, callback, original, followUp, find: (token) => byToken.get(token), all, violations };
}

export interface MessageBody {
  content?: string | null;
  embeds?: unknown[] | null;
  components?: unknown[] | null;
  flags?: number | null;
  allowed_mentions?: { parse?: string[]; users?: string[]; roles?: string[]; replied_user?: boolean } | null;
}

const SUPPRESS_EMBEDS = 1 << 2;

/** SUPPRESS_EMBEDS hides the message's own embeds too. */
export function shownParts(body: MessageBody, flags: number): Partial<PeerMessage> {
  return {
    embeds: flags & SUPPRESS_EMBEDS ? [] : ((body.embeds ?? []) as PeerMessage['embeds']),
    components: (body.components ?? []) as PeerMessage['components'],
  };
}

export function edit(message: PeerMessage, body: MessageBody): void {
  if (body.flags !== undefined && body.flags !== null) message.flags = body.flags;
  if (body.content !== undefined) message.content = body.content ?? '';
  if (body.embeds !== undefined) message.embeds = shownParts(body, message.flags ?? 0).embeds!;
  if (body.components !== undefined) message.components = (body.components ?? []) as PeerMessage['components'];
  message.edited_timestamp = new Date().toISOString();
}

function unknownInteraction(): Answered {
  return { status: 404, body: { message: 'Unknown interaction', code: 10062 } };
}
