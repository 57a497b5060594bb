/**
 * Someone larger is asked: the teachers in turn, each for a limited time, until one knows. What a teacher does wrong is a
 * reason, never a crash. When none knows, people are asked; putting the question before them is the bot's.
 */
import type { Runnable } from '@langchain/core/runnables';
import type { Teacher, TeacherAnswer, TeacherQuestion } from '../models/teacher/types.ts';
import { step } from './step.ts';
import type { Stage } from './types.ts';

export interface EscalateInput {
  question: TeacherQuestion;
  onStage?: (stage: Stage, partial?: string) => void;
}

export type Escalated =
  | { kind: 'knows'; teacher: string; answer: Extract<TeacherAnswer, { kind: 'knows' }> }
  | { kind: 'nobody'; reason: string };

export const escalate = (teachers: readonly Teacher[], timeoutMs: number): Runnable<EscalateInput, Escalated> =>
  step('escalate', async ({ question, onStage }, signal) => {
    const reasons: string[] = [];
    for (const teacher of teachers) {
      onStage?.('asking the teacher', teacher.name);
      const answer = await askOne(teacher, question, timeoutMs, signal);
      if (answer.kind === 'knows') return { kind: 'knows', teacher: teacher.name, answer };
      reasons.push(`${teacher.name}: ${answer.reason}`);
    }
    onStage?.('asking people');
    const why = reasons.length ? reasons.join('; ') : 'no teacher is configured';
    return { kind: 'nobody', reason: `no teacher knows; people are asked (${why})` };
  });

async function askOne(
  teacher: Teacher,
  question: TeacherQuestion,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TeacherAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const answer = await raced(teacher.ask(question, both), both);
    if (answer.kind === 'knows' && answer.answer.trim() === '') {
      return { kind: 'does not know', reason: 'gave an empty answer' };
    }
    return answer;
  } catch (cause) {
    signal?.throwIfAborted();
    if (timeout.aborted) return { kind: 'does not know', reason: `no answer within ${timeoutMs / 1000} s` };
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
