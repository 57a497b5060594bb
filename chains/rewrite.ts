/**
 * The question as the student was taught to read it: tags with their class, misspelled names mended, and a follow-up made
 * whole. Only names come from the thread, never its words.
 */
import { fill, PLAIN, SEVERAL } from '../models/distill/wordings.ts';
import type { Found, How } from '../models/knowledge/names.ts';
import type { Asked } from '../models/knowledge/select.ts';
import type { Asset } from '../models/knowledge/types.ts';
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
  // What was seen is told in the operator's own words, as the signs in the sheets are.
  const names = how.asked === 'diagnose' ? [] : [...found.faults, ...found.parameters];
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

export interface Posed {
  asked: Asked | undefined;
  negated: boolean;
  several: boolean;
  topic: Topic;
}

/**
 * The plain wording of what was understood in full: the machine, and the one fault or parameter that is asked about.
 * Undefined where anything is missing or there are two of it: then the asker's own words are the better question.
 */
export function plainQuestion({ asked, negated, several, topic }: Posed): string | undefined {
  if (!topic.asset || asked === undefined || asked === 'diagnose') return undefined;
  const [fault, otherFault] = topic.faults;
  const [parameter, otherParameter] = topic.parameters;
  const needsFault = asked !== 'faults';
  const needsParameter = asked === 'faults' || asked === 'cell';
  if (needsFault && (!fault || otherFault)) return undefined;
  if (needsParameter && (!parameter || otherParameter)) return undefined;
  if (negated && asked !== 'parameters' && asked !== 'faults') return undefined;
  const relation = !negated ? asked : asked === 'parameters' ? 'notParameters' : 'notFaults';
  const article = /^[aeiou]/.test(topic.asset) ? 'an' : 'a';
  const question = fill(PLAIN[relation], {
    asset: `${article} ${topic.asset}`,
    fault: fault ?? '',
    parameter: parameter ?? '',
  });
  return several ? `${question} ${SEVERAL[0]}` : question;
}

/** Options by their canonical names, as the facts call them; an option that would then equal another keeps its wording. */
export function namedOptions(
  options: readonly string[],
  asked: Asked | undefined,
  nameOf: (option: string, kind: 'fault' | 'parameter' | 'component') => Named | undefined,
): string[] {
  const kind = asked === undefined ? undefined : OPTION_KIND[asked];
  if (!kind) return [...options];
  const names = options.map((option) => {
    const named = nameOf(option, kind);
    return named && named.coverage >= 0.75 ? named.name : option;
  });
  return names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : options[i]!));
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
