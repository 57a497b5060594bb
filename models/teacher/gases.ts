/**
 * What gases in a transformer's oil tell: the zone of Duval's triangle, or the key gas where there are too few for it; the
 * faults of the sheet that it points to, the first check, how soon to sample again, and which gases are above typical. The
 * figures of the triangle stand in knowledge/gases.ts, the typical values are the sheet's limits.
 */
import { type Gas, type GasReading, gasesIn } from '../knowledge/gas-reading.ts';
import { CORNERS, DISSOLVED_GAS, type InTriangle, inTriangle, oxidesMoved, type Zone } from '../knowledge/gases.ts';
import { LEVELS, type Level, levelOf, limitsMeant, type MeantLimit } from '../knowledge/limits.ts';
import type { Sheet } from '../knowledge/types.ts';
import { KEY_GASES, type Meaning, ZONES } from './gas-meanings.ts';
import { listed, paragraph } from './sentences.ts';
import type { Told } from './tell.ts';

export interface GasQuestion {
  text: string;
  sheet: Sheet;
}

export function gasesTold({ text, sheet }: GasQuestion): Told {
  const gases = gasesIn(text).map((reading) => judged(reading, sheet));
  const moved = oxidesMoved(text);
  // Their values tell more than that they rise.
  if (moved === false ? !gases.some(isHigh) : moved && gases.length === 0)
    return oxidesTold(sheet, moved === true, gases);
  if (NO_MINERAL_OIL.test(text)) {
    const reason =
      "zones and typical values are those of mineral oil; for an ester or silicone fluid the maker's guide has others";
    return { kind: 'not known', reason };
  }
  const triangle = triangleOf(gases, ({ ppm }) => ppm);
  const pointing = triangle ? byZone(triangle, gases) : byKeyGas(gases);
  if (!pointing) {
    return {
      kind: 'not known',
      reason: `${listed(gases.map(({ gas }) => gas))} alone tell no fault; methane, ethylene and acetylene in ppm are needed, and hydrogen, carbon monoxide and dioxide help`,
    };
  }
  const worst = LEVELS.find((level) => gases.some((one) => one.level === level));
  const usual = worst === 'good' && !gases.some(isActiveAcetylene);
  const stop = stopTold(text, pointing, gases);
  const faults = usual ? [] : pointing.faults.filter((name) => sheet.faults.some((fault) => fault.name === name));
  return {
    kind: 'told',
    answer: usual ? nothingShows(pointing, stop) : faultTold(pointing, { faults, gases, worst, stop }),
    rationale: paragraph(
      ...pointing.because,
      ...beside(gases, triangle),
      worst === 'usable'
        ? 'within the range of typical values a ratio means little by itself, and the trend decides'
        : '',
      risen(gases),
      typicalText(gases),
      "the site's own limits and the laboratory's last report come first",
    ),
    confidence: usual ? WITHIN : pointing.confidence,
    facts: [
      ...gases.flatMap(({ typical }) => typical.map(({ fact }) => fact)),
      ...faults.slice(0, 2).flatMap((fault) => [`${sheet.asset}/${fault}/signs`, `${sheet.asset}/${fault}/checks`]),
    ],
  };
}

const NO_MINERAL_OIL = /\b(?:(?:natural |synthetic )?esters?|midel|silicone (?:oil|fluid|filled))\b/i;

function nothingShows({ lead, means }: Pointing, stop: string | undefined): string {
  return paragraph(
    stop ?? '',
    'no fault shows in these gases: all that were told are within normal, and below typical values a ratio means little',
    `were they more, they would say ${lead}${means}`,
    stop ? 'gas needs hours to dissolve: sample oil and relay again' : 'keep to the usual sampling and watch the trend',
  );
}

interface Finding {
  faults: readonly string[];
  gases: readonly Judged[];
  worst: Level | undefined;
  /** What cannot wait, where something cannot; it stands before the check. */
  stop: string | undefined;
}

function faultTold(pointing: Pointing, { faults, gases, worst, stop }: Finding): string {
  const { lead, means, doubt, missing } = pointing;
  const first = `first ${pointing.first}`;
  return paragraph(
    `${lead}${means}${faults.length ? `, which points to ${listed(faults, 'or')}` : ''}`,
    doubt,
    ...(stop ? [stop, first] : [first, soon(pointing, gases, worst)]),
    ...exceeded(gases),
    oxides(gases)?.charring ? `the paper may be charring${/furans/.test(first) ? '' : ': measure furans'}` : '',
    missing.length ? `${listed(missing)} in ppm would say more` : '',
  );
}

// ------------------------------------------------------------------------------------------------ against typical values

