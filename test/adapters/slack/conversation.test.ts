/**
 * A conversation in Slack with the whole bot behind it: asked, streamed, escalated, edited, flagged, corrected, and asked
 * again, answered from the correction; by mention, in person, in a thread and by slash command.
 */
import { describe, expect, test, vi } from 'vitest';
import { visibleText } from '../../peers/slack/blocks.ts';
import type { Posted, SlackPeer } from '../../peers/slack/peer.ts';
import { ANN, BOB, ME, manifest, OPS, shown, slackPeer, textOf, told, WAIT, wholeBot } from './app.ts';

const KNOWN = 'Which readings show bearing wear on P-101?';
/** Nobody can know it: it is in no sheet, and no teacher's. */
const UNKNOWN = 'What is the serial number of P-101?';

/** Presses, waits for the form, fills it in. */
async function fill(peer: SlackPeer, who: string, post: Posted, button: string, values: Record<string, string>) {
  const before = peer.workspace.views.length;
  await peer.press(who, post, button);
  await vi.waitFor(() => expect(peer.workspace.views.length).toBe(before + 1), WAIT);
  return peer.submit(who, values);
}

describe('a conversation in Slack', () => {
  test('by mention, thread, in person and by command: ask, escalate, correct, ask again', {
    timeout: 60_000,
  }, async () => {
    const peer = await slackPeer();
    const { store } = await wholeBot(peer, { slowMs: 5 });

    // Mentioned in the channel: one message, from received to answer.
    const { message } = peer.say(BOB, OPS, `${ME} ${KNOWN}`);
    const first = await shown(peer, /\d+ %.*\n.*Student/s);
    expect(textOf(first)).toMatch(/vibration/);
    expect(first.thread_ts).toBe(message.ts);
    expect(first.edits).toBeGreaterThan(0);
    expect(peer.posts(OPS)).toHaveLength(1);

    // The thread goes on without a mention, and keeps the machine.
    peer.say(BOB, OPS, 'and what do I check first?', { thread_ts: message.ts });
    await vi.waitFor(() => expect(peer.posts(OPS)).toHaveLength(2), WAIT);
    await vi.waitFor(() => expect(textOf(peer.posts(OPS)[1]!)).not.toMatch(/…$/m), WAIT);
    expect(peer.posts(OPS)[1]!.thread_ts).toBe(message.ts);

    // What nobody knows goes to people, on the same card.
    peer.say(BOB, OPS, `${ME} ${UNKNOWN}`);
    const open = await shown(peer, /people are asked/);
    expect(textOf(open)).toContain('Answer');

    // An operator may flag, not answer.
    await fill(peer, BOB, open, 'flag', { reason: 'nobody answered me' });
    await told(peer, /Flagged the answer/);
    await peer.press(BOB, open, 'correct');
    await told(peer, /Only engineers/);

    // The engineer answers: the same message now says so.
    await fill(peer, ANN, open, 'correct', { answer: 'KSB 4711', rationale: 'it stands on the plate' });
    await told(peer, /Corrected the answer/);
    const answered = await shown(peer, /KSB 4711/);
    expect(answered.ts).toBe(open.ts);
    expect(textOf(answered)).toMatch(/Corrected by (Ann|ann)/);
    expect((await store.counts()).openEscalations).toBe(0);

    // Asked again in person, streamed: answered from the correction, which is named as a source.
    const direct = peer.workspace.imOf(BOB).id;
    peer.say(BOB, direct, UNKNOWN);
    const again = await shown(peer, /ksb 4711/i, direct);
    await vi.waitFor(() => expect(again.streaming).toBe(false), WAIT);
    await peer.press(BOB, again, 'why');
    await vi.waitFor(() => expect(visibleText(peer.workspace.views.at(-1)!.view.blocks)).toMatch(/correction/i), WAIT);
    expect(peer.calls.some(({ method }) => method === 'chat.appendStream' || method === 'chat.stopStream')).toBe(true);

    // And by slash command, for all to see, with the question above it; a thread under it is ours.
    await peer.slash(BOB, OPS, `ask ${UNKNOWN}`);
    const commanded = await shown(peer, /bob asked: ask What is the serial.*ksb 4711/is, OPS);
    expect(commanded.thread_ts).toBeUndefined();
    peer.say(BOB, OPS, 'status', { thread_ts: commanded.ts });
    expect((await shown(peer, /Teachers: knowledge/, OPS)).thread_ts).toBe(commanded.ts);

    expect(peer.figures).toMatchObject({ late: 0, gaveUp: 0, rateLimitViolations: 0 });
    const refused = peer.calls.filter(({ method }) => method === 'unknown');
    expect(refused).toEqual([]);
  });

  test('the agent pane suggests, streams what it is doing, and ends in the card', async () => {
    const peer = await slackPeer();
    await wholeBot(peer, { slowMs: 30 });
    await peer.openHome(ANN, 'messages');
    await vi.waitFor(() => {
      const prompts = peer.calls.find(({ method }) => method === 'assistant.threads.setSuggestedPrompts');
      expect(prompts?.args).toMatchObject({
        channel_id: 'D0ANN',
        prompts: expect.arrayContaining([expect.objectContaining({ title: 'What I can do' })]),
      });
    }, WAIT);
    peer.say(ANN, 'D0ANN', KNOWN);
    await vi.waitFor(() => expect(peer.posts('D0ANN')[0]?.streamed).toBeTruthy(), WAIT);
    const growing = peer.posts('D0ANN')[0]!.streaming;
    const post = await shown(peer, /\d+ %/, 'D0ANN');
    expect(growing).toBe(true);
    expect(post).toMatchObject({ streaming: false, thread_ts: expect.any(String) });
    expect(textOf(post)).toContain('Done (complete)');
    expect(peer.calls.some(({ method }) => method === 'assistant.threads.setStatus')).toBe(true);
    expect(peer.posts('D0ANN')).toHaveLength(1);
  });

  test('thumbs, “Teach this”, App Home and commands for one’s own eyes', async () => {
    const peer = await slackPeer();
    const { store } = await wholeBot(peer);
    const { message: said } = peer.say(BOB, OPS, 'At P-101 it was the coupling insert, we saw it at the stop.');
    expect(peer.posts()).toEqual([]);

    // Teach from what a colleague wrote.
    await peer.shortcut(BOB, said, 'teach');
    await told(peer, /Only engineers teach/);
    await peer.shortcut(ANN, said, 'teach');
    await vi.waitFor(() => expect(peer.workspace.views).toHaveLength(1), WAIT);
    expect(JSON.stringify(peer.workspace.views[0]!.view)).toContain('coupling insert');
    const lesson = {
      question: 'Which insert failed on P-101?',
      answer: 'The coupling insert',
      rationale: 'seen at the stop',
    };
    expect(await peer.submit(ANN, { ...lesson, question: '' })).toMatchObject({ response_action: 'errors' });
    await peer.submit(ANN, lesson);
    await told(peer, /Learned for “Which insert failed/);
    expect(await store.corrections(0)).toMatchObject([
      { answer: 'The coupling insert', author: { id: `slack:${ANN}` } },
    ]);

    peer.say(BOB, OPS, `${ME} ${KNOWN}`);
    const post = await shown(peer, /\d+ %/);
    await peer.press(BOB, post, 'rate', { value: `down ${(await store.byPost('slack', post.ts))!.id}` });
    await vi.waitFor(
      async () => expect((await store.byPost('slack', post.ts))!.ratings).toMatchObject([{ value: 'down' }]),
      WAIT,
    );
    await fill(peer, BOB, post, 'flag', { reason: 'it is new' });
    await shown(peer, /Flagged by (bob|Bob): it is new/);

    for (const who of [ANN, BOB]) await peer.openHome(who, 'home');
    await vi.waitFor(() => expect(peer.workspace.homes.size).toBe(2), WAIT);
    const [engineers, operators] = [ANN, BOB].map((who) => visibleText(peer.workspace.homes.get(who)!.blocks));
    expect(engineers).toMatch(/To review \([1-9]/);
    expect(operators).not.toMatch(/To review/);
    expect(operators).toContain(KNOWN);

    expect(visibleText((await peer.slash(BOB, OPS, 'status'))?.blocks)).toMatch(/Teachers: knowledge/);
    expect(visibleText((await peer.slash(ANN, OPS, 'flags'))?.blocks)).toMatch(/it is new/);
    expect((await peer.slash(BOB, OPS, 'help'))?.text).toMatch(/\/rounds ask/);
    expect((await peer.slash(BOB, OPS, ''))?.text).toMatch(/\/rounds ask/);
    // Nothing of it was said to all.
    expect(peer.posts(OPS)).toHaveLength(1);
  });

  test('a file is answered with what can be done with it, the question beside it too', async () => {
    const peer = await slackPeer();
    await wholeBot(peer);
    peer.say(BOB, OPS, ME, { files: [{ name: 'trend.csv', mimetype: 'text/csv' }] });
    await shown(peer, /“trend\.csv”: I do not read tables/);
    expect(peer.posts()).toHaveLength(1);
    peer.say(BOB, OPS, `${ME} ${KNOWN}`, { files: [{ name: 'p.png', mimetype: 'image/png' }] });
    await told(peer, /“p\.png”: I cannot see pictures/);
    await shown(peer, /vibration/);
    expect(peer.told().filter((line) => line.includes('p.png'))).toHaveLength(1);
  });

  test('what is not for the bot is left alone; a bare mention is helped', async () => {
    const peer = await slackPeer();
    const { store } = await wholeBot(peer);
    const { events } = peer.say(BOB, OPS, 'P-101 shakes again');
    expect(await Promise.all(events)).toEqual([true]);
    expect((await store.counts()).exchanges).toBe(0);
    peer.say(BOB, OPS, ME);
    await shown(peer, /Ask about a machine/);
  });
});

describe('the manifest', () => {
  test('asks for the scopes that are used and no other, and for what is listened to', async () => {
    const peer = await slackPeer();
    peer.workspace.addConversation('G0SECRET', 'group');
    await wholeBot(peer);
    await peer.openHome(ANN, 'messages');
    for (const channel of [OPS, 'G0SECRET', 'D0ANN']) peer.say(ANN, channel, `${ME} help`);
    await vi.waitFor(() => expect(peer.posts().filter((post) => /Ask about/.test(textOf(post)))).toHaveLength(3), WAIT);
    await vi.waitFor(() => expect(peer.calls.some(({ method }) => method === 'users.info')).toBe(true), WAIT);
    // Those without a method: events of mentions, and the slash command with the shortcut.
    const byPresence = ['app_mentions:read', 'commands'];
    await vi.waitFor(
      () => expect([...peer.usedScopes, ...byPresence].sort()).toEqual([...manifest.oauth_config.scopes.bot].sort()),
      WAIT,
    );
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/rounds']);
    expect(manifest.features.shortcuts.map(({ callback_id }) => callback_id)).toEqual(['teach']);
    const events = ['app_home_opened', 'app_mention', 'message.channels', 'message.groups', 'message.im'];
    expect(manifest.settings.event_subscriptions.bot_events).toEqual([
      ...events,
      'subteam_members_changed',
      'tokens_revoked',
    ]);
  });
});
