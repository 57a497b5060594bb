/**
 * Gases dissolved in a transformer's oil: their values in what people write, and what the standards make of them (IEC 60599
 * and IEEE C57.104; Michel Duval's triangle 1). All values are in ppm by volume. It knows nothing of sheets, and what is
 * said of a zone is teacher/gases.ts's matter.
 */
import { asksLimit } from './limit-asked.ts';
import type { Span } from './names.ts';
import { numberOf } from './quantities.ts';

/** The one class of machine whose oil is read for gas. */
export const OIL_FILLED = 'power transformer';
/** The parameter of its sheet that they are. */
export const DISSOLVED_GAS = 'dissolved gas';

export type Gas =
  | 'hydrogen'
  | 'methane'
  | 'ethane'
  | 'ethylene'
  | 'acetylene'
  | 'carbon monoxide'
  | 'carbon dioxide'
  | 'oxygen'
  | 'nitrogen';

export interface GasReading {
  gas: Gas;
  /** Below what can be detected counts as 0. */
  ppm: number;
  /** Of an earlier sample, where one was told. */
  former?: number;
  /** More than it was, by its former value or in so many words. */
  rises: boolean;
}

// ------------------------------------------------------------------------------------------------ what they mean

/** Partial discharge; heat below 300, up to 700 and above 700 °C; discharges of low and high energy; heat and discharge. */
export type Zone = 'PD' | 'T1' | 'T2' | 'T3' | 'D1' | 'D2' | 'DT';

/** Of the three gases together, in per cent. */
export interface Shares {
  methane: number;
  ethylene: number;
  acetylene: number;
}

export interface InTriangle {
  zone: Zone;
  /** Zones that begin less than three points away. */
  near: Zone[];
  shares: Shares;
  /** Of the three gases, ppm. */
  sum: number;
}

/** Less of the three gases together than this, ppm, and a laboratory's error alone moves the point across zones. */
const LEAST_SUM = 10;
/** Points by which two laboratories easily differ. */
const NEAR = 3;

/** Where a sample lies in Duval's triangle 1; undefined where there is too little of the three gases to tell. */
export function inTriangle({ methane, ethylene, acetylene }: Shares): InTriangle | undefined {
  const sum = methane + ethylene + acetylene;
  if (sum < LEAST_SUM) return undefined;
  const percent = (ppm: number): number => (100 * ppm) / sum;
  const shares = { methane: percent(methane), ethylene: percent(ethylene), acetylene: percent(acetylene) };
  const zone = zoneAt(shares);
  const near = new Set(PAIRS.map(([from, to]) => zoneAt(moved(shares, from, to))).filter((other) => other !== zone));
  return { zone, near: [...near], shares, sum };
}

/** A boundary belongs to the zone on its upper side. */
function zoneAt({ methane, ethylene, acetylene }: Shares): Zone {
  if (methane >= 98) return 'PD';
  if (acetylene < 4) return ethylene < 20 ? 'T1' : ethylene < 50 ? 'T2' : 'T3';
  if (acetylene < 15 && ethylene >= 50) return 'T3';
  if (acetylene >= 13 && ethylene < 23) return 'D1';
  return acetylene >= 13 && (ethylene < 40 || acetylene >= 29) ? 'D2' : 'DT';
}

const CORNERS = ['methane', 'ethylene', 'acetylene'] as const;
const PAIRS = CORNERS.flatMap((from) => CORNERS.filter((to) => to !== from).map((to) => [from, to] as const));

function moved(shares: Shares, from: keyof Shares, to: keyof Shares): Shares {
  const points = Math.min(NEAR, shares[from]);
  return { ...shares, [from]: shares[from] - points, [to]: shares[to] + points };
}

// ------------------------------------------------------------------------------------------------ what is asked

type Named = Parameters<typeof asksLimit>[1] & { asset?: string; strangers?: readonly unknown[] };

/**
 * Gases with values are told, and not one or two of them put to question, which is a matter for their limits; or what the
 * carbon oxides do is added to a thread of gases.
 * @param thread parameters that the thread speaks of
 */
