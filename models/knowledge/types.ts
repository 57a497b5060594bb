/**
 * What a sheet says, in types: one asset class, its parameters, its faults, and for every fault × parameter a decision.
 * No code here. The YAML form is described in docs/sheets.md.
 */

/** Which way a parameter moves when the fault develops. */
export type Change = 'rises' | 'falls' | 'fluctuates' | 'appears' | 'shifts';

/** When in the fault's life the parameter first shows it. */
export type Onset = 'early' | 'developed' | 'late';

/** `primary`: an engineer reaches for it first; `secondary`: it supports; `none`: it does not show the fault. */
export type Relevance = 'primary' | 'secondary' | 'none';

/** A measured parameter of an asset class, in the standard's name. */
export interface Parameter {
  /** Canonical name, lower case: `vibration`, `oil debris`. One name for one quantity across all sheets. */
  name: string;
  synonyms: string[];
  /** Engineering unit as written on a gauge; empty where the parameter has none. */
  unit: string;
  /** What measures it: `accelerometer on the bearing housing`. */
  measuredBy: string[];
  /** What is normal and what is too much; absent where the sheet knows none. Not taught: a teacher reads them off the sheet. */
  limits?: Limit[];
}

/** Boundaries of one quantity, for one group of machines; boundaries stand from good to bad. */
export interface Limit {
  /** Which quantity, and where: `RMS velocity on the bearing housing`, `winding`, `polarization index`. */
  of: string;
  /** Words that mean this quantity and not another of the parameter: `top oil`, `c2h2`. */
  synonyms: string[];
  /** One that models/knowledge/quantities.ts reads; boundaries are in it. */
  unit: string;
  /** The side on which it is bad: insulation resistance is bad when low. */
  bad: 'high' | 'low';
  /** Boundaries are those of ISO 20816's zones: A|B, B|C, C|D. */
  zoned: boolean;
  /** Up to here as good as new. */
  good?: number;
  /** Beyond it the cause is looked for and a repair planned. At least one of `alarm` and `stop` is given. */
  alarm?: number;
  /** Beyond it the machine is not kept running. */
  stop?: number;
  /** What it holds for, as words after "for": `machines above 300 kW on a rigid foundation`; empty for all of the class. */
  for: string;
  /** Rated power it holds for, kW, from and to. */
  kW?: [number, number];
  /** Standard or practice: `ISO 20816-3`, `practice of rolling bearing makers`. */
  source: string;
  /** What to bear in mind with it, one sentence; empty where nothing. */
  note: string;
}

/** The parameter shows the fault. */
export interface Indication {
  parameter: string;
  /** 0–1: how strongly practitioners would reach for it; ≥ 0.6 primary, below secondary. Orders the parameters of a fault. */
  strength: number;
  change: Change;
  onset: Onset;
  /** One sentence: mechanism → physical effect → what is measured. */
  why: string;
}

/** The parameter was considered and does not show the fault. */
export interface NotIndicated {
  parameter: string;
  why: string;
}

export interface Check {
  what: string;
  /** What the finding tells. */
  tells: string;
}

export interface Fault {
  /** Canonical name, lower case, in the standard's words: `bearing damage`. */
  name: string;
  synonyms: string[];
  /** Names from the sheet's components. */
  components: string[];
  /** One sentence, at most 20 words, that completes: "<fault> means that …". */
  mechanism: string;
  /** As an operator words it: "hums and draws uneven current". */
  signs: string[];
  /** More wordings of what is seen, as people and instruments say it. The fault is found by them; nobody is shown or taught them. */
  heard: string[];
  causes: string[];
  effects: string[];
  checks: Check[];
  /** Ordered: the first is what to do first. */
  actions: string[];
  shows: Indication[];
  not: NotIndicated[];
}

export interface Component {
  name: string;
  synonyms: string[];
  role: string;
}

/** A monitoring rule: a condition that is seen, and what is done about it first. */
export interface Rule {
  /** Wordings of one condition; the first is canonical: `suction pressure falls while the strainer's drop rises`. */
  when: string[];
  /** Wordings of one action; the first is canonical. */
  do: string[];
  /** More wordings of the condition and of the action, by which the rule is found; nobody is shown or taught them. */
  heard: string[];
  done: string[];
  why: string;
  /** The fault that it points to, where it points to one. */
  fault?: string;
}

/** One asset class. Every fault decides on every parameter: `shows` and `not` together name each exactly once. */
export interface Sheet {
  /** Canonical class name, lower case: `electric motor`. */
  asset: string;
  synonyms: string[];
  summary: string;
  /** The public standards the vocabulary follows. */
  standards: string[];
  parameters: Parameter[];
  components: Component[];
  faults: Fault[];
  /** In the sheet's order; empty where a sheet gives none. */
  rules: Rule[];
  /** Where it was read from, for errors and sources. */
  file: string;
}

/** A tagged machine of the plant. */
export interface Asset {
  tag: string;
  /** Canonical class name of a sheet. */
  class: string;
  area: string;
  owner: string;
  description: string;
}

/** The smallest piece of knowledge that is retrieved, taught and cited. */
export interface Fact {
  /** Stable: `electric motor/bearing damage/shows`, `electric motor/vibration/faults`, `pump/rule/0`, `correction/<id>`. */
  id: string;
  kind:
    | 'shows'
    | 'why'
    | 'faults'
    | 'mechanism'
    | 'causes'
    | 'effects'
    | 'checks'
    | 'actions'
    | 'signs'
    | 'components'
    | 'role'
    | 'instruments'
    | 'rule'
    | 'limits'
    | 'correction';
  asset: string;
  fault?: string;
  parameter?: string;
  component?: string;
  /** The dense sentence shown to the student and to people. */
  text: string;
  /** Where a person can look it up: `electric-motor.yaml, bearing damage`. */
  source: string;
}
