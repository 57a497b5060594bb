/**
 * What follows from a sheet by rule: which parameters show a fault, which faults a parameter tells of, and which fault
 * explains what was seen. Pure; it knows nothing of wording beyond folded words.
 */
import type { Change, Fault, Sheet } from './types.ts';
import { contentStems as stemsOf } from './words.ts';

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
  parameters: readonly { name: string; change?: Change | undefined }[];
}

/** How much a parameter that moved as told counts beside the words of the signs. */
const PARAMETER_WEIGHT = 0.35;

/**
 * Every fault of the sheet with how well it explains what was seen, best first. 1 would be a sign word for word; below
 * about 0.2 nothing speaks for it. Words weigh by rarity among the sheet's faults (as in TF-IDF); a fault is judged by
 * the share of what was seen that its signs cover.
 */
export function diagnose(sheet: Sheet, seen: Seen): { fault: string; score: number }[] {
  const index = indexOf(sheet);
  // "At running speed" tells a frequency, not a speed.
  const parameters = seen.parameters.filter(({ name }) => name !== 'speed' || !RUNNING.test(seen.signsText));
  const asked = [...new Set(contentStems(seen.signsText))].filter((stem) => index.rarity.has(stem));
  const total = asked.reduce((sum, stem) => sum + index.rarity.get(stem)!, 0);
  return sheet.faults
    .map((fault) => {
      const words = total > 0 ? wordsScore(index.faults.get(fault.name)!, asked, total, index.rarity) : 0;
      const moved = parameters.map((parameter) => movedScore(fault, parameter));
      const readings = moved.length > 0 ? moved.reduce((sum, one) => sum + one, 0) / moved.length : 0;
      const weight = moved.length === 0 ? 0 : total === 0 ? 1 : PARAMETER_WEIGHT;
      return { fault: fault.name, score: (1 - weight) * words + weight * readings };
    })
    .sort((a, b) => b.score - a.score);
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
  );
}

interface FaultIndex {
  /** Stems of each sign. */
  signs: Set<string>[];
  /** All stems of signs, names and mechanism, with how telling their place is. */
  all: Map<string, number>;
}

function wordsScore(
  index: FaultIndex,
  asked: readonly string[],
  total: number,
  rarity: ReadonlyMap<string, number>,
): number {
  let covered = 0;
  for (const stem of asked) covered += (index.all.get(stem) ?? 0) * rarity.get(stem)!;
  // A whole sign recognised says more than the same words strewn over several.
  const weigh = (stems: Iterable<string>): number => [...stems].reduce((sum, stem) => sum + (rarity.get(stem) ?? 0), 0);
  const known = new Set(asked);
  const whole = Math.max(
    0,
    ...index.signs.map((sign) => {
      const shared = weigh([...sign].filter((stem) => known.has(stem)));
      return shared === 0 ? 0 : (shared / Math.max(weigh(sign), 1e-9)) * Math.min(1, shared / total + 0.35);
    }),
  );
  return 0.6 * (covered / total) + 0.4 * whole;
}

const indices = new WeakMap<Sheet, { rarity: Map<string, number>; faults: Map<string, FaultIndex> }>();

function indexOf(sheet: Sheet): { rarity: Map<string, number>; faults: Map<string, FaultIndex> } {
  const made = indices.get(sheet);
  if (made) return made;
  const faults = new Map(sheet.faults.map((fault) => [fault.name, faultIndex(fault)]));
  const counts = new Map<string, number>();
  for (const { all } of faults.values()) for (const stem of all.keys()) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  const n = sheet.faults.length;
  const rarity = new Map([...counts].map(([stem, count]) => [stem, Math.log(1 + (n - count + 0.5) / (count + 0.5))]));
  const index = { rarity, faults };
  indices.set(sheet, index);
  return index;
}

function faultIndex(fault: Fault): FaultIndex {
  const all = new Map<string, number>();
  const put = (text: string, weight: number): void => {
    for (const stem of contentStems(text)) all.set(stem, Math.max(weight, all.get(stem) ?? 0));
  };
  const signs = fault.signs.map((sign) => new Set(contentStems(sign)));
  for (const sign of fault.signs) put(sign, 1);
  for (const name of [fault.name, ...fault.synonyms]) put(name, 0.9);
  put(fault.mechanism, 0.6);
  for (const effect of fault.effects) put(effect, 0.4);
  for (const { why } of fault.shows) put(why, 0.25);
  return { signs, all };
}
