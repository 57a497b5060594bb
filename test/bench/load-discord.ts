/**
 * Discord's part of `npm run load:channels`, at Discord's own limits: half slash commands, the rest mentions in thirty
 * channels and direct messages, one message in twenty-five delivered twice, while the shipped student works behind
 * `rounds serve` in a process of its own. Discord acknowledges slash commands only; messages have their first reply counted
 * apart, which waits its turn in Discord's limits of posts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DiscordPeer, discordPeer, type PeerMessage, type Used } from '../peers/discord/peer.ts';
import { timeOf } from '../peers/discord/world.ts';
import type { Load, Loader } from './load.ts';
import { ended, serve } from './load-serve.ts';

type State = 'answered' | 'told to wait' | 'received';
type Sent = { used: Used } | { message: PeerMessage };

const CHANNELS = 30;
const PEOPLE = 40;
/** Of ten events: five slash commands, three mentions, two direct messages. */
const WAYS = [
  'slash',
  'mention',
  'slash',
  'direct',
  'slash',
  'mention',
  'slash',
  'direct',
  'slash',
  'mention',
] as const;
const AGAIN = 25;
/** The measuring ends when every event has its answer or its place, or then. */
const LONGEST_MS = 120_000;
/** Whatever would come twice has time to come. */
const SETTLE_MS = 3000;

export const loadDiscord: Loader = async ({ events, overMs }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rounds-load-'));
  const peer = await discordPeer();
  const channels = Array.from({ length: CHANNELS }, (_, i) => peer.channel(`line-${i}`).id);
  const people = Array.from({ length: PEOPLE }, (_, i) => peer.person(`Operator ${i}`));
  const bot = await serve({
    ...{ DISCORD_TOKEN: peer.token, DISCORD_API: peer.api, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'fatal' },
    ROLES: `discord:&${peer.world.guildId}=operator`,
  });
  try {
    const sent: Sent[] = [];
    const begun = Date.now();
    for (let i = 0; i < events; i++) {
      await sleep(Math.max(0, begun + (i * overMs) / events - Date.now()));
      sent.push(fire(i));
    }
    const told = () => statesOf(peer, sent).every((of) => of.some((state) => state !== 'received'));
    while (!told() && Date.now() < begun + LONGEST_MS) await sleep(1000);
    await sleep(SETTLE_MS);
    return figures(peer, sent);
  } finally {
    await ended(bot);
    await peer.stop();
    await rm(dataDir, { recursive: true, force: true });
  }

  function fire(i: number): Sent {
    const [channel, person] = [channels[i % CHANNELS]!, people[i % PEOPLE]!];
    const question = QUESTIONS[i % QUESTIONS.length]!.replace('#', String(i));
    const way = WAYS[i % WAYS.length]!;
    if (way === 'slash') return { used: peer.slash(channel, person, 'ask', { question }) };
    const place = way === 'mention' ? channel : peer.direct(person).id;
    const message = peer.say(place, person, way === 'mention' ? peer.mention(question) : question);
    if (i % AGAIN === 1) peer.again(message);
    return { message };
  }
};

function figures(peer: DiscordPeer, sent: readonly Sent[]): Load {
  const states = statesOf(peer, sent);
  const acknowledged = sent.flatMap((one) =>
    'used' in one ? (one.used.acknowledgedMs ?? Number.POSITIVE_INFINITY) : [],
  );
  const replied = sent.flatMap((one) => {
    if ('used' in one) return [];
    const [first] = repliesTo(peer, one.message);
    return first ? timeOf(first.id) - timeOf(one.message.id) : Number.POSITIVE_INFINITY;
  });
  const count = (state: State) => states.filter((of) => of.includes(state)).length;
  const answered = count('answered');
  const toldToWait = count('told to wait');
  return {
    events: sent.length,
    acknowledgedP99Ms: p99(acknowledged),
    firstReplyP99Ms: p99(replied),
    answered,
    toldToWait,
    lost: sent.length - answered - toldToWait,
    duplicated: states.filter((of) => of.length > 1).length,
    rateLimitViolations: peer.rateLimitViolations(),
  };
}

function p99(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
}

/** What hangs under each event. A post under nothing that was sent is somebody's second one in its channel. */
function statesOf(peer: DiscordPeer, sent: readonly Sent[]): State[][] {
  const posts = sent.map((one) => ('used' in one ? [one.used.original ?? []].flat() : repliesTo(peer, one.message)));
  const known = new Set(posts.flat().map(({ id }) => id));
  const states = posts.map((of) => of.map(stateOf));
  const lastIn = new Map(sent.map((one, i) => ['used' in one ? one.used.channelId : one.message.channel_id, i]));
  for (const [channel, i] of lastIn) {
    for (const post of peer.replies(channel)) if (!known.has(post.id)) states[i]!.push(stateOf(post));
  }
  return states;
}

function repliesTo(peer: DiscordPeer, { id, channel_id }: PeerMessage): PeerMessage[] {
  return peer.replies(channel_id).filter(({ message_reference }) => message_reference?.message_id === id);
}

/** Of the few in work, what is being done stands for their place. */
function stateOf({ embeds, components }: PeerMessage): State {
  if (components?.length) return 'answered';
  const line = embeds.map(({ description = '' }) => description).join('\n');
  return /\d+ questions? before yours|…/.test(line) ? 'told to wait' : 'received';
}

const QUESTIONS = [
  'P-101 is shaking at running speed, what could it be? (#)',
  'Which parameter shows bearing wear in an electric motor first? (#)',
  'The discharge pressure of P-101 falls slowly, what should I check? (#)',
  'What tells cavitation from suction recirculation in a pump? (#)',
  'The bearing of P-101 is hot after a stop, what now? (#)',
];
