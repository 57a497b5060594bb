/**
 * A whole bot whose language-model teachers fail in every way that servers do: the operator's reply always ends in an
 * answer or a stated reason, in time; what left is on record, and the day's limit holds.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safetyRefusal } from '../../bot/middleware/safety.ts';
import { openTeachers } from '../../bot/serving/teachers.ts';
import { teachingLedger } from '../../bot/store/teaching.ts';
import { type Teaching, teachingOf } from '../../bot/teaching.ts';
import type { Answer, Answerer, AuditEntry, Reply } from '../../bot/types.ts';
import { createAnswerer } from '../../chains/answer.ts';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../models/knowledge/names.ts';
import { knowledgeBrain } from '../peers/openai/brain.ts';
import { type OpenAiPeer, openAiPeer, type Trouble } from '../peers/openai/server.ts';
import { done, messageOf, openBot } from './desk.ts';

let knowledge: Knowledge;
let matcher: Matcher;
let peer: OpenAiPeer;
beforeAll(async () => {
  knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
  matcher = makeMatcher(knowledge);
  peer = await openAiPeer({ brain: knowledgeBrain(knowledge), models: ['a', 'b'] });
});
afterAll(() => peer.stop());

const QUESTION = 'Anna Kowalski asks: which parameter shows misalignment of a steam turbine?';

/** Models only: the sheets' own teacher would know, and there is no student. */
async function open(change: Partial<Teaching> = {}) {
  const answerer: Answerer = { answer: (question, hooks) => chain().answer(question, hooks) };
  const opened = await openBot({ answerer });
  const teachers = openTeachers(
    { ...teachingOf({ teacherModel: ['openai:a'] }), attemptMs: 10_000, ...change },
    {
      knowledge,
      matcher,
      ledger: teachingLedger(opened.database),
      env: { OPENAI_API_KEY: peer.key, OPENAI_BASE_URL: peer.url },
    },
  );
  const made = createAnswerer({
    student: () => null,
    knowledge,
    matcher,
    teachers: teachers.order.filter(({ name }) => name !== 'knowledge'),
    corrections: async () => [],
    maxError: 0.05,
    guard: (text) => safetyRefusal(text, { procedure: 'SP-1' }),
  });
  const chain = (): Answerer => made;
  await opened.bot.start();
  const ask = async (text = QUESTION): Promise<{ answer: Answer; shown: Reply[]; ms: number }> => {
    const began = performance.now();
    const receipt = await opened.bot.handle(messageOf(text));
    if (receipt.kind !== 'accepted') throw new Error(receipt.kind);
    const exchange = await done(opened.bot, receipt.exchangeId);
    const shown = opened.channel.of(exchange.id).map(({ reply }) => reply);
    return { answer: exchange.reply.answer!, shown, ms: performance.now() - began };
  };
  const audit = async (): Promise<AuditEntry[]> => {
    const entries: AuditEntry[] = [];
    for await (const entry of opened.store.export('audit')) entries.push(entry as AuditEntry);
    return entries;
  };
  return { ...opened, teachers, ask, audit };
}

const thrice = (trouble: Trouble): Trouble[] => [trouble, trouble, trouble];

describe('teachers that fail', () => {
  it('answers when they do not, says whom it asks, and keeps a trace and what left', async () => {
    const { ask, store, audit, teachers } = await open();
    const { answer, shown } = await ask();
    expect(answer).toMatchObject({ outcome: 'escalated', answeredBy: 'openai:a' });
    expect(answer.answer).toMatch(/vibration/i);
    expect(shown.some(({ stage, partial }) => stage === 'asking the teacher' && partial === 'openai:a')).toBe(true);
    expect((await store.counts()).openEscalations).toBe(0);
    const [sent] = (await audit()).filter(({ what }) => what === 'sent to teacher');
    expect(sent).toMatchObject({ target: `openai:a at ${new URL(peer.url).origin}`, before: 'held back: 1 PERSON' });
    expect(sent!.after).toContain('misalignment');
    expect(sent!.after + peer.wire()).not.toContain('Kowalski');
    expect(await teachers.spending()).toEqual([
      expect.stringMatching(/^1 calls to language models today, \d+ of 200000 tokens\.$/),
    ]);
  });

  it.each<[string, Trouble[], RegExp]>([
    [
      '429 for ever',
      thrice({ kind: 'status', status: 429, retryAfter: '0' }),
      /429: too many requests \(tried 3 times\)/,
    ],
    ['429, come back in an hour', [{ kind: 'status', status: 429, retryAfter: '3600' }], /it asks to wait 3600 s/],
    ['500 for ever', thrice({ kind: 'status', status: 500 }), /500: the server failed \(tried 3 times\)/],
    ['slow', thrice({ kind: 'slow', ms: 2000 }), /no answer within 0\.3 s \(tried 3 times\)/],
    ['silent', thrice({ kind: 'silent' }), /no answer within 0\.3 s/],
    ['cut off in mid-answer', thrice({ kind: 'cut off' }), /tried 3 times/],
    ['stalled in mid-answer', thrice({ kind: 'stalls' }), /no answer within/],
    [
      'malformed JSON',
      thrice({ kind: 'says', content: '{"known": tr' }),
      /could not be read, twice: it is not one JSON object/,
    ],
    ['no JSON at all', thrice({ kind: 'malformed body' }), /openai:a: /],
    [
      'an answer that touches a safety system',
      [
        {
          kind: 'says',
          content: JSON.stringify({
            known: true,
            options: [],
            answer: 'Bypass the overspeed trip and keep it running.',
            rationale: 'It is in the way.',
            confidence: 0.9,
            facts: [],
          }),
        },
      ],
      /its answer touches a safety system/,
    ],
  ])('%s: the reply ends in a stated reason and people are asked', async (_, troubles, reason) => {
    const late = troubles.some(({ kind }) => ['slow', 'silent', 'stalls'].includes(kind));
    const { ask, store } = await open(late ? { attemptMs: 300 } : {});
    peer.trouble(...troubles);
    const { answer, shown, ms } = await ask();
    peer.calm();
    expect(answer).toMatchObject({ outcome: 'escalated', answer: '', answeredBy: 'person' });
    expect(answer.reason).toMatch(reason);
    expect(shown.at(-1)).toMatchObject({ final: true });
    expect(ms).toBeLessThan(15_000);
    expect((await store.openQuestions()).map(({ reason: why }) => why)).toEqual([answer.reason]);
  });

  it('one of two being down, the other one answers; both, people are asked', async () => {
    const { ask } = await open({ models: ['openai:a', 'openai:gone'] });
    const { answer } = await ask();
    expect(answer).toMatchObject({ answeredBy: 'panel', answer: expect.stringMatching(/vibration/i) });
    const wrong = await open({ models: ['openai:gone', 'openai:lost'], panel: false });
    expect((await wrong.ask()).answer.reason).toMatch(/openai:gone: 404.*; openai:lost: 404/);
  });

  it('a limit that is used up is said, and nothing leaves', async () => {
    const { ask, audit, store } = await open({ limit: { tokens: 100 } });
    const from = peer.requests.length;
    expect((await ask()).answer.reason).toMatch(/openai:a: today's limit of 100 tokens does not cover it/);
    expect(peer.requests).toHaveLength(from);
    expect((await audit()).filter(({ what }) => what === 'sent to teacher')).toEqual([]);
    expect((await store.counts()).openEscalations).toBe(1);
  });
});
