/**
 * Values with their units in what people write: "7.1 mm/s", "0.3 ips", "95C", "PI of 1.3". Each becomes a number in the base
 * unit of its dimension, so that it can be held against a sheet's limits. It knows nothing of machines.
 */
import { blanked } from './words.ts';

export type Dimension =
  | 'velocity'
  | 'length'
  | 'acceleration'
  | 'temperature'
  | 'difference'
  | 'pressure'
  | 'resistance'
  | 'voltage'
  | 'fraction'
  | 'percent'
  | 'explosive'
  | 'power'
  | 'current'
  | 'rotation'
  | 'sound'
  | 'flow'
  | 'conductivity'
  | 'index';

export interface Unit {
  dimension: Dimension;
  /** Base units in one of it. */
  factor: number;
  /** Added before the factor is applied: 32 °F is 0 °C. */
  offset: number;
}

export interface Quantity extends Unit {
  /** In the base unit of the dimension. */
  value: number;
  /** As written: `0.3 in/s`. */
  text: string;
  /** Of a sine, the crest: 1.41 times the r.m.s. value. */
  peak: boolean;
  /** UTF-16 offsets. */
  start: number;
  end: number;
}

/** Some of the units, for a mend. */
export const KNOWN_UNITS = 'mm/s, µm, m/s², °C, K, bar, mbar, kPa, Pa, MΩ, kV, V, mA, ppm, %, % LEL or PI';

const unit = (dimension: Dimension, factor: number, pattern: string, flags = 'i', offset = 0) => ({
  dimension,
  factor,
  offset,
  pattern: new RegExp(pattern, `${flags}uy`),
});

/** Longest match wins. Where capitals tell units apart (MΩ and mΩ, K and k) the pattern heeds them. */
const UNITS = [
  unit('velocity', 1, 'mm ?/ ?s(?:ec)?|mm per s(?:ec(?:ond)?)?|mmps|mms'),
  unit('velocity', 25.4, 'in(?:ch(?:es)?)? ?/ ?s(?:ec)?|ips|inch(?:es)? per s(?:ec(?:ond)?)?'),
  unit('length', 1, '[µu]m|microns?|micromet(?:er|re)s?'),
  unit('length', 25.4, 'mils?|thou'),
  unit('length', 1000, 'mm|millimet(?:er|re)s?'),
  unit('acceleration', 1, 'm ?/ ?s(?:²|\\^?2)'),
  // Grams are more often meant.
  unit('acceleration', 9.81, "g(?:'s|(?= ?(?:rms|r\\.m\\.s|peak|pk)\\b))", ''),
  unit('temperature', 1, '[°º] ?(?:c(?:elsius)?)?|deg(?:rees?|s)?\\.? ?(?:c(?:elsius)?)?|celsius|centigrade|c'),
  unit('temperature', 5 / 9, '(?:[°º] ?|deg(?:rees?|s)?\\.? ?)?(?:fahrenheit|f)', 'i', -32),
  unit('difference', 1, 'K|kelvins?', ''),
  unit('pressure', 1, 'bars?|bar ?[ag]|bar ?gauge'),
  unit('pressure', 1e-3, 'mbars?|millibars?|hpa'),
  unit('pressure', 1e-2, 'kpa'),
  unit('pressure', 10, 'mpa'),
  unit('pressure', 1e-5, 'pa|pascals?'),
  unit('pressure', 0.0689476, 'psi[ag]?'),
  unit('pressure', 0.00249089, '(?:in(?:ch(?:es)?)?|") ?(?:h2o|w\\.?[cg]\\.?)'),
  unit('resistance', 1000, 'G ?(?:Ω|[oO]hms?)|gig(?:a )?ohms?', ''),
  unit('resistance', 1, 'M ?Ω', ''),
  // Nobody measures insulation in milliohms.
  unit('resistance', 1, 'm ?ohms?|meg(?:a ?)?ohms?|megs?'),
  unit('resistance', 1e-3, 'k ?(?:Ω|ohms?)'),
  unit('resistance', 1e-9, 'm ?Ω|milliohms?', ''),
  unit('resistance', 1e-12, '[µu] ?(?:Ω|ohms?)|micro ?ohms?'),
  unit('resistance', 1e-6, 'Ω|ohms?'),
  unit('voltage', 1000, 'kv'),
  unit('voltage', 1e-3, 'mv|millivolts?'),
  unit('voltage', 1, 'v(?:olts?)?(?: ?[ad]c)?(?: ?/ ?cell| per cell| a cell)?'),
  unit('fraction', 1, 'ppm|µl ?/ ?l|ul ?/ ?l|mg ?/ ?kg'),
  unit('percent', 1, '%|percent|per ?cent|pct'),
  unit('explosive', 1, '%? ?lel|percent lel'),
  unit('power', 1, 'kw'),
  unit('power', 1000, 'mw'),
  unit('power', 0.7457, 'hp'),
  unit('current', 1e-3, 'mA|milliamps?', ''),
  unit('current', 1, 'A|[aA]mps?|[aA]mperes?', ''),
  unit('rotation', 1, 'rpm|r ?/ ?min'),
  unit('rotation', 60, 'hz|hertz'),
  unit('sound', 1, 'db ?(?:\\(a\\)|a)?'),
  unit('flow', 1, 'm[3³] ?/ ?h|l ?/ ?min|lpm|gpm|cfm'),
  unit('conductivity', 1, '[µu]s ?/ ?cm'),
  unit('index', 1, 'PI', ''),
];

