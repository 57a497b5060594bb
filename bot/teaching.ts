/**
 * Settings of the teachers and of the people who are asked when no teacher is sure. Read by config.ts like every other
 * setting; what they mean is bot/serving/teachers.ts's and bot/people.ts's matter.
 */
import { z } from 'zod/v4';

export interface Teaching {
  /** Language models, `provider:model`. Several are a panel, unless `panel` is false: then they are asked in this order. */
  readonly models: readonly string[];
  readonly panel: boolean;
  /** Most a day (UTC), all models together; `micros` are millionths of the currency of `prices`. */
  readonly limit: { readonly tokens?: number; readonly micros?: number };
  /** Of a million tokens, by model. */
  readonly prices: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
  /** Calls a minute and model; null: as many as come. */
  readonly perMinute: number | null;
  /** One attempt's time. */
  readonly attemptMs: number;
  readonly streaming: boolean;
  /** Whether the plant's tags stay here. */
  readonly redactTags: boolean;
  /** Words that stay here: company, site, project, people. */
  readonly redactWords: readonly string[];
  /** Where people are asked; null: they see open questions on their own pages only. */
  readonly peopleChannel: { readonly adapter: string; readonly channel: string } | null;
}

interface Setting {
  key: string;
  schema: z.ZodType;
  mend: string;
}

/** Enough for some hundred questions; a plant that wants more says so. */
const DEFAULT_LIMIT = { tokens: 200_000 };

const yesNo = z.union([
  z.boolean(),
  z
    .enum(['yes', 'no', 'on', 'off', 'true', 'false', '1', '0'])
    .transform((word) => ['yes', 'on', 'true', '1'].includes(word)),
]);
const words = z.union([z.string().transform(listed), z.array(z.string().min(1))]);
const price = z.strictObject({ input: z.number().min(0), output: z.number().min(0) });

export const TEACHING_SETTINGS: Readonly<Record<string, Setting>> = {
  TEACHER_MODEL: {
    key: 'teacherModel',
    schema: words.pipe(z.array(z.string().regex(/^[a-z][a-z0-9_-]*:\S+$/)).min(1)),
    mend: 'give provider:model, several with commas, such as openai:NAME',
  },
  TEACHER_PANEL: { key: 'teacherPanel', schema: yesNo, mend: 'give yes (they must agree) or no (one after the other)' },
  TEACHER_LIMIT: {
    key: 'teacherLimit',
    schema: z
      .union([z.string(), z.number().transform(String)])
      .transform(limitOf)
      .pipe(z.strictObject({ tokens: z.number().positive().optional(), micros: z.number().positive().optional() })),
    mend: 'give tokens or money a day, such as "200000 tokens", "5.00" or both with a comma, or none',
  },
  TEACHER_PRICE: {
    key: 'teacherPrice',
    schema: z
      .union([z.string().transform(pricesOf), z.record(z.string(), z.unknown())])
      .pipe(z.record(z.string(), price)),
    mend: 'give MODEL=INPUT/OUTPUT of a million tokens, such as openai:NAME=2.50/10, several with commas',
  },
  TEACHER_RATE: {
    key: 'teacherRate',
    schema: z.coerce.number().int().min(1),
    mend: 'give calls a minute, such as 60',
  },
  TEACHER_TIMEOUT: {
    key: 'teacherTimeout',
    schema: z.coerce.number().min(1).max(60),
    mend: 'give seconds from 1 to 60, such as 20',
  },
  TEACHER_STREAMING: { key: 'teacherStreaming', schema: yesNo, mend: 'give yes or no' },
  REDACT_TAGS: { key: 'redactTags', schema: yesNo, mend: 'give yes or no' },
  REDACT_WORDS: { key: 'redactWords', schema: words, mend: 'give words with commas, such as ACME,Riverside' },
  PEOPLE_CHANNEL: {
    key: 'peopleChannel',
    schema: z
      .string()
      .regex(/^[a-z]+:\S+$/)
      .transform((text) => {
        const at = text.indexOf(':');
        return { adapter: text.slice(0, at), channel: text.slice(at + 1) };
      }),
    mend: 'give ADAPTER:CHANNEL, such as web:people or slack:C0123456789',
  },
};

/** What is wrong with the settings together, in one line; undefined when nothing is. */
export function teachingFault(
  { models, limit, prices }: Teaching,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const unpriced = limit.micros === undefined ? undefined : models.find((model) => !prices[model]);
  if (unpriced) return `TEACHER_LIMIT is money, and ${unpriced} has no price: add it to TEACHER_PRICE`;
  const strange = Object.keys(prices).find((model) => !models.includes(model));
  if (strange) return `TEACHER_PRICE names ${strange}, which TEACHER_MODEL does not: mend the name`;
  const tracing = TRACING.find((name) => env[name]?.trim().toLowerCase() === 'true');
  // LangChain heeds these by itself, and would send whole questions, unredacted.
  return tracing && `${tracing} would send every question to LangSmith as it was asked: unset it`;
}

const TRACING = ['LANGSMITH_TRACING', 'LANGSMITH_TRACING_V2', 'LANGCHAIN_TRACING', 'LANGCHAIN_TRACING_V2'];

export function teachingOf(raw: Readonly<Record<string, unknown>>): Teaching {
  const value = <T>(key: string, otherwise: T): T => (raw[key] as T | undefined) ?? otherwise;
  return Object.freeze({
    models: Object.freeze(value<string[]>('teacherModel', [])),
    panel: value('teacherPanel', true),
    limit: value<Teaching['limit']>('teacherLimit', DEFAULT_LIMIT),
    prices: value<Teaching['prices']>('teacherPrice', {}),
    perMinute: value<number | null>('teacherRate', null),
    attemptMs: 1000 * value('teacherTimeout', 20),
    streaming: value('teacherStreaming', false),
    redactTags: value('redactTags', false),
    redactWords: Object.freeze(value<string[]>('redactWords', [])),
    peopleChannel: value<Teaching['peopleChannel']>('peopleChannel', null),
  });
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
}

/** "200000 tokens, 5.00" → {tokens, micros}; "none" → {}; what is neither stays a text for the schema to refuse. */
function limitOf(text: string): unknown {
  if (text.trim().toLowerCase() === 'none') return {};
  const limit: { tokens?: number; micros?: number } = {};
  for (const part of listed(text)) {
    const tokens = /^([\d_]+)\s*tokens?$/i.exec(part)?.[1];
    const money = /^\d+(?:\.\d+)?$/.exec(part)?.[0];
    if (tokens) limit.tokens = Number(tokens.replaceAll('_', ''));
    else if (money) limit.micros = Math.round(Number(money) * 1e6);
    else return text;
  }
  return Object.keys(limit).length > 0 ? limit : text;
}

function pricesOf(text: string): Record<string, unknown> {
  return Object.fromEntries(
    listed(text).map((pair) => {
      const [, model = pair, input, output] = /^(\S+?)\s*=\s*([\d.]+)\s*\/\s*([\d.]+)$/.exec(pair) ?? [];
      return [model, { input: Number(input), output: Number(output) }];
    }),
  );
}
