/** A bot with an alert desk on a real store, a channel in memory, and a clock that the test moves. */
import { expect, vi } from 'vitest';
import { type AlertConfig, readAlerts } from '../../../bot/alerts/config.ts';
import { type AlertDesk, type AlertDeskOptions, createAlertDesk } from '../../../bot/alerts/desk.ts';
import type { AlertStore, Machine } from '../../../bot/alerts/types.ts';
import type { BotOptions } from '../../../bot/bot.ts';
import { alertStore } from '../../../bot/store/alerts.ts';
import type { Database } from '../../../bot/store/database.ts';
import type { Alert, AlertAction, AlertCard, AlertSource, Triage } from '../../../bot/types.ts';
import type { Triager } from '../../../chains/types.ts';
import { openDatabase } from '../database.ts';
import { type MemoryChannel, openBot, type Shown } from '../desk.ts';
import { afterwards, temporaryFolder } from '../fixture.ts';

export const T0 = Date.parse('2026-11-21T10:00:00.000Z');
export const ANN = { id: 'memory:op', name: 'Ann' };
export const EVE = { id: 'memory:eng', name: 'Eve' };
export const MINUTE = 60_000;

export const MACHINES: Record<string, Machine> = Object.fromEntries(
  ['P-101', 'P-102', 'M-101', 'K-201', ...Array.from({ length: 40 }, (_, i) => `X-${i}`)].map((tag) => [
    tag,
    {
      ...{ tag, class: 'pump', owner: 'mechanical engineer', description: `machine ${tag}` },
      area: tag.startsWith('X') ? 'hall' : 'cooling water',
    },
  ]),
);

/** Waits for a condition, patiently: others use this machine, too. */
export function soon(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 20_000, interval: 10 });
}

let sent = 0;

export function alertOf(change: Partial<Alert> = {}): Alert {
  const { tag = 'P-101', condition = 'vibration high' } = change;
  sent += 1;
  return {
    ...{ id: `a${sent}`, source: 'test', fingerprint: `${tag}/${condition}`, tag, condition, priority: 'high' },
    ...{ status: 'active', text: 'Vibration above 7.1 mm/s', at: new Date(T0 + sent).toISOString() },
    ...change,
  };
}

/** Rules to the test's liking; the rest as by default, in UTC. */
export function rulesOf(alerts: object = {}): AlertConfig {
  const written = { timezone: 'UTC', settleSeconds: 0, routes: [{ to: 'memory:ops' }], ...alerts };
  return readAlerts(written, 'test.yaml', {});
}

/** Asks for every alarm, with two options, and reads the answer back: what the chain does is not looked at here. */
export const plainTriager: Triager = {
  question: (alarms) => ({
    kind: 'ask',
    text: `What is wrong with ${alarms.map(({ tag }) => tag).join(', ')}?`,
    options: ['bearing wear', 'unbalance'],
    triage: { ...EMPTY, state: 'asking', reason: 'being worked out' },
  }),
  read: (_alarms, { reply, corrections }) => ({
    ...EMPTY,
    state: 'answered',
    faults: [{ fault: corrections.at(-1)?.answer ?? reply.answer?.answer ?? '', confidence: 0.7 }],
    reason: 'read',
  }),
  explain: (_alarms, fault) => `Explain ${fault}`,
};

const EMPTY: Triage = { state: 'none', faults: [], parameters: [], checks: [], answeredBy: 'student', reason: '' };

export interface AlertBot {
  bot: Awaited<ReturnType<typeof openBot>>['bot'];
  store: AlertStore;
  desk: AlertDesk;
  channel: MemoryChannel;
  database: Database;
  dataDir: string;
  /** Moves the clock. */
  pass(ms: number): void;
  now(): Date;
  /** Stores alerts as a source does. */
  tell(...alerts: Alert[]): Promise<void>;
  /** Resolves once all is worked off and shown. */
  settled(): Promise<void>;
  /** Alert cards shown, newest state of each last. */
  cards(): AlertCard[];
  posts(): Shown[];
  press(action: Omit<AlertAction, 'id' | 'author'> & { author?: AlertAction['author'] }): Promise<unknown>;
}

export async function openAlertBot(
  options: {
    rules?: AlertConfig;
    triager?: Triager;
    sources?: AlertSource[];
    bot?: Partial<BotOptions>;
    desk?: Partial<AlertDeskOptions>;
    dataDir?: string;
    startAt?: number;
  } = {},
): Promise<AlertBot> {
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const database = await openDatabase({ dataDir });
  afterwards(() => database.close());
  let ms = options.startAt ?? T0;
  const now = () => new Date(ms);
  const { store, turns } = watched(alertStore(database));
  const desk = createAlertDesk({
    store,
    audit: async () => {},
    rules: options.rules ?? rulesOf(),
    machineOf: (tag) => MACHINES[tag],
    triager: options.triager ?? plainTriager,
    sources: options.sources ?? [],
    clock: now,
    everyMs: 5,
    editEveryMs: 0,
    ...options.desk,
  });
  const opened = await openBot({ alerts: desk, clock: now, ...options.bot }, dataDir);
  const { bot, channel } = opened;
  await bot.start();
  const shown = () => channel.shown.filter(({ reply }) => 'kind' in reply);
  let pressed = 0;
  return {
    ...{ bot, store, desk, channel, database, dataDir, now },
    pass(by) {
      ms += by;
    },
    tell: (...alerts) => desk.handleAlerts(alerts),
    async settled() {
      // Nothing is left to work off, and nothing changes over a whole turn of the desk (the second that begins from now
      // on comes after one), nor while an answer is on its way.
      let last = '';
      let after = turns();
      await vi.waitFor(
        async () => {
          expect(turns()).toBeGreaterThanOrEqual(after + 2);
          const { waiting } = await store.counts();
          const is = JSON.stringify([waiting, channel.shown.length, await store.cards({})]);
          const before = last;
          [last, after] = [is, turns()];
          expect([waiting, is]).toEqual([0, before]);
        },
        { timeout: 20_000, interval: 40 },
      );
    },
    cards: () => [
      ...new Map(
        shown().map(({ reply }) => [(reply as unknown as AlertCard).id, reply as unknown as AlertCard]),
      ).values(),
    ],
    posts: () => channel.shown.filter(({ kind }) => kind === 'post'),
    press: (action) => {
      pressed += 1;
      return bot.actOnAlert({ id: `act${pressed}`, author: ANN, ...action } as AlertAction);
    },
  };
}

/** Counts the turns of the desk's work: each begins by taking the desk or by reading what came in. */
function watched(store: AlertStore): { store: AlertStore; turns: () => number } {
  let turns = 0;
  const counting: AlertStore = {
    ...store,
    take(...args) {
      turns += 1;
      return store.take(...args);
    },
    unhandled(...args) {
      turns += 1;
      return store.unhandled(...args);
    },
  };
  return { store: counting, turns: () => turns };
}
