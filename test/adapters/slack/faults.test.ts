/** What goes wrong between Slack and the bot, one by one: nothing asked is lost, nothing answered twice, all of it told. */
import { describe, expect, test, vi } from 'vitest';
import type { BotOptions } from '../../../bot/bot.ts';
import type { Answerer } from '../../../bot/types.ts';
import { answerOf, openBot } from '../../bot/desk.ts';
import { afterwards, temporaryFolder } from '../../bot/fixture.ts';
import { TOKENS } from '../../peers/slack/peer.ts';
import { memoryDoor } from '../door.ts';
import { ANN, adapterFor, BOB, connect, ME, OPS, shown, slackPeer, textOf, told, WAIT } from './app.ts';

const ROLES = { 'slack:@S0ENG': ['engineer' as const], 'slack:*': ['operator' as const] };

/** The bot with an answerer that waits to be let go. */
async function heldBot(
  options: Parameters<typeof adapterFor>[1] = {},
  more: { dataDir?: string; peer?: Awaited<ReturnType<typeof slackPeer>>; bot?: Partial<BotOptions> } = {},
) {
  const peer = more.peer ?? (await slackPeer());
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let calls = 0;
  const answerer: Answerer = {
    async answer(question, { onStage }) {
      calls += 1;
      onStage?.('thinking', 'so far');
      await held;
      onStage?.('judging', 'so far, and more');
      return answerOf(question);
    },
  };
  const adapter = adapterFor(peer, { groups: ['S0ENG'], ...options });
  const opened = await openBot(
    { answerer, adapters: [adapter], config: { roles: ROLES, maxError: 0.05 }, updateEveryMs: 10, ...more.bot },
    more.dataDir,
  );
  await opened.bot.start();
  return { ...opened, adapter, peer, release: () => release(), calls: () => calls };
}

const ANSWER = /echo: .*one/s;

describe('deliveries', () => {
  test('twice, at once and later, and again while the first is in work: one question, one reply', async () => {
    const { peer, store, release, calls } = await heldBot();
    const { bodies } = peer.say(BOB, OPS, `${ME} one`);
    await Promise.all(bodies.map((body) => peer.bring(body)));
    await shown(peer, /Thinking/);
    for (const body of bodies) expect(await peer.bring(body)).toBe(true);
    release();
    await shown(peer, ANSWER);
    for (const body of bodies) await peer.bring(body);
    expect((await store.counts()).exchanges).toBe(1);
    expect(peer.posts()).toHaveLength(1);
    expect(calls()).toBe(1);
  });

  test('are acknowledged only when stored; Slack brings again what was not', async () => {
    const peer = await slackPeer();
    const door = memoryDoor(async ({ text }) => answerOf({ text }));
    const handle = door.handle.bind(door);
    let broken = 2;
    door.handle = async (message) => {
      if (broken-- > 0) throw new Error('the disk is full');
      return handle(message);
    };
    await connect(peer, door);
    const { events } = peer.say(BOB, OPS, `${ME} one`);
    await told(peer, /again/);
    expect(await Promise.all(events)).toEqual([true, true]);
    expect(peer.figures.late).toBeGreaterThan(0);
    await shown(peer, ANSWER);
    expect(door.handled.map(({ text }) => text)).toEqual(['one']);
  });

  test('edits never go back: what comes late of the progress is not shown over the answer', async () => {
    const { peer, release } = await heldBot();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, /Thinking/);
    peer.faults.push({ method: 'chat.update', times: 2, with: { status: 500 } });
    release();
    const post = await shown(peer, ANSWER);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(textOf(post)).toMatch(ANSWER);
    expect(textOf(post)).not.toMatch(/Judging|Thinking/);
  });
});

