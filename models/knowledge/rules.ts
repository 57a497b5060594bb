/**
 * A sheet's rules and the roles of its parts, found by what people write: which rule's condition is meant, which rule an
 * action belongs to, which part does what was described. By words, their rarity and the sheet's synonyms; it does not know
 * what is asked.
 */
import { changeAt } from './change.ts';
import { per } from './per.ts';
import type { Sheet } from './types.ts';
import { anyOf, contentStems } from './words.ts';

export interface RankedRule {
  /** Place among the sheet's rules, from 0. */
  rule: number;
  /** 0–1; 1 would be a condition word for word. */
  score: number;
  /** Share of the condition's nearest wording that the text holds, 0–1. */
  told: number;
  /** How many words the text shares with the rule. */
  shared: number;
}

/** A text tells a rule's condition, by what it says and not by one word alone. */
export function isTold(match: RankedRule | undefined, least: number): boolean {
  return match !== undefined && match.score >= least && match.shared >= 2;
}

/** Rules by how well their condition, in any of its wordings, is what the text tells; best first. */
export function rankRules(sheet: Sheet, text: string): RankedRule[] {
  return ranked(conditionsOf(sheet), termsOf(sheet, text)).map(({ i, ...match }) => ({ rule: i, ...match }));
}

/** The rule whose action a short text, such as an option, puts in any wording; undefined when none is near. */
export function ruleOfAction(sheet: Sheet, text: string): { rule: number; sure: number } | undefined {
  const asked = new Set(contentStems(text));
  if (asked.size === 0) return undefined;
  let best = { rule: -1, sure: 0 };
  actionsOf(sheet).forEach((wordings, rule) => {
    for (const stems of wordings) {
      const shared = [...asked].filter((stem) => stems.has(stem)).length;
      const sure = shared / Math.sqrt(asked.size * Math.max(1, stems.size));
      if (sure > best.sure) best = { rule, sure };
    }
  });
  return best.sure >= 0.5 ? best : undefined;
}

/** Share of the options that are actions of rules, counting how surely each is. */
export function shareOfActions(sheet: Sheet, options: readonly string[]): number {
  if (sheet.rules.length === 0 || options.length === 0) return 0;
  return options.reduce((sum, option) => sum + (ruleOfAction(sheet, option)?.sure ?? 0), 0) / options.length;
}

/** Components by how well their role is what the text describes; best first, those without a word in common left out. */
export function rankRoles(sheet: Sheet, text: string): RankedRole[] {
  const said = new Set(contentStems(text.replace(namesOf(sheet).machine, ' ')));
  return ranked(rolesOf(sheet), said)
    .filter(({ score }) => score > 0)
    .map(({ i, score, shared }) => ({ component: sheet.components[i]!.name, score, shared }));
}

export interface RankedRole {
  component: string;
  /** 0–1; 1 would be the role word for word. */
  score: number;
  /** How many words the text shares with the role. */
  shared: number;
}

/** A text describes what a part does, and not by one word alone. */
export function isRole(best: RankedRole | undefined): boolean {
  return best !== undefined && best.score >= 0.5 && best.shared >= 2;
}

// ------------------------------------------------------------------------------------------------ ranking

/** Texts to be found: each in several wordings as sets of terms, with what else speaks for it and how much that tells. */
interface Index {
  texts: { wordings: ReadonlySet<string>[]; all: ReadonlyMap<string, number> }[];
  rarity: ReadonlyMap<string, number>;
}

interface Text {
  wordings: ReadonlySet<string>[];
  /** Terms of texts beside it, with their weight below 1. */
  beside?: readonly (readonly [ReadonlySet<string>, number])[];
}

function indexOf(texts: readonly Text[]): Index {
  const indexed = texts.map(({ wordings, beside = [] }) => {
    const all = new Map<string, number>();
    for (const [terms, weight] of [...beside, ...wordings.map((terms) => [terms, 1] as const)]) {
      for (const term of terms) all.set(term, Math.max(weight, all.get(term) ?? 0));
    }
    return { wordings, all };
  });
  const counts = new Map<string, number>();
  for (const { all } of indexed) for (const [term, weight] of all) counts.set(term, (counts.get(term) ?? 0) + weight);
  const n = indexed.length;
  const rarity = new Map([...counts].map(([term, count]) => [term, Math.log(1 + (n - count + 0.5) / (count + 0.5))]));
  return { texts: indexed, rarity };
}

