/** Turns: kept in order within a key, not across keys, and passed over where one does not end. */
import { expect, it } from 'vitest';
import { createTurns } from '../../bot/turns.ts';

it('come one after the other within a key; another key waits for nobody', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const taken = ['a 1', 'a 2', 'a 3', 'b 1'].map((name) => ({ name, turn: turns.take(name[0]!) }));
  // Taken up in the wrong order.
  const all = taken.toReversed().map(async ({ name, turn }) => {
    await turn.come;
    order.push(name);
    await Promise.resolve();
    turn.over();
    turn.over();
  });
  await Promise.all(all);
  expect(order.filter((name) => name.startsWith('a'))).toEqual(['a 1', 'a 2', 'a 3']);
  expect(order[0]).toBe('b 1');
});

it('that never end hold up the next only for a while', async () => {
  const turns = createTurns(20);
  turns.take('a');
  const next = turns.take('a');
  const began = performance.now();
  await next.come;
  expect(performance.now() - began).toBeGreaterThanOrEqual(18);
});
