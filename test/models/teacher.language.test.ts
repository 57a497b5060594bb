/** Language-model teachers through LangChain, against a local server that speaks OpenAI's protocol and fails as real ones do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../models/knowledge/names.ts';
import { agreement } from '../../models/teacher/agree.ts';
import { briefing } from '../../models/teacher/briefing.ts';
import { type Guards, guardedChat } from '../../models/teacher/guarded.ts';
import { languageModelTeacher } from '../../models/teacher/language.ts';
import { type DailyLimit, memoryLedger } from '../../models/teacher/ledger.ts';
import { panel } from '../../models/teacher/panel.ts';
import { examineModel, languageModel } from '../../models/teacher/providers.ts';
import { makeRedactor, type Redactor } from '../../models/teacher/redact/redact.ts';
import { tradeWords } from '../../models/teacher/redact/trade.ts';
import type { Teacher, TeacherAnswer, TeacherQuestion } from '../../models/teacher/types.ts';
import { knowledgeBrain } from '../peers/openai/brain.ts';
import { type OpenAiPeer, openAiPeer } from '../peers/openai/server.ts';
import { inShape, teacherContract } from './teacher.contract.ts';

let knowledge: Knowledge;
let matcher: Matcher;
let peer: OpenAiPeer;
let liar: OpenAiPeer;
let redactor: Redactor;
const ready = (async () => {
  knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
  matcher = makeMatcher(knowledge);
  redactor = makeRedactor({ trade: tradeWords(knowledge) });
  peer = await openAiPeer({ brain: knowledgeBrain(knowledge) });
  liar = await openAiPeer({ brain: knowledgeBrain(knowledge, { wrongly: true }) });
})();
beforeAll(() => ready);
afterAll(() => Promise.all([peer.stop(), liar.stop()]));

interface Made {
  teacher: Teacher;
  ledger: ReturnType<typeof memoryLedger>;
  slept: number[];
}

function make(
  change: Partial<Guards> & {
    at?: OpenAiPeer;
    streaming?: boolean;
    key?: string;
    model?: string;
    followUps?: number;
    limit?: DailyLimit;
  } = {},
): Made {
  const { at = peer, streaming = false, key = at.key, model = 'peer-model', followUps, ...guards } = change;
  const ledger = memoryLedger();
  const slept: number[] = [];
  const chat = languageModel(`openai:${model}`, { env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: at.url }, streaming });
  const guarded = guardedChat(chat, {
    redactor,
    ledger,
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
    attemptMs: 5000,
    key: 'OPENAI_API_KEY',
    ...guards,
  });
  const teacher = languageModelTeacher({
    chat: guarded,
    facts: (question) => briefing({ knowledge, matcher }, question),
    same: agreement(matcher),
    ...(followUps === undefined ? {} : { followUps }),
  });
  return { teacher, ledger, slept };
}

const CHOICE = {
  question: 'Which sensor shows cavitation of a pump?',
  options: ['oil debris', 'noise', 'Fluid leakage'],
};
const asked = (change: Partial<TeacherQuestion> = {}): TeacherQuestion => ({
  ...CHOICE,
  topic: { asset: 'pump', faults: ['cavitation'], parameters: [] },
  facts: [],
  ...change,
});

teacherContract('language model', {
  make: async () => {
    await ready;
    return make().teacher;
  },
  known: { open: 'Which parameter shows misalignment of a steam turbine?', choice: CHOICE },
  abortsMidway: true,
});

teacherContract('language model, streaming', {
  make: async () => {
    await ready;
    return make({ streaming: true }).teacher;
  },
  known: { open: 'Which parameter shows misalignment of a steam turbine?', choice: CHOICE },
  abortsMidway: true,
});

teacherContract('panel', {
  make: async () => {
    await ready;
    return panel({ teachers: [make().teacher, make({ streaming: true }).teacher], same: agreement(matcher) });
  },
  known: { open: 'Which parameter shows misalignment of a steam turbine?', choice: CHOICE },
  abortsMidway: true,
});

describe('what is asked', () => {
  it('carries the plant’s facts, the attempt and the doubt as data, apart from the instructions', async () => {
    const { teacher } = make();
    const from = peer.requests.length;
    const answer = await teacher.ask(
      asked({
        attempt: { answer: 'oil debris', rationale: 'pump, cavitation. noise 9.', confidence: 0.31 },
        doubt: { reasons: ['two options are nearly as likely'] },
      }),
    );
    const [request] = peer.requests.slice(from);
    const [system, user] = request!.messages;
    expect(system!.content).not.toContain('cavitation');
    const data = JSON.parse(user!.content) as Record<string, unknown>;
    expect(data).toMatchObject({
      question: CHOICE.question,
      options: { A: 'oil debris', B: 'noise', C: 'Fluid leakage' },
      about: { machine: 'pump', faults: ['cavitation'] },
      small_model: { said: 'oil debris', confidence: 0.31 },
      why_it_doubts: ['two options are nearly as likely'],
    });
    const facts = Object.values(data.plant_facts as Record<string, string>);
    expect(facts.some((fact) => /cavitation/.test(fact) && /noise/.test(fact))).toBe(true);
    expect(JSON.stringify(facts).length).toBeLessThan(9000);
    expect(request!.response_format).toMatchObject({ type: 'json_schema', json_schema: { name: 'teacher_answer' } });
    expect(request!.temperature).toBe(0);
    expect(answer).toMatchObject({ kind: 'knows', answer: 'noise' });
    // What it says that it used can be looked up.
    if (answer.kind === 'knows') for (const { id, text } of answer.sources) expect(knowledge.fact(id)?.text).toBe(text);
    expect(answer.kind === 'knows' && answer.sources.length).toBeGreaterThan(0);
  });

  it('asks back where the student doubts, once; who then says otherwise is not taken at their word', async () => {
    const doubt = {
      reasons: ['two options are nearly as likely'],
      options: [
        { option: 'oil debris', probability: 0.6 },
        { option: 'noise', probability: 0.3 },
        { option: 'Fluid leakage', probability: 0.1 },
      ],
    };
    const from = peer.requests.length;
    expect(await make().teacher.ask(asked({ doubt }))).toMatchObject({ kind: 'knows', answer: 'noise' });
    const [, second, ...more] = peer.requests.slice(from);
    expect(more).toEqual([]);
    expect(second!.messages.at(-1)!.content).toMatch(/"oil debris" for likelier \(60 %\) than "noise" \(30 %\)/);
    expect(second!.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);

    const { teacher } = make();
    peer.trouble({ kind: 'slow', ms: 0 }, { kind: 'says', content: form({ options: ['A'] }) });
    expect(await teacher.ask(asked({ doubt }))).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/not firm: first "noise", asked back "oil debris"/),
      opinions: [{ answer: 'noise' }, { answer: 'oil debris' }],
    });
  });

  it('asks nothing back where the student agrees, where it is told not to, and in samples, which may differ', async () => {
    const sure = {
      reasons: [],
      options: [
        { option: 'noise', probability: 0.7 },
        { option: 'oil debris', probability: 0.2 },
      ],
    };
    const torn = {
      reasons: [],
      options: [
        { option: 'noise', probability: 0.4 },
        { option: 'oil debris', probability: 0.5 },
      ],
    };
    const from = peer.requests.length;
    await make().teacher.ask(asked({ doubt: sure }));
    await make({ followUps: 0 }).teacher.ask(asked({ doubt: torn }));
    await make().teacher.ask(asked({ doubt: torn, sample: 1 }));
    expect(peer.requests.slice(from).map(({ temperature }) => temperature)).toEqual([0, 0, 0.7]);
  });
});

const form = (change: object): string =>
  JSON.stringify({
    known: true,
    options: ['B'],
    answer: 'noise',
    rationale: 'Bubbles collapse.',
    confidence: 0.9,
    facts: [],
    ...change,
  });

describe('an answer that cannot be read', () => {
  it.each<[string, string]>([
    ['prose', 'I believe it is noise.'],
    ['half an object', '{"known": true, "opt'],
    ['another form', '{"answer": "noise"}'],
    ['more than was asked for', form({ note: 'hello' })],
    ['an option that is not there', form({ options: ['K'] })],
    ['no option', form({ options: [] })],
    ['a certainty above one', form({ confidence: 90 })],
    ['no rationale', form({ rationale: ' ' })],
    ['nothing', ''],
  ])('%s is asked again, once', async (_, content) => {
    const { teacher, ledger } = make();
    const from = peer.requests.length;
    peer.trouble({ kind: 'says', content });
    expect(await teacher.ask(asked())).toMatchObject({ kind: 'knows', answer: 'noise' });
    expect(peer.requests.slice(from)).toHaveLength(2);
    expect(peer.requests.at(-1)!.messages.at(-1)!.content).toMatch(/could not be read: /);
    expect(await ledger.today()).toMatchObject({ calls: 2, failures: 1 });

    const again = make();
    peer.trouble({ kind: 'says', content }, { kind: 'says', content });
    const failed = await again.teacher.ask(asked());
    expect(failed).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/could not be read, twice: /),
      failed: true,
    });
    inShape(failed);
    expect(await again.ledger.today()).toMatchObject({ calls: 2, failures: 2 });
  });

  it('takes an object in a code fence for what it is', async () => {
    peer.trouble({ kind: 'says', content: `\`\`\`json\n${form({})}\n\`\`\`` });
    const from = peer.requests.length;
    expect(await make().teacher.ask(asked())).toMatchObject({ kind: 'knows', answer: 'noise' });
    expect(peer.requests.slice(from)).toHaveLength(1);
  });

  it.each([false, true])('one that was cut off by the token limit is asked again (streaming %s)', async (streaming) => {
    const { teacher, ledger } = make({ streaming });
    peer.trouble({ kind: 'too long' });
    expect(await teacher.ask(asked())).toMatchObject({ kind: 'knows', answer: 'noise' });
    expect(await ledger.today()).toMatchObject({ calls: 2, failures: 1 });
  });

  it('takes an unsure answer for a guess, and keeps it as an opinion', async () => {
    peer.trouble({ kind: 'says', content: form({ confidence: 0.3 }) });
    expect(await make().teacher.ask(asked())).toMatchObject({
      kind: 'does not know',
      reason: 'is not sure (30 %): noise',
      opinions: [{ teacher: 'openai:peer-model', answer: 'noise', confidence: 0.3 }],
    });
  });
});

describe.each([false, true])('a server that fails (streaming %s)', (streaming) => {
  const answered: Partial<TeacherAnswer> = { kind: 'knows', answer: 'noise' };

  it('429: waits as long as it asks for, then goes on', async () => {
    const { teacher, slept } = make({ streaming });
    peer.trouble({ kind: 'status', status: 429, retryAfter: '7' });
    expect(await teacher.ask(asked())).toMatchObject(answered);
    expect(slept).toEqual([7000]);
  });

  it('429 with a wait too long for someone who waits: says so at once', async () => {
    const { teacher, slept } = make({ streaming });
    peer.trouble({ kind: 'status', status: 429, retryAfter: '3600' });
    expect(await teacher.ask(asked())).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/^429: too many requests; it asks to wait 3600 s/),
    });
    expect(slept).toEqual([]);
  });

  it('500, 503: tries again after growing pauses, three times in all', async () => {
    const { teacher, slept } = make({ streaming });
    peer.trouble({ kind: 'status', status: 500 }, { kind: 'status', status: 503 });
    expect(await teacher.ask(asked())).toMatchObject(answered);
    expect(slept).toEqual([500, 1000]);
    peer.trouble(...[500, 500, 500].map((status) => ({ kind: 'status' as const, status })));
    const failed = await teacher.ask(asked());
    expect(failed).toMatchObject({
      kind: 'does not know',
      reason: '500: the server failed (tried 3 times)',
      failed: true,
    });
  });

  it.each<[string, Parameters<OpenAiPeer['trouble']>[0], RegExp]>([
    ['a used-up quota', { kind: 'quota' }, /quota at the provider is used up/],
    ['a request it does not take', { kind: 'status', status: 400 }, /^400: /],
  ])('%s: does not try again', async (_, trouble, reason) => {
    const from = peer.requests.length;
    peer.trouble(trouble);
    expect(await make({ streaming }).teacher.ask(asked())).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(reason),
    });
    expect(peer.requests.slice(from)).toHaveLength(1);
  });

  it('a wrong key and a wrong model: says what to check, and shows no key', async () => {
    const wrong = await make({ streaming, key: 'sk-wrongwrongwrongwrong' }).teacher.ask(asked());
    expect(wrong).toMatchObject({
      kind: 'does not know',
      reason: '401: the key is not accepted: check OPENAI_API_KEY',
    });
    expect(await make({ streaming, model: 'no-such' }).teacher.ask(asked())).toMatchObject({
      reason: '404: no such model there: check TEACHER_MODEL and the address',
    });
  });

  it.each<[string, Parameters<OpenAiPeer['trouble']>[0]]>([
    ['a connection that breaks in mid-answer', { kind: 'cut off' }],
    ['a body that is no JSON', { kind: 'malformed body' }],
  ])('%s: tries again', async (_, trouble) => {
    const { teacher } = make({ streaming });
    peer.trouble(trouble);
    expect(await teacher.ask(asked())).toMatchObject(answered);
  });

  it.each<[string, Parameters<OpenAiPeer['trouble']>[0]]>([
    ['that is silent', { kind: 'silent' }],
    ['that stalls in mid-answer', { kind: 'stalls' }],
  ])('a server %s is given up after its time, and asked again', async (_, trouble) => {
    const { teacher } = make({ streaming, attemptMs: 400 });
    peer.trouble(trouble);
    expect(await teacher.ask(asked())).toMatchObject(answered);
    peer.trouble(trouble, trouble, trouble);
    expect(await teacher.ask(asked())).toMatchObject({
      reason: 'no answer within 0.4 s (tried 3 times)',
      failed: true,
    });
  });
});

describe('a server that is gone', () => {
  it('is left alone for a minute after two failures, and tried again then', async () => {
    let now = Date.parse('2026-11-21T10:00:00Z');
    const gone = await openAiPeer({ brain: () => '' });
    await gone.stop();
    const { teacher, ledger } = make({ at: gone, clock: () => new Date(now) });
    for (let i = 0; i < 2; i++)
      expect(await teacher.ask(asked())).toMatchObject({
        reason: expect.stringMatching(/^not reached \(ECONNREFUSED\).*tried 3 times/),
      });
    expect(await teacher.ask(asked())).toMatchObject({
      reason: expect.stringMatching(/^left alone until 10:01:00 UTC after: not reached/),
    });
    expect((await ledger.today()).calls).toBe(6);
    // What never arrived costs nothing.
    expect((await ledger.today()).tokens).toBe(0);
    now += 61_000;
    expect(await teacher.ask(asked())).toMatchObject({ reason: expect.stringMatching(/^not reached/) });
    expect(await teacher.ask(asked())).toMatchObject({ reason: expect.stringMatching(/^left alone until 10:02:01/) });
  });
});

describe('limits', () => {
  it('counts what the server counted, and stops before the day’s limit is passed', async () => {
    const { teacher, ledger } = make({ limit: { tokens: 12_000 }, price: { input: 2, output: 10 } });
    expect(await teacher.ask(asked())).toMatchObject({ kind: 'knows' });
    const first = await ledger.today();
    expect(first.tokens).toBeGreaterThan(500);
    expect(first.micros).toBeGreaterThan(2 * first.tokens);
    let calls = 1;
    for (; calls < 30; calls++) if ((await teacher.ask(asked())).kind !== 'knows') break;
    const from = peer.requests.length;
    const refused = await teacher.ask(asked());
    expect(refused).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(
        /^today's limit of 12000 tokens does not cover it \(\d+ left, up to \d+ needed\); TEACHER_LIMIT raises it$/,
      ),
    });
    expect(peer.requests).toHaveLength(from);
    expect((await ledger.today()).tokens).toBeLessThanOrEqual(12_000);
    expect(calls).toBeGreaterThan(2);
  });

  it('keeps to a rate: the third call of two a minute waits, and is refused where it would wait too long', async () => {
    let now = 0;
    const { teacher, slept } = make({ perMinute: 2, clock: () => new Date(now) });
    await teacher.ask(asked());
    now = 50_000;
    await teacher.ask(asked());
    await teacher.ask(asked());
    expect(slept).toEqual([10_000]);
    expect(await teacher.ask(asked())).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/^its 2 calls a minute are used up for the next 60 s; TEACHER_RATE/),
    });
  });
});

describe('redaction', () => {
  it('lets nothing of it out by any field, and puts it back into the answer', async () => {
    const secrets = ['Kowalski', '685-62301', 'Sommer2024', 'weiss@plant.example', '10.20.30.40'];
    const text = 'Anna Kowalski (+49 711 685-62301, weiss@plant.example, HMI password: Sommer2024!, 10.20.30.40)';
    const echo = await openAiPeer({
      brain: (messages) => {
        const { question } = JSON.parse(messages[1]!.content) as { question: string };
        return form({ options: [], answer: `Ask ${/\[PERSON_\d\]/.exec(question)?.[0]} "first".` });
      },
    });
    try {
      const { teacher, ledger } = make({ at: echo });
      const answer = await teacher.ask({
        question: `What did ${text} hear at the pump?`,
        topic: { tag: text, asset: text, faults: [text], parameters: [text] },
        facts: [{ id: 'correction/1', kind: 'correction', asset: 'pump', text: `${text} said so`, source: text }],
        attempt: { answer: text, rationale: text, confidence: 0.2 },
        doubt: { reasons: [text] },
      });
      for (const secret of secrets) expect(echo.wire(), secret).not.toContain(secret);
      for (const secret of secrets) expect(JSON.stringify(ledger.departures)).not.toContain(secret);
      expect(answer).toMatchObject({ kind: 'knows', answer: 'Ask Anna Kowalski "first".' });
      expect(ledger.departures[0]).toMatchObject({
        teacher: 'openai:peer-model',
        destination: new URL(echo.url).origin,
        taken: { PERSON: 1, PHONE: 1, EMAIL: 1, SECRET: 1, NETWORK: 1 },
      });
    } finally {
      await echo.stop();
    }
  });
});

describe('a panel', () => {
  const of = (...at: (OpenAiPeer | 'gone')[]): Teacher =>
    panel({
      same: agreement(matcher),
      teachers: at.map((one) =>
        one === 'gone' ? make({ key: 'wrong' }).teacher : make({ at: one, followUps: 0 }).teacher,
      ),
    });

  it('answers where most agree, less surely where one does not', async () => {
    const all = await of(peer, peer, peer).ask(asked());
    const most = await of(peer, liar, peer).ask(asked());
    expect([all, most]).toMatchObject([
      { kind: 'knows', answer: 'noise' },
      { kind: 'knows', answer: 'noise' },
    ]);
    expect(all.kind === 'knows' && most.kind === 'knows' && all.confidence > most.confidence).toBe(true);
  });

  it('leaves it to people where they do not agree, and keeps what each said', async () => {
    const open = { question: 'What causes cavitation in a pump?' };
    for (const change of [{}, open]) {
      const { options: _, ...bare } = asked();
      const answer = await of(peer, liar).ask(change === open ? { ...bare, ...open } : asked());
      expect(answer).toMatchObject({
        kind: 'does not know',
        reason: expect.stringMatching(/^the teachers do not agree: .*says ".*says "/),
      });
      inShape(answer);
      expect(answer.kind === 'does not know' && answer.opinions?.length).toBe(2);
    }
  });

  it('goes by the one that is there, less surely, and says of all what ails them when none is', async () => {
    const alone = await of(peer, 'gone').ask(asked());
    const both = await of(peer, peer).ask(asked());
    expect(alone).toMatchObject({ kind: 'knows', answer: 'noise' });
    expect(alone.kind === 'knows' && both.kind === 'knows' && alone.confidence < both.confidence).toBe(true);
    expect(await of('gone', 'gone').ask(asked())).toMatchObject({
      kind: 'does not know',
      failed: true,
      reason: expect.stringMatching(/401.*401/),
    });
  });
});

describe('by name', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['openai:x', {}, /needs OPENAI_API_KEY/],
    ['anthropic:x', {}, /needs ANTHROPIC_API_KEY/],
    ['watsonx:x', { WATSONX_AI_APIKEY: 'k' }, /needs WATSONX_AI_URL and WATSONX_AI_PROJECT_ID/],
    ['grok:x', {}, /give one of openai, anthropic, ollama, watsonx/],
    ['openai:x', { OPENAI_BASE_URL: 'nowhere' }, /give a URL/],
  ])('%s with %j: one line', (spec, env, line) => {
    expect(() => languageModel(spec, { env })).toThrow(line);
  });

  it('tells whether it can be reached, without asking it anything', async () => {
    const env = { OPENAI_API_KEY: peer.key, OPENAI_BASE_URL: peer.url };
    const from = peer.requests.length;
    expect(await examineModel('openai:peer-model', env)).toEqual({
      state: 'ok',
      detail: `openai:peer-model at ${new URL(peer.url).origin} answers`,
    });
    expect(await examineModel('openai:other', env)).toMatchObject({ state: 'warn' });
    const wrong = await examineModel('openai:peer-model', { ...env, OPENAI_API_KEY: 'wrong' });
    expect(wrong).toMatchObject({ state: 'fail', detail: expect.stringMatching(/401: .*check OPENAI_API_KEY/) });
    const gone = await examineModel('ollama:x', { OLLAMA_BASE_URL: 'http://127.0.0.1:9' });
    expect(gone).toMatchObject({ state: 'fail', detail: expect.stringMatching(/ollama:x at http:\/\/127.0.0.1:9: /) });
    await expect(examineModel('anthropic:x', {})).rejects.toThrow(/ANTHROPIC_API_KEY/);
    expect(peer.requests).toHaveLength(from);
  });

  it('knows where texts go', () => {
    expect(languageModel('openai:x', { env: { OPENAI_API_KEY: 'k' } }).destination).toBe('https://api.openai.com');
    expect(languageModel('anthropic:x', { env: { ANTHROPIC_API_KEY: 'k' } }).destination).toBe(
      'https://api.anthropic.com',
    );
    expect(languageModel('ollama:x', { env: {} }).destination).toBe('http://127.0.0.1:11434');
    expect(languageModel('openai:x', { env: { OPENAI_BASE_URL: 'http://10.0.0.5:8000/v1' } }).destination).toBe(
      'http://10.0.0.5:8000',
    );
  });
});
