/**
 * The one way by which text leaves the machine for a language model, so that none can leave it otherwise:
 *
 *   redact → keep to the rate → (book the cost and write down what leaves → call → settle), again if that may help → restore
 *
 * A server that failed twice in a row rests for a while: the operators that ask meanwhile do not wait for it in vain.
 */
import { randomUUID } from 'node:crypto';
import type { Chat, ChatReply, ChatRequest, Usage } from './chat.ts';
import { ANSWERED, type Cost, type DailyLimit, type Departure, type Ledger } from './ledger.ts';
import type { Redactor } from './redact/redact.ts';
import { faultOf, type RetryOptions, retrying, TeacherFailure } from './retry.ts';

/** Of a million tokens, in the plant's currency. */
export interface Price {
  input: number;
  output: number;
}

export interface Guards {
  redactor: Redactor;
  ledger: Ledger;
  limit?: DailyLimit;
  /** Without one only tokens are counted. */
  price?: Price;
  /** Calls a minute of this process; absent: as many as come. */
  perMinute?: number;
  /** One attempt's time. Default 20 s. */
  attemptMs?: number;
  /** Default 2. */
  retries?: number;
  /** The variable that holds the key, for the line about a wrong one. */
  key?: string;
  clock?: () => Date;
  sleep?: RetryOptions['sleep'];
  random?: () => number;
  /** First pause before trying again. Default 500. */
  backoffMs?: number;
  /** How long a server that failed twice in a row is left alone. Default 60,000. */
  restMs?: number;
}

/** A longer pause, whoever asks for it, is no use to someone who waits for an answer. */
const LONGEST_PAUSE_MS = 20_000;
const FAILURES_TO_REST = 2;
const MINUTE = 60_000;

/** Rejects with TeacherFailure, one line for a person. */
export function guardedChat(chat: Chat, guards: Guards): Chat {
  const { redactor, ledger, limit = {}, price, clock = () => new Date() } = guards;
  const rest = resting(clock, guards.restMs ?? 60_000);
  const rate = guards.perMinute ? rateLimit(guards.perMinute, clock, guards.sleep) : async () => {};

  return {
    name: chat.name,
    destination: chat.destination,
    async complete(request) {
      request.signal?.throwIfAborted();
      rest.throwWhileResting();
      const redaction = redactor();
      // The instructions are our own words, and speak of placeholders.
      const messages = request.messages.map(({ role, content }) => ({
        role,
        content: role === 'system' ? content : redaction.redactAll(content),
      }));
      await rate(request.signal);
      const once = (signal: AbortSignal): Promise<ChatReply> =>
        recorded({ ...request, messages, signal }, redaction.taken());
      try {
        const reply = await retrying(once, {
          retries: guards.retries ?? 2,
          attemptMs: guards.attemptMs ?? 20_000,
          backoffMs: guards.backoffMs ?? 500,
          longestPauseMs: LONGEST_PAUSE_MS,
          ...(guards.key ? { key: guards.key } : {}),
          ...(request.signal ? { signal: request.signal } : {}),
          ...(guards.sleep ? { sleep: guards.sleep } : {}),
          ...(guards.random ? { random: guards.random } : {}),
        });
        rest.worked();
        return { ...reply, text: restored(reply.text, redaction) };
      } catch (error) {
        if (error instanceof TeacherFailure && error.down) rest.failed(error.message);
        throw error;
      }
    },
  };

  /** One call, booked and written down before it is made: a second try is a second departure. */
  async function recorded(request: ChatRequest, taken: Departure['taken']): Promise<ChatReply> {
    const text = JSON.stringify(request.messages);
    const most = costOf({ inputTokens: mostTokens(text, request), outputTokens: request.maxTokens }, price);
    const id = randomUUID();
    const { name: teacher, destination } = chat;
    const booking = await ledger.book({ id, teacher, destination, text, taken }, most, limit);
    if (booking.kind === 'over') throw new TeacherFailure(overLimit(booking.spent, most, limit), { down: false });
    try {
      const reply = await chat.complete(request);
      const usage = reply.usage ?? estimated(text, reply);
      await ledger.settle(id, costOf(usage, price), outcomeOf(reply, request));
      return reply;
    } catch (error) {
      const fault = faultOf(error, guards.key);
      // What was refused or never arrived costs nothing; what broke off half-way may have been counted there.
      await ledger.settle(id, fault.arrived ? most : { tokens: 0, micros: 0 }, fault.message);
      throw error;
    }
  }
}

