/**
 * A local Slack for tests: Web API over HTTP, events by Socket Mode or signed HTTP, and the hands of its users. It speaks
 * the documented protocol and is as strict as the platform: signatures, acknowledgements in time, retries, scopes, rate
 * limits, triggers that expire. The adapter runs against it unchanged, by base URL.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { visibleText } from './blocks.ts';
import { type Args, type Outcome, slackMethods } from './methods.ts';
import { BOT, type Conversation, createWorkspace, type Posted } from './workspace.ts';

export interface PeerOptions {
  /** Scopes that the app was given. */
  scopes: readonly string[];
  /** Where events go by HTTP; without it, by socket. */
  http?: { url: () => string; signingSecret: string };
  /** Calls a minute, by method. Default: Slack's tiers. */
  perMinute?: Record<string, number>;
  /** Least time between two posts in a channel. Default 1,000. */
  postEveryMs?: number;
  /** An event must be acknowledged within. Default 3,000. */
  ackWithinMs?: number;
  /** When an unacknowledged event comes again. Default: at once, after 1 and after 5 minutes. */
  retryAfterMs?: readonly number[];
  /** A trigger lives so long. Default 3,000. */
  triggerMs?: number;
  /** How often the server pings a socket. Default 10,000. */
  pingEveryMs?: number;
}

/** What goes wrong with calls of a method, `times` times. */
export interface Fault {
  method: string | RegExp;
  times: number;
  /** An error code, a status, or done but not said (the answer is lost). */
  with: { error: string } | { status: number; retryAfter?: number } | 'lost answer';
}

export interface Call {
  method: string;
  args: Args;
  at: number;
}

export const TOKENS = { bot: 'xoxb-local-bot', app: 'xapp-local-app', signingSecret: 'local-signing-secret' };

const TIERS: Record<string, number> = {
  ...{ 'chat.postMessage': 300, 'chat.update': 50, 'chat.postEphemeral': 100, 'views.open': 100, 'views.publish': 50 },
  ...{ 'chat.startStream': 20, 'chat.appendStream': 100, 'chat.stopStream': 20 },
  ...{ 'users.info': 100, 'users.conversations': 100, 'conversations.history': 50, 'conversations.replies': 50 },
  ...{ 'usergroups.users.list': 20, 'assistant.threads.setStatus': 600, 'assistant.threads.setSuggestedPrompts': 600 },
};

export type SlackPeer = Awaited<ReturnType<typeof startSlackPeer>>;

