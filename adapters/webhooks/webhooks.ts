/**
 * Alerts that come by HTTP: one listener for all sources that post to it, each at `/alerts/NAME`. Whoever may not is
 * refused before anything is read; what is not understood gets a 4xx with one line and is only counted; what could not be
 * stored gets a 503, so that the sender tries again. It knows the alert door, and nothing behind it.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Alert, AlertDoor, AlertSource } from '../../bot/types.ts';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { at, type Mapping, mapped } from '../shared/mapping.ts';
import { type Access, isAllowed } from './access.ts';
import { type AlertmanagerOptions, alertmanagerAlerts } from './alertmanager.ts';

export type WebhookConfig = Access & { name: string } & (
    | ({ kind: 'alertmanager' | 'grafana' } & Omit<AlertmanagerOptions, 'source'>)
    | ({ kind: 'webhook'; items?: string | undefined } & Mapping)
  );

export interface WebhooksOptions {
  /** Loopback unless the network in front of it is trusted. */
  host: string;
  /** 0 lets the system choose: `url` says which once started. */
  port: number;
  sources: readonly WebhookConfig[];
  logger?: { info(details: object, message: string): void; error(details: object, message: string): void };
}

export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
export const ALERTS_LIMIT = 2000;
const STOP_GRACE_MS = 1000;

/** One source each; the listener is opened with the first and closed with the last. */
export function webhooks(options: WebhooksOptions): { sources: AlertSource[]; readonly url: string } {
  const doors = new Map<string, AlertDoor>();
  let server: Server | undefined;
  let opening: Promise<void> | undefined;
  let port = options.port;
  const app = createApp(options, doors);

  const open = async (): Promise<void> => {
    const opened = createAdaptorServer({ fetch: app.fetch }) as Server;
    await listen(opened, options.host, options.port);
    port = (opened.address() as AddressInfo).port;
    server = opened;
    const paths = options.sources.map(({ name }) => `/alerts/${name}`).join(', ');
    options.logger?.info({ host: options.host, port }, `alerts are taken at ${paths}`);
  };

  return {
    get url() {
      return `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
    },
    sources: options.sources.map(({ name }) => ({
      name,
      async start(door) {
        doors.set(name, door);
        opening ??= open();
        try {
          await opening;
        } catch (error) {
          opening = undefined;
          doors.delete(name);
          throw error;
        }
      },
      async stop() {
        doors.delete(name);
        if (doors.size > 0 || !server) return;
        const closing = server;
        server = undefined;
        opening = undefined;
        await closed(closing);
      },
      problem: () => null,
    })),
  };
}

function createApp({ sources, logger }: WebhooksOptions, doors: ReadonlyMap<string, AlertDoor>): Hono {
  const app = new Hono();
  const known = new Map(sources.map((source) => [source.name, source]));
  const refuse = async (c: Context, status: 400 | 401 | 413 | 415, reason: string, notice: string) => {
    const name = c.req.param('name') ?? '';
    await doors.get(name)?.rejectAlerts(name, reason);
    return c.json({ notice }, status, status === 401 ? { 'WWW-Authenticate': 'Basic realm="rounds"' } : {});
  };

  app.get('/healthz', (c) => c.json({ ok: true }));
  app.use('/alerts/:name', async (c, next) => {
    const source = known.get(c.req.param('name'));
    if (!source)
      return c.json({ notice: 'there is no source of that name: see alerts.sources in rounds.config.yaml' }, 404);
    if (c.req.method !== 'POST') return c.json({ notice: 'post alerts here' }, 405, { Allow: 'POST' });
    const headers = { authorization: c.req.header('authorization'), secret: c.req.header('x-rounds-secret') };
    if (!isAllowed(source, headers)) {
      return refuse(c, 401, 'unauthenticated', "give the source's secret or user and password");
    }
    await next();
  });
  app.use(
    '/alerts/:name',
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: (c) =>
        refuse(c, 413, 'too large', `a delivery has ${BODY_LIMIT_BYTES / 1024 / 1024} MB at most: send smaller groups`),
    }),
  );
  app.post('/alerts/:name', async (c) => {
    const source = known.get(c.req.param('name'))!;
    const door = doors.get(source.name);
    if (!door) return c.json({ notice: 'this source is not open: try again' }, 503);
    let alerts: Alert[];
    try {
      alerts = read(source, await jsonBody(c));
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      return refuse(c, 400, 'malformed', error.message);
    }
    if (alerts.length > ALERTS_LIMIT) {
      return refuse(c, 413, 'too many', `a delivery has ${ALERTS_LIMIT} alerts at most: send smaller groups`);
    }
    await door.handleAlerts(alerts);
    return c.json({ taken: alerts.length });
  });
  app.notFound((c) => c.json({ notice: 'there is nothing here: post to /alerts/NAME' }, 404));
  app.onError((error, c) => {
    logger?.error({ err: error, path: c.req.path }, 'alerts were not stored');
    return c.json({ notice: 'not stored: try again' }, 503);
  });
  return app;
}

function read(source: WebhookConfig, body: unknown): Alert[] {
  if (source.kind !== 'webhook') {
    return alertmanagerAlerts(body, { source: source.name, labels: source.labels, priorities: source.priorities });
  }
  const items = source.items === undefined ? body : at(body, source.items);
  if (items === undefined) throw new BadInput(`nothing stands at "${source.items}", where alerts are looked for`);
  return (Array.isArray(items) ? items : [items]).map((item) => mapped(source.name, item, source));
}

async function jsonBody(c: Context): Promise<unknown> {
  const bytes = await c.req.arrayBuffer();
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BadInput('the body is not JSON in UTF-8', { cause });
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what =
        cause.code === 'EADDRINUSE'
          ? `port ${port} is in use: stop the other program or set`
          : `${host}:${port} cannot be listened on (${cause.code}): mend`;
      reject(new RoundsError('alerts_listen', `[webhooks] ${what} alerts.listen`, { cause }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** Requests in work may end within a second. */
async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const all = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearTimeout(all);
      clearInterval(idle);
      resolve();
    });
  });
}
