/**
 * Alert cards and the review queue in Slack, with the whole bot behind them: store, queue, alert desk, door. What is
 * pressed counts for who may, is refused and written down for who may not, and shows on the same message.
 */
import { expect, test, vi } from 'vitest';
import { handover } from '../../../bot/alerts/handover.ts';
import { sqlStore } from '../../../bot/store/store.ts';
import type { AuditEntry, Role, Store } from '../../../bot/types.ts';
import { alertOf, openAlertBot, rulesOf } from '../../bot/alerts/fixture.ts';
import { openDatabase } from '../../bot/database.ts';
import { afterwards, temporaryFolder } from '../../bot/fixture.ts';
import { visibleText } from '../../peers/slack/blocks.ts';
import { ANN, adapterFor, BOB, ME, OPS, shown, slackPeer, textOf, told, WAIT } from './app.ts';

/** Named nowhere in ROLES. */
const EVE = 'U0EVE';
const ROLES: Record<string, Role[]> = { 'slack:@S0ENG': ['engineer'], [`slack:${BOB}`]: ['operator'] };

const SPARE = 'C0SPARE';

async function open({ alerts, ...more }: { channelTimeoutMs?: number; alerts?: object } = {}) {
  const peer = await slackPeer();
  peer.workspace.addConversation(SPARE, 'channel');
  peer.workspace.addUser(EVE, 'Eve');
  const dataDir = await temporaryFolder();
  const database = await openDatabase({ dataDir });
  afterwards(() => database.close());
  const store = sqlStore({ database });
  const adapter = adapterFor(peer, { groups: ['S0ENG'] });
  const rules = rulesOf({ routes: [{ to: `slack:${OPS}` }], ...alerts });
  const bot = await openAlertBot({
    ...{ dataDir, rules },
    desk: { audit: (entry) => store.audit(entry) },
    bot: {
      ...more,
      adapters: [adapter],
      config: { roles: ROLES, maxError: 0.05 },
      handover: async (hours) => (await handover({ alerts: bot.store, store, rules }, bot.now(), hours)).text,
    },
  });
  const press = (who: string, action: string) => peer.press(who, peer.posts(OPS)[0]!, action);
  const form = async (who: string, action: string, values: Record<string, string>) => {
    const before = peer.workspace.views.length;
    await press(who, action);
    await vi.waitFor(() => expect(peer.workspace.views.length).toBe(before + 1), WAIT);
    return peer.submit(who, values);
  };
  const card = (words: RegExp) =>
    vi.waitFor(() => {
      expect(textOf(peer.posts(OPS)[0]!)).toMatch(words);
      return peer.posts(OPS)[0]!;
    }, WAIT);
  return { ...bot, peer, store, press, form, card };
}

async function audited(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of store.export('audit')) {
    const { who, what, allowed } = entry as AuditEntry;
    lines.push(`${who.id} ${what} ${allowed ? 'done' : 'refused'}`);
  }
  return lines;
}

test('an alert card: acknowledged, taken, shelved with a reason, explained, called wrong; one message all the while', async () => {
  const { peer, tell, pass, press, form, card, store } = await open();
  await tell(alertOf({ value: '9.8 mm/s' }));
  const first = await card(/P-101.*vibration high/s);
  expect(first.thread_ts).toBeUndefined();
  pass(3000);
  await card(/Probable:/);

  await press(BOB, 'alert.acknowledge');
  await told(peer, /Acknowledged: P-101/);
  await card(/acknowledged by bob/i);
  await press(BOB, 'alert.assign');
  await told(peer, /has it: P-101/);
  await card(/taken by bob/i);

  await press(BOB, 'alert.explain');
  await told(peer, /explanation comes in the thread/);
  await vi.waitFor(() => {
    const beneath = peer.posts(OPS).filter(({ thread_ts }) => thread_ts === first.ts);
    expect(beneath.map(textOf).join('\n')).toMatch(/Explain/);
  }, WAIT);

  // A wrong diagnosis is a flag on the question behind it.
  await form(BOB, 'alert.wrong', { reason: 'it is the coupling' });
  await told(peer, /Flagged the/);
  await vi.waitFor(async () => expect((await store.counts()).flags).toBe(1), WAIT);

  // Eight hours take an engineer; said in the form, which stays open with what was typed.
  expect(JSON.stringify(await form(BOB, 'alert.shelve', { minutes: '480', reason: 'sensor change' }))).toMatch(
    /ask an engineer for 8 h/,
  );
  expect(await form(BOB, 'alert.shelve', { minutes: '15', reason: ' ' })).toMatchObject({ response_action: 'errors' });
  await form(ANN, 'alert.shelve', { minutes: '480', reason: 'sensor change' });
  await told(peer, /Shelved for 8 h: P-101/);
  await card(/Shelved until .* by ann: sensor change/i);
  await press(ANN, 'alert.unshelve');
  await told(peer, /Taken off the shelf/);
  expect((await card(/P-101/)).ts).toBe(first.ts);
  expect(await audited(store)).toEqual(
    expect.arrayContaining([
      `slack:${BOB} alert acknowledge done`,
      `slack:${BOB} alert shelve refused`,
      `slack:${ANN} alert shelve done`,
      `slack:${BOB} alert wrong done`,
    ]),
  );
  expect(peer.figures.rateLimitViolations).toBe(0);
});

