/** What goes wrong on Discord and on the way to it: nothing is lost, nothing is said twice, and health tells the truth. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Teacher } from '../../../models/teacher/types.ts';
import type { DiscordPeer } from '../../peers/discord/peer.ts';
import { answerWith, memoryDoor, type Work } from '../door.ts';
import { discordBot } from './bot.ts';
import { discordPlant, isCard, started, textOf, WAIT } from './connect.ts';
import { answered, answerTo, cards, line } from './people.ts';

const POST = '/channels/:id/messages';
const EDIT = '/channels/:id/messages/:id';

afterEach(() => {
  vi.useRealTimers();
});

/** A door whose work waits until it is let go. */
function held() {
  let go = () => {};
  const released = new Promise<void>((resolve) => {
    go = resolve;
  });
  const work: Work = async (message, onStage) => {
    await onStage('thinking');
    await released;
    return answerWith({ answer: `You said: ${message.text}` });
  };
  return { door: memoryDoor(work), go };
}

type Gateways = Pick<DiscordPeer, 'gateway'>;

const echo: Work = async (message) => answerWith({ answer: `You said: ${message.text}` });

async function connected(
  work: ReturnType<typeof held> | undefined = undefined,
  more: Parameters<typeof started>[2] = {},
) {
  const door = work?.door ?? memoryDoor(echo);
  const plant = await discordPlant();
  const adapter = await started(plant, door, more);
  return { ...plant, door, adapter, plant };
}

describe('deliveries', () => {
  it('of one message again and again, while it is in work and after, are one question and one reply', async () => {
    const bot = await discordBot({ teacher: teacherOf('Misalignment.', 300) });
    const { peer } = bot;
    const { channel, eng } = bot.plant;
    const asked = peer.say(channel, eng, peer.mention('P-101 shakes, why?'));
    for (let i = 0; i < 3; i++) peer.again(asked);
    await cards(peer, channel, 1, /…/);
    peer.again(asked);
    await answered(peer, channel, 1, /Misalignment/);
    peer.again(asked);
    peer.say(channel, eng, peer.mention('help'));
    await answered(peer, channel, 2, /Ask about a machine/);
    expect((await bot.store.counts()).exchanges).toBe(2);
  });

  it('of interactions again are passed over', async () => {
    const { peer, channel, eng, door } = await connected();
    await answerTo(peer.slash(channel, eng, 'ask', { question: 'one' }));
    const [card] = await cards(peer, channel, 1, /You said: one/);
    const opened = peer.press(card!, eng, 'flag');
    await vi.waitFor(() => expect(opened.modal).toBeDefined(), WAIT);
    await answerTo(peer.submit(opened, eng, { reason: 'twice' }));
    peer.replay();
    peer.say(channel, eng, peer.mention('two'));
    await cards(peer, channel, 2, /You said: two/);
    expect((await door.exchange('x1'))!.flags).toHaveLength(1);
    expect(peer.violations()).toEqual([]);
  });

  it('of edits out of order end in the final one', async () => {
    const { peer, channel, adapter, door, eng } = await connected();
    peer.say(channel, eng, peer.mention('one'));
    const [card] = await cards(peer, channel, 1, /You said: one/);
    const place = door.handled[0]!.place;
    await adapter.update(place, card!.id, { exchangeId: 'x1', final: false, stage: 'thinking', partial: 'late' });
    peer.say(channel, eng, peer.mention('two'));
    await cards(peer, channel, 2, /You said: two/);
    expect(textOf(peer.find(channel, card!.id)!)).toMatch(/You said: one/);
  });
});

describe('a Discord that does not take it', () => {
  it('says 429 for thirty seconds: it waits that long, then shows the newest state only', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const waits: { ms: number; then: () => void }[] = [];
    const timer = (ms: number, then: () => void) => {
      const one = { ms, then };
      waits.push(one);
      return () => waits.splice(waits.indexOf(one), 1);
    };
    const work = held();
    const { peer, channel, eng } = await connected(work, { timer, timing: { progressMs: 0 } });
    peer.say(channel, eng, peer.mention('one'));
    await cards(peer, channel, 1, /Thinking/);
    peer.limit('PATCH', EDIT, 30_000);
    work.go();
    await vi.waitFor(() => expect(waits.map(({ ms }) => ms)).toEqual([expect.closeTo(30_000, -3)]), WAIT);
    const sent = peer.requests.length;
    vi.setSystemTime(Date.now() + waits[0]!.ms + 1);
    waits.splice(0)[0]!.then();
    await cards(peer, channel, 1, /You said: one/);
    expect(peer.requests).toHaveLength(sent + 1);
    expect(peer.rateLimitViolations()).toBe(0);
  });

  it('answers 500 and 502: it is tried again, and posted once', async () => {
    const { peer, channel, eng } = await connected();
    peer.fail('POST', POST, 500);
    peer.fail('POST', POST, 502);
    peer.say(channel, eng, peer.mention('one'));
    await cards(peer, channel, 1, /You said: one/);
    expect(peer.requests.filter(({ method, route }) => method === 'POST' && route === POST)).toHaveLength(3);
  });

  it('posted before a crash that kept its id from the disk: the nonce keeps it one', async () => {
    const { peer, channel, adapter, door, eng, plant } = await connected();
    peer.say(channel, eng, peer.mention('one'));
    const [card] = await cards(peer, channel, 1, /You said: one/);
    await adapter.stop();
    const second = await started(plant, door);
    const first = { exchangeId: 'x1', final: false, stage: 'received' } as const;
    expect(await second.post(door.handled[0]!.place, first)).toBe(card!.id);
    expect(peer.replies(channel)).toHaveLength(1);
  });
});

