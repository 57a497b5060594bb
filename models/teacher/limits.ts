/**
 * Is this reading bad, and how far may it go: a value in the sheet's limits, what that means, what to do, for which machines
 * the boundaries hold and by which source. Limits are for judging: nothing here speaks of a protection's setting.
 */
import { boundariesOf, withUnit } from '../knowledge/facts.ts';
import { bareIn, formerOf, judgedIn } from '../knowledge/limit-asked.ts';
import { inBase, LEVELS, type Level, levelOf, limitsMeant, type MeantLimit } from '../knowledge/limits.ts';
import type { Found } from '../knowledge/names.ts';
import { inUnit, type Quantity, quantitiesIn, unitNamed, withoutQuantities } from '../knowledge/quantities.ts';
import type { Asset, Limit, Sheet } from '../knowledge/types.ts';
import { isSmallWord, wordsOf } from '../knowledge/words.ts';
import { listed, paragraph, withArticle } from './sentences.ts';
import type { Told } from './tell.ts';

export interface LimitQuestion {
  text: string;
  sheet: Sheet;
  found: Found;
  /** Parameters that the thread speaks of. */
  thread: readonly string[];
  machine: Asset | undefined;
}

/** Values that are judged in one answer; who asks of more asks again. */
const MOST_VALUES = 2;

export function limitsTold(question: LimitQuestion): Told {
  const values = judgedIn(question.text).slice(0, MOST_VALUES);
  const told =
    values.length > 0 ? values.map((value) => judged(question, value, values.length > 1)) : [withoutUnit(question)];
  const known = told.filter((one) => one.kind === 'told');
  const [first] = told;
  if (known.length === 0) return first!;
  return {
    kind: 'told',
    answer: paragraph(...known.map(({ answer }) => answer)),
    rationale: paragraph(
      ...known.map(({ rationale }) => rationale),
      "the maker's and the site's own limits come first",
      OF_PROTECTION.test(question.text)
        ? "what a trip is set to stands in the site's own documents, and is not judged here"
        : '',
    ),
    confidence: Math.min(...known.map(({ confidence }) => confidence)),
    facts: known.flatMap(({ facts }) => facts),
  };
}

/** No value with a unit: a limit is asked for, or a bare number is taken in the unit of the limit that is meant, and that is said. */
function withoutUnit(question: LimitQuestion): Told {
  const bare = bareIn(question.text, question.found);
  if (!bare) return judged(question);
  const meant = limitsMeant(question.sheet, { ...question, several: false });
  if (meant.kind !== 'limits') return judged(question);
  const { unit } = meant.limits[0]!.limit;
  const taken = judged(question, inUnit(bare, unit));
  if (taken.kind !== 'told') return taken;
  return {
    ...taken,
    answer: paragraph(taken.answer, `no unit was given: ${bare.text} was taken as ${withUnit(bare.value, unit)}`),
  };
}

const OF_PROTECTION = /\b(?:trip\w*|shut-?down|interlock)\b/i;

function judged(question: LimitQuestion, value?: Quantity, several = false): Told {
  const { sheet, text, found, thread } = question;
  const meant = limitsMeant(sheet, { text, found, thread, several, ...(value ? { quantity: value } : {}) });
  if (meant.kind === 'none') {
    return {
      kind: 'not known',
      reason: `the ${sheet.asset} sheet gives no limit for ${meant.of ?? value?.text ?? 'that'}; the maker's manual or the site's alarm list has it, and its own trend tells more than any general figure`,
    };
  }
  if (meant.kind === 'which') {
    return {
      kind: 'not known',
      reason: `say of which reading: the ${sheet.asset} sheet has limits for ${listed(meant.among)}`,
    };
  }
  const quantity = meant.quantity;
  const limits = ofMachine(quantity ? brokenSide(meant.limits, quantity) : meant.limits, question);
  const [{ limit: one }] = limits as [MeantLimit];
  return {
    kind: 'told',
    answer: quantity ? verdictOn(quantity, limits, changeTo(quantity, limits, text)) : boundariesFor(limits, sheet),
    rationale: paragraph(
      `by ${listed([...new Set(limits.map(({ limit }) => limit.source))])}${quantity ? `, ${groupsText(limits)}` : ''}`,
      trendOf(one),
      meant.others.length ? `there are limits for ${listed(meant.others)} too` : '',
    ),
    // Where the group of the machine decides and is not known, the reader has to choose.
    confidence: quantity && levelsOf(quantity, limits).length > 1 ? 0.8 : 0.9,
    facts: limits.map(({ fact }) => fact),
  };
}

