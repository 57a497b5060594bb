/** Honest health: ready only while store, queue, student and channels are; figures that Prometheus can read. */
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { serveProbes } from '../../adapters/web/probes.ts';
import { healthOf } from '../../bot/health.ts';
import { createMetrics } from '../../bot/metrics.ts';
import { numbersOf } from '../../bot/numbers.ts';
import { openBullmq } from '../../bot/queue/bullmq.ts';
import { jobRows } from '../../bot/store/jobs.ts';
import type { Health } from '../../bot/types.ts';
import { answerOf, MemoryChannel, openBot } from './desk.ts';
import { afterwards } from './fixture.ts';

class Channel extends MemoryChannel {
  state: Health = { ok: true, detail: 'pings return' };
  health() {
    return this.state;
  }
}

async function watched() {
  const channel = new Channel();
  const lines: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (what: object) => void lines.push(what) };
  const opened = await openBot({ adapters: [channel] });
  const { database, store, queue } = opened;
  let student: { id: string; name: string; round: number } | null = { id: 'student-2', name: 's', round: 2 };
  const metrics = createMetrics({
    looked: numbersOf({ database, store, queue, adapters: [channel], student: () => student }),
    logger,
  });
  const adapters = [channel];
  const parts = { database, queue, adapters, student: () => student, studentProblem: () => 'weights are damaged' };
  const ready = healthOf({ ...parts, roles: ['bot', 'worker', 'web'] });
  const { bot, say } = await openBot({ adapters: [channel], store, queue, observe: (event) => metrics.observe(event) });
  const failing = async () =>
    (await ready()).checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
  const drop = () => {
    student = null;
  };
  return { channel, metrics, ready, failing, bot, say, drop, database, queue, lines, parts };
}

describe('readiness', () => {
  it('is there when every part is, and names the part that is not', async () => {
    const { channel, ready, failing, drop, database } = await watched();
    expect((await ready()).checks.map(({ name }) => name)).toEqual(['store', 'queue', 'student', 'channel memory']);
    expect(await failing()).toEqual([]);
    channel.state = { ok: false, detail: 'deaf for 90 s, reconnecting' };
    expect(await failing()).toEqual(['channel memory: deaf for 90 s, reconnecting']);
    drop();
    expect(await failing()).toContain('student: weights are damaged');
    await database.close();
    expect((await failing()).map((line) => line.split(':')[0])).toContain('store');
  });

  it('of a process that answers nothing needs no student', async () => {
    const { parts, drop } = await watched();
    drop();
    expect((await healthOf({ ...parts, roles: ['bot'] })()).ready).toBe(true);
  });

  it('says that the queue is away while messages are still taken', async () => {
    const { database, parts } = await watched();
    const port = await closedPort();
    const queue = await openBullmq({ url: `redis://127.0.0.1:${port}`, jobs: jobRows(database) });
    afterwards(() => queue.close());
    const { checks, ready } = await healthOf({ ...parts, queue, roles: ['bot'] })();
    expect(ready).toBe(false);
    expect(checks.find(({ name }) => name === 'queue')?.detail).toMatch(
      /does not answer|no answer|ECONNREFUSED|closed/,
    );
    await queue.add({ id: 'j1', kind: 'answer', exchangeId: 'x', thread: 't' });
    expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
  });
});

describe('metrics', () => {
  it('count what came in, what was answered and how it was shown, and what waits', async () => {
    const { bot, say, metrics } = await watched();
    await bot.start();
    await say('P-101 shakes');
    await bot.handle({ ...JSON.parse(JSON.stringify((await say('P-102 leaks')).message)) });
    const { body, contentType } = await metrics.text();
    expect(contentType).toContain('text/plain');
    const value = (line: string) =>
      Number(
        body
          .split('\n')
          .find((one) => one.startsWith(line))
          ?.split(' ')
          .at(-1),
      );
    expect(value('rounds_messages_total{adapter="memory",result="accepted"}')).toBe(2);
    expect(value('rounds_messages_total{adapter="memory",result="duplicate"}')).toBe(1);
    expect(value('rounds_answers_total{adapter="memory",outcome="answered",by="student"}')).toBe(2);
    expect(value('rounds_answer_seconds_count{outcome="answered"}')).toBe(2);
    expect(value('rounds_answer_confidence_bucket{le="0.9",by="student"}')).toBe(2);
    expect(value('rounds_answer_confidence_bucket{le="0.8",by="student"}')).toBe(0);
    expect(value('rounds_channel_seconds_count{adapter="memory",what="post",ok="true"}')).toBeGreaterThanOrEqual(2);
    expect(value('rounds_store_rows{kind="exchanges"}')).toBe(2);
    expect(value('rounds_queue_jobs{state="waiting"}')).toBe(0);
    expect(value('rounds_channel_up{adapter="memory"}')).toBe(1);
    expect(value('rounds_student_info{id="student-2",round="2"}')).toBe(1);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(body).not.toContain('P-101');
  });

  it('are given even when the store is away, without what it would say', async () => {
    const { metrics, database, lines } = await watched();
    await database.close();
    const { body } = await metrics.text();
    expect(body).toContain('process_resident_memory_bytes');
    expect(body).not.toMatch(/^rounds_store_rows\{/m);
    expect(lines.length).toBeGreaterThan(0);
  });

  it('know a teacher by its provider, never by a name that may grow without end', async () => {
    const { metrics } = await watched();
    const answer = answerOf({ text: 'q' }, { answeredBy: 'openai:gpt-x' });
    metrics.observe({
      kind: 'answered',
      adapter: 'memory',
      ms: 10,
      reply: { exchangeId: 'x', final: true, stage: 'judging', answer },
    });
    expect((await metrics.text()).body).toContain('by="openai"');
  });
});

describe('probes on a port of their own', () => {
  it('say 200 and 503 as things are, and give the figures', async () => {
    const { ready, metrics, channel } = await watched();
    const port = await closedPort();
    const server = await serveProbes({ host: '127.0.0.1', port, ready, metrics: () => metrics.text() });
    afterwards(() => server.close());
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect((await get('/readyz')).status).toBe(200);
    channel.state = { ok: false, detail: 'token revoked: set a new one' };
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      ready: false,
      checks: [{}, {}, {}, { detail: 'token revoked: set a new one' }],
    });
    expect((await get('/healthz')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toContain('rounds_channel_up{adapter="memory"} 0');
    const taken = serveProbes({ host: '127.0.0.1', port, ready, metrics: () => metrics.text() });
    await expect(taken).rejects.toThrow(`port ${port} is in use: stop the other program or set METRICS_PORT`);
  });
});

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
