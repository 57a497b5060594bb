/**
 * Alert cards and the review queue in Discord, with the whole bot behind them: store, queue, alert desk, door. What is
 * pressed counts for who may, is refused and written down for who may not, and shows on the same message.
 */
import { expect, it, vi } from 'vitest';
import { handover } from '../../../bot/alerts/handover.ts';
import { sqlStore } from '../../../bot/store/store.ts';
import type { AuditEntry, Store } from '../../../bot/types.ts';
import { alertOf, openAlertBot, rulesOf } from '../../bot/alerts/fixture.ts';
import { openDatabase } from '../../bot/database.ts';
import { afterwards, temporaryFolder } from '../../bot/fixture.ts';
import type { PeerMessage } from '../../peers/discord/peer.ts';
import { type Connected, discordPlant, textOf, WAIT } from './connect.ts';
import { answered, answerTo, fill } from './people.ts';

/** `former`: another bot on the same Discord and data. */
async function open(former?: { plant: Connected; dataDir: string; spare: string; now(): Date }) {
  const plant = former?.plant ?? (await discordPlant());
  const { peer, channel, ann, engineers } = plant;
  const dataDir = former?.dataDir ?? (await temporaryFolder());
  const database = await openDatabase({ dataDir });
  afterwards(() => database.close());
  const store = sqlStore({ database });
  const spare = former?.spare ?? peer.channel('spare').id;
  const rules = rulesOf({ routes: [{ to: `discord:${channel}` }], fallback: `discord:${spare}` });
  const bot = await openAlertBot({
    ...{ dataDir, rules },
    ...(former ? { startAt: former.now().getTime() } : {}),
    desk: { audit: (entry) => store.audit(entry) },
    bot: {
      adapters: [plant.adapter()],
      config: {
        roles: { [`discord:${ann.id}`]: ['operator'], [`discord:&${engineers}`]: ['engineer'] },
        maxError: 0.05,
      },
      handover: async (hours) => (await handover({ alerts: bot.store, store, rules }, bot.now(), hours)).text,
    },
  });
  /** The oldest post in the channel: the alert's card, where there is one. */
  const card = (words: RegExp): Promise<PeerMessage> =>
    vi.waitFor(() => {
      const [first] = peer.replies(channel);
      expect(first && textOf(first)).toMatch(words);
      return first!;
    }, WAIT);
  const press = async (who: typeof ann, action: string) =>
    textOf(await answerTo(peer.press(peer.replies(channel)[0]!, who, action)));
  return { ...bot, ...plant, plant, spare, store, card, press, eve: peer.person('Eve') };
}

async function audited(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of store.export('audit')) {
    const { who, what, allowed } = entry as AuditEntry;
    lines.push(`${who.name} ${what} ${allowed ? 'done' : 'refused'}`);
  }
  return lines;
}

it('an alert card: acknowledged, taken, shelved with a reason, explained, called wrong; one message all the while', async () => {
  const { peer, channel, ann, eng, tell, pass, card, press, store } = await open();
  await tell(alertOf({ value: '9.8 mm/s' }));
  const first = await card(/P-101/);
  pass(3000);
  await card(/Probable/);
  expect(await press(ann, 'alert.acknowledge')).toMatch(/Acknowledged: P-101/);
  await card(/acknowledged by Ann/);
  expect(await press(ann, 'alert.assign')).toMatch(/Ann has it/);
  expect(await press(ann, 'alert.explain')).toMatch(/explanation comes in the thread/);
  await vi.waitFor(() => expect(peer.replies(first.id).map(textOf).join('\n')).toMatch(/Explain/), WAIT);
  const wrong = await fill(peer, await card(/P-101/), ann, 'alert.wrong', { reason: 'it is the coupling' });
  expect(wrong).toMatch(/Flagged/);
  await vi.waitFor(async () => expect((await store.counts()).flags).toBe(1), WAIT);
  const shelve = async (who: typeof ann, minutes: string) =>
    fill(peer, await card(/P-101/), who, 'alert.shelve', { minutes, reason: 'sensor change' });
  expect(await shelve(ann, '480')).toMatch(/ask an engineer for 8 h/);
  expect(await shelve(eng, '480')).toMatch(/Shelved for 8 h/);
  await card(/Shelved until .* by Eng: sensor change/);
  expect(await press(eng, 'alert.unshelve')).toMatch(/Taken off the shelf/);
  expect((await card(/P-101/)).id).toBe(first.id);
  expect(await audited(store)).toEqual(
    expect.arrayContaining(['Ann alert acknowledge done', 'Ann alert shelve refused', 'Eng alert shelve done']),
  );
  expect(peer.replies(channel).filter(({ ephemeralTo }) => !ephemeralTo)).toHaveLength(1);
  expect(peer.violations()).toEqual([]);
});

