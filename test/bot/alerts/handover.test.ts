/** The handover: what stands in it, ISA-18.2's figures on alarms whose figures are known, on command and on schedule. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alarmFigures, ratePlot } from '../../../bot/alerts/figures.ts';
import { scheduleForgetting } from '../../../bot/alerts/forget.ts';
import { handover } from '../../../bot/alerts/handover.ts';
import { scheduleNews } from '../../../bot/alerts/news.ts';
import { createScheduler } from '../../../bot/scheduler.ts';
import { sqlStore } from '../../../bot/store/store.ts';
import { messageOf } from '../desk.ts';
import { afterwards, temporaryFolder } from '../fixture.ts';
import { alertOf, EVE, MINUTE, openAlertBot, rulesOf, soon, T0 } from './fixture.ts';

const HOUR = 60 * MINUTE;

describe('figures', () => {
  const activation = (minute: number, alarmId: string, announced = true) => ({
    ...{ at: T0 + minute * MINUTE, alarmId, channel: 'memory:ops', announced },
  });
  it('alarms an operator in ten minutes, share in flood, top ten, priorities', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => activation(15, `a${i % 3}`));
    const figures = alarmFigures({
      ...{ from: T0, to: T0 + HOUR },
      activations: [activation(1, 'a0'), ...twelve, activation(35, 'a1', false)],
      alarms: [
        { id: 'a0', tag: 'P-101', condition: 'vibration high', priority: 'high', stale: true, chattering: false },
        { id: 'a1', tag: 'P-102', condition: 'flow low', priority: 'low', stale: false, chattering: true },
      ] as never,
      // Two channels' floods, one within the other: nine minutes together.
      floods: [
        { from: T0 + 15 * MINUTE, to: T0 + 24 * MINUTE },
        { from: T0 + 16 * MINUTE, to: T0 + 20 * MINUTE },
      ],
      operators: () => 2,
    });
    expect(figures).toMatchObject({ announced: 13, activations: 14, stale: 1, chattering: 1 });
    expect(figures.buckets.map(({ perOperator }) => perOperator)).toEqual([0.5, 6, 0, 0, 0, 0]);
    expect(figures.rate.peak).toBe(6);
    expect(figures.rate.mean).toBeCloseTo(6.5 / 6);
    expect(figures.shareManageable).toBeCloseTo(5 / 6);
    expect(figures.shareInFlood).toBeCloseTo(9 / 60);
    expect(figures.topTen[0]).toEqual({ tag: 'P-101', condition: 'vibration high', times: 5, share: 5 / 14 });
    expect(figures.priorities.high).toBeCloseTo(5 / 13);
    const svg = ratePlot(figures, (at) => at.toISOString().slice(11, 16));
    expect(svg.match(/<rect class="(fine|much|flood)"/g)).toHaveLength(6);
    expect(svg).toContain('10:10: 6');
  });

  it('of nothing are nought', () => {
    const nothing = { from: T0, to: T0 + HOUR, activations: [], alarms: [], floods: [], operators: () => 1 };
    expect(alarmFigures(nothing)).toMatchObject({
      announced: 0,
      rate: { mean: 0, peak: 0 },
      shareInFlood: 0,
      topTen: [],
    });
  });
});

describe('handover', () => {
  it('says what is open and who has it, shelved, unseen, flagged, learned; by command, too', async () => {
    const rules = rulesOf({ shifts: [{ name: 'day', from: '06:00', to: '18:00', operators: 2 }] });
    const opened = { current: undefined as undefined | Awaited<ReturnType<typeof openAlertBot>> };
    const read = async (hours?: number) => {
      const { store, database, now } = opened.current!;
      return handover({ alerts: store, store: sqlStore({ database }), rules }, now(), hours);
    };
    opened.current = await openAlertBot({ rules, bot: { handover: async (hours) => (await read(hours)).text } });
    const { tell, settled, cards, press, pass, bot, desk } = opened.current;
    await tell(alertOf(), alertOf({ tag: 'P-102', condition: 'flow low' }), alertOf({ tag: 'K-201' }));
    await settled();
    pass(3000);
    await soon(() => expect(cards().every(({ triage }) => triage?.state === 'answered')).toBe(true));
    const card = (tag: string) => cards().find(({ alarms }) => alarms[0]!.tag === tag)!;
    await press({ kind: 'assign', cardId: card('P-101').id, to: EVE } as never);
    await press({ kind: 'shelve', cardId: card('P-102').id, minutes: 60, reason: 'known leak' } as never);
    await press({ kind: 'wrong', cardId: card('P-101').id, reason: 'it is the coupling' } as never);
    await bot.act({
      ...{ kind: 'correct', id: 'c1', exchangeId: card('P-101').triage!.exchangeId!, author: EVE },
      ...{ answer: 'unbalance', rationale: '' },
    });
    await desk.rejectAlerts('cmms', 'malformed');
    await settled();
    await tell(alertOf({ tag: 'K-201', status: 'normal' }));
    await settled();

    const is = await read(24 * 365);
    expect(is).toMatchObject({ shift: 'day', fired: 3, rejected: [{ source: 'cmms', count: 1 }] });
    expect(is.open.map(({ title }) => title)).toEqual(['P-101 · vibration high', 'P-102 · flow low']);
    expect(is.shelved).toMatchObject([{ title: 'P-102 · flow low' }]);
    expect(is.unseen).toMatchObject([{ title: 'K-201 · vibration high' }]);
    expect(is.figures.announced).toBe(3);
    expect(is.text).toContain('P-101 · vibration high (high) since Sat 10:00, Eve has it; probably unbalance');
    expect(is.text).toContain('Shelved:\n  P-102 · flow low: Shelved until Sat 11:00 by Ann: known leak');
    expect(is.text).toContain('it is the coupling (Ann)');
    expect(is.text).toContain('unbalance (Eve)');

    const receipt = await bot.handle(messageOf('handover 12h'));
    if (receipt.kind !== 'accepted') throw new Error(JSON.stringify(receipt));
    await soon(async () => {
      expect((await bot.exchange(receipt.exchangeId))?.reply.notice).toContain('2 open, 1 shelved');
    });
  });

  it('is said at the end of a shift and once a day, once, with the plot as a file', async () => {
    const rules = rulesOf({
      shifts: [{ name: 'early', from: '02:00', to: '10:05' }],
      handover: { to: 'memory:ops' },
      digest: { at: '10:05', to: 'memory:engineers' },
    });
    const { bot, store, database, now, pass, posts } = await openAlertBot({ rules });
    const folder = await temporaryFolder();
    const scheduler = createScheduler({ database, clock: now, everyMs: 5 });
    const read = (at: Date, hours: number) =>
      handover({ alerts: store, store: sqlStore({ database }), rules }, at, hours);
    scheduleNews({ scheduler, bot, rules, read, folder });
    scheduler.start();
    afterwards(() => scheduler.stop(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    pass(6 * MINUTE);
    await soon(() => expect(posts()).toHaveLength(2));
    const said = posts().map(({ place, reply }) => `${place.channel}${place.thread}: ${reply.notice?.split('\n')[0]}`);
    expect(said.sort()).toEqual(['engineers: Daily digest', 'ops: Handover of shift early']);
    await soon(async () => expect(await readdir(folder)).toHaveLength(2));
    const files = await readdir(folder);
    expect(await readFile(join(folder, files[0]!), 'utf8')).toContain('<svg');
    // The same time again, as after a crash: nothing is said twice.
    const news = {
      id: 'digest/2026-11-21T10:05',
      adapter: 'memory',
      channel: 'engineers',
      title: 'Daily digest',
      text: 'x',
    };
    await bot.announce(news);
    expect(posts()).toHaveLength(2);
  });

  it('what is older than it shall be kept is forgotten at night, in steps, and what is open is not', async () => {
    const { tell, settled, store, database, now, pass } = await openAlertBot();
    for (let i = 0; i < 5; i++) await tell(alertOf({ tag: `X-${i}` }));
    await settled();
    await tell(...Array.from({ length: 4 }, (_, i) => alertOf({ tag: `X-${i}`, status: 'normal' })));
    await settled();
    const scheduler = createScheduler({ database, clock: now, everyMs: 5 });
    scheduleForgetting({ scheduler, alerts: store, keepDays: 30, rows: 2, pauseMs: 1 });
    scheduler.start();
    afterwards(() => scheduler.stop(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await store.counts()).alerts).toBe(9);
    pass(31 * 24 * HOUR);
    await soon(async () => expect((await store.counts()).alerts).toBe(0));
    await soon(async () => expect((await store.cards({})).map(({ title }) => title)).toEqual(['X-4 · vibration high']));
  });
});