describe('Slack in trouble', () => {
  test('429 with Retry-After 30 s: not one call of that method before, other methods go on, the newest state then', async () => {
    const { peer, adapter, release } = await heldBot();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, /Thinking/);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], shouldAdvanceTime: true, advanceTimeDelta: 20 });
    afterwards(() => vi.useRealTimers());
    peer.faults.push({ method: 'chat.update', times: 1, with: { status: 429, retryAfter: 30 } });
    release();
    await vi.waitFor(() => expect(peer.figures.rateLimited).toBe(1), WAIT);
    const [refused, before] = [Date.now(), peer.calls.length];
    const updates = () => peer.calls.slice(before).filter(({ method }) => method === 'chat.update');
    peer.say(BOB, OPS, `${ME} two`);
    await vi.waitFor(() => expect(peer.posts()).toHaveLength(2), WAIT);
    await vi.advanceTimersByTimeAsync(32_000);
    await vi.waitFor(() => expect(textOf(peer.posts()[0]!)).toMatch(ANSWER), WAIT);
    expect(updates().length).toBeGreaterThan(0);
    for (const { at } of updates()) expect(at - refused).toBeGreaterThan(29_900);
    expect(peer.posts()).toHaveLength(2);
    expect(adapter.health().ok).toBe(true);
  });

  test('429 with long waits, again and again, and a restart in the midst: a final answer uses up no tries and arrives', async () => {
    const dataDir = await temporaryFolder();
    // The bot loses patience with the channel long before Slack takes an edit again.
    const impatient = { bot: { channelTimeoutMs: 30 }, dataDir };
    const first = await heldBot({}, impatient);
    const { peer } = first;
    peer.say(BOB, OPS, `${ME} one`);
    const post = await shown(peer, /Thinking|Received/);
    const limit = { method: 'chat.update', times: 1000, with: { status: 429, retryAfter: 1 } };
    peer.faults.push(limit);
    first.release();
    await vi.waitFor(() => expect(peer.figures.rateLimited).toBeGreaterThan(2), WAIT);
    const [exchange] = await first.bot.history({ adapter: 'slack', channel: OPS });
    expect(exchange).toMatchObject({ state: 'done', reply: { final: true } });
    expect(await first.store.unshown()).toEqual([]);
    expect(first.errors).toEqual([]);
    await first.bot.stop(0);
    first.database.close();
    const second = await heldBot({}, { ...impatient, peer });
    await vi.waitFor(() => expect(peer.figures.rateLimited).toBeGreaterThan(4), WAIT);
    expect(textOf(post)).not.toMatch(ANSWER);
    peer.faults.splice(peer.faults.indexOf(limit), 1);
    expect((await shown(peer, ANSWER)).ts).toBe(post.ts);
    expect(second.calls()).toBe(0);
    expect(peer.posts()).toHaveLength(1);
  });

  test('500s and lost answers: posted once, answered in the end', async () => {
    const { peer, release } = await heldBot();
    peer.faults.push({ method: 'chat.postMessage', times: 1, with: { status: 502 } });
    peer.faults.push({ method: 'chat.postMessage', times: 1, with: 'lost answer' });
    peer.faults.push({ method: 'chat.update', times: 3, with: { error: 'internal_error' } });
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, /Thinking|Received/);
    release();
    await shown(peer, ANSWER);
    expect(peer.posts()).toHaveLength(1);
  });

  test('a socket closed in mid-answer is opened again; the answer arrives, and so does what was asked meanwhile', async () => {
    const { peer, adapter, release } = await heldBot();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, /Thinking/);
    peer.cutSockets();
    peer.say(BOB, OPS, `${ME} two`);
    release();
    await vi.waitFor(
      () =>
        expect(
          peer
            .posts()
            .map(textOf)
            .filter((text) => /echo:/.test(text)),
        ).toHaveLength(2),
      WAIT,
    );
    expect(peer.sockets.size).toBe(1);
    expect(adapter.health().ok).toBe(true);
    // Slack itself asks for a new socket every few hours.
    peer.refreshSockets();
    await vi.waitFor(() => expect(peer.sockets.size).toBe(1), WAIT);
    peer.say(BOB, OPS, `${ME} three`);
    await shown(peer, /echo: three/);
    expect(peer.posts()).toHaveLength(3);
  });

  test('a half-open socket (no close, no pings) is noticed by its pings and left for a new one', async () => {
    const { peer, adapter, release } = await heldBot({ timing: { pongWithinMs: 300, pingWithinMs: 2000 } });
    release();
    peer.say(BOB, OPS, `${ME} zero`);
    await shown(peer, /echo: zero/);
    const [frozen] = peer.sockets;
    peer.freezeSockets();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, ANSWER);
    // The peer cannot see that its end is dead; the app talks to another.
    await vi.waitFor(() => expect([...peer.sockets].at(-1)).not.toBe(frozen), WAIT);
    expect(peer.posts()).toHaveLength(2);
    await vi.waitFor(() => expect(adapter.health()).toMatchObject({ ok: true }), WAIT);
  });

  test('a deaf socket (pings return, events do not) is found by our own message, renewed, and told until we hear again', async () => {
    const peer = await slackPeer({ retryAfterMs: [] });
    peer.workspace.addConversation('C0HEALTH', 'channel');
    const timing = { checkEveryMs: 300, checkWithinMs: 300 };
    const { adapter, release } = await heldBot({ healthChannel: 'C0HEALTH', timing }, { peer });
    release();
    await vi.waitFor(
      () => expect(adapter.health()).toMatchObject({ ok: true, detail: expect.stringMatching(/own event heard/) }),
      WAIT,
    );
    const [deaf] = peer.sockets;
    peer.deafen(true);
    await vi.waitFor(
      () =>
        expect(adapter.health()).toMatchObject({
          ok: false,
          detail: expect.stringMatching(/events do not arrive since/),
        }),
      WAIT,
    );
    await vi.waitFor(() => expect(peer.sockets.has(deaf!)).toBe(false), WAIT);
    // Asked while it was deaf: read back after the next new socket.
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, ANSWER, OPS);
    peer.deafen(false);
    await vi.waitFor(() => expect(adapter.health()).toMatchObject({ ok: true }), WAIT);
    const kept = peer.workspace.conversations.get('C0HEALTH')!.messages;
    expect(kept).toHaveLength(1);
    expect(kept[0]!.edits).toBeGreaterThan(0);
  });

  test('a revoked token is told with its mend; what waited is sent when it is good again', {
    timeout: 60_000,
  }, async () => {
    const { peer, adapter, release, bot } = await heldBot();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, /Thinking/);
    peer.revoke();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], shouldAdvanceTime: true, advanceTimeDelta: 20 });
    afterwards(() => vi.useRealTimers());
    release();
    await vi.waitFor(
      () =>
        expect(adapter.health()).toEqual({
          ok: false,
          detail: '[slack] token_revoked: reinstall the app and set SLACK_BOT_TOKEN to its new token',
        }),
      WAIT,
    );
    peer.revoke(false);
    await vi.advanceTimersByTimeAsync(61_000);
    await shown(peer, ANSWER);
    await vi.waitFor(() => expect(adapter.health().ok).toBe(true), WAIT);
    expect((await bot.status()).exchanges).toBe(1);
  });

  test('a token refused at the start is one line with the mend', async () => {
    const peer = await slackPeer();
    const door = memoryDoor(async ({ text }) => answerOf({ text }));
    await expect(adapterFor(peer, { botToken: 'xoxb-wrong' }).start(door)).rejects.toThrow(
      /^\[slack\] invalid_auth: .*SLACK_BOT_TOKEN/,
    );
    const swapped = { by: { kind: 'socket' as const, appToken: TOKENS.bot } };
    await expect(adapterFor(peer, swapped).start(door)).rejects.toThrow(/SLACK_APP_TOKEN is of the wrong kind/);
    expect(peer.sockets.size).toBe(0);
  });
});

