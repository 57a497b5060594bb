/**
 * The Web API's methods as documented: arguments, scopes, limits and error codes. An argument that a method does not have,
 * a scope that the app was not given, blocks beyond their limits: each is refused with Slack's own code.
 */
import { blockFaults, viewFaults } from './blocks.ts';
import { BOT, type Conversation, type Posted, type Workspace } from './workspace.ts';

export type Args = Record<string, unknown>;
export type Outcome = { ok: true; [key: string]: unknown } | { ok: false; error: string; [key: string]: unknown };

export interface MethodParts {
  workspace: Workspace;
  scopes: ReadonlySet<string>;
  usedScopes: Set<string>;
  /** Whether a trigger may still be used; used up by asking. */
  useTrigger: (id: string) => 'ok' | 'expired_trigger_id' | 'exchanged_trigger_id' | 'invalid_trigger_id';
  onPosted: (message: Posted) => void;
  onEdited: (message: Posted) => void;
}

interface Method {
  /** Any one of them. */
  scopes: string[];
  args: string[];
  run: (args: Args) => Outcome;
}

const TEXT_LIMIT = 40_000;
/** Blocks and text of one message together. */
const MESSAGE_LIMIT = 13_200;
const CHUNK_LIMIT = 12_000;

export function slackMethods(parts: MethodParts): Record<string, Method> {
  const { workspace, useTrigger, onPosted, onEdited } = parts;
  const fail = (error: string, more: object = {}): Outcome => ({ ok: false, error, ...more });

  /** The conversation, when the app may write to it. A user's id is their direct messages. */
  function writable(channel: unknown): Conversation | Outcome {
    const id = String(channel ?? '');
    const found = workspace.users.has(id) ? workspace.imOf(id) : workspace.conversations.get(id);
    if (!found) return fail('channel_not_found');
    if (found.archived) return fail('is_archived');
    return found.botIn ? found : fail('not_in_channel');
  }

  function contentFault(args: Args): Outcome | undefined {
    const text = String(args.text ?? '');
    if (text === '' && !args.blocks) return fail('no_text');
    if (text.length > TEXT_LIMIT) return fail('msg_too_long');
    if (args.blocks !== undefined) {
      const faults = blockFaults(args.blocks, 'message');
      if (faults.length > 0) return fail('invalid_blocks', { response_metadata: { messages: faults } });
      if (
        JSON.stringify(args.blocks).length + text.length > 3 * MESSAGE_LIMIT ||
        visible(args.blocks) > MESSAGE_LIMIT
      ) {
        return fail('msg_blocks_too_long');
      }
    }
    return metadataFault(args.metadata);
  }

  function post(conversation: Conversation, args: Args, more: Partial<Posted> = {}): Posted {
    const message: Posted = {
      ...{ ts: workspace.nextTs(), channel: conversation.id, user: BOT.user, botId: BOT.bot },
      text: String(args.text ?? ''),
      ...(args.blocks ? { blocks: args.blocks as unknown[] } : {}),
      ...(args.thread_ts ? { thread_ts: String(args.thread_ts) } : {}),
      ...(args.metadata ? { metadata: args.metadata as NonNullable<Posted['metadata']> } : {}),
      ...{ edits: 0, deleted: false, streaming: false, streamed: '', tasks: new Map() },
      ...more,
    };
    conversation.messages.push(message);
    return message;
  }

  const threadFault = (conversation: Conversation, args: Args): Outcome | undefined =>
    args.thread_ts && !workspace.find(conversation.id, String(args.thread_ts)) ? fail('thread_not_found') : undefined;

  const WRITE = ['chat:write'];
  const POST_ARGS = ['channel', 'text', 'blocks', 'thread_ts', 'metadata', 'unfurl_links', 'unfurl_media', 'parse'];
  const historyScopes = ['channels:history', 'groups:history', 'im:history'];

  return {
    'auth.test': {
      ...{ scopes: [], args: [] },
      run: () => ({
        ok: true,
        user_id: BOT.user,
        bot_id: BOT.bot,
        team_id: BOT.team,
        user: BOT.name,
        url: 'https://t/',
      }),
    },

    'chat.postMessage': {
      scopes: WRITE,
      args: [...POST_ARGS, 'link_names', 'mrkdwn', 'reply_broadcast'],
      run(args) {
        const conversation = writable(args.channel);
        if ('ok' in conversation) return conversation;
        const fault = threadFault(conversation, args) ?? contentFault(args);
        if (fault) return fault;
        const message = post(conversation, args);
        onPosted(message);
        return { ok: true, channel: conversation.id, ts: message.ts, message: { ...message } };
      },
    },

    'chat.postEphemeral': {
      scopes: WRITE,
      args: ['channel', 'user', 'text', 'blocks', 'thread_ts', 'parse', 'link_names'],
      run(args) {
        const conversation = writable(args.channel);
        if ('ok' in conversation) return conversation;
        if (!workspace.users.has(String(args.user))) return fail('user_not_in_channel');
        const fault = contentFault(args);
        if (fault) return fault;
        return { ok: true, message_ts: post(conversation, args, { ephemeralFor: String(args.user) }).ts };
      },
    },

    'chat.update': {
      scopes: WRITE,
      args: ['channel', 'ts', 'text', 'blocks', 'metadata', 'parse', 'link_names'],
      run(args) {
        const conversation = writable(args.channel);
        if ('ok' in conversation) return conversation;
        const message = workspace.find(conversation.id, String(args.ts));
        if (!message || message.ephemeralFor) return fail('message_not_found');
        if (message.botId !== BOT.bot) return fail('cant_update_message');
        if (message.streaming) return fail('streaming_state_conflict');
        const fault = contentFault(args);
        if (fault) return fault;
        message.text = String(args.text ?? '');
        if (args.blocks) message.blocks = args.blocks as unknown[];
        else delete message.blocks;
        message.streamed = '';
        message.tasks.clear();
        message.edits += 1;
        onEdited(message);
        return { ok: true, channel: conversation.id, ts: message.ts, text: message.text };
      },
    },

    'chat.startStream': {
      scopes: WRITE,
      args: [
        'channel',
        'thread_ts',
        'chunks',
        'markdown_text',
        'recipient_user_id',
        'recipient_team_id',
        'task_display_mode',
      ],
      run(args) {
        const conversation = writable(args.channel);
        if ('ok' in conversation) return conversation;
        if (!args.thread_ts)
          return fail('invalid_arguments', { response_metadata: { messages: ['thread_ts is required'] } });
        if (conversation.kind !== 'im' && !args.recipient_user_id) return fail('missing_recipient_user_id');
        const fault = threadFault(conversation, args) ?? chunksFault(args);
        if (fault) return fault;
        const message = post(conversation, { thread_ts: args.thread_ts }, { streaming: true });
        append(message, args);
        return { ok: true, channel: conversation.id, ts: message.ts };
      },
    },

    'chat.appendStream': {
      scopes: WRITE,
      args: ['channel', 'ts', 'chunks', 'markdown_text'],
      run(args) {
        const message = workspace.find(String(args.channel), String(args.ts));
        if (!message) return fail('message_not_found');
        if (!message.streaming) return fail('message_not_in_streaming_state');
        const fault = chunksFault(args);
        if (fault) return fault;
        append(message, args);
        message.edits += 1;
        return { ok: true, channel: message.channel, ts: message.ts };
      },
    },

    'chat.stopStream': {
      scopes: WRITE,
      args: ['channel', 'ts', 'chunks', 'markdown_text', 'blocks', 'metadata', 'session_status'],
      run(args) {
        const message = workspace.find(String(args.channel), String(args.ts));
        if (!message) return fail('message_not_found');
        if (!message.streaming) return fail('message_not_in_streaming_state');
        const faults = args.blocks === undefined ? [] : blockFaults(args.blocks, 'message');
        if (faults.length > 0) return fail('invalid_blocks', { response_metadata: { messages: faults } });
        const fault = (args.chunks ? chunksFault(args) : undefined) ?? metadataFault(args.metadata);
        if (fault) return fault;
        append(message, args);
        message.streaming = false;
        message.edits += 1;
        if (args.blocks) message.blocks = args.blocks as unknown[];
        if (args.metadata) message.metadata = args.metadata as NonNullable<Posted['metadata']>;
        onPosted(message);
        return { ok: true, channel: message.channel, ts: message.ts };
      },
    },

    'assistant.threads.setStatus': {
      scopes: ['assistant:write', 'chat:write'],
      args: ['channel_id', 'thread_ts', 'status', 'loading_messages'],
      run: ({ channel_id }) =>
        workspace.conversations.has(String(channel_id)) ? { ok: true } : fail('channel_not_found'),
    },

    'assistant.threads.setSuggestedPrompts': {
      scopes: ['assistant:write'],
      args: ['channel_id', 'thread_ts', 'prompts', 'title'],
      run({ prompts }) {
        const list = prompts as { title?: string; message?: string }[];
        if (!Array.isArray(list) || list.length === 0 || list.length > 4) return fail('invalid_arguments');
        return list.every(({ title, message }) => title && message) ? { ok: true } : fail('invalid_arguments');
      },
    },

    'views.open': {
      scopes: [],
      args: ['trigger_id', 'view'],
      run({ trigger_id, view }) {
        const trigger = useTrigger(String(trigger_id));
        if (trigger !== 'ok') return fail(trigger);
        const faults = viewFaults(view as Args);
        if (faults.length > 0) return fail('invalid_arguments', { response_metadata: { messages: faults } });
        const id = `V${workspace.nextTs().replace('.', '')}`;
        const opened = { ...(view as Args), id, private_metadata: (view as Args).private_metadata ?? '' };
        workspace.views.push({ id, user: String(trigger_id).split('.').at(-1)!, view: opened });
        return { ok: true, view: opened };
      },
    },

    'views.publish': {
      scopes: [],
      args: ['user_id', 'view', 'hash'],
      run({ user_id, view }) {
        const faults = viewFaults(view as Args);
        if (faults.length > 0) return fail('invalid_arguments', { response_metadata: { messages: faults } });
        workspace.homes.set(String(user_id), view as Args);
        return { ok: true, view: view as Args };
      },
    },

    'users.info': {
      scopes: ['users:read'],
      args: ['user', 'include_locale'],
      run({ user }) {
        const found = workspace.users.get(String(user));
        return found ? { ok: true, user: { ...found, profile: { display_name: '' } } } : fail('user_not_found');
      },
    },

    'users.conversations': {
      scopes: ['channels:read', 'groups:read', 'im:read'],
      args: ['types', 'exclude_archived', 'limit', 'cursor', 'user'],
      run({ types }) {
        const wanted = String(types).split(',');
        const needed = { public_channel: 'channels:read', private_channel: 'groups:read', im: 'im:read' } as const;
        for (const type of wanted) {
          const scope = needed[type as keyof typeof needed];
          if (!scope || !parts.scopes.has(scope)) return fail('missing_scope', { needed: scope ?? type });
          parts.usedScopes.add(scope);
        }
        const kinds = { channel: 'public_channel', group: 'private_channel', im: 'im' };
        const channels = [...workspace.conversations.values()]
          .filter(({ kind, botIn, archived }) => botIn && !archived && wanted.includes(kinds[kind]))
          .map(({ id, kind, user }) => ({ id, is_im: kind === 'im', ...(user ? { user } : {}) }));
        return { ok: true, channels, response_metadata: { next_cursor: '' } };
      },
    },

    'conversations.history': {
      scopes: historyScopes,
      args: ['channel', 'oldest', 'latest', 'limit', 'cursor', 'inclusive', 'include_all_metadata'],
      run: (args) => pageOf(args, ({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts),
    },

    'conversations.replies': {
      scopes: historyScopes,
      args: ['channel', 'ts', 'oldest', 'latest', 'limit', 'cursor', 'inclusive', 'include_all_metadata'],
      run(args) {
        const ts = String(args.ts);
        if (!workspace.find(String(args.channel), ts)) return fail('thread_not_found');
        return pageOf(args, (message) => message.thread_ts === ts || message.ts === ts);
      },
    },

    'usergroups.users.list': {
      scopes: ['usergroups:read'],
      args: ['usergroup', 'include_disabled'],
      run({ usergroup }) {
        const found = workspace.groups.get(String(usergroup));
        return found ? { ok: true, users: [...found] } : fail('no_such_subteam');
      },
    },
  };

  function pageOf(args: Args, which: (message: Posted) => boolean): Outcome {
    const conversation = workspace.conversations.get(String(args.channel));
    if (!conversation) return fail('channel_not_found');
    if (!conversation.botIn) return fail('not_in_channel');
    parts.usedScopes.add({ channel: 'channels:history', group: 'groups:history', im: 'im:history' }[conversation.kind]);
    const found = conversation.messages
      .filter((message) => !message.deleted && !message.ephemeralFor && which(message))
      .filter(({ ts }) => Number(ts) > Number(args.oldest ?? 0))
      .map((message) => inHistory(conversation, message))
      .reverse();
    const most = Number(args.limit ?? 100);
    const from = Number(args.cursor ?? 0);
    const next = from + most < found.length ? String(from + most) : '';
    return {
      ok: true,
      messages: found.slice(from, from + most),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    };
  }
}

/** As a message stands in a channel's history: a thread's root names itself as its thread. */
function inHistory(conversation: Conversation, { ts, user, botId, text, thread_ts, metadata, files }: Posted): object {
  const root = conversation.messages.some((other) => other.thread_ts === ts && other.ts !== ts && !other.ephemeralFor);
  const thread = thread_ts ?? (root ? ts : undefined);
  return {
    ...{ type: 'message', ts, user, text },
    ...(botId ? { bot_id: botId } : {}),
    ...(thread ? { thread_ts: thread } : {}),
    ...(metadata ? { metadata } : {}),
    ...(files ? { files } : {}),
  };
}

function metadataFault(metadata: unknown): Outcome | undefined {
  if (metadata === undefined) return undefined;
  const { event_type, event_payload } = metadata as { event_type?: unknown; event_payload?: unknown };
  const fits = typeof event_type === 'string' && typeof event_payload === 'object';
  return fits ? undefined : { ok: false, error: 'invalid_metadata_format' };
}

function chunksFault({ chunks, markdown_text }: Args): Outcome | undefined {
  const fail = (what: string): Outcome => ({
    ok: false,
    error: 'invalid_chunks',
    response_metadata: { messages: [what] },
  });
  if (chunks === undefined && markdown_text === undefined) return fail('markdown_text or chunks is required');
  for (const chunk of (chunks ?? []) as Args[]) {
    if (chunk.type === 'markdown_text') {
      if (typeof chunk.text !== 'string' || chunk.text === '' || chunk.text.length > CHUNK_LIMIT) return fail('text');
    } else if (chunk.type === 'task_update') {
      const known = ['type', 'id', 'title', 'status', 'details', 'output', 'sources'];
      if (Object.keys(chunk).some((key) => !known.includes(key))) return fail('unknown field');
      if (!['pending', 'in_progress', 'complete', 'error'].includes(String(chunk.status))) return fail('status');
      if (!chunk.id || !chunk.title || String(chunk.title).length > 256) return fail('id and title');
    } else return fail(`unknown chunk ${chunk.type}`);
  }
  return undefined;
}

/** Text goes on where it ended; a task of a known id takes its former state's place. */
function append(message: Posted, { chunks }: Args): void {
  for (const chunk of (chunks ?? []) as Args[]) {
    if (chunk.type === 'markdown_text') message.streamed += String(chunk.text);
    else message.tasks.set(String(chunk.id), `${chunk.title} (${chunk.status})`);
  }
}

function visible(blocks: unknown): number {
  return [...JSON.stringify(blocks).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)].reduce(
    (n, [, said]) => n + said!.length,
    0,
  );
}