export function asksGases(text: string, found: Named, thread: readonly string[]): boolean {
  if (text.length > LONGEST || (found.asset !== undefined && found.asset !== OIL_FILLED)) return false;
  const readings = gasesIn(text);
  const ofThread = thread.includes(DISSOLVED_GAS) && found.asset === OIL_FILLED;
  if (readings.length === 0) return ofThread && oxidesMoved(text) !== undefined;
  // Without its tag: "T-1 acetylene 40 ppm" tells a value, and what it means is wanted.
  if (readings.length <= MOST_LIMITS && asksLimit(text, { ...found, tags: [] })) return false;
  if (found.asset === OIL_FILLED) return readings.length >= 2 || found.faults.length === 0;
  const strange = [found.unknownTags, found.strangers].some((names) => names?.length);
  const ofOil = readings.filter(({ gas }) => OF_OIL.has(gas)).length;
  return !strange && ofOil >= 2 && readings.some(({ gas }) => TELLING.has(gas));
}

/** Gases that are held one by one against their limits, where that is what is asked. */
const MOST_LIMITS = 2;
/** A longer text is a report; its first lines would not be what is asked. */
const LONGEST = 2000;
/** That no boiler, engine or battery is asked about by. */
const TELLING: ReadonlySet<Gas> = new Set<Gas>(['ethane', 'ethylene', 'acetylene']);
const OF_OIL: ReadonlySet<Gas> = new Set<Gas>([...TELLING, 'hydrogen', 'methane']);

/**
 * "CO and CO2 haven't moved": whether the carbon oxides, which come from paper, are said to rise; undefined where it is not
 * said, or asked.
 */
export function oxidesMoved(text: string): boolean | undefined {
  const mentions = mentionsIn(plain(text));
  const [first] = mentions;
  if (!first || !mentions.every(({ gas }) => OF_PAPER.has(gas)) || ASKING.test(text.slice(0, first.start)))
    return undefined;
  if (STEADY.test(text)) return false;
  return RISING.test(text) ? true : undefined;
}

