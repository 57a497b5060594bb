/**
 * A conversation on Discord from end to end, in each way of having one: the question is shown as received, streams,
 * escalates to a teacher, is edited into the teacher's answer, flagged, corrected, and asked again answered from the
 * correction. Store, queue, door, chain and sheets are real.
 */
import { describe, expect, it, vi } from 'vitest';
import type { AuditEntry } from '../../../bot/types.ts';
import type { Teacher } from '../../../models/teacher/types.ts';
import type { DiscordPeer, PeerMessage } from '../../peers/discord/peer.ts';
import { discordBot } from './bot.ts';
import { textOf, WAIT } from './connect.ts';
import { answered, answerTo, fill, line } from './people.ts';

const QUESTION = 'P-101 is shaking at running speed, what could it be?';
const AGAIN = 'What could it be when P-101 is shaking at running speed?';

/** Every state of every message, as a reader saw it. */
function watched(peer: DiscordPeer): (message: PeerMessage) => string[] {
  return ({ id }) =>
    peer.requests
      .filter(
        ({ path, method }) =>
          method !== 'GET' && (path.endsWith(`/${id}`) || path.endsWith('/%40original') || path.endsWith('/messages')),
      )
      .map(({ body }) => JSON.stringify(body));
}

/** Thinks long enough to be seen asked. */
const slow: Teacher = {
  name: 'elder',
  async ask() {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { kind: 'knows', answer: 'Misalignment.', rationale: 'seen before', confidence: 0.9, sources: [] };
  },
};

async function talk() {
  const bot = await discordBot({
    teacher: slow,
    adapter: { timing: { progressMs: 0 } },
    // Enough room for every state to be seen; the limits themselves are tested with the faults.
    peer: { limits: { globalPerSecond: 500, buckets: { '*': { limit: 500, windowMs: 1000 } } } },
  });
  const { peer, plant } = bot;
  return { ...bot, ...plant, states: watched(peer) };
}

interface Way {
  /** Asks, and gives the channel in which the answer is to appear. */
  ask(bot: Awaited<ReturnType<typeof talk>>, text: string, before?: PeerMessage): string;
}

const WAYS: Record<string, Way> = {
  mention: {
    ask({ peer, channel, eng }, text) {
      peer.say(channel, eng, peer.mention(text));
      return channel;
    },
  },
  'direct message': {
    ask({ peer, eng }, text) {
      const { id } = peer.direct(eng);
      peer.say(id, eng, text);
      return id;
    },
  },
  thread: {
    ask({ peer, channel, eng }, text, before) {
      if (before) {
        // Followed without a new mention.
        peer.say(before.channel_id, eng, text);
        return before.channel_id;
      }
      const starter = peer.say(channel, eng, 'Something is wrong at the cooling water.');
      const thread = peer.thread(channel, starter.id).id;
      peer.say(thread, eng, peer.mention(text));
      return thread;
    },
  },
  'slash command': {
    ask({ peer, channel, eng }, text) {
      peer.slash(channel, eng, 'ask', { question: text });
      return channel;
    },
  },
};

describe.each(Object.entries(WAYS))('by %s', (_name, { ask }) => {
  it('ask, stream, escalate, edit, flag, correct, ask again', async () => {
    const bot = await talk();
    const { peer, eng, store } = bot;
    const where = ask(bot, QUESTION);
    const answer = await answered(peer, where, 1, /Misalignment\./);
    const states = bot.states(answer).join('\n');
    expect(states).toMatch(/Asking the teacher/);
    expect(textOf(answer)).toMatch(/Teacher: elder/);
    expect(textOf(answer)).toMatch(/Escalated\n.*the student says that it does not know/);
    expect(textOf(answer)).toMatch(/90 %, very likely right/);

    expect(await fill(peer, answer, eng, 'flag', { reason: 'it was aligned last week' })).toMatch(/Flagged/);
    await answered(peer, where, 1, /Flagged by Eng: it was aligned last week/);
    expect(
      await fill(peer, answer, eng, 'correct', { answer: 'Loose foundation bolts', rationale: 'found at the stop' }),
    ).toMatch(/Corrected the answer/);
    const corrected = await answered(peer, where, 1, /Corrected by Eng\nLoose foundation bolts/);
    expect(textOf(corrected)).toMatch(/found at the stop/);
    expect(textOf(corrected)).toMatch(/Before: ~~Misalignment\.~~/);

    ask(bot, AGAIN, answer);
    const again = await answered(peer, where, 2, /loose foundation bolts/i);
    expect(textOf(again)).not.toMatch(/Misalignment/);
    expect(textOf(await answerTo(peer.press(again, eng, 'why')))).toMatch(/found at the stop[\s\S]*correction by Eng/i);

    const audit: AuditEntry[] = [];
    for await (const entry of store.export('audit')) audit.push(entry as AuditEntry);
    expect(audit).toMatchObject([
      { what: 'flag', who: { id: `discord:${eng.id}`, name: 'Eng' }, allowed: true, after: 'it was aligned last week' },
      { what: 'correct', before: 'Misalignment.', after: 'Loose foundation bolts', allowed: true },
    ]);
    expect(peer.violations()).toEqual([]);
  });
});