describe('the connection', () => {
  it('closed in mid-answer is resumed: the answer comes, and what was said meanwhile is heard', async () => {
    const work = held();
    const { peer, channel, eng, adapter } = await connected(work);
    peer.say(channel, eng, peer.mention('one'));
    await cards(peer, channel, 1, /…/);
    peer.gateway.drop(null);
    peer.say(channel, eng, peer.mention('two'));
    work.go();
    await vi.waitFor(() => {
      const texts = peer.replies(channel).map(textOf).join('\n');
      expect(texts).toMatch(/You said: one/);
      expect(texts).toMatch(/You said: two/);
    }, WAIT);
    expect(peer.gateway.resumes).toHaveLength(1);
    expect(peer.gateway.identifies).toHaveLength(1);
    expect(peer.replies(channel)).toHaveLength(2);
    await vi.waitFor(() => expect(adapter.health().ok).toBe(true), WAIT);
  });

  it('whose session is forgotten begins a new one and reads back what it missed', async () => {
    const { peer, channel, eng } = await connected();
    peer.gateway.drop(null, true);
    peer.say(channel, eng, peer.mention('one'));
    await cards(peer, channel, 1, /You said: one/);
    expect(peer.gateway.identifies).toHaveLength(2);
  });

  it.each([
    { how: 'half open', fault: ({ gateway }: Gateways) => gateway.halfOpen() },
    { how: 'deaf', fault: ({ gateway }: Gateways) => Object.assign(gateway, { deaf: true }) },
  ])(
    '$how is found out by its own event, said, and replaced; what was said meanwhile is answered',
    async ({ fault }) => {
      const timing = { selfCheckMs: 150, selfCheckTimeoutMs: 300, retryMs: { first: 300, longest: 600 } };
      const { peer, channel, eng, adapter } = await connected(undefined, { timing });
      expect(adapter.health()).toMatchObject({ ok: true });
      fault(peer);
      peer.say(channel, eng, peer.mention('one'));
      const deaf = { ok: false, detail: expect.stringMatching(/deaf: its own event did not come back/) };
      await vi.waitFor(() => expect(adapter.health()).toMatchObject(deaf), WAIT);
      peer.gateway.deaf = false;
      await cards(peer, channel, 1, /You said: one/);
      await vi.waitFor(() => expect(adapter.health()).toMatchObject({ ok: true }), WAIT);
      expect(adapter.health().detail).toMatch(/reconnected at 2/);
      expect(peer.gateway.identifies.length).toBeGreaterThan(1);
    },
  );

  it('that Discord never opens does not keep the bot from starting, and is made when it can be', async () => {
    const plant = await discordPlant();
    await plant.peer.goAway();
    const door = memoryDoor(echo);
    const adapter = await started(plant, door);
    expect(adapter.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/not reached/) });
    plant.peer.say(plant.channel, plant.eng, plant.peer.mention('one'));
    await plant.peer.comeBack();
    await cards(plant.peer, plant.channel, 1, /You said: one/);
    expect(adapter.health().ok).toBe(true);
  });

  it('that is refused again and again is tried ever more rarely, and is back when it can be', async () => {
    const timing = { overdueMs: 50, retryMs: { first: 100, longest: 10_000 } };
    const { peer, channel, eng, adapter } = await connected(undefined, { timing });
    peer.gateway.down = true;
    peer.gateway.drop(null, true);
    const tried = () => peer.gateway.attempts.slice(1);
    await vi.waitFor(() => expect(tried().length).toBeGreaterThanOrEqual(5), WAIT);
    expect(adapter.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/not reached/) });
    const gaps = tried().map((at, i, all) => at - (all[i - 1] ?? at));
    expect(Math.max(...gaps.slice(-2))).toBeGreaterThan(2 * Math.min(...gaps.slice(1, 3)));
    peer.gateway.down = false;
    peer.say(channel, eng, peer.mention('one'));
    await cards(peer, channel, 1, /You said: one/);
    expect(adapter.health().ok).toBe(true);
  });

  it('whose sessions are forgotten again and again identifies ever more rarely: a thousand a day are allowed', async () => {
    const { peer } = await connected(undefined, {
      timing: { overdueMs: 60_000, retryMs: { first: 700, longest: 5000 } },
    });
    for (let i = 1; i <= 3; i++) {
      await vi.waitFor(() => expect(peer.gateway.identifies).toHaveLength(i), WAIT);
      peer.gateway.drop(null, true);
    }
    await vi.waitFor(() => expect(peer.gateway.identifies).toHaveLength(4), WAIT);
    const [a = 0, b = 0, c = 0, d = 0] = peer.gateway.identifies;
    expect(b - a).toBeGreaterThan(600);
    expect(c - b).toBeGreaterThan(1200);
    expect(d - c).toBeGreaterThan(2400);
  });

  it('works without the message content intent, and says what is missing', async () => {
    const plant = await discordPlant({ messageContent: false });
    const adapter = await started(plant, memoryDoor(echo));
    plant.peer.say(plant.channel, plant.eng, plant.peer.mention('one'));
    await cards(plant.peer, plant.channel, 1, /You said: one/);
    expect(adapter.health()).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/MESSAGE CONTENT INTENT is off/),
    });
  });

  it('whose token is refused at the start says the mend, and nothing runs', async () => {
    const plant = await discordPlant();
    const adapter = plant.adapter({ token: 'wrong' });
    await expect(adapter.start(memoryDoor(echo))).rejects.toThrow(/\[discord\] 401: .*DISCORD_TOKEN/);
  });

  it('whose token is revoked says the mend, and does not hammer', async () => {
    const { peer, adapter, channel, eng } = await connected();
    peer.revoke();
    await vi.waitFor(
      () => expect(adapter.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/DISCORD_TOKEN/) }),
      WAIT,
    );
    const asked = peer.requests.length;
    peer.say(channel, eng, peer.mention('one'));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(peer.requests.length).toBe(asked);
    expect(peer.gateway.sockets).toBe(0);
  });
});

