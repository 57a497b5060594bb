/** The queue before a platform, on a clock of the test: order, rates, and nothing lost to trouble. */
import { describe, expect, test } from 'vitest';
import { createBoard } from '../../../adapters/shared/board.ts';
import { createOutbox, type OutboxOptions, UNSENT, type Verdict } from '../../../adapters/shared/outbox.ts';
import type { Exchange, Reply } from '../../../bot/types.ts';

class Trouble extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict.kind);
    this.verdict = verdict;
  }
}

/** Time moves only by `pass`, which lets promises settle at each timer. */
function testClock() {
  let now = 0;
  const timers = new Set<{ at: number; then: () => void }>();
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    clock: () => now,
    timer(ms: number, then: () => void) {
      const one = { at: now + ms, then };
      timers.add(one);
      return () => timers.delete(one);
    },
    async pass(ms: number) {
      await settle();
      for (const end = now + ms; ; ) {
        const next = [...timers].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) {
          now = end;
          return;
        }
        timers.delete(next);
        now = next.at;
        next.then();
        await settle();
      }
    },
  };
}

function open(options: Partial<OutboxOptions> = {}) {
  const time = testClock();
  const sent: string[] = [];
  const outbox = createOutbox({
    judge: (error) => (error instanceof Trouble ? error.verdict : { kind: 'refused' }),
    ...{ clock: time.clock, timer: time.timer, random: () => 1 },
    ...options,
  });
  /** Sends its name, after failing as told. */
  const put = (
    channel: string,
    key: string,
    more: { name?: string; method?: string; passing?: true; fails?: (Verdict | 'broken')[] } = {},
  ) => {
    const { name = key, fails = [], ...parcel } = more;
    return outbox.put({
      ...{ channel, key, ...parcel },
      async send() {
        const fault = fails.shift();
        if (fault) throw fault === 'broken' ? new Error('broken') : new Trouble(fault);
        sent.push(`${time.clock()} ${name}`);
        return name;
      },
    });
  };
  return { outbox, put, sent, ...time };
}

describe('the outbox', () => {
  test('keeps each channel to its pace, in order, and channels apart', async () => {
    const { put, sent, pass } = open({ everyMs: 1000 });
    for (const key of ['a', 'b', 'c']) void put('one', key);
    void put('two', 'd');
    await pass(5000);
    expect(sent).toEqual(['0 a', '0 d', '1000 b', '2000 c']);
  });

  test('sends the newest state of a thing only, in its first one’s place; all who waited are told', async () => {
    const { put, sent, pass } = open({ everyMs: 1000 });
    void put('c', 'first');
    const told = [
      put('c', 'x', { name: 'x1' }),
      put('c', 'y'),
      put('c', 'x', { name: 'x2' }),
      put('c', 'x', { name: 'x3' }),
    ];
    await pass(3000);
    expect(sent).toEqual(['0 first', '1000 x3', '2000 y']);
    expect(await Promise.all(told)).toEqual(['x3', 'y', 'x3', 'x3']);
  });

  test('sends progress after everything else, and drops it in trouble', async () => {
    const { put, sent, pass } = open({ everyMs: 1000 });
    void put('c', 'a');
    const dropped = put('c', 'p', { passing: true, fails: [{ kind: 'again' }] });
    void put('c', 'q', { passing: true });
    void put('c', 'final');
    await pass(10_000);
    expect(sent).toEqual(['0 a', '1000 final', '3000 q']);
    expect(await dropped).toBeUndefined();
  });

  test('waits as long as a 429 says: that channel, that method, or all of it', async () => {
    const { outbox, put, sent, pass } = open();
    void put('one', 'a', { fails: [{ kind: 'wait', ms: 30_000, scope: 'channel' }] });
    void put('one', 'b');
    void put('two', 'c');
    await pass(29_999);
    expect(sent).toEqual(['0 c']);
    await pass(1);
    expect(sent.slice(1).sort()).toEqual(['30000 a', '30000 b']);
    void put('one', 'd', { method: 'update', fails: [{ kind: 'wait', ms: 5000, scope: 'method' }] });
    await pass(0);
    void put('two', 'e', { method: 'update' });
    void put('two', 'f', { method: 'post' });
    await pass(0);
    expect(sent.slice(3)).toEqual(['30000 f']);
    await pass(5000);
    expect(sent.slice(4).sort()).toEqual(['35000 d', '35000 e']);
    void put('one', 'g', { fails: [{ kind: 'wait', ms: 1000, scope: 'all' }] });
    await pass(0);
    expect(outbox.pausedUntil()).toBe(36_000);
    void put('three', 'h');
    await pass(999);
    expect(sent).toHaveLength(6);
    await pass(1);
    expect(sent.slice(6).sort()).toEqual(['36000 g', '36000 h']);
    expect(outbox.pausedUntil()).toBeNull();
  });

  test('after trouble tries again with growing pauses, and sends what is newest by then', async () => {
    const { put, sent, pass, outbox } = open({ pauseMs: { first: 500, longest: 4000 } });
    const again: Verdict = { kind: 'again' };
    const old = put('c', 'x', { name: 'old', fails: [again, again, again, again, again, again] });
    await pass(500 + 1000 + 2000 + 4000);
    expect(sent).toEqual([]);
    const newer = put('c', 'x', { name: 'new' });
    await pass(4000);
    expect(sent).toEqual(['11500 new']);
    expect(await Promise.all([old, newer])).toEqual(['new', 'new']);
    expect(outbox.waiting()).toBe(0);
  });

  test('tells the sender what is refused, and goes on', async () => {
    const { put, sent, pass } = open();
    const refused = put('c', 'x', { fails: ['broken'] });
    void put('c', 'y');
    await expect(refused).rejects.toThrow('broken');
    await pass(0);
    expect(sent).toEqual(['0 y']);
  });

  test('never exceeds a method’s rate in any minute; what sends nothing uses none of it', async () => {
    const { outbox, put, sent, pass } = open({ perMinute: { update: 3 } });
    for (let i = 0; i < 4; i++) {
      void outbox.put({ channel: `u${i}`, key: 'u', method: 'update', send: async () => UNSENT });
      await pass(1);
    }
    for (let i = 0; i < 8; i++) {
      void put(`c${i}`, 'x', { method: 'update' });
      await pass(1000);
    }
    await pass(200_000);
    const times = sent.map((line) => Number(line.split(' ')[0]));
    expect(times).toHaveLength(8);
    for (const [i, at] of times.entries()) if (i >= 3) expect(at - times[i - 3]!).toBeGreaterThanOrEqual(60_000);
  });

  test('paces a method by itself, progress behind everything, and leaves half of a rate to what must go out', async () => {
    const { put, sent, pass } = open({ pace: { post: 1000 }, passingEveryMs: 400, perMinute: { edit: 4 } });
    void put('c', 'a', { method: 'post' });
    void put('c', 'b', { method: 'post' });
    void put('c', 'e', { method: 'edit' });
    void put('c', 'p', { method: 'edit', passing: true });
    await pass(1500);
    expect(sent).toEqual(['0 a', '0 e', '400 p', '1000 b']);
    void put('c', 'q', { method: 'edit', passing: true });
    void put('c', 'f', { method: 'edit' });
    void put('c', 'g', { method: 'edit' });
    await pass(50_000);
    expect(sent.slice(4)).toEqual(['1500 f', '1500 g']);
  });

  test('closing sends what it can in time and turns the rest away', async () => {
    const { outbox, put, sent, pass } = open({ everyMs: 1000 });
    const all = ['a', 'b', 'c'].map((key) => put('c', key).catch((error: Error) => error.message));
    const closing = outbox.close(1500);
    await pass(5000);
    await closing;
    expect(sent).toEqual(['0 a', '1000 b']);
    expect((await Promise.all(all))[2]).toMatch(/after the next start/);
    await expect(put('c', 'd')).rejects.toThrow(/stopping/);
  });
});

