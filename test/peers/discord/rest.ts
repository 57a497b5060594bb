/**
 * The peer's REST v10: the routes that a bot uses, with Discord's answers and error codes. What goes wrong on purpose
 * (429, 500, a revoked token) is decided by `intercept` before a route sees the request.
 */
import { Hono } from 'hono';
import { commands, createMessage, editMessage, read } from './forms.ts';
import { edit, type Interactions, shownParts } from './interactions.ts';
import type { Verdict } from './limits.ts';
import {
  addMessage,
  addThread,
  directChannel,
  findMessage,
  isThread,
  type PeerChannel,
  type PeerMessage,
  type World,
  wire,
} from './world.ts';

export interface RestOptions {
  world: World;
  interactions: Interactions;
  token: () => string | null;
  gatewayUrl: () => string;
  sessionsLeft: () => number;
  inServer: () => boolean;
  applicationFlags: () => number;
  take: (route: string, major: string, interaction: boolean) => Verdict;
  /** What a test wants to go wrong with this request. */
  intercept: (request: SeenRequest) => { status: number; body: object; headers?: Record<string, string> } | undefined;
  /** Channels the bot may not see or write to. */
  forbidden: ReadonlySet<string>;
  onMessage: (message: PeerMessage, nonce?: string | number) => void;
  onEdit: (message: PeerMessage) => void;
  onThread: (thread: PeerChannel, event: 'THREAD_CREATE' | 'THREAD_UPDATE') => void;
}

export interface SeenRequest {
  method: string;
  /** `/channels/:id/messages` */
  route: string;
  path: string;
  body: unknown;
  at: number;
}

const NONCE_LIFE_MS = 5 * 60_000;
const SUPPRESS_EMBEDS = 1 << 2;

