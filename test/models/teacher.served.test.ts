/**
 * The teacher's whole way with a real model at its end: the shipped student, run by llama.cpp (node-llama-cpp), served
 * over OpenAI's protocol. It shows that the wire carries a model's own words, not how good a teacher of six million
 * parameters is. Needs `npm run bench:peers`; skipped without it.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EXAMPLE_PLANT, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { ANSWER, END, renderPrompt } from '../../models/student/prompt.ts';
import { readStudent } from '../../models/student/student.ts';
import { agreement } from '../../models/teacher/agree.ts';
import { briefing } from '../../models/teacher/briefing.ts';
import { guardedChat } from '../../models/teacher/guarded.ts';
import { languageModelTeacher } from '../../models/teacher/language.ts';
import { memoryLedger } from '../../models/teacher/ledger.ts';
import { languageModel } from '../../models/teacher/providers.ts';
import { makeRedactor } from '../../models/teacher/redact/redact.ts';
import { hasLlamaCpp, type LlamaCpp, openLlamaCpp, withGguf } from '../bench/peer.ts';
import { posedIn } from '../peers/openai/brain.ts';
import { type Brain, openAiPeer } from '../peers/openai/server.ts';

const SHIPPED = fileURLToPath(new URL('../../models/student/weights/', import.meta.url));
const TOKENS = 64;
/** Two threads that wait for each other on a busy machine are slower than one. */
const THREADS = 1;

it.skipIf(!hasLlamaCpp())(
  'the shipped student, served by llama.cpp, answers as a teacher (needs bench:peers)',
  async () => {
    const { tokenizer } = await readStudent(SHIPPED);
    const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
    const matcher = makeMatcher(knowledge);
    const decode = (ids: number[]): string => tokenizer.decode(ids);

    const studentBrain =
      (llama: LlamaCpp): Brain =>
      async (messages) => {
        const { question } = posedIn(messages[1]!.content);
        const prompt = tokenizer.encode(renderPrompt({ question }));
        const said = decode((await llama.run(prompt, TOKENS)).ids).split(END, 1)[0]!;
        const [rationale = '', answer = ''] = said.split(ANSWER);
        const form = { known: answer.trim() !== '', options: [], answer: answer.trim(), rationale: rationale.trim() };
        return JSON.stringify({ ...form, confidence: 0.6, facts: [] });
      };

    await withGguf(SHIPPED, 'q8_0', async (file) => {
      const llama = await openLlamaCpp(file, THREADS);
      const peer = await openAiPeer({ brain: studentBrain(llama), models: ['student'] });
      try {
        const ledger = memoryLedger();
        const env = { OPENAI_API_KEY: peer.key, OPENAI_BASE_URL: peer.url };
        const teacher = languageModelTeacher({
          chat: guardedChat(languageModel('openai:student', { env }), {
            redactor: makeRedactor(),
            ledger,
            attemptMs: 60_000,
          }),
          facts: (question) => briefing({ knowledge, matcher }, question),
          same: agreement(matcher),
        });
        const topic = { faults: [], parameters: [] };
        const answer = await teacher.ask({
          question: 'Which parameters show misalignment of a pump?',
          topic: { ...topic, asset: 'pump', faults: ['misalignment'] },
          facts: [],
        });
        expect(answer).toMatchObject({ kind: 'knows', answer: expect.stringMatching(/vibration/i) });
        expect(await ledger.today()).toMatchObject({ calls: 1, failures: 0 });
      } finally {
        llama.close();
        await peer.stop();
      }
    });
  },
);
