/** Thumbs: pressed or written, one a person and answer, taken back, audited, and for nobody without a role. */
import { expect, it } from 'vitest';
import type { Action } from '../../bot/types.ts';
import { openBot } from './desk.ts';

const OP = { id: 'memory:op', name: 'Op' };
const thumb = (exchangeId: string, id: string, value: 'up' | 'down', author = OP): Action => ({
  ...{ kind: 'rate', id, exchangeId, author, value },
});

it('keeps the newest thumb of a person, and shows the reply again', async () => {
  const { bot, store, say } = await openBot();
  await bot.start();
  const { id } = await say('P-101 shakes');
  expect(await bot.act(thumb(id, 'r1', 'up'))).toMatchObject({ kind: 'done', id: 'r1' });
  expect(await bot.act(thumb(id, 'r2', 'down'))).toMatchObject({ kind: 'done', notice: expect.stringContaining('👎') });
  const standing = (await bot.exchange(id))!.ratings.filter((one) => !one.withdrawn);
  expect(standing).toMatchObject([{ id: 'r2', value: 'down', author: OP }]);
  const entries: object[] = [];
  for await (const one of store.export('audit')) entries.push(one);
  expect(entries).toMatchObject([
    { what: 'rate', target: id, after: 'up', allowed: true },
    { what: 'rate', target: id, after: 'down', allowed: true },
  ]);
});

it('is written as a message too, and taken back like any mark', async () => {
  const { bot, say } = await openBot();
  await bot.start();
  const asked = await say('P-101 shakes', { author: OP });
  const { thread } = asked.message.place;
  expect((await say('👍🏽', { author: OP, thread })).reply.notice).toContain('👍');
  expect((await say(':-1:', { author: OP, thread })).reply.notice).toContain('👎');
  expect((await bot.exchange(asked.id))!.ratings.map((one) => [one.value, one.withdrawn])).toEqual([
    ['up', true],
    ['down', false],
  ]);
  expect((await say('undo', { author: OP, thread })).reply.notice).toContain('Withdrew the rating');
  expect((await bot.exchange(asked.id))!.ratings.every((one) => one.withdrawn)).toBe(true);
});

it('is refused to who has no role, and where nothing was answered', async () => {
  const { bot, say } = await openBot();
  await bot.start();
  const { id } = await say('P-101 shakes');
  const stranger = { id: 'memory:mallory', name: 'Mallory' };
  expect(await bot.act(thumb(id, 'r1', 'up', stranger))).toMatchObject({ kind: 'denied' });
  expect(await bot.act(thumb('nothing', 'r2', 'up'))).toMatchObject({ kind: 'invalid' });
  expect((await bot.exchange(id))!.ratings).toEqual([]);
});
