/** What the page may send, checked at the edge: JSON in, typed values or one line that says the mend out. Knows nothing of the bot. */
import type { Context } from 'hono';
import { z } from 'zod/v4';
import { BadInput } from '../../models/errors.ts';

export const BODY_LIMIT_BYTES = 64 * 1024;

const id = z.string().regex(/^[\w.:-]{1,128}$/, 'must be 1 to 128 letters, digits or . : _ -');
const channel = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -');

export const messageBody = z.strictObject({
  id: id.optional(),
  channel: channel.optional(),
  thread: id.optional(),
  text: z.string(),
  options: z.array(z.string()).optional(),
});

export const actionBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('flag'), id: id.optional(), exchangeId: id, reason: z.string() }),
  z.strictObject({
    kind: z.literal('correct'),
    id: id.optional(),
    exchangeId: id,
    answer: z.string(),
    rationale: z.string().default(''),
  }),
  z.strictObject({ kind: z.literal('rate'), id: id.optional(), exchangeId: id, value: z.enum(['up', 'down']) }),
  z.strictObject({
    kind: z.literal('review'),
    id: id.optional(),
    item: z.string().regex(/^[\w.:/-]{1,160}$/, 'must be as the list of reviews names it'),
    decision: z.enum(['accept', 'reject', 'undo']),
    answer: z.string().optional(),
    rationale: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('undo'), id: id.optional(), target: id }),
]);

const onCard = { id: id.optional(), cardId: id };
const person = z.strictObject({ id: z.string().max(128).default(''), name: z.string() });

export const alertActionBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('acknowledge'), ...onCard }),
  z.strictObject({ kind: z.literal('shelve'), ...onCard, minutes: z.number(), reason: z.string() }),
  z.strictObject({ kind: z.literal('unshelve'), ...onCard }),
  z.strictObject({ kind: z.literal('assign'), ...onCard, to: person }),
  z.strictObject({ kind: z.literal('explain'), ...onCard }),
  z.strictObject({ kind: z.literal('wrong'), ...onCard, reason: z.string() }),
]);

export const reviewQuery = z.object({
  /** `?all` gives what was decided too. */
  all: z
    .string()
    .optional()
    .transform((text) => text !== undefined),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

export const historyQuery = z.object({
  channel: channel.optional(),
  thread: id.optional(),
  after: id.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

/** Parses or throws BadInput with one line: `text: expected string, received number`. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') || 'body';
  throw new BadInput(`${where}: ${(issue?.message ?? 'not understood').replace(/^Invalid input: /, '')}`);
}

/** The request's body as JSON; BadInput when it is none. */
export async function jsonBody(c: Context): Promise<unknown> {
  const bytes = await c.req.arrayBuffer();
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BadInput('the body is not JSON in UTF-8: send {"text": "…"}', { cause });
  }
}

export function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? '');
}