test('a card whose post took long, or whose answer was lost, is posted once', async () => {
  const { peer, tell, pass, card, press } = await open({ channelTimeoutMs: 50 });
  peer.faults.push({ method: 'chat.postMessage', times: 1, with: { status: 429, retryAfter: 1 } });
  peer.faults.push({ method: 'chat.postMessage', times: 1, with: 'lost answer' });
  await tell(alertOf());
  // The desk has lost patience and asks again and again; Slack has it already.
  for (const end = Date.now() + 3000; Date.now() < end; ) {
    pass(5000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await card(/P-101/);
  expect(peer.posts(OPS).filter(({ thread_ts }) => thread_ts === undefined)).toHaveLength(1);
  await press(BOB, 'alert.acknowledge');
  await vi.waitFor(() => {
    pass(5000);
    expect(textOf(peer.posts(OPS)[0]!)).toMatch(/acknowledged by bob/i);
  }, WAIT);
});

test('a card that was deleted under us is posted anew, once, and edited there', async () => {
  const { peer, tell, pass, settled, card, press } = await open();
  await tell(alertOf());
  const first = await card(/P-101/);
  peer.workspace.find(OPS, first.ts)!.deleted = true;
  const tops = () => peer.posts(OPS).filter(({ thread_ts }) => thread_ts === undefined);
  // Its diagnosis is no reason.
  pass(3000);
  const edits = () => peer.calls.filter(({ method, args }) => method === 'chat.update' && args.ts === first.ts);
  await vi.waitFor(() => expect(edits().length).toBeGreaterThan(0), WAIT);
  await settled();
  expect(tops()).toEqual([]);
  await tell(alertOf({ condition: 'temperature high' }));
  await vi.waitFor(() => {
    pass(5000);
    expect(tops().map(textOf).join('\n')).toMatch(/temperature high/);
  }, WAIT);
  const again = tops()[0]!;
  expect(again.ts).not.toBe(first.ts);
  await press(BOB, 'alert.acknowledge');
  await vi.waitFor(() => {
    pass(5000);
    expect(textOf(again)).toMatch(/acknowledged by bob/i);
  }, WAIT);
  expect(tops()).toHaveLength(1);
});

test('a channel that is archived gets no more tries than a few, and its cards go to the fallback', async () => {
  const { peer, tell, pass, card, bot } = await open({ alerts: { fallback: `slack:${SPARE}` } });
  await tell(alertOf());
  await card(/P-101/);
  const before = peer.calls.length;
  peer.workspace.conversations.get(OPS)!.archived = true;
  await tell(alertOf({ condition: 'temperature high' }), alertOf({ tag: 'P-102' }));
  const spare = () => peer.posts(SPARE).filter(({ thread_ts }) => thread_ts === undefined);
  await vi.waitFor(() => {
    pass(5000);
    const words = spare().map(textOf).join('\n');
    expect(words).toMatch(/P-101.*temperature high/s);
    expect(words).toMatch(/P-102/);
  }, WAIT);
  expect(spare()).toHaveLength(2);
  const writes = ['chat.postMessage', 'chat.update'];
  const tries = peer.calls.slice(before).filter(({ method, args }) => writes.includes(method) && args.channel === OPS);
  expect(tries.filter(({ args }) => !args.thread_ts).length).toBeLessThanOrEqual(2);
  expect((await bot.status()).problems.join('\n')).toMatch(/slack:C0OPS.*is_archived.*unarchive/);
  const [moved] = spare().filter((post) => /P-101/.test(textOf(post)));
  await peer.press(BOB, moved!, 'alert.acknowledge');
  await vi.waitFor(() => {
    pass(5000);
    expect(textOf(moved!)).toMatch(/acknowledged by bob/i);
  }, WAIT);
});

test('who has no role changes nothing on an alert, opens no form, and it is written down', async () => {
  const { peer, tell, pass, press, card, store } = await open();
  await tell(alertOf());
  await card(/P-101/);
  pass(3000);
  await card(/Probable: .*70 %/);
  const before = JSON.stringify(peer.posts(OPS)[0]!.blocks);
  for (const kind of ['acknowledge', 'assign', 'explain', 'shelve', 'wrong']) {
    const heard = peer.told().length;
    await press(EVE, `alert.${kind}`);
    await vi.waitFor(() => expect(peer.told().slice(heard).join('\n')).toMatch(/no role here yet/), WAIT);
  }
  expect(peer.workspace.views).toEqual([]);
  expect(JSON.stringify(peer.posts(OPS)[0]!.blocks)).toBe(before);
  expect(await audited(store)).toEqual(
    ['acknowledge', 'assign', 'explain', 'shelve', 'wrong'].map((kind) => `slack:${EVE} alert ${kind} refused`),
  );
});

test('the review queue on App Home: decided, taken back, put right; for engineers only', async () => {
  const { peer, form, store } = await open();
  const home = (who: string) => visibleText(peer.workspace.homes.get(who)?.blocks);
  const reads = (who: string, words: RegExp) => vi.waitFor(() => expect(home(who)).toMatch(words), WAIT);
  peer.say(BOB, OPS, `${ME} P-101 shakes`);
  const post = await shown(peer, /echo: P-101 shakes/);
  await form(BOB, 'flag', { reason: 'wrong machine' });
  await shown(peer, /Flagged by/);

  await peer.openHome(BOB, 'home');
  await reads(BOB, /Your questions/);
  expect(home(BOB)).not.toMatch(/To review/);
  await peer.openHome(ANN, 'home');
  await reads(ANN, /To review \(1\).*wrong machine.*It was wrong.*It was right/s);

  const direct = () => peer.posts(`D${ANN.slice(1)}`).length;
  const messages = direct();
  await peer.press(ANN, 'home', 'review.reject');
  await reads(ANN, /Rejected: “P-101 shakes”.*To review \(0\)/s);
  await peer.press(ANN, 'home', 'review.undo');
  await reads(ANN, /Waits for a review again.*To review \(1\)/s);
  await peer.press(ANN, 'home', 'review.accept');
  await reads(ANN, /Accepted: “P-101 shakes”.*To review \(0\)/s);
  await peer.press(ANN, 'home', 'review.undo');
  await reads(ANN, /To review \(1\)/);

  // Put right from the page: the card in the channel says so, and the page what came of it.
  const before = peer.workspace.views.length;
  await peer.press(ANN, 'home', 'correct');
  await vi.waitFor(() => expect(peer.workspace.views.length).toBe(before + 1), WAIT);
  await peer.submit(ANN, { answer: 'misalignment', rationale: 'seen' });
  await reads(ANN, /Corrected the answer.*To review \(0\)/s);
  await vi.waitFor(() => expect(textOf(post)).toMatch(/Corrected by ann/i), WAIT);
  expect(direct()).toBe(messages);

  // A button of a page that was open when the role was taken away.
  const item = 'answer/whatever';
  await peer.press(BOB, 'home', 'review.accept', { value: item }).catch(() => undefined);
  expect((await audited(store)).filter((line) => line.includes('review'))).toEqual(
    ['reject', 'undo', 'accept', 'undo'].map((what) => `slack:${ANN} review ${what} done`),
  );
});

test('/rounds handover is for all to read; status, flags, review and help for one’s own eyes', async () => {
  const { peer, tell, card } = await open();
  await tell(alertOf());
  await card(/P-101/);
  peer.say(BOB, OPS, `${ME} P-101 shakes`);
  await shown(peer, /echo: P-101 shakes/);
  const own = peer.posts(OPS).at(-1)!;
  await peer.press(BOB, own, 'flag');
  await vi.waitFor(() => expect(peer.workspace.views).toHaveLength(1), WAIT);
  await peer.submit(BOB, { reason: 'wrong machine' });
  await told(peer, /Flagged the answer/);

  const before = peer.posts(OPS).length;
  const text = async (who: string, words: string) => {
    const answer = await peer.slash(who, OPS, words);
    return `${answer?.text ?? ''}\n${visibleText(answer?.blocks)}`;
  };
  expect(await text(BOB, 'status')).toMatch(/Teachers: knowledge/);
  expect(await text(ANN, 'flags')).toMatch(/P-101 shakes[\s\S]*wrong machine/);
  expect(await text(BOB, 'flags')).toMatch(/P-101 shakes/);
  expect(await text(ANN, 'review')).toMatch(/1 to review.*Home tab/);
  expect(await text(BOB, 'review')).toMatch(/Only engineers review/);
  expect(await text(BOB, 'help')).toMatch(/\/rounds handover/);
  expect(await text(EVE, 'status')).toMatch(/no role here yet/);
  expect(await text(EVE, 'handover')).toMatch(/no role here yet/);
  expect(peer.posts(OPS)).toHaveLength(before);
  await peer.slash(BOB, OPS, 'handover');
  await vi.waitFor(() => expect(peer.posts(OPS)).toHaveLength(before + 1), WAIT);
  const said = await shown(peer, /vibration high/);
  expect(said.thread_ts).toBeUndefined();
  await peer.slash(BOB, OPS, 'handover 12h');
  await vi.waitFor(() => expect(peer.posts(OPS)).toHaveLength(before + 2), WAIT);
});
