/**
 * The peer's gateway, version 10, JSON: hello, identify, heartbeat, resume with replay, invalid session, member chunks and
 * the documented close codes. A test can drop its sockets, make it deaf (heartbeats are answered, events are not sent) or
 * leave sockets half open (nothing is answered, not even a close).
 */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod/v4';
import { guildCreate, type World } from './world.ts';

export const INTENTS = {
  guilds: 1 << 0,
  guildMembers: 1 << 1,
  guildPresences: 1 << 8,
  guildMessages: 1 << 9,
  directMessages: 1 << 12,
  messageContent: 1 << 15,
} as const;
const ALL_INTENTS = (1 << 22) | ((1 << 22) - 1);

export interface GatewayOptions {
  world: World;
  /** Where it is reached; sent as the address to resume at. */
  url: () => string;
  token: () => string | null;
  heartbeatIntervalMs: number;
  /** Privileged intents that the application's owner has switched on. */
  privileged: () => number;
  applicationFlags: () => number;
}

export interface Gateway {
  attach(server: Server): void;
  /** Sends an event to every session that asked for its intent (0: to all); those who are away get it when they resume. */
  dispatch(
    event: string,
    data: unknown,
    intent: number,
    forSession?: (data: unknown, intents: number) => unknown,
  ): void;
  /** Closes every socket; null: without a close frame, as when a cable is pulled. Sessions can be resumed unless `forget`. */
  drop(code: number | null, forget?: boolean): void;
  /** Sends every event of the newest session once more. */
  replay(): void;
  /** Heartbeats are answered, events are kept back. */
  deaf: boolean;
  /** Sockets that are open now answer nothing any more. */
  halfOpen(): void;
  /** Connections are thrown out at once: the gateway is down. */
  down: boolean;
  /** When a connection was tried. */
  readonly attempts: number[];
  readonly sockets: number;
  readonly identifies: number[];
  readonly resumes: number[];
  readonly violations: string[];
  close(): Promise<void>;
}

interface Session {
  id: string;
  intents: number;
  sequence: number;
  sent: { s: number; frame: string }[];
  socket: WebSocket | null;
}

const identify = z.strictObject({
  token: z.string(),
  properties: z.strictObject({ os: z.string(), browser: z.string(), device: z.string() }),
  compress: z.literal(false).optional(),
  large_threshold: z.number().int().min(50).max(250).optional(),
  shard: z.tuple([z.number().int(), z.number().int()]).optional(),
  presence: z.unknown().optional(),
  intents: z.number().int().min(0),
});
const resume = z.strictObject({ token: z.string(), session_id: z.string(), seq: z.number().int() });
const memberRequest = z.strictObject({
  guild_id: z.string(),
  user_ids: z.union([z.string(), z.array(z.string()).max(100)]).optional(),
  query: z.string().optional(),
  limit: z.number().int().optional(),
  presences: z.boolean().optional(),
  nonce: z.string().max(32).optional(),
});

