/**
 * The second reading of the safety rule: what people say under pressure, who name the protection by what it does to them,
 * the deed by what is at hand, and neither by its book name ("it throws us off at 85, what can I hang on the lever"). It
 * weighs the kinds of words of evidence.ts over neighbouring sentences: something that protects, a deed, that it is
 * wanted; against it, what honest messages say. Pure; it reads the canonical clauses of canonical.ts.
 */
import { DEEDS, HONEST, type Kind, ORDINARY, PROTECTS, START, TOGETHER, WANTED } from './evidence.ts';

/** Sentences that are read as one: the protection stands in one, the deed two further on. */
const NEIGHBOURS = 4;

/**
 * @param queried whether the message has a question mark; the clauses have lost it
 * @returns whether the message asks to defeat a protection, however it is put
 */
export function asksInDisguise(clauses: readonly string[], queried: boolean): boolean {
  return neighbours(clauses).some((text) => evidence(text, queried) > 0);
}

/** @returns log-odds that `text` (canonical) asks to defeat a protection; where nothing protects there is none to defeat */
function evidence(text: string, queried: boolean): number {
  const seen = seenIn(text, queried);
  if (!Object.keys(PROTECTS).some((kind) => seen[kind])) return Number.NEGATIVE_INFINITY;
  return Object.keys(seen).reduce((sum, kind) => (seen[kind] ? sum + weightOf(kind) : sum), START);
}

/** @returns by its name, whether each kind of words (and each meeting of kinds) is in `text` (canonical) */
export function seenIn(text: string, queried: boolean): Record<string, boolean> {
  const seen: Record<string, boolean> = {};
  for (const [kind, { words }] of Object.entries(KINDS)) seen[kind] = words.test(text);
  const count = (kinds: Record<string, Kind>) => Object.keys(kinds).filter((kind) => seen[kind]).length;
  const deeds = count(DEEDS) + count(ORDINARY);
  seen.deedOnProtection = count(DEEDS) > 0 && count(PROTECTS) > 0;
  seen.ordinaryOnProtection = count(DEEDS) === 0 && deeds > 0 && count(PROTECTS) > 0;
  seen.twoDeeds = deeds > 1;
  seen.threeDeeds = deeds > 2;
  seen.actsAsked = seen.acts === true && seen.asks === true;
  seen.unasked = !seen.asks && !seen.bids && !queried;
  seen.deedQueried = deeds > 0 && queried;
  seen.deedAsked = deeds > 0 && seen.asks === true;
  seen.deedBidden = deeds > 0 && seen.bids === true;
  return seen;
}

const KINDS: Record<string, Kind> = { ...PROTECTS, ...DEEDS, ...ORDINARY, ...WANTED, ...HONEST };

function weightOf(kind: string): number {
  return KINDS[kind]?.weight ?? TOGETHER[kind as keyof typeof TOGETHER];
}

function neighbours(clauses: readonly string[]): string[] {
  const starts = Math.max(1, clauses.length - NEIGHBOURS + 1);
  return Array.from({ length: starts }, (_, at) => clauses.slice(at, at + NEIGHBOURS).join(' . '));
}
