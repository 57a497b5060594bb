/**
 * A local Discord: REST v10 and gateway as documented, strict where Discord is strict, with one server ("Plant"). The bot
 * runs unchanged against it, by `rest.api`. It stands in for the platform in tests and says so: nothing of it is Discord's.
 *
 * People act through its verbs (`say`, `slash`, `press`, `submit`, …); faults are made by the others (`drop`, `fail`,
 * `limit`, …); what the bot did wrong is in `violations()`.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { APIMessage, APITextChannel, APIThreadChannel, APIUser } from 'discord.js';
import { type Gateway, gateway, INTENTS } from './gateway.ts';
import { type Interactions, interactions, type Used } from './interactions.ts';
import { DISCORD_LIMITS, type Limits, rateLimits } from './limits.ts';
import { rest, type SeenRequest } from './rest.ts';
import {
  addChannel,
  addMember,
  addMessage,
  addRole,
  addThread,
  directChannel,
  findMessage,
  newWorld,
  type PeerChannel,
  type PeerMessage,
  snowflake,
  userOf,
  wire,
} from './world.ts';

export type { Used } from './interactions.ts';
export type { PeerMessage } from './world.ts';
export { snowflake } from './world.ts';

export interface PeerOptions {
  token?: string;
  heartbeatIntervalMs?: number;
  /** Time for the first answer to an interaction. Discord's: 3,000. */
  deadlineMs?: number;
  limits?: Limits;
  /** MESSAGE_CONTENT is switched on in the developer portal. Default true. */
  messageContent?: boolean;
  port?: number;
}

const CONTENT_FLAG = 1 << 19;

export type DiscordPeer = Awaited<ReturnType<typeof discordPeer>>;

