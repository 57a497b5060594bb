/** What the alert desk remembers, on libsql and on PostgreSQL alike. */
import { describe, expect, it } from 'vitest';
import { newAlarm } from '../../../bot/alerts/alarm.ts';
import { cardOf } from '../../../bot/alerts/card.ts';
import type { Alarm, AlertStore, CardRecord, DeskChanges } from '../../../bot/alerts/types.ts';
import { alertStore } from '../../../bot/store/alerts.ts';
import type { Database } from '../../../bot/store/database.ts';
import { openPostgres } from '../../../bot/store/postgres.ts';
import { openDatabase } from '../database.ts';
import { afterwards, temporaryFolder } from '../fixture.ts';
import { describeWith, temporarySchema } from '../services.ts';
import { ANN, alertOf, T0 } from './fixture.ts';

const AT = '2026-11-21T10:00:00.000Z';
const NOTHING: DeskChanges = { handled: [], state: { rates: {} }, alarms: [], cards: [], activations: [] };

function recordOf(id: string, change: Partial<CardRecord> = {}): CardRecord {
  return {
    ...{ id, key: 'tag:p-101', form: 'alarms', adapter: 'web', channel: 'operations', area: '', alarmIds: [] },
    ...{ state: 'open', openedAt: AT, updatedAt: AT, resolvedAt: null, grewAt: AT, heldUntil: null, calmAt: null },
    ...{
      folded: false,
      postId: id,
      posting: false,
      version: 1,
      shown: 1,
      assignedTo: null,
      acknowledgedBy: null,
      truncated: 0,
    },
    ...{
      log: [],
      notes: [],
      reminders: 0,
      remindedAt: null,
      triage: null,
      triageOf: '',
      triages: 0,
      explain: [],
      wrong: 0,
    },
    ...change,
  };
}
const drawn = (record: CardRecord) => ({ record, card: cardOf(record, []) });
const alarmOf = (change: Partial<Alarm>): Alarm => ({ ...newAlarm(alertOf(), null, AT), ...change });

