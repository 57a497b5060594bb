/** The self-check's own timing, with Slack's part played by the test: its event may come before the answer to the call. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSelfCheck } from '../../../adapters/slack/selfcheck.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** `comesBack`: events of what is provoked come, before the answer to the call. */
function open({ comesBack }: { comesBack: boolean }) {
  const deaf: number[] = [];
  let hear = () => {};
  const check = createSelfCheck({
    ...{ everyMs: 300_000, withinMs: 30_000 },
    async provoke() {
      if (comesBack) hear();
    },
    onDeaf: (since) => void deaf.push(since),
    onError: (error) => {
      throw error;
    },
  });
  hear = check.heard;
  check.start();
  return { check, deaf };
}

test('an own event that comes before the answer to its call counts', async () => {
  const { check, deaf } = open({ comesBack: true });
  await vi.advanceTimersByTimeAsync(1_000_000);
  const began = Date.now();
  await vi.advanceTimersByTimeAsync(5);
  check.heard();
  check.sent(began);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(deaf).toEqual([]);
  expect(check.deafSince()).toBeNull();
});

test('one that came before the call does not', async () => {
  const { check, deaf } = open({ comesBack: false });
  await vi.advanceTimersByTimeAsync(100);
  check.heard();
  await vi.advanceTimersByTimeAsync(100);
  check.sent(Date.now());
  await vi.advanceTimersByTimeAsync(30_001);
  expect(deaf).toHaveLength(1);
  expect(check.deafSince()).not.toBeNull();
  check.heard();
  expect(check.deafSince()).toBeNull();
});
