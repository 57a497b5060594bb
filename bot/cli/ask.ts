/** `rounds ask "…"`: one question through the whole chain, kept in the store like any other. */
import { userInfo } from 'node:os';
import { understanding } from '../../chains/understand.ts';
import { BadInput } from '../../models/errors.ts';
import { personTeacher } from '../../models/teacher/person.ts';
import { answerQuestion, kept } from '../commands/ask.ts';
import { type Config, loadConfig } from '../config.ts';
import { newId } from '../ids.ts';
import { openPlant, type Plant } from '../main.ts';
import { unfit } from '../middleware/guard.ts';
import { askedPeople } from '../people.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { teachingLedger } from '../store/teaching.ts';
import type { Answer, Message, Question, Stage, Store, Teacher } from '../types.ts';
import { openLog } from './log.ts';
import { type Output, percent, print, progressLine } from './output.ts';

export interface AskOptions extends Output {
  options?: string;
  teacher?: string;
  /** Seconds. */
  wait?: number;
}

export async function ask(text: string, given: AskOptions): Promise<void> {
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
      if (given.teacher !== undefined) {
        await askTeacher(teacherNamed(given.teacher, plant, store, config, given.wait ?? 60), question, plant, given);
        return;
      }
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

/** One teacher alone, for trying one out: nothing is kept but what left the machine, and a question that people have now. */
async function askTeacher(teacher: Teacher, question: Question, plant: Plant, output: Output): Promise<void> {
  const { rewritten, options, topic } = understanding(plant.knowledge, plant.matcher)(question);
  const began = performance.now();
  const answer = await teacher.ask({
    question: rewritten,
    ...(options.length ? { options } : {}),
    topic,
    facts: [],
  });
  const ms = performance.now() - began;
  print(output, { teacher: teacher.name, ...answer, ms }, [
    answer.kind === 'knows' ? answer.answer : `${teacher.name} does not know: ${answer.reason}`,
    ...(answer.kind === 'knows'
      ? [
          '',
          answer.rationale,
          '',
          `by ${teacher.name}, confidence ${percent(answer.confidence, 0)}, ${Math.round(ms)} ms`,
        ]
      : (answer.opinions ?? []).map((one) => `${one.teacher}: ${one.answer} (${percent(one.confidence, 0)})`)),
  ]);
}

function teacherNamed(name: string, plant: Plant, store: Store, { teaching }: Config, waitS: number): Teacher {
  if (name === 'person') {
    const channel = teaching.peopleChannel;
    if (!channel) throw new BadInput('--teacher person: PEOPLE_CHANNEL is not set, so nobody would be asked: set it');
    const user = userInfo().username;
    return personTeacher({
      people: askedPeople({ store, author: { id: `cli:${user}`, name: user } }),
      where: `${channel.adapter}:${channel.channel}`,
      waitMs: 1000 * waitS,
    });
  }
  const found = plant.teaching.all.find((teacher) => teacher.name === name);
  if (found) return found;
  const names = [...plant.teaching.all.map((teacher) => teacher.name), 'person'];
  throw new BadInput(`--teacher ${name}: there is no such teacher; give one of: ${names.join(', ')}`);
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