const OF_PAPER: ReadonlySet<Gas> = new Set<Gas>(['carbon monoxide', 'carbon dioxide']);
const ASKING = /\b(?:is|are|was|were|does|do|did|has|have|what|which|how|why|should|would|if|when|can)\b/i;
const STEADY =
  /\b(?:not|no|never|neither|nor|\w+n['’]?t)\b[^.?!;,]{0,24}\b(?:mov|chang|ris|rose|gone|went|increas|climb|grow|shift|differ|up)\w*|\b(?:steady|flat|stable|unchanged|normal|the same|as before|constant|where they were|fine|ok|okay|low)\b/i;
const RISING =
  /\b(?:ris(?:es|ing|en|e)|rose|climb\w*|grow(?:s|ing|n)?|grew|jump\w*|increas\w*|doubl\w*|tripl\w*|up|new|newly|appear\w*|first time|suddenly|moved?|moving|went)\b/i;

// ------------------------------------------------------------------------------------------------ reading

/** Gases with a value, each once, in the order of the text. */
export function gasesIn(written: string): GasReading[] {
  const text = plain(written);
  const mentions = mentionsIn(text);
  const listed = listsIn(text, mentions);
  // "CO2/CO 7" is a ratio.
  const ofRatio = new Set(
    mentions.flatMap((one, i) => {
      const next = mentions[i + 1];
      return next && /^ ?\/ ?$/.test(text.slice(one.end, next.start)) ? [one, next] : [];
    }),
  );
  const left = mentions.filter((one) => !ofRatio.has(one) && !listed.some(({ mention }) => mention === one));
  const [after, before] = ([false, true] as const).map((first) => valuesIn(text, left, first)) as [Valued[], Valued[]];
  const valued = before.length > after.length ? before : after;
  return [...listed, ...valued].sort((a, b) => a.mention.start - b.mention.start).reduce(merged(text), []);
}

interface Mention extends Pick<Span, 'start' | 'end'> {
  gas: Gas;
}

interface Valued {
  mention: Mention;
  ppm: number;
  former?: number;
  rises: boolean;
}

/** As laboratories write them, and as people misspell them; "CO 2" may be a value. */
const NAMES: readonly [Gas, string][] = [
  ['acetylene', 'C ?2 ?H ?2|acet[eiy]l[eiy]ne?|ethyne'],
  ['ethylene', 'C ?2 ?H ?4|eth[eiy]l[eiy]ne|ethene'],
  ['ethane', 'C ?2 ?H ?6|ethane'],
  ['methane', 'C ?H ?4|methane'],
  ['hydrogen', 'H2|h[iy]drogen'],
  ['carbon dioxide', 'CO2|carbon[ -]?dioxide'],
  ['carbon monoxide', 'CO|carbon[ -]?monoxide'],
  ['oxygen', 'O2|oxygen'],
  ['nitrogen', 'N2|nitrogen'],
];
const ANY = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${NAMES.map(([, names]) => `(${names})`).join('|')})(?![\\p{L}\\p{N}])`,
  'giu',
);

function mentionsIn(text: string): Mention[] {
  return [...text.matchAll(ANY)].map((match) => ({
    gas: NAMES[match.slice(1).findIndex((one) => one !== undefined)]![0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Indices as digits, character for character. */
function plain(text: string): string {
  return text.replace(/[₀-₉]/gu, (digit) => String(digit.codePointAt(0)! - 0x2080));
}

const NUMBER = '\\d+(?:[.,]\\d+)*(?![.,]?\\d)';
const NOTHING = "nd\\b|n\\.d\\.|nil\\b|none\\b|zero\\b|nothing\\b|not detected|undetect\\w+|absent\\b|isn'?t any";
const VALUE = `(?:[<≤] ?${NUMBER}|${NUMBER}|${NOTHING})`;
const UNIT = '(?: ?(?:ppm|ppb|[µμu]l ?\\/ ?l)(?: ?\\(?v(?:ol)?\\)?)?)';
/** Words that may stand between a gas and its value. */
const BETWEEN =
  '(?:is|are|was|were|has|have|had|been|gone|went|going|at|of|in|the|oil|now|only|still|just|even|up|down|to|from|by|about|around|approx|roughly|nearly|almost|over|above|exceeds|reads?|reading|reached|hit|level|levels|content|value|concentration|conc|result|gas|dissolved|measured|found|came|back|shows?|showing|today|currently|stays|steady|stable|unchanged|high|low|new|newly|detected|suddenly|already|rising|rises|rose|risen|climbed|climbing|jumped|increased|increasing|grew|grown|doubled|appeared|dropped|fell|fallen|it|ppm|this (?:time|year|month|week)|last (?:yr|year|month|week|time|sample))';
/** What a number is of, when it is no gas's value. */
const OF_ELSE =
  /^(?:\s*(?:%|°|x\b|(?:bar|kv|v|mva|kva|mw|kw|mm|kg|psi|pc|degc?|c|k|hours?|hrs?|h|days?|d|weeks?|wks?|months?|mths?|years?|yrs?|times?|samples?|tests?|units?|phases?|tons?|litres?|l|st|nd|rd|th)\b)|[-/]\d)/i;

const AFTER = new RegExp(`^(?<how>[\\s:=~≈|*()–—-]*(?:${BETWEEN}[\\s:=~≈|*()–—-]+)*)(?<value>${VALUE})${UNIT}?`, 'i');
/** "Acetylene,18" of a table; not "120 H2, 90 CH4". */
const AFTER_COMMA = new RegExp(
  `^(?<how>(?:\\s+${BETWEEN})*\\s*[,;]\\s*)(?<value>${VALUE})${UNIT}?(?! ?(?:of )?[\\p{L}(])`,
  'iu',
);
/** "18 ppm of acetylene"; not the 20 ppm of "water 20 ppm, H2 50". */
const BEFORE_WITH_UNIT = new RegExp(
  `(?<!\\b(?:water|moisture|furans?|h2o|karl fischer)[\\s:=]*(?:(?:is|of|at) )?)(?<![\\p{L}\\p{N}.,-])(?<value>[<≤] ?${NUMBER}|${NUMBER})${UNIT}(?: of)?[ (]*$`,
  'iu',
);
const BEFORE = new RegExp(`(?<![\\p{L}\\p{N}.,-])(?<value>${NUMBER})[ (]*$`, 'iu');
const NONE_OF = /\b(?:no|zero|without(?: any)?|nor(?: any)?)\s+$/i;
/** "… to 20", "… last year, now 18": what was told first is what it was. */
const THEN = new RegExp(
  `^[\\s,;(]*(?:(?:last|previous) \\w+|a (?:year|month|week) ago|before)?[\\s,;)]*(?:->|=>|→|➔|(?:and )?(?:up |is |it is |it's )?(?:to|now)\\b)[\\s:=]*(?:is |at |it is |it's )?(?<value>${NUMBER})${UNIT}?`,
  'i',
);
/** "(was 0)", "last yr 0", "up from 2". */
const FORMERLY = new RegExp(
  `^[\\s,;(–—-]*(?:(?:and|but|up|down|it|which|that|this|there) )*(?:was|were|had been|from|vs\\.?|versus|against|last (?:yr|year|month|week|time|sample|test|dga)|prev(?:ious(?:ly)?)?|before|earlier|formerly|a (?:year|month|week) ago)\\b(?:[^\\d;.?!]{0,24}?)(?<![\\p{L}\\p{N}])(?<value>${VALUE})${UNIT}?`,
  'iu',
);
const NEVER_BEFORE = /^[\s,;(]*(?:none before|never before|not before|first time|for the first time|new\b|newly)/i;

/** @param first values stand before their gases: "120 H2 90 CH4" */
function valuesIn(text: string, mentions: readonly Mention[], first: boolean): Valued[] {
  const all: Valued[] = [];
  let taken = 0;
  for (const mention of mentions) {
    const found = valued(text, mention, taken, first);
    if (!found) continue;
    taken = found.end;
    all.push(found);
  }
  return all;
}

/** @param taken offset up to which the numbers are other gases' */
function valued(text: string, mention: Mention, taken: number, first: boolean): (Valued & { end: number }) | undefined {
  const [ahead, rest] = [text.slice(taken, mention.start), text.slice(mention.end)];
  const behind = BEFORE_WITH_UNIT.exec(ahead) ?? (first ? BEFORE.exec(ahead) : null);
  if (behind) return withFormer(text, mention, ppmOf(behind[0]), mention.end, clause(ahead));
  const none = NONE_OF.test(ahead);
  const after = none ? null : (AFTER.exec(rest) ?? AFTER_COMMA.exec(rest));
  if (after?.groups && !OF_ELSE.test(rest.slice(after[0].length))) {
    const { how, value } = after.groups as { how: string; value: string };
    const at = mention.end + after[0].length;
    const then = THEN.exec(text.slice(at));
    const before = ppmOf(value + after[0].slice(how.length + value.length));
    if (then && !OF_ELSE.test(text.slice(at + then[0].length))) {
      const ppm = ppmOf(then[0].slice(then[0].lastIndexOf(then.groups!.value!)));
      return { mention, ppm, former: before, rises: isMore(ppm, before), end: at + then[0].length };
    }
    return withFormer(text, mention, before, at, `${clause(ahead)} ${how}`);
  }
  if (none) return { mention, ppm: 0, rises: false, end: mention.end };
  const bare = BEFORE.exec(ahead);
  return bare ? withFormer(text, mention, ppmOf(bare[0]), mention.end, clause(ahead)) : undefined;
}

/** What stands before a name and belongs to it. */
function clause(ahead: string): string {
  return ahead
    .split(/[,;.?!:\n]/)
    .at(-1)!
    .slice(-20);
}

/** @param around words that may say that it rises */
function withFormer(text: string, mention: Mention, ppm: number, end: number, around: string) {
  const rest = text.slice(end);
  const was = FORMERLY.exec(rest);
  const known = was && !OF_ELSE.test(rest.slice(was[0].length)) ? was : undefined;
  const former = known ? ppmOf(known.groups!.value!) : NEVER_BEFORE.test(rest) && ppm > 0 ? 0 : undefined;
  const words = `${around} ${rest.split(/[,;.?!\n]|\d/)[0]!.slice(0, 24)}`;
  return {
    mention,
    ppm,
    ...(former === undefined ? {} : { former }),
    rises: former === undefined ? RISING.test(words) && !STEADY.test(words) && ppm > 0 : isMore(ppm, former),
    end: end + (known?.[0].length ?? 0),
  };
}

/** By more than laboratories differ. */
function isMore(ppm: number, former: number): boolean {
  return ppm > 1.1 * former && ppm - former >= 1;
}

/** Of a value with or without its unit; "<1" and "nd" are 0. */
function ppmOf(told: string): number {
  const number = new RegExp(NUMBER).exec(told)?.[0];
  if (number === undefined || /[<≤]/.test(told)) return 0;
  return numberOf(number) / (/ppb/i.test(told) ? 1000 : 1);
}

/** "H2/CH4/C2H2: 120/90/5", or a table's head and one row: as many numbers as names before them. */
function listsIn(text: string, mentions: readonly Mention[]): Valued[] {
  const valued: Valued[] = [];
  for (let from = 0; from < mentions.length; ) {
    let to = from + 1;
    while (to < mentions.length && /^[\s,;/|&]*(?:and)?[\s,;/|&]*$/i.test(between(text, mentions, to))) to += 1;
    const run = mentions.slice(from, to);
    const values = run.length > 1 ? NUMBERS.exec(text.slice(run.at(-1)!.end))?.[1] : undefined;
    const numbers = values?.match(new RegExp(`[<≤] ?${NUMBER}|${NUMBER_IN_LIST}|\\bnd\\b`, 'giu')) ?? [];
    if (numbers.length === run.length)
      valued.push(...run.map((mention, i) => ({ mention, ppm: ppmOf(numbers[i]!), rises: false })));
    from = to;
  }
  return valued;
}

/** In a list a comma parts numbers. */
const NUMBER_IN_LIST = '\\d+(?:\\.\\d+)?(?![.]?\\d)';
const IN_LIST = `(?:[<≤] ?)?(?:${NUMBER_IN_LIST}|nd)(?: ?ppm)?`;
const NUMBERS = new RegExp(
  `^[\\s|]*(?:\\(?(?:in )?ppm\\)?)?(?: ratio)?(?: ?(?:is|are|at|of)\\b)?[\\s:=|]*(${IN_LIST}(?:(?:[\\s,;/|&]|and\\b)+${IN_LIST})*)`,
  'iu',
);

function between(text: string, mentions: readonly Mention[], i: number): string {
  return text.slice(mentions[i - 1]!.end, mentions[i]!.start);
}

/** A gas that is told twice was one thing before and is another now. */
function merged(text: string): (known: GasReading[], valued: Valued) => GasReading[] {
  const past = new Set<Gas>();
  return (known, { mention, ...told }) => {
    const reading: GasReading = { gas: mention.gas, ...told };
    const isPast = PAST.test(
      text
        .slice(0, mention.start)
        .split(/[;\n?!]|\.(?!\d)/)
        .at(-1)!,
    );
    const at = known.findIndex(({ gas }) => gas === mention.gas);
    if (at < 0) {
      if (isPast) past.add(mention.gas);
      return [...known, reading];
    }
    const [now, before] = isPast && !past.has(mention.gas) ? [known[at]!, reading] : [reading, known[at]!];
    return known.with(at, { ...now, former: before.ppm, rises: isMore(now.ppm, before.ppm) });
  };
}

const PAST = /\b(?:last|previous(?:ly)?|former(?:ly)?|earlier|before|ago|was|were)\b/i;