export function gateway(options: GatewayOptions): Gateway {
  const { world } = options;
  const sessions = new Map<string, Session>();
  const mute = new WeakSet<WebSocket>();
  const socketServer = new WebSocketServer({ noServer: true });
  const attempts: number[] = [];
  const identifies: number[] = [];
  const resumes: number[] = [];
  const violations: string[] = [];
  const self: Gateway = {
    attach,
    dispatch,
    drop,
    replay,
    deaf: false,
    halfOpen,
    down: false,
    attempts,
    get sockets() {
      return socketServer.clients.size;
    },
    identifies,
    resumes,
    violations,
    close,
  };
  return self;

  function attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'ws://peer');
      if (!url.pathname.startsWith('/gateway')) return socket.destroy();
      attempts.push(Date.now());
      if (self.down) return socket.destroy();
      socketServer.handleUpgrade(request, socket, head, (connection) => {
        if (url.searchParams.get('v') !== '10') return connection.close(4012, 'Invalid API version');
        if (url.searchParams.get('encoding') !== 'json') return connection.close(4002, 'encoding');
        serve(connection);
      });
    });
  }

  function serve(socket: WebSocket): void {
    let session: Session | undefined;
    let sent = 0;
    let windowAt = Date.now();
    let beatenAt = Date.now();
    const fail = (code: number, why: string) => {
      violations.push(`gateway ${code}: ${why}`);
      socket.close(code, why);
    };
    const watch = setInterval(() => {
      if (Date.now() - beatenAt > options.heartbeatIntervalMs * 2 && !mute.has(socket)) {
        fail(4009, 'no heartbeat: session timed out');
      }
    }, options.heartbeatIntervalMs);
    socket.on('close', () => {
      clearInterval(watch);
      if (session?.socket === socket) session.socket = null;
    });
    socket.on('error', () => {});
    socket.on('message', (raw, isBinary) => {
      if (mute.has(socket)) return;
      if (Date.now() - windowAt > 60_000) [sent, windowAt] = [0, Date.now()];
      sent += 1;
      if (sent > 120) return fail(4008, 'more than 120 events a minute');
      let frame: { op?: unknown; d?: unknown };
      try {
        frame = JSON.parse(String(raw));
      } catch {
        return fail(4002, 'not JSON');
      }
      if (isBinary) return fail(4002, 'not text');
      take(frame);
    });
    send({ op: 10, d: { heartbeat_interval: options.heartbeatIntervalMs }, s: null, t: null });

    function send(payload: object): void {
      if (!mute.has(socket)) socket.send(JSON.stringify(payload));
    }

    function take({ op, d }: { op?: unknown; d?: unknown }) {
      if (op === 1) {
        beatenAt = Date.now();
        if (d !== null && typeof d !== 'number') return fail(4002, 'heartbeat without a sequence');
        return send({ op: 11 });
      }
      if (op === 2) return begin(d);
      if (op === 6) return goOn(d);
      if (!session) return fail(4003, `op ${String(op)} before identify`);
      if (op === 8) return chunk(session, d);
      if (op === 3 || op === 4) return;
      fail(4001, `op ${String(op)}`);
    }

    function begin(d: unknown) {
      if (session) return fail(4005, 'identified twice');
      const asked = identify.safeParse(d);
      if (!asked.success) return fail(4002, asked.error.issues[0]!.message);
      const { token, intents } = asked.data;
      if (token !== options.token()) return socket.close(4004, 'Authentication failed.');
      if ((intents & ~ALL_INTENTS) !== 0) return fail(4013, 'Invalid intent(s).');
      const privileged = INTENTS.guildMembers | INTENTS.guildPresences | INTENTS.messageContent;
      if ((intents & privileged & ~options.privileged()) !== 0) return socket.close(4014, 'Disallowed intent(s).');
      identifies.push(Date.now());
      session = { id: randomBytes(16).toString('hex'), intents, sequence: 0, sent: [], socket };
      sessions.set(session.id, session);
      put(session, 'READY', {
        v: 10,
        user: world.bot,
        user_settings: {},
        session_type: 'normal',
        session_id: session.id,
        resume_gateway_url: options.url(),
        relationships: [],
        private_channels: [],
        presences: [],
        guilds: [{ id: world.guildId, unavailable: true }],
        guild_join_requests: [],
        geo_ordered_rtc_regions: [],
        auth: {},
        application: { id: world.applicationId, flags: options.applicationFlags() },
        shard: asked.data.shard ?? [0, 1],
      });
      put(session, 'GUILD_CREATE', guildCreate(world));
    }

    function goOn(d: unknown) {
      const asked = resume.safeParse(d);
      if (!asked.success) return fail(4002, asked.error.issues[0]!.message);
      if (asked.data.token !== options.token()) return socket.close(4004, 'Authentication failed.');
      const known = sessions.get(asked.data.session_id);
      if (!known) return send({ op: 9, d: false, s: null, t: null });
      if (asked.data.seq > known.sequence) return socket.close(4007, 'Invalid seq.');
      resumes.push(Date.now());
      session = known;
      known.socket = socket;
      for (const { s, frame } of known.sent) if (s > asked.data.seq && !self.deaf) socket.send(frame);
      put(known, 'RESUMED', {});
    }

    function chunk(to: Session, d: unknown) {
      const asked = memberRequest.safeParse(d);
      if (!asked.success) return fail(4002, asked.error.issues[0]!.message);
      const { guild_id, user_ids, nonce } = asked.data;
      // Everybody at once takes a privileged intent; by id is free.
      if (user_ids === undefined) return fail(4014, 'members by query need GUILD_MEMBERS');
      const ids = [user_ids].flat();
      put(to, 'GUILD_MEMBERS_CHUNK', {
        guild_id,
        members: ids.flatMap((id) => world.members.get(id) ?? []),
        chunk_index: 0,
        chunk_count: 1,
        not_found: ids.filter((id) => !world.members.has(id)),
        ...(nonce === undefined ? {} : { nonce }),
      });
    }
  }

  function put(session: Session, t: string, d: unknown): void {
    session.sequence += 1;
    const frame = JSON.stringify({ op: 0, t, s: session.sequence, d });
    session.sent.push({ s: session.sequence, frame });
    const { socket } = session;
    if (socket && !mute.has(socket) && socket.readyState === socket.OPEN && (!self.deaf || t === 'READY')) {
      socket.send(frame);
    }
  }

  function dispatch(event: string, data: unknown, intent: number, forSession = (d: unknown, _: number) => d): void {
    for (const session of sessions.values()) {
      if (intent !== 0 && (session.intents & intent) === 0) continue;
      put(session, event, forSession(data, session.intents));
    }
  }

  function drop(code: number | null, forget = false): void {
    if (forget) sessions.clear();
    for (const socket of socketServer.clients) {
      if (code === null) socket.terminate();
      else socket.close(code);
    }
  }

  function replay(): void {
    const session = [...sessions.values()].at(-1);
    for (const { frame } of session?.sent ?? []) {
      if (!frame.includes('"READY"') && !frame.includes('"GUILD_CREATE"')) session?.socket?.send(frame);
    }
  }

  function halfOpen(): void {
    for (const socket of socketServer.clients) {
      mute.add(socket);
      // Not even the closing handshake is answered.
      socket.pause();
    }
    sessions.clear();
  }

  function close(): Promise<void> {
    for (const socket of socketServer.clients) socket.terminate();
    return new Promise((resolve) => socketServer.close(() => resolve()));
  }
}