interface Judged extends GasReading {
  /** The sheet's limits of the gas, the strictest first; empty where it has none. */
  typical: MeantLimit[];
  /** By the strictest. */
  level: Level | undefined;
  /** By the most lenient, which holds for some machines only. */
  mildest: Level | undefined;
}

const UNKNOWN = { parameters: [], components: [] };

function judged(reading: GasReading, sheet: Sheet): Judged {
  const { gas, ppm } = reading;
  const quantity = { value: ppm, dimension: 'fraction', factor: 1, offset: 0, peak: false } as const;
  const meant = limitsMeant(sheet, {
    text: gas,
    found: UNKNOWN,
    quantity: { ...quantity, text: gas, start: 0, end: 0 },
    several: false,
    thread: [],
  });
  const own = meant.kind === 'limits' ? meant.limits.filter(({ parameter }) => parameter === DISSOLVED_GAS) : [];
  const levels = own.map(({ limit }) => LEVELS.indexOf(levelOf(limit, ppm)));
  const typical = own.map((one, i) => ({ one, i })).sort((a, b) => levels[a.i]! - levels[b.i]!);
  return {
    ...reading,
    typical: typical.map(({ one }) => one),
    level: LEVELS[Math.min(...levels)],
    mildest: LEVELS[Math.max(...levels)],
  };
}

function isHigh({ level }: Judged): boolean {
  return level === 'alarm' || level === 'stop';
}

/** It is new or grows, so that something arcs now; less than 1 ppm is not found by every laboratory. */
function isActiveAcetylene({ gas, ppm, rises }: GasReading): boolean {
  return gas === 'acetylene' && rises && ppm >= 1;
}

function exceeded(gases: readonly Judged[]): string[] {
  const told = (of: readonly Judged[]): string =>
    listed(
      of.map(({ gas, ppm, level, mildest, typical }) => {
        const milder = level === mildest ? '' : typical.at(-1)!.limit.for;
        return `${gas} ${ppm} ppm${milder ? ` (less so with ${milder})` : ''}`;
      }),
    );
  const high = gases.filter(isHigh);
  const raised = gases.filter(({ level }) => level === 'usable');
  return [
    high.length ? `above typical values: ${told(high)}` : '',
    raised.length ? `in the upper part of the typical range: ${told(raised)}` : '',
  ];
}

/** "By IEC 60599, typical values: methane 30 to 130 ppm, …" */
function typicalText(gases: readonly Judged[]): string {
  const told = gases.flatMap(({ gas, level, typical: [first] }) => {
    if (!first || level === 'good') return [];
    const { good, alarm, stop, unit } = first.limit;
    const bounds = [good, alarm ?? stop].filter((one) => one !== undefined);
    return [`${gas} ${bounds.length > 1 ? bounds.join(' to ') : `up to ${bounds[0]}`} ${unit}`];
  });
  const sources = new Set(gases.flatMap(({ typical: [first] }) => (first ? [first.limit.source] : [])));
  return told.length ? `by ${listed([...sources])}: ${listed(told)}` : '';
}

function risen(gases: readonly Judged[]): string {
  const told = gases.flatMap(({ gas, ppm, former }) =>
    former === undefined
      ? []
      : [
          `${gas} ${ppm > former ? 'rose' : ppm < former ? 'fell' : 'stayed'} ${former === ppm ? `at ${ppm}` : `from ${former} to ${ppm}`} ppm`,
        ],
  );
  return told.length ? `since the sample before, ${listed(told)}` : '';
}

// ------------------------------------------------------------------------------------------------ what they point to

interface Pointing extends Meaning {
  /** Before what it means: "zone T3 of Duval's triangle: ". */
  lead: string;
  zone: Zone | undefined;
  /** What it may be just as well; may be empty. */
  doubt: string;
  /** Gases without which the triangle cannot be read. */
  missing: readonly Gas[];
  because: string[];
  confidence: number;
}

/** Ours, not measured: well inside a zone, beside another one, and by one gas alone. */
const SURE = 0.8;
const NEAR_BOUNDARY = 0.65;
const BY_KEY_GAS = 0.6;
const WITHIN = 0.7;
const OF_OXIDES = 0.7;

/** Hydrogen is ten times the methane where corona makes them. */
const CORONA = 10;

