/**
 * Starts a TypeScript file as a worker thread. Model work runs in such threads because a session blocks the one it runs
 * in. Works under tsx, vitest and plain node, whatever loader the caller itself was started with.
 */
import { Worker } from 'node:worker_threads';

export function startThread(file: URL, workerData: unknown): Worker {
  return new Worker(new URL('./thread-start.mjs', import.meta.url), { workerData, argv: [file.href], execArgv: [] });
}
