/**
 * Gases dissolved in a transformer's oil, as IEC 60599 and IEEE C57.104 have them (Michel Duval's triangle 1), and whether a
 * text is about them. All values are in ppm by volume. How they are read is gas-reading.ts's matter, what is said of a zone
 * teacher/gases.ts's; it knows nothing of sheets.
 */
import { type Gas, gasesIn, gasesNamed, RISING, STEADY } from './gas-reading.ts';
import { asksLimit } from './limit-asked.ts';

/** The one class of machine whose oil is read for gas. */
export const OIL_FILLED = 'power transformer';
/** The parameter of its sheet that they are. */
export const DISSOLVED_GAS = 'dissolved gas';

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

/** The three gases of the triangle. */
export const CORNERS = ['methane', 'ethylene', 'acetylene'] as const;
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
  const named = gasesNamed(text);
  const [first] = named;
  if (!first || !named.every(({ gas }) => OF_PAPER.has(gas)) || ASKING.test(text.slice(0, first.start)))
    return undefined;
  if (STEADY.test(text)) return false;
  return RISING.test(text) ? true : undefined;
}

const OF_PAPER: ReadonlySet<Gas> = new Set<Gas>(['carbon monoxide', 'carbon dioxide']);
const ASKING = /\b(?:is|are|was|were|does|do|did|has|have|what|which|how|why|should|would|if|when|can)\b/i;
