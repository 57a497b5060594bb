/** The web channel over HTTP: what it acknowledges, what it refuses, and what a page is told. */
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { webAdapter } from '../../adapters/web/web.ts';
import type { Exchange, ReviewItem } from '../../bot/types.ts';
import { answerWith, type MemoryDoor, memoryDoor, type Work } from './door.ts';
import { openEvents } from './events.ts';

const SOON = { timeout: 20_000 };

type Web = ReturnType<typeof webAdapter>;
const running: Web[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((web) => web.stop()));
});

const echo: Work = async (message, onStage) => {
  await onStage('recalling');
  await onStage('thinking', 'so far');
  return answerWith({ answer: `You said: ${message.text}` });
};

async function serve(
  work: Work = echo,
  door: MemoryDoor = memoryDoor(work),
  port = 0,
): Promise<{ web: Web; door: MemoryDoor }> {
  const web = webAdapter({ host: '127.0.0.1', port, tags: [{ tag: 'P-101', class: 'pump' }] });
  door.attach(web);
  await web.start(door);
  running.push(web);
  return { web, door };
}

async function post(web: Web, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${web.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function get<T>(web: Web, path: string): Promise<{ status: number; body: T }> {
  const response = await fetch(`${web.url}${path}`);
  return { status: response.status, body: (await response.json()) as T };
}

/** With headers that fetch does not let a caller choose. */
async function raw(
  web: Web,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<number> {
  const sent = request(`${web.url}${path}`, { method, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

const answered = async (web: Web, id: string) => {
  await expect.poll(async () => (await get<Exchange>(web, `/api/exchanges/${id}`)).body.reply?.final, SOON).toBe(true);
  return (await get<Exchange>(web, `/api/exchanges/${id}`)).body;
};

describe('messages', () => {
  test('are acknowledged once the door has them, and answered', async () => {
    const { web, door } = await serve();
    const sent = await post(web, '/api/messages', { id: 'm1', text: 'P-101 is hot', options: ['a', 'b'] });
    expect(sent).toEqual({ status: 202, body: { exchangeId: 'x1', id: 'm1', thread: 'm1' } });
    expect(door.handled[0]).toMatchObject({
      id: 'm1',
      text: 'P-101 is hot',
      options: ['a', 'b'],
      author: { id: 'web:local' },
      place: { adapter: 'web', channel: 'operations', thread: 'm1' },
    });
    expect((await answered(web, 'x1')).reply.answer?.answer).toBe('You said: P-101 is hot');
  });

  test('are not acknowledged before the door resolves', async () => {
    const door = memoryDoor(echo);
    let stored = () => {};
    const onDisk = new Promise<void>((resolve) => {
      stored = resolve;
    });
    const { handle } = door;
    door.handle = async (message) => {
      const receipt = await handle(message);
      await onDisk;
      return receipt;
    };
    const { web } = await serve(echo, door);
    let acknowledged = false;
    const sending = post(web, '/api/messages', { text: 'a' }).then((response) => {
      acknowledged = true;
      return response;
    });
    await expect.poll(() => door.handled.length, SOON).toBe(1);
    await get(web, '/healthz');
    expect(acknowledged).toBe(false);
    stored();
    expect((await sending).status).toBe(202);
  });

  test('without an id are given one; in a thread stay in it', async () => {
    const { web, door } = await serve();
    const first = await post(web, '/api/messages', { text: 'a' });
    expect(first.body.thread).toBe(first.body.id);
    const next = await post(web, '/api/messages', { text: 'b', thread: first.body.id });
    expect(next.body.thread).toBe(first.body.id);
    expect(door.handled[1]?.place.thread).toBe(first.body.id);
    const { body } = await get<{ exchanges: Exchange[] }>(web, `/api/history?thread=${first.body.id}`);
    expect(body.exchanges.map((e) => e.message.text)).toEqual(['a', 'b']);
  });

  test('sent twice are one exchange, also when sent at once', async () => {
    const { web } = await serve();
    const twice = await Promise.all([1, 2].map(() => post(web, '/api/messages', { id: 'same', text: 'a' })));
    expect(twice.map((r) => r.status).sort()).toEqual([200, 202]);
    expect(twice.map((r) => r.body)).toEqual([1, 2].map(() => ({ exchangeId: 'x1', id: 'same', thread: 'same' })));
  });

  test.each([
    ['rejected by the door', { text: '  ' }, 'the message is empty: write a question'],
    ['no text', {}, /^text: /],
    ['a number as text', { text: 5 }, /^text: /],
    ['an unknown field', { text: 'a', role: 'admin' }, /role/],
    ['an id with a line break', { text: 'a', id: 'a\nb' }, /^id: /],
    ['a channel that is a path', { text: 'a', channel: '../x' }, /^channel: /],
    ['options that are no list', { text: 'a', options: 'b' }, /^options: /],
    ['no JSON', '{"text": ', /not JSON/],
    ['a list', '[]', /^body: /],
  ])('%s: 400 with one line', async (_what, body, notice) => {
    const { web } = await serve();
    const response = await post(web, '/api/messages', body);
    expect(response.status).toBe(400);
    expect(response.body.notice).toMatch(notice);
    expect(response.body.notice).not.toContain('\n');
  });

  test('that are no UTF-8, too big, or no JSON by their type are refused', async () => {
    const { web, door } = await serve();
    const latin1 = await fetch(`${web.url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"text":"\xe9"}', 'latin1'),
    });
    expect(latin1.status).toBe(400);
    for (const size of [70_000, 5_000_000]) {
      const big = await post(web, '/api/messages', { text: 'x'.repeat(size) });
      expect(big).toEqual({ status: 400, body: { notice: 'the message is over 64 KB: send a shorter one' } });
    }
    const form = await post(web, '/api/messages', 'text=a', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.status).toBe(415);
    const plain = await post(web, '/api/messages', '{"text":"a"}', { 'content-type': 'text/plain' });
    expect(plain.status).toBe(415);
    expect(door.handled).toEqual([]);
  });

  test('that the bot cannot store are to be sent again: 503, with the reason', async () => {
    const door = memoryDoor(echo);
    door.handle = () => Promise.reject(new Error('the disk is full'));
    const { web } = await serve(echo, door);
    const response = await post(web, '/api/messages', { text: 'a' });
    expect(response.status).toBe(503);
    expect(response.body.notice).toContain('the disk is full');
  });
});

describe('actions', () => {
  test('flag, correct and undo reach the exchange', async () => {
    const { web } = await serve();
    await post(web, '/api/messages', { text: 'a' });
    await answered(web, 'x1');
    const flag = await post(web, '/api/actions', { kind: 'flag', exchangeId: 'x1', reason: 'wrong' });
    expect(flag).toMatchObject({ status: 200, body: { notice: 'flagged' } });
    const correct = await post(web, '/api/actions', { kind: 'correct', exchangeId: 'x1', answer: 'b', rationale: 'c' });
    expect(correct.status).toBe(200);
    const undo = await post(web, '/api/actions', { kind: 'undo', target: flag.body.id });
    expect(undo.status).toBe(200);
    const exchange = await answered(web, 'x1');
    expect(exchange.flags).toMatchObject([{ reason: 'wrong', withdrawn: true, author: { id: 'web:local' } }]);
    expect(exchange.corrections).toMatchObject([{ answer: 'b', rationale: 'c', withdrawn: false }]);
  });

  test('reviews: what waits, the decision, and nothing for who has not the role', async () => {
    const { web, door } = await serve();
    const item: ReviewItem = {
      ...{ id: 'answer/1', kind: 'complaint', question: 'q', answer: 'a', rationale: '', answeredBy: 's', reasons: [] },
      ...{ exchanges: ['x1'], createdAt: '', state: 'waiting' },
    };
    door.waiting.push(item, { ...item, id: 'answer/2', state: 'rejected' });
    expect((await get(web, '/api/reviews')).body).toMatchObject({ total: 1, items: [{ id: 'answer/1' }] });
    expect((await get(web, '/api/reviews?all')).body).toMatchObject({ total: 2 });
    const decided = await post(web, '/api/actions', { kind: 'review', item: 'answer/1', decision: 'accept' });
    expect(decided).toMatchObject({ status: 200, body: { notice: 'accepted' } });
    expect((await get(web, '/api/reviews')).body).toMatchObject({ total: 0 });
    door.roles = ['operator'];
    expect((await get(web, '/api/reviews')).status).toBe(403);
    const denied = await post(web, '/api/actions', { kind: 'review', item: 'answer/1', decision: 'undo' });
    expect(denied.status).toBe(403);
  });

  test('of someone without the role: 403; on nothing, or not understood: 400', async () => {
    const { web, door } = await serve();
    door.roles = ['operator'];
    await post(web, '/api/messages', { text: 'a' });
    expect(await post(web, '/api/actions', { kind: 'correct', exchangeId: 'x1', answer: 'b' })).toEqual({
      status: 403,
      body: { notice: 'only engineers correct answers' },
    });
    expect((await post(web, '/api/actions', { kind: 'flag', exchangeId: 'x9', reason: 'r' })).status).toBe(400);
    expect((await post(web, '/api/actions', { kind: 'delete', exchangeId: 'x1' })).status).toBe(400);
    expect(
      (await post(web, '/api/actions', { kind: 'flag', exchangeId: 'x1', reason: 'r', author: { id: 'a' } })).status,
    ).toBe(400);
  });
});

describe('reading', () => {
  test('history: newest without `after`, on from there with it', async () => {
    const { web } = await serve();
    for (const text of ['a', 'b', 'c']) await post(web, '/api/messages', { text });
    const texts = async (query: string) =>
      (await get<{ exchanges: Exchange[] }>(web, `/api/history?${query}`)).body.exchanges.map((e) => e.message.text);
    expect(await texts('limit=2')).toEqual(['b', 'c']);
    expect(await texts('after=x1&limit=1')).toEqual(['b']);
    expect(await texts('channel=elsewhere')).toEqual([]);
    expect((await get(web, '/api/history?limit=0')).status).toBe(400);
    expect((await get(web, '/api/exchanges/none')).status).toBe(404);
  });

  test('status says who is asking and what they may', async () => {
    const { web } = await serve();
    expect((await get(web, '/api/status')).body).toMatchObject({
      student: { id: 'student-r1' },
      me: { id: 'web:local', roles: ['operator', 'engineer'] },
      channel: 'operations',
      tags: [{ tag: 'P-101' }],
    });
  });

  test('health and readiness', async () => {
    const { web, door } = await serve();
    expect((await get(web, '/healthz')).status).toBe(200);
    expect((await get(web, '/readyz')).status).toBe(200);
    door.status = () => Promise.reject(new Error('the store is closed'));
    expect((await get(web, '/readyz')).status).toBe(503);
    expect((await get(web, '/healthz')).status).toBe(200);
  });

  test('the page and its files, and nothing beside them', async () => {
    const { web } = await serve();
    const page = await fetch(web.url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\/assets\/)|\son\w+=|style=|https?:\/\//);
    const own = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]);
    expect(own.length).toBeGreaterThan(2);
    for (const path of own) expect((await fetch(`${web.url}${path}`)).status).toBe(200);
    const script = await fetch(`${web.url}/assets/app.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const again = await fetch(`${web.url}/assets/app.js`, {
      headers: { 'if-none-match': script.headers.get('etag')! },
    });
    expect(again.status).toBe(304);
    for (const path of ['/assets/../web.ts', '/assets/%2e%2e%2fweb.ts', '/assets/', '/web.ts', '/assets/none.js']) {
      expect(await raw(web, path, {})).toBe(404);
    }
  });
});

describe('events', () => {
  test('begin with the history, then tell of stages and the answer', async () => {
    const { web } = await serve();
    await post(web, '/api/messages', { text: 'before' });
    await answered(web, 'x1');
    const events = await openEvents(`${web.url}/api/events`);
    expect((await events.next('history')).data.exchanges).toHaveLength(1);
    await post(web, '/api/messages', { text: 'now' });
    const first = await events.next('exchange');
    expect(first.data).toMatchObject({ id: 'x2', message: { text: 'now' }, reply: { final: false } });
    const last = await events.until((e) => e.name === 'exchange' && e.data.reply.final);
    expect(last.data.reply.answer.answer).toBe('You said: now');
    await post(web, '/api/actions', { kind: 'flag', exchangeId: 'x2', reason: 'wrong' });
    expect((await events.until((e) => e.data.flags?.length === 1)).data.id).toBe('x2');
    events.close();
  });

  test('a page that was away is given what it missed', async () => {
    const { web } = await serve();
    const events = await openEvents(`${web.url}/api/events`);
    const { id } = await events.next('history');
    events.close();
    await post(web, '/api/messages', { text: 'meanwhile' });
    await answered(web, 'x1');
    const back = await openEvents(`${web.url}/api/events`, id);
    const caught = await back.until((e) => e.name === 'exchange' && e.data.reply.final);
    expect(caught.data.message.text).toBe('meanwhile');
    const idle = await openEvents(`${web.url}/api/events`, caught.id);
    await post(web, '/api/messages', { text: 'later' });
    expect((await idle.next('exchange')).data.message.text).toBe('later');
    back.close();
    idle.close();
  });

  test('after a restart it is given the history, with what was said while it was away', async () => {
    const { web, door } = await serve();
    const events = await openEvents(`${web.url}/api/events`);
    const { id } = await events.next('history');
    await web.stop();
    await events.ended;
    const { web: restarted } = await serve(echo, door);
    await post(restarted, '/api/messages', { text: 'meanwhile' });
    const back = await openEvents(`${restarted.url}/api/events`, id);
    const { exchanges } = (await back.next('history')).data;
    expect(exchanges.map((e: Exchange) => e.message.text)).toEqual(['meanwhile']);
    back.close();
  });

  test('a page far behind is given the history; another channel hears nothing', async () => {
    const { web } = await serve();
    const events = await openEvents(`${web.url}/api/events`);
    const { id } = await events.next('history');
    const elsewhere = await openEvents(`${web.url}/api/events?channel=elsewhere`);
    await elsewhere.next('history');
    // More events than are kept: each question is an exchange, a state at work and an exchange again.
    for (let i = 0; i < 600; i++) await post(web, '/api/messages', { text: `question ${i}` });
    await answered(web, 'x600');
    const back = await openEvents(`${web.url}/api/events`, id);
    expect((await back.next('history')).data.exchanges).toHaveLength(200);
    await post(web, '/api/messages', { text: 'here', channel: 'elsewhere' });
    expect((await elsewhere.next('exchange')).data.message.text).toBe('here');
    for (const open of [events, back, elsewhere]) open.close();
  });
});

describe('other sites', () => {
  const json = { 'content-type': 'application/json' };
  const message = JSON.stringify({ text: 'a' });

  test('a name that is not ours (DNS rebinding): 403, for everything but the probes', async () => {
    const { web, door } = await serve();
    const port = new URL(web.url).port;
    for (const host of [`rebound.example:${port}`, `127.0.0.1.example:${port}`, '8.8.8.8', 'rebound.example']) {
      expect(await raw(web, '/', { host })).toBe(403);
      expect(await raw(web, '/api/history', { host })).toBe(403);
      expect(await raw(web, '/api/messages', { host, ...json }, 'POST', message)).toBe(403);
    }
    for (const host of ['localhost@rebound.example', 'a b']) expect(await raw(web, '/api/history', { host })).toBe(400);
    expect(door.handled).toEqual([]);
    expect(await raw(web, '/healthz', { host: 'rebound.example' })).toBe(200);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST:9000']) {
      expect(await raw(web, '/', { host })).toBe(200);
    }
  });

  test('a page elsewhere that writes here (CSRF): 403', async () => {
    const { web, door } = await serve();
    const { host } = new URL(web.url);
    for (const origin of [
      'https://elsewhere.example',
      'http://127.0.0.1:1',
      'null',
      `http://${host}.elsewhere.example`,
    ]) {
      expect(await raw(web, '/api/messages', { host, origin, ...json }, 'POST', message)).toBe(403);
    }
    expect(await raw(web, '/api/messages', { host, 'sec-fetch-site': 'cross-site', ...json }, 'POST', message)).toBe(
      403,
    );
    expect(await raw(web, '/api/status', { host, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(door.handled).toEqual([]);
    expect(await raw(web, '/api/messages', { host, origin: `http://${host}`, ...json }, 'POST', message)).toBe(202);
    const link = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await raw(web, '/', link)).toBe(200);
  });

  test('no other site is given leave to read, and no script but ours runs', async () => {
    const { web } = await serve();
    const response = await fetch(`${web.url}/`);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const preflight = await fetch(`${web.url}/api/messages`, { method: 'OPTIONS' });
    expect(preflight.ok).toBe(false);
  });
});

describe('start and stop', () => {
  test('a port in use: one line that says the mend', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const web = webAdapter({ host: '127.0.0.1', port });
    await expect(web.start(memoryDoor(echo))).rejects.toMatchObject({
      code: 'port_in_use',
      message: `port ${port} is in use: stop the other program or set PORT`,
    });
    other.close();
    await once(other, 'close');
    await web.start(memoryDoor(echo)); // the same adapter may try again
    running.push(web);
    expect(web.url).toBe(`http://127.0.0.1:${port}`);
  });

  test('an address that is not of this machine is named', async () => {
    const web = webAdapter({ host: '192.0.2.1', port: 0 });
    await expect(web.start(memoryDoor(echo))).rejects.toMatchObject({ code: 'bad_host' });
  });

  test('stops with pages open, and the port is free again', async () => {
    const { web, door } = await serve();
    const events = await openEvents(`${web.url}/api/events`);
    await events.next('history');
    const { port } = new URL(web.url);
    await web.stop();
    await events.ended;
    await serve(echo, door, Number(port));
  });
});
