/**
 * Which option the sheets speak for where no one fact decides a question: options in words of their own, such as those of
 * a maker's rule book. Behind what is told stands a fault or a rule; an option fits as far as it is what the sheets say of
 * that one, and not of many others. By words and their rarity; it reads no grades and knows no student.
 */
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import type { Fault, Sheet } from '../models/knowledge/types.ts';
import { contentStems } from '../models/knowledge/words.ts';

export interface Evidence {
  /**
   * 0–1 for each option, the strongest 1; all 0 where the sheets speak of none.
   * @param asset the machine, where one is named
   */
  of(question: string, options: readonly string[], asset: string | undefined): number[];
}

/** Chosen on questions that were written blind for mending (docs/rounds/blind.md); others were kept for measuring. */
const SHARPNESS = 6;
/** What is written of another machine counts for this much of what is written of the one that is named. */
const ELSEWHERE = 0.3;
/**
 * Who says more holds more of any text: how far the length of what is said is taken into account, as BM25's b (Robertson
 * and Zaragoza 2009). Chosen on the same questions and on the rules' second wordings, with the first alone known.
 */
const LENGTH = 0.2;

export function evidenceIn(knowledge: Knowledge): Evidence {
  let index: Index | undefined;
  return {
    of(question, options, asset) {
      index ??= indexOf(knowledge.sheets);
      const { assets, lengths, share } = index;
      const behind = share(stemsOf(question), 'told').map(
        (told, i) =>
          (asset === undefined || assets[i] === asset ? 1 : ELSEWHERE) *
          (told / (1 - LENGTH + LENGTH * lengths[i]!)) ** SHARPNESS,
      );
      const whole = sum(behind) || 1;
      const kind = kindOf(question);
      const strengths = options.map((option) => {
        const fits = share(stemsOf(option), kind);
        const usual = sum(fits) / Math.max(1, fits.length);
        return Math.max(0, sum(fits.map((fit, i) => fit * behind[i]!)) / whole - usual);
      });
      const highest = Math.max(...strengths);
      return strengths.map((strength) => (highest > 0 ? strength / highest : 0));
    },
  };
}

// ------------------------------------------------------------------------------------------------ what is asked for

const ASKS = [
  ['action', /\b(?:actions?|should be done|(?:do|done) first|first step|remedy|fitting)\b/i],
  ['part', /\b(?:components?|parts?)\b/i],
  [
    'symptom',
    /\b(?:sensors?|symptoms?|detect|monitor|parameters?|measurements?|readings?|instruments?|tells? .* from|indicators?|signs?)\b/i,
  ],
  ['cause', /\b(?:causes?|reasons?|origin|explanation|due to)\b/i],
  ['effect', /\b(?:happens|effects?|consequences?|dangerous|danger|risks?|results?|lead)\b/i],
] as const;

type Kind = (typeof ASKS)[number][0] | 'any';

function kindOf(question: string): Kind {
  return ASKS.find(([, pattern]) => pattern.test(question))?.[0] ?? 'any';
}

// ------------------------------------------------------------------------------------------------ what the sheets say

/** Where a sheet says something of a fault, or of a rule. */
const PLACES = [
  ...(['name', 'signs', 'mechanism', 'causes', 'effects', 'checks', 'actions', 'parts', 'why', 'shows'] as const),
  ...(['rule', 'when'] as const),
];
type Place = (typeof PLACES)[number];

/** How telling each place is, in the order of PLACES: for what was seen, and for an option by what is asked for. */
const TELLING: Record<Kind | 'told', readonly number[]> = {
  told: [1, 1, 0.9, 0.8, 0.7, 0.8, 0.9, 0.5, 0.6, 0.5, 1, 1],
  action: [0.5, 0.4, 0.4, 0.5, 0.3, 0.9, 1, 0.5, 0.4, 0.4, 1, 0],
  part: [0.8, 0.4, 0.6, 0.5, 0.6, 0.4, 0.4, 1, 0.4, 0.3, 0.5, 0],
  symptom: [0.5, 1, 0.6, 0.4, 0.7, 0.9, 0.4, 0.4, 0.8, 1, 0.7, 0],
  cause: [1, 0.6, 0.8, 1, 0.4, 0.4, 0.4, 0.5, 0.6, 0.4, 0.7, 0],
  effect: [0.7, 0.9, 0.8, 0.4, 1, 0.4, 0.4, 0.5, 0.8, 0.7, 0.7, 0],
  any: [1, 1, 0.9, 0.8, 0.7, 0.8, 0.8, 0.5, 0.6, 0.5, 1, 0],
};
/** From here on a parameter shows the fault clearly. */
const CLEAR = 0.5;