it('a card that was deleted under us is posted anew, once, and edited there', async () => {
  const { peer, channel, ann, tell, pass, card, press } = await open();
  await tell(alertOf());
  const first = await card(/P-101/);
  const list = peer.world.messages.get(channel)!;
  list.splice(list.indexOf(first), 1);
  await tell(alertOf({ condition: 'temperature high' }));
  const tops = () => peer.replies(channel).filter(({ ephemeralTo }) => !ephemeralTo);
  await vi.waitFor(() => {
    pass(5000);
    expect(tops().map(textOf).join('\n')).toMatch(/temperature high/);
  }, WAIT);
  const again = tops()[0]!;
  expect(again.id).not.toBe(first.id);
  expect(await press(ann, 'alert.acknowledge')).toMatch(/Acknowledged/);
  await vi.waitFor(() => {
    pass(5000);
    expect(textOf(tops()[0]!)).toMatch(/acknowledged by Ann/);
  }, WAIT);
  expect(tops()).toHaveLength(1);
});

it('a card that was deleted stays so over a restart until an alarm is new, is then posted once, and edited there by the next process', async () => {
  const first = await open();
  const { peer, channel } = first;
  const tops = () => peer.replies(channel).map(textOf);
  const told = async (bot: typeof first, condition: string) => {
    await bot.tell(alertOf({ condition }));
    await vi.waitFor(() => {
      bot.pass(5000);
      expect(tops().join('\n')).toMatch(condition);
    }, WAIT);
    await bot.settled();
  };
  await told(first, 'vibration high');
  peer.remove(peer.replies(channel)[0]!);
  await first.bot.stop(500);
  const second = await open(first);
  second.pass(60_000);
  await second.settled();
  expect(tops()).toEqual([]);
  await told(second, 'temperature high');
  expect(tops()).toHaveLength(1);
  await second.bot.stop(500);
  const third = await open(second);
  await told(third, 'flow low');
  expect(tops()).toHaveLength(1);
  // A new process does not know yet how much of a rate is left.
  expect(peer.violations().filter((one) => !one.startsWith('rate limit'))).toEqual([]);
});

it.each([
  ['deleted', 'removeChannel', /10003|Unknown Channel/],
  ['closed to the bot', 'forbid', /50001|Missing Access/],
] as const)('a channel that is %s gets no more tries than a few, and its cards go to the fallback', async (...how) => {
  const [, close, reason] = how;
  const { peer, channel, spare, ann, tell, pass, card, bot } = await open();
  await tell(alertOf());
  await card(/P-101/);
  peer[close](channel);
  await tell(alertOf({ condition: 'temperature high' }), alertOf({ tag: 'P-102' }));
  await vi.waitFor(() => {
    pass(5000);
    const words = peer.replies(spare).map(textOf).join('\n');
    expect(words).toMatch(/P-101[\s\S]*temperature high/);
    expect(words).toMatch(/P-102/);
  }, WAIT);
  expect(peer.replies(spare)).toHaveLength(2);
  const problems = (await bot.status()).problems.join('\n');
  expect(problems).toContain(`discord:${channel}`);
  expect(problems).toMatch(reason);
  const moved = peer.replies(spare).find((post) => /P-101/.test(textOf(post)))!;
  expect(textOf(await answerTo(peer.press(moved, ann, 'alert.acknowledge')))).toMatch(/Acknowledged/);
  await vi.waitFor(() => {
    pass(5000);
    expect(textOf(moved)).toMatch(/acknowledged by Ann/);
  }, WAIT);
  expect(peer.violations()).toEqual([]);
});

it('who has no role changes nothing on an alert, opens no form, and it is written down', async () => {
  const { peer, eve, tell, pass, card, press, store } = await open();
  await tell(alertOf());
  await card(/P-101/);
  pass(3000);
  const before = textOf(await card(/Probable\n.*70 %/));
  const kinds = ['acknowledge', 'assign', 'explain', 'shelve', 'wrong'];
  for (const kind of kinds) expect(await press(eve, `alert.${kind}`)).toMatch(/no role here yet/);
  expect(textOf(await card(/P-101/))).toBe(before);
  expect(await audited(store)).toEqual(kinds.map((kind) => `Eve alert ${kind} refused`));
  expect(peer.violations()).toEqual([]);
});