describe('spoken to', () => {
  it('streams what the student thinks into the one reply', async () => {
    const bot = await talk();
    const where = WAYS.mention!.ask(bot, QUESTION);
    const answer = await answered(bot.peer, where, 1, /Misalignment/);
    expect(bot.states(answer).some((body) => /Thinking…\\n> not known/.test(body))).toBe(true);
    expect(answer.message_reference?.message_id).toBe(bot.peer.messages(where)[0]!.id);
  });

  it('a reply to an answer goes on with it, pinging or not; a thread begun on it too', async () => {
    const bot = await talk();
    const { peer, channel, eng, store } = bot;
    WAYS.mention!.ask(bot, QUESTION);
    const first = await answered(peer, channel, 1, /Misalignment/);
    peer.say(channel, eng, 'and what should I check?', { replyTo: first });
    const second = await answered(peer, channel, 2, /Misalignment/);
    peer.say(channel, eng, 'and how urgent is that?', { replyTo: second, ping: false });
    await answered(peer, channel, 3, /Misalignment/);
    const thread = peer.thread(channel, first.id);
    peer.say(thread.id, eng, 'what tells it from unbalance?');
    await answered(peer, thread.id, 1, /Misalignment/);
    const all = await store.history({ adapter: 'discord', channel });
    expect(all).toHaveLength(4);
    expect(new Set(all.map(({ message }) => message.place.thread)).size).toBe(1);
  });

  it('takes the message along that a mention replies to', async () => {
    const bot = await talk();
    const { peer, channel, ann, eng, store } = bot;
    const seen = peer.say(channel, ann, 'P-101 makes a grinding noise.');
    peer.say(channel, eng, peer.mention('what is that?'), { replyTo: seen });
    await answered(peer, channel, 1, /Misalignment/);
    const [exchange] = await store.history({ adapter: 'discord', channel });
    expect(exchange!.message.text).toBe('what is that?\n\nThis is about: “P-101 makes a grinding noise.”');
    expect(exchange!.reply.answer!.topic.tag).toBe('P-101');
  });

  it('hears nothing that is not for it', async () => {
    const bot = await talk();
    const { peer, channel, ann, eng, store } = bot;
    peer.say(channel, ann, 'P-101 is shaking again.');
    const thread = peer.thread(channel, peer.say(channel, ann, 'lunch?').id);
    peer.say(thread.id, eng, 'yes');
    peer.say(thread.id, eng, peer.mention('status'));
    await answered(peer, thread.id, 1, /Queue/);
    // From here the thread is followed, but not what is said to somebody else in it.
    peer.say(thread.id, eng, `<@${ann.id}> are you coming?`);
    peer.say(channel, eng, peer.mention('help'));
    await answered(peer, channel, 1, /Ask about a machine/);
    expect(await store.history({ adapter: 'discord', channel })).toHaveLength(2);
  });

  it('a bare mention says what can be asked; files are answered by what can be done with them', async () => {
    const bot = await talk();
    const { peer, channel, eng } = bot;
    peer.say(channel, eng, peer.mention(''));
    await answered(peer, channel, 1, /Ask about a machine by its tag/);
    const file = (name: string, content_type: string) => ({
      id: '1573744583005700099',
      filename: name,
      content_type,
      size: 9,
      url: 'https://cdn.test/x',
      proxy_url: 'https://cdn.test/x',
    });
    peer.say(channel, eng, peer.mention(''), { attachments: [file('trend.csv', 'text/csv')] });
    await answered(peer, channel, 2, /trend\.csv.*knowledge add/);
    peer.say(channel, eng, peer.mention(QUESTION), { attachments: [file('photo.jpg', 'image/jpeg')] });
    await line(peer, channel, /photo\.jpg.*cannot see pictures/);
    await answered(peer, channel, 3, /Misalignment/);
  });
});