describe('the board', () => {
  const place = { adapter: 't', channel: 'c', thread: '1' };
  const reply = (change: Partial<Reply> = {}): Reply => ({
    exchangeId: 'x',
    final: false,
    stage: 'received',
    ...change,
  });

  function openBoard() {
    const time = testClock();
    const outbox = createOutbox({ judge: () => ({ kind: 'refused' }), everyMs: 1000, ...time });
    const calls: string[] = [];
    let stored: Reply | undefined;
    let moveTo: string | undefined;
    const board = createBoard<string>({
      outbox,
      exchange: async () => (stored ? ({ reply: stored } as Exchange) : undefined),
      render: ({ notice, partial, stage }) => notice ?? partial ?? stage,
      async create(_place, content) {
        calls.push(`post ${content}`);
        return 'p1';
      },
      async edit(_place, postId, content) {
        calls.push(`edit ${postId} ${content}`);
        return moveTo ?? postId;
      },
      methods: { create: 'post', edit: 'edit' },
    });
    return {
      board,
      calls,
      pass: time.pass,
      store(next: Reply) {
        stored = next;
      },
      move(to: string) {
        moveTo = to;
      },
    };
  }

  test('posts a reply once, however often it is asked to, as it is by the time it is sent', async () => {
    const { board, calls, pass, store } = openBoard();
    void board.post({ ...place }, { ...reply(), exchangeId: 'other' });
    const posts = [board.post(place, reply()), board.post(place, reply())];
    store(reply({ final: true, notice: 'done' }));
    await pass(2000);
    expect(await Promise.all([...posts, board.post(place, reply())])).toEqual(['p1', 'p1', 'p1']);
    expect(calls.slice(1)).toEqual(['post done']);
    await board.update(place, 'p1', reply({ final: true, notice: 'done' }));
    expect(calls).toHaveLength(2);
  });

  test('never goes back from a final state, shows changes of it, and follows a post that had to move', async () => {
    const { board, calls, pass, move } = openBoard();
    void board.post(place, reply());
    await pass(1000);
    move('p2');
    const updates = [
      board.update(place, 'p1', reply({ final: true, notice: 'done' })),
      board.update(place, 'p1', reply({ partial: 'late' })),
    ];
    await pass(3000);
    await Promise.all(updates);
    void board.update(place, 'p1', reply({ final: true, notice: 'corrected' }));
    await pass(3000);
    expect(calls).toEqual(['post received', 'edit p1 done', 'edit p2 corrected']);
  });
});
