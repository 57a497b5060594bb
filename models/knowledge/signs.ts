/**
 * Whether a text tells what was seen on a machine, beyond the names in it: "temperature is off" tells nothing more, "the
 * bearing growls and temperature climbs" does. It does not know what the signs speak for (rank.ts).
 */
import type { Sheet } from './types.ts';
import { contentStems, isAskingWord } from './words.ts';

interface Stretch {
  start: number;
  end: number;
}

/** @param named where names stand in the text: they are no signs */
export function signsTold(sheet: Sheet, text: string, named: readonly Stretch[]): boolean {
  const rest = named.reduce(
    (left, { start, end }) => left.slice(0, start) + ' '.repeat(end - start) + left.slice(end),
    text,
  );
  if (SENSED.test(rest)) return true;
  const said = new Set(contentStems(rest).filter((stem) => !isAskingWord(stem)));
  if (said.size === 0) return false;
  const whole = new Set(contentStems(text));
  return signsOf(sheet).some((sign) => {
    const shared = sign.filter((stem) => said.has(stem)).length;
    // One word alone tells a sign only where the sign says nothing more than that of what is named.
    return shared >= 2 || (shared === 1 && sign.length >= 2 && sign.every((stem) => whole.has(stem)));
  });
}

/** Seen, heard, smelt or felt, whatever the sheet's words for it. */
const SENSED =
  /\b(?:growl|rumbl|rattl|squeal|screech|whin(?:e|es|ing)\b|whistl|hiss|knock(?:s|ing)\b|bang(?:s|ing)\b|thump|thud|click(?:s|ing)\b|grind(?:s|ing)\b|scrap(?:es|ing)\b|rub(?:s|bing)\b|hum(?:s|ming)\b|buzz|gravel|smell|smok|stink|burnt|scorch|glow|spark|drip(?:s|ping)\b|puddle|weep|seep|foam|froth|milky|shak(?:es|ing)\b|shudder|judder|wobbl|jerk|stall(?:s|ing)\b|jam(?:s|med)\b|sticks\b|trips\b|overheat|hot\b|sluggish|(?:will|does|do|wo|would|can) ?n[o'\u2019]t (?:start|turn|run|build|deliver|prime|pump|move|stop|open|close|lift))/i;

const signs = new WeakMap<Sheet, string[][]>();

function signsOf(sheet: Sheet): string[][] {
  let known = signs.get(sheet);
  if (!known) {
    known = sheet.faults.flatMap((fault) => fault.signs.map((sign) => [...new Set(contentStems(sign))]));
    signs.set(sheet, known);
  }
  return known;
}