describe('an outage', () => {
  test('in mid-escalation: after the restart the reply is changed in its place, and what was missed is answered or too late', async () => {
    const dataDir = await temporaryFolder();
    const first = await heldBot({}, { dataDir });
    const { peer } = first;
    peer.say(BOB, OPS, `${ME} one`);
    const post = await shown(peer, /Thinking/);
    await first.bot.stop(0);
    first.database.close();
    // While nobody listens: one just now, one in a thread of ours, one long ago, one not for us.
    const silent = { silent: true };
    peer.say(BOB, OPS, `${ME} missed`, silent);
    peer.say(BOB, OPS, 'and this?', { ...silent, thread_ts: post.thread_ts! });
    const old = peer.workspace.nextTs(Date.now() - 2 * 3_600_000);
    peer.say(BOB, OPS, `${ME} long ago`, { ...silent, ts: old });
    peer.say(BOB, OPS, 'lunch?', silent);
    peer.say(ANN, 'D0ANN', 'in person', silent);
    const second = await heldBot({}, { dataDir, peer });
    second.release();
    await vi.waitFor(() => expect(peer.posts()).toHaveLength(5), WAIT);
    const all = () => peer.posts().map(textOf).join('\n---\n');
    for (const words of [/echo: one/, /echo: missed/, /echo: and this/, /echo: in person/, /too late to answer it/]) {
      await vi.waitFor(() => expect(all()).toMatch(words), WAIT);
    }
    expect(textOf(peer.workspace.find(OPS, post.ts)!)).toMatch(/echo: one/);
    expect(peer.posts().find(({ thread_ts }) => thread_ts === old)).toBeDefined();
    expect((await second.store.counts()).exchanges).toBe(5);
  });
});

