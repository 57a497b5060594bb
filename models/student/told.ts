/**
 * What a recited line says of each option. The student's grade is its own reading of that line; where the line says an
 * option in so many words, the two must agree, and where they do not, the answer is in doubt. Words only: it knows neither
 * the question nor which way it is turned.
 */
import { contentStems } from '../knowledge/words.ts';
import { plain, plainOption } from './prompt.ts';

/** Shared words over all words (Dice) from which a piece of the line is the option. */
const SAID = 0.75;
/** As much of a name that is graded has to be in an option for the grade to count for it, in proportion. */
const ALIKE = 0.4;

/**
 * How far the line bears out each option, 0–1: where it grades names, the grade of the name that the option is or is
 * like; else whether the line names it. Undefined where the line names no option: then it tells nothing of any.
 */
export function toldOf(line: string, options: readonly string[]): number[] | undefined {
  const grades = [...gradesIn(line)];
  if (grades.length > 0) {
    const named = grades.map(([name]) => new Set(contentStems(name)));
    const like = options.map((option) =>
      named.map((name, i) => (grades[i]![0] === plainOption(option) ? 1 : nearness(option, [name]))),
    );
    if (like.every((row) => Math.max(...row) < ALIKE)) return undefined;
    return like.map((row) => Math.max(...row.map((near, i) => (near < ALIKE ? 0 : near * grades[i]![1]))));
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

/** An answer that names the strongest of the line first goes on with the next strongest, as many as it named. */
export function goingOnAs(line: string, answer: string): string {
  const grades = gradesIn(line);
  const [first = '', ...rest] = answer.split(', ');
  if (rest.length === 0 || bears(line, answer) < 1 || !grades.has(first)) return answer;
  const strongest = [...grades].filter(([name, grade]) => grade > 0 && name !== first).sort(([, a], [, b]) => b - a);
  return [first, ...strongest.map(([name]) => name)].slice(0, 1 + rest.length).join(', ');
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