function byZone({ zone, near, shares, sum }: InTriangle, gases: readonly Judged[]): Pointing {
  const [hydrogen, methane] = [gasOf(gases, 'hydrogen'), gasOf(gases, 'methane')!];
  const corona = zone === 'T1' && hydrogen !== undefined && isHigh(hydrogen) && hydrogen.ppm >= CORONA * methane.ppm;
  const others = near.map((other) => `zone ${other} (${ZONES[other].means})`);
  return {
    ...(corona ? KEY_GASES.hydrogen! : ZONES[zone]),
    lead: corona ? 'far more hydrogen than methane: ' : `zone ${zone} of Duval's triangle: `,
    zone: corona ? undefined : zone,
    doubt: near.length ? `it lies near ${listed(others, 'or')}` : '',
    missing: [],
    because: [
      `of methane, ethylene and acetylene together (${Number(sum.toPrecision(3))} ppm), methane is ${percent(shares.methane)}, ethylene ${percent(shares.ethylene)} and acetylene ${percent(shares.acetylene)}: zone ${zone} of Duval's triangle 1 (IEC 60599, IEEE C57.104)`,
      corona
        ? `hydrogen is at least ${CORONA} times the methane, which heat does not make: corona or the oil itself does`
        : '',
    ],
    confidence: corona || near.length ? NEAR_BOUNDARY : SURE,
  };
}

/** A little is not told as none. */
function percent(share: number): string {
  return `${share > 0 && share < 1 ? share.toFixed(1) : Math.round(share)} %`;
}

/** The gas that is furthest above typical; acetylene before all. */
function byKeyGas(gases: readonly Judged[]): Pointing | undefined {
  const above = ({ ppm, typical: [first] }: Judged): number => ppm / (first!.limit.alarm ?? first!.limit.stop!);
  const telling = gases.filter(({ gas, level }) => KEY_GASES[gas] && level !== undefined);
  const arcs = telling.find((one) => one.gas === 'acetylene' && (one.level !== 'good' || isActiveAcetylene(one)));
  const key = arcs ?? telling.sort((a, b) => above(b) - above(a))[0];
  if (!key) return undefined;
  const missing = CORNERS.filter((gas) => !gasOf(gases, gas));
  const why = missing.length
    ? "Duval's triangle needs methane, ethylene and acetylene"
    : "there is too little of methane, ethylene and acetylene for Duval's triangle";
  return {
    ...KEY_GASES[key.gas]!,
    lead: '',
    zone: undefined,
    doubt: '',
    missing,
    because: [`the key gas is ${key.gas}; ${why}`],
    confidence: BY_KEY_GAS,
  };
}

function gasOf(gases: readonly Judged[], gas: Gas): Judged | undefined {
  return gases.find((one) => one.gas === gas);
}

function triangleOf(gases: readonly Judged[], ppmOf: (one: Judged) => number | undefined): InTriangle | undefined {
  const [methane, ethylene, acetylene] = CORNERS.map((gas) => {
    const reading = gasOf(gases, gas);
    return reading && ppmOf(reading);
  });
  if (methane === undefined || ethylene === undefined || acetylene === undefined) return undefined;
  return inTriangle({ methane, ethylene, acetylene });
}

// ------------------------------------------------------------------------------------------------ how soon

const TAKE_OUT = 'take it out of service until it has been tested, by the site procedure';
const HEAT: ReadonlySet<Zone | undefined> = new Set<Zone | undefined>(['T1', 'T2', 'T3', 'DT']);

/**
 * What cannot wait: a relay has tripped; or it arcs with power behind it, or with a relay's alarm, and not by a few ppm that
 * have long been there.
 */
function stopTold(text: string, { zone }: Pointing, gases: readonly Judged[]): string | undefined {
  const relay = DENIED.test(text) ? undefined : RELAY.exec(text);
  if (relay && TRIPPED.test(text))
    return 'leave it de-energized until it has been tested, by the site procedure, and sample the relay gas too';
  const acetylene = gasOf(gases, 'acetylene');
  const arcs = acetylene !== undefined && (isActiveAcetylene(acetylene) || isHigh(acetylene));
  return arcs && (zone === 'D2' || relay) ? `${TAKE_OUT}, and take another sample at once` : undefined;
}

const RELAY =
  /\b(?:buch+olz|gas relay|(?:sudden|rapid) pressure|pressure relief|differential(?: relay| protection)?)\b/i;
const TRIPPED = /\btrip\w*/i;
/** "No Buchholz alarm", "the gas relay has not operated". */
const DENIED = new RegExp(
  `\\b(?:no|without|nor|neither)\\b[^.;?!]{0,12}${RELAY.source}|${RELAY.source}[^.;?!,]{0,16}(?:\\b(?:not|never|no|ok|okay|quiet|normal|empty|clear)\\b|n['’]?t\\b)`,
  'i',
);

