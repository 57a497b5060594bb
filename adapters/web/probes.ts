/**
 * What watches over a process asks over HTTP: is it there, can it work, how is it doing. Beside the page, or alone on a
 * port of its own where the process has no page.
 */
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Readiness } from '../../bot/types.ts';
import { listen } from './listen.ts';

export interface Probes {
  ready(): Promise<Readiness>;
  metrics(): Promise<{ contentType: string; body: string }>;
}

/** `/healthz`: the process answers. `/readyz`: 200 or 503, with a line for each part. `/metrics`: for Prometheus. */
export function probeRoutes({ ready, metrics }: Probes): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    const state = await ready();
    return c.json(state, state.ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { contentType, body } = await metrics();
    return c.body(body, 200, { 'content-type': contentType });
  });
  return app;
}

/** Rejects with a RoundsError that says the mend when the port cannot be had. */
export async function serveProbes(
  options: { host: string; port: number } & Probes,
): Promise<{ close(): Promise<void> }> {
  const server = createAdaptorServer({ fetch: probeRoutes(options).fetch }) as Server;
  await listen(server, options.port, options.host, 'METRICS_PORT');
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
