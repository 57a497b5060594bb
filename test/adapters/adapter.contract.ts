/**
 * What every channel must do, whatever the platform: hear each message once, answer in one place, tell people what came of
 * what they pressed, and never be silent. A new adapter runs this suite with a `Platform`: its users' side of it.
 */
import { describe, expect, test, vi } from 'vitest';
import type { Adapter } from '../../bot/types.ts';
import { afterwards } from '../bot/fixture.ts';
import { answerWith, type MemoryDoor, memoryDoor, type Work } from './door.ts';

/** A post of the bot's, as a reader sees it now. */
export interface Seen {
  id: string;
  /** All its texts, folded ones included. */
  text: string;
  /** How often it was changed since it was posted. */
  edits: number;
}

/** One platform with the adapter connected to it, from the side of its users. */
export interface Platform {
  /** The adapter that serves now; another one after `restart`. */
  adapter(): Adapter;
  /** A person writes to the bot; in an earlier message's conversation with `thread` (what an earlier `say` gave). */
  say(text: string, thread?: string): Promise<{ thread: string }>;
  /** The platform delivers the latest message once more. */
  deliverAgain(): Promise<void>;
  /** The bot's replies, oldest first. */
  posts(): Promise<Seen[]>;
  /** Plain lines that people were told beside the replies: refusals, what came of a button. */
  told(): Promise<string[]>;
  flag(post: Seen, reason: string): Promise<void>;
  correct(post: Seen, answer: string, rationale: string): Promise<void>;
  /** Stops the adapter and starts a new one with nothing in memory. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const WAIT = { timeout: 20_000, interval: 10 };

const echo: Work = async (message, onStage) => {
  await onStage('thinking', 'so far');
  return answerWith({ answer: `You said: ${message.text}`, rationale: 'It was looked up.' });
};

export function adapterContract(name: string, open: (door: MemoryDoor) => Promise<Platform>): void {
  async function connect(work: Work = echo) {
    const door = memoryDoor(work);
    const platform = await open(door);
    afterwards(() => platform.close());
    /** The posts, once there are as many and the newest says it. */
    const shown = (count: number, words: string | RegExp) =>
      vi.waitFor(async () => {
        const posts = await platform.posts();
        expect(posts).toHaveLength(count);
        expect(posts.at(-1)!.text).toMatch(words);
        return posts;
      }, WAIT);
    const told = (words: RegExp) =>
      vi.waitFor(async () => expect((await platform.told()).join('\n')).toMatch(words), WAIT);
    return { door, platform, shown, told };
  }

  describe(`${name} as a channel`, () => {
    test('hands on who wrote what, where and when, and shows one reply that ends in the answer', async () => {
      const { door, platform, shown } = await connect();
      await platform.say('Why does P-101 shake?');
      const [post] = await shown(1, /You said: Why does P-101 shake\?/);
      expect(post!.text).toContain('It was looked up.');
      expect(post!.text).toMatch(/87 %/);
      expect(door.handled).toHaveLength(1);
      const [message] = door.handled;
      expect(message).toMatchObject({ text: 'Why does P-101 shake?', place: { adapter: platform.adapter().name } });
      expect(message!.author.id).toMatch(new RegExp(`^${platform.adapter().name}:.+`));
      expect(message!.author.name).not.toBe('');
      expect(message!.id).not.toBe('');
      expect(new Date(message!.sentAt).toISOString()).toBe(message!.sentAt);
    });

    test('shows what it is doing while it works', async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { platform, shown } = await connect(async (message, onStage) => {
        await onStage('recalling');
        await held;
        return echo(message, onStage);
      });
      await platform.say('one');
      await shown(1, /Recalling/i);
      release();
      const [post] = await shown(1, /You said: one/);
      expect(post!.text).not.toMatch(/Recalling/i);
    });

    test('a message delivered twice is one question and one reply', async () => {
      const { door, platform, shown } = await connect();
      await platform.say('one');
      await platform.deliverAgain();
      await shown(1, /You said: one/);
      await platform.deliverAgain();
      await platform.say('two');
      await shown(2, /You said: two/);
      expect(new Set(door.handled.map(({ id }) => id)).size).toBe(2);
    });

    test('a conversation stays one', async () => {
      const { door, platform, shown } = await connect();
      const { thread } = await platform.say('one');
      await shown(1, /one/);
      await platform.say('two', thread);
      await shown(2, /two/);
      await platform.say('three');
      await shown(3, /three/);
      const threads = door.handled.map(({ place }) => place.thread);
      expect(threads[1]).toBe(threads[0]);
      expect(threads[2]).not.toBe(threads[0]);
    });

    test('what the bot turns away is told to the person, and shows no reply', async () => {
      const { door, platform, told } = await connect();
      door.handle = async () => ({ kind: 'rejected', notice: 'You have no role here yet.' });
      await platform.say('one');
      await told(/You have no role here yet/);
      expect(await platform.posts()).toEqual([]);
    });

    test('a fault of the bot is told to the person', async () => {
      const { door, platform, told } = await connect();
      door.handle = async () => {
        throw new Error('the disk is full');
      };
      await platform.say('one').catch(() => {});
      await told(/again/);
    });

    test('a flag and a correction reach the door with their author; the reply shows them', async () => {
      const { platform, shown, told } = await connect();
      await platform.say('one');
      const [post] = await shown(1, /You said: one/);
      await platform.flag(post!, 'wrong machine');
      await told(/flagged/);
      await shown(1, /wrong machine/);
      await platform.correct(post!, 'Misalignment', 'seen at the stop');
      await told(/corrected/);
      const [after] = await shown(1, /Misalignment/);
      expect(after!.text).toContain('seen at the stop');
    });

    test('one who may not is told so, and nothing changes', async () => {
      const { door, platform, shown, told } = await connect();
      await platform.say('one');
      const [post] = await shown(1, /You said: one/);
      door.roles = ['operator'];
      await platform.correct(post!, 'Misalignment', '');
      await told(/only engineers/i);
      const exchange = await door.exchange(door.handled.length > 0 ? 'x1' : '');
      expect(exchange?.corrections).toEqual([]);
    });

    test('an answer however long is shown', async () => {
      const long = Array.from({ length: 6000 }, (_, i) => `word${i}`).join(' ');
      const { platform, shown } = await connect(async () => answerWith({ answer: long, rationale: long }));
      await platform.say('one');
      const [post] = await shown(1, /word0 word1/);
      expect(post!.text).toMatch(/word100 /);
    });

    test('a refusal, an open question and a failure read as what they are', async () => {
      const { platform, shown } = await connect(async ({ text }) => {
        if (text.startsWith('refuse')) {
          const answer = 'I do not help to bypass safety systems.';
          return answerWith({ outcome: 'refused', answeredBy: 'rule', answer, confidence: 1, reason: 'Safety rule.' });
        }
        if (text.startsWith('open')) {
          return answerWith({ outcome: 'escalated', answer: '', answeredBy: 'person', reason: 'No teacher knows.' });
        }
        throw new Error('the student fell over');
      });
      await platform.say('refuse');
      const [refused] = await shown(1, /I do not help to bypass/);
      expect(refused!.text).not.toMatch(/100 %/);
      await platform.say('open');
      await shown(2, /people/i);
      await platform.say('fail');
      await shown(3, /could not answer: .*fell over/);
    });

    test('a reply posted before a restart is found again and changed in its place', async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { platform, shown } = await connect(async (message, onStage) => {
        await held;
        return echo(message, onStage);
      });
      await platform.say('one');
      const before = await shown(1, /./);
      await platform.restart();
      release();
      const after = await shown(1, /You said: one/);
      expect(after[0]!.id).toBe(before[0]!.id);
    });

    test('stopped, it hears nothing more; stopped twice is no fault', async () => {
      const { door, platform } = await connect();
      await platform.adapter().stop();
      await platform.adapter().stop();
      await platform.say('one').catch(() => {});
      expect(door.handled).toEqual([]);
    });
  });
}
