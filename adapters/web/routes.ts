/**
 * The web channel's HTTP routes: each one parses, asks the door, and says what came of it. A message is acknowledged
 * only when the door has it on disk. Knows the door, and nothing behind it.
 */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Action, AlertAction, Card, Door, Message, Person, Place } from '../../bot/types.ts';
import { BadInput } from '../../models/errors.ts';
import { type Asset, sendAsset } from './assets.ts';
import type { Feed, FeedEvent } from './feed.ts';
import {
  actionBody,
  alertActionBody,
  BODY_LIMIT_BYTES,
  historyQuery,
  isJson,
  jsonBody,
  messageBody,
  parse,
  reviewQuery,
} from './input.ts';
import { type Probes, probeRoutes } from './probes.ts';
import { sameMachine, securityHeaders } from './security.ts';

/** What is used of a pino logger. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A plant tag offered while writing: a line of the asset register. */
export interface TagHint {
  tag: string;
  class?: string;
  area?: string;
  description?: string;
}

export interface RouteParts {
  door: Door;
  feed: Feed;
  assets: Map<string, Asset>;
  channel: string;
  /** Other channels that the page may show. */
  channels?: string[];
  person: Person;
  host: string;
  tags?: TagHint[];
  allowedHosts?: string[];
  logger?: Logger;
  probes?: Probes;
}

/** The channel's name in every place: `web`. */
export const ADAPTER = 'web';
const HISTORY_PAGE = 200;
const HEARTBEAT_MS = 15_000;
/** How long a page waits before it comes back. */
const RETRY_MS = 1000;