export async function startSlackPeer(options: PeerOptions) {
  const { ackWithinMs = 3000, retryAfterMs = [0, 60_000, 300_000], triggerMs = 3000, postEveryMs = 1000 } = options;
  const workspace = createWorkspace();
  const scopes = new Set(options.scopes);
  const usedScopes = new Set<string>();
  const calls: Call[] = [];
  const faults: Fault[] = [];
  const triggers = new Map<string, number>();
  const usedTriggers = new Set<string>();
  const tickets = new Set<string>();
  const sockets = new Set<WebSocket>();
  const waitingAcks = new Map<string, (payload: unknown) => void>();
  const timers = new Set<NodeJS.Timeout>();
  const spent = new Map<string, number[]>();
  const lastPost = new Map<string, number>();
  /** What people were told in answer to a command or a modal. */
  const answers: string[] = [];
  const figures = {
    events: 0,
    acknowledgedMs: [] as number[],
    late: 0,
    gaveUp: 0,
    rateLimitViolations: 0,
    rateLimited: 0,
  };
  let deaf = false;
  let revoked = false;
  let open = true;

  const methods = slackMethods({
    ...{ workspace, scopes, usedScopes, useTrigger },
    onPosted: (message) => announce({ ...eventOf(message), bot_id: BOT.bot }, message),
    onEdited(message) {
      const changed = { ...eventOf(message), bot_id: BOT.bot };
      announce(
        {
          type: 'message',
          subtype: 'message_changed',
          channel: message.channel,
          ts: workspace.nextTs(),
          message: changed,
        },
        message,
      );
    },
  });

  // -------------------------------------------------------------------------------------------- the Web API

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const path = new URL(request.url ?? '/', 'http://slack').pathname;
    const say = (status: number, value: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    };
    if (path.startsWith('/respond/')) {
      answers.push((JSON.parse(body) as { text?: string }).text ?? '');
      return say(200, { ok: true });
    }
    const method = /^\/api\/([\w.]+)$/.exec(path)?.[1];
    if (request.method !== 'POST' || !method) return say(404, { ok: false, error: 'unknown_method' });
    const args = argsOf(body, request.headers['content-type'] ?? '');
    calls.push({ method, args, at: Date.now() });
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const fault = takeFault(method);
    if (fault && fault !== 'lost answer') {
      if ('error' in fault) return say(200, { ok: false, error: fault.error });
      return say(fault.status, {}, fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) });
    }
    const outcome = call(method, args, token);
    if (outcome === 'rate limited') return say(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '2' });
    if (fault === 'lost answer') return say(503, {});
    say(200, outcome, token === TOKENS.bot ? { 'x-oauth-scopes': [...scopes].join(',') } : {});
  }

  function call(method: string, args: Args, token: string | undefined): Outcome | 'rate limited' {
    if (token === undefined) return { ok: false, error: 'not_authed' };
    if (revoked) return { ok: false, error: 'token_revoked' };
    if (method === 'apps.connections.open') {
      if (token !== TOKENS.app)
        return { ok: false, error: token === TOKENS.bot ? 'not_allowed_token_type' : 'invalid_auth' };
      const ticket = randomUUID();
      tickets.add(ticket);
      return { ok: true, url: `${base.replace('http', 'ws')}/link?ticket=${ticket}` };
    }
    if (token !== TOKENS.bot) return { ok: false, error: 'invalid_auth' };
    const known = methods[method];
    if (!known) return { ok: false, error: 'unknown_method' };
    const strange = Object.keys(args).filter((name) => !known.args.includes(name));
    if (strange.length > 0) {
      return {
        ok: false,
        error: 'invalid_arguments',
        response_metadata: { messages: strange.map((name) => `unknown argument ${name}`) },
      };
    }
    const scope = known.scopes.find((one) => scopes.has(one));
    if (known.scopes.length > 0 && !scope)
      return { ok: false, error: 'missing_scope', needed: known.scopes.join(','), provided: [...scopes].join(',') };
    if (isOverRate(method, args)) return 'rate limited';
    if (scope) usedScopes.add(scope);
    return known.run(args);
  }

  function isOverRate(method: string, args: Args): boolean {
    const now = Date.now();
    const times = (spent.get(method) ?? []).filter((at) => at > now - 60_000);
    spent.set(method, times);
    const most = options.perMinute?.[method] ?? TIERS[method] ?? Number.POSITIVE_INFINITY;
    const inChannel = method === 'chat.postMessage' ? (lastPost.get(String(args.channel)) ?? 0) : 0;
    if (times.length >= most || now - inChannel < (method === 'chat.postMessage' ? postEveryMs : 0)) {
      figures.rateLimitViolations += 1;
      return true;
    }
    times.push(now);
    if (method === 'chat.postMessage') lastPost.set(String(args.channel), now);
    return false;
  }

  function takeFault(method: string): Fault['with'] | undefined {
    const fault = faults.find((one) =>
      typeof one.method === 'string' ? one.method === method : one.method.test(method),
    );
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
    if (typeof fault.with === 'object' && 'status' in fault.with && fault.with.status === 429) figures.rateLimited += 1;
    return fault.with;
  }

  // -------------------------------------------------------------------------------------------- sockets

  const socketServer = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    socketServer.handleUpgrade(request, socket, head, (opened) => {
      sockets.add(opened);
      opened.on('close', () => sockets.delete(opened));
      opened.on('error', () => sockets.delete(opened));
      opened.on('message', (data) => {
        const { envelope_id, payload } = JSON.parse(String(data)) as { envelope_id: string; payload?: unknown };
        waitingAcks.get(envelope_id)?.(payload);
      });
      opened.send(
        JSON.stringify({ type: 'hello', num_connections: sockets.size, connection_info: { app_id: BOT.app } }),
      );
      const beat = setInterval(
        () => opened.readyState === opened.OPEN && !opened.isPaused && opened.ping(),
        options.pingEveryMs ?? 10_000,
      );
      opened.on('close', () => clearInterval(beat));
    });
  });

  /** Resolves with what came with the acknowledgement; undefined when none came in time. */
  async function deliver(
    type: 'events_api' | 'slash_commands' | 'interactive',
    payload: object,
    attempt = 0,
  ): Promise<{ payload: unknown } | undefined> {
    const began = Date.now();
    const acknowledged = options.http ? await byHttp(type, payload, attempt) : await bySocket(type, payload, attempt);
    if (acknowledged) figures.acknowledgedMs.push(Date.now() - began);
    return acknowledged;
  }

  async function bySocket(type: string, payload: object, attempt: number): Promise<{ payload: unknown } | undefined> {
    const socket = [...sockets].filter(({ readyState, OPEN }) => readyState === OPEN).at(-1);
    if (!socket || (deaf && type === 'events_api')) return undefined;
    const envelope = { envelope_id: randomUUID(), type, payload, accepts_response_payload: type !== 'events_api' };
    const retry = attempt === 0 ? {} : { retry_attempt: attempt, retry_reason: 'timeout' };
    return new Promise((resolve) => {
      const end = (value: { payload: unknown } | undefined) => {
        clearTimeout(timer);
        timers.delete(timer);
        waitingAcks.delete(envelope.envelope_id);
        resolve(value);
      };
      const timer = setTimeout(() => end(undefined), ackWithinMs);
      timers.add(timer);
      waitingAcks.set(envelope.envelope_id, (given) => end({ payload: given }));
      if (!socket.isPaused) socket.send(JSON.stringify({ ...envelope, ...retry }));
    });
  }

  async function byHttp(type: string, payload: object, attempt: number): Promise<{ payload: unknown } | undefined> {
    if (deaf && type === 'events_api') return undefined;
    const body = type === 'events_api' ? JSON.stringify(payload) : formOf(type, payload);
    const retry: Record<string, string> =
      attempt === 0 ? {} : { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': 'http_timeout' };
    const response = await send(body, {
      type: type === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
      headers: retry,
    });
    if (!response?.ok) return undefined;
    const text = await response.text();
    return { payload: text === '' ? {} : text.startsWith('{') ? JSON.parse(text) : { text } };
  }

  /** One signed request to the app, as Slack makes it; with another secret or time, as a forger does. */
  async function send(
    body: string,
    {
      type,
      headers = {},
      secret = options.http!.signingSecret,
      at = Date.now(),
    }: { type: string; headers?: Record<string, string>; secret?: string; at?: number },
  ): Promise<Response | undefined> {
    const timestamp = String(Math.floor(at / 1000));
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
    return fetch(options.http!.url(), {
      method: 'POST',
      body,
      headers: {
        'content-type': type,
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': signature,
        ...headers,
      },
      signal: AbortSignal.timeout(ackWithinMs),
    }).catch(() => undefined);
  }

  // -------------------------------------------------------------------------------------------- events

  function wrapped(event: object): { event_id: string } & Record<string, unknown> {
    return {
      ...{ token: 'legacy', team_id: BOT.team, api_app_id: BOT.app, type: 'event_callback' },
      event,
      event_id: `Ev${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        { enterprise_id: null, team_id: BOT.team, user_id: BOT.user, is_bot: true, is_enterprise_install: false },
      ],
      is_ext_shared_channel: false,
    };
  }

  /** Delivered until acknowledged, as often as Slack does. */
  async function bring(body: object): Promise<boolean> {
    figures.events += 1;
    for (let attempt = 0; attempt <= retryAfterMs.length && open; attempt++) {
      if (attempt > 0) await later(retryAfterMs[attempt - 1]!);
      if (await deliver('events_api', body, attempt)) return true;
      figures.late += 1;
    }
    figures.gaveUp += 1;
    return false;
  }

  function announce(event: object, { channel, ephemeralFor }: Posted): void {
    if (ephemeralFor || !workspace.conversations.get(channel)?.botIn) return;
    // Own messages are told like everybody's, and counted apart.
    void bring(wrapped(event)).then(() => {
      figures.events -= 1;
    });
  }

  const eventOf = ({ channel, ts, user, text, thread_ts, files }: Posted) => ({
    ...{ type: 'message', channel, ts, event_ts: ts, user, text },
    ...{ team: BOT.team, channel_type: workspace.conversations.get(channel)?.kind ?? 'channel' },
    ...(thread_ts ? { thread_ts } : {}),
    ...(files ? { files, subtype: 'file_share' } : {}),
  });

  function useTrigger(id: string): 'ok' | 'expired_trigger_id' | 'exchanged_trigger_id' | 'invalid_trigger_id' {
    const made = triggers.get(id);
    if (made === undefined) return usedTriggers.has(id) ? 'exchanged_trigger_id' : 'invalid_trigger_id';
    triggers.delete(id);
    usedTriggers.add(id);
    return Date.now() - made > triggerMs ? 'expired_trigger_id' : 'ok';
  }

  function trigger(user: string): string {
    const id = `${Date.now()}.${randomUUID().slice(0, 8)}.${user}`;
    triggers.set(id, Date.now());
    return id;
  }

  function later(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  }

  // -------------------------------------------------------------------------------------------- users' hands

  /** A person writes; `events` settle when each was acknowledged or given up. */
  function say(
    user: string,
    channel: string,
    text: string,
    more: { thread_ts?: string; files?: object[]; ts?: string; silent?: boolean } = {},
  ) {
    const conversation = workspace.conversations.get(channel)!;
    const { silent, ...rest } = more;
    const message: Posted = {
      ...{ ts: workspace.nextTs(), channel, user, text },
      ...rest,
      ...{ edits: 0, deleted: false, streaming: false, streamed: '', tasks: new Map() },
    };
    conversation.messages.push(message);
    const bodies = [wrapped(eventOf(message))];
    if (text.includes(`<@${BOT.user}>`) && conversation.kind !== 'im')
      bodies.push(wrapped({ ...eventOf(message), type: 'app_mention' }));
    const events = silent || !conversation.botIn ? [] : bodies.map((body) => bring(body));
    return { message, bodies, events };
  }

  const user = (id: string) => ({
    id,
    name: workspace.users.get(id)?.name ?? id,
    username: workspace.users.get(id)?.name ?? id,
    team_id: BOT.team,
  });

  async function slash(
    id: string,
    channel: string,
    text: string,
  ): Promise<{ text?: string; blocks?: unknown } | undefined> {
    const payload = {
      ...{
        token: 'legacy',
        team_id: BOT.team,
        team_domain: 't',
        channel_id: channel,
        channel_name: 'ops',
        user_id: id,
      },
      ...{ user_name: user(id).name, command: '/rounds', text, api_app_id: BOT.app, trigger_id: trigger(id) },
      response_url: `${base}/respond/${randomUUID()}`,
    };
    const acknowledged = await deliver('slash_commands', payload);
    const said = acknowledged?.payload as { text?: string; blocks?: unknown } | undefined;
    if (said && (said.text || said.blocks)) answers.push(`${said.text ?? ''}\n${visibleText(said.blocks)}`);
    return acknowledged ? (said ?? {}) : undefined;
  }

  /** Presses the button of that action on a message, or on App Home. */
  async function press(
    id: string,
    on: Posted | 'home',
    actionId: string,
    choose: { value?: string; triggerAgeMs?: number; actionTs?: string } = {},
  ): Promise<boolean> {
    const blocks = on === 'home' ? (workspace.homes.get(id)?.blocks ?? []) : (on.blocks ?? []);
    const elements = (blocks as { elements?: Record<string, unknown>[] }[]).flatMap((block) => block.elements ?? []);
    const element = elements.find((one) => one.action_id === actionId);
    if (!element) throw new Error(`there is no ${actionId} to press`);
    const value = choose.value ?? element.value;
    const made = trigger(id);
    if (choose.triggerAgeMs) triggers.set(made, Date.now() - choose.triggerAgeMs);
    const payload = {
      ...{
        type: 'block_actions',
        team: { id: BOT.team, domain: 't' },
        user: user(id),
        api_app_id: BOT.app,
        trigger_id: made,
      },
      ...(on === 'home'
        ? { container: { type: 'view', view_id: 'VHOME' }, view: { id: 'VHOME', type: 'home' } }
        : {
            container: { type: 'message', message_ts: on.ts, channel_id: on.channel, is_ephemeral: false },
            channel: { id: on.channel, name: 'ops' },
            message: {
              type: 'message',
              ts: on.ts,
              text: on.text,
              user: BOT.user,
              ...(on.thread_ts ? { thread_ts: on.thread_ts } : {}),
            },
            response_url: `${base}/respond/${randomUUID()}`,
          }),
      actions: [
        {
          type: element.type,
          action_id: actionId,
          block_id: 'b',
          value,
          action_ts: choose.actionTs ?? workspace.nextTs(),
        },
      ],
    };
    return (await deliver('interactive', payload)) !== undefined;
  }

  /** Fills in the newest modal that the person has open and sends it. The names must be those of its inputs. */
  async function submit(
    id: string,
    values: Record<string, string>,
    viewId?: string,
  ): Promise<{ response_action?: string; errors?: Record<string, string>; view?: unknown }> {
    const opened = workspace.views
      .filter((one) => one.user === id && (viewId === undefined || one.id === viewId))
      .at(-1);
    if (!opened) throw new Error(`${id} has no modal open`);
    const inputs = (
      opened.view.blocks as { type: string; block_id: string; element: { type: string; action_id: string } }[]
    ).filter(({ type }) => type === 'input');
    const unknown = Object.keys(values).filter((name) => !inputs.some(({ block_id }) => block_id === name));
    if (unknown.length > 0) throw new Error(`the modal has no input ${unknown.join(', ')}`);
    const state = Object.fromEntries(
      inputs.map(({ block_id, element }) => [
        block_id,
        { [element.action_id]: inputState(element.type, values[block_id] ?? null) },
      ]),
    );
    const payload = {
      ...{
        type: 'view_submission',
        team: { id: BOT.team, domain: 't' },
        user: user(id),
        api_app_id: BOT.app,
        trigger_id: trigger(id),
      },
      view: {
        ...opened.view,
        id: opened.id,
        team_id: BOT.team,
        state: { values: state },
        hash: '1',
        app_id: BOT.app,
        bot_id: BOT.bot,
      },
      response_urls: [],
    };
    const acknowledged = await deliver('interactive', payload);
    const said = (acknowledged?.payload ?? {}) as {
      response_action?: string;
      errors?: Record<string, string>;
      view?: { blocks?: unknown };
    };
    if (said.errors) answers.push(Object.values(said.errors).join('\n'));
    if (said.view) answers.push(visibleText(said.view.blocks));
    return said;
  }

  async function shortcut(id: string, on: Posted, callbackId: string): Promise<boolean> {
    const payload = {
      ...{ type: 'message_action', callback_id: callbackId, team: { id: BOT.team, domain: 't' }, user: user(id) },
      ...{
        api_app_id: BOT.app,
        trigger_id: trigger(id),
        action_ts: workspace.nextTs(),
        token: 'legacy',
        message_ts: on.ts,
      },
      ...{ channel: { id: on.channel, name: 'ops' }, response_url: `${base}/respond/${randomUUID()}` },
      message: {
        type: 'message',
        ts: on.ts,
        user: on.user,
        text: on.text,
        ...(on.thread_ts ? { thread_ts: on.thread_ts } : {}),
      },
    };
    return (await deliver('interactive', payload)) !== undefined;
  }

  function openHome(id: string, tab: 'home' | 'messages'): Promise<boolean> {
    const channel = workspace.imOf(id).id;
    return bring(wrapped({ type: 'app_home_opened', user: id, channel, tab, event_ts: workspace.nextTs() }));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    ...{ workspace, calls, faults, figures, answers, usedScopes, sockets, scopes },
    ...{ say, slash, press, submit, shortcut, openHome, send, wrapped, bring, deliver },
    apiUrl: `${base}/api/`,

    /** What one reads in a conversation now, oldest first: the bot's posts for all. */
    posts(channel?: string): Posted[] {
      const all = [...workspace.conversations.values()].filter(({ id }) => channel === undefined || id === channel);
      return all
        .flatMap(({ messages }) => messages)
        .filter(({ botId, deleted, ephemeralFor }) => botId === BOT.bot && !deleted && ephemeralFor === undefined)
        .sort((a, b) => Number(a.ts) - Number(b.ts));
    },

    /** What was said to one person alone: ephemeral messages, answers of commands and modals. */
    told(): string[] {
      const private_ = [...workspace.conversations.values()]
        .flatMap(({ messages }) => messages)
        .filter(({ ephemeralFor }) => ephemeralFor);
      return [...private_.map(({ blocks, text }) => visibleText(blocks) || text), ...answers];
    },

    /** Sockets are closed without a word. */
    cutSockets(): void {
      for (const socket of sockets) socket.terminate();
    },
    /** Sockets stay open, and nothing comes through: no pong, no event. */
    freezeSockets(): void {
      for (const socket of sockets) socket.pause();
    },
    /** Slack asks to connect anew, as it does every few hours. */
    refreshSockets(): void {
      for (const socket of sockets) socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
    },
    /** Pings are answered, but events do not come. */
    deafen(value: boolean): void {
      deaf = value;
    },
    revoke(value = true): void {
      revoked = value;
    },

    async close(): Promise<void> {
      open = false;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.terminate();
      socketServer.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function inputState(type: string, value: string | null): object {
  return type === 'radio_buttons' ? { type, selected_option: value === null ? null : { value } } : { type, value };
}

/** Form or JSON; in a form, what is not plain text is JSON. */
function argsOf(body: string, type: string): Args {
  if (type.includes('json')) return JSON.parse(body || '{}') as Args;
  const args: Args = {};
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === 'token') continue;
    args[name] = /^(?:[[{].*[\]}]|true|false)$/s.test(value) ? JSON.parse(value) : value;
  }
  return args;
}

function formOf(type: string, payload: object): string {
  if (type === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return new URLSearchParams(payload as Record<string, string>).toString();
}

export type { Conversation, Posted };