describe('after a restart', () => {
  test('a file that was answered long ago is left alone, and who was turned away is not told again', async () => {
    const dataDir = await temporaryFolder();
    const first = await heldBot(
      {},
      { dataDir, bot: { config: { roles: { [`slack:${BOB}`]: ['operator'] }, maxError: 0.05 } } },
    );
    const { peer } = first;
    const long = 2 * 3_600_000;
    const at = (back: number) => ({ ts: peer.workspace.nextTs(Date.now() - back) });
    peer.say(BOB, OPS, ME, { files: [{ name: 'trend.csv', mimetype: 'text/csv' }], ...at(long) });
    await shown(peer, /“trend\.csv”: I do not read tables/);
    peer.say(ANN, OPS, `${ME} one`, at(long + 1000));
    await told(peer, /no role here yet/);
    await first.bot.stop(0);
    first.database.close();
    const read = () => peer.calls.filter(({ method }) => method === 'conversations.replies').length;
    const [before, heard] = [read(), peer.told().length];
    const second = await heldBot(
      {},
      { dataDir, peer, bot: { config: { roles: { [`slack:${BOB}`]: ['operator'] }, maxError: 0.05 } } },
    );
    await vi.waitFor(() => expect(read()).toBeGreaterThan(before), WAIT);
    // What is read after it is answered: then all before was looked at.
    second.release();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, ANSWER);
    expect(peer.posts()).toHaveLength(2);
    expect(peer.told().length).toBe(heard);
  });
});

describe('things gone under us', () => {
  test('the message deleted while we work: the answer is posted anew', async () => {
    const { peer, release } = await heldBot();
    peer.say(BOB, OPS, `${ME} one`);
    const post = await shown(peer, /Thinking/);
    peer.workspace.find(OPS, post.ts)!.deleted = true;
    release();
    const again = await shown(peer, ANSWER);
    expect(again.ts).not.toBe(post.ts);
    expect(again.thread_ts).toBe(post.thread_ts);
  });

  test('the channel archived, the question deleted, the bot thrown out: the answer comes in person, with the reason', async () => {
    const { peer, release } = await heldBot();
    peer.say(BOB, OPS, `${ME} one`);
    await shown(peer, /Thinking/);
    peer.workspace.conversations.get(OPS)!.archived = true;
    release();
    const direct = await shown(peer, ANSWER, 'D0BOB');
    expect(textOf(direct)).toMatch(/could not answer where you asked \(is_archived\)/);
    peer.workspace.addConversation('C0OUT', 'channel', { botIn: false });
    await peer.slash(ANN, 'C0OUT', 'one more');
    expect(textOf(await shown(peer, /echo: one more/, 'D0ANN'))).toMatch(/not_in_channel/);
  });

  test('a trigger that has expired: the person is told to press again', async () => {
    const { peer, release } = await heldBot();
    release();
    peer.say(BOB, OPS, `${ME} one`);
    const post = await shown(peer, ANSWER);
    await peer.press(BOB, post, 'flag', { triggerAgeMs: 5000 });
    await told(peer, /did not open in time: press the button once more/);
    expect(peer.workspace.views).toEqual([]);
  });

  test('the same form sent twice, the same press delivered twice: one deed', async () => {
    const { peer, release, store } = await heldBot();
    release();
    peer.say(BOB, OPS, `${ME} one`);
    const post = await shown(peer, ANSWER);
    await peer.press(BOB, post, 'flag');
    await vi.waitFor(() => expect(peer.workspace.views).toHaveLength(1), WAIT);
    for (let i = 0; i < 2; i++) await peer.submit(BOB, { reason: 'wrong' });
    expect((await store.counts()).flags).toBe(1);
    for (let i = 0; i < 2; i++)
      await peer.press(BOB, post, 'rate', {
        value: `up ${(await store.byPost('slack', post.ts))!.id}`,
        actionTs: '1.1',
      });
    await vi.waitFor(async () => expect((await store.byPost('slack', post.ts))!.ratings).toHaveLength(1), WAIT);
  });
});
