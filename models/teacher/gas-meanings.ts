/**
 * What each zone of Duval's triangle and each key gas means (IEC 60599, IEEE C57.104), in our words: what goes on, which faults
 * of the power transformer's sheet that may be, what to look at first. No code.
 */
import type { Gas } from '../knowledge/gas-reading.ts';
import type { Zone } from '../knowledge/gases.ts';

export interface Meaning {
  /** What goes on, as words after "they say". */
  means: string;
  /** Faults of the shipped sheet, the likeliest first. */
  faults: readonly string[];
  /** The first check, as words after "first". */
  first: string;
}

const HOT_METAL =
  'compare ethylene with the load over some samples, and measure the core earth current in service: gas that follows the load comes from a joint or contact, gas that does not from the core';
const TEST_IT =
  'test turns ratio, exciting current and winding resistance phase by phase, and the bushings’ capacitance and power factor';
const FIND_SPARK =
  "find out whether the tap changer's oil can reach the main tank and sample its compartment too; then look for the discharge with acoustic or uhf sensors";

export const ZONES: Readonly<Record<Zone, Meaning>> = {
  PD: {
    means: 'partial discharge of the corona kind, in bubbles or voids',
    faults: ['partial discharge activity', 'moisture ingress', 'bushing fault'],
    first:
      'locate the discharge with acoustic or uhf sensors and at the bushing taps, and measure the water in the oil',
  },
  T1: {
    means: 'warmth below 300 °C, in oil or paper',
    faults: ['overload', 'cooling system fault', 'oil deterioration'],
    first: 'compare load, top oil and cooling with the rating; new oil may also give off such gas by itself',
  },
  T2: {
    means: 'heat of 300 to 700 °C at a contact, joint or core part',
    faults: ['loose connection', 'tap changer fault', 'core fault'],
    first: HOT_METAL,
  },
  T3: {
    means: 'metal in the oil hotter than 700 °C',
    faults: ['core fault', 'loose connection', 'tap changer fault'],
    first: HOT_METAL,
  },
  D1: {
    means: 'discharges of low energy, sparking or tracking',
    faults: ['tap changer fault', 'partial discharge activity', 'bushing fault'],
    first: FIND_SPARK,
  },
  D2: {
    means: 'discharges of high energy, arcing with current behind it',
    faults: ['winding insulation fault', 'bushing fault', 'tap changer fault'],
    first: TEST_IT,
  },
  DT: {
    means: 'heat and discharge together, as from a contact that burns',
    faults: ['tap changer fault', 'loose connection', 'winding insulation fault'],
    first: "sample the tap changer's compartment too, and measure winding resistance through all taps",
  },
};

/** What a gas says that is far above the others; air says nothing. */
export const KEY_GASES: Readonly<Partial<Record<Gas, Meaning>>> = {
  acetylene: {
    means: 'arcing, or metal hotter than 700 °C',
    faults: ['winding insulation fault', 'tap changer fault', 'loose connection'],
    first: FIND_SPARK,
  },
  hydrogen: { ...ZONES.PD, means: 'partial discharge, or oil that gives off gas by itself' },
  ethylene: { ...ZONES.T3, means: 'hot metal in the oil' },
  methane: { ...ZONES.T1, means: 'warm oil, or oil that gives off gas by itself' },
  ethane: { ...ZONES.T1, means: 'warm oil, or oil that gives off gas by itself' },
  'carbon monoxide': {
    means: 'heated paper',
    faults: ['insulation deterioration', 'overload', 'cooling system fault'],
    first: 'measure furans, and compare hot spot and load with the rating',
  },
  'carbon dioxide': {
    means: 'paper that ages at moderate heat',
    faults: ['insulation deterioration', 'cooling system fault'],
    first: 'measure furans, and see whether air has got into the sample',
  },
};