export function rest(options: RestOptions) {
  const { world, interactions } = options;
  const app = new Hono().basePath('/api/v10');
  const requests: SeenRequest[] = [];
  const invalid: { route: string; error: object }[] = [];
  const registered = new Map<string, unknown[]>();
  const nonces = new Map<string, { message: PeerMessage; at: number }>();
  const json = (status: number, body: object, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
  const bad = (route: string, error: object) => {
    invalid.push({ route, error });
    return json(400, error);
  };
  const unknown = (what: 'Channel' | 'Message' | 'Member' | 'User', code: number) =>
    json(404, { message: `Unknown ${what}`, code });

  app.use('*', async (c, next) => {
    const path = c.req.path.replace('/api/v10', '');
    const route = routeOf(path);
    const method = c.req.method;
    const body = await bodyOf(c.req.raw.clone());
    const request: SeenRequest = { method, route, path, body, at: Date.now() };
    requests.push(request);
    // Interactions carry their own token; everything else the bot's.
    const interaction = route.startsWith('/interactions/') || route.startsWith('/webhooks/');
    if (!interaction && (options.token() === null || c.req.header('authorization') !== `Bot ${options.token()}`)) {
      return json(401, { message: '401: Unauthorized', code: 0 });
    }
    if (!/^DiscordBot \(.+\)/.test(c.req.header('user-agent') ?? '')) {
      return json(403, { message: 'User-Agent must be DiscordBot (url, version)', code: 40333 });
    }
    const wrong = options.intercept(request);
    if (wrong) return json(wrong.status, wrong.body, wrong.headers);
    if (route === '/interactions/:id/:token/callback') return next();
    const bucket = route.startsWith('/webhooks/') ? 'webhook' : `${method} ${route}`;
    const verdict = options.take(
      bucket,
      /^\/(?:channels|guilds|webhooks)\/([^/]+(?:\/[\w-]{20,})?)/.exec(path)?.[1] ?? '',
      interaction,
    );
    if (verdict.refused) return json(429, verdict.refused, verdict.headers);
    await next();
    for (const [name, value] of Object.entries(verdict.headers)) c.res.headers.set(name, value);
  });

  // -------------------------------------------------------------------------------------------- the bot itself

  app.get('/gateway/bot', (c) =>
    c.json({
      url: options.gatewayUrl(),
      shards: 1,
      session_start_limit: {
        total: 1000,
        remaining: options.sessionsLeft(),
        reset_after: 86_400_000,
        max_concurrency: 1,
      },
    }),
  );
  app.get('/users/@me', (c) => c.json(world.bot));
  app.get('/users/@me/guilds', (c) =>
    c.json(
      !options.inServer()
        ? []
        : [{ id: world.guildId, name: 'Plant', icon: null, owner: false, permissions: '0', features: [] }],
    ),
  );
  app.get('/applications/@me', (c) =>
    c.json({
      id: world.applicationId,
      name: 'rounds',
      icon: null,
      description: '',
      bot_public: false,
      bot_require_code_grant: false,
      bot: world.bot,
      verify_key: '0'.repeat(64),
      team: null,
      flags: options.applicationFlags(),
      approximate_guild_count: 1,
    }),
  );
  for (const path of ['/applications/:app/commands', '/applications/:app/guilds/:guild/commands']) {
    app.get(path, (c) => c.json(registered.get(c.req.path) ?? []));
    app.put(path, async (c) => {
      const given = read(commands, await c.req.json());
      if ('error' in given) return bad(path, given.error);
      const withIds = given.body.map((command, i) => ({
        ...command,
        ...{
          id: String(BigInt(world.applicationId) + BigInt(i + 1)),
          application_id: world.applicationId,
          version: '1',
        },
      }));
      registered.set(c.req.path, withIds);
      return c.json(withIds);
    });
  }

  // -------------------------------------------------------------------------------------------- interactions

  app.post('/interactions/:id/:token/callback', async (c) => {
    const { id, token } = c.req.param();
    const answered = interactions.callback(id, token, await c.req.json(), c.req.query('with_response') === 'true');
    return give('/interactions/:id/:token/callback', answered);
  });
  app.on(['GET', 'PATCH', 'DELETE'], '/webhooks/:app/:token/messages/:message', async (c) => {
    // By `@original`, or by its id.
    const { token, message } = c.req.param();
    const own = interactions.find(token)?.original?.id;
    if (message !== '@original' && message !== own) return unknown('Message', 10008);
    const method = c.req.method as 'GET' | 'PATCH' | 'DELETE';
    const body = method === 'PATCH' ? await c.req.json() : undefined;
    return give('/webhooks/:app/:token/messages/:message', interactions.original(token, method, body));
  });
  app.post('/webhooks/:app/:token', async (c) => {
    return give('/webhooks/:app/:token', interactions.followUp(c.req.param('token'), await c.req.json()));
  });

  function give(route: string, { status, body }: ReturnType<Interactions['original']>): Response {
    if (status === 400) invalid.push({ route, error: body! });
    return status === 204 ? new Response(null, { status }) : json(status, body!);
  }

  // -------------------------------------------------------------------------------------------- channels

  app.get('/channels/:id', (c) => {
    const channel = world.channels.get(c.req.param('id'));
    if (!channel) return unknown('Channel', 10003);
    return visible(channel.id) ?? c.json(channel as object);
  });

  app.get('/channels/:id/messages', (c) => {
    const id = c.req.param('id');
    const messages = world.messages.get(id);
    if (!messages) return unknown('Channel', 10003);
    const limit = Number(c.req.query('limit') ?? 50);
    if (!(limit >= 1 && limit <= 100))
      return bad('/channels/:id/messages', { message: 'Invalid Form Body', code: 50035 });
    const [after, before] = [c.req.query('after'), c.req.query('before')];
    const seen = messages.filter(
      (m) => !m.ephemeralTo && (!after || BigInt(m.id) > BigInt(after)) && (!before || BigInt(m.id) < BigInt(before)),
    );
    // With `after` the oldest of them, else the newest; newest first in either case.
    const page = after ? seen.slice(0, limit) : seen.slice(-limit);
    return visible(id) ?? c.json([...page].reverse().map(wire) as object[]);
  });

  app.get('/channels/:id/messages/:message', (c) => {
    const found = findMessage(world, c.req.param('id'), c.req.param('message'));
    return visible(c.req.param('id')) ?? (found ? c.json(wire(found) as object) : unknown('Message', 10008));
  });

  app.post('/channels/:id/messages', async (c) => {
    const channel = world.channels.get(c.req.param('id'));
    if (!channel) return unknown('Channel', 10003);
    const closed = visible(channel.id) ?? writable(channel);
    if (closed) return closed;
    const given = read(createMessage, await c.req.json());
    if ('error' in given) return bad('POST /channels/:id/messages', given.error);
    const { body } = given;
    const nonceKey = `${channel.id} ${body.nonce}`;
    const before = body.enforce_nonce && body.nonce != null ? nonces.get(nonceKey) : undefined;
    if (before && Date.now() - before.at < NONCE_LIFE_MS) return c.json(wire(before.message) as object);
    const reference = body.message_reference;
    const replied = reference && findMessage(world, reference.channel_id ?? channel.id, reference.message_id);
    if (reference && !replied && reference.fail_if_not_exists !== false) {
      return bad('POST /channels/:id/messages', {
        ...{ message: 'Invalid Form Body', code: 50035 },
        errors: { message_reference: { _errors: [{ code: 'REPLIES_UNKNOWN_MESSAGE', message: 'Unknown message' }] } },
      });
    }
    if (isThread(channel) && channel.thread_metadata?.archived) {
      channel.thread_metadata.archived = false;
      options.onThread(channel, 'THREAD_UPDATE');
    }
    const message = addMessage(world, {
      channelId: channel.id,
      author: world.bot,
      content: body.content ?? '',
      allowedMentions: body.allowed_mentions ?? undefined,
      rest: {
        ...shownParts(body, body.flags ?? 0),
        flags: body.flags ?? 0,
        ...(reference
          ? {
              message_reference: {
                type: 0,
                channel_id: channel.id,
                guild_id: world.guildId,
                message_id: reference.message_id,
              },
            }
          : {}),
        ...(replied ? { referenced_message: wire(replied) } : {}),
      },
    });
    if (body.enforce_nonce && body.nonce != null) nonces.set(nonceKey, { message, at: Date.now() });
    options.onMessage(message, body.nonce ?? undefined);
    return c.json({ ...wire(message), ...(body.nonce == null ? {} : { nonce: body.nonce }) } as object);
  });

  app.patch('/channels/:id/messages/:message', async (c) => {
    const channel = world.channels.get(c.req.param('id'));
    if (!channel) return unknown('Channel', 10003);
    const closed = visible(channel.id);
    if (closed) return closed;
    const message = findMessage(world, channel.id, c.req.param('message'));
    if (!message || message.ephemeralTo) return unknown('Message', 10008);
    if (message.author.id !== world.bot.id) {
      return json(403, { message: 'Cannot edit a message authored by another user', code: 50005 });
    }
    // Editing does not wake a thread, unlike posting.
    if (isThread(channel) && channel.thread_metadata?.archived) {
      return json(400, { message: 'Thread is archived', code: 50083 });
    }
    const given = read(editMessage, await c.req.json());
    if ('error' in given) return bad('PATCH /channels/:id/messages/:id', given.error);
    if ((given.body.flags ?? 0) & SUPPRESS_EMBEDS) message.embeds = [];
    edit(message, given.body);
    options.onEdit(message);
    return c.json(wire(message) as object);
  });

  app.patch('/channels/:id', async (c) => {
    const channel = world.channels.get(c.req.param('id'));
    if (!channel) return unknown('Channel', 10003);
    const body = (await c.req.json()) as { archived?: boolean };
    const closed = visible(channel.id);
    if (closed) return closed;
    if (!isThread(channel) || !channel.thread_metadata) return json(400, { message: 'Invalid Form Body', code: 50035 });
    if (channel.thread_metadata.locked) return json(403, { message: 'Missing Permissions', code: 50013 });
    if (body.archived !== undefined) channel.thread_metadata.archived = body.archived;
    options.onThread(channel, 'THREAD_UPDATE');
    return c.json(channel as object);
  });

  app.post('/channels/:id/typing', (c) => {
    return visible(c.req.param('id')) ?? new Response(null, { status: 204 });
  });

  app.post('/channels/:id/messages/:message/threads', async (c) => {
    const { id, message } = c.req.param();
    const { name } = (await c.req.json()) as { name: string };
    if (!findMessage(world, id, message)) return unknown('Message', 10008);
    if (world.channels.has(message)) {
      return json(400, { message: 'A thread has already been created for this message', code: 160004 });
    }
    const thread = addThread(world, id, message, name);
    options.onThread(thread, 'THREAD_CREATE');
    return c.json(thread as object, 201);
  });

  app.post('/users/@me/channels', async (c) => {
    const { recipient_id } = (await c.req.json()) as { recipient_id: string };
    const user = world.users.get(recipient_id);
    return user ? c.json(directChannel(world, user) as object) : unknown('User', 10013);
  });

  app.get('/guilds/:guild/members/:user', (c) => {
    const member = world.members.get(c.req.param('user'));
    return member ? c.json(member as object) : unknown('Member', 10007);
  });

  app.get('/guilds/:guild/threads/active', (c) => {
    const threads = [...world.channels.values()].filter(isThread).filter((t) => !t.thread_metadata?.archived);
    return c.json({ threads, members: [] } as object);
  });

  app.all('*', (c) => {
    invalid.push({ route: `${c.req.method} ${c.req.path}`, error: { message: 'no such route in the peer' } });
    return json(404, { message: '404: Not Found', code: 0 });
  });

  return { fetch: app.fetch, requests, invalid, registered };

  function visible(id: string): Response | undefined {
    return options.forbidden.has(id) ? json(403, { message: 'Missing Access', code: 50001 }) : undefined;
  }

  function writable(channel: PeerChannel): Response | undefined {
    if (isThread(channel) && channel.thread_metadata?.locked && channel.thread_metadata.archived) {
      return json(403, { message: 'Thread is locked', code: 160005 });
    }
    return undefined;
  }
}

/** `/channels/123/messages/456` → `/channels/:id/messages/:id`. */
function routeOf(path: string): string {
  return path
    .replace(/^\/interactions\/\d+\/[^/]+/, '/interactions/:id/:token')
    .replace(/^\/webhooks\/\d+\/[^/]+/, '/webhooks/:id/:token')
    .replace(/\/\d{15,}/g, '/:id');
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