describe('an outage', () => {
  it('what was missed a while ago is answered, what is older is told so, what was answered is left alone', async () => {
    const first = await discordBot({ teacher: teacherOf('Misalignment.') });
    const { peer, plant, dataDir } = first;
    const { channel, eng } = plant;
    const dm = peer.direct(eng).id;
    peer.say(channel, eng, peer.mention('P-101 shakes, why?'));
    peer.say(dm, eng, 'help');
    await answered(peer, channel, 1, /Misalignment/);
    await answered(peer, dm, 1, /Ask about/);
    await first.bot.stop(0);
    first.database.close();
    const at = (minutes: number) => ({ silently: true, at: Date.now() - minutes * 60_000 });
    peer.say(channel, eng, peer.mention('P-101 rattles, why?'), { ...at(200) });
    peer.say(channel, eng, peer.mention('P-101 hums, why?'), { ...at(5) });
    peer.say(channel, eng, 'not for the bot', { ...at(4) });
    peer.say(dm, eng, 'P-101 squeals, why?', { ...at(3) });
    const second = await discordBot({ plant, dataDir, teacher: teacherOf('Looseness.') });
    await vi.waitFor(() => {
      const texts = peer.replies(channel).map(textOf);
      expect(texts).toHaveLength(3);
      expect(texts.filter((text) => /Looseness/.test(text))).toHaveLength(1);
      expect(texts.filter((text) => /I was away when you wrote this/.test(text))).toHaveLength(1);
    }, WAIT);
    await answered(peer, dm, 2, /Looseness/);
    expect((await second.store.counts()).exchanges).toBe(5);
  });
});