function contract(open: () => Promise<Database>): void {
  const opened = async (): Promise<{
    store: AlertStore;
    epoch: number;
    save: (changes: Partial<DeskChanges>) => Promise<void>;
  }> => {
    const store = alertStore(await open());
    const { epoch } = (await store.take('me', T0, 10_000))!;
    return { store, epoch, save: (changes) => store.save(epoch, { ...NOTHING, ...changes }) };
  };

  it('an alert is stored once, however often and at once it comes, and worked off once', async () => {
    const { store, save } = await opened();
    const [a, b] = [alertOf(), alertOf()];
    const stored = await Promise.all([store.append([a, b], AT), store.append([b, a], AT), store.append([a], AT)]);
    expect(stored.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await store.append([{ ...a, source: 'another' }], AT)).toBe(1);
    expect(await store.append([], AT)).toBe(0);
    const entries = await store.unhandled(10);
    expect(entries.map(({ entry }) => entry.kind)).toEqual(['alert', 'alert', 'alert']);
    await save({ handled: entries.slice(0, 2).map(({ seq }) => seq) });
    expect(await store.unhandled(10)).toEqual(entries.slice(2));
    expect(await store.counts()).toEqual({ alerts: 3, waiting: 1 });
  });

  it('what is said again and again is stored once until its end, and once after it; an end is stored once', async () => {
    const { store, save } = await opened();
    const firing = alertOf({ began: AT });
    const [end, later] = [alertOf({ began: AT, status: 'normal' }), alertOf({ began: AT, status: 'normal' })];
    expect(await store.append([firing, firing, end, firing, end, firing], AT)).toBe(3);
    expect(await store.append([later], AT)).toBe(1);
    expect(await store.append([end, firing, firing], AT)).toBe(1);
    const entries = await store.unhandled(10);
    const said = entries.map(({ entry }) => entry.kind === 'alert' && entry.alert.status);
    expect(said).toEqual(['active', 'normal', 'active', 'normal', 'active']);
    await save({ handled: entries.map(({ seq }) => seq) });
    const before = new Date(T0 + 1000);
    while ((await store.forget(before, 2)) > 0);
    expect(await store.counts()).toEqual({ alerts: 0, waiting: 0 });
    expect(await store.append([firing, firing], AT)).toBe(1);
  });

  it('more than a statement holds goes in whole', async () => {
    const { store, save } = await opened();
    const alerts = Array.from({ length: 1234 }, (_, i) => alertOf({ tag: `T-${i}` }));
    expect(await store.append(alerts, AT)).toBe(1234);
    const entries = await store.unhandled(2000);
    expect(entries.map(({ entry }) => entry.kind === 'alert' && entry.alert.tag)).toEqual(alerts.map(({ tag }) => tag));
    const activations = alerts.map((_, i) => ({
      at: T0 + i,
      alarmId: `x${i}`,
      channel: 'web:operations',
      announced: i % 2 === 0,
    }));
    await save({ handled: entries.map(({ seq }) => seq), activations });
    expect((await store.counts()).waiting).toBe(0);
    expect(await store.activations(T0 + 10, T0 + 12)).toEqual(activations.slice(10, 12));
  });

  it('an action and its audit entry are one; the same action twice is one', async () => {
    const { store } = await opened();
    const action = { kind: 'acknowledge' as const, id: 'x', cardId: 'c', author: ANN };
    const entry = {
      id: 'e1',
      at: AT,
      who: ANN,
      what: 'alert acknowledge',
      target: 'c',
      before: '',
      after: '',
      allowed: true,
    };
    expect(await store.appendAction(action, AT, entry)).toBe(true);
    expect(await store.appendAction(action, AT, { ...entry, id: 'e2' })).toBe(false);
    expect(await store.unhandled(10)).toMatchObject([{ entry: { kind: 'act', action } }]);
  });

  it('the desk is one holder’s; who lost it saves nothing of what it had', async () => {
    const { store, epoch, save } = await opened();
    expect(await store.take('other', T0 + 9000, 1000)).toBeNull();
    expect(await store.renew(epoch, T0 + 20_000)).toBe(true);
    expect(await store.take('other', T0 + 15_000, 1000)).toBeNull();
    await save({ state: { rates: { 'web:operations': [[1, 2]] } } });
    const taken = await store.take('other', T0 + 21_000, 1000);
    expect(taken!.state).toEqual({ rates: { 'web:operations': [[1, 2]] } });
    const lost = save({ alarms: [alarmOf({ id: 'lost', active: true })] });
    await expect(lost).rejects.toMatchObject({ code: 'desk_lost' });
    expect(await store.alarms(['lost'])).toEqual([]);
    expect(await store.renew(epoch, T0 + 30_000)).toBe(false);
    await store.leave(taken!.epoch);
    expect(await store.take('third', T0 + 21_000, 1000)).not.toBeNull();
  });

  it('gives back what is live, and cards by channel, time and change', async () => {
    const { store, save } = await opened();
    const active = alarmOf({ id: 'active', active: true });
    const rest = alarmOf({ id: 'rest' });
    const later = '2026-11-21T11:00:00.000Z';
    const cards = [
      recordOf('open'),
      recordOf('unposted', { postId: null }),
      recordOf('over', { state: 'resolved', resolvedAt: later, updatedAt: later }),
      recordOf('folded', { folded: true, postId: null }),
      recordOf('elsewhere', { channel: 'night' }),
    ];
    await save({ alarms: [active, rest], cards: cards.map(drawn) });
    expect((await store.liveAlarms()).map(({ id }) => id)).toEqual(['active']);
    expect((await store.alarms(['rest', 'active', 'none'])).map(({ id }) => id).sort()).toEqual(['active', 'rest']);
    expect((await store.liveCards(later)).map(({ id }) => id).sort()).toEqual(['elsewhere', 'open', 'unposted']);
    expect((await store.liveCards(AT)).map(({ id }) => id)).toContain('over');
    const channel = { adapter: 'web', channel: 'operations' };
    expect((await store.cards(channel)).map(({ id }) => id).sort()).toEqual(['open', 'over']);
    expect(await store.cards({ ...channel, limit: 1 })).toHaveLength(1);
    expect((await store.cards({ ...channel, open: true })).map(({ id }) => id)).toEqual(['open']);
    expect((await store.cards({ ...channel, since: AT })).map(({ id }) => id)).toEqual(['over']);
    expect((await store.changed('web', AT)).map(({ card }) => card.id)).toEqual(['over']);
    expect(await store.record('unposted')).toEqual(cards[1]);
    expect((await store.card('open'))?.id).toBe('open');
    expect((await store.cardsBetween(later, later)).map(({ id }) => id)).toContain('over');
    await save({
      cards: [drawn({ ...cards[0]!, state: 'resolved', resolvedAt: AT })],
      alarms: [{ ...active, active: false }],
    });
    expect(await store.liveAlarms()).toEqual([]);
    expect((await store.cardsBetween(later, later)).map(({ id }) => id)).not.toContain('open');
  });

  it('forgets what ended before a day, in steps; never what is open, shelved or not worked off', async () => {
    const { store, save } = await opened();
    const [old, late] = ['2025-01-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z'];
    const ended = (id: string, at: string) => recordOf(id, { state: 'resolved', resolvedAt: at, updatedAt: at });
    const shelf = { until: late, by: ANN, reason: 'x' };
    await store.append([alertOf(), alertOf(), alertOf(), alertOf()], old);
    await store.append([alertOf()], late);
    const entries = await store.unhandled(10);
    await save({
      handled: [0, 1, 2, 4].map((i) => entries[i]!.seq),
      alarms: [
        ...['gone', 'gone too', 'gone at last'].map((id) => alarmOf({ id, updatedAt: old })),
        alarmOf({ id: 'active', active: true, updatedAt: old }),
        alarmOf({ id: 'shelved', shelved: shelf, updatedAt: old }),
        alarmOf({ id: 'on an open card', cardId: 'open', updatedAt: old }),
        alarmOf({ id: 'recent', updatedAt: late }),
      ],
      cards: [ended('ended', old), ended('ended late', late), recordOf('open', { updatedAt: old })].map(drawn),
      activations: [old, late].map((at) => ({
        ...{ at: Date.parse(at), alarmId: 'gone', channel: 'web:operations', announced: true },
      })),
    });
    const before = new Date('2026-01-01T00:00:00.000Z');
    const steps: number[] = [];
    for (let gone = -1; gone !== 0; steps.push(gone)) gone = await store.forget(before, 2);
    // Three of the log, three alarms, a card and an activation, at most two of each at once.
    expect(steps).toEqual([6, 2, 0]);
    expect(await store.counts()).toEqual({ alerts: 2, waiting: 1 });
    const ids = ['gone', 'gone too', 'gone at last', 'active', 'shelved', 'on an open card', 'recent'];
    expect((await store.alarms(ids)).map(({ id }) => id).sort()).toEqual(ids.slice(3).sort());
    expect((await store.cardsBetween(old, AT)).map(({ id }) => id)).toEqual(['ended late', 'open']);
    expect(await store.activations(0, Date.parse(late) + 1)).toHaveLength(1);
  });

  it('counts what was turned away', async () => {
    const { store } = await opened();
    for (const reason of ['malformed', 'malformed', 'too large']) await store.reject('cmms', reason, AT);
    expect(await store.rejections()).toEqual([
      { source: 'cmms', reason: 'malformed', count: 2 },
      { source: 'cmms', reason: 'too large', count: 1 },
    ]);
  });
}

describe('alert store on libsql', () => {
  contract(async () => {
    const database = await openDatabase({ dataDir: await temporaryFolder() });
    afterwards(() => database.close());
    return database;
  });
});

describeWith(['TEST_DATABASE_URL'], 'alert store on PostgreSQL', () => {
  contract(async () => {
    const database = await openPostgres({ url: await temporarySchema() });
    afterwards(() => database.close());
    return database;
  });
});
