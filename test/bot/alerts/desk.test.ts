/** Alerts through the bot's door: stored once, one card edited in place, acknowledged, shelved, diagnosed, resolved; nothing lost. */
import { describe, expect, it } from 'vitest';
import { webhooks } from '../../../adapters/webhooks/webhooks.ts';
import type { AlertCard, AlertSource } from '../../../bot/types.ts';
import { ChannelClosed, NotYet } from '../../../models/errors.ts';
import { alertmanager, withoutAlertmanager } from '../../peers/alertmanager.ts';
import { freePort } from '../../ports.ts';
import { MemoryChannel } from '../desk.ts';
import { afterwards } from '../fixture.ts';
import { ANN, alertOf, EVE, MINUTE, openAlertBot, rulesOf, soon, T0 } from './fixture.ts';

describe('one alarm', () => {
  it('is one message: posted, diagnosed, acknowledged, resolved, its thread told in between', async () => {
    const { tell, settled, cards, posts, press, pass, channel } = await openAlertBot();
    await tell(alertOf({ value: '9.8 mm/s' }));
    await settled();
    const [card] = cards();
    expect(card).toMatchObject({
      ...{ form: 'alarms', state: 'open', title: 'P-101 · vibration high', area: 'cooling water', priority: 'high' },
      machine: { tag: 'P-101', owner: 'mechanical engineer' },
      alarms: [{ state: 'unacknowledged', value: '9.8 mm/s' }],
    });
    expect(posts()[0]!.place).toEqual({ adapter: 'memory', channel: 'ops', thread: '' });
    pass(3000);
    await soon(() => expect(cards()[0]!.triage).toMatchObject({ state: 'answered', reason: 'read' }));
    expect(cards()[0]!.triage!.faults[0]!.fault).toContain('What is wrong with P-101?');

    expect(await press({ kind: 'acknowledge', cardId: card!.id })).toMatchObject({ kind: 'done' });
    await settled();
    expect(cards()[0]).toMatchObject({ acknowledgedBy: ANN, alarms: [{ state: 'acknowledged' }] });
    expect(cards()[0]!.actions).not.toContain('acknowledge');

    await tell(alertOf({ status: 'normal' }));
    await settled();
    expect(cards()).toHaveLength(1);
    expect(cards()[0]).toMatchObject({ state: 'resolved', alarms: [{ state: 'returned to normal' }] });
    const top = posts().filter(({ place }) => place.thread === '');
    expect(top).toHaveLength(1);
    const threads = channel.shown.filter(({ place }) => place.thread === top[0]!.postId);
    expect(threads.flatMap(({ reply }) => ('notice' in reply ? [reply.notice] : []))).toEqual([
      'Acknowledged by Ann',
      'Returned to normal',
    ]);
  });

  it('told twice is stored once; a late delivery does not bring it back', async () => {
    const { tell, settled, cards, store } = await openAlertBot();
    const first = alertOf();
    await Promise.all([tell(first), tell(first), tell({ ...first })]);
    await tell(alertOf({ status: 'normal' }));
    await settled();
    await tell(first, { ...first, id: 'overtaken' });
    await settled();
    expect((await store.counts()).alerts).toBe(3);
    expect(cards()).toMatchObject([{ state: 'resolved', counts: { times: 1 } }]);
  });

  it('that comes back within ten minutes goes on its card, later on a new one', async () => {
    const { tell, settled, cards, pass } = await openAlertBot();
    for (const wait of [0, 5, 20]) {
      pass(wait * MINUTE);
      await tell(alertOf());
      await settled();
      await tell(alertOf({ status: 'normal' }));
      await settled();
    }
    expect(cards().map(({ counts }) => counts.times)).toEqual([2, 1]);
  });

  it('of the same machine joins its card; another machine has its own', async () => {
    const { tell, settled, cards } = await openAlertBot();
    await tell(alertOf(), alertOf({ condition: 'bearing temperature high', priority: 'critical' }));
    await tell(alertOf({ tag: 'P-102' }));
    await settled();
    expect(cards()).toMatchObject([
      { title: 'P-101 · bearing temperature high and 1 more', priority: 'critical', counts: { total: 2 } },
      { title: 'P-102 · vibration high', counts: { total: 1 } },
    ]);
    expect(cards()[0]!.firstOut!.condition).toBe('vibration high');
  });
});

