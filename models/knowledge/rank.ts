/**
 * What follows from a sheet by rule: which parameters show a fault, which faults a parameter tells of, and which fault
 * explains what was seen. Pure; it knows nothing of wording beyond folded words.
 */
import type { Change, Fault, Sheet } from './types.ts';
import { anyOf, isAskingWord, contentStems as stemsOf } from './words.ts';

/** Parameters that show a fault, strongest first; empty for a fault that the sheet does not have. */
export function rankParameters(sheet: Sheet, fault: string): { parameter: string; strength: number }[] {
  const found = sheet.faults.find((candidate) => candidate.name === fault);
  return (found?.shows ?? [])
    .map(({ parameter, strength }) => ({ parameter, strength }))
    .sort((a, b) => b.strength - a.strength);
}

/** Faults that a parameter shows, strongest first. */
export function rankFaults(sheet: Sheet, parameter: string): { fault: string; strength: number }[] {
  return sheet.faults
    .flatMap((fault) => {
      const cell = fault.shows.find((indication) => indication.parameter === parameter);
      return cell ? [{ fault: fault.name, strength: cell.strength }] : [];
    })
    .sort((a, b) => b.strength - a.strength);
}

export interface Seen {
  /** What was seen, heard, felt or read, in anyone's words. */
  signsText: string;
  /** Measured parameters by canonical name, with the way they moved where it was said. */
  parameters: readonly { name: string; change?: Change | undefined; said?: string }[];
  /** Faults that were named in telling it: what the teller takes it for. */
  named?: readonly string[];
}

/** How much a parameter that moved as told counts beside the words of the signs. */
const PARAMETER_WEIGHT = 0.2;

/**
 * How much the words that one sign says together count beside all words of the fault: "the bearing is hot" is more than a
 * bearing here and something hot there. Operators' messages for mending gained by it, signs left out one by one did not lose.
 */
const TOGETHER = 0.3;

/**
 * Every fault of the sheet with how well it explains what was seen, best first. 1 would be signs of it word for word; below
 * about 0.2 nothing speaks for it. Words weigh by rarity among the sheet's faults (as in TF-IDF) and by where the sheet
 * says them; a fault is judged by the share of what was seen that is said of it.
 */
export function diagnose(sheet: Sheet, seen: Seen): { fault: string; score: number }[] {
  const index = indexOf(sheet);
  // "At running speed" tells a frequency, not a speed.
  const parameters = seen.parameters.filter(({ name }) => name !== 'speed' || !RUNNING.test(seen.signsText));
  const said = saidIn(index, seen);
  const total = said.reduce((sum, stem) => sum + index.rarity.get(stem)!, 0);
  const told = beyondReadings(said, seen);
  return sheet.faults
    .map((fault) => {
      const { words, phrases } = index.faults.get(fault.name)!;
      const weigh = (stems: readonly string[]): number =>
        stems.reduce((sum, stem) => sum + (words.get(stem) ?? 0) * index.rarity.get(stem)!, 0);
      const together = Math.max(
        0,
        ...phrases.map((phrase) => {
          const shared = said.filter((stem) => phrase.has(stem));
          return shared.length >= 2 ? weigh(shared) : 0;
        }),
      );
      const covered = (1 - TOGETHER) * weigh(said) + TOGETHER * together;
      const moved = parameters.map((parameter) => movedScore(fault, parameter));
      const readings = moved.length > 0 ? moved.reduce((sum, one) => sum + one, 0) / moved.length : 0;
      const weight = moved.length === 0 ? 0 : told ? PARAMETER_WEIGHT : 1;
      const score = (1 - weight) * (total > 0 ? covered / total : 0) + weight * readings;
      return { fault: fault.name, score: seen.named?.includes(fault.name) ? (1 + score) / 2 : score };
    })
    .sort((a, b) => b.score - a.score);
}

/**
 * Whether anything was told beside the readings that the sheet has a word for: "it overheats" says no more than that the
 * temperature rises, whatever else is said to overheat somewhere.
 */
export function tellsMore(sheet: Sheet, seen: Seen): boolean {
  return beyondReadings(saidIn(indexOf(sheet), seen), seen);
}