describe('slash commands', () => {
  it('complete tags, take options, and show others what was asked', async () => {
    const bot = await talk();
    const { peer, channel, eng, store } = bot;
    const typing = peer.complete(channel, eng, 'ask', 'asset', 'p-1');
    await vi.waitFor(() => expect(typing.choices?.[0]?.value).toBe('P-101'), WAIT);
    expect(typing.choices!.length).toBeLessThanOrEqual(25);
    peer.slash(channel, eng, 'ask', {
      question: 'what shows a worn bearing?',
      asset: 'P-101',
      options: 'vibration | flow|oil debris',
    });
    const card = await answered(peer, channel, 1, /> P-101: what shows a worn bearing\?/);
    expect(card.flags! & (1 << 6)).toBe(0);
    const [exchange] = await store.history({ adapter: 'discord', channel });
    expect(exchange!.message).toMatchObject({
      text: 'P-101: what shows a worn bearing?',
      options: ['vibration', 'flow', 'oil debris'],
    });
    await vi.waitFor(async () => expect((await store.exchange(exchange!.id))!.postId).toBe(card.id), WAIT);
  });

  it('status and help; flags for the person alone', async () => {
    const bot = await talk();
    const { peer, channel, eng, ann } = bot;
    peer.slash(channel, eng, 'status');
    await answered(peer, channel, 1, /Queue libsql|Queue local|Queue/);
    peer.slash(channel, eng, 'help');
    await answered(peer, channel, 2, /Ask about a machine by its tag/);
    WAYS.mention!.ask(bot, QUESTION);
    const card = await answered(peer, channel, 3, /Misalignment/);
    await fill(peer, card, ann, 'flag', { reason: 'no' });
    const flags = await answerTo(peer.slash(channel, eng, 'flags'));
    expect(flags.ephemeralTo).toBe(eng.id);
    expect(flags.content).toMatch(/P-101 is shaking/);
    expect(flags.content).toContain(`https://discord.com/channels/${peer.world.guildId}/${channel}/${card.id}`);
    expect((await answerTo(peer.slash(channel, ann, 'flags'))).content).not.toMatch(/P-101 is shaking/);
    expect(peer.violations()).toEqual([]);
  });

  it('are refused to the person alone without a role', async () => {
    const bot = await talk();
    const { peer } = bot;
    const stranger = peer.person('Stranger');
    peer.world.members.delete(stranger.id);
    const dm = peer.direct(stranger).id;
    peer.say(dm, stranger, QUESTION);
    await line(peer, dm, /You have no role here yet/);
    const told = await answerTo(peer.slash(dm, stranger, 'ask', { question: QUESTION }));
    expect(told.ephemeralTo).toBe(stranger.id);
    expect(told.content).toMatch(/You have no role here yet/);
    expect(await bot.store.history({ adapter: 'discord', channel: dm })).toEqual([]);
  });
});

describe('teach this', () => {
  it('makes a question and answer of what somebody wrote; operators are refused before a modal opens, and it is audited', async () => {
    const bot = await talk();
    const { peer, channel, ann, eng, store } = bot;
    const written = peer.say(channel, ann, 'The P-101 shake was the coupling insert.');
    const refused = peer.menu(written, ann, 'Teach this');
    expect((await answerTo(refused)).content).toMatch(/engineer/);
    expect(refused.modal).toBeUndefined();
    const opened = peer.menu(written, eng, 'Teach this');
    await vi.waitFor(() => expect(opened.modal).toBeDefined(), WAIT);
    const told = peer.submit(opened, eng, {
      question: QUESTION,
      answer: 'Worn coupling insert',
      rationale: 'Ann saw it',
    });
    expect((await answerTo(told)).content).toMatch(/Learned/);
    WAYS.mention!.ask(bot, AGAIN);
    await answered(peer, channel, 1, /worn coupling insert/i);
    const audit: AuditEntry[] = [];
    for await (const entry of store.export('audit')) audit.push(entry as AuditEntry);
    expect(audit).toMatchObject([
      { what: 'teach', who: { id: `discord:${ann.id}` }, allowed: false },
      { what: 'correct', who: { id: `discord:${eng.id}` }, after: 'Worn coupling insert', allowed: true },
    ]);
  });

  it('on an answer of the bot is a correction of it', async () => {
    const bot = await talk();
    const { peer, channel, eng } = bot;
    WAYS.mention!.ask(bot, QUESTION);
    const card = await answered(peer, channel, 1, /Misalignment/);
    const opened = peer.menu(card, eng, 'Teach this');
    await vi.waitFor(() => expect(opened.modal?.title).toBe('Correct this answer'), WAIT);
    await answerTo(peer.submit(opened, eng, { answer: 'Loose bolts', rationale: '' }));
    await answered(peer, channel, 1, /Corrected by Eng\nLoose bolts/);
  });
});
