/**
 * A student in training answers live questions silently beside the one in service, and how often the two agree is kept: a
 * line a question, without its words, in `DATA_DIR/students/.shadow/ID.jsonl`. It asks after the person has been answered,
 * one question at a time, and only while nobody waits. Nothing that it says is ever shown.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/v4';
import type { Registry, StudentEntry } from '../../models/student/registry.ts';
import { openStudent } from '../../models/student/runtime.ts';
import type { Student } from '../../models/student/types.ts';
import type { Logger } from '../logger.ts';
import type { Answer, Answerer, Question } from '../types.ts';

export interface ShadowOptions {
  dataDir: string;
  registry: Pick<Registry, 'list' | 'current'>;
  /** A student's id, or `newest`: the newest that is not in service. */
  who: string;
  /** The chain around a student, with nobody to turn to. */
  chainOf: (student: () => Student | null) => Answerer;
  /** Whether two answers to a question are the same one. */
  same: (question: Question, a: Answer, b: Answer) => boolean;
  logger: Logger;
  clock?: () => Date;
  /** How often it looks whether there is another student to try. Default 30,000. */
  lookEveryMs?: number;
}

export interface Shadow {
  /** The chain of the student in service, with the other one behind it. */
  beside(answerer: Answerer): Answerer;
  /** Id of the student that is tried; null while there is none. */
  student(): string | null;
  /** Resolves when no question waits to be tried. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface Agreement {
  /** Questions on which the student in service had an answer of its own. */
  asked: number;
  /** Share of them on which both said the same; 0–1. */
  agreed: number;
  /** Share of them that each was sure enough to answer itself. */
  answers: number;
  serverAnswers: number;
}

/** A question asked while so many wait to be tried is left out, and counted. */
const MOST_WAITING = 100;

export async function shadowStudent(options: ShadowOptions): Promise<Shadow> {
  const { registry, who, logger, clock = () => new Date(), lookEveryMs = 30_000 } = options;
  let tried: { student: Student; entry: StudentEntry } | null = null;
  let answering = 0;
  let waiting = 0;
  let left = 0;
  let closed = false;
  let turn: Promise<void> = Promise.resolve();
  const chain = options.chainOf(() => tried?.student ?? null);

  const look = async (): Promise<void> => {
    const { entry: serving } = await registry.current();
    const others = (await registry.list()).filter(({ id, damage }) => id !== serving.id && damage === null);
    const entry = who === 'newest' ? newestAfter(others, serving) : others.find(({ id }) => id === who);
    if (entry?.id === tried?.entry.id) return;
    const former = tried?.student;
    tried = entry ? { student: await openStudent(entry.folder, { threads: 1 }), entry } : null;
    if (entry) logger.info({ student: entry.id }, 'a student answers silently beside the one in service');
    await former?.close();
  };
  /** In one row with the questions: a student is never closed under one. */
  const inTurn = (work: () => Promise<void>): void => {
    turn = turn
      .then(work)
      .catch((error) => logger.warn({ error }, 'the shadow student failed; nobody was waiting for it'));
  };
  inTurn(look);
  const timer = setInterval(() => inTurn(look), lookEveryMs);
  timer.unref();

  const compare = async (question: Question, answer: Answer): Promise<void> => {
    if (!tried || closed) return;
    const { entry } = tried;
    const own = await chain.answer(question, {});
    const line: z.infer<typeof lineShape> = {
      at: clock().toISOString(),
      serving: answer.student,
      agree: options.same(question, answer, own),
      serverAnswers: answer.answeredBy === 'student',
      answers: own.answeredBy === 'student',
      leftOut: left,
    };
    left = 0;
    const file = shadowFile(options.dataDir, entry.id);
    await mkdir(join(file, '..'), { recursive: true });
    await appendFile(file, `${JSON.stringify(line)}\n`);
  };

  const nobodyWaits = async (): Promise<void> => {
    while (answering > 0 && !closed) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  return {
    beside: (answerer) => ({
      async answer(question, hooks) {
        answering++;
        try {
          const answer = await answerer.answer(question, hooks);
          if (tried && ownWord(answer) !== undefined) {
            if (waiting >= MOST_WAITING) left++;
            else {
              waiting++;
              inTurn(async () => {
                await nobodyWaits();
                await compare(question, answer).finally(() => waiting--);
              });
            }
          }
          return answer;
        } finally {
          answering--;
        }
      },
    }),
    student: () => tried?.entry.id ?? null,
    idle: () => turn,
    async close() {
      closed = true;
      clearInterval(timer);
      await turn;
      await tried?.student.close();
    },
  };
}

/** What the student itself said: its answer, or its try where another's answer is shown. */
export function ownWord(answer: Answer): string | undefined {
  return answer.answeredBy === 'student' ? answer.answer : answer.attempt?.answer;
}

const lineShape = z.object({
  at: z.string(),
  serving: z.string(),
  agree: z.boolean(),
  serverAnswers: z.boolean(),
  answers: z.boolean(),
  leftOut: z.number(),
});

/** How a student did beside the one in service; undefined while it was asked nothing. */
export async function agreementOf(dataDir: string, id: string): Promise<Agreement | undefined> {
  const text = await readFile(shadowFile(dataDir, id), 'utf8').catch(() => '');
  // A line that a crash cut short is no line.
  const lines = text.split('\n').flatMap((line) => {
    try {
      return lineShape.parse(JSON.parse(line));
    } catch {
      return [];
    }
  });
  if (lines.length === 0) return undefined;
  const share = (of: (line: z.infer<typeof lineShape>) => boolean): number => lines.filter(of).length / lines.length;
  return {
    asked: lines.length,
    agreed: share(({ agree }) => agree),
    answers: share(({ answers }) => answers),
    serverAnswers: share(({ serverAnswers }) => serverAnswers),
  };
}

/** In words, for lists and status. */
export function agreementText({ asked, agreed, answers, serverAnswers }: Agreement): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `${percent(agreed)} of ${asked} answers alike, sure of ${percent(answers)} against ${percent(serverAnswers)}`;
}

function shadowFile(dataDir: string, id: string): string {
  return join(dataDir, 'students', '.shadow', `${id}.jsonl`);
}

/** What came before the one in service has had its time. */
function newestAfter(others: readonly StudentEntry[], serving: StudentEntry): StudentEntry | undefined {
  const made = (entry: StudentEntry): string => entry.card?.createdAt ?? '';
  return others.filter((entry) => made(entry) > made(serving)).sort((a, b) => made(b).localeCompare(made(a)))[0];
}