/** Words of what was told that the sheet has, without those of the machine's name. */
function saidIn({ rarity, machine }: SheetIndex, { signsText }: Seen): string[] {
  return [...new Set(contentStems(withoutNormal(signsText).replace(machine, ' ')))].filter((stem) => rarity.has(stem));
}

/** "…, inlet filter dp normal": what is as usual speaks for no fault, unless nothing else was told. */
function withoutNormal(signsText: string): string {
  const parts = signsText.split(/[,;]|\.(?!\d)/);
  const amiss = parts.filter((part) => !AS_USUAL.test(part));
  return amiss.length > 0 ? amiss.join(', ') : signsText;
}

const AS_USUAL =
  /(?<!\b(?:not|above|below|than|over|beyond|no longer|isn'?t|from|usual|usually|back to) )\b(?:normal|unchanged|as usual|within limits|has(?:n'?t| not) (?:moved|changed)|have(?:n'?t| not) (?:moved|changed))\b(?!ly)/i;

function beyondReadings(said: readonly string[], { parameters }: Seen): boolean {
  const readings = new Set(contentStems(parameters.map((parameter) => parameter.said ?? '').join(' ')));
  return said.some((stem) => !readings.has(stem) && !isAskingWord(stem));
}

/** The fault of each sheet that explains most of what was seen, and how much of it: words that the sheet has nowhere count too. */
export function likeliest(sheets: readonly Sheet[], seen: Seen): { sheet: Sheet; fault: Fault; score: number }[] {
  const said = [...new Set(contentStems(seen.signsText))].filter((stem) => !isAskingWord(stem));
  return sheets.flatMap((sheet) => {
    const { rarity } = indexOf(sheet);
    const parameters = seen.parameters.filter(({ name }) => sheet.parameters.some((known) => known.name === name));
    const [best] = diagnose(sheet, { ...seen, parameters });
    const fault = sheet.faults.find(({ name }) => name === best?.fault);
    const known = said.filter((stem) => rarity.has(stem)).length / Math.max(1, said.length);
    return best && fault ? [{ sheet, fault, score: best.score * known }] : [];
  });
}

/** −0.5 … 1: shown as told, shown otherwise, or not shown at all. */
function movedScore(fault: Fault, { name, change }: { name: string; change?: Change | undefined }): number {
  const cell = fault.shows.find((indication) => indication.parameter === name);
  if (!cell) return fault.not.some((other) => other.parameter === name) ? -0.5 : 0;
  if (change === undefined || change === cell.change) return cell.strength;
  const opposite = (a: Change, b: Change): boolean => a === 'rises' && b === 'falls';
  return opposite(change, cell.change) || opposite(cell.change, change) ? -0.25 : 0.6 * cell.strength;
}

/** How vibration is spoken of by frequency: each way of saying it becomes one word. */
const TWICE =
  /\b2\s?[x×](?!\w)|\b(?:twice|two times|double)(?: the| per| a)? (?:running speed|shaft speed|turn|rev\w*)/gi;
const ONCE = /\b1\s?[x×](?!\w)|\b(?:once|one time) (?:per|a|each|every) (?:turn|rev\w*)/gi;
const RUNNING = /\b(?:at|with)(?: the)? (?:running|shaft|rotational) speed\b/i;

function contentStems(text: string): string[] {
  return stemsOf(
    text
      .replace(TWICE, ' twiceperturn ')
      .replace(ONCE, ' onceperturn ')
      .replace(new RegExp(RUNNING, 'gi'), ' onceperturn '),
  ).filter((stem) => !/^\d+$/.test(stem));
}

interface FaultIndex {
  /** Every word that the sheet says of the fault, with how telling its place is, 0–1. */
  words: Map<string, number>;
  /** Words of one sign or one condition of a rule: said together they tell more. */
  phrases: Set<string>[];
}

/**
 * How telling each place is. Found by leaving out one sign of every fault and looking for the fault by that sign in all the
 * rest: the right one of about twelve came first in 51 of 100, and among the first three in 78 (signs, names, mechanism,
 * effects and reasons alone: 28 and 61).
 */
const PLACE = {
  sign: 1,
  name: 1,
  rule: 0.9,
  mechanism: 0.9,
  cause: 0.6,
  check: 0.6,
  why: 0.6,
  component: 0.4,
  action: 0.4,
  parameter: 0.4,
  effect: 0.3,
};

/** A wording that somebody might use tells less than a sign of the sheet. */
const HEARD = { once: 0.4, again: 0.2 };

interface SheetIndex {
  /** The machine's own names: that it is this machine tells of no fault. */
  machine: RegExp;
  rarity: Map<string, number>;
  faults: Map<string, FaultIndex>;
}

const indices = new WeakMap<Sheet, SheetIndex>();

function indexOf(sheet: Sheet): SheetIndex {
  const made = indices.get(sheet);
  if (made) return made;
  const faults = new Map(sheet.faults.map((fault) => [fault.name, faultIndex(sheet, fault)]));
  const counts = new Map<string, number>();
  for (const { words } of faults.values()) {
    for (const [stem, weight] of words) counts.set(stem, (counts.get(stem) ?? 0) + weight);
  }
  const n = sheet.faults.length;
  const rarity = new Map([...counts].map(([stem, count]) => [stem, Math.log(1 + (n - count + 0.5) / (count + 0.5))]));
  const index = { machine: anyOf([sheet.asset, ...sheet.synonyms]), rarity, faults };
  indices.set(sheet, index);
  return index;
}

/**
 * A word counts by how many of the wordings have it. Leaving out one wording of every fault and looking for the fault by
 * it, the right one of about twelve comes first in 64 of 100, and in 61 without the others.
 */
function putHeard(words: Map<string, number>, wordings: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const wording of wordings)
    for (const stem of new Set(contentStems(wording))) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  for (const [stem, count] of counts)
    words.set(stem, Math.max(Math.min(1, HEARD.once + HEARD.again * (count - 1)), words.get(stem) ?? 0));
}

/** Without what it is told apart by: "head and flow unchanged", "while the motor stays quiet" speak of other faults. */
function withoutContrast(wording: string): string {
  const parts = wording.split(/,|;|\b(?:while|although|though|but|yet|with no|without)\b/);
  return parts.filter((part) => !OTHERWISE.test(part)).join(', ');
}

const OTHERWISE =
  /\b(?:normal|unchanged|unaltered|steady|flat|fine|calm|quiet|healthy|same|as (?:always|before|ever|usual)|stays?|still (?:cool|cold|dry|good|clean|ok)|within limits|not|no|never|nothing|none)\b/;

function faultIndex(sheet: Sheet, fault: Fault): FaultIndex {
  const words = new Map<string, number>();
  const put = (place: keyof typeof PLACE, texts: readonly string[], share = 1): void => {
    for (const stem of contentStems(texts.join('; '))) {
      words.set(stem, Math.max(PLACE[place] * share, words.get(stem) ?? 0));
    }
  };
  const wordingsOf = (named: readonly { name: string; synonyms: string[] }[], name: string): string[] => {
    return [name, ...(named.find((one) => one.name === name)?.synonyms ?? [])];
  };
  put('sign', fault.signs);
  putHeard(words, fault.heard.map(withoutContrast));
  put('name', [fault.name, ...fault.synonyms]);
  put(
    'rule',
    sheet.rules.filter((rule) => rule.fault === fault.name).flatMap((rule) => rule.when),
  );
  put('mechanism', [fault.mechanism]);
  put('cause', fault.causes);
  put(
    'check',
    fault.checks.flatMap(({ what, tells }) => [what, tells]),
  );
  put('action', fault.actions);
  put('effect', fault.effects);
  for (const part of fault.components) put('component', wordingsOf(sheet.components, part));
  for (const { why, parameter, strength } of fault.shows) {
    put('why', [why]);
    put('parameter', wordingsOf(sheet.parameters, parameter), strength);
  }
  const phrases = [
    ...fault.signs,
    ...sheet.rules.filter((rule) => rule.fault === fault.name).flatMap((rule) => rule.when),
  ];
  return { words, phrases: phrases.map((text) => new Set(contentStems(text))) };
}
