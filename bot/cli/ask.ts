/** `rounds ask "…"`: one question through the whole chain, kept in the store like any other. */
import { userInfo } from 'node:os';
import { BadInput } from '../../models/errors.ts';
import { answerQuestion, kept } from '../commands/ask.ts';
import { loadConfig } from '../config.ts';
import { newId } from '../ids.ts';
import { openPlant } from '../main.ts';
import { unfit } from '../middleware/guard.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { teachingLedger } from '../store/teaching.ts';
import type { Answer, Message, Question, Stage } from '../types.ts';
import { openLog } from './log.ts';
import { type Output, percent, print, progressLine } from './output.ts';

export async function ask(text: string, given: Output & { options?: string }): Promise<void> {
  const options = given.options?.split('|').map((option) => option.trim());
  const problem = unfit({ text, ...(options ? { options } : {}) });
  if (problem) throw new BadInput(problem);
  const config = loadConfig();
  const database = await openDatabase(config);
  const store = sqlStore({ database });
  const clock = () => new Date();
  try {
    const plant = await openPlant(config, openLog(config), { follow: false, ledger: teachingLedger(database) });
    try {
      const { problems } = plant.about();
      for (const one of problems) process.stderr.write(`${one}\n`);
      const question: Question = { text: text.trim(), ...(options ? { options } : {}) };
      const shown = progressLine();
      let stage: Stage = 'received';
      const answerer = plant.answerer((after) => store.corrections(after));
      const answer = await answerQuestion({ answerer, safety: plant.safety, clock }, question, {
        onStage(next, partial) {
          stage = next;
          if (process.stderr.isTTY) shown.show(`${next} ${partial ?? ''}`.replace(/\s+/g, ' '));
        },
      });
      shown.end();
      const id = newId(clock());
      await store.record(
        messageOf(id, question, clock()),
        { exchangeId: id, final: true, stage, answer },
        kept(id, question, answer, clock()),
      );
      print(given, answer, lines(answer));
    } finally {
      await plant.close();
    }
  } finally {
    await store.close();
  }
}

function messageOf(id: string, question: Question, at: Date): Message {
  const name = userInfo().username;
  return {
    id,
    place: { adapter: 'cli', channel: 'cli', thread: id },
    author: { id: `cli:${name}`, name },
    text: question.text,
    ...(question.options ? { options: question.options } : {}),
    sentAt: at.toISOString(),
  };
}

function lines(answer: Answer): string[] {
  const by = answer.answeredBy === 'student' ? `student ${answer.student}` : answer.answeredBy;
  return [
    answer.answer || 'No answer yet: people are asked.',
    '',
    ...(answer.rationale ? [answer.rationale, ''] : []),
    ...(answer.options ?? []).map(({ option, probability }) => `${percent(probability, 0).padStart(6)}  ${option}`),
    `${answer.outcome} by ${by}, confidence ${percent(answer.confidence, 0)}, ${Math.round(answer.ms)} ms`,
    answer.reason,
    ...answer.sources.map((source) => `· ${source.title}: ${source.text}`),
  ];
}