describe('groups', () => {
  it('an area, where the route says so; what its source puts together, where no machine is named', async () => {
    const { tell, settled, cards } = await openAlertBot({
      rules: rulesOf({ routes: [{ to: 'memory:ops', area: 'cooling water', group: 'area' }, { to: 'memory:ops' }] }),
    });
    await tell(alertOf({ tag: 'P-101' }), alertOf({ tag: 'P-102' }), alertOf({ tag: 'X-1' }));
    const together = { tag: '', group: 'g1', truncated: 7 };
    await tell(alertOf({ ...together, condition: 'disk full' }), alertOf({ ...together, condition: 'backup failed' }));
    await tell(alertOf({ tag: '', condition: 'clock drift', group: 'g2' }));
    await settled();
    const shown = cards().map(({ title, counts, machine }) => [title, counts.total, machine?.tag]);
    expect(shown.sort()).toEqual([
      ['P-101 · vibration high and 1 more', 2, undefined],
      ['X-1 · vibration high', 1, 'X-1'],
      ['clock drift', 1, undefined],
      ['disk full and 1 more', 2, undefined],
    ]);
    expect(cards().find(({ title }) => title.startsWith('disk'))!.notices).toContain(
      '7 more alerts of this group left out by the source',
    );
  });
});

describe('people', () => {
  it('shelve for a while with a reason: it stays silent, and comes back by itself when the time is over', async () => {
    const { tell, settled, cards, press, pass, posts } = await openAlertBot();
    await tell(alertOf());
    await settled();
    const cardId = cards()[0]!.id;
    expect(await press({ kind: 'shelve', cardId, minutes: 15, reason: ' ' } as never)).toMatchObject({
      kind: 'invalid',
    });
    expect(await press({ kind: 'shelve', cardId, minutes: 525_600, reason: 'x' } as never)).toMatchObject({
      kind: 'denied',
    });
    expect(await press({ kind: 'shelve', cardId, minutes: 30, reason: 'x', author: EVE } as never)).toMatchObject({
      notice: 'An alarm is shelved for 15 min, 1 h, 8 h: choose one.',
    });
    expect(await press({ kind: 'shelve', cardId, minutes: 15, reason: 'sensor is changed' } as never)).toMatchObject({
      kind: 'done',
    });
    await settled();
    expect(cards()[0]).toMatchObject({ counts: { shelved: 1 }, alarms: [{ state: 'shelved' }] });
    expect(cards()[0]!.notices[0]).toContain('by Ann: sensor is changed');
    const before = posts().length;
    await tell(alertOf({ status: 'normal' }));
    await tell(alertOf());
    await settled();
    expect(cards()).toHaveLength(1);
    pass(15 * MINUTE);
    await soon(() => expect(cards().at(-1)!.alarms[0]!.state).toBe('unacknowledged'));
    expect(posts().length).toBeGreaterThan(before);
  });

  it('reach the source where it has the verbs; where it refuses, the card says so', async () => {
    const told: string[] = [];
    const source: AlertSource = {
      ...{ name: 'test', start: async () => {}, stop: async () => {}, problem: () => null },
      acknowledge: async (fingerprint, by, comment) => void told.push(`${fingerprint} ${by.name} ${comment}`),
      shelve: async (fingerprint, minutes) => void told.push(`${fingerprint} ${minutes}`),
      unshelve: () => Promise.reject(new Error('[test] the server does not shelve')),
    };
    const { tell, settled, cards, press } = await openAlertBot({ sources: [source] });
    await tell(alertOf());
    await settled();
    const cardId = cards()[0]!.id;
    await press({ kind: 'acknowledge', cardId } as never);
    await press({ kind: 'shelve', cardId, minutes: 15, reason: 'sensor is being changed' } as never);
    await settled();
    expect(told).toEqual(['P-101/vibration high Ann acknowledged by Ann', 'P-101/vibration high 15']);
    await press({ kind: 'unshelve', cardId } as never);
    await soon(() =>
      expect(cards()[0]!.log.at(-1)?.text).toBe('Only here, not in test: [test] the server does not shelve'),
    );
    expect(cards()[0]!.counts.shelved).toBe(0);
  });

  it('reach the source after a restart, once, when the process died before it was told', async () => {
    const told: string[] = [];
    const sourceOf = (process: string, take: () => Promise<void>): AlertSource => ({
      ...{ name: 'test', start: async () => {}, stop: async () => {}, problem: () => null },
      async acknowledge(fingerprint) {
        told.push(`${process} acknowledge ${fingerprint}`);
        await take();
      },
      async shelve(_, minutes) {
        told.push(`${process} shelve ${minutes}`);
        await take();
      },
    });
    // Told, and never answered: it dies with both on their way.
    const first = await openAlertBot({
      sources: [sourceOf('first', () => new Promise((resolve) => afterwards(resolve)))],
    });
    await first.tell(alertOf());
    await first.settled();
    const cardId = first.cards()[0]!.id;
    await first.press({ kind: 'acknowledge', cardId });
    await first.press({ kind: 'shelve', cardId, minutes: 15, reason: 'sensor is being changed' } as never);
    await first.settled();
    expect(told).toEqual(['first acknowledge P-101/vibration high']);
    await first.store.take('nobody', T0 + 16_000, 0);
    for (const [i, name] of ['second', 'third'].entries()) {
      const startAt = T0 + (i + 1) * MINUTE;
      const next = await openAlertBot({ dataDir: first.dataDir, startAt, sources: [sourceOf(name, async () => {})] });
      await next.settled();
      await next.bot.stop(100);
    }
    // Of its quarter of an hour a minute is over.
    expect(told.slice(1)).toEqual(['second acknowledge P-101/vibration high', 'second shelve 14']);
  });

  it('wait for a source that is away, and the card says so; what is active again meanwhile is not acknowledged there', async () => {
    const told: string[] = [];
    let away = true;
    const source: AlertSource = {
      ...{ name: 'test', start: async () => {}, stop: async () => {}, problem: () => null },
      async acknowledge(fingerprint) {
        if (away) throw new NotYet('[test] not connected');
        told.push(fingerprint);
      },
    };
    const { tell, settled, pass, cards, press } = await openAlertBot({ sources: [source] });
    const said = (i: number) => cards()[i]!.log.map(({ text }) => text);
    await tell(alertOf(), alertOf({ tag: 'P-102' }));
    await settled();
    for (const { id: cardId } of cards()) await press({ kind: 'acknowledge', cardId });
    await soon(() => expect([...said(0), ...said(1)].filter((line) => /^Not yet in test/.test(line))).toHaveLength(2));
    const [lasting, again] = cards()
      .map(({ title }) => title)
      .join()
      .startsWith('P-101')
      ? [0, 1]
      : [1, 0];
    await tell(alertOf({ tag: 'P-102', status: 'normal' }));
    await tell(alertOf({ tag: 'P-102' }));
    await settled();
    away = false;
    pass(6000);
    await soon(() => expect(said(lasting)).toContain('Now in test, too: acknowledge'));
    await soon(() => expect(said(again).join('\n')).toMatch(/Not acknowledged in test: it was active again/));
    expect(told).toEqual(['P-101/vibration high']);
  });

  it('without a role do nothing, and it is written down; eight hours take an engineer', async () => {
    const { tell, settled, cards, press } = await openAlertBot();
    await tell(alertOf());
    await settled();
    const cardId = cards()[0]!.id;
    const author = { id: 'memory:nobody', name: 'N' };
    expect(await press({ kind: 'acknowledge', cardId, author })).toMatchObject({ kind: 'denied' });
    const long = { kind: 'shelve', cardId, minutes: 480, reason: 'overhaul' } as const;
    expect(await press(long as never)).toMatchObject({ kind: 'denied' });
    expect(await press({ ...long, author: EVE } as never)).toMatchObject({ kind: 'done' });
  });

  it('say that a diagnosis is wrong: the question behind it is flagged, a correction shows on the card', async () => {
    const { tell, settled, cards, press, pass, bot } = await openAlertBot();
    await tell(alertOf());
    await settled();
    pass(3000);
    await soon(() => expect(cards()[0]!.triage?.state).toBe('answered'));
    const { id: cardId, triage } = cards()[0]!;
    expect(await press({ kind: 'wrong', cardId, reason: 'it is the coupling' } as never)).toMatchObject({
      kind: 'done',
    });
    const exchange = await bot.exchange(triage!.exchangeId!);
    expect(exchange!.flags).toMatchObject([{ reason: 'it is the coupling', author: ANN }]);
    await bot.act({
      ...{ kind: 'correct', id: 'c1', exchangeId: exchange!.id, author: EVE },
      ...{ answer: 'unbalance', rationale: '' },
    });
    await soon(() => expect(cards()[0]!.triage!.faults[0]!.fault).toBe('unbalance'));
  });

  it('have it explained in the thread, once, and assign it', async () => {
    const { tell, settled, cards, press, pass, channel } = await openAlertBot();
    await tell(alertOf());
    await settled();
    pass(3000);
    await soon(() => expect(cards()[0]!.triage?.state).toBe('answered'));
    const cardId = cards()[0]!.id;
    await press({ kind: 'explain', cardId });
    await press({ kind: 'explain', cardId });
    await press({ kind: 'assign', cardId, to: EVE } as never);
    await settled();
    await soon(() => {
      const said = channel.shown.flatMap(({ reply }) => ('answer' in reply ? [reply.answer?.answer ?? ''] : []));
      expect(said.filter((text) => text.startsWith('echo: Explain')).length).toBeGreaterThan(0);
    });
    const explained = new Set(
      channel.shown.flatMap(({ reply }) =>
        reply.answer?.answer.startsWith('echo: Explain') ? [reply.exchangeId] : [],
      ),
    );
    expect(explained.size).toBe(1);
    expect(cards()[0]).toMatchObject({ assignedTo: EVE });
  });
});

