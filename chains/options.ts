/** Options of a multiple-choice question, given apart or standing in the text as "A) … B) …". It knows no plant words. */

export interface Split {
  text: string;
  /** Without labels. */
  options: string[];
  /** In the asker's wording. */
  askedOptions: string[];
}

const MOST = 26;

export function splitOptions(text: string, given: readonly string[]): Split {
  const trimmed = text.trim();
  if (given.length) return { text: trimmed, options: withoutLabels(given), askedOptions: [...given] };
  const inline = inlineOptions(trimmed);
  return inline ?? { text: trimmed, options: [], askedOptions: [] };
}

/** "Which one? A) vibration B) flow" — labels must run on from a or 1, and the question must come before them. */
function inlineOptions(text: string): Split | undefined {
  const labels = [...text.matchAll(/(?<=^|[\s,;?:.])\(?([A-Za-z]|\d{1,2})[).:](?=\s)/g)];
  for (const alphabet of ['abcdefghijklmnopqrstuvwxyz', undefined]) {
    const run: { start: number; end: number }[] = [];
    for (const label of labels) {
      const expected = alphabet ? alphabet[run.length] : String(run.length + 1);
      if (label[1]!.toLowerCase() !== expected || run.length >= MOST) continue;
      run.push({ start: label.index, end: label.index + label[0].length });
    }
    const question = text.slice(0, run[0]?.start ?? 0).trim();
    if (run.length < 2 || question === '') continue;
    const options = run.map(({ end }, i) =>
      text
        .slice(end, run[i + 1]?.start ?? text.length)
        .trim()
        .replace(/[,;]$/, '')
        .trim(),
    );
    if (options.every((option) => option !== '')) return { text: question, options, askedOptions: options };
  }
  return undefined;
}

/** "A. vibration", "(Q) flow" → "vibration", "flow"; only when every option has its label and they run on from any one. */
function withoutLabels(given: readonly string[]): string[] {
  let first: string | undefined;
  const bare = given.map((option, i) => {
    const match = option.match(/^\s*\(?([A-Za-z]|\d{1,2})[).:]\s+(.+)$/s);
    const label = match?.[1]?.toLowerCase();
    first ??= label;
    return label !== undefined && first !== undefined && label === after(first, i) ? match![2]!.trim() : undefined;
  });
  return bare.every((option) => option !== undefined) ? (bare as string[]) : given.map((option) => option.trim());
}

/** The label `steps` behind another: "p" → "r", "3" → "5". */
function after(label: string, steps: number): string {
  return /\d/.test(label) ? String(Number(label) + steps) : String.fromCharCode(label.charCodeAt(0) + steps);
}