it('/rounds review: one matter at a time, decided, taken back, put right; to engineers alone', async () => {
  const { peer, channel, ann, eng, store, bot } = await open();
  for (const [i, question] of ['P-101 shakes', 'K-201 is hot @everyone'].entries()) {
    peer.slash(channel, ann, 'ask', { question });
    const post = await answered(peer, channel, i + 1, new RegExp(`echo: ${question.split(' @')[0]}`));
    expect(await fill(peer, post, ann, 'flag', { reason: `wrong machine ${i}` })).toMatch(/Flagged/);
  }
  expect(textOf(await answerTo(peer.slash(channel, ann, 'review')))).toMatch(/Only engineers review/);

  const list = await answerTo(peer.slash(channel, eng, 'review'));
  expect(list.ephemeralTo).toBe(eng.id);
  const reads = (words: RegExp) => vi.waitFor(() => expect(textOf(list)).toMatch(words), WAIT);
  await reads(/1 of 2 matters to review[\s\S]*P-101 shakes[\s\S]*wrong machine 0/);
  peer.press(list, eng, 'review.next');
  await reads(/2 of 2 matters[\s\S]*K-201 is hot/);
  expect(JSON.stringify(list.embeds)).not.toContain('@everyone');
  peer.press(list, eng, 'review.next');
  await reads(/1 of 2 matters/);
  peer.press(list, eng, 'review.reject');
  await reads(/Rejected: “P-101 shakes”[\s\S]*1 of 1 matter[\s\S]*K-201/);
  peer.press(list, eng, 'review.undo');
  await reads(/Waits for a review again[\s\S]*1 of 2 matters/);
  peer.press(list, eng, 'review.accept');
  await reads(/Accepted: “P-101 shakes”[\s\S]*1 of 1 matter/);

  // Put right: a correction like any other.
  expect(await fill(peer, list, eng, 'correct', { answer: 'fouled cooler', rationale: 'seen' })).toMatch(/Corrected/);
  await vi.waitFor(async () => expect(await store.corrections(0)).toMatchObject([{ answer: 'fouled cooler' }]), WAIT);
  expect(textOf(await answerTo(peer.slash(channel, eng, 'review')))).toMatch(/Nothing waits/);

  // The role was taken away while the list was open.
  peer.world.members.get(eng.id)!.roles = [];
  peer.press(list, eng, 'review.reject');
  await reads(/no role here yet|Only engineers review/);
  const reviews = (await audited(store)).filter((line) => line.includes('review'));
  expect(reviews).toEqual([
    ...['reject', 'undo', 'accept'].map((what) => `Eng review ${what} done`),
    'Eng review refused',
  ]);
  expect((await bot.history({ adapter: 'discord', channel })).length).toBe(2);
  expect(peer.violations()).toEqual([]);
});

it('/rounds handover, status and help answer the channel, flags the one who asks', async () => {
  const { peer, channel, ann, eve, tell, card } = await open();
  await tell(alertOf());
  await card(/vibration high/);
  const before = peer.replies(channel).length;
  const read = async (command: string, words: RegExp, values: Record<string, number> = {}) => {
    const used = peer.slash(channel, ann, command, values);
    await vi.waitFor(() => expect(used.original && textOf(used.original)).toMatch(words), WAIT);
    return used.original!;
  };
  expect((await read('handover', /vibration high/)).ephemeralTo).toBeUndefined();
  await read('handover', /22:00 to 10:00/, { hours: 12 });
  await read('status', /Teachers: knowledge/);
  await read('help', /Ask about a machine/);
  expect((await read('flags', /flagged answers in all/)).ephemeralTo).toBe(ann.id);
  const refused = await answerTo(peer.slash(channel, eve, 'handover'));
  expect([refused.ephemeralTo, refused.content]).toEqual([eve.id, expect.stringMatching(/no role here yet/)]);
  expect(peer.replies(channel).filter(({ ephemeralTo }) => !ephemeralTo)).toHaveLength(before + 4);
  expect(peer.violations()).toEqual([]);
});
