/** Alerts over HTTP: what is taken, what is refused with which line, and that nothing but a count is kept of a refusal. */
import { afterEach, describe, expect, it } from 'vitest';
import { type WebhookConfig, webhooks } from '../../adapters/webhooks/webhooks.ts';
import type { Alert, AlertDoor } from '../../bot/types.ts';
import { sourceContract } from './source.contract.ts';

const LABELS = {
  ...{ tag: ['tag', 'instance'], condition: ['condition', 'alertname'], priority: ['severity'] },
  ...{ area: ['area'], class: ['class'] },
};
const SOURCES: WebhookConfig[] = [
  { kind: 'alertmanager', name: 'alertmanager', secret: 's3cret', labels: LABELS, priorities: { page: 'critical' } },
  { kind: 'grafana', name: 'grafana', basic: { user: 'g', password: 'pw' }, labels: LABELS, priorities: {} },
  {
    ...{ kind: 'webhook', name: 'cmms', secret: 'x', items: 'data.alarms', active: ['ALARM'], priorities: {} },
    ...{
      priority: 'low',
      fields: { tag: 'machine.tag', condition: 'name', status: 'state', at: 'when', unit: '=bar', value: 'v' },
    },
  },
];

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open() {
  const taken: Alert[] = [];
  const rejected: string[] = [];
  let failing = false;
  const door: AlertDoor = {
    async handleAlerts(alerts) {
      if (failing) throw new Error('the disk is full');
      taken.push(...alerts);
    },
    async rejectAlerts(source, reason) {
      rejected.push(`${source}: ${reason}`);
    },
  };
  const hooks = webhooks({ host: '127.0.0.1', port: 0, sources: SOURCES });
  for (const source of hooks.sources) await source.start(door);
  closers.push(() => Promise.all(hooks.sources.map((source) => source.stop())));
  const post = async (
    path: string,
    body: unknown,
    headers: Record<string, string> = { 'x-rounds-secret': 's3cret' },
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${hooks.url}/alerts/${path}`, { method: 'POST', body: text, headers });
    return { status: response.status, ...((await response.json()) as { notice?: string; taken?: number }) };
  };
  return { taken, rejected, post, fail: (is: boolean) => (failing = is), url: hooks.url };
}

const firing = (labels: Record<string, string>, change: object = {}) => ({
  ...{ status: 'firing', labels, annotations: { summary: 'Bearing hot' }, startsAt: '2026-11-21T10:00:00.000Z' },
  ...{ endsAt: '0001-01-01T00:00:00Z', generatorURL: 'http://prometheus:9090/graph?g0', fingerprint: 'f1' },
  ...change,
});
const group = (...alerts: object[]) => ({
  ...{ version: '4', groupKey: '{}/{area="x"}:{}', truncatedAlerts: 0, status: 'firing', receiver: 'rounds' },
  ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://am:9093', alerts },
});

describe('Alertmanager and Grafana', () => {
  it('firing and resolved are two alerts of one fingerprint; sent again, the same id', async () => {
    const { taken, post } = await open();
    const labels = { alertname: 'Vibration high', instance: 'P-101:9100', severity: 'page', area: 'cooling water' };
    const resolved = firing(labels, { status: 'resolved', endsAt: '2026-11-21T10:05:00.000Z' });
    expect(await post('alertmanager', group(firing(labels)))).toEqual({ status: 200, taken: 1 });
    await post('alertmanager', group(firing(labels)));
    await post('alertmanager', { ...group(resolved), truncatedAlerts: 7 }, { authorization: 'Bearer s3cret' });
    const [first, again, over] = taken;
    expect(first).toMatchObject({
      ...{ source: 'alertmanager', tag: 'P-101', condition: 'Vibration high', priority: 'critical', status: 'active' },
      ...{ text: 'Bearing hot', area: 'cooling water', link: 'http://prometheus:9090/graph?g0' },
      at: '2026-11-21T10:00:00.000Z',
    });
    expect(again!.id).toBe(first!.id);
    expect(over).toMatchObject({ fingerprint: first!.fingerprint, status: 'normal', truncated: 7 });
    expect(over!.id).not.toBe(first!.id);
    expect(over!.group).toBe(first!.group);
  });

  it("Grafana's additions are read, its values shown", async () => {
    const { taken, post } = await open();
    const alert = firing(
      { alertname: 'Oil temperature', tag: 'T-1' },
      { values: { A: 97.5 }, silenceURL: 'x', valueString: '' },
    );
    const body = { ...group(alert), orgId: 1, title: 'x', state: 'alerting', message: 'm', version: '1' };
    const authorization = `Basic ${Buffer.from('g:pw').toString('base64')}`;
    expect(await post('grafana', body, { authorization })).toMatchObject({ status: 200 });
    expect(taken[0]).toMatchObject({ source: 'grafana', tag: 'T-1', value: 'A=97.5', priority: 'medium' });
  });
});

describe('a mapped webhook', () => {
  it('finds the fields where the configuration says', async () => {
    const { taken, post } = await open();
    const alarm = { machine: { tag: 'P-101' }, name: 'Low suction', state: 'alarm', when: 1_795_000_000, v: 0.2 };
    const body = { data: { alarms: [alarm, { ...alarm, state: 'ok', when: 1_795_000_060_000 }] } };
    expect(await post('cmms', body, { 'x-rounds-secret': 'x' })).toMatchObject({ taken: 2 });
    expect(taken).toMatchObject([
      { tag: 'P-101', condition: 'Low suction', value: '0.2 bar', status: 'active', priority: 'low' },
      { status: 'normal', fingerprint: taken[0]!.fingerprint },
    ]);
    expect(await post('cmms', { data: {} }, { 'x-rounds-secret': 'x' })).toMatchObject({
      status: 400,
      notice: 'nothing stands at "data.alarms", where alerts are looked for',
    });
  });
});

describe('refused, and only counted', () => {
  it.each([
    ['nobody', {}],
    ['a wrong secret', { 'x-rounds-secret': 's3cre' }],
    ["another source's secret", { authorization: 'Bearer x' }],
    ['basic where none is set', { authorization: `Basic ${Buffer.from('g:pw').toString('base64')}` }],
    ['an empty bearer', { authorization: 'Bearer' }],
  ])('unauthenticated: %s', async (_, headers) => {
    const { taken, rejected, post } = await open();
    expect(await post('alertmanager', group(firing({ alertname: 'x' })), headers)).toMatchObject({ status: 401 });
    expect(taken).toEqual([]);
    expect(rejected).toEqual(['alertmanager: unauthenticated']);
  });

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"alerts":', 400, 'not JSON'],
    ['no UTF-8 text', '\ud800', 400, 'not JSON'],
    ['a list', [], 400, 'body'],
    ['no alerts', { version: '4', groupKey: 'x' }, 400, 'alerts'],
    ['labels that are no texts', group(firing({ alertname: { $ne: 1 } } as never)), 400, 'alerts.0.labels.alertname'],
    ['another version', { ...group(), version: '3' }, 400, 'version'],
    ['too many', group(...Array.from({ length: 2001 }, () => firing({ alertname: 'x' }))), 413, '2000'],
    ['too large', `"${'x'.repeat(5 * 1024 * 1024)}"`, 413, '4 MB'],
  ])('malformed: %s', async (_, body, status, word) => {
    const { taken, rejected, post } = await open();
    const answer = await post('alertmanager', body);
    expect(answer.status).toBe(status);
    expect(answer.notice).toContain(word);
    expect(answer.notice).not.toContain('\n');
    expect(taken).toEqual([]);
    expect(rejected).toHaveLength(1);
  });

  it('an unknown source, another method', async () => {
    const { post, url, rejected } = await open();
    expect(await post('nobody', {})).toMatchObject({ status: 404 });
    expect((await fetch(`${url}/alerts/alertmanager`)).status).toBe(405);
    expect(rejected).toEqual([]);
  });

  it('what could not be stored gets a 503, so that it is sent again', async () => {
    const { taken, post, fail } = await open();
    fail(true);
    expect(await post('alertmanager', group(firing({ alertname: 'x' })))).toMatchObject({ status: 503 });
    fail(false);
    expect(await post('alertmanager', group(firing({ alertname: 'x' })))).toMatchObject({ status: 200 });
    expect(taken).toHaveLength(1);
  });
});

it('hostile words come as plain, short text; a link only where it is one; no time is ahead of ours', async () => {
  const { taken, post } = await open();
  const name = `Vibration\u202e high\u0000\n<!channel> ${'x'.repeat(5000)}`;
  const labels = { alertname: name, instance: '__proto__' };
  const change = {
    generatorURL: 'javascript:alert(1)',
    startsAt: '2999-01-01T00:00:00Z',
    annotations: { summary: 'a\u2066b' },
  };
  expect(await post('alertmanager', group(firing(labels, change)))).toMatchObject({ taken: 1 });
  const [alert] = taken;
  expect(alert!.condition.length).toBeLessThanOrEqual(200);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
  expect(alert!.condition).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(alert!.text).toBe('ab');
  expect(alert!.link).toBeUndefined();
  expect(Date.parse(alert!.at)).toBeLessThanOrEqual(Date.now());
});

sourceContract('An Alertmanager webhook', async () => {
  const hooks = webhooks({ host: '127.0.0.1', port: 0, sources: SOURCES.slice(0, 1) });
  const labels = { alertname: 'Vibration high', tag: 'P-101', severity: 'page' };
  // As Alertmanager does: a delivery that was not taken is sent again.
  const post = async (body: string) => {
    for (let wait = 10; ; wait *= 2) {
      const sent = { method: 'POST', body, headers: { authorization: 'Bearer s3cret' } };
      const { status } = await fetch(`${hooks.url}/alerts/alertmanager`, sent);
      if (status < 500) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  return {
    source: hooks.sources[0]!,
    raise: () => post(JSON.stringify(group(firing(labels)))),
    clear: () => post(JSON.stringify(group(firing(labels, { status: 'resolved', endsAt: '2026-11-21T10:05:00Z' })))),
    garble: () => post('{"alerts":'),
    close: async () => {},
    expected: { tag: 'P-101', condition: 'Vibration high', priority: 'critical' },
  };
});
