/** Servers of a test's own, to be killed and started again: Debian's redis-server and PostgreSQL on free ports. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '../ports.ts';

export interface OwnServer {
  url: string;
  /** With -9. */
  kill(): Promise<void>;
  /** On the same port; `wiped`: with nothing of what it held. */
  start(wiped?: boolean): Promise<void>;
  /** Kills it and removes its files. */
  remove(): Promise<void>;
}

const POSTGRES = '/usr/lib/postgresql';

/** Why the servers cannot be had here; null when they can. */
export function missingServers(): string | null {
  if (!existsSync('/usr/bin/redis-server')) return 'redis-server is not installed';
  return existsSync(POSTGRES) ? null : 'postgresql is not installed';
}

export async function ownRedis(): Promise<OwnServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rounds-redis-'));
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const server: OwnServer = {
    url,
    kill: async () => {
      await killed(child);
    },
    async start(wiped = false) {
      if (wiped) {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
      }
      const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', folder];
      child = spawn('/usr/bin/redis-server', args, { stdio: 'ignore' });
      await answering(async () => {
        const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
        client.on('error', () => {});
        try {
          await client.connect();
          await client.ping();
        } finally {
          client.disconnect();
        }
      });
    },
    async remove() {
      await killed(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

export async function ownPostgres(): Promise<OwnServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rounds-pg-'));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const versions = readdirSync(POSTGRES).sort((a, b) => Number(b) - Number(a));
  const bin = join(POSTGRES, versions[0]!, 'bin');
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  mkdirSync(data);
  if (user.uid !== undefined) execFileSync('chown', ['postgres', data]);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'], {
    ...user,
    stdio: 'ignore',
    cwd: data,
  });
  let child: ChildProcess | undefined;
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const server: OwnServer = {
    url,
    kill: async () => {
      await killed(child);
    },
    async start() {
      const args = [
        '-D',
        data,
        '-p',
        `${port}`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=${data}`,
      ];
      await answering(async () => {
        // Backends of the killed one may still hold its memory: it is tried until they are gone.
        if (!child || child.exitCode !== null || child.signalCode !== null) {
          child = spawn(join(bin, 'postgres'), args, { ...user, stdio: 'ignore', cwd: data });
        }
        const client = new pg.Client(url);
        client.on('error', () => {});
        try {
          await client.connect();
          await client.query('SELECT 1');
        } finally {
          await client.end();
        }
      });
    },
    async remove() {
      await killed(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}

export async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

async function answering(ask: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
