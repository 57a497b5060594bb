/**
 * What went wrong with a call to a language model, in one line with the mend, and whether trying again can help; and the
 * trying again: with growing pauses, as long as the server asks for, within the time there is. It knows no provider.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { classifyRateLimitError, parseRetryAfterMs } from '@langchain/core/utils/async_caller';
import { RoundsError } from '../errors.ts';
import { secretsIn } from './redact/secrets.ts';

/** A call that failed for good; the message is one line for a person. */
export class TeacherFailure extends RoundsError {
  /** The server, not the question, is at fault: the next question would fare no better. */
  readonly down: boolean;
  constructor(message: string, options: { down: boolean; cause?: unknown }) {
    super('teacher', message, options);
    this.name = 'TeacherFailure';
    this.down = options.down;
  }
}

export interface Fault {
  message: string;
  again: boolean;
  down: boolean;
  /** The server may have worked on it, and counted it. */
  arrived: boolean;
  /** The server's own wish. */
  afterMs?: number;
}

export interface RetryOptions {
  /** How often after the first time. */
  retries: number;
  /** One attempt's time. */
  attemptMs: number;
  /** First pause; doubled each time, with jitter. */
  backoffMs: number;
  /** A pause longer than this is not waited for. */
  longestPauseMs: number;
  /** The variable with the key, for the line about a wrong one. */
  key?: string;
  signal?: AbortSignal;
  sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  random?: () => number;
}

const sleepWell = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  await pause(ms, undefined, signal ? { signal } : {});
};

/** @throws TeacherFailure once trying again cannot help or has not; the signal's reason when it was aborted */
export async function retrying<T>(work: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, retries, attemptMs, backoffMs, longestPauseMs } = options;
  const { sleep = sleepWell, random = Math.random } = options;
  for (let attempt = 0; ; attempt++) {
    const timeout = AbortSignal.timeout(attemptMs);
    try {
      return await inTime(work, signal ? AbortSignal.any([signal, timeout]) : timeout);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof TeacherFailure) throw cause;
      const fault = timeout.aborted ? late(attemptMs) : faultOf(cause, options.key);
      const pauseMs = fault.afterMs ?? backoffMs * 2 ** attempt * (0.75 + random() / 2);
      if (!fault.again || attempt >= retries || pauseMs > longestPauseMs) {
        const tried = attempt > 0 ? ` (tried ${attempt + 1} times)` : '';
        const asked = fault.again && pauseMs > longestPauseMs ? `; it asks to wait ${Math.ceil(pauseMs / 1000)} s` : '';
        throw new TeacherFailure(`${fault.message}${asked}${tried}`, { down: fault.down, cause });
      }
      await sleep(pauseMs, signal).catch((error) => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  }
}

/** Whoever does not heed the signal is left behind all the same. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function late(ms: number): Fault {
  return { message: `no answer within ${ms / 1000} s`, again: true, down: true, arrived: true };
}

/** Nothing that the server said is passed on but its first line, without what looks like a key. */
export function faultOf(error: unknown, key = 'the key'): Fault {
  const status = statusOf(error);
  const limited = classifyRateLimitError(error);
  const refused = { arrived: false, again: false };
  if (limited?.action === 'stop') {
    const message = 'the quota at the provider is used up: raise it or wait for the next period';
    return { message, ...refused, down: true };
  }
  const afterMs = limited?.retryAfterMs ?? retryAfterOf(error);
  const wish = afterMs === undefined ? {} : { afterMs };
  if (status === 429) return { message: '429: too many requests', ...refused, again: true, down: true, ...wish };
  if (status === 401 || status === 403) {
    return { message: `${status}: the key is not accepted: check ${key}`, ...refused, down: true };
  }
  if (status === 404) {
    return { message: '404: no such model there: check TEACHER_MODEL and the address', ...refused, down: true };
  }
  if (status !== undefined && status < 500 && status !== 408 && status !== 409) {
    return { message: `${status}: ${firstLine(error)}`, ...refused, down: false };
  }
  if (status !== undefined)
    return { message: `${status}: the server failed`, arrived: false, again: true, down: true, ...wish };
  const code = codeOf(error);
  if (code && NEVER_ARRIVED.has(code)) {
    return { message: `not reached (${code}): check the address and the network`, ...refused, again: true, down: true };
  }
  if (code) return { message: `the connection broke (${code})`, arrived: true, again: true, down: true };
  return { message: firstLine(error), arrived: true, again: true, down: true };
}

const NEVER_ARRIVED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function statusOf(error: unknown): number | undefined {
  const holder = error as {
    status?: unknown;
    status_code?: unknown;
    code?: unknown;
    response?: { status?: unknown };
  } | null;
  const status = [holder?.status, holder?.status_code, holder?.response?.status, holder?.code].find(
    (value) => typeof value === 'number' && value >= 400 && value < 600,
  );
  return status as number | undefined;
}

function retryAfterOf(error: unknown): number | undefined {
  const headers = (error as { headers?: unknown } | null)?.headers;
  const value =
    headers instanceof Headers
      ? headers.get('retry-after')
      : (headers as Record<string, unknown> | undefined)?.['retry-after'];
  return typeof value === 'string' ? parseRetryAfterMs(value) : undefined;
}

/** Of the error or what caused it: ECONNREFUSED, ENOTFOUND, UND_ERR_SOCKET. */
function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code)) return code;
  }
  return undefined;
}

function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.slice(0, 160).trim();
  const secret = secretsIn(line);
  return (
    secret.reduceRight((text, { start, end }) => `${text.slice(0, start)}…${text.slice(end)}`, line) || 'it failed'
  );
}
