/** A PostgreSQL that dies at the worst moment costs one statement, never the process: a proxy says its last words for it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { openPostgres } from '../../bot/store/postgres.ts';
import { afterwards } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';

const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

/** What a server process says when it finds its postmaster gone. */
function lastWords(): Buffer {
  const fields = 'SFATAL\0VFATAL\0C57P02\0Mterminating connection due to unexpected postmaster exit\0\0';
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(4 + Buffer.byteLength(fields), 1);
  return Buffer.concat([head, Buffer.from(fields)]);
}

/** Before PostgreSQL; while `dying`, a new connection is told that all is ready and, in the same breath, that all is over. */
async function proxy(target: URL) {
  const sockets = new Set<Socket>();
  const state = { dying: false };
  const server = createServer((client) => {
    const { dying } = state;
    const behind = connect(Number(target.port), target.hostname);
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(behind);
    behind.on('data', (chunk: Buffer) => {
      if (!dying || !chunk.includes(READY)) return client.write(chunk);
      client.end(Buffer.concat([chunk, lastWords()]));
    });
    behind.on('end', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  afterwards(() => {
    cut();
    server.close();
  });
  const url = new URL(target);
  url.port = `${(server.address() as AddressInfo).port}`;
  return { url: url.href, state, cut };
}

describeWith(['TEST_DATABASE_URL'], 'PostgreSQL', () => {
  it('that dies as a connection is opened: the statement says so, and the next ones find it again', async () => {
    const { url, state, cut } = await proxy(new URL(await temporarySchema()));
    const database = await openPostgres({ url });
    afterwards(() => database.close());
    const two = () => database.write({ sql: 'SELECT 1' }, { sql: 'SELECT 2' });
    await two();
    state.dying = true;
    cut();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(two()).rejects.toMatchObject({ code: 'store_down' });
    await expect(database.rows('SELECT 1')).rejects.toMatchObject({ code: 'store_down' });
    state.dying = false;
    await expect(two()).resolves.toEqual([1, 1]);
  });
});