describe('calm', () => {
  it('above ten alarms in ten minutes there is one message; below five the flood is over', async () => {
    const { tell, settled, cards, posts, pass } = await openAlertBot({ rules: rulesOf({ settleSeconds: 5 }) });
    for (let i = 0; i < 10; i++) await tell(alertOf({ tag: `X-${i}` }));
    await settled();
    expect(posts()).toHaveLength(0);
    await tell(alertOf({ tag: 'X-10' }));
    await settled();
    pass(6000);
    await settled();
    expect(cards()).toHaveLength(1);
    expect(cards()[0]).toMatchObject({
      ...{ form: 'flood', counts: { total: 11, active: 11 }, areas: [{ area: 'hall', total: 11 }] },
      firstOut: { tag: 'X-0' },
    });
    await tell(alertOf({ tag: 'P-101', priority: 'critical' }));
    await settled();
    expect(cards()[0]).toMatchObject({
      counts: { total: 12 },
      alarms: [{ tag: 'P-101' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    });
    // Eight minutes on, four more; two minutes later only these four are within the window.
    pass(8 * MINUTE);
    for (let i = 20; i < 24; i++) await tell(alertOf({ tag: `X-${i}` }));
    await settled();
    expect(cards()[0]!.log.at(-1)!.text).not.toContain('over');
    pass(2 * MINUTE);
    await soon(() => expect(cards()[0]!.title).toContain('Alarm flood, over'));
    await tell(alertOf({ tag: 'X-30' }));
    await settled();
    pass(6000);
    await settled();
    expect(cards().map(({ form }) => form)).toEqual(['flood', 'alarms']);
    expect(posts().filter(({ place }) => place.thread === '')).toHaveLength(2);
  });

  it('a card that is being posted when the flood begins is edited to its end, not left behind', async () => {
    const { tell, settled, cards, channel } = await openAlertBot();
    let taken = () => {};
    const slow = new Promise<void>((resolve) => {
      taken = resolve;
    });
    channel.before = async (_kind, reply) => {
      if ((reply as unknown as AlertCard).form === 'alarms') await slow;
    };
    await tell(alertOf({ tag: 'P-101' }));
    await settled();
    for (let i = 0; i < 10; i++) await tell(alertOf({ tag: `X-${i}` }));
    await soon(() => expect(cards()).toMatchObject([{ form: 'flood' }]));
    taken();
    await tell(alertOf({ tag: 'P-101', status: 'normal' }));
    await soon(() => {
      const own = cards().find(({ title }) => title.startsWith('P-101'));
      expect(own).toMatchObject({ form: 'alarms', state: 'resolved', counts: { total: 1 } });
    });
  });

  it('chattering is said once, and its turns are neither news nor a flood', async () => {
    const { tell, settled, cards, posts, pass } = await openAlertBot();
    for (let i = 0; i < 15; i++) {
      await tell(alertOf());
      await tell(alertOf({ status: 'normal' }));
      pass(10_000);
    }
    await settled();
    expect(cards()).toHaveLength(1);
    expect(cards()[0]).toMatchObject({ form: 'alarms', alarms: [{ chattering: true, times: 15 }] });
    expect(cards()[0]!.notices).toContain('P-101 vibration high chatters: active 15 times so far');
    expect(posts().filter(({ place }) => place.thread === '')).toHaveLength(1);
    pass(10 * MINUTE);
    await soon(() => expect(cards()[0]!.alarms[0]!.chattering).toBe(false));
  });

  it('stale after 24 h; unacknowledged ones are reminded of twice, then no more', async () => {
    const { tell, settled, cards, posts, pass } = await openAlertBot();
    await tell(alertOf());
    await settled();
    for (const minutes of [31, 40, 60, 200, 400]) {
      pass(minutes * MINUTE);
      await settled();
    }
    const notices = posts().flatMap(({ reply, place }) =>
      'notice' in reply && place.thread === '' ? [reply.notice] : [],
    );
    expect(notices).toEqual([
      'Reminder\nP-101 vibration high (high) unacknowledged for 31 min. Reminder 1 of 2.',
      'Reminder\nP-101 vibration high (high) unacknowledged for 131 min. Reminder 2 of 2.',
    ]);
    pass(24 * 60 * MINUTE);
    await soon(() => expect(cards()[0]!.alarms[0]!.stale).toBe(true));
  });

  it('quiet hours hold back all but critical ones until they end', async () => {
    const rules = rulesOf({ quiet: { from: '09:00', to: '11:00' } });
    const { tell, settled, cards, pass } = await openAlertBot({ rules });
    await tell(alertOf(), alertOf({ tag: 'P-102', priority: 'critical' }), alertOf({ tag: 'K-201' }));
    await tell(alertOf({ tag: 'K-201', status: 'normal' }));
    await settled();
    expect(cards().map(({ title }) => title)).toEqual(['P-102 · vibration high']);
    pass(61 * MINUTE);
    await settled();
    expect(cards().map(({ title }) => title)).toEqual(['P-102 · vibration high', 'P-101 · vibration high']);
  });
});

describe('routes', () => {
  it('by area, class, priority, source and shift; suppressed and out of service stay silent and are counted', async () => {
    const rules = rulesOf({
      shifts: [
        { name: 'day', from: '06:00', to: '18:00' },
        { name: 'night', from: '18:00', to: '06:00' },
      ],
      routes: [
        { to: 'memory:night', shift: 'night' },
        { to: 'memory:critical', priority: 'critical' },
        { to: 'memory:hall', area: 'ha*', class: ['pump'] },
        { to: 'memory:ops' },
      ],
      suppress: [{ tag: 'P-102', condition: 'low *', because: 'it is the standby pump' }],
      outOfService: [{ tag: 'K-201', because: 'overhaul' }],
    });
    const { tell, settled, posts, pass, store } = await openAlertBot({ rules });
    await tell(
      alertOf({ tag: 'X-1' }),
      alertOf({ tag: 'P-101', priority: 'critical' }),
      alertOf({ tag: 'M-101' }),
      alertOf({ tag: 'P-102', condition: 'Low flow' }),
      alertOf({ tag: 'K-201' }),
      alertOf({ tag: 'M-102', status: 'out of service' }),
    );
    await settled();
    const channels = () =>
      posts()
        .flatMap(({ place, reply }) => ('kind' in reply ? [place.channel] : []))
        .sort();
    expect(channels()).toEqual(['critical', 'hall', 'ops']);
    pass(10 * 60 * MINUTE);
    await tell(alertOf({ tag: 'X-2' }));
    await settled();
    expect(channels()).toEqual(['critical', 'hall', 'night', 'ops']);
    const activations = await store.activations(T0, T0 + 24 * 60 * MINUTE);
    expect(activations.filter(({ announced }) => announced)).toHaveLength(4);
    expect(activations.filter(({ announced }) => !announced)).toHaveLength(2);
  });
});

/** The webhook of a source `am`; Alertmanager's own clock is none of the test's. */
function hooksOf() {
  const labels = { tag: ['tag'], condition: ['alertname'], priority: ['severity'], area: [], class: [] };
  return webhooks({
    ...{ host: '127.0.0.1', port: 0 },
    sources: [{ kind: 'alertmanager', name: 'am', secret: 's', labels, priorities: {} }],
  });
}

describe('an alert of Alertmanager that fires, ends and fires', () => {
  const began = Date.now() - 60 * MINUTE;
  const at = (minute: number) => new Date(began + minute * MINUTE).toISOString();
  async function openHook(options: Parameters<typeof openAlertBot>[0] = {}) {
    const hooks = hooksOf();
    const opened = await openAlertBot({ ...options, sources: hooks.sources });
    const deliver = async (startsAt: string, endsAt?: string) => {
      const alert = { labels: { alertname: 'VibrationHigh', tag: 'P-101' }, fingerprint: 'f1', startsAt };
      const told = endsAt ? { status: 'resolved', endsAt } : { status: 'firing', endsAt: '0001-01-01T00:00:00Z' };
      const body = JSON.stringify({ version: '4', groupKey: 'g', alerts: [{ ...alert, ...told }] });
      const headers = { 'x-rounds-secret': 's' };
      const { status } = await fetch(`${hooks.url}/alerts/am`, { method: 'POST', body, headers });
      expect(status).toBe(200);
      await opened.settled();
      return opened.cards().map(({ state, counts }) => `${state} ${counts.times}`);
    };
    return { ...opened, deliver };
  }

  it('with its former start is open again on its card, also in the next process; told twice changes nothing', async () => {
    const first = await openHook();
    expect(await first.deliver(at(0))).toEqual(['open 1']);
    expect(await first.deliver(at(0))).toEqual(['open 1']);
    expect(await first.deliver(at(0), at(4))).toEqual(['resolved 1']);
    expect(await first.deliver(at(0))).toEqual(['open 2']);
    expect(await first.deliver(at(0))).toEqual(['open 2']);
    expect(await first.deliver(at(0), at(9))).toEqual(['resolved 2']);
    expect(first.posts().filter(({ place }) => place.thread === '')).toHaveLength(1);
    const cardId = first.cards()[0]!.id;
    await first.bot.stop(100);
    const second = await openHook({ dataDir: first.dataDir });
    expect(await second.deliver(at(0))).toEqual(['open 3']);
    expect(second.cards()[0]!.id).toBe(cardId);
    expect((await second.store.counts()).alerts).toBe(5);
  });

  it('with another start that none of its ends had is shown, before the end or after it', async () => {
    const { deliver } = await openHook();
    await deliver(at(-2));
    await deliver(at(-2), at(-1));
    // Of two Prometheus one saw it later; what the other told had run out meanwhile.
    expect(await deliver(at(-1.5))).toEqual(['open 2']);
  });

  it('an end that comes late closes nothing that began after it, an older start opens nothing', async () => {
    const { deliver } = await openHook();
    await deliver(at(-9));
    await deliver(at(-9), at(-8));
    await deliver(at(-9));
    expect(await deliver(at(-9), at(-8))).toEqual(['open 2']);
    await deliver(at(-9), at(-6));
    expect(await deliver(at(-3))).toEqual(['open 3']);
    expect(await deliver(at(-9), at(-6))).toEqual(['open 3']);
    expect(await deliver(at(-3), at(-1))).toEqual(['resolved 3']);
    expect(await deliver(at(-9))).toEqual(['resolved 3']);
  });

  it.skipIf(withoutAlertmanager)(
    'by itself, because nobody said for long that it goes on',
    { timeout: 60_000 },
    async () => {
      const hooks = hooksOf();
      const { cards } = await openAlertBot({ sources: hooks.sources, desk: { clock: () => new Date() } });
      const webhook = `${hooks.url}/alerts/am`;
      const manager = await alertmanager({ port: await freePort(), webhook, secret: 's' });
      afterwards(() => manager.close());
      const labels = { alertname: 'VibrationHigh', tag: 'P-101' };
      const shown = () => cards().map(({ state, counts }) => `${state} ${counts.times}`);
      await manager.send(labels, {}, new Date(Date.now() + 2000));
      await soon(() => expect(shown()).toEqual(['open 1']));
      await soon(() => expect(shown()).toEqual(['resolved 1']));
      await manager.send(labels, {});
      await soon(() => expect(shown()).toEqual(['open 2']));
      await manager.send(labels, {}, true);
      await soon(() => expect(shown()).toEqual(['resolved 2']));
    },
  );
});

describe('nothing of a refused delivery is kept but its count', () => {
  it('malformed, unauthenticated, too large: no alert in the store, no card, no audit entry', async () => {
    const hooks = hooksOf();
    const { store, settled, cards, database } = await openAlertBot({ sources: hooks.sources });
    const post = async (body: string, secret = 's') => {
      const headers = { 'x-rounds-secret': secret };
      return (await fetch(`${hooks.url}/alerts/am`, { method: 'POST', body, headers })).status;
    };
    expect(await post('{"alerts": [{}]}')).toBe(400);
    expect(await post('not json')).toBe(400);
    expect(await post('{}', 'wrong')).toBe(401);
    expect(await post('x'.repeat(5_000_000))).toBe(413);
    await settled();
    expect(await store.counts()).toEqual({ alerts: 0, waiting: 0 });
    expect(await store.rejections()).toEqual([
      { source: 'am', reason: 'malformed', count: 2 },
      { source: 'am', reason: 'too large', count: 1 },
      { source: 'am', reason: 'unauthenticated', count: 1 },
    ]);
    expect(cards()).toEqual([]);
    expect(await database.rows('SELECT * FROM audit')).toEqual([]);
  });
});

describe('a channel that takes nothing any more', () => {
  async function openClosing(alerts: object = {}, more: Parameters<typeof openAlertBot>[0] = {}) {
    const lines: string[] = [];
    const log = (_: object, line: string) => void lines.push(line);
    const logger = { debug() {}, info: log, warn: log, error: log };
    const rules = rulesOf({ routes: [{ to: 'memory:ops' }], ...alerts });
    const opened = await openAlertBot({ rules, ...more, desk: { logger } });
    const is = { closed: true, tries: 0 };
    opened.channel.before = async (_kind, _reply, { channel }) => {
      if (channel !== 'ops') return;
      is.tries += 1;
      if (is.closed) throw new ChannelClosed('[memory] ops is archived: unarchive it');
    };
    const where = () =>
      new Set(opened.channel.shown.flatMap(({ reply, place }) => ('kind' in reply ? place.channel : [])));
    return { ...opened, is, where, lines };
  }

  it('is tried ever more rarely, said once in the log and in the status; what waits is shown when it is open again', async () => {
    const { tell, settled, pass, is, lines, bot, cards, desk } = await openClosing();
    await tell(alertOf({ tag: 'P-101' }), alertOf({ tag: 'P-102' }));
    await settled();
    for (let minute = 0; minute < 600; minute += 10) {
      pass(10 * MINUTE);
      await settled();
    }
    // Both at once, then one of them after 1, 2, 4 … minutes, in the end every hour.
    expect(is.tries).toBeGreaterThanOrEqual(2 + 9);
    expect(is.tries).toBeLessThanOrEqual(2 + 16);
    expect(lines.filter((line) => line.includes('archived'))).toHaveLength(1);
    expect((await bot.status()).problems).toEqual([
      expect.stringMatching(/^memory:ops takes no alerts since 2026-11-21 10:00.*archived.*They wait/),
    ]);
    is.closed = false;
    pass(60 * MINUTE);
    await soon(() => expect(cards()).toHaveLength(2));
    expect((await desk.status()).problems).toEqual([]);
  });

  it('has its cards shown in the fallback, edited there and resolved; new ones go there at once', async () => {
    const { tell, settled, pass, is, where, posts, bot, cards, press, dataDir } = await openClosing({
      fallback: 'memory:spare',
    });
    is.closed = false;
    await tell(alertOf());
    await settled();
    is.closed = true;
    await press({ kind: 'acknowledge', cardId: cards()[0]!.id });
    await settled();
    const tries = is.tries;
    await tell(alertOf({ tag: 'P-102' }));
    await settled();
    expect(is.tries).toBe(tries);
    expect([...where()]).toEqual(['ops', 'spare']);
    expect(cards()).toMatchObject([{ acknowledgedBy: ANN }, { title: 'P-102 · vibration high' }]);
    expect(cards()[0]!.log.map(({ text }) => text)).toContain('memory:ops takes no messages: shown here');
    expect((await bot.status()).problems[0]).toMatch(/They go to memory:spare/);
    // It comes back on its card, in the next process, too.
    await tell(alertOf({ status: 'normal' }));
    pass(MINUTE);
    await settled();
    await bot.stop(100);
    const second = await openClosing({ fallback: 'memory:spare' }, { dataDir, startAt: T0 + 2 * MINUTE });
    await second.tell(alertOf());
    await second.settled();
    expect(second.posts().filter(({ reply }) => 'kind' in reply)).toEqual([]);
    expect([...second.where()]).toEqual(['spare']);
    expect(posts().filter(({ reply }) => 'kind' in reply)).toHaveLength(3);
    const spare = await second.store.cards({ adapter: 'memory', channel: 'spare' });
    expect(spare.map(({ title, counts }) => `${title} ${counts.times}`).sort()).toEqual([
      'P-101 · vibration high 2',
      'P-102 · vibration high 1',
    ]);
  });

  it('an alarm that came and went meanwhile is for the handover, and waits no longer', async () => {
    const { tell, settled, pass, is, cards, store } = await openClosing();
    await tell(alertOf());
    await settled();
    await tell(alertOf({ status: 'normal' }));
    pass(30_000);
    await settled();
    is.closed = false;
    pass(60 * MINUTE);
    await settled();
    expect(cards()).toEqual([]);
    expect((await store.liveCards(new Date(T0 + 59 * MINUTE).toISOString())).length).toBe(0);
    expect(await store.activations(T0, T0 + MINUTE)).toHaveLength(1);
  });
});

describe('several processes', () => {
  it('one works off, another that only has the page shows what changed there', async () => {
    const rules = rulesOf({ routes: [{ to: 'page:ops' }] });
    const everywhere = ['page'];
    const worker = await openAlertBot({ rules, desk: { everywhere } });
    const page = new MemoryChannel('page');
    const shows = { rules, dataDir: worker.dataDir, desk: { everywhere, works: false }, bot: { adapters: [page] } };
    await openAlertBot(shows);
    await worker.tell(alertOf());
    worker.pass(1000);
    // Replies to the diagnosis may come between.
    const shown = () => page.shown.filter(({ reply }) => 'kind' in reply);
    await soon(() => expect(shown()).toMatchObject([{ kind: 'update', reply: { kind: 'alert', state: 'open' } }]));
    worker.pass(1000);
    await worker.tell(alertOf({ status: 'normal' }));
    await soon(() => expect(shown().at(-1)!.reply).toMatchObject({ state: 'resolved' }));
    expect(new Set(shown().map(({ postId }) => postId)).size).toBe(1);
    expect(worker.channel.shown).toEqual([]);
  });
});

describe('nothing lost', () => {
  it('what was stored and not worked off is worked off by the next process; a posted card is edited, not posted again', async () => {
    const first = await openAlertBot();
    await first.tell(alertOf());
    await first.settled();
    const cardId = first.cards()[0]!.id;
    await first.bot.stop(100);
    // Stored by a process that died before it could work it off.
    await first.store.append(
      [alertOf({ condition: 'flow low' }), alertOf({ status: 'normal' })],
      '2026-11-21T10:01:00.000Z',
    );
    const second = await openAlertBot({ dataDir: first.dataDir, startAt: T0 + MINUTE });
    await second.settled();
    expect(second.posts().filter(({ reply }) => 'kind' in reply)).toHaveLength(0);
    expect(second.cards()).toMatchObject([{ id: cardId, counts: { active: 1, total: 2 } }]);
  });

  it('while one process has the desk, another only stores; when its lease runs out the other takes over', async () => {
    const first = await openAlertBot();
    const { desk } = await openAlertBot({ dataDir: first.dataDir });
    await desk.handleAlerts([alertOf()]);
    await first.settled();
    expect(first.cards()).toHaveLength(1);
    expect((await first.store.take('third', T0, 1000)) ?? null).toBeNull();
    const taken = await first.store.take('third', T0 + 16_000, 1000);
    expect(taken).not.toBeNull();
    const changes = { handled: [], state: { rates: {} }, alarms: [], cards: [], activations: [] };
    await expect(first.store.save(taken!.epoch - 1, changes)).rejects.toMatchObject({ code: 'desk_lost' });
    await first.store.save(taken!.epoch, changes);
  });

  it('a card whose post may have been the last thing a process did is shown by the next one, flood or not', async () => {
    const first = await openAlertBot();
    first.channel.before = () => new Promise((resolve) => afterwards(resolve));
    await first.tell(alertOf({ tag: 'P-101' }));
    await first.settled();
    // It is gone, and what comes next is a flood with the end of its alarm in it.
    await first.store.take('nobody', T0 + 16_000, 0);
    await first.store.append(
      [
        ...Array.from({ length: 10 }, (_, i) => alertOf({ tag: `X-${i}` })),
        alertOf({ tag: 'P-101', status: 'normal' }),
      ],
      '2026-11-21T10:00:16.000Z',
    );
    const second = await openAlertBot({ dataDir: first.dataDir, startAt: T0 + 17_000 });
    await soon(() =>
      expect(
        second
          .cards()
          .map(({ form, state }) => `${form} ${state}`)
          .sort(),
      ).toEqual(['alarms resolved', 'flood open']),
    );
  });

  it('what a process that has lost the desk still had on its way does not stand in the end', async () => {
    const first = await openAlertBot();
    await first.tell(alertOf());
    await first.settled();
    // Its next edit is long on its way.
    let arrive = () => {};
    const slow = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    first.channel.before = () => slow;
    await first.tell(alertOf({ condition: 'flow low' }));
    await first.settled();
    const second = await openAlertBot({ dataDir: first.dataDir, startAt: T0 + 16_000 });
    // One channel, seen through both.
    const seen = () => [...first.channel.shown, ...second.channel.shown].length;
    await second.tell(alertOf({ status: 'normal' }), alertOf({ condition: 'flow low', status: 'normal' }));
    await soon(() => expect(second.cards()).toMatchObject([{ state: 'resolved' }]));
    const [before, edits] = [seen(), second.channel.shown.length];
    arrive();
    await soon(() => expect(first.cards()).toMatchObject([{ state: 'open', counts: { total: 2 } }]));
    await soon(() => expect(second.channel.shown.length).toBeGreaterThan(edits));
    expect(seen()).toBeGreaterThan(before + 1);
    expect(second.cards()).toMatchObject([{ state: 'resolved' }]);
  });

  it('a channel that fails is tried again; the alert is not', async () => {
    const { tell, settled, cards, channel, pass } = await openAlertBot();
    let failing = true;
    channel.before = async () => {
      if (failing) throw new Error('the channel is away');
    };
    await tell(alertOf());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(cards()).toHaveLength(0);
    failing = false;
    pass(6000);
    await settled();
    expect(cards()).toHaveLength(1);
  });
});
