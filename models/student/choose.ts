/**
 * From the grades of single options to a choice among them. Grades are given one by one, so whatever is decided here is
 * the same in any order and under any letters. It knows no plant words.
 */
import { type Bounds, type Heard, turned } from '../knowledge/turned.ts';

/** Turned round ("which does NOT"), the lowest grade is right; where the wording leaves that in doubt, the grades tell. */
export type ChooseOptions = Heard;

export interface Chosen {
  /** Indices, rising. */
  chosen: number[];
  /** How well each option fits what is asked, 0–1; options that speak of the others ("none of the above") included. */
  scores: number[];
}

/** Half-way between what supports and what does not belong: of several right options, those above it. */
const BELONGS = 0.45;
/** Below this, nothing that was offered belongs. */
const NOTHING = 0.3;
/** From where on a grade surely says that an option belongs, and up to where that it does not. */
const BOUNDS: Bounds = { belongs: 0.5, not: 0.25 };

const NONE = /^(?:none|neither|no(?:ne)? of)\b(?:.{0,24})$/i;
const ALL = /^(?:all|both)\b(?: of)?(?: the)?(?: (?:above|these|them|options|listed|others))?\W*$/i;

/** @param grades expected grade of each option, 0–1 */
export function choose(options: readonly string[], grades: readonly number[], how: ChooseOptions = {}): Chosen {
  const none = options.findIndex((option) => NONE.test(option.trim()));
  const all = options.findIndex((option) => ALL.test(option.trim()));
  const real = options.map((_, i) => i).filter((i) => i !== none && i !== all);
  const negated = turned(
    real.map((i) => grades[i]!),
    how,
    BOUNDS,
  );
  const fits = grades.map((grade) => (negated ? 1 - grade : grade));
  const best = Math.max(0, ...real.map((i) => fits[i]!));
  const worst = Math.min(1, ...real.map((i) => fits[i]!));
  const scores = fits.map((fit, i) => (i === none ? 1 - Math.min(1, best / (2 * NOTHING)) : i === all ? worst : fit));
  if (none >= 0 && best < NOTHING) return { chosen: [none], scores };
  if (all >= 0 && real.length > 1 && worst >= BELONGS) {
    scores[all] = Math.max(scores[all]!, best);
    return { chosen: [all], scores };
  }
  if (real.length === 0) return { chosen: [indexOfBest(scores)], scores };
  const belonging = real.filter((i) => fits[i]! >= (negated ? 1 - BELONGS / 2 : BELONGS));
  if (how.several && belonging.length) return { chosen: belonging, scores };
  return { chosen: [real.reduce((a, b) => (fits[b]! > fits[a]! ? b : a))], scores };
}

/** Scores as shares of one, sharp enough that a clear lead reads as one. */
export function shares(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp((score - highest) / 0.12));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function indexOfBest(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}
