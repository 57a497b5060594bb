/**
 * Slack's part of `npm run load:channels`: mentions in fifty channels, one in twenty-five delivered twice, against the local
 * peer with Slack's limits, while the shipped student works behind `rounds serve` in a process of its own. Slack lets one
 * app post some 300 and edit some 50 messages a minute, so the measuring ends when every event is answered or told to
 * wait, or after five minutes.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { visibleText } from '../peers/slack/blocks.ts';
import { type Posted, startSlackPeer, TOKENS } from '../peers/slack/peer.ts';
import { BOT } from '../peers/slack/workspace.ts';
import type { Loader } from './load.ts';
import { ended, serve } from './load-serve.ts';

const CHANNELS = 50;
const PEOPLE = 20;
const AGAIN = 25;
const LONGEST_MS = 300_000;
const ROOT = join(import.meta.dirname, '../..');

export const loadSlack: Loader = async ({ events, overMs }) => {
  const manifest = parse(readFileSync(join(ROOT, 'docs/slack-manifest.yaml'), 'utf8'));
  const peer = await startSlackPeer({ scopes: manifest.oauth_config.scopes.bot });
  for (let i = 0; i < PEOPLE; i++) peer.workspace.addUser(`U0P${i}`, `Person ${i}`);
  for (let i = 0; i < CHANNELS; i++) peer.workspace.addConversation(`C0CH${i}`, 'channel');
  const dataDir = await mkdtemp(join(tmpdir(), 'rounds-load-'));
  const bot = await serve({
    ...{ SLACK_BOT_TOKEN: TOKENS.bot, SLACK_APP_TOKEN: TOKENS.app, SLACK_API: peer.apiUrl },
    ...{ ROLES: 'slack:*=operator', DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'fatal' },
  });
  try {
    /** Times of the questions. */
    const asked: string[] = [];
    const began = Date.now();
    for (let i = 0; i < events; i++) {
      await sleep(Math.max(0, began + (i * overMs) / events - Date.now()));
      const { message, bodies } = peer.say(`U0P${i % PEOPLE}`, `C0CH${i % CHANNELS}`, `<@${BOT.user}> ${question(i)}`);
      asked.push(message.ts);
      if (i % AGAIN === 0) void peer.bring(bodies[0]!);
    }
    let states = look();
    for (const end = began + LONGEST_MS; states.some((of) => of.length === 0) && Date.now() < end; states = look()) {
      await sleep(2000);
      process.stderr.write(`slack: ${seconds(began)} s, ${counted()}\n`);
    }
    // Whatever would come twice has time to come.
    await sleep(3000);
    states = look();
    const times = [...peer.figures.acknowledgedMs].sort((a, b) => a - b);
    return {
      events,
      acknowledgedP99Ms: Math.round(times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN),
      answered: states.filter((of) => of.includes('answered')).length,
      toldToWait: states.filter((of) => of[0] === 'told to wait').length,
      lost: states.filter((of) => of.length === 0).length,
      duplicated: states.filter((of) => of.length > 1).length,
      rateLimitViolations: peer.figures.rateLimitViolations,
      acknowledgedLate: peer.figures.late,
      seconds: seconds(began),
    };

    /** What hangs under each question. */
    function look(): ('answered' | 'told to wait')[][] {
      const under = new Map<string, ('answered' | 'told to wait')[]>();
      for (const post of peer.posts()) {
        const of = under.get(post.thread_ts ?? '') ?? [];
        under.set(post.thread_ts ?? '', [...of, stateOf(post)]);
      }
      return asked.map((ts) => under.get(ts) ?? []);
    }

    function counted(): string {
      const answered = states.filter((of) => of.includes('answered')).length;
      return `${answered} answered, ${states.filter((of) => of[0] === 'told to wait').length} told to wait`;
    }
  } finally {
    await ended(bot);
    await peer.close();
    await rm(dataDir, { recursive: true, force: true });
  }
};

/** A card with its buttons, or a line that says its place or, of the few in work, what is being done. */
function stateOf({ blocks }: Posted): 'answered' | 'told to wait' {
  const done = (blocks ?? []).some((block) => (block as { type: string }).type === 'actions');
  if (!done && !/before yours|…/.test(visibleText(blocks)))
    throw new Error(`neither answered nor told: ${visibleText(blocks)}`);
  return done ? 'answered' : 'told to wait';
}

/** Questions that the student has to think about. */
function question(i: number): string {
  const tags = ['P-101', 'P-102', 'M-201', 'F-301', 'G-401'];
  const symptoms = [
    'is shaking',
    'has a hot bearing',
    'draws more current',
    'is noisy',
    'leaks at the seal',
    'vibrates at start',
  ];
  return `${tags[i % tags.length]} ${symptoms[i % symptoms.length]}, what could it be?`;
}

const seconds = (since: number) => Math.round((Date.now() - since) / 1000);