/** Where both too much and too little are bad, the side on which it is worse. */
function brokenSide(limits: readonly MeantLimit[], quantity: Quantity): MeantLimit[] {
  const severity = ({ limit }: MeantLimit): number => -LEVELS.indexOf(levelOf(limit, valueIn(quantity, limit)));
  return limits.filter((one) =>
    limits.every(
      (other, i) =>
        other.limit.bad === one.limit.bad ||
        other.limit.for !== one.limit.for ||
        severity(other) < severity(one) ||
        (severity(other) === severity(one) && i >= limits.indexOf(one)),
    ),
  );
}

// ------------------------------------------------------------------------------------------------ which machine

/** Those for the machine's rated power, and those whose group is named in the question; all where neither is known. */
function ofMachine(limits: readonly MeantLimit[], { text, machine }: LimitQuestion): MeantLimit[] {
  const power = powerIn(text) ?? powerIn(machine?.description ?? '');
  const ofPower = limits.filter(
    ({ limit: { kW } }) => power === undefined || !kW || (power >= kW[0] && power <= kW[1]),
  );
  const left = ofPower.length > 0 ? ofPower : limits;
  // "200 °F" names no class F, but "1500 rpm" does name a group.
  const named = quantitiesIn(text).filter(({ dimension }) => dimension !== 'rotation');
  const words = new Set(wordsOf(withoutQuantities(text, named)).map(({ plain }) => plain));
  const groups = left.map(
    ({ limit }) => new Set(wordsOf(limit.for).flatMap(({ plain }) => (isSmallWord(plain) ? [] : [plain]))),
  );
  const telling = groups.map(
    (own) => [...own].filter((word) => words.has(word) && !groups.every((other) => other.has(word))).length,
  );
  const most = Math.max(0, ...telling);
  return left.filter((_, i) => most === 0 || telling[i] === most);
}

function powerIn(text: string): number | undefined {
  return quantitiesIn(text).find(({ dimension }) => dimension === 'power')?.value;
}

// ------------------------------------------------------------------------------------------------ a value

/** From what it was, where that is told and so much is between that it counts at any level: a quarter of the alarm's boundary (ISO 20816). */
function changeTo(quantity: Quantity, limits: readonly MeantLimit[], text: string): string | undefined {
  const former = formerOf(text, quantity);
  const [{ limit: one }] = limits as [MeantLimit];
  const boundary = one.alarm ?? one.stop;
  if (former === undefined || boundary === undefined) return undefined;
  const was = (former + quantity.offset) * quantity.factor;
  const worse = (one.bad === 'high' ? 1 : -1) * (valueIn(quantity, one) - was);
  return worse >= Math.abs(inBase(boundary, one.unit) - inBase(0, one.unit)) / 4 ? String(former) : undefined;
}

/** @param former what it was, where it has changed so much that this counts more than the level */
function verdictOn(quantity: Quantity, limits: readonly MeantLimit[], former?: string): string {
  const [{ limit: one }] = limits as [MeantLimit];
  const levels = levelsOf(quantity, limits);
  const worst = levels[0]!;
  // Groups whose boundaries differ are told apart, though the value lies on the same level for both.
  const places = new Map<string, string[]>();
  for (const level of levels) {
    for (const { limit } of limits.filter((other) => levelOf(other.limit, valueIn(quantity, other.limit)) === level)) {
      const place = PLACE[level](limit);
      places.set(place, [...(places.get(place) ?? []), limit.for]);
    }
  }
  const verdicts = [...places].map(([place, machines], i) => {
    const groups = [...new Set(machines.filter(Boolean))];
    const rest = i > 0 && i === places.size - 1 && groups.length > 1;
    const all = places.size === 1 && groups.length > 2;
    return `${place}${all || groups.length === 0 ? '' : ` for ${rest ? 'the others' : listed(groups)}`}`;
  });
  const doubt = levels.length > 1 && (worst === 'stop' || worst === 'alarm');
  const within = worst === 'good' || worst === 'usable';
  if (former !== undefined && within) {
    return paragraph(
      `not to be passed over: ${quantityText(quantity, one)} is ${verdicts.join('; ').replace(/,$/, '')}, but it was ${former}`,
      `so great a change counts more than the level: ${ADVICE.alarm}`,
      one.note,
    );
  }
  return paragraph(
    `${doubt ? 'it depends on the machine' : VERDICT[worst]}: ${quantityText(quantity, one)} is ${verdicts.join('; ').replace(/,$/, '')}`,
    doubt ? `until its group is settled take the stricter: ${ADVICE[worst]}` : ADVICE[worst],
    former === undefined ? '' : `it was ${former}: so great a change counts as much as the level`,
    worst === 'good' ? '' : one.note,
  );
}

