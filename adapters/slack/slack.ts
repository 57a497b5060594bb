/**
 * Slack as a channel, on Bolt: Socket Mode (plants sit behind firewalls) or HTTP. It turns events into calls of the door
 * and the bot's replies into messages, keeps to Slack's rates, reads back what it missed, and knows whether it is heard.
 * It knows nothing of students, teachers or sheets.
 */
import { randomUUID } from 'node:crypto';
import { App, HTTPReceiver } from '@slack/bolt';
import type { Adapter, Door, Health } from '../../bot/types.ts';
import { RoundsError } from '../../models/errors.ts';
import { type Board, createBoard } from '../shared/board.ts';
import { createOutbox } from '../shared/outbox.ts';
import { alertContent } from './alert.ts';
import { isOfToken, judge, mendOf, readingClient, sendingClient, startError } from './api.ts';
import { type Content, escapeText, replyContent } from './blocks.ts';
import { homeView, type Told } from './home.ts';
import { onInteractions } from './interact.ts';
import { type Log, slackLog } from './log.ts';
import { readMissed } from './missed.ts';
import { slackPeople } from './people.ts';
import { sayClosed, slackPosts } from './posts.ts';
import { ADAPTER, createReceiver, type SlackMessage, type Whom } from './receive.ts';
import { createSelfCheck } from './selfcheck.ts';
import { type SocketReceiver, socketReceiver } from './socket.ts';

export interface SlackOptions {
  /** `xoxb-…`. */
  botToken: string;
  /** Socket Mode: `xapp-…` with connections:write. HTTP: the app's signing secret and the port to listen on. */
  by: { kind: 'socket'; appToken: string } | { kind: 'http'; signingSecret: string; port: number; host?: string };
  /** User group ids that roles were given to. */
  groups?: readonly string[];
  /** Channel id where a small message is kept, whose edits show whether events arrive while nothing is asked. */
  healthChannel?: string;
  /** After an outage: younger messages are answered (30 min), older ones told they came too late (12 h). */
  missed?: { answerWithinMs: number; lookBackMs: number };
  log: Log;
  /** For a Slack other than slack.com; with its last slash. */
  apiUrl?: string;
  timing?: Partial<Timing>;
}

export interface Timing {
  /** Slack's limits: one post a second in a channel, and its methods' tiers a minute. */
  postEveryMs: number;
  progressEveryMs: number;
  perMinute: Readonly<Record<string, number>>;
  /** First and longest pause after trouble. */
  pauseMs: { first: number; longest: number };
  /** See SelfCheckOptions. */
  checkEveryMs: number;
  checkWithinMs: number;
  pongWithinMs: number;
  pingWithinMs: number;
  /** What is still to be sent when stopping may take so long. */
  stopGraceMs: number;
}

const TIMING: Timing = {
  postEveryMs: 1050,
  progressEveryMs: 1500,
  perMinute: {
    ...{ 'chat.postMessage': 240, 'chat.update': 50, 'chat.postEphemeral': 100, 'views.publish': 50 },
    ...{ 'chat.startStream': 20, 'chat.appendStream': 100, 'chat.stopStream': 20 },
  },
  pauseMs: { first: 500, longest: 30_000 },
  checkEveryMs: 5 * 60_000,
  checkWithinMs: 30_000,
  pongWithinMs: 5000,
  pingWithinMs: 30_000,
  stopGraceMs: 3000,
};

const MISSED = { answerWithinMs: 30 * 60_000, lookBackMs: 12 * 60 * 60_000 };
/** With fewer sends than this waiting, replies of the agent pane are streamed. */
const CALM = 5;
const PROMPTS = [
  { title: 'A pump shakes', message: 'P-101 shakes at running speed and its bearing is hot. What could it be?' },
  { title: 'What shows a fault', message: 'Which readings show bearing wear on a pump early?' },
  { title: 'What to check first', message: 'What do I check first when a motor draws too much current?' },
  { title: 'What I can do', message: 'help' },
];

