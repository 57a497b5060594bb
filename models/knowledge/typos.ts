/**
 * Mends misspelled words against a vocabulary: one edit for words of five letters and more, two for nine and more, where
 * an edit is a letter too many, too few, wrong, or swapped with its neighbour (Damerau 1964, optimal string alignment).
 * Candidates are found by the letters they share after deletions, so a lookup does not scan the vocabulary.
 */

export interface Mender {
  /** The nearest word of the vocabulary, or undefined when none is near enough. */
  mend(word: string): string | undefined;
}

/** @param vocabulary words with their weight: of two equally near words the heavier wins */
export function makeMender(vocabulary: ReadonlyMap<string, number>): Mender {
  const byRemains = new Map<string, string[]>();
  for (const word of vocabulary.keys()) {
    if (word.length < 4 || /\d/.test(word)) continue;
    for (const rest of remains(word, editsFor(word.length + 1))) {
      const words = byRemains.get(rest);
      if (words) words.push(word);
      else byRemains.set(rest, [word]);
    }
  }
  const known = new Map<string, string | undefined>();

  const search = (word: string): string | undefined => {
    const limit = editsFor(word.length);
    let best: { word: string; edits: number; weight: number } | undefined;
    for (const rest of remains(word, limit)) {
      for (const candidate of byRemains.get(rest) ?? []) {
        if (!sameBeginning(word, candidate) || otherShortWord(word, candidate)) continue;
        const edits = distance(word, candidate, limit);
        if (edits > limit) continue;
        const weight = vocabulary.get(candidate)!;
        if (!best || edits < best.edits || (edits === best.edits && weight > best.weight)) {
          best = { word: candidate, edits, weight };
        }
      }
    }
    return best?.word;
  };

  return {
    mend(word) {
      if (word.length < 5 || word.length > 32 || !/^[a-z]+$/.test(word)) return undefined;
      if (known.has(word)) return known.get(word);
      const found = search(word);
      if (known.size < 20_000) known.set(word, found);
      return found;
    },
  };
}

function editsFor(length: number): number {
  return length >= 9 ? 2 : length >= 5 ? 1 : 0;
}

/** People seldom miss the first letter, save by swapping it with the second. */
function sameBeginning(a: string, b: string): boolean {
  return a[0] === b[0] || (a[0] === b[1] && a[1] === b[0]);
}

/** Short words with another consonant are other words ("stake", "shake"); with another vowel they are misspelled. */
function otherShortWord(a: string, b: string): boolean {
  if (a.length !== b.length || a.length > 6) return false;
  const differing = [...a].flatMap((letter, i) => (letter === b[i] ? [] : [letter + b[i]]));
  return differing.length === 1 && !/^[aeiouy]{2}$/.test(differing[0]!);
}

/** What is left of a word after up to `deletions` deletions, itself included. */
function remains(word: string, deletions: number): Set<string> {
  const all = new Set([word]);
  let last = [word];
  for (let round = 0; round < deletions; round++) {
    const next: string[] = [];
    for (const form of last) {
      for (let i = 0; i < form.length; i++) {
        const rest = form.slice(0, i) + form.slice(i + 1);
        if (!all.has(rest)) {
          all.add(rest);
          next.push(rest);
        }
      }
    }
    last = next;
  }
  return all;
}

/** Optimal-string-alignment distance; anything above `limit` is returned as `limit + 1`. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, before[j - 2]! + 1);
      row.push(edits);
      if (edits < least) least = edits;
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length]!;
}
