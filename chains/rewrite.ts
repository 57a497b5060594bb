/**
 * The question as the student was taught to read it: tags with their class, misspelled names mended, and a follow-up made
 * whole. Only names come from the thread, never its words.
 */
import { fill, PLAIN } from '../models/distill/wordings.ts';
import type { Found, How } from '../models/knowledge/names.ts';
import { ruleOfAction } from '../models/knowledge/rules.ts';
import type { Asked } from '../models/knowledge/select.ts';
import type { Asset, Sheet } from '../models/knowledge/types.ts';
import { withArticle } from '../models/teacher/sentences.ts';
import type { Reading } from './readings.ts';
import type { Topic } from './types.ts';

export interface Leaning {
  asked: Asked | undefined;
  followUp: boolean;
  /** The question names a fault itself. */
  namesFault: boolean;
  /** Readings that the thread spoke of before, to which the question adds. */
  earlier: readonly string[];
}

export function rewrite(text: string, found: Found, topic: Topic, how: Leaning): string {
  // What was seen is told in the operator's own words, as the signs and conditions in the sheets are.
  const names = how.asked === 'diagnose' || how.asked === 'rule' ? [] : [...found.faults, ...found.parameters];
  const tagged = replaceSpans(text, [
    ...found.tags.map((match) => ({ ...match, by: withClass(text, match.start, match.end, match.asset) })),
    ...[...names, ...found.assets.filter((match) => match.name === found.asset)]
      .filter((match) => match.resolved && (match.how === 'synonym' || match.how === 'typo'))
      .map((match) => ({ ...match, by: match.name })),
  ]).replace(/\b(an?) (?=(\p{L}))/giu, (_, article: string, letter: string) => {
    const right = /[aeiou]/i.test(letter) ? 'an' : 'a';
    return `${found.assets.length && article.toLowerCase() !== right ? right : article} `;
  });
  if (!how.followUp || !topic.asset) return tagged;
  const machine = topic.tag ? `${topic.tag} (${topic.asset})` : `the ${topic.asset}`;
  const rest = tagged.replace(/^\s*(?:and|so|but|ok(?:ay)?|then|also)\b[\s,]*/i, '').trim();
  if (how.earlier.length) return `${machine}: ${how.earlier.map((name) => `${name} is abnormal`).join(', ')}, ${rest}`;
  const [fault] = topic.faults;
  if (fault && !how.namesFault) return `${fault} on ${machine}, ${rest}`;
  return `${machine}: ${rest}`;
}

/**
 * The plain wording of what was understood in full: the machine, and the one fault, parameter or component that is asked
 * about. Whether the question is turned round, or wants several answers, is not in it: the choice is made by code.
 * Undefined where anything is missing or there are two of it: then the asker's own words are the better question.
 */
export function plainQuestion(asked: Asked | undefined, topic: Topic): string | undefined {
  if (!topic.asset || asked === undefined || asked === 'diagnose' || asked === 'rule') return undefined;
  const needed = { fault: topic.faults, parameter: topic.parameters, component: topic.components ?? [] };
  if (NEEDS[asked].some((kind) => needed[kind].length !== 1)) return undefined;
  return fill(PLAIN[asked], {
    asset: withArticle(topic.asset),
    fault: topic.faults[0] ?? '',
    parameter: topic.parameters[0] ?? '',
    component: topic.components?.[0] ?? '',
  });
}

const NEEDS: Record<keyof typeof PLAIN, readonly ('fault' | 'parameter' | 'component')[]> = {
  parameters: ['fault'],
  cell: ['fault', 'parameter'],
  faults: ['parameter'],
  causes: ['fault'],
  effects: ['fault'],
  checks: ['fault'],
  actions: ['fault'],
  components: ['fault'],
  explain: ['fault'],
  parts: [],
  role: ['component'],
  instruments: ['parameter'],
};

/** Options by their canonical names, as the facts call them; an option that would then equal another keeps its wording. */
export function namedOptions(
  options: readonly string[],
  asked: Asked | undefined,
  sheet: Sheet | undefined,
  symptoms: readonly (Reading | undefined)[],
  nameOf: (option: string, kind: 'fault' | 'parameter' | 'component') => Named | undefined,
): string[] {
  const names = options.map((option, i) => {
    if (asked === 'rule' && sheet) return actionNamed(sheet, option) ?? option;
    const kind = asked === undefined ? undefined : OPTION_KIND[asked];
    const named = kind && nameOf(option, kind);
    return named && named.coverage >= 0.75 ? named.name : (symptoms[i]?.name ?? option);
  });
  return names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : options[i]!));
}

/** The canonical wording of a rule's action, which is how the rule's fact puts it. */
function actionNamed(sheet: Sheet, option: string): string | undefined {
  const meant = ruleOfAction(sheet, option);
  return meant && meant.sure >= 0.8 ? sheet.rules[meant.rule]!.do[0] : undefined;
}

interface Named {
  name: string;
  how: How;
  coverage: number;
}

const OPTION_KIND: Partial<Record<Asked, 'fault' | 'parameter' | 'component'>> = {
  parameters: 'parameter',
  faults: 'fault',
  diagnose: 'fault',
  components: 'component',
  parts: 'component',
  role: 'component',
};

/** "P-101" → "P-101 (pump)", unless the class stands beside it already. */
function withClass(text: string, start: number, end: number, asset: Asset): string {
  const beside = text.slice(Math.max(0, start - asset.class.length - 2), end + asset.class.length + 3).toLowerCase();
  return beside.includes(asset.class) ? text.slice(start, end) : `${asset.tag} (${asset.class})`;
}

function replaceSpans(text: string, spans: readonly { start: number; end: number; by: string }[]): string {
  let result = text;
  let from = Number.POSITIVE_INFINITY;
  for (const span of [...spans].sort((a, b) => b.start - a.start)) {
    if (span.end > from) continue;
    result = result.slice(0, span.start) + span.by + result.slice(span.end);
    from = span.start;
  }
  return result;
}