export function slackAdapter(options: SlackOptions): Adapter & { health(): Health } {
  const { log, by, healthChannel } = options;
  const timing = { ...TIMING, ...options.timing };
  const send = sendingClient(options);
  const read = readingClient(options);
  let running: Running | undefined;
  let tokenFault: string | null = null;

  const outbox = () =>
    createOutbox({
      judge,
      pace: { 'chat.postMessage': timing.postEveryMs },
      passingEveryMs: timing.progressEveryMs,
      perMinute: timing.perMinute,
      pauseMs: timing.pauseMs,
      onTrouble(error, waitMs) {
        if (isOfToken(error)) tokenFault = mendOf(error);
        log.warn({ waitMs, why: mendOf(error) }, 'Slack: sending waits');
      },
    });

  async function start(door: Door): Promise<void> {
    if (running) throw new RoundsError('already_started', 'the Slack channel is already started');
    const self = await read.auth.test().catch((error: unknown) => {
      throw startError(error);
    });
    const botUser = self.user_id!;
    tokenFault = null;
    const out = outbox();
    const aborted = new AbortController();
    const people = slackPeople({
      client: read,
      groups: options.groups ?? [],
      onError: (error, what) => log.warn({ error }, `Slack: ${what}`),
    });
    people.ownTeam(self.team_id!);
    await people.start();

    const selfCheck = createSelfCheck({
      provoke: healthChannel ? keptMessage(healthChannel) : undefined,
      everyMs: timing.checkEveryMs,
      withinMs: timing.checkWithinMs,
      onDeaf(since) {
        log.error(
          { since: new Date(since).toISOString() },
          'Slack: our own messages do not come back; connecting anew',
        );
        if (socket) socket.renew('events did not arrive');
        else selfCheck.ask();
      },
      onError: (error) => log.warn({ error }, 'Slack: the self-check message could not be edited'),
    });
    const posts = slackPosts({
      ...{ send, read, botUser: () => botUser },
      async rootPost({ channel, thread }) {
        const [root] = await door.history({ adapter: ADAPTER, channel, thread });
        return root?.postId ?? undefined;
      },
      calm: () => out.waiting() < CALM,
      onSent: selfCheck.sent,
    });
    const board = createBoard<Content>({
      outbox: out,
      exchange: (id) => door.exchange(id),
      render: replyContent,
      create: posts.create,
      edit: posts.edit,
      methods: { create: 'chat.postMessage', edit: posts.editMethod },
    });

    const socket =
      by.kind === 'socket'
        ? socketReceiver({
            ...{ appToken: by.appToken, log, pauseMs: timing.pauseMs },
            ...{ pongWithinMs: timing.pongWithinMs, pingWithinMs: timing.pingWithinMs },
            ...(options.apiUrl ? { apiUrl: options.apiUrl } : {}),
            onReconnected() {
              selfCheck.ask();
              void catchUp();
            },
          })
        : undefined;
    const http = by.kind === 'http' ? httpReceiver(by.signingSecret) : undefined;
    const app = new App({
      receiver: (socket ?? http)!,
      authorize: async () => ({
        botToken: options.botToken,
        botUserId: botUser,
        botId: self.bot_id!,
        teamId: self.team_id!,
      }),
      clientOptions: options.apiUrl ? { slackApiUrl: options.apiUrl } : {},
      logger: slackLog(log),
      // Our own messages are heard too: they show that events arrive. The listeners leave them alone.
      ignoreSelf: false,
      convoStore: false,
    });
    // What a listener could not do must not be acknowledged: Slack then brings the event again.
    app.error(async (error) => {
      throw 'original' in error && error.original instanceof Error ? error.original : error;
    });

    const { receive, threadOf } = createReceiver({
      ...{ door, people, log, botUser, tell },
      onAsked(place) {
        if (out.waiting() >= CALM) return;
        const status = { channel_id: place.channel, thread_ts: place.thread, status: 'is looking it up…' };
        send.assistant.threads.setStatus(status).catch(quiet('the status was not shown'));
      },
    });

    app.event('message', async ({ event, context }) => {
      const message = event as unknown as SlackMessage & { message?: { user?: string; bot_id?: string } };
      if (message.bot_id === self.bot_id || message.user === botUser || message.message?.user === botUser) {
        selfCheck.heard();
        return;
      }
      await receive(message, { first: context.retryNum === undefined || context.retryNum === 0 });
    });
    app.event('app_mention', async ({ event, context }) => {
      await receive(event as SlackMessage, { first: context.retryNum === undefined || context.retryNum === 0 });
    });
    app.event('app_home_opened', async ({ event }) => {
      if (event.tab === 'messages') {
        const prompts = { channel_id: event.channel, prompts: PROMPTS, title: 'What is the matter?' };
        send.assistant.threads.setSuggestedPrompts(prompts as never).catch(quiet('no prompts were suggested'));
        return;
      }
      await showHome(event.user);
    });
    app.event('subteam_members_changed', async ({ event }) => {
      // What changed is told as a difference; the list is the whole.
      const { users = [] } = await read.usergroups.users.list({ usergroup: event.subteam_id });
      people.membersChanged(event.subteam_id, users);
    });
    app.event('tokens_revoked', async () => {
      tokenFault = mendOf(
        new Error('the token was revoked: reinstall the app and set SLACK_BOT_TOKEN to its new token'),
      );
    });
    onInteractions({ app, door, people, client: send, log, tell, threadOf, showHome });

    async function showHome(user: string, told?: Told): Promise<void> {
      const person = people.person(user);
      const view = homeView(await door.home(person), await door.reviews(person), told);
      const publish = () => send.views.publish({ user_id: user, view });
      out
        .put({ channel: `home ${user}`, key: 'home', method: 'views.publish', send: publish })
        .catch(quiet('App Home was not shown'));
    }

    /** To one person: in the channel, for their eyes only; where that cannot be, in person. */
    async function tell({ user, channel, thread }: Whom, words: string): Promise<void> {
      const text = escapeText(words);
      const blocks = replyContent({ exchangeId: '', final: true, stage: 'received', notice: words }).blocks;
      const direct = channel === '' || channel.startsWith('D');
      const common = { text, blocks, ...(/^\d+\.\d+$/.test(thread) ? { thread_ts: thread } : {}) };
      const inPerson = () => send.chat.postMessage({ ...{ text, blocks, unfurl_links: false }, channel: user });
      out
        .put({
          ...{ channel: channel || user, key: `tell ${randomUUID()}` },
          method: direct ? 'chat.postMessage' : 'chat.postEphemeral',
          async send() {
            if (channel === '') return inPerson();
            if (direct) return send.chat.postMessage({ ...common, channel, unfurl_links: false });
            return send.chat.postEphemeral({ ...common, channel, user }).catch((error: unknown) => {
              if (judge(error).kind !== 'refused') throw error;
              return inPerson();
            });
          },
        })
        .catch(quiet('somebody could not be told what came of a message'));
    }

    function quiet(what: string): (error: unknown) => void {
      return (error) => log.warn({ error }, `Slack: ${what}`);
    }

    async function catchUp(): Promise<void> {
      const { answerWithinMs, lookBackMs } = options.missed ?? MISSED;
      try {
        await readMissed(
          {
            ...{ client: read, log, botUser, answerWithinMs, lookBackMs, receive },
            async taken({ channel, ts, thread_ts: root }) {
              const thread = root === undefined ? ts : ((await threadOf(channel, root)) ?? root);
              const exchanges = await door.history({ adapter: ADAPTER, channel, thread });
              return exchanges.some(({ message }) => message.id === `${channel}:${ts}`);
            },
            async threads(channel) {
              const lately = await door.history({ adapter: ADAPTER, channel, limit: 50 });
              const since = Date.now() - lookBackMs;
              const roots = lately
                .filter(({ createdAt }) => Date.parse(createdAt) > since)
                .map(({ message, postId }) => (isTs(message.place.thread) ? message.place.thread : (postId ?? '')));
              return [...new Set(roots.filter(isTs))].slice(-20);
            },
          },
          aborted.signal,
        );
      } catch (error) {
        log.warn({ why: mendOf(error) }, 'Slack: what was missed could not be read');
      }
    }

    running = { board, posts, outbox: out, people, selfCheck, socket, app, aborted };
    try {
      if (by.kind === 'http') await http!.start({ port: by.port, host: by.host ?? '127.0.0.1' });
      else await socket!.start();
    } catch (error) {
      people.stop();
      running = undefined;
      throw error instanceof RoundsError ? error : startError(error);
    }
    selfCheck.start();
    void catchUp();
  }

  /** Edits one small message, made at the first time: Slack sends an event of each edit. */
  function keptMessage(channel: string): () => Promise<void> {
    let ts: string | undefined;
    return async () => {
      const text = `Rounds listens here to hear whether it is heard. Last asked ${new Date().toISOString()}.`;
      if (ts !== undefined) await send.chat.update({ channel, ts, text });
      else ({ ts } = await send.chat.postMessage({ channel, text, unfurl_links: false }));
    };
  }

  return {
    name: ADAPTER,
    start,

    async stop() {
      const closing = running;
      running = undefined;
      if (!closing) return;
      closing.aborted.abort();
      closing.people.stop();
      closing.selfCheck.stop();
      await closing.app.stop().catch((error: unknown) => log.warn({ error }, 'Slack: the receiver did not stop well'));
      await closing.outbox.close(timing.stopGraceMs);
    },

    async post(place, card) {
      const { board, outbox: out, posts } = open(running);
      const { channel } = place;
      const posted = async (): Promise<string> => {
        if (!('kind' in card)) return board.post(place, card);
        const send = () => posts.postCard(place, alertContent(card), card);
        return out.put({ channel, key: `card ${card.id}`, method: 'chat.postMessage', send });
      };
      return posted().catch(sayClosed(place));
    },

    async update(place, postId, card) {
      const { board, outbox: out, posts } = open(running);
      const { channel } = place;
      const edited = async (): Promise<string | undefined> => {
        if ('kind' in card) {
          const send = () => posts.editCard(place, postId, alertContent(card), card);
          return out.put({ channel, key: `card ${card.id}`, method: 'chat.update', send });
        }
        await board.update(place, postId, card);
        return undefined;
      };
      return edited().catch(sayClosed(place));
    },

    health() {
      if (!running) return { ok: false, detail: 'stopped' };
      const since = (ms: number) => `since ${new Date(ms).toISOString().slice(11, 16)} UTC`;
      const { socket, selfCheck, people, outbox: out } = running;
      const trouble = socket?.trouble();
      const deaf = selfCheck.deafSince();
      const paused = out.pausedUntil();
      if (tokenFault !== null && paused !== null) return { ok: false, detail: tokenFault };
      if (trouble) return { ok: false, detail: `not connected ${since(trouble.since)}: ${trouble.why}` };
      if (deaf !== null) {
        const mend = socket ? 'connected anew, still waiting for one' : 'check the app’s Request URL';
        return { ok: false, detail: `events do not arrive ${since(deaf)}: ${mend}` };
      }
      const problem = people.problem();
      if (problem !== null) return { ok: false, detail: problem };
      const heard = selfCheck.heardAt();
      const checked =
        heard === null ? 'own events not heard yet' : `own event heard ${since(heard).replace('since', 'at')}`;
      const without = healthChannel ? '' : '; SLACK_HEALTH_CHANNEL would check while nothing is asked';
      return {
        ok: true,
        detail: `${socket ? 'socket open' : 'listening'}, ${checked}, ${out.waiting()} to send${without}`,
      };
    },
  };

  function httpReceiver(signingSecret: string): HTTPReceiver {
    return new HTTPReceiver({
      signingSecret,
      endpoints: '/slack/events',
      // Answered when the listeners are done: what was not stored is not acknowledged.
      processBeforeResponse: true,
      bodyLimit: 1_000_000,
      logger: slackLog(log),
    });
  }
}

interface Running {
  board: Board;
  posts: ReturnType<typeof slackPosts>;
  outbox: ReturnType<typeof createOutbox>;
  people: ReturnType<typeof slackPeople>;
  selfCheck: ReturnType<typeof createSelfCheck>;
  socket: SocketReceiver | undefined;
  app: App;
  aborted: AbortController;
}

function open(running: Running | undefined): Running {
  if (!running) throw new RoundsError('not_started', 'the Slack channel is not started');
  return running;
}

const isTs = (text: string) => /^\d+\.\d+$/.test(text);
