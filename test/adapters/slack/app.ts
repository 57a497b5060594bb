/** The Slack adapter connected to the local Slack, and its users' side, for the tests of it. */
import { readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { parse } from 'yaml';
import { type SlackOptions, slackAdapter } from '../../../adapters/slack/slack.ts';
import type { BotOptions } from '../../../bot/bot.ts';
import type { Adapter, Correction, Door } from '../../../bot/types.ts';
import { createAnswerer } from '../../../chains/answer.ts';
import { knowledgeTeacher } from '../../../models/teacher/knowledge.ts';
import { openBot } from '../../bot/desk.ts';
import { afterwards } from '../../bot/fixture.ts';
import { type RuleStudent, ruleStudent } from '../../chains/rule-student.ts';
import { examplePlant } from '../../chains/setup.ts';
import { visibleText } from '../../peers/slack/blocks.ts';
import { type PeerOptions, type Posted, type SlackPeer, startSlackPeer, TOKENS } from '../../peers/slack/peer.ts';
import { BOT } from '../../peers/slack/workspace.ts';

export interface Manifest {
  features: { slash_commands: { command: string }[]; shortcuts: { callback_id: string }[] };
  oauth_config: { scopes: { bot: string[] } };
  settings: { event_subscriptions: { bot_events: string[] } };
}

export const manifest = parse(
  readFileSync(new URL('../../../docs/slack-manifest.yaml', import.meta.url), 'utf8'),
) as Manifest;

/** Rates that do not slow a test down; the load test keeps Slack's. */
export const FAST = {
  ...{ postEveryMs: 0, progressEveryMs: 20, pauseMs: { first: 20, longest: 200 }, stopGraceMs: 200 },
  perMinute: {},
};

export const OPS = 'C0OPS';
export const ANN = 'U0ANN';
export const BOB = 'U0BOB';
export const ME = `<@${BOT.user}>`;

export async function slackPeer(options: Partial<PeerOptions> = {}): Promise<SlackPeer> {
  const peer = await startSlackPeer({
    ...{ scopes: manifest.oauth_config.scopes.bot, postEveryMs: 0, ackWithinMs: 1500, retryAfterMs: [0, 200, 600] },
    perMinute: Object.fromEntries(
      ['chat.postMessage', 'chat.update', 'chat.startStream', 'chat.appendStream', 'chat.stopStream'].map((method) => [
        method,
        10_000,
      ]),
    ),
    ...options,
  });
  afterwards(() => peer.close());
  peer.workspace.addUser(ANN, 'Ann');
  peer.workspace.addUser(BOB, 'Bob');
  peer.workspace.groups.set('S0ENG', new Set([ANN]));
  peer.workspace.addConversation(OPS, 'channel');
  peer.workspace.imOf(ANN);
  return peer;
}

export const silent = { info() {}, warn() {}, error() {} };

export function adapterFor(peer: SlackPeer, options: Partial<SlackOptions> = {}) {
  const { timing, ...rest } = options;
  return slackAdapter({
    ...{ botToken: TOKENS.bot, by: { kind: 'socket', appToken: TOKENS.app }, apiUrl: peer.apiUrl, log: silent },
    ...rest,
    timing: { ...FAST, ...timing },
  });
}

/** Started, attached to the door, and stopped after the test. */
export async function connect(
  peer: SlackPeer,
  door: Door & { attach?: (adapter: Adapter) => void },
  options: Partial<SlackOptions> = {},
) {
  const adapter = adapterFor(peer, options);
  door.attach?.(adapter);
  await adapter.start(door);
  afterwards(() => adapter.stop());
  return adapter;
}

/** All a reader can see of a post, its "Why?" aside. */
export function textOf({ blocks, text, streamed, tasks }: Posted): string {
  return [...tasks.values(), streamed, blocks ? visibleText(blocks) : text].join('\n');
}

export const WAIT = { timeout: 15_000, interval: 10 };

/** The whole bot behind the adapter: store, queue, chain with sheets and a student that answers by rule, teachers, people. */
export async function wholeBot(
  peer: SlackPeer,
  options: { slowMs?: number; dataDir?: string; adapter?: Adapter; rule?: RuleStudent; bot?: Partial<BotOptions> } = {},
) {
  const { slowMs, dataDir, rule = ruleStudent(slowMs ? { slowMs } : {}) } = options;
  const { knowledge, matcher } = await examplePlant();
  const adapter = options.adapter ?? adapterFor(peer, { groups: ['S0ENG'] });
  const parts: { corrections: (after: number) => Promise<Correction[]> } = { corrections: async () => [] };
  const answerer = createAnswerer({
    ...{ student: () => rule, knowledge, matcher, maxError: 0.05, teachers: [knowledgeTeacher(knowledge, matcher)] },
    corrections: (after) => parts.corrections(after),
  });
  const opened = await openBot(
    {
      ...{ answerer, adapters: [adapter], updateEveryMs: 20 },
      config: { roles: { 'slack:@S0ENG': ['engineer'], 'slack:*': ['operator'] }, maxError: 0.05 },
      ...options.bot,
    },
    dataDir,
  );
  parts.corrections = (after) => opened.store.corrections(after);
  await opened.bot.start();
  return { ...opened, adapter, rule };
}

/** The bot's posts in a channel once the newest says it. */
export function shown(peer: SlackPeer, words: RegExp, channel?: string): Promise<Posted> {
  return vi.waitFor(() => {
    const post = peer.posts(channel).at(-1);
    expect(post && textOf(post)).toMatch(words);
    return post!;
  }, WAIT);
}

export function told(peer: SlackPeer, words: RegExp): Promise<void> {
  return vi.waitFor(() => expect(peer.told().join('\n')).toMatch(words), WAIT);
}