export async function discordPeer(options: PeerOptions = {}) {
  const world = newWorld();
  let token: string | null = options.token ?? 'peer-token';
  let messageContent = options.messageContent ?? true;
  let port = options.port ?? 0;
  let sessionsLeft = 1000;
  let inServer = true;
  const forbidden = new Set<string>();
  const faults: Fault[] = [];
  const limits = rateLimits(options.limits ?? DISCORD_LIMITS);
  const applicationFlags = () => (messageContent ? CONTENT_FLAG : 0);
  const gatewayUrl = () => `ws://127.0.0.1:${port}/gateway`;

  const gate: Gateway = gateway({
    world,
    url: gatewayUrl,
    token: () => token,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
    privileged: () => (messageContent ? INTENTS.messageContent : 0),
    applicationFlags,
  });
  const onMessage = (message: PeerMessage, nonce?: string | number) => tell('MESSAGE_CREATE', message, nonce);
  const onEdit = (message: PeerMessage) => tell('MESSAGE_UPDATE', message);
  const used: Interactions = interactions({
    ...{ world, gateway: gate, onMessage, onEdit },
    deadlineMs: options.deadlineMs ?? 3000,
  });
  const api = rest({
    world,
    interactions: used,
    token: () => token,
    gatewayUrl,
    sessionsLeft: () => sessionsLeft,
    inServer: () => inServer,
    applicationFlags,
    take: limits.take,
    intercept,
    forbidden,
    onMessage,
    onEdit,
    onThread: (thread, event) => gate.dispatch(event, thread, INTENTS.guilds),
  });

  let server = await listen();

  async function listen(): Promise<Server> {
    const made = createAdaptorServer({ fetch: api.fetch }) as Server;
    gate.attach(made);
    await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve));
    port = (made.address() as AddressInfo).port;
    return made;
  }

  async function shut(): Promise<void> {
    gate.drop(null);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** To every session, as its intents allow: without MESSAGE_CONTENT only what is addressed to the bot has a text. */
  function tell(event: string, message: PeerMessage, nonce?: string | number): void {
    const channel = world.channels.get(message.channel_id)!;
    const inGuild = channel.type !== 1;
    const member = world.members.get(message.author.id);
    const data = {
      ...wire(message),
      channel_type: channel.type,
      ...(nonce === undefined ? {} : { nonce }),
      ...(inGuild ? { guild_id: world.guildId, ...(member ? { member: { ...member, user: undefined } } : {}) } : {}),
    } as APIMessage;
    gate.dispatch(event, data, inGuild ? INTENTS.guildMessages : INTENTS.directMessages, (_, intents) => {
      const addressed = !inGuild || message.author.id === world.bot.id || message.notified.users.includes(world.bot.id);
      if (addressed || intents & INTENTS.messageContent) return data;
      return { ...data, content: '', embeds: [], attachments: [], components: [] };
    });
  }

  interface Fault {
    method: string;
    route: string;
    times: number;
    status: number;
    body: object;
    headers?: Record<string, string>;
    closeForMs?: number;
  }

  function intercept({ method, route, path }: SeenRequest) {
    const fault = faults.find((one) => one.times > 0 && one.method === method && one.route === route);
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.closeForMs === undefined) return fault;
    const major = /^\/channels\/(\d+)/.exec(path)?.[1] ?? '';
    const verdict = limits.close(`${method} ${route}`, major, fault.closeForMs);
    return { status: 429, body: verdict.refused!, headers: verdict.headers };
  }

  return {
    world,
    get token() {
      return token ?? '';
    },
    /** What `rest.api` is set to. */
    get api() {
      return `http://127.0.0.1:${port}/api`;
    },
    gateway: gate,
    requests: api.requests,
    registered: api.registered,
    interactions: used.all,

    // ---------------------------------------------------------------------------------------- the server

    channel: (name: string): APITextChannel => addChannel(world, name),
    role: (name: string) => addRole(world, name),
    person(name: string, roles: string[] = []): APIUser {
      const user = userOf(snowflake(), name);
      addMember(world, user, roles);
      return user;
    },
    direct: (user: APIUser) => directChannel(world, user),
    thread(parent: string, starter: string, name = 'a thread'): APIThreadChannel {
      const thread = addThread(world, parent, starter, name);
      gate.dispatch('THREAD_CREATE', thread, INTENTS.guilds);
      return thread;
    },
    messages: (channelId: string): PeerMessage[] => world.messages.get(channelId) ?? [],
    /** What the bot wrote there. */
    replies(channelId: string): PeerMessage[] {
      return (world.messages.get(channelId) ?? []).filter(({ author }) => author.id === world.bot.id);
    },

    // ---------------------------------------------------------------------------------------- people

    /** Writes; `silently`: no event is sent, as to a bot that is away. `at`: when it was written. */
    say(
      channelId: string,
      author: APIUser,
      content: string,
      more: { replyTo?: PeerMessage; attachments?: object[]; silently?: boolean; at?: number; ping?: boolean } = {},
    ): PeerMessage {
      const { replyTo, attachments, silently, at, ping = true } = more;
      const message = addMessage(world, {
        ...{ channelId, author, content },
        ...(at === undefined ? {} : { at }),
        ...(ping ? {} : { allowedMentions: { parse: ['users', 'roles', 'everyone'], replied_user: false } }),
        rest: {
          ...(attachments ? { attachments: attachments as PeerMessage['attachments'] } : {}),
          ...(replyTo
            ? {
                message_reference: { type: 0, channel_id: channelId, guild_id: world.guildId, message_id: replyTo.id },
                referenced_message: wire(replyTo),
              }
            : {}),
        },
      });
      if (!silently) onMessage(message);
      return message;
    },
    /** The same event again, as after a resume. */
    again: (message: PeerMessage) => onMessage(message),
    /** Every event of the newest session once more, as a gateway may do that is resumed too far back. */
    replay: () => gate.replay(),
    editBySender(message: PeerMessage, content: string): void {
      message.content = content;
      message.edited_timestamp = new Date().toISOString();
      onEdit(message);
    },
    mention: (text: string) => `<@${world.bot.id}> ${text}`,
    /** `/rounds NAME option:value …` */
    slash(channelId: string, user: APIUser, name: string, values: Record<string, string | number> = {}): Used {
      const data = commandData(name, values);
      return used.use({ type: 2, channelId, userId: user.id, name: `/rounds ${name}`, data });
    },
    /** What is typed so far into an option. */
    complete(channelId: string, user: APIUser, name: string, option: string, typed: string): Used {
      const data = commandData(name, { [option]: typed }, option);
      return used.use({ type: 4, channelId, userId: user.id, name: `/rounds ${name} (typing)`, data });
    },
    /** A press on the button whose label or custom id starts so. */
    press(message: PeerMessage, user: APIUser, button: string): Used {
      const buttons = buttonsOf(message);
      const found = buttons.find(({ custom_id, label }) => custom_id.startsWith(button) || label?.startsWith(button));
      if (!found) throw new Error(`the message has no button ${button}: ${JSON.stringify(buttons)}`);
      return this.pressForged(message, user, found.custom_id);
    },
    /** A press that no button of ours offered. */
    pressForged(message: PeerMessage, user: APIUser, customId: string): Used {
      return used.use({
        ...{ type: 3, channelId: message.channel_id, userId: user.id, name: `button ${customId}`, onMessage: message },
        data: { component_type: 2, custom_id: customId, id: 1 },
      });
    },
    /** Fills in a modal that was opened. */
    submit(opened: Used, user: APIUser, values: Record<string, string>): Used {
      if (!opened.modal) throw new Error('no modal was opened');
      const labels = opened.modal.components as { component: { type: number; custom_id: string } }[];
      return used.use({
        ...{ type: 5, channelId: opened.channelId, userId: user.id, name: `modal ${opened.modal.custom_id}` },
        ...(opened.onMessage && opened.type === 3 ? { onMessage: opened.onMessage } : {}),
        data: {
          custom_id: opened.modal.custom_id,
          components: labels.map(({ component }, i) => ({
            ...{ type: 18, id: 2 * i + 1 },
            component: {
              ...{ type: component.type, id: 2 * i + 2, custom_id: component.custom_id },
              ...(component.type === 3
                ? { values: [values[component.custom_id]] }
                : { value: values[component.custom_id] ?? '' }),
            },
          })),
        },
      });
    },
    /** The context menu of a message. */
    menu(message: PeerMessage, user: APIUser, name: string): Used {
      return used.use({
        ...{ type: 2, channelId: message.channel_id, userId: user.id, name, onMessage: message },
        data: {
          ...{ id: snowflake(), name, type: 3, target_id: message.id, guild_id: world.guildId },
          resolved: { messages: { [message.id]: wire(message) } },
        },
      });
    },

    // ---------------------------------------------------------------------------------------- faults

    /** The next `times` requests of that route fail so. */
    fail(method: string, route: string, status: number, times = 1, body: object = { message: 'error', code: 0 }): void {
      faults.push({ method, route, status, times, body });
    },
    /** The next request of that route is answered 429, and its bucket stays closed so long. */
    limit(method: string, route: string, forMs: number): void {
      faults.push({ method, route, status: 429, times: 1, body: {}, closeForMs: forMs });
    },
    expire(one: Used): void {
      one.expiresAt = 0;
    },
    remove(message: PeerMessage): void {
      const list = world.messages.get(message.channel_id)!;
      list.splice(list.indexOf(message), 1);
      gate.dispatch(
        'MESSAGE_DELETE',
        { id: message.id, channel_id: message.channel_id, guild_id: world.guildId },
        INTENTS.guildMessages,
      );
    },
    removeChannel(channelId: string): void {
      const channel = world.channels.get(channelId)!;
      world.channels.delete(channelId);
      world.messages.delete(channelId);
      gate.dispatch(channel.type === 0 ? 'CHANNEL_DELETE' : 'THREAD_DELETE', channel, INTENTS.guilds);
    },
    archive(threadId: string, locked = false): void {
      const thread = world.channels.get(threadId) as PeerChannel & APIThreadChannel;
      Object.assign(thread.thread_metadata!, { archived: true, locked });
      gate.dispatch('THREAD_UPDATE', thread, INTENTS.guilds);
    },
    forbid: (channelId: string) => forbidden.add(channelId),
    setSessionsLeft(left: number): void {
      sessionsLeft = left;
    },
    /** The bot is in no server any more. */
    leave(): void {
      inServer = false;
    },
    setMessageContent(on: boolean): void {
      messageContent = on;
    },
    /** As in the developer portal: REST answers 401, the gateway closes with 4004. */
    revoke(): void {
      token = null;
      gate.drop(4004);
    },
    renew(fresh: string): void {
      token = fresh;
    },
    /** The whole platform is gone, sessions included when `forget`. */
    async goAway(forget = false): Promise<void> {
      if (forget) gate.drop(null, true);
      await shut();
    },
    async comeBack(): Promise<void> {
      server = await listen();
    },

    /** What the bot did that Discord forbids; 429s that a test made on purpose do not count. */
    violations(): string[] {
      return [
        ...gate.violations,
        ...used.violations,
        ...limits.broken.map((one) => `rate limit: ${one}`),
        ...api.invalid.map(({ route, error }) => `${route}: ${JSON.stringify(error)}`),
      ];
    },
    rateLimitViolations: () => limits.broken.length,
    find: (channelId: string, messageId: string) => findMessage(world, channelId, messageId),

    async stop(): Promise<void> {
      await shut();
      await gate.close();
    },
  };

  function commandData(name: string, values: Record<string, string | number>, focused?: string): object {
    const options = Object.entries(values).map(([option, value]) => ({
      ...{ name: option, type: typeof value === 'number' ? 4 : 3, value },
      ...(option === focused ? { focused: true } : {}),
    }));
    return {
      ...{ id: snowflake(), name: 'rounds', type: 1, guild_id: world.guildId },
      options: [{ name, type: 1, options }],
    };
  }
}

/** The buttons of a message that act. */
export function buttonsOf(message: APIMessage): { custom_id: string; label?: string; disabled?: boolean }[] {
  const rows = (message.components ?? []) as { components?: { custom_id?: string; label?: string }[] }[];
  return rows
    .flatMap(({ components = [] }) => components)
    .filter((one): one is { custom_id: string; label?: string } => one.custom_id !== undefined);
}
