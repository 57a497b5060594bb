/**
 * Whether this process can do its work now: store, queue, student, channels. Each is asked at that moment and may take
 * two seconds; one line says what is wrong. It does not know HTTP.
 */
import type { ProcessRole } from './foundation.ts';
import { after } from './queue/time.ts';
import type { Database } from './store/database.ts';
import type { Adapter, Queue, Readiness } from './types.ts';

export interface HealthParts {
  database: Pick<Database, 'rows' | 'name'>;
  queue: Queue;
  adapters: readonly Adapter[];
  roles: readonly ProcessRole[];
  /** The student that serves; null with the reason when none does. */
  student: () => { id: string } | null;
  studentProblem: () => string | null;
}

const PATIENCE_MS = 2000;

export function healthOf(parts: HealthParts): () => Promise<Readiness> {
  const { database, queue, adapters, roles, student, studentProblem } = parts;
  return async () => {
    const checks = await Promise.all([
      check('store', async () => {
        await database.rows('SELECT 1 AS one');
        return database.name;
      }),
      check('queue', async () => {
        const problem = await queue.problem?.();
        if (problem) throw new Error(problem);
        const { waiting, active } = await queue.counts();
        return `${queue.kind}: ${waiting} waiting, ${active} in work`;
      }),
      ...(roles.includes('worker')
        ? [
            check('student', async () => {
              const serving = student();
              if (!serving) throw new Error(studentProblem() ?? 'none serves: rounds student list');
              return serving.id;
            }),
          ]
        : []),
      ...adapters.map((adapter) =>
        check(`channel ${adapter.name}`, async () => {
          const { ok, detail } = adapter.health?.() ?? { ok: true, detail: 'no connection to lose' };
          if (!ok) throw new Error(detail);
          return detail;
        }),
      ),
    ]);
    return { ready: checks.every(({ ok }) => ok), checks };
  };
}

async function check(name: string, ask: () => Promise<string>): Promise<Readiness['checks'][number]> {
  const asked = ask();
  const late = after(PATIENCE_MS, asked).then(() => {
    throw new Error(`no answer within ${PATIENCE_MS / 1000} s`);
  });
  try {
    return { name, ok: true, detail: await Promise.race([asked, late]) };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