describe('in mid-escalation', () => {
  it.each(['mention', 'slash command'])('a restart goes on in the same message (%s)', async (way) => {
    const first = await discordBot({ teacher: never });
    const { peer, plant, dataDir } = first;
    const { channel, eng } = plant;
    const question = 'P-101 shakes, why?';
    if (way === 'mention') peer.say(channel, eng, peer.mention(question));
    else peer.slash(channel, eng, 'ask', { question });
    const [before] = await cards(peer, channel, 1, /…/);
    await vi.waitFor(
      async () => expect((await first.store.history({ adapter: 'discord', channel }))[0]!.postId).toBe(before!.id),
      WAIT,
    );
    await first.bot.stop(0);
    first.database.close();
    await discordBot({ plant, dataDir, teacher: teacherOf('Misalignment.') });
    const after = await answered(peer, channel, 1, /Misalignment/);
    expect(after.id).toBe(before!.id);
  });

  it('an expired interaction token does not matter: the message is edited as any other', async () => {
    const work = held();
    const { peer, channel, eng } = await connected(work);
    const used = peer.slash(channel, eng, 'ask', { question: 'one' });
    const [before] = await cards(peer, channel, 1, /…/);
    peer.expire(used);
    work.go();
    const [after] = await cards(peer, channel, 1, /You said: one/);
    expect(after!.id).toBe(before!.id);
  });

  it('a reply deleted under us is posted anew, once', async () => {
    const work = held();
    const { peer, channel, eng } = await connected(work);
    peer.say(channel, eng, peer.mention('one'));
    const [before] = await cards(peer, channel, 1, /Thinking/);
    peer.remove(before!);
    work.go();
    const [after] = await cards(peer, channel, 1, /You said: one/);
    expect(after!.id).not.toBe(before!.id);
    // What is pressed there is about the same answer; its next state finds it.
    const opened = peer.press(after!, eng, 'flag');
    await vi.waitFor(() => expect(opened.modal).toBeDefined(), WAIT);
    await answerTo(peer.submit(opened, eng, { reason: 'wrong pump' }));
    await cards(peer, channel, 1, /wrong pump/);
  });

  it('a thread archived meanwhile is opened again', async () => {
    const work = held();
    const { peer, channel, eng } = await connected(work);
    const thread = peer.thread(channel, peer.say(channel, eng, 'hm').id).id;
    peer.say(thread, eng, peer.mention('one'));
    await cards(peer, thread, 1, /Thinking/);
    peer.archive(thread);
    work.go();
    await cards(peer, thread, 1, /You said: one/);
  });

  it.each(['locked', 'deleted', 'closed to the bot'])(
    'a place %s meanwhile: the answer goes to the person directly',
    async (how) => {
      const work = held();
      const { peer, channel, eng } = await connected(work);
      const thread = peer.thread(channel, peer.say(channel, eng, 'hm').id).id;
      peer.say(thread, eng, peer.mention('one'));
      await cards(peer, thread, 1, /Thinking/);
      if (how === 'locked') peer.archive(thread, true);
      else if (how === 'deleted') peer.removeChannel(thread);
      else peer.forbid(thread);
      work.go();
      const [direct] = await cards(peer, peer.direct(eng).id, 1, /You said: one/);
      expect(direct!.content).toMatch(/cannot write any more where you asked/);
    },
  );
});

describe('acknowledging', () => {
  it('comes in time though the disk is slow', async () => {
    const { peer, channel, eng, door } = await connected();
    const handle = door.handle;
    door.handle = async (message) => {
      await new Promise((resolve) => setTimeout(resolve, 1900));
      return handle(message);
    };
    const used = peer.slash(channel, eng, 'ask', { question: 'one' });
    await cards(peer, channel, 1, /You said: one/);
    expect(used.acknowledgedMs).toBeLessThan(1850);
    expect(peer.violations()).toEqual([]);
  });

  it('that came too late for Discord still ends in an answer, as a message of its own', async () => {
    const door = memoryDoor(echo);
    const plant = await discordPlant({ deadlineMs: 0 });
    const handle = door.handle;
    door.handle = async (message) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return handle(message);
    };
    await started(plant, door);
    plant.peer.slash(plant.channel, plant.eng, 'ask', { question: 'one' });
    const [card] = await cards(plant.peer, plant.channel, 1, /> one\n[\s\S]*You said: one/);
    expect(isCard(card!)).toBe(true);
  });

  it('a fault is told to the person alone', async () => {
    const { peer, channel, eng, door } = await connected();
    door.handle = async () => {
      throw new Error('the disk is full');
    };
    const told = await answerTo(peer.slash(channel, eng, 'ask', { question: 'one' }));
    expect(told.ephemeralTo).toBe(eng.id);
    expect(told.content).toMatch(/Try again in a minute/);
    peer.say(channel, eng, peer.mention('two'));
    await line(peer, channel, /Try again in a minute/);
  });
});

function teacherOf(answer: string, afterMs = 0): Teacher {
  return {
    name: 'elder',
    async ask() {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      return { kind: 'knows', answer, rationale: 'seen before', confidence: 0.9, sources: [] };
    },
  };
}

const never: Teacher = { name: 'elder', ask: () => new Promise(() => {}) };
