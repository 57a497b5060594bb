/** Slack passes the suite of channels, by Socket Mode and by HTTP, in a channel, in direct messages and by slash command. */
import { viewOf } from '../../../adapters/shared/view.ts';
import { whyBlocks } from '../../../adapters/slack/blocks.ts';
import { visibleText } from '../../peers/slack/blocks.ts';
import { type Posted, TOKENS } from '../../peers/slack/peer.ts';
import { freePort } from '../../ports.ts';
import { adapterContract, type Platform, type Seen } from '../adapter.contract.ts';
import type { MemoryDoor } from '../door.ts';
import { ANN, adapterFor, ME, OPS, slackPeer, textOf } from './app.ts';

adapterContract('Slack by Socket Mode, mentioned in a channel', (door) => open(door, { channel: OPS }));
adapterContract('Slack by HTTP, in direct messages', async (door) =>
  open(door, { channel: `D${ANN.slice(1)}`, port: await freePort() }),
);
adapterContract('Slack by slash command', (door) => open(door, { channel: OPS, bySlash: true }));

async function open(door: MemoryDoor, how: { channel: string; port?: number; bySlash?: boolean }): Promise<Platform> {
  const { channel, port, bySlash } = how;
  const url = `http://127.0.0.1:${port}/slack/events`;
  const peer = await slackPeer(port ? { http: { url: () => url, signingSecret: TOKENS.signingSecret } } : {});
  const by = port ? { by: { kind: 'http' as const, signingSecret: TOKENS.signingSecret, port } } : {};
  let adapter = await started();
  let again: () => Promise<unknown> = async () => {};

  async function started() {
    const made = adapterFor(peer, by);
    door.attach(made);
    await made.start(door);
    return made;
  }

  return {
    adapter: () => adapter,

    async say(text, thread) {
      if (bySlash && thread === undefined) {
        const before = new Set(peer.posts().map(({ ts }) => ts));
        await peer.slash(ANN, channel, text);
        const posted = await soon(() => peer.posts(channel).find(({ ts }) => !before.has(ts)));
        again = async () => {};
        return { thread: posted?.ts ?? '' };
      }
      const mention = channel.startsWith('D') || thread !== undefined ? '' : `${ME} `;
      const { message, bodies, events } = peer.say(
        ANN,
        channel,
        `${mention}${text}`,
        thread ? { thread_ts: thread } : {},
      );
      again = () => Promise.all(bodies.map((body) => peer.bring(body)));
      await Promise.race([Promise.all(events), new Promise((resolve) => setTimeout(resolve, 1000))]);
      return { thread: thread ?? message.ts };
    },

    deliverAgain: async () => void (await again()),

    posts() {
      const replies = peer.posts(channel).filter(({ metadata, streaming }) => metadata !== undefined || streaming);
      return Promise.all(
        replies.map(async (post): Promise<Seen> => {
          const text = `${textOf(post)}\n${await foldedText(post, door)}`;
          return { id: post.ts, edits: post.edits, text };
        }),
      );
    },

    async told() {
      const direct = peer.posts(channel).filter(({ metadata, streaming }) => metadata === undefined && !streaming);
      return [...peer.told(), ...direct.map(textOf)];
    },

    async flag({ id }, reason) {
      await peer.press(ANN, found(id), 'flag');
      await soon(() => peer.workspace.views.at(-1));
      await peer.submit(ANN, { reason });
    },

    async correct({ id }, answer, rationale) {
      const before = peer.workspace.views.length;
      await peer.press(ANN, found(id), 'correct');
      const opened = await soon(() => peer.workspace.views[before], 500);
      if (opened) await peer.submit(ANN, { answer, rationale });
    },

    async restart() {
      await adapter.stop();
      adapter = await started();
    },

    async close() {
      await adapter.stop();
    },
  };

  function found(ts: string): Posted {
    return peer.workspace.find(channel, ts)!;
  }
}

/** What "Why?" shows beside the card: the suite asks for everything that a reader can unfold. */
async function foldedText({ ts }: Posted, door: MemoryDoor): Promise<string> {
  const exchange = await door.byPost('slack', ts);
  const view = exchange && viewOf(exchange.reply, exchange);
  return view?.kind === 'answer' ? visibleText(whyBlocks(view)) : '';
}

async function soon<T>(look: () => T | undefined, withinMs = 1000): Promise<T | undefined> {
  for (const end = Date.now() + withinMs; Date.now() < end; ) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return undefined;
}
