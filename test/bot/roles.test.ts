/**
 * Who may do what, at the bot's door: nobody anything without a role; correct, teach, review and another's undo take an
 * engineer. Whatever changes what the bot says is written down with who, what, when, before and after; so is each refusal.
 */
import { describe, expect, it } from 'vitest';
import type { Bot } from '../../bot/bot.ts';
import type { Action, AuditEntry, Person, Store } from '../../bot/types.ts';
import { done, messageOf, openBot } from './desk.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
/** By name, by Discord role, by Slack group, by channel; and by nothing. */
const ROLES = {
  'memory:eng': ['engineer'],
  'discord:&77': ['engineer'],
  'discord:&66': ['operator'],
  'slack:@S5': ['admin'],
  'discord:13': [],
  'web:*': ['operator'],
} as const;
const WHO: Record<string, Person> = {
  engineer: { id: 'memory:eng', name: 'Eng' },
  'engineer by Discord role': { id: 'discord:1', name: 'Dee', groups: ['discord:&66', 'discord:&77'] },
  'admin by Slack group': { id: 'slack:U1', name: 'Sam', groups: ['slack:@S5'] },
  'operator by Discord role': { id: 'discord:2', name: 'Olga', groups: ['discord:&66'] },
  'operator by channel': { id: 'web:local', name: 'Local user' },
  'somebody without a role': { id: 'discord:3', name: 'Eng' },
  'somebody shut out by name': { id: 'discord:13', name: 'Max', groups: ['discord:&77'] },
  'a role of another platform': { id: 'slack:U9', name: 'Una', groups: ['discord:&77'] },
};
const ENGINEERS = ['engineer', 'engineer by Discord role', 'admin by Slack group'];
const OPERATORS = ['operator by Discord role', 'operator by channel'];

async function open() {
  const { bot, store } = await openBot({ config: { roles: ROLES, maxError: 0.05 }, clock: () => NOW });
  await bot.start();
  const receipt = await bot.handle(messageOf('why does P-101 shake?'));
  if (receipt.kind !== 'accepted') throw new Error('not accepted');
  await done(bot, receipt.exchangeId);
  return { bot, store, exchangeId: receipt.exchangeId };
}

async function auditOf(store: Store): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const entry of store.export('audit')) entries.push(entry as AuditEntry);
  return entries;
}

type Deed = (author: Person, exchangeId: string) => Action;
const PLACE = { adapter: 'memory', channel: 'ops', thread: 't' };
const PRIVILEGED: Record<string, Deed> = {
  correct: (author, exchangeId) => ({
    kind: 'correct',
    id: 'a1',
    exchangeId,
    author,
    answer: 'the coupling',
    rationale: '',
  }),
  teach: (author) => ({
    kind: 'teach',
    id: 'a1',
    place: PLACE,
    author,
    question: 'why?',
    answer: 'the coupling',
    rationale: '',
  }),
  review: (author) => ({ kind: 'review', id: 'a1', item: 'nothing', decision: 'accept', author }),
};

describe.each(Object.keys(PRIVILEGED))('%s', (deed) => {
  it.each(Object.keys(WHO).filter((who) => !ENGINEERS.includes(who)))(
    'is denied to %s, and that is written down',
    async (who) => {
      const { bot, store, exchangeId } = await open();
      const author = WHO[who]!;
      const result = await bot.act(PRIVILEGED[deed]!(author, exchangeId));
      expect(result.kind).toBe('denied');
      expect(result.notice).toMatch(OPERATORS.includes(who) ? /[Ee]ngineer/ : /no role/);
      expect(await store.corrections(0)).toEqual([]);
      const [entry, ...more] = await auditOf(store);
      expect(more).toEqual([]);
      expect(entry).toMatchObject({
        who: { id: author.id, name: author.name },
        what: deed,
        allowed: false,
        at: NOW.toISOString(),
      });
      expect(entry!.after).not.toBe('');
    },
  );

  it.each(ENGINEERS)('is not denied to %s', async (who) => {
    const { bot, exchangeId } = await open();
    expect((await bot.act(PRIVILEGED[deed]!(WHO[who]!, exchangeId))).kind).not.toBe('denied');
  });
});

describe('what is written down', () => {
  it('of a correction, another one over it, and their undo: who, what, when, before and after', async () => {
    const { bot, store, exchangeId } = await open();
    const [ann, dee] = [WHO.engineer!, WHO['engineer by Discord role']!];
    await bot.act({ kind: 'correct', id: 'c1', exchangeId, author: ann, answer: 'first', rationale: '' });
    await bot.act({ kind: 'correct', id: 'c2', exchangeId, author: dee, answer: 'second', rationale: '' });
    await bot.act({ kind: 'undo', id: 'u1', target: 'c2', author: ann });
    expect(
      (await auditOf(store)).map(({ who, what, target, before, after, at, allowed }) => [
        who.name,
        what,
        target,
        before,
        after,
        at,
        allowed,
      ]),
    ).toEqual([
      ['Eng', 'correct', exchangeId, 'echo: why does P-101 shake?', 'first', NOW.toISOString(), true],
      ['Dee', 'correct', exchangeId, 'first', 'second', NOW.toISOString(), true],
      ['Dee', 'supersede', 'c1', 'first', 'second', NOW.toISOString(), true],
      ['Eng', 'undo correction', 'c2', 'second', '', NOW.toISOString(), true],
    ]);
  });

  it('of an operator’s undo of another’s flag: denied, and the flag stands', async () => {
    const { bot, store, exchangeId } = await open();
    await bot.act({ kind: 'flag', id: 'f1', exchangeId, author: WHO['operator by channel']!, reason: 'no' });
    const other = WHO['operator by Discord role']!;
    expect((await bot.act({ kind: 'undo', id: 'u1', target: 'f1', author: other })).kind).toBe('denied');
    expect((await store.exchange(exchangeId))!.flags[0]!.withdrawn).toBe(false);
    expect((await auditOf(store)).at(-1)).toMatchObject({
      what: 'undo flag',
      who: { id: other.id },
      before: 'no',
      after: 'no',
      allowed: false,
    });
  });

  it('of the same deed sent twice: once', async () => {
    const { bot, store, exchangeId } = await open();
    const correct = PRIVILEGED.correct!(WHO.engineer!, exchangeId);
    await bot.act(correct);
    await bot.act(correct);
    expect(await auditOf(store)).toHaveLength(1);
  });
});

describe('a message', () => {
  it.each(['why does P-101 shake?', 'status', 'flag it is wrong', 'correct: nothing'])(
    'of somebody without a role (%s) is turned away, and that is written down',
    async (text) => {
      const { bot, store } = await open();
      const before = (await store.counts()).exchanges;
      const author = WHO['somebody without a role']!;
      expect(await bot.handle(messageOf(text, { author }))).toMatchObject({
        kind: 'rejected',
        notice: expect.stringMatching(/discord:3 to ROLES/),
      });
      expect((await store.counts()).exchanges).toBe(before);
      expect(await auditOf(store)).toMatchObject([{ who: { id: 'discord:3' }, allowed: false }]);
    },
  );

  it('of an operator cannot correct by text either', async () => {
    const { bot, store } = await open();
    const author = WHO['operator by Discord role']!;
    expect(await refused(bot, author)).toMatch(/Only engineers correct/);
    expect(await store.corrections(0)).toEqual([]);
  });
});

async function refused(bot: Bot, author: Person): Promise<string> {
  const receipt = await bot.handle(messageOf('correct: nothing at all', { author }));
  return receipt.kind === 'rejected' ? receipt.notice : receipt.kind;
}
