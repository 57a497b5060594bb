/** Long text within a platform's limits: cut where a reader would pause, never inside a letter. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** At most `max` UTF-16 units; what was cut off is marked by "…". */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${headOf(text, max - 1).trimEnd()}…`;
}

/** Pieces of at most `max` units each; the last of at most `most` pieces says how much was left out. */
export function split(text: string, max: number, most = Number.POSITIVE_INFINITY): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > max) {
    if (pieces.length === most - 1) {
      const note = (left: number) => `\n… (${left.toLocaleString('en')} more characters)`;
      const head = headOf(rest, max - note(rest.length).length).trimEnd();
      return [...pieces, head + note(rest.length - head.length)];
    }
    const head = headOf(rest, max);
    pieces.push(head.trimEnd());
    rest = rest.slice(head.length).trimStart();
  }
  if (rest !== '' || pieces.length === 0) pieces.push(rest);
  return pieces;
}

/** The longest beginning of at most `max` units that ends at a paragraph, a line, a sentence or a word; else at a letter. */
function headOf(text: string, max: number): string {
  const head = text.slice(0, max);
  for (const pause of [/\n\n(?=\S)/g, /\n(?=\S)/g, /[.!?;] (?=\S)/g, /\s(?=\S)/g]) {
    let at = -1;
    for (const match of head.matchAll(pause)) at = match.index + match[0].length;
    // A pause in the first half would waste the room.
    if (at > max / 2) return head.slice(0, at);
  }
  let end = 0;
  // Some letters before the cut are enough to see where one ends.
  const from = Math.max(0, max - 64);
  for (const { index, segment } of graphemes.segment(text.slice(from, max + 64))) {
    if (from + index + segment.length > max) break;
    end = from + index + segment.length;
  }
  return text.slice(0, end || max);
}