function levelsOf(quantity: Quantity, limits: readonly MeantLimit[]): Level[] {
  return LEVELS.filter((level) => limits.some(({ limit }) => levelOf(limit, valueIn(quantity, limit)) === level));
}

const VERDICT: Record<Level, string> = { good: 'good', usable: 'acceptable', alarm: 'bad', stop: 'very bad' };

/** Where a value lies. */
const PLACE: Record<Level, (limit: Limit) => string> = {
  good: ({ zoned, good, alarm, stop, unit }) =>
    zoned
      ? 'in zone A, as good as new,'
      : `within the ${good === undefined ? 'limit' : 'normal'} of ${withUnit((good ?? alarm ?? stop)!, unit)}`,
  usable: ({ zoned, good, alarm, stop, unit, bad }) =>
    zoned
      ? 'in zone B, fit to run without a time limit,'
      : good === undefined
        ? `close to the limit of ${withUnit((alarm ?? stop)!, unit)}`
        : `${beyond(bad)} the normal ${withUnit(good, unit)}, within the limit of ${withUnit((alarm ?? stop)!, unit)}`,
  alarm: ({ zoned, alarm, bad, unit }) =>
    zoned ? 'in zone C, not fit to run for long,' : `${beyond(bad)} the alarm limit of ${withUnit(alarm!, unit)}`,
  stop: ({ zoned, stop, bad, unit }) =>
    zoned ? 'in zone D, where damage is done,' : `${beyond(bad)} the stop limit of ${withUnit(stop!, unit)}`,
};

function beyond(bad: Limit['bad']): string {
  return bad === 'high' ? 'above' : 'below';
}

const ADVICE: Record<Level, string> = {
  good: 'nothing to do but to keep its trend',
  usable: 'keep running and keep its trend',
  alarm: 'look for the cause, measure more often and plan the repair',
  stop: 'unload the machine or take it out of service soon, by the site procedure, and find the cause before it runs on',
};

/** "0.3 in/s (about 7.6 mm/s, RMS velocity on the bearing housing)". */
function quantityText(quantity: Quantity, { unit, of }: Limit, value = valueIn(quantity, { of })): string {
  const { factor, offset } = unitNamed(unit)!;
  const same = quantity.factor === factor && quantity.offset === offset && !quantity.peak;
  const inUnit = value / factor - offset;
  const converted = Number(inUnit.toPrecision(Math.abs(inUnit) >= 100 ? 3 : 2));
  const told = [...(same ? [] : [`about ${withUnit(converted, unit)}`]), ...(unit === 'PI' ? [] : [of])];
  return `${quantity.text}${quantity.peak ? ' peak' : ''}${told.length ? ` (${told.join(', ')})` : ''}`;
}

/** A crest of a velocity becomes an r.m.s. value, as if it were a sine. */
function valueIn({ value, peak, dimension }: Quantity, { of }: Pick<Limit, 'of'>): number {
  return peak && dimension === 'velocity' && /\bRMS\b/.test(of) ? value / Math.SQRT2 : value;
}

/** A change that counts, even within the limits: a quarter of the boundary between B and C (ISO 20816). */
function trendOf({ zoned, alarm, unit }: Limit): string {
  if (!zoned || alarm === undefined)
    return 'compare it with its own trend at the same load, which settles more than one reading';
  const quarter = Number((inBase(alarm, unit) / 4 / unitNamed(unit)!.factor).toPrecision(2));
  return `compare it with its own baseline: a change of more than about ${quarter} ${unit} (a quarter of the boundary between B and C) counts in any zone`;
}

// ------------------------------------------------------------------------------------------------ the limits themselves

/** Groups that are told in one answer. */
const MOST_GROUPS = 4;

function boundariesFor(limits: readonly MeantLimit[], { asset }: Sheet): string {
  const [{ limit: one }] = limits as [MeantLimit];
  return paragraph(
    groupsText(limits.slice(0, MOST_GROUPS), ` of ${withArticle(asset)}`),
    one.zoned
      ? 'A is as good as new, B may run without a time limit, in C plan the repair, beyond it take the machine out of service soon'
      : `beyond the alarm limit ${ADVICE.alarm}`,
    one.note,
  );
}

/** "winding: alarm above 145 °C, stop above 155 °C for insulation of class F; alarm above …". */
function groupsText(limits: readonly MeantLimit[], ofMachine = ''): string {
  const told = limits.map(({ limit }) => `${boundariesOf(limit)}${limit.for ? ` for ${limit.for}` : ''}`);
  return `${limits[0]!.limit.of}${ofMachine}: ${told.join('; ')}`;
}