interface Index {
  /** Of each fault and each rule: what may stand behind what is told. */
  assets: string[];
  /** How much is said of each, of what is said on average. */
  lengths: number[];
  /** Share of the words, by rarity, that the sheets say of each, as telling as the places are where they say it. */
  share(stems: readonly string[], as: Kind | 'told'): number[];
}

function indexOf(sheets: readonly Sheet[]): Index {
  const behind = sheets.flatMap((sheet) => [
    ...sheet.faults.map((fault) => ({ asset: sheet.asset, texts: textsOf(sheet, fault) })),
    ...sheet.rules.map(({ when, do: actions, why }) => ({
      asset: sheet.asset,
      texts: { rule: [...when, ...actions, why] },
    })),
  ]);
  // For each word where it stands: of which one, and in which of its places, a bit each, both in one number.
  const standing = new Map<string, number[]>();
  const words = new Array<number>(behind.length).fill(0);
  behind.forEach(({ texts }, i) => {
    const places = new Map<string, number>();
    for (const [place, of] of Object.entries(texts) as [Place, readonly string[]][])
      for (const stem of contentStems(of.join('; '))) {
        words[i]! += 1;
        places.set(stem, (places.get(stem) ?? 0) | (1 << PLACES.indexOf(place)));
      }
    for (const [stem, bits] of places) {
      const where = standing.get(stem);
      const one = (i << PLACES.length) | bits;
      if (where) where.push(one);
      else standing.set(stem, [one]);
    }
  });
  /** Rare words tell more than common ones (inverse document frequency). */
  const rarity = (stem: string): number => Math.log(1 + behind.length / (1 + (standing.get(stem)?.length ?? 0)));
  const average = sum(words) / Math.max(1, behind.length);
  return {
    assets: behind.map(({ asset }) => asset),
    lengths: words.map((count) => count / average),
    share(stems, as) {
      const held = new Array<number>(behind.length).fill(0);
      const whole = sum(stems.map(rarity)) || 1;
      for (const stem of stems) {
        const rare = rarity(stem);
        for (const one of standing.get(stem) ?? []) held[one >> PLACES.length]! += (rare * telling(one, as)) / whole;
      }
      return held;
    },
  };
}

/** The most telling of the places. */
function telling(places: number, as: Kind | 'told'): number {
  return Math.max(...TELLING[as].map((weight, i) => (places & (1 << i) ? weight : 0)));
}

function textsOf(sheet: Sheet, fault: Fault): Record<Place, readonly string[]> {
  const rules = sheet.rules.filter((rule) => rule.fault === fault.name);
  return {
    name: [fault.name, ...fault.synonyms],
    signs: [...fault.signs, ...fault.heard],
    mechanism: [fault.mechanism],
    causes: fault.causes,
    effects: fault.effects,
    checks: fault.checks.flatMap(({ what, tells }) => [what, tells]),
    actions: fault.actions,
    parts: fault.components,
    why: fault.shows.map(({ why }) => why),
    shows: fault.shows.flatMap(({ parameter, strength }) => {
      const shown = sheet.parameters.find(({ name }) => name === parameter);
      return strength > CLEAR ? [parameter, ...(shown?.synonyms ?? []), ...(shown?.measuredBy ?? [])] : [];
    }),
    rule: rules.flatMap((rule) => [...rule.do, rule.why]),
    when: rules.flatMap((rule) => rule.when),
  };
}

function stemsOf(text: string): string[] {
  return [...new Set(contentStems(text))];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
