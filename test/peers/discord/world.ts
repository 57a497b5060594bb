/**
 * What the peer's Discord consists of: one server with channels, threads, roles and members, direct messages, and every
 * message written there, in the forms that Discord documents. It does not know how they travel.
 */
import type {
  APIChannel,
  APIDMChannel,
  APIGuildMember,
  APIMessage,
  APIRole,
  APITextChannel,
  APIThreadChannel,
  APIUser,
  ChannelFlags,
  GatewayGuildCreateDispatchData,
  GuildMemberFlags,
  MessageFlags,
  RoleFlags,
  UserFlags,
} from 'discord.js';

/** 2015-01-01, where Discord's ids begin. */
const EPOCH_MS = 1_420_070_400_000;
let counter = 0;

/** An id as Discord makes them: milliseconds since its epoch, then a rising number. */
export function snowflake(atMs = Date.now()): string {
  counter = (counter + 1) % 4_194_304;
  return ((BigInt(Math.round(atMs) - EPOCH_MS) << 22n) | BigInt(counter)).toString();
}

export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH_MS;
}

export interface World {
  readonly applicationId: string;
  readonly guildId: string;
  readonly bot: APIUser;
  readonly users: Map<string, APIUser>;
  readonly roles: Map<string, APIRole>;
  /** Members of the server, the bot included. */
  readonly members: Map<string, APIGuildMember>;
  readonly channels: Map<string, PeerChannel>;
  /** Of a channel, oldest first. */
  readonly messages: Map<string, PeerMessage[]>;
}

export type PeerChannel = APITextChannel | APIThreadChannel | APIDMChannel;

/** A message, and who was notified of it: what `allowed_mentions` let through. */
export interface PeerMessage extends APIMessage {
  notified: { everyone: boolean; users: string[]; roles: string[] };
  /** Only whoever used the interaction sees it. */
  ephemeralTo?: string;
}

export function newWorld(): World {
  const longAgo = Date.now() - 3_600_000_000;
  const bot = userOf(snowflake(longAgo), 'rounds', true);
  const guildId = snowflake(longAgo);
  const world: World = {
    // The application's id is its bot's id, as with every application made since 2016.
    applicationId: bot.id,
    guildId,
    bot,
    users: new Map([[bot.id, bot]]),
    roles: new Map(),
    members: new Map(),
    channels: new Map(),
    messages: new Map(),
  };
  addRole(world, '@everyone', guildId);
  addMember(world, bot, []);
  return world;
}

export function userOf(id: string, username: string, isBot = false): APIUser {
  return {
    id,
    username,
    discriminator: '0',
    global_name: isBot ? null : username,
    avatar: null,
    bot: isBot,
    system: false,
    public_flags: 0 as UserFlags,
  };
}

export function addRole(world: World, name: string, id = snowflake()): APIRole {
  const role: APIRole = {
    id,
    name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: world.roles.size,
    permissions: '2248473465835073',
    managed: false,
    mentionable: false,
    flags: 0 as RoleFlags,
  };
  world.roles.set(id, role);
  return role;
}

export function addMember(world: World, user: APIUser, roles: string[]): APIGuildMember {
  const member: APIGuildMember = {
    user,
    nick: null,
    avatar: null,
    banner: null,
    roles,
    joined_at: new Date(timeOf(user.id)).toISOString(),
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0 as GuildMemberFlags,
    pending: false,
    communication_disabled_until: null,
  };
  world.users.set(user.id, user);
  world.members.set(user.id, member);
  return member;
}

export function addChannel(world: World, name: string): APITextChannel {
  const channel: APITextChannel = {
    id: snowflake(),
    type: 0,
    guild_id: world.guildId,
    position: world.channels.size,
    permission_overwrites: [],
    name,
    topic: null,
    nsfw: false,
    last_message_id: null,
    rate_limit_per_user: 0,
    parent_id: null,
    flags: 0 as ChannelFlags,
  };
  world.channels.set(channel.id, channel);
  world.messages.set(channel.id, []);
  return channel;
}

/** The direct channel between the bot and a person; the same one every time. */
export function directChannel(world: World, user: APIUser): APIDMChannel {
  for (const channel of world.channels.values()) {
    if (channel.type === 1 && channel.recipients?.some(({ id }) => id === user.id)) return channel;
  }
  const channel: APIDMChannel = {
    id: snowflake(),
    type: 1,
    last_message_id: null,
    flags: 0 as ChannelFlags,
    recipients: [user],
    name: null,
  } as APIDMChannel;
  world.channels.set(channel.id, channel);
  world.messages.set(channel.id, []);
  return channel;
}

