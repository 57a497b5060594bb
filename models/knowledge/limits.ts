/**
 * Which of a sheet's limits a question means, and where a value lies in them. What is asked is limit-asked.ts's matter, what
 * is said teacher/limits.ts's.
 */
import { limitFactId } from './facts.ts';
import type { Found, Span } from './names.ts';
import { asDifference, type Dimension, type Quantity, unitNamed } from './quantities.ts';
import type { Limit, Sheet } from './types.ts';
import { anyOf, contentStems, wordsOf } from './words.ts';

export interface MeantLimit {
  parameter: string;
  limit: Limit;
  /** Id of its fact. */
  fact: string;
}

/** `limits`: of one quantity, for one group of machines each; `others`: quantities of that parameter that have limits too. */
export type Meant =
  | { kind: 'limits'; limits: MeantLimit[]; quantity?: Quantity; others: string[] }
  /** The sheet has limits for what was asked, of several quantities that are equally likely. */
  | { kind: 'which'; among: string[] }
  /** No limit; of what, in the asker's words where there are some. */
  | { kind: 'none'; of: string | undefined };

/** Good, still usable, to be looked into, not to be run on. */
export type Level = 'good' | 'usable' | 'alarm' | 'stop';

/** From the worst. */
export const LEVELS: readonly Level[] = ['stop', 'alarm', 'usable', 'good'];

export function levelOf({ good, alarm, stop, bad, unit }: Limit, value: number): Level {
  const beyond = (boundary: number | undefined): boolean =>
    boundary !== undefined && (bad === 'high' ? value > inBase(boundary, unit) : value < inBase(boundary, unit));
  if (beyond(stop)) return 'stop';
  if (beyond(alarm)) return 'alarm';
  return beyond(good ?? nearTo(alarm, stop)) ? 'usable' : 'good';
}

/** Where a limit does not tell what is normal: nearer to the alarm than that to the stop, and within a tenth of it. */
function nearTo(alarm: number | undefined, stop: number | undefined): number | undefined {
  if (alarm === undefined || stop === undefined) return undefined;
  return alarm - Math.sign(stop - alarm) * Math.min(Math.abs(stop - alarm), Math.abs(alarm) / 10);
}

/** A boundary in the base unit of its dimension. */
export function inBase(boundary: number, unit: string): number {
  const { factor, offset } = unitNamed(unit)!;
  return (boundary + offset) * factor;
}

interface Asking {
  text: string;
  found: Pick<Found, 'parameters' | 'components'>;
  quantity?: Quantity;
  /** It is one of several in the text: the words beside it are its own. */
  several: boolean;
  /** Parameters that the thread speaks of. */
  thread: readonly string[];
}

export function limitsMeant(sheet: Sheet, { text, found, quantity, several, thread }: Asking): Meant {
  const asked = quantity?.dimension === 'temperature' && differenceIn(text) ? asDifference(quantity) : quantity;
  const all = sheet.parameters.flatMap(({ name, limits = [] }) =>
    limits.map((limit, i): MeantLimit => ({ parameter: name, limit, fact: limitFactId(sheet.asset, name, i) })),
  );
  const dimension = asked?.dimension ?? dimensionAsked(text);
  const fitting = all.filter(({ limit }) => dimension === undefined || unitNamed(limit.unit)?.dimension === dimension);
  const own = namesIn(sheet, found.parameters).filter(
    (name) => dimension === undefined || measuredIn(sheet, name).includes(dimension),
  );
  const named = own.length > 0 ? own : ofThread(sheet, thread, fitting);
  const chosen = (limits: MeantLimit[]): Meant => ({
    kind: 'limits',
    limits,
    ...(asked ? { quantity: asked } : {}),
    others: [...new Set(fitting.filter(othersOf(limits)).map(({ limit }) => limit.of))],
  });

  const ofOwn = fitting.filter(({ parameter }) => own.includes(parameter));
  const beside = several ? asked : undefined;
  const ofWords = wordedIn(text, ofOwn, [], beside);
  // The oil of "oil pressure" is no word for the oil's temperature.
  const byWords =
    ofWords.length > 0 ? ofWords : wordedIn(text, fitting, own.length > 0 ? found.parameters : [], beside);
  if (byWords.length > 0) return chosen(byWords);
  const place = placeNamed(text, found, sheet, fitting);
  const of = place ?? named[0];
  const pool = fitting.filter(({ parameter }) => named.length === 0 || named.includes(parameter));
  if (place !== undefined || (dimension === undefined && named.length === 0)) return { kind: 'none', of };
  const [first] = pool;
  if (!first) return { kind: 'none', of };
  const quantities = [...new Set(pool.map(({ limit }) => limit.of))];
  const plain = dimension !== undefined && TELLING.has(dimension);
  if (quantities.length > 1 && !plain && own.length === 0) return { kind: 'which', among: quantities };
  if (quantities.length > 1 && !plain && DISTINCT.has(unitNamed(first.limit.unit)!.dimension))
    return { kind: 'which', among: quantities };
  return chosen(pool.filter(({ limit }) => limit.of === first.limit.of));
}