interface Ranked extends Omit<RankedRule, 'rule'> {
  i: number;
}

/** How much of the score is the share of the nearest wording that was said; the rest, the share of what was said that fits. */
const WHOLE = 0.3;

function ranked({ texts, rarity }: Index, said: ReadonlySet<string>): Ranked[] {
  const weigh = (terms: Iterable<string>): number => [...terms].reduce((sum, term) => sum + (rarity.get(term) ?? 0), 0);
  const total = weigh(said);
  return texts
    .map(({ wordings, all }, i) => {
      if (total === 0) return { i, score: 0, told: 0, shared: 0 };
      let covered = 0;
      let shared = 0;
      for (const term of said) {
        covered += (all.get(term) ?? 0) * (rarity.get(term) ?? 0);
        if (all.has(term) && !term.startsWith(NAME)) shared += 1;
      }
      const told = Math.max(
        0,
        ...wordings.map((terms) => weigh([...terms].filter((term) => said.has(term))) / Math.max(weigh(terms), 1e-9)),
      );
      return { i, score: (1 - WHOLE) * (covered / total) + WHOLE * told, told, shared };
    })
    .sort((a, b) => b.score - a.score);
}

// ------------------------------------------------------------------------------------------------ terms

/** Stems, the sheet's names however they are worded, and each reading with the way it moves: `vibration rises`. */
function termsOf(sheet: Sheet, text: string): Set<string> {
  const { machine, names } = namesOf(sheet);
  // Every rule is of this machine: its name tells nothing.
  const terms = new Set(contentStems(text.replace(machine, ' ')));
  for (const { pattern, name, reading } of names) {
    for (const match of text.matchAll(pattern)) {
      terms.add(`${NAME}${name}`);
      const change = reading ? changeAt(text, match.index, match.index + match[0].length) : undefined;
      if (change) terms.add(`${NAME}${name} ${change}`);
    }
  }
  return terms;
}

const NAME = '=';

interface Name {
  pattern: RegExp;
  name: string;
  /** A parameter: it moves. */
  reading: boolean;
}

const namesOf = per((sheet: Sheet) => {
  const name =
    (reading: boolean) =>
    (named: { name: string; synonyms: readonly string[] }): Name => ({
      name: named.name,
      reading,
      pattern: anyOf([named.name, ...named.synonyms]),
    });
  return {
    machine: anyOf([sheet.asset, ...sheet.synonyms]),
    names: [...sheet.parameters.map(name(true)), ...[...sheet.faults, ...sheet.components].map(name(false))],
  };
});

const conditionsOf = per((sheet: Sheet) =>
  indexOf(
    sheet.rules.map((rule) => {
      const fault = sheet.faults.find((one) => one.name === rule.fault);
      const terms = (texts: readonly string[]): Set<string> => termsOf(sheet, texts.join('; '));
      return {
        wordings: [...rule.when, ...rule.heard].map((wording) => termsOf(sheet, wording)),
        // What is not said in the condition itself may be said of the fault, or in what is done about it.
        beside: [
          [terms([...rule.do, rule.why]), 0.8],
          [terms(fault ? [fault.name, ...fault.synonyms, ...fault.signs] : []), 0.6],
          [terms(fault ? [fault.mechanism, ...fault.shows.map(({ why }) => why)] : []), 0.4],
        ] as const,
      };
    }),
  ),
);

const actionsOf = per((sheet: Sheet) =>
  sheet.rules.map((rule) => [...rule.do, ...rule.done].map((wording) => new Set(contentStems(wording)))),
);

const rolesOf = per((sheet: Sheet) =>
  indexOf(sheet.components.map((part) => ({ wordings: [new Set(contentStems(part.role))] }))),
);
