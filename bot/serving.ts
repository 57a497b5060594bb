/**
 * The student that serves: the registry's choice, opened, and swapped when the choice changes. A student that cannot be
 * opened leaves the former one serving, or none; the reason is kept for status. It does not answer anything itself.
 */
import { RoundsError } from '../models/errors.ts';
import type { Registry, StudentEntry } from '../models/student/registry.ts';
import { openStudent } from '../models/student/runtime.ts';
import type { Student } from '../models/student/types.ts';
import type { Logger } from './logger.ts';

export interface Serving {
  student(): Student | null;
  entry(): StudentEntry | null;
  /** Why no student serves, or another than the chosen one; null when all is well. */
  problem(): string | null;
  close(): Promise<void>;
}

/** Questions begun with a student that was swapped out may use it this long. */
const RETIRE_MS = 150_000;

export async function serveStudent(
  registry: Pick<Registry, 'current' | 'onChange'>,
  options: {
    logger: Logger;
    follow: boolean;
    /** That none was chosen yet is no problem. */
    optional?: boolean;
  },
): Promise<Serving> {
  const { logger } = options;
  let serving: { student: Student; entry: StudentEntry } | null = null;
  let problem: string | null = null;
  const retired = new Map<Student, NodeJS.Timeout>();

  const open = async (entry: StudentEntry, warning: string | null): Promise<void> => {
    const student = await openStudent(entry.folder);
    const former = serving?.student;
    serving = { student, entry };
    problem = warning;
    if (warning) logger.warn({ student: entry.id }, warning);
    if (former) retire(former);
  };

  const retire = (former: Student): void => {
    const timer = setTimeout(() => {
      retired.delete(former);
      former.close().catch((error) => logger.warn({ error }, 'a former student did not close'));
    }, RETIRE_MS);
    timer.unref();
    retired.set(former, timer);
  };

  const failed = (error: unknown): void => {
    if (options.optional && !serving && error instanceof RoundsError && error.code === 'no_student') return;
    problem = error instanceof Error ? error.message : String(error);
    logger.error({ error }, serving ? `still serving ${serving.entry.id}` : 'no student serves');
  };

  try {
    const { entry, warning } = await registry.current();
    await open(entry, warning);
  } catch (error) {
    failed(error);
  }
  let turn: Promise<void> = Promise.resolve();
  const unfollow = options.follow
    ? registry.onChange((entry, warning) => {
        turn = turn
          .then(async () => {
            if (entry.id === serving?.entry.id) return;
            await open(entry, warning);
            logger.info({ student: entry.id }, 'another student serves now');
          })
          .catch(failed);
      })
    : () => {};

  return {
    student: () => serving?.student ?? null,
    entry: () => serving?.entry ?? null,
    problem: () => problem,
    async close() {
      unfollow();
      await turn;
      for (const timer of retired.values()) clearTimeout(timer);
      const all = [...retired.keys(), ...(serving ? [serving.student] : [])];
      await Promise.allSettled(all.map((student) => student.close()));
    },
  };
}

/** As `serveStudent`, of a process that answers nothing: which student is chosen, without opening it. */
export async function watchStudent(
  registry: Pick<Registry, 'current' | 'onChange'>,
  { follow }: { follow: boolean },
): Promise<Serving> {
  let entry: StudentEntry | null = null;
  let problem: string | null = null;
  try {
    ({ entry, warning: problem } = await registry.current());
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const unfollow = follow
    ? registry.onChange((next, warning) => {
        entry = next;
        problem = warning;
      })
    : () => {};
  return {
    student: () => null,
    entry: () => entry,
    problem: () => problem,
    close: async () => unfollow(),
  };
}
