/** Alert cards on Discord: posted at the channel's top level, edited in place, acted on by buttons, details in their thread. */
import { expect, it, vi } from 'vitest';
import type { AlarmLine, AlertCard } from '../../../bot/types.ts';
import { answerWith, memoryDoor } from '../door.ts';
import { discordPlant, started, textOf, WAIT } from './connect.ts';
import { answered, answerTo, cards, fill } from './people.ts';

const LINE: AlarmLine = {
  ...{
    id: 'a1',
    tag: 'P-101',
    condition: 'vibration high',
    priority: 'high',
    state: 'unacknowledged',
    value: '9.8 mm/s',
  },
  ...{ text: '@everyone look', since: '2026-11-21T10:00:00.000Z', times: 3, chattering: true, stale: false },
};

function cardWith(change: Partial<AlertCard> = {}): AlertCard {
  return {
    ...{ kind: 'alert', id: 'card-1', form: 'alarms', state: 'open', priority: 'high', area: 'Cooling water', more: 0 },
    title: 'P-101 · vibration high',
    machine: { tag: 'P-101', class: 'pump', description: 'Cooling water pump', owner: 'Mechanical' },
    alarms: [LINE],
    counts: { active: 1, unacknowledged: 1, shelved: 0, total: 1, times: 3 },
    triage: {
      ...{ state: 'answered', answeredBy: 'student', reason: 'vibration shows it', parameters: ['vibration'] },
      faults: [{ fault: 'misalignment', confidence: 0.62 }],
      checks: [{ what: 'axial vibration', tells: 'high in misalignment' }],
    },
    notices: ['chattering: https://evil.test'],
    log: [{ at: '2026-11-21T10:00:00.000Z', text: 'fired' }],
    actions: ['acknowledge', 'shelve', 'assign', 'explain', 'wrong'],
    ...{ openedAt: '2026-11-21T10:00:00.000Z', updatedAt: '2026-11-21T10:01:00.000Z' },
    ...change,
  };
}

async function open() {
  const door = memoryDoor(async () => answerWith({ answer: 'Look at the coupling.' }));
  const plant = await discordPlant();
  const adapter = await started(plant, door);
  const place = { adapter: 'discord', channel: plant.channel, thread: '' };
  return { ...plant, door, adapter, place };
}

it('is one message, edited as things change, harmless whatever the source wrote', async () => {
  const { peer, channel, adapter, place } = await open();
  const postId = await adapter.post(place, cardWith());
  const [card] = await cards(peer, channel, 1, /▲ P-101 · vibration high/);
  expect(postId).toBe(card!.id);
  expect(textOf(card!)).toMatch(/misalignment 62 %[\s\S]*axial vibration: high in misalignment/);
  expect(textOf(card!)).toMatch(/unacknowledged, 9\.8 mm\/s, 3 times, chattering/);
  expect(JSON.stringify(card!.embeds)).not.toMatch(/@everyone|evil\.test/);
  const flood = cardWith({ form: 'flood', areas: [{ area: 'Boiler', active: 7, total: 9 }] });
  await adapter.update(place, postId, flood);
  expect(textOf((await cards(peer, channel, 1, /More alarms than a person can read/))[0]!)).toMatch(/Boiler: 7 of 9/);
  await adapter.update(place, postId, cardWith({ state: 'resolved', actions: [] }));
  expect((await cards(peer, channel, 1, /✔ P-101/))[0]!.components).toEqual([]);
  expect(peer.violations()).toEqual([]);
});

it('stays within the limits however much there is to say', async () => {
  const { peer, channel, adapter, place } = await open();
  const long = 'very *long* '.repeat(400);
  const alarms = Array.from({ length: 10 }, (_, i) => ({
    ...LINE,
    id: `a${i}`,
    tag: long,
    condition: long,
    value: long,
  }));
  const triage = {
    ...cardWith().triage!,
    faults: alarms.map(() => ({ fault: long, confidence: 1 })),
    reason: long,
    checks: alarms.map(() => ({ what: long, tells: long })),
    parameters: alarms.map(() => long),
  };
  await adapter.post(
    place,
    cardWith({
      title: long,
      area: long,
      alarms,
      more: 90,
      triage,
      notices: alarms.map(() => long),
      log: alarms.map(() => ({ at: '2026-11-21T10:00:00.000Z', text: long })),
      actions: ['acknowledge', 'shelve', 'unshelve', 'assign', 'explain', 'wrong'],
    }),
  );
  await cards(peer, channel, 1, /very/);
  expect(peer.violations()).toEqual([]);
});

it('its buttons reach the door with who pressed them; shelving asks how long and why', async () => {
  const { peer, channel, adapter, place, door, ann } = await open();
  door.cards.push(cardWith());
  await adapter.post(place, cardWith());
  const [card] = await cards(peer, channel, 1, /P-101/);
  for (const kind of ['acknowledge', 'assign', 'explain'] as const) {
    expect((await answerTo(peer.press(card!, ann, `alert.${kind}`))).content).toMatch(new RegExp(`${kind}: P-101`));
  }
  expect(await fill(peer, card!, ann, 'alert.shelve', { minutes: '60', reason: 'sensor is being changed' })).toMatch(
    /shelve/,
  );
  expect(await fill(peer, card!, ann, 'alert.wrong', { reason: 'it is the coupling' })).toMatch(/wrong/);
  const author = { id: `discord:${ann.id}`, name: 'Ann' };
  expect(door.pressed).toMatchObject([
    { kind: 'acknowledge', cardId: 'card-1', author },
    { kind: 'assign', to: author },
    { kind: 'explain' },
    { kind: 'shelve', minutes: 60, reason: 'sensor is being changed' },
    { kind: 'wrong', reason: 'it is the coupling' },
  ]);
  expect(new Set(door.pressed.map(({ id }) => id)).size).toBe(5);
  door.roles = [];
  const refused = peer.press(card!, ann, 'alert.shelve');
  expect((await answerTo(refused)).content).toMatch(/no role/);
  expect(refused.modal).toBeUndefined();
  expect(peer.violations()).toEqual([]);
});

it('what is asked about it hangs in its thread, and is edited there', async () => {
  const { peer, channel, adapter, place, door, ann } = await open();
  const postId = await adapter.post(place, cardWith());
  const beneath = { ...place, thread: postId };
  const asked = {
    id: 'triage-1',
    place: beneath,
    author: { id: 'alerts:triage', name: 'Alerts' },
    text: 'What is it?',
    sentAt: '2026-11-21T10:00:00.000Z',
  };
  await door.handle(asked);
  await answered(peer, postId, 1, /Look at the coupling/);
  expect(peer.replies(channel)).toHaveLength(1);
  peer.say(postId, ann, 'and then?');
  await vi.waitFor(() => expect(door.handled.at(-1)).toMatchObject({ text: 'and then?', place: beneath }), WAIT);
  await answered(peer, postId, 2, /Look at the coupling/);
  expect(peer.violations()).toEqual([]);
});