/** Another quantity of the same parameter. */
function othersOf(chosen: readonly MeantLimit[]): (one: MeantLimit) => boolean {
  return ({ parameter, limit: { of } }) =>
    chosen.some((one) => one.parameter === parameter) && chosen.every(({ limit }) => limit.of !== of);
}

/** The unit tells the reading, and the first limit of it in the sheet is the one that is asked about most. */
const TELLING: ReadonlySet<Dimension> = new Set<Dimension>([
  'velocity',
  'length',
  'acceleration',
  'temperature',
  'resistance',
  'index',
  'explosive',
]);
/** Several things are measured in them on one machine: gases, shares. */
const DISTINCT: ReadonlySet<Dimension> = new Set<Dimension>(['fraction', 'percent']);

/** "A rise of 40 °C", "15 °C hotter than the other phases"; not "it rises to 95 °C". */
function differenceIn(text: string): boolean {
  return /\b(?:rise (?:of|above|over|in)|(?:temperature|winding|oil) rise|difference|delta|(?:hott|warm|cold|cool)er (?:than|by)|(?:above|over) (?:the )?ambient|approach|superheat|subcooling|between (?:the )?phases)\b/i.test(
    text,
  );
}

function dimensionAsked(text: string): Dimension | undefined {
  if (/\b(?:hot|warm|cold|heat|temp\w*)\b/i.test(text)) return differenceIn(text) ? 'difference' : 'temperature';
  return /\biso ?(?:10816|20816|14694)\b/i.test(text) ? 'velocity' : undefined;
}

/** Dimensions that a parameter is told in: that of its unit, and those of its limits. */
function measuredIn(sheet: Sheet, parameter: string): (Dimension | undefined)[] {
  const { unit, limits = [] } = sheet.parameters.find(({ name }) => name === parameter)!;
  return [unit, ...limits.map((limit) => limit.unit)].map((name) => unitNamed(name)?.dimension);
}

function namesIn(sheet: Sheet, parameters: Asking['found']['parameters']): string[] {
  return parameters.flatMap(({ candidates }) =>
    candidates
      .filter(({ asset }) => asset === sheet.asset)
      .slice(0, 1)
      .map(({ name }) => name),
  );
}

function ofThread(sheet: Sheet, thread: readonly string[], fitting: readonly MeantLimit[]): string[] {
  const known = thread.filter((name) => sheet.parameters.some((one) => one.name === name));
  return known.filter((name) => fitting.some(({ parameter }) => parameter === name));
}

/**
 * Limits whose own words stand in the text; of several, those whose words say the most, or stand nearest to a value.
 * @param taken words that are another name's already
 */
function wordedIn(
  text: string,
  limits: readonly MeantLimit[],
  taken: readonly Span[],
  value: Quantity | undefined,
): MeantLimit[] {
  const groups = new Map<string, MeantLimit[]>();
  for (const one of limits) {
    const key = `${one.parameter}\n${one.limit.of}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const weighed = [...groups.values()].flatMap((group) => {
    const words = group.flatMap(({ limit }) => [limit.of, ...limit.synonyms]);
    const free = [...text.matchAll(anyOf(words))]
      .map(({ 0: match, index }) => ({ start: index, end: index + match.length }))
      .filter((one) => !taken.some(({ start, end }) => start <= one.start && one.end <= end));
    const weights = free.map(({ start, end }) =>
      value ? -Math.max(value.start - end, start - value.end) : end - start,
    );
    return weights.length > 0 ? [{ group, weight: Math.max(...weights) }] : [];
  });
  return weighed.sort((a, b) => b.weight - a.weight)[0]?.group ?? [];
}

/** "The seal at 95 °C", "discharge temperature 95 °C": a place that no limit's words name is one that no limit is for. */
function placeNamed(
  text: string,
  { parameters, components }: Asking['found'],
  sheet: Sheet,
  fitting: readonly MeantLimit[],
): string | undefined {
  const known = new Set([
    ...PLAIN,
    ...contentStems(
      [sheet.asset, ...sheet.synonyms, ...fitting.map(({ limit }) => `${limit.of} ${limit.for}`)].join(' '),
    ),
  ]);
  const foreign = (words: string): boolean => contentStems(words).some((stem) => !known.has(stem));
  const part = components.find(({ candidates }) => candidates.some(({ asset }) => asset === sheet.asset));
  if (part && foreign(part.text)) return part.text;
  const heads = new Set(
    sheet.components.flatMap(({ name, synonyms }) => [name, ...synonyms].flatMap((one) => contentStems(one).slice(-1))),
  );
  const head = wordsOf(text).find(({ stem }) => heads.has(stem) && !known.has(stem));
  if (head) return head.plain;
  return parameters.find(({ start, end, candidates }) => {
    const own = new Set(contentStems(candidates.find(({ asset }) => asset === sheet.asset)?.name ?? ''));
    const [last, ...before] = contentStems(text.slice(start, end)).reverse();
    return last !== undefined && own.has(last) && before.some((stem) => !own.has(stem) && !known.has(stem));
  })?.text;
}

/** Say nothing of where it was measured. */
const PLAIN = contentStems('bearing housing vibration level reading overall measured sensor machine pump motor fan');
