/**
 * Alerts while the process is killed with -9 again and again: every one that was acknowledged is stored once and worked
 * off, and each machine stands on one card, whose last state is the true one; nothing on show is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it, vi } from 'vitest';
import { alertStore } from '../../../bot/store/alerts.ts';
import { openDatabase } from '../../../bot/store/database.ts';
import type { AlertCard } from '../../../bot/types.ts';
import { freePort } from '../../ports.ts';
import { temporaryFolder } from '../fixture.ts';

const KILLS = 3;
const MACHINES = 6;
const TURNS = 30;

let child: ChildProcess | undefined;
afterAll(() => child?.kill('SIGKILL'));

it('loses no acknowledged alert to kill -9, stores none twice, and shows each machine once', {
  timeout: 300_000,
}, async () => {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'channel.jsonl');
  const port = await freePort();
  const start = async () => {
    const args = ['--import', 'tsx', 'test/bot/programs/alert-bot.ts', dataDir, `${port}`, file];
    child = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: child.stdout! }), 'line');
  };
  await start();

  const t0 = Date.now() - 1_000_000;
  // Every machine comes and goes; the last that is said of each is that it is active (even) or back to normal (odd).
  const deliveries = Array.from({ length: TURNS }, (_, turn) =>
    Array.from({ length: MACHINES }, (_, machine) => {
      const state =
        turn === TURNS - 1 ? (machine % 2 === 0 ? 'active' : 'normal') : turn % 2 === 0 ? 'active' : 'normal';
      return { id: `${machine}/${turn}`, tag: `X-${machine}`, name: 'Vibration high', state, at: t0 + turn * 1000 };
    }),
  );
  const acknowledged = new Set<string>();
  const send = async (items: (typeof deliveries)[number]) => {
    for (;;) {
      const body = JSON.stringify({ items });
      const headers = { 'x-rounds-secret': 's' };
      const taken = await fetch(`http://127.0.0.1:${port}/alerts/hook`, { method: 'POST', body, headers }).catch(
        () => undefined,
      );
      if (taken?.ok) {
        for (const { id } of items) acknowledged.add(id);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const killing = (async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const enough = Math.floor((TURNS * MACHINES * kill) / (KILLS + 1));
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(enough), { timeout: 60_000, interval: 2 });
      child!.kill('SIGKILL');
      await once(child!, 'exit');
      await start();
    }
  })();
  for (const items of deliveries) await send(items);
  await killing;

  const store = alertStore(await openDatabase({ dataDir }));
  await vi.waitFor(async () => expect(await store.counts()).toEqual({ alerts: TURNS * MACHINES, waiting: 0 }), {
    timeout: 60_000,
    interval: 50,
  });
  expect(acknowledged.size).toBe(TURNS * MACHINES);
  // So many turns are a flood: which machines have a card of their own depends on what was posted when it began.
  await vi.waitFor(
    async () => {
      const cards = new Map((await shown(file)).map((card) => [card.id, card]));
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
});

/** Alert cards as the channel was told to show them, oldest first. */
async function shown(file: string): Promise<AlertCard[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { card: AlertCard }).card).filter(({ kind }) => kind === 'alert');
}
