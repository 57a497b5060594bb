/**
 * What a recited line says of each option. The student's grade is its own reading of that line; where the line says an
 * option in so many words, the two must agree, and where they do not, the answer is in doubt. Words only: it knows neither
 * the question nor which way it is turned.
 */
import { contentStems } from '../knowledge/words.ts';
import { plain, plainOption } from './prompt.ts';

/** Shared words over all words (Dice) from which a piece of the line is the option. */
const SAID = 0.75;

/**
 * How far the line bears out each option, 0–1: its grade where the line grades it, else whether the line names it.
 * Undefined where the line names no option: then it tells nothing of any.
 */
export function toldOf(line: string, options: readonly string[]): (number | undefined)[] | undefined {
  const grades = gradesIn(line);
  if (grades.size > 0) {
    const told = options.map((option) => grades.get(plainOption(option)));
    return told.some((value) => value !== undefined) ? told : undefined;
  }
  const pieces = piecesOf(line);
  const told = options.map((option) => (nearness(option, pieces) >= SAID ? 1 : 0));
  return told.includes(1) ? told : undefined;
}

/** How far the line bears out an answer that was generated from it: the first thing it names. */
export function bears(line: string, answer: string): number {
  const [first = ''] = answer.split(/[;,]/);
  const grades = gradesIn(line);
  if (grades.size > 0) return (grades.get(plain(first)) ?? 0) / Math.max(0.1, ...grades.values());
  return Math.min(1, nearness(first, piecesOf(line)) / SAID);
}

/** "vibration 9; flow 0." → vibration 1, flow 0. */
function gradesIn(line: string): Map<string, number> {
  return new Map(
    [...line.matchAll(/(?<=[.;] )([^.;:]+) (\d)(?=[;.])/g)].map((cell) => [cell[1]!, Number(cell[2]) / 9]),
  );
}

function piecesOf(line: string): Set<string>[] {
  return line.split(/[;:.]|, | means that | is a fault of /).map((piece) => new Set(contentStems(piece)));
}

function nearness(text: string, pieces: readonly ReadonlySet<string>[]): number {
  const own = new Set(contentStems(text));
  if (own.size === 0) return 0;
  return Math.max(
    ...pieces.map((piece) => (2 * [...own].filter((stem) => piece.has(stem)).length) / (own.size + piece.size)),
  );
}