/** A thread begun at a message has that message's id. */
export function addThread(world: World, parentId: string, starterId: string, name: string): APIThreadChannel {
  const now = new Date().toISOString();
  const thread = {
    id: starterId,
    type: 11,
    guild_id: world.guildId,
    parent_id: parentId,
    owner_id: world.bot.id,
    name,
    last_message_id: null,
    rate_limit_per_user: 0,
    message_count: 0,
    member_count: 1,
    total_message_sent: 0,
    flags: 0 as ChannelFlags,
    thread_metadata: {
      archived: false,
      auto_archive_duration: 1440,
      archive_timestamp: now,
      locked: false,
      create_timestamp: now,
    },
  } as APIThreadChannel;
  world.channels.set(thread.id, thread);
  world.messages.set(thread.id, []);
  return thread;
}

export function findMessage(world: World, channelId: string, messageId: string): PeerMessage | undefined {
  return world.messages.get(channelId)?.find(({ id }) => id === messageId);
}

export interface Draft {
  channelId: string;
  author: APIUser;
  content: string;
  /** Absent: everything in the text notifies, as Discord does it. */
  allowedMentions?: { parse?: string[]; users?: string[]; roles?: string[]; replied_user?: boolean };
  at?: number;
  rest?: Partial<APIMessage>;
}

export function addMessage(world: World, draft: Draft): PeerMessage {
  const { channelId, author, content, rest = {} } = draft;
  const id = snowflake(draft.at);
  const channel = world.channels.get(channelId)!;
  const replied = rest.referenced_message;
  const message: PeerMessage = {
    id,
    channel_id: channelId,
    author,
    content,
    timestamp: new Date(timeOf(id)).toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    components: [],
    pinned: false,
    flags: 0 as MessageFlags,
    type: rest.message_reference ? 19 : 0,
    ...rest,
    notified: { everyone: false, users: [], roles: [] },
  };
  message.notified = notifiedBy(world, content, draft.allowedMentions, replied?.author);
  message.mention_everyone = message.notified.everyone;
  message.mentions = message.notified.users.map((user) => world.users.get(user)!);
  message.mention_roles = message.notified.roles;
  const messages = world.messages.get(channelId)!;
  // A message of the past, written while nobody listened, stands where it belongs.
  const after = messages.findLastIndex((other) => BigInt(other.id) < BigInt(id));
  messages.splice(after + 1, 0, message);
  channel.last_message_id = messages.at(-1)!.id;
  return message;
}

/** Who hears a bell: the text's mentions, as far as `allowed_mentions` lets them. */
export function notifiedBy(
  world: World,
  content: string,
  allowed: Draft['allowedMentions'],
  replied?: APIUser,
): PeerMessage['notified'] {
  const may = (kind: string) => allowed === undefined || allowed.parse?.includes(kind) === true;
  const users = [...content.matchAll(/<@!?(\d+)>/g)]
    .map(([, id]) => id!)
    .filter((id) => world.users.has(id) && (may('users') || allowed?.users?.includes(id)));
  if (replied && (allowed === undefined || allowed.replied_user)) users.push(replied.id);
  const roles = [...content.matchAll(/<@&(\d+)>/g)]
    .map(([, id]) => id!)
    .filter((id) => world.roles.has(id) && (may('roles') || allowed?.roles?.includes(id)));
  return {
    everyone: may('everyone') && /@(everyone|here)\b/.test(content),
    users: [...new Set(users)],
    roles: [...new Set(roles)],
  };
}

/** The message as REST gives it: without what only the peer knows. */
export function wire({ notified: _, ephemeralTo: __, ...message }: PeerMessage): APIMessage {
  return message;
}

export function isThread(channel: APIChannel): channel is APIThreadChannel {
  return channel.type === 10 || channel.type === 11 || channel.type === 12;
}

export function guildCreate(world: World): GatewayGuildCreateDispatchData {
  const channels = [...world.channels.values()];
  return {
    id: world.guildId,
    name: 'Plant',
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: world.bot.id,
    region: '',
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 1,
    default_message_notifications: 1,
    explicit_content_filter: 0,
    roles: [...world.roles.values()],
    emojis: [],
    stickers: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    vanity_url_code: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    preferred_locale: 'en-US',
    nsfw_level: 0,
    premium_progress_bar_enabled: false,
    hub_type: null,
    incidents_data: null,
    joined_at: new Date(timeOf(world.bot.id)).toISOString(),
    large: false,
    unavailable: false,
    member_count: world.members.size,
    voice_states: [],
    members: [...world.members.values()],
    channels: channels.filter(({ type }) => type === 0) as GatewayGuildCreateDispatchData['channels'],
    threads: channels.filter(isThread).filter((thread) => !thread.thread_metadata?.archived),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  } as unknown as GatewayGuildCreateDispatchData;
}
