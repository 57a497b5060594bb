/**
 * People as a teacher: the question is put before them, and stays with them; whoever asks waits for a while, and finds the
 * answer at once when the same question is asked again later. Where and how people are asked, and whose answer counts, is
 * the bot's matter.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AskedPeople, Teacher } from './types.ts';

export interface PersonTeacherOptions {
  people: AskedPeople;
  /** `#experts`: where the question waits, for the line that says so. */
  where: string;
  waitMs: number;
  /** Default 1,000. */
  pollMs?: number;
}

/** Confidence in what someone with the role says: high, and a figure of ours, not a measured one. */
const CONFIDENCE = 0.95;

export function personTeacher({ people, where, waitMs, pollMs = 1000 }: PersonTeacherOptions): Teacher {
  return {
    name: 'person',
    async ask(question, signal) {
      signal?.throwIfAborted();
      const put = await people.put(question);
      if (put.kind === 'unfit') return { kind: 'does not know', reason: put.reason };
      const until = performance.now() + waitMs;
      for (;;) {
        signal?.throwIfAborted();
        const said = await people.answerOf(put.id);
        if (said) {
          const { answer, rationale, by } = said;
          return {
            kind: 'knows',
            answer,
            rationale: rationale || `${by} said so`,
            confidence: CONFIDENCE,
            sources: [],
          };
        }
        if (performance.now() >= until) {
          return { kind: 'does not know', reason: `people are asked in ${where}, and nobody has answered yet` };
        }
        await pause(pollMs, undefined, signal ? { signal } : {}).catch((error) => {
          signal?.throwIfAborted();
          throw error;
        });
      }
    },
  };
}
