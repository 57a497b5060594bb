/** What both kinds of student threads need: to say when onnxruntime computes, and to say plainly what went wrong. */
import { RoundsError } from '../errors.ts';
import { BUSY, HALT } from './protocol.ts';

/** Says when onnxruntime computes, and lets no run begin after HALT. */
export function guarding(flags: Int32Array): <T>(run: () => Promise<T>) => Promise<T> {
  return async (run) => {
    Atomics.store(flags, BUSY, 1);
    try {
      if (Atomics.load(flags, HALT)) throw new RoundsError('student_stopped', '[student] stopping');
      return await run();
    } finally {
      Atomics.store(flags, BUSY, 0);
      Atomics.notify(flags, BUSY);
    }
  };
}

export function told(error: unknown): { code: string; message: string } {
  const code = error instanceof RoundsError ? error.code : 'student_failed';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