export function createRoutes(parts: RouteParts): { app: Hono; show(place: Place, card: Card): Promise<void> } {
  const { door, feed, assets, person, logger } = parts;
  const announced = new Set<string>();
  const app = new Hono();

  app.use(securityHeaders);
  if (parts.probes) app.route('/', probeRoutes(parts.probes));
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    await door.status();
    return c.json({ ready: true });
  });
  app.use(sameMachine(parts.host, parts.allowedHosts ?? []));

  app.get('/', (c) => sendAsset(c, assets.get('index.html')));
  app.get('/assets/:name', (c) => sendAsset(c, assets.get(c.req.param('name'))));

  app.use('/api/*', async (c, next) => {
    if (c.req.method === 'POST' && !isJson(c.req.header('content-type'))) {
      return c.json({ notice: 'send JSON with content-type: application/json' }, 415);
    }
    await next();
    c.header('Cache-Control', 'no-store');
  });
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: (c) => c.json({ notice: 'the message is over 64 KB: send a shorter one' }, 400),
    }),
  );

  app.post('/api/messages', async (c) => {
    const body = parse(messageBody, await jsonBody(c));
    const id = body.id ?? randomUUID();
    const place = { adapter: ADAPTER, channel: body.channel ?? parts.channel, thread: body.thread ?? id };
    const message: Message = { id, place, author: person, text: body.text, sentAt: new Date().toISOString() };
    if (body.options !== undefined && body.options.length > 0) message.options = body.options;

    const receipt = await door.handle(message);
    if (receipt.kind === 'rejected') return c.json({ notice: receipt.notice }, 400);
    if (receipt.kind === 'duplicate') {
      const first = await door.exchange(receipt.exchangeId);
      return c.json({ exchangeId: receipt.exchangeId, id, thread: first?.message.place.thread ?? place.thread }, 200);
    }
    return c.json({ exchangeId: receipt.exchangeId, id, thread: place.thread }, 202);
  });

  app.post('/api/actions', async (c) => {
    const body = parse(actionBody, await jsonBody(c));
    const action = { ...body, id: body.id ?? randomUUID(), author: person } as Action;
    const result = await door.act(action);
    if (result.kind === 'denied') return c.json({ notice: result.notice }, 403);
    if (result.kind === 'invalid') return c.json({ notice: result.notice }, 400);
    return c.json({ id: result.id, notice: result.notice });
  });

  app.post('/api/alerts/actions', async (c) => {
    const body = parse(alertActionBody, await jsonBody(c));
    const action = { ...body, id: body.id ?? randomUUID(), author: person } as AlertAction;
    if (action.kind === 'assign') action.to = { ...action.to, id: action.to.id || `${ADAPTER}:${action.to.name}` };
    const result = await door.actOnAlert(action);
    if (result.kind === 'denied') return c.json({ notice: result.notice }, 403);
    if (result.kind === 'invalid') return c.json({ notice: result.notice }, 400);
    return c.json({ id: result.id, notice: result.notice });
  });

  app.get('/api/reviews', async (c) => {
    const { all, limit } = parse(reviewQuery, c.req.query());
    const items = await door.reviews(person);
    if (items === undefined) return c.json({ notice: 'only engineers review what is taught: ask an engineer' }, 403);
    const chosen = items.filter(({ state }) => all || state === 'waiting');
    return c.json({ items: chosen.slice(0, limit), total: chosen.length });
  });

  app.get('/api/alerts', async (c) => {
    const { channel = parts.channel, limit } = parse(historyQuery, c.req.query());
    return c.json({ alerts: await door.alerts({ adapter: ADAPTER, channel, limit }) });
  });

  app.get('/api/history', async (c) => {
    const query = parse(historyQuery, c.req.query());
    const exchanges = await door.history({ ...query, adapter: ADAPTER, channel: query.channel ?? parts.channel });
    return c.json({ exchanges });
  });

  app.get('/api/exchanges/:id', async (c) => {
    const exchange = await door.exchange(c.req.param('id'));
    return exchange?.message.place.adapter !== ADAPTER
      ? c.json({ notice: 'there is no such exchange here' }, 404)
      : c.json(exchange);
  });

  app.get('/api/status', async (c) => {
    const me = { ...person, roles: door.rolesOf(person) };
    return c.json({
      ...(await door.status()),
      me,
      channel: parts.channel,
      channels: [parts.channel, ...(parts.channels ?? [])],
      tags: parts.tags ?? [],
    });
  });

  app.get('/api/events', (c) => follow(c, parts));

  app.notFound((c) => c.json({ notice: 'there is no such page: open /' }, 404));
  app.onError((error, c) => {
    if (error instanceof BadInput) return c.json({ notice: error.message }, 400);
    logger?.error({ err: error, path: c.req.path }, 'web request failed');
    return c.json({ notice: `not done: ${error.message}; try again` }, 503);
  });

  /**
   * Sends the pages an alert card, or a newer state of a reply: while it is being worked on, the reply alone; at its beginning, its end and
   * whenever it is shown again after that (a flag, a correction), the whole exchange as the store has it.
   */
  async function show({ channel, thread }: Place, card: Card): Promise<void> {
    if ('kind' in card) {
      feed.publish(channel, 'alert', card, `alert ${card.id}`);
      return;
    }
    const reply = card;
    const { exchangeId } = reply;
    if (!reply.final && announced.has(exchangeId)) {
      feed.publish(channel, 'reply', { exchangeId, thread, reply }, `reply ${exchangeId}`);
      return;
    }
    const exchange = await door.exchange(exchangeId);
    if (exchange === undefined) return;
    if (reply.final) announced.delete(exchangeId);
    else announced.add(exchangeId);
    feed.publish(
      channel,
      'exchange',
      exchange.reply.final ? exchange : { ...exchange, reply },
      `exchange ${exchangeId}`,
    );
  }

  return { app, show };
}

/** Server-sent events: what was missed, then what happens; comments in between keep the connection known to be alive. */
function follow(c: Context, { door, feed, channel: ours, logger }: RouteParts): Response {
  const { channel = ours } = parse(historyQuery, c.req.query());
  c.header('X-Accel-Buffering', 'no');
  const tell = async (stream: SSEStreamingApi) => {
    const follower = feed.follow(channel, c.req.header('last-event-id'));
    stream.onAbort(() => follower.close());
    const beat = setInterval(() => void stream.write(': beat\n\n'), HEARTBEAT_MS);
    const send = (event: FeedEvent) =>
      stream.writeSSE({ id: event.id, event: event.name, data: JSON.stringify(event.data), retry: RETRY_MS });
    try {
      if (follower.missed === undefined) {
        const page = { adapter: ADAPTER, channel, limit: HISTORY_PAGE };
        const [exchanges, alerts] = await Promise.all([door.history(page), door.alerts(page)]);
        await send({ id: follower.from, name: 'history', data: { exchanges, alerts } });
      } else {
        await stream.write(': caught up\n\n');
        for (const event of follower.missed) await send(event);
      }
      for (let event = await follower.next(); event !== undefined; event = await follower.next()) await send(event);
    } finally {
      clearInterval(beat);
      follower.close();
    }
  };
  // The page comes back by itself; what went wrong is for the log.
  return streamSSE(c, tell, async (err) => logger?.error({ err }, 'a page could not be told of events'));
}