/** A unit by its name alone, as sheets write it. */
export function unitNamed(name: string): Unit | undefined {
  const found = unitAt(plain(name.trim()), 0);
  return found && found.end === name.trim().length ? found.unit : undefined;
}

/** Not inside a tag: "P-101 A" is no current. */
const NUMBER = /(?<![\p{L}\p{N}_.,]|\p{L}-)[-−]?\d+(?:[.,]\d+)*/gu;
const INDEX =
  /\b(?:PI|p\.i\.|polari[sz]ation index)(?:\s+|\s*[:=]\s*)(?:(?:of|is|was|at|only|reads?|came out at|dropped to|now)\s+)*(\d+(?:[.,]\d+)?)(?![\p{L}\d])/giu;

/** In the order of the text. A number without a unit is none, but for the polarization index, which has none. */
export function quantitiesIn(written: string): Quantity[] {
  const text = plain(written);
  const valued = [...text.matchAll(NUMBER)].flatMap((match): Quantity[] => {
    const after = match.index + match[0].length;
    const found = unitAt(text, after + (/^[ \u00a0\u202f-]?/u.exec(text.slice(after))?.[0].length ?? 0));
    return found ? [quantity(match[0], found.unit, text, match.index, found.end)] : [];
  });
  const indices = [...text.matchAll(INDEX)].map((match) =>
    quantity(match[1]!, { dimension: 'index', factor: 1, offset: 0 }, text, match.index, match.index + match[0].length),
  );
  return [...valued.filter(({ start, end }) => !indices.some((one) => one.start < end && start < one.end)), ...indices];
}

/** The number of a reading that was told without its unit; what counts, orders or dates something is none. */
export interface Bare extends Pick<Quantity, 'text' | 'start' | 'end'> {
  value: number;
}

/** Numbers without a unit that stand where a reading's value does: after "at" or "is", at an end, or before a verdict. */
export function bareNumbersIn(written: string): Bare[] {
  const text = plain(written);
  const valued = quantitiesIn(text);
  return [...text.matchAll(NUMBER)].flatMap((match): Bare[] => {
    const [start, end] = [match.index, match.index + match[0].length];
    if (valued.some((one) => one.start < end && start < one.end)) return [];
    if (COUNTS.test(text.slice(Math.max(0, start - 24), start)) || !ENDS_VALUE.test(text.slice(end))) return [];
    return [{ value: numberOf(match[0]), text: match[0], start, end }];
  });
}

/** A bare number as it would be told in a unit. */
export function inUnit({ value, start, end }: Bare, name: string): Quantity | undefined {
  const known = unitNamed(name);
  return (
    known && {
      ...known,
      value: (value + known.offset) * known.factor,
      text: `${value} ${name}`,
      peak: false,
      start,
      end,
    }
  );
}

const COUNTS =
  /(?:\b(?:stage|number|no|nr|unit|phase|class|cylinder|cyl|zone|line|size|step|tap|cell|pole|day|shift|week|stand|train|set|since|until|till|after|before|every|by|iso|iec|ieee|api|category|group|type|last|past)\.?\s*|#\s*|[\d/:-])$/i;
const ENDS_VALUE =
  /^\s*(?:$|[?!;,)]|\.(?!\d)|\b(?:is|are|was|on|at|in|for|ok|okay|bad|too|a (?:problem|worry|concern)|normal|high|low|fine|or|now|today|and|but|acceptable|good|alright|all right|still|safe|allowed|dangerous|critical|rms|reason|something|anything|vibration|temp\w*)\b)/i;

/** The text with spaces where values stood. */
export function withoutQuantities(text: string, values: readonly Quantity[] = quantitiesIn(text)): string {
  return blanked(text, values);
}

/** A temperature difference, where a temperature was written and a difference is meant: "a rise of 40 °C". */
export function asDifference(quantity: Quantity): Quantity {
  return { ...quantity, dimension: 'difference', value: quantity.value - quantity.offset * quantity.factor, offset: 0 };
}

function quantity(number: string, { dimension, factor, offset }: Unit, text: string, start: number, end: number) {
  const value = (numberOf(number) + offset) * factor;
  const peak = /^[ ,(]*(?:0-)?(?:peak|pk|p\b)(?!-?(?:to-?)?p)/i.test(text.slice(end));
  return { dimension, factor, offset, value, text: text.slice(start, end).trim(), peak, start, end };
}

/** "1,5" is one and a half, "20,000" twenty thousand. */
export function numberOf(written: string): number {
  const plainly = written.replace('−', '-');
  return Number(
    /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(plainly) ? plainly.replaceAll(',', '') : plainly.replace(',', '.'),
  );
}

function unitAt(text: string, at: number): { unit: Unit; end: number } | undefined {
  let best: { unit: Unit; end: number } | undefined;
  for (const { pattern, ...known } of UNITS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match || match[0] === '') continue;
    const end = at + match[0].length;
    if (/^[\p{L}\p{N}]/u.test(text.slice(end, end + 1)) || (best && best.end >= end)) continue;
    best = { unit: known, end };
  }
  return best;
}

/** Look-alikes of one character: the ohm sign and omega, the micro sign and mu. */
function plain(text: string): string {
  return text.replaceAll('\u2126', 'Ω').replaceAll('\u03bc', 'µ');
}
