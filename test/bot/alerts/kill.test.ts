/**
 * Alerts while what takes them is killed with -9 again and again: one process on its own store; two processes over one
 * PostgreSQL, which is killed, too. Every alert that was acknowledged is stored once and worked off, and each machine
 * stands on one card, whose last state is the true one; nothing on show is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { alertStore } from '../../../bot/store/alerts.ts';
import { type DatabaseOptions, openDatabase } from '../../../bot/store/database.ts';
import type { AlertCard } from '../../../bot/types.ts';
import { freePort } from '../../ports.ts';
import { afterwards, temporaryFolder } from '../fixture.ts';
import { killed, missingServers, type OwnServer, ownPostgres } from '../servers.ts';

const MACHINES = 6;
const TURNS = 30;

const children = new Set<ChildProcess>();
let postgres: OwnServer | undefined;
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await postgres?.remove();
});

interface Taker {
  port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function taker(database: DatabaseOptions, file: string): Promise<Taker> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const one: Taker = {
    port,
    kill: () => killed(child),
    async start() {
      const args = ['--import', 'tsx', 'test/bot/programs/alert-bot.ts', database.dataDir, `${port}`, file];
      child = spawn(process.execPath, args, {
        cwd: join(import.meta.dirname, '../../..'),
        env: { ...process.env, DATABASE_URL: database.databaseUrl ?? '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      await once(createInterface({ input: child.stdout! }), 'line');
    },
  };
  await one.start();
  return one;
}

/** Every machine comes and goes, told to whoever takes it; `kills` are carried out in turn meanwhile. */
async function underFire(ports: readonly number[], kills: readonly (() => Promise<void>)[]): Promise<void> {
  const t0 = Date.now() - 1_000_000;
  let acknowledged = 0;
  const send = async (turn: number): Promise<void> => {
    // The last that is said of each is that it is active (even) or back to normal (odd).
    const active = (machine: number) => (turn === TURNS - 1 ? machine % 2 === 0 : turn % 2 === 0);
    const items = Array.from({ length: MACHINES }, (_, machine) => ({
      ...{ id: `${machine}/${turn}`, tag: `X-${machine}`, name: 'Vibration high', at: t0 + turn * 1000 },
      state: active(machine) ? 'active' : 'normal',
    }));
    for (let attempt = turn; ; attempt++) {
      const url = `http://127.0.0.1:${ports[attempt % ports.length]}/alerts/hook`;
      const body = JSON.stringify({ items });
      const taken = await fetch(url, { method: 'POST', body, headers: { 'x-rounds-secret': 's' } }).catch(() => null);
      await taken?.text();
      if (taken?.ok) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    acknowledged += MACHINES;
  };
  const killing = (async () => {
    for (const [i, kill] of kills.entries()) {
      const enough = Math.floor((TURNS * MACHINES * (i + 1)) / (kills.length + 1));
      await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(enough), { timeout: 60_000, interval: 2 });
      await kill();
    }
  })();
  for (let turn = 0; turn < TURNS; turn++) await send(turn);
  await killing;
}

async function expectTruth(options: DatabaseOptions, file: string, kills: number): Promise<void> {
  const database = await openDatabase(options);
  afterwards(() => database.close());
  const store = alertStore(database);
  await vi.waitFor(async () => expect(await store.counts()).toEqual({ alerts: TURNS * MACHINES, waiting: 0 }), {
    timeout: 60_000,
    interval: 50,
  });
  // So many turns are a flood: which machines have a card of their own depends on what was posted when it began.
  await vi.waitFor(
    async () => {
      const cards = new Map((await shown(file)).map(({ card }) => [card.id, card]));
      for (let machine = 0; machine < MACHINES; machine++) {
        const lines = [...cards.values()].flatMap((card) => card.alarms.filter(({ tag }) => tag === `X-${machine}`));
        const state = machine % 2 === 0 ? 'unacknowledged' : 'returned to normal';
        expect(lines).toMatchObject([{ state, times: TURNS / 2 }]);
      }
      for (const { form, state, counts } of cards.values()) {
        expect({ form, state }).toEqual({ form, state: form === 'flood' || counts.active > 0 ? 'open' : 'resolved' });
      }
    },
    { timeout: 30_000, interval: 50 },
  );
  // A post whose process died before its id was stored is asked for again, under the card's own id.
  const posts = (await shown(file)).filter(({ what }) => what === 'post').map(({ card }) => card.id);
  expect(posts.length - new Set(posts).size).toBeLessThanOrEqual(kills * MACHINES);
}

/** Alert cards as the channel was told to show them, oldest first. */
async function shown(file: string): Promise<{ what: string; card: AlertCard }[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as { what: string; card: AlertCard })
    .filter(({ card }) => card.kind === 'alert');
}

describe('alerts under kill -9', () => {
  it('of the one process: none that was acknowledged is lost or stored twice, each machine is shown once', {
    timeout: 300_000,
  }, async () => {
    const dataDir = await temporaryFolder();
    const file = join(dataDir, 'channel.jsonl');
    const bot = await taker({ dataDir }, file);
    const again = async () => {
      await bot.kill();
      await bot.start();
    };
    await underFire([bot.port], [again, again, again]);
    await expectTruth({ dataDir }, file, 3);
  });

  const why = missingServers();
  if (why && process.env.REQUIRE_SERVICES === '1') throw new Error(why);
  it.skipIf(why !== null)(
    `of two processes and their PostgreSQL, in turn: the same${why ? ` (skipped: ${why})` : ''}`,
    {
      timeout: 300_000,
    },
    async () => {
      const dataDir = await temporaryFolder();
      const file = join(dataDir, 'channel.jsonl');
      postgres = await ownPostgres();
      const database = { dataDir, databaseUrl: postgres.url };
      // The first has the desk.
      const [first, second] = [await taker(database, file), await taker(database, file)];
      await underFire(
        [first.port, second.port],
        [
          async () => {
            await first.kill();
            await first.start();
          },
          async () => {
            await postgres!.kill();
            await postgres!.start();
          },
          async () => {
            await second.kill();
            await second.start();
          },
        ],
      );
      await expectTruth(database, file, 3);
    },
  );
});
