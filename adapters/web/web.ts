/**
 * The web channel: a page on this machine that behaves like any other chat channel. The adapter turns requests into
 * calls of the door and the bot's posts into events for the open pages; what was said lives in the bot's store, so a
 * page or a server that comes back shows the same conversation. Knows nothing of students, teachers or sheets.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Adapter, Card, Door, Person, Place } from '../../bot/types.ts';
import { RoundsError } from '../../models/errors.ts';
import { readAssets } from './assets.ts';
import { createFeed } from './feed.ts';
import { listen } from './listen.ts';
import type { Probes } from './probes.ts';
import { ADAPTER, createRoutes, type Logger, type TagHint } from './routes.ts';
import { isLoopback } from './security.ts';

export type { Logger, TagHint } from './routes.ts';

export interface WebOptions {
  /** Address to listen on; loopback unless the network in front of it is trusted. */
  host: string;
  /** 0 lets the system choose: `url` says which once started. */
  port: number;
  /** Who sits at this machine. Everyone who reaches the page is this person. */
  person?: Person;
  /** The channel the page shows. */
  channel?: string;
  /** Others that it can be switched to: where people are asked. */
  channels?: string[];
  /** Plant tags offered while writing. */
  tags?: TagHint[];
  /** Host names besides loopback's and IP addresses that may be asked for (a reverse proxy's name). */
  allowedHosts?: string[];
  logger?: Logger;
  /** What `/readyz` and `/metrics` say; without it the first only asks the door, and there is no second. */
  probes?: Probes;
}

/** Requests in work when stopping may end within this time. */
const STOP_GRACE_MS = 1000;

/** A constructed adapter listens nowhere yet; `start` rejects with a RoundsError that names the mend. */
export function webAdapter(options: WebOptions): Adapter & { readonly url: string } {
  const channel = options.channel ?? 'operations';
  const person = options.person ?? { id: 'web:local', name: 'Local user' };
  const feed = createFeed();
  let server: Server | undefined;
  let port = options.port;
  let show: ((place: Place, card: Card) => Promise<void>) | undefined;

  return {
    name: ADAPTER,
    everywhere: true,

    get url() {
      return urlOf(options.host, port);
    },

    async start(door: Door) {
      if (server !== undefined) throw new RoundsError('already_started', 'the web channel is already started');
      const assets = await readAssets(new URL('./public/', import.meta.url));
      const routes = createRoutes({ ...options, door, feed, assets, channel, person });
      const started = createAdaptorServer({ fetch: routes.app.fetch }) as Server;
      await listen(started, options.port, options.host);
      server = started;
      port = (started.address() as AddressInfo).port;
      show = routes.show;
      if (!isLoopback(options.host)) {
        options.logger?.warn(
          { host: options.host },
          `the web channel is open to the network: everyone who reaches it is ${person.name}; HOST=127.0.0.1 closes it`,
        );
      }
    },

    async stop() {
      feed.close();
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      await new Promise<void>((resolve) => {
        const began = Date.now();
        const sweep = setInterval(() => {
          if (Date.now() - began < STOP_GRACE_MS) closing.closeIdleConnections();
          else closing.closeAllConnections();
        }, 20);
        closing.close(() => {
          clearInterval(sweep);
          resolve();
        });
      });
    },

    /** The page keeps no posts of its own: a card's id here is its own or its exchange's, so that it is never shown twice. */
    async post(place, card) {
      await show?.(place, card);
      return 'kind' in card ? card.id : card.exchangeId;
    },

    async update(place, _postId, card) {
      await show?.(place, card);
    },
  };
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
