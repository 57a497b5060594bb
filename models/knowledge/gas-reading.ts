/**
 * Values of gases in what people write: by formula or name, before or after it, in a table or a list, with what they were
 * before. In ppm by volume. It knows nothing of what they mean.
 */
import type { Span } from './names.ts';
import { numberOf } from './quantities.ts';
import { blanked } from './words.ts';

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

/** Gases with a value, each once, in the order of the text. */
export function gasesIn(written: string): GasReading[] {
  const text = ofMainTank(plain(written));
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

/** A tap changer's own oil is full of gas from its work; what is told of it is no reading of the transformer. */
function ofMainTank(text: string): string {
  const spans = [...text.matchAll(TAP_CHANGER_OIL)].map(({ 0: match, index: start }) => ({
    start,
    end: start + match.length,
  }));
  return blanked(text, spans);
}

const TAP_CHANGER_OIL =
  /\b(?:compartment|(?:o?ltc|tap[ -]?changer|diverter(?: switch)?)(?:'s)? (?:oil|tank|dga|sample|gas\w*))\b(?:(?!main tank)[^;\n.]|\.(?=\d))*/gi;

interface Mention extends Pick<Span, 'start' | 'end'> {
  gas: Gas;
}

interface Valued {
  mention: Mention;
  ppm: number;
  former?: number;
  rises: boolean;
}

/** Gases by formula or name, with a value or without. */
export function gasesNamed(text: string): Mention[] {
  return mentionsIn(plain(text));
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
  '(?:is|are|was|were|has|have|had|been|gone|went|going|at|of|in|the|oil|now|only|still|just|even|up|down|to|from|by|about|around|approx|roughly|nearly|almost|over|above|exceeds|reads?|reading|reached|hit|level|levels|content|value|concentration|conc|result|gas|dissolved|measured|found|came|back|shows?|showing|today|currently|stays|steady|stable|unchanged|high|low|new|newly|detected|just|showed|turned|jumps?|trebled|tripled|suddenly|already|rising|rises|rose|risen|climbed|climbing|jumped|increased|increasing|grew|grown|doubled|appeared|dropped|fell|fallen|it|ppm|this (?:time|year|month|week)|last (?:yr|year|month|week|time|sample))';
/** What a number is of, when it is no gas's value. */
const OF_ELSE =
  /^(?:\s*(?:%|°|x\b|(?:bar|kv|v|mva|kva|mw|kw|mm|kg|psi|pc|degc?|c|k|hours?|hrs?|h|days?|d|weeks?|wks?|months?|mths?|years?|yrs?|times?|samples?|tests?|units?|phases?|tons?|litres?|l|st|nd|rd|th)\b)|[-/]\d)/i;

const AFTER = new RegExp(
  `^(?<how>[\\s:=~≈>≥|*()–—-]*(?:${BETWEEN}[\\s:=~≈>≥|*()–—-]+)*)(?<value>${VALUE})${UNIT}?`,
  'i',
);
/** "Acetylene,18" of a table; not "120 H2, 90 CH4". */
const AFTER_COMMA = new RegExp(
  `^(?<how>(?:\\s+${BETWEEN})*\\s*[,;]\\s*(?:(?:is )?now )?)(?<value>${VALUE})${UNIT}?(?! ?(?:of )?[\\p{L}(])`,
  'iu',
);
/** "18 ppm of acetylene"; not the 20 ppm of "water 20 ppm, H2 50". */
const BEFORE_WITH_UNIT = new RegExp(
  `(?<!\\b(?:water|moisture|furans?|h2o|karl fischer)[\\s:=]*(?:(?:is|of|at) )?)(?<![\\p{L}\\p{N}.,-])(?<value>[<≤] ?${NUMBER}|${NUMBER})${UNIT}(?: of)?[ (]*$`,
  'iu',
);
const BEFORE = new RegExp(`(?<![\\p{L}\\p{N}.,-])(?<value>${NUMBER})[ (]*$`, 'iu');
const NONE_OF = /\b(?:no|zero|without(?: any)?|nor(?: any)?)\s+$/i;
const PAST_TIME =
  '(?:(?:last|previous|prior) \\p{L}+|(?:in|since|on) (?:\\p{L}+|\\d{4})|a (?:year|month|week) ago|before|previously|earlier|formerly)';
/** "… to 20", "… last year, now 18", "… in May, 18 now": what was told first is what it was. */
const THEN = new RegExp(
  `^[\\s,;(]*(?:${PAST_TIME})?[\\s,;)]*(?:(?:and|but) )?(?:(?:->|=>|→|➔|(?:up |is |it is |it's )?(?:to|now)\\b)[\\s:=]*(?:is |at |it is |it's )?(?<to>${NUMBER})${UNIT}?|(?<now>${NUMBER})${UNIT}?(?=\\s*(?:now|today|this (?:time|year|month|week))\\b))`,
  'iu',
);
/** "5 in 2023 and 18 in 2024". */
const IN_YEARS = new RegExp(
  `^[\\s,(]*in (?<first>\\d{4})[\\s,;)]*(?:(?:and|then|but) )?(?<value>${NUMBER})${UNIT}?\\s*in (?<second>\\d{4})`,
  'iu',
);
/** "0, 3, 9 ppm", sample after sample. */
const SERIES = new RegExp(`^(?:\\s*[,/]\\s*${NUMBER}(?![-/.]\\d)){2,}${UNIT}?(?! ?(?:of )?\\p{L}+\\d)`, 'iu');
const BEFORE_NOW =
  '(?:last (?:yr|year|month|week|time|sample|test|dga)|prev(?:ious(?:ly)?)?|before|earlier|formerly|a (?:year|month|week) ago)';
/** "(was 0)", "last yr 0", "up from 2". */
const FORMERLY = new RegExp(
  `^[\\s,;(–—-]*(?:(?:and|but|up|down|it|which|that|this|there) )*(?:was|were|had been|from|vs\\.?|versus|against|${BEFORE_NOW})\\b(?:[^\\d;.?!]{0,24}?)(?<![\\p{L}\\p{N}])(?<value>${VALUE})${UNIT}?`,
  'iu',
);
/** "(0 last yr)". */
const FORMERLY_AT_LAST = new RegExp(`^[\\s,;(]*(?<value>${VALUE})${UNIT}? (?:in the )?${BEFORE_NOW}\\b`, 'iu');
const NEVER_BEFORE =
  /^[\s,;(]*new\b|^[^.;?!\d]{0,30}\b(?:none before|never (?:before|seen)|not before|first time|newly)\b/i;

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
  if (behind) return withFormer(text, mention, { ppm: ppmOf(behind[0]), end: mention.end }, clause(ahead));
  if (NONE_OF.test(ahead)) return { mention, ppm: 0, rises: false, end: mention.end };
  const after = AFTER.exec(rest) ?? AFTER_COMMA.exec(rest);
  if (after && !OF_ELSE.test(rest.slice(after[0].length))) {
    const { how } = after.groups as { how: string };
    const told = { ppm: ppmOf(after[0].slice(how.length)), end: mention.end + after[0].length };
    return withFormer(text, mention, latest(text, told), `${clause(ahead)} ${how}`);
  }
  const bare = BEFORE.exec(ahead);
  return bare ? withFormer(text, mention, { ppm: ppmOf(bare[0]), end: mention.end }, clause(ahead)) : undefined;
}

/** What stands before a name and belongs to it. */
function clause(ahead: string): string {
  return ahead
    .split(/[,;.?!:\n]/)
    .at(-1)!
    .slice(-20);
}

interface Told {
  ppm: number;
  former?: number;
  /** Offset after what tells it. */
  end: number;
}

/** Of values that are told one after the other, the last and the one before it. */
function latest(text: string, told: Told): Told {
  const rest = text.slice(told.end);
  const then = THEN.exec(rest);
  const years = IN_YEARS.exec(rest);
  const series = SERIES.exec(rest);
  const next = then ?? years ?? series;
  if (!next || OF_ELSE.test(rest.slice(next[0].length))) return told;
  const end = told.end + next[0].length;
  if (series && next === series) {
    const [before, now] = [...next[0].matchAll(new RegExp(NUMBER, 'g'))].slice(-2).map(([number]) => ppmOf(number));
    return { ppm: now!, former: before!, end };
  }
  const ppm = ppmOf(next.groups!.to ?? next.groups!.now ?? next.groups!.value!);
  if (years && next === years && years.groups!.first! > years.groups!.second!) return { ...told, former: ppm, end };
  return latest(text, { ppm, former: told.ppm, end });
}

/** @param around words that may say that it rises */
function withFormer(text: string, mention: Mention, told: Told, around: string): Valued & { end: number } {
  const rest = text.slice(told.end);
  const was = told.former === undefined ? (FORMERLY.exec(rest) ?? FORMERLY_AT_LAST.exec(rest)) : null;
  const known = was && !OF_ELSE.test(rest.slice(was[0].length)) ? was : undefined;
  const isFirst = told.ppm > 0 && NEVER_BEFORE.test(rest);
  const former = told.former ?? (known ? ppmOf(known.groups!.value!) : isFirst ? 0 : undefined);
  const words = `${around} ${rest.split(/[,;.?!\n]|\d/)[0]!.slice(0, 24)}`;
  return {
    mention,
    ppm: told.ppm,
    ...(former === undefined ? {} : { former }),
    rises: former === undefined ? told.ppm > 0 && RISING.test(words) && !STEADY.test(words) : isMore(told.ppm, former),
    end: told.end + (known?.[0].length ?? 0),
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
    const found = run.length > 1 ? NUMBERS.exec(text.slice(run.at(-1)!.end)) : null;
    const [all, values] = found ?? [];
    const rises = found !== null && RISING.test(all!.slice(0, all!.length - values!.length));
    const numbers = values?.match(new RegExp(`[<≤] ?${NUMBER}|${NUMBER_IN_LIST}|\\bnd\\b`, 'giu')) ?? [];
    if (numbers.length === run.length)
      valued.push(...run.map((mention, i) => ({ mention, ppm: ppmOf(numbers[i]!), rises })));
    from = to;
  }
  return valued;
}

/** In a list a comma parts numbers. */
const NUMBER_IN_LIST = '\\d+(?:\\.\\d+)?(?![.]?\\d)';
const IN_LIST = `(?:[<≤] ?)?(?:${NUMBER_IN_LIST}|nd)(?: ?ppm)?`;
const NUMBERS = new RegExp(
  `^[\\s|]*(?:\\(?(?:in )?ppm\\)?)?(?: ratio)?(?:[ ,]*(?:is|are|at|of|both|all|up|high|now)\\b)*[\\s:=|,]*(${IN_LIST}(?:(?:[\\s,;/|&]|and\\b)+${IN_LIST})*)`,
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

/** Said of a value. */
export const STEADY =
  /\b(?:not|no|never|neither|nor|\w+n['’]?t)\b[^.?!;,]{0,24}\b(?:mov|chang|ris|rose|gone|went|increas|climb|grow|shift|differ|up)\w*|\b(?:steady|flat|stable|unchanged|normal|the same|as before|constant|where they were|fine|ok|okay|low)\b/i;
export const RISING =
  /\b(?:ris(?:es|ing|en|e)|rose|climb\w*|grow(?:s|ing|n)?|grew|jump\w*|increas\w*|doubl\w*|tr(?:ipl|ebl)\w*|up|new|newly|appear\w*|first time|suddenly|moved?|moving|went)\b/i;
