/** What a local Slack holds: people, channels, messages, views. No rules: those are in methods.ts and blocks.ts. */
export interface Posted {
  ts: string;
  channel: string;
  /** User id of who wrote it. */
  user: string;
  botId?: string;
  text: string;
  blocks?: unknown[];
  thread_ts?: string;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  /** Only this person sees it, and nobody can edit it. */
  ephemeralFor?: string;
  files?: object[];
  edits: number;
  deleted: boolean;
  streaming: boolean;
  /** Of a stream: what was appended. */
  streamed: string;
  /** Of a stream: its tasks by id, as they stand. */
  tasks: Map<string, string>;
}

export interface Conversation {
  id: string;
  kind: 'channel' | 'group' | 'im';
  /** Of an im: whose. */
  user?: string;
  archived: boolean;
  botIn: boolean;
  messages: Posted[];
}

export interface OpenView {
  id: string;
  user: string;
  view: Record<string, unknown>;
}

export const BOT = { user: 'U0BOT', bot: 'B0BOT', app: 'A0APP', team: 'T0TEAM', name: 'rounds' };

export function createWorkspace(clock: () => number = Date.now) {
  const conversations = new Map<string, Conversation>();
  const users = new Map<string, { id: string; name: string; real_name: string; team_id: string }>();
  const groups = new Map<string, Set<string>>();
  const views: OpenView[] = [];
  const homes = new Map<string, Record<string, unknown>>();
  let last = 0;

  return {
    conversations,
    users,
    groups,
    views,
    homes,

    /** Microseconds, unique: a message's name. */
    nextTs(at?: number): string {
      const micros = at === undefined ? Math.max(last + 1, Math.round(clock() * 1000)) : Math.round(at * 1000);
      if (at === undefined) last = micros;
      return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
    },

    addUser(id: string, name: string) {
      users.set(id, { id, name: name.toLowerCase(), real_name: name, team_id: BOT.team });
    },

    addConversation(id: string, kind: Conversation['kind'], more: Partial<Conversation> = {}): Conversation {
      const made: Conversation = { id, kind, archived: false, botIn: true, messages: [], ...more };
      conversations.set(id, made);
      return made;
    },

    imOf(user: string): Conversation {
      const id = `D${user.slice(1)}`;
      return conversations.get(id) ?? this.addConversation(id, 'im', { user });
    },

    find(channel: string, ts: string): Posted | undefined {
      return conversations.get(channel)?.messages.find((one) => one.ts === ts && !one.deleted);
    },
  };
}

export type Workspace = ReturnType<typeof createWorkspace>;
