/** More questions at once than Slack lets one answer in minutes: each is told its place, and each is answered in the end. */
import { expect, test, vi } from 'vitest';
import type { Answerer } from '../../../bot/types.ts';
import { answerOf, openBot } from '../../bot/desk.ts';
import { afterwards } from '../../bot/fixture.ts';
import { adapterFor, BOB, FAST, ME, OPS, slackPeer, textOf, WAIT } from './app.ts';

const QUESTIONS = 24;
/** A small part of what Slack allows a minute, for few questions. */
const RATES = { 'chat.postMessage': 14, 'chat.update': 5 };

test('questions beyond the rates: told their place, answered once each in the end, rates kept', {
  timeout: 90_000,
}, async () => {
  const peer = await slackPeer({ perMinute: RATES });
  const adapter = adapterFor(peer, { timing: { ...FAST, perMinute: RATES } });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answerer: Answerer = {
    async answer(question) {
      await held;
      return answerOf(question);
    },
  };
  const { bot, store, database } = await openBot({
    ...{ answerer, adapters: [adapter], channelTimeoutMs: 1000 },
    config: { roles: { 'slack:*': ['operator'] }, maxError: 0.05 },
  });
  await bot.start();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], shouldAdvanceTime: true, advanceTimeDelta: 20 });
  afterwards(() => vi.useRealTimers());
  for (let i = 0; i < QUESTIONS; i++) peer.say(BOB, OPS, `${ME} question ${i}.`);
  await vi.waitFor(async () => expect((await store.counts()).exchanges).toBe(QUESTIONS), WAIT);
  await vi.waitFor(() => expect(peer.posts()).toHaveLength(RATES['chat.postMessage']), WAIT);
  expect(textOf(peer.posts().at(-1)!)).toMatch(/\d+ questions before yours/);

  release();
  const answered = () => peer.posts().filter((post) => /echo: question \d+\./.test(textOf(post)));
  for (let i = 0; i < 300 && answered().length < QUESTIONS; i++) await vi.advanceTimersByTimeAsync(5000);
  await vi.waitFor(() => expect(answered()).toHaveLength(QUESTIONS), WAIT);
  const said = answered().map((post) => /question \d+\./.exec(textOf(post))![0]);
  expect(new Set(said).size).toBe(QUESTIONS);
  expect(peer.posts()).toHaveLength(QUESTIONS);
  // What was not posted yet when it was answered is posted as the answer, and uses up no edit.
  expect(answered().filter(({ edits }) => edits === 0).length).toBeGreaterThanOrEqual(
    QUESTIONS - RATES['chat.postMessage'],
  );
  expect(peer.figures.rateLimitViolations).toBe(0);
  await vi.waitFor(
    async () =>
      expect(await database.rows("SELECT state, failures, error FROM jobs WHERE state <> 'done'")).toEqual([]),
    WAIT,
  );
});
