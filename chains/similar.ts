/**
 * How alike two questions are, by what they are about and by their words: so that a correction answers the same question
 * asked in other words, and no other. Names count double; words count by their stem; everyday words for a reading
 * ("hot", "shakes") count as the reading.
 */
import type { Found } from '../models/knowledge/names.ts';
import { blanked } from '../models/knowledge/words.ts';
import { inSheetWords } from './readings.ts';
import type { Topic } from './types.ts';

/** Weight of each term of a text. The machine itself is left out: it is compared apart. */
export function termsOf(text: string, found: Found, topic: Topic): ReadonlyMap<string, number> {
  const terms = new Map<string, number>();
  const named = [...found.faults, ...found.parameters, ...found.components];
  for (const match of [...found.faults, ...found.components]) terms.set(match.name, NAMED);
  for (const match of found.parameters) terms.set(reading(match.name), NAMED);
  for (const name of topic.faults) terms.set(name, NAMED);
  const rest = blanked(text, [...named, ...found.tags, ...found.assets]);
  for (const word of phrased(rest).match(/\p{L}+|\d+x?/gu) ?? []) {
    if (SMALL.has(word)) continue;
    const known = concept(word);
    if (known) terms.set(known, NAMED);
    else if (!terms.has(stem(word))) terms.set(stem(word), 1);
  }
  return terms;
}

/** Dice's coefficient over weighted terms, 0–1; 1 when both are empty. */
export function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const sum = (terms: ReadonlyMap<string, number>): number => [...terms.values()].reduce((x, y) => x + y, 0);
  const total = sum(a) + sum(b);
  if (total === 0) return 1;
  let shared = 0;
  for (const [term, weight] of a) shared += Math.min(weight, b.get(term) ?? 0);
  return (2 * shared) / total;
}

/**
 * Content words of a text as stems between underscores, for BM25: LangChain's looks for a term anywhere in a text, and
 * "heat" is not to be found in "wheat".
 */
export function indexTerms(text: string): string[] {
  const found = phrased(text).match(/[a-z]+/g) ?? [];
  return found.filter((word) => !SMALL.has(word)).map((word) => `_${concept(word) ?? stem(word)}_`);
}

/** Lower case, and the frequencies of rotation as one word however they are put. */
function phrased(text: string): string {
  return inSheetWords(text.toLowerCase())
    .replaceAll('at twice running speed', 'twiceturn')
    .replaceAll('once per turn', 'onceturn');
}

const NAMED = 2;

/** Small words, and the words of asking itself. */
const SMALL = new Set(
  `a an the this that these those it its is are was were be been being am do does did doing done has have had having and
  or but if then so of on in at to from for with by as into about over than too very also just now still again i we you
  me my our us your he she they them their there here what which who whom whose why how when where whether could can
  would will should shall may might must please tell think any idea some something anything thing got get gets going
  lot bit much very really quite ok okay fine status state wrong up out off not no yes hi hello morning today one likely probable possible cause reason fault failure problem
  matter best most first look looks seem seems seen see say says pump motor fan unit machine`.split(/\s+/),
);

/** Everyday words → the reading they speak of. */
const CONCEPTS: [RegExp, string][] = [
  [/^(vibrat\w*|shak\w*|shudder\w*|trembl\w*|rattl\w*|wobbl\w*|judder\w*)$/, 'vibration'],
  [/^(hot|hotter|warm|warmer|heat\w*|overheat\w*|temperature|temp|scalding)$/, 'temperature'],
  [/^(nois\w*|loud|louder|hum|hums|humming|growl\w*|whin\w*|squeal\w*|rumbl\w*|grind\w*|sound\w*|knock\w*)$/, 'noise'],
  [/^(leak\w*|drip\w*|weep\w*|seep\w*)$/, 'leak'],
  [/^(pressure|head)$/, 'pressure'],
  [/^(flow|throughput|delivery)$/, 'flow'],
  [/^(current|amp|amps|ampere\w*)$/, 'current'],
  [/^(smok\w*|burn\w*|burnt|scorch\w*)$/, 'burning'],
  [/^(revolution|rev|turn|turns|rotation|running|speed)$/, 'speed'],
];

/** A parameter's name → the everyday reading, so that "vibration" and "shakes" are one. */
function reading(parameter: string): string {
  for (const word of parameter.split(' ')) {
    const known = concept(word);
    if (known) return known;
  }
  return parameter;
}

function concept(name: string): string | undefined {
  return CONCEPTS.find(([pattern]) => pattern.test(name))?.[1];
}

function stem(word: string): string {
  if (word.length < 5) return word;
  return word.replace(/(?:ings?|edly|ed|ies|es|s|ly)$/, '').replace(/(.)\1$/, '$1');
}