/** When to sample again. */
function soon({ zone }: Pointing, gases: readonly Judged[], worst: Level | undefined): string {
  const acetylene = gasOf(gases, 'acetylene');
  const arcs = zone === undefined || !HEAT.has(zone) || zone === 'DT';
  if (acetylene && (isActiveAcetylene(acetylene) || isHigh(acetylene) || (arcs && acetylene.level === 'usable')))
    return `sample again within days; if acetylene rises, ${TAKE_OUT}`;
  if (worst === 'alarm' || worst === 'stop' || gases.some(({ rises }) => rises))
    return `sample again within two weeks${HEAT.has(zone) ? ' and keep the load moderate until the rate is known' : ''}`;
  return 'sample again within a month';
}

// ------------------------------------------------------------------------------------------------ ratios beside it

/** Below it paper may char, above the other it ages at moderate heat (IEC 60599). */
const CHARS = 3;
const AGES = 10;
/** Acetylene to hydrogen: from here on it comes from a tap changer's oil (IEC 60599). */
const FROM_TAP_CHANGER = 3;
/** Oxygen to nitrogen: below, oil and paper take it up faster than air brings it (IEC 60599). */
const USED_UP = 0.3;

function beside(gases: readonly Judged[], triangle: InTriangle | undefined): string[] {
  const [acetylene, hydrogen] = [gasOf(gases, 'acetylene'), gasOf(gases, 'hydrogen')];
  const [oxygen, nitrogen] = [gasOf(gases, 'oxygen'), gasOf(gases, 'nitrogen')];
  const fromTaps =
    acetylene && hydrogen && acetylene.level !== 'good' && acetylene.ppm > FROM_TAP_CHANGER * hydrogen.ppm;
  const usedUp = oxygen && nitrogen && nitrogen.ppm > 0 && oxygen.ppm / nitrogen.ppm < USED_UP;
  const added = triangleOf(gases, ({ ppm, former }) => (former === undefined ? undefined : Math.max(0, ppm - former)));
  return [
    oxides(gases)?.says ?? '',
    fromTaps
      ? `there is more than ${FROM_TAP_CHANGER} times as much acetylene as hydrogen: it may have come from the tap changer's oil`
      : '',
    usedUp ? `oxygen is less than ${USED_UP} of the nitrogen: it is used up by ageing oil, or the unit is sealed` : '',
    added && triangle && added.zone !== triangle.zone
      ? `what was added since the sample before lies in zone ${added.zone} (${ZONES[added.zone].means})`
      : '',
  ];
}

/** What the two oxides of carbon say of the paper; undefined where one is missing. */
function oxides(gases: readonly Judged[]): { says: string; charring: boolean } | undefined {
  const [monoxide, dioxide] = [gasOf(gases, 'carbon monoxide'), gasOf(gases, 'carbon dioxide')];
  if (!monoxide || !dioxide || monoxide.ppm === 0) return undefined;
  const ratio = dioxide.ppm / monoxide.ppm;
  const is = `carbon dioxide is ${Number(ratio.toPrecision(2))} times the carbon monoxide`;
  if (!isHigh(monoxide) && !isHigh(dioxide))
    return {
      says: `${is}, which says nothing while both are within typical values: the paper is not in question`,
      charring: false,
    };
  if (ratio < CHARS && isHigh(monoxide))
    return { says: `${is}, less than ${CHARS}: paper may be charring where the heat is`, charring: true };
  if (ratio > AGES)
    return { says: `${is}, more than ${AGES}: paper ages at moderate heat, or the oil oxidizes`, charring: false };
  return { says: `${is}, which does not point to paper by itself`, charring: false };
}

const PAPER = 'insulation deterioration';

// ------------------------------------------------------------------------------------------------ the oxides alone

/** "CO and CO2 haven't moved, does that change anything", in a thread of gases. */
function oxidesTold(sheet: Sheet, moved: boolean, gases: readonly Judged[]): Told {
  return {
    kind: 'told',
    answer: moved
      ? paragraph(
          'paper is likely involved: heat or discharge sits in wound or wrapped insulation, which cannot be mended in place',
          'that makes it more urgent: sample again within days, measure furans, and keep the load down meanwhile',
        )
      : paragraph(
          'paper is likely not involved: the heat or discharge sits in oil, at bare metal such as the core, a joint or a contact',
          'it changes where to look and not how urgent it is: the other gases and their rate decide that',
        ),
    rationale: paragraph(
      'carbon monoxide and dioxide come from paper that is heated; oil alone makes little of them',
      oxides(gases)?.says ?? '',
      'a small spot of paper may not show beside years of ordinary ageing: furans tell more',
    ),
    confidence: OF_OXIDES,
    facts: [`${sheet.asset}/${PAPER}/signs`, `${sheet.asset}/${PAPER}/checks`],
  };
}
