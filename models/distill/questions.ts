/**
 * Question sets for judging a student, made from sheets in held-out wordings, and their file form:
 * FailureSensorIQ's JSONL (question, options, option_ids, correct, asset_name, …), one object a line.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod/v4';
import { BadInput } from '../errors.ts';
import type { Fact, Sheet } from '../knowledge/types.ts';
import { type Episode, type Mode, makeEpisode } from './episodes.ts';
import { random } from './random.ts';
import type { Relation } from './wordings.ts';

/** One multiple-choice question with its key. */
export interface QuestionItem {
  id: string;
  question: string;
  options: string[];
  optionIds: string[];
  correct: boolean[];
  asset: string;
  /** More than one option may be chosen. */
  several: boolean;
  /** "Which does NOT"; undefined where the wording alone tells. */
  negated?: boolean;
  /** What the episode gave as context; empty for files from elsewhere. */
  context: string[];
  relation?: Relation;
  /** Facts that decide it, for splits that are disjoint by fact. */
  facts: string[];
}

const CHOICE: Relation[] = [
  'parameters',
  'notParameters',
  'faults',
  'notFaults',
  'diagnose',
  'causes',
  'effects',
  'checks',
  'actions',
  'components',
  'rule',
  'parts',
  'role',
  'instruments',
];

export interface QuestionOptions {
  count: number;
  seed: number;
  wording?: 'train' | 'held';
  mode?: Mode;
  /** Options a question; default drawn from 2 to 10. */
  options?: number;
  /** Asked in turn; default all that can be asked with options. */
  relations?: readonly Relation[];
  several?: boolean;
  /** Facts that the questions are about, drawn at random; only those that can be asked with options. */
  about?: readonly Fact[];
}

/** `count` questions, the same for the same seed; each relation in turn. */
export function makeQuestions(sheets: readonly Sheet[], options: QuestionOptions): QuestionItem[] {
  const relations = options.relations ?? CHOICE;
  return Array.from({ length: options.count }, (_, i) => {
    const rng = random(options.seed, i, 77);
    const episode = makeEpisode(
      sheets,
      {
        mode: options.mode ?? 'closed',
        wording: options.wording ?? 'held',
        relation: relations[i % relations.length]!,
        options: options.options ?? rng.pick([2, 3, 4, 4, 5, 5, 6, 8, 10]),
        several: options.several ?? false,
        noise: false,
        ...(options.about?.length ? { about: rng.pick(options.about) } : {}),
      },
      rng,
    );
    return { ...questionItem(episode, `${options.seed}-${i}`), several: options.several ?? false };
  });
}

/** An episode with options, of which one is right. */
export function questionItem(episode: Episode, id: string): QuestionItem {
  const choices = episode.options!.map(({ text }) => text);
  const negated = episode.relation === 'notParameters' || episode.relation === 'notFaults';
  return {
    id,
    question: episode.question,
    options: choices,
    optionIds: choices.map((_, k) => String.fromCharCode(65 + k)),
    correct: choices.map((choice) => episode.answers.includes(choice)),
    asset: episode.asset,
    several: false,
    ...(negated ? { negated } : {}),
    context: episode.context,
    relation: episode.relation,
    facts: episode.facts,
  };
}

/** As written by `rounds` and by FailureSensorIQ. */
export function questionLine(item: QuestionItem): string {
  return JSON.stringify({
    id: item.id,
    question: item.question,
    options: item.options,
    option_ids: item.optionIds,
    correct: item.correct,
    asset_name: item.asset,
    question_type: item.several ? 'mcp2' : 'mcp1',
    relevancy: item.relation ?? null,
  });
}

const line = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  question: z.string().min(1),
  options: z.array(z.string()).min(2),
  option_ids: z.array(z.string()).optional(),
  correct: z.array(z.boolean()),
  asset_name: z.string().nullish(),
  question_type: z.string().nullish(),
});

/**
 * Reads a question set.
 * @throws BadInput naming file, line and field
 */
export async function readQuestions(file: string, limit = Number.POSITIVE_INFINITY): Promise<QuestionItem[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BadInput(`${file}: cannot be read (${(cause as Error).message}): give a JSONL question file`, { cause });
  });
  const items: QuestionItem[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length && items.length < limit; i++) {
    if (lines[i]!.trim() === '') continue;
    items.push(readLine(lines[i]!, `${file}:${i + 1}`));
  }
  if (items.length === 0) throw new BadInput(`${file}: holds no question: one JSON object a line is expected`);
  return items;
}

function readLine(json: string, where: string): QuestionItem {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new BadInput(`${where}: is not JSON: one JSON object a line is expected`, { cause });
  }
  const parsed = line.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BadInput(`${where}: ${issue.path.join('.') || 'line'}: ${issue.message}`);
  }
  const { question, options, correct } = parsed.data;
  if (correct.length !== options.length) {
    throw new BadInput(
      `${where}: correct: has ${correct.length} values for ${options.length} options: give one a option`,
    );
  }
  const type = parsed.data.question_type ?? '';
  return {
    id: String(parsed.data.id ?? where.split(':').at(-1)),
    question,
    options,
    optionIds: parsed.data.option_ids ?? options.map((_, i) => String.fromCharCode(65 + i)),
    correct,
    asset: parsed.data.asset_name ?? 'not named',
    // The form says whether several are right, never the key of this question.
    several: /mcp2|multi|several/i.test(type) || /select all|all that apply|more than one|which are/i.test(question),
    context: [],
    facts: [],
  };
}