function outcomeOf({ cutOff, text }: ChatReply, { readable }: ChatRequest): string {
  if (!readable || readable(text)) return ANSWERED;
  return cutOff ? 'cut off' : 'unreadable';
}

/** Within JSON a name with a quotation mark must stay JSON. */
function restored(text: string, redaction: ReturnType<Redactor>): string {
  try {
    return JSON.stringify(redaction.restoreAll(JSON.parse(text)));
  } catch {
    // Not JSON: whoever asked will see that; it is only put back in words.
    return redaction.restore(text);
  }
}

// ------------------------------------------------------------------------------------------------ what it costs

function costOf({ inputTokens, outputTokens }: Usage, price: Price | undefined): Cost {
  // Units a million tokens are millionths of a unit a token.
  const micros = price ? inputTokens * price.input + outputTokens * price.output : 0;
  return { tokens: inputTokens + outputTokens, micros: Math.ceil(micros) };
}

/** A token is seldom less than two characters, in any language's script at most a byte or two. */
function mostTokens(text: string, { schema }: ChatRequest): number {
  return Math.ceil((Buffer.byteLength(text) + JSON.stringify(schema).length) / 2);
}

/** For servers that do not count. */
function estimated(text: string, reply: ChatReply): Usage {
  return { inputTokens: Math.ceil(text.length / 3), outputTokens: Math.ceil(reply.text.length / 3) };
}

function overLimit(spent: Cost, most: Cost, limit: DailyLimit): string {
  const money = (micros: number): string => (micros / 1e6).toFixed(2);
  const [word, left, need] =
    limit.tokens !== undefined && spent.tokens + most.tokens > limit.tokens
      ? [`${limit.tokens} tokens`, String(Math.max(0, limit.tokens - spent.tokens)), String(most.tokens)]
      : [money(limit.micros!), money(Math.max(0, limit.micros! - spent.micros)), money(most.micros)];
  return `today's limit of ${word} does not cover it (${left} left, up to ${need} needed); TEACHER_LIMIT raises it`;
}

// ------------------------------------------------------------------------------------------------ rate and rest

/** At most `perMinute` begun in any minute; who would have to wait too long is told so. */
export function rateLimit(
  perMinute: number,
  clock: () => Date,
  sleep: RetryOptions['sleep'] = (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
): (signal?: AbortSignal) => Promise<void> {
  /** When the latest calls begin, those to come included. */
  const begins: number[] = [];
  return async (signal) => {
    const now = clock().getTime();
    while (begins.length > 0 && begins[0]! <= now - MINUTE) begins.shift();
    const at = begins.length < perMinute ? now : Math.max(now, begins[begins.length - perMinute]! + MINUTE);
    if (at - now > LONGEST_PAUSE_MS) {
      throw new TeacherFailure(
        `its ${perMinute} calls a minute are used up for the next ${Math.ceil((at - now) / 1000)} s; TEACHER_RATE raises them`,
        { down: false },
      );
    }
    begins.push(at);
    if (at > now) await sleep(at - now, signal);
  };
}

function resting(clock: () => Date, restMs: number) {
  let failures = 0;
  let until = 0;
  let reason = '';
  return {
    throwWhileResting() {
      if (clock().getTime() >= until) return;
      throw new TeacherFailure(`left alone until ${new Date(until).toISOString().slice(11, 19)} UTC after: ${reason}`, {
        down: false,
      });
    },
    worked() {
      failures = 0;
    },
    failed(message: string) {
      failures += 1;
      if (failures < FAILURES_TO_REST) return;
      // One more try after the rest, then rest again.
      failures = FAILURES_TO_REST - 1;
      until = clock().getTime() + restMs;
      reason = message;
    },
  };
}
