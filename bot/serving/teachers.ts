/**
 * The teachers that a configuration asks for, in the order in which they are asked: the plant's own knowledge, then the
 * language models, as a panel or one after the other. Without a ledger there are no language models: nothing leaves
 * the machine that is not written down. People come last, and are the bot's matter (bot/people.ts).
 */
import type { Knowledge } from '../../models/knowledge/knowledge.ts';
import type { Matcher } from '../../models/knowledge/names.ts';
import { agreement } from '../../models/teacher/agree.ts';
import { briefing } from '../../models/teacher/briefing.ts';
import { guardedChat } from '../../models/teacher/guarded.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { languageModelTeacher } from '../../models/teacher/language.ts';
import { panel } from '../../models/teacher/panel.ts';
import { type Environment, keyOf, languageModel } from '../../models/teacher/providers.ts';
import { makeRedactor, type Redactor } from '../../models/teacher/redact/redact.ts';
import { tradeWords } from '../../models/teacher/redact/trade.ts';
import type { Ledger, Teacher } from '../../models/teacher/types.ts';
import type { Teaching } from '../teaching.ts';

export interface Teachers {
  /** Who is asked, in this order, until one knows. */
  readonly order: readonly Teacher[];
  /** Everyone who can be asked by name. */
  readonly all: readonly Teacher[];
  /** What was spent today, as a line; none where nothing can be. */
  spending(): Promise<string[]>;
}

export interface TeachersParts {
  knowledge: Knowledge;
  matcher: Matcher;
  ledger?: Ledger | undefined;
  /** Keys and addresses. Default: the process's. */
  env?: Environment;
}

/** What must not leave this plant, by its configuration and its register. */
export function plantRedactor(teaching: Pick<Teaching, 'redactWords' | 'redactTags'>, knowledge: Knowledge): Redactor {
  const { redactWords: words, redactTags } = teaching;
  return makeRedactor({
    trade: tradeWords(knowledge),
    words: [...words, ...(redactTags && knowledge.register.site.name ? [knowledge.register.site.name] : [])],
    tags: redactTags ? knowledge.register.assets.map(({ tag }) => tag) : [],
    people: knowledge.register.assets.map(({ owner }) => owner).filter(isPerson),
  });
}

/** @throws BadInput where a key or address is missing */
export function openTeachers(teaching: Teaching, parts: TeachersParts): Teachers {
  const { knowledge, matcher, ledger, env = process.env } = parts;
  const own = knowledgeTeacher(knowledge, matcher);
  if (teaching.models.length === 0 || !ledger) {
    return { order: [own], all: [own], spending: async () => [] };
  }
  const same = agreement(matcher);
  const redactor = plantRedactor(teaching, knowledge);
  const models = teaching.models.map((spec): Teacher => {
    const price = teaching.prices[spec];
    const key = keyOf(spec);
    const chat = guardedChat(languageModel(spec, { env, streaming: teaching.streaming }), {
      redactor,
      ledger,
      limit: teaching.limit,
      attemptMs: teaching.attemptMs,
      ...(price ? { price } : {}),
      ...(key ? { key } : {}),
      ...(teaching.perMinute === null ? {} : { perMinute: teaching.perMinute }),
    });
    return languageModelTeacher({ chat, facts: (question) => briefing({ knowledge, matcher }, question), same });
  });
  const several = models.length > 1 && teaching.panel ? [panel({ teachers: models, same })] : [];
  return {
    order: [own, ...(several.length > 0 ? several : models)],
    all: [own, ...models, ...several],
    async spending() {
      const { tokens, micros, calls, failures } = await ledger.today();
      const { limit } = teaching;
      const of = (spent: string, most: string | undefined): string =>
        most === undefined ? spent : `${spent} of ${most}`;
      const money = (millionths: number): string => (millionths / 1e6).toFixed(2);
      const line = [
        `${calls} calls to language models today`,
        ...(failures > 0 ? [`${failures} failed`] : []),
        `${of(String(tokens), limit.tokens?.toString())} tokens`,
        ...(limit.micros !== undefined || micros > 0
          ? [of(money(micros), limit.micros === undefined ? undefined : money(limit.micros))]
          : []),
      ].join(', ');
      return [`${line}.`];
    },
  };
}

/** "Anna Kowalski", not "mechanical engineer": owners are often posts. */
function isPerson(owner: string): boolean {
  return /^\p{Lu}[\p{L}.'-]+(?:\s\p{Lu}[\p{L}.'-]+)+$/u.test(owner.trim());
}
