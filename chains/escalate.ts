/**
 * Someone larger is asked: the teachers in turn, each for a limited time and all of them together too, until one knows.
 * What a teacher does wrong is a reason, never a crash. When none knows, people are asked; putting the question before
 * them, with what the teachers said all the same, is the bot's.
 */
import type { Runnable } from '@langchain/core/runnables';
import type { Opinion, Teacher, TeacherAnswer, TeacherQuestion } from '../models/teacher/types.ts';
import { step } from './step.ts';
import type { Refusal, Stage } from './types.ts';

export interface EscalateInput {
  question: TeacherQuestion;
  onStage?: (stage: Stage, partial?: string) => void;
}

export type Escalated =
  | { kind: 'knows'; teacher: string; answer: Extract<TeacherAnswer, { kind: 'knows' }> }
  | { kind: 'nobody'; reason: string; opinions: Opinion[] };

export interface EscalateOptions {
  /** For each teacher. */
  timeoutMs: number;
  /** For all of them: the person who asked waits. */
  allMs: number;
  /** The safety rule; an answer that it refuses is not passed on. */
  guard?: ((text: string) => Refusal | null) | undefined;
}

export const escalate = (
  teachers: readonly Teacher[],
  { timeoutMs, allMs, guard }: EscalateOptions,
): Runnable<EscalateInput, Escalated> =>
  step('escalate', async ({ question, onStage }, signal) => {
    const reasons: string[] = [];
    const opinions: Opinion[] = [];
    const until = performance.now() + allMs;
    for (const teacher of teachers) {
      const left = until - performance.now();
      if (left <= 0) {
        reasons.push(`${teacher.name}: not asked, the others took too long`);
        continue;
      }
      onStage?.('asking the teacher', teacher.name);
      const answer = await askOne(teacher, question, Math.min(timeoutMs, left), signal);
      // A sheet is checked before it serves; a model's words are not.
      const unsafe = answer.kind === 'knows' && teacher.name !== 'knowledge' ? guard?.(answer.answer) : null;
      if (answer.kind === 'knows' && !unsafe) return { kind: 'knows', teacher: teacher.name, answer };
      if (answer.kind === 'knows') reasons.push(`${teacher.name}: its answer touches a safety system`);
      else {
        reasons.push(`${teacher.name}: ${answer.reason}`);
        opinions.push(...(answer.opinions ?? []).filter((one) => !guard?.(one.answer)));
      }
    }
    onStage?.('asking people');
    const why = reasons.length ? reasons.join('; ') : 'no teacher is configured';
    return { kind: 'nobody', reason: `no teacher knows; people are asked (${why})`, opinions };
  });

async function askOne(
  teacher: Teacher,
  question: TeacherQuestion,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TeacherAnswer> {
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const answer = await raced(teacher.ask(question, both), both);
    if (answer.kind === 'knows' && answer.answer.trim() === '') {
      return { kind: 'does not know', reason: 'gave an empty answer' };
    }
    return answer;
  } catch (cause) {
    signal?.throwIfAborted();
    if (timeout.aborted)
      return { kind: 'does not know', reason: `no answer within ${Math.ceil(timeoutMs / 100) / 10} s` };
    return { kind: 'does not know', reason: `failed (${(cause as Error).message})` };
  }
}

/** A teacher that does not heed the signal is left behind all the same. */
function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
