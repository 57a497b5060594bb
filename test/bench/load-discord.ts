/**
 * Discord's part of `npm run load:channels`: many people at once by slash command, mention and direct message, some events
 * delivered twice, against the local peer with Discord's limits, while the shipped student works. Peer and bot share this
 * process, so what is measured includes the peer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../bot/config.ts';
import { quiet } from '../../bot/logger.ts';
import { assemble } from '../../bot/main.ts';
import { discordPeer, type PeerMessage, type Used } from '../peers/discord/peer.ts';
import type { Load, Loader } from './load.ts';

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
/** One in so many is delivered again. */
const AGAIN = 7;
/** After the last event, for what waits its turn in a channel. */
const SETTLE_MS = 10_000;
const LOADING = 1 << 7;

interface Sent {
  at: number;
  channel: string;
  used?: Used;
  message?: PeerMessage;
}

/** Acknowledged: the callback of a slash command, the first reply to a message. */
export const loadDiscord: Loader = async ({ events, overMs }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rounds-load-'));
  const peer = await discordPeer();
  const env = {
    ...{ DISCORD_TOKEN: peer.token, DISCORD_API: peer.api, DATA_DIR: dataDir, PORT: '0' },
    ROLES: `discord:&${peer.world.guildId}=operator`,
  };
  const app = await assemble(loadConfig({ env, cwd: dataDir }), quiet);
  try {
    const channels = Array.from({ length: CHANNELS }, (_, i) => peer.channel(`line-${i}`).id);
    const people = Array.from({ length: PEOPLE }, (_, i) => peer.person(`Operator ${i}`));
    await app.start();
    const firstReply = new Map<string, number>();
    const watch = setInterval(() => noteReplies(firstReply), 5);
    const sent: Sent[] = [];
    const begun = performance.now();
    for (let i = 0; i < events; i++) {
      await sleep(Math.max(0, begun + (i * overMs) / events - performance.now()));
      sent.push(send(i));
    }
    await sleep(SETTLE_MS);
    clearInterval(watch);
    return await figures(sent, firstReply);

    function send(i: number): Sent {
      const channel = channels[i % CHANNELS]!;
      const person = people[i % PEOPLE]!;
      const text = QUESTIONS[i % QUESTIONS.length]!.replace('#', String(i));
      const way = WAYS[i % WAYS.length]!;
      const at = performance.now();
      if (way === 'slash') return { at, channel, used: peer.slash(channel, person, 'ask', { question: text }) };
      const place = way === 'direct' ? peer.direct(person).id : channel;
      const message = peer.say(place, person, way === 'direct' ? text : peer.mention(text));
      if (i % AGAIN === 0) peer.again(message);
      return { at, channel: place, message };
    }

    function repliesTo(message: PeerMessage): PeerMessage[] {
      return peer.replies(message.channel_id).filter((one) => one.message_reference?.message_id === message.id);
    }

    function noteReplies(seen: Map<string, number>): void {
      const now = performance.now();
      for (const { message } of sent) {
        if (message && !seen.has(message.id) && repliesTo(message).length > 0) seen.set(message.id, now);
      }
    }

    async function figures(all: Sent[], seen: Map<string, number>): Promise<Load> {
      noteReplies(seen);
      const waits = all.map(({ at, used, message }) =>
        used
          ? (used.acknowledgedMs ?? Number.POSITIVE_INFINITY)
          : (seen.get(message!.id) ?? Number.POSITIVE_INFINITY) - at,
      );
      const shown = all.map(({ used, message }) =>
        used ? [used.original].filter((one) => one !== undefined) : repliesTo(message!),
      );
      const states = shown.map(([first]) => (first === undefined ? 'lost' : stateOf(first)));
      const { exchanges } = await app.store.counts();
      // What a slash command is answered besides its own message would be another message of the bot's in that channel.
      const cards = channels.concat(
        [...new Set(all.map(({ channel }) => channel))].filter((id) => !channels.includes(id)),
      );
      const posted = cards.reduce((sum, id) => sum + peer.replies(id).length, 0);
      const counted = shown.reduce((sum, messages) => sum + messages.length, 0);
      const count = (state: string) => states.filter((one) => one === state).length;
      return {
        events: all.length,
        acknowledgedP99Ms: Math.round(waits.sort((a, b) => a - b)[Math.ceil(waits.length * 0.99) - 1]!),
        answered: count('answered'),
        toldToWait: count('waiting'),
        lost: count('lost') + Math.max(0, all.length - exchanges),
        duplicated:
          Math.max(0, posted - counted) +
          shown.filter((messages) => messages.length > 1).length +
          Math.max(0, exchanges - all.length),
        rateLimitViolations: peer.violations().length,
      };
    }
  } finally {
    await app.stop();
    await peer.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};

/** Answered, told its place (or that it is in work), or left hanging. */
function stateOf({ embeds, components, flags }: PeerMessage): 'answered' | 'waiting' | 'lost' {
  if (components?.length) return 'answered';
  const line = embeds.map(({ description = '' }) => description).join('\n');
  if (/question(s)? before yours/.test(line)) return 'waiting';
  // The few in work at this moment say what is being done; nobody is before them.
  return /…/.test(line) || ((flags ?? 0) & LOADING) !== 0 ? 'waiting' : 'lost';
}

const QUESTIONS = [
  'P-101 is shaking at running speed, what could it be? (#)',
  'Which parameter shows bearing wear in an electric motor first? (#)',
  'The discharge pressure of P-101 falls slowly, what should I check? (#)',
  'What tells cavitation from suction recirculation in a pump? (#)',
  'The bearing of P-101 is hot after a stop, what now? (#)',
];
