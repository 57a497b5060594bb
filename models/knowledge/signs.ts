/**
 * Whether a text tells what was seen on a machine, beyond the names in it: "temperature is off" tells nothing more, "the
 * bearing growls and temperature climbs" does. It does not know what the signs speak for (rank.ts).
 */
import { per } from './per.ts';
import type { Sheet } from './types.ts';
import { blanked, contentStems, isAskingWord } from './words.ts';

interface Stretch {
  start: number;
  end: number;
}

/** @param named where names stand in the text: they are no signs */
export function signsTold(sheet: Sheet, text: string, named: readonly Stretch[]): boolean {
  const rest = blanked(text, named);
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

/**
 * How many words tell of something that was seen, whatever the sheets' words for it: all that name nothing, ask nothing,
 * and tell neither that a reading is off nor who read it.
 */
export function wordsOfSigns(text: string, named: readonly Stretch[]): number {
  const stems = contentStems(blanked(text, named));
  return new Set(stems.filter((stem) => !isAskingWord(stem) && !BACKGROUND.has(stem) && !/^\d/.test(stem))).size;
}

/** How a reading is said to be off, and by whom or what. */
const BACKGROUND = new Set(
  contentStems(
    `historian data detector flag channel alarm outside limit limits stands suggest unit decide point points reason deviation
    deviates reference depart band baseline value values normal usual abnormal abnormally unusual anomaly anomalous screen display trend trends
    curve logged recorded reported dashboard scada week weeks day days month months shift night morning yesterday today
    monday since lately suddenly slowly gradually slightly steadily rises rising rose raised increases increasing increase climbs climbing
    climbed creeps creeping falls falling fell drops dropping dropped decreases decreasing high higher low lower jumps jumped
    jumping spikes spiked swings fluctuates doubled step change changes changed moved moving keeps going gone went goes
    evidence infer health condition plausible explanation diagnosis consider present level only alone nothing else way`,
  ),
);

/** Seen, heard, smelt or felt, whatever the sheet's words for it. */
const SENSED =
  /\b(?:growl|rumbl|rattl|squeal|screech|whin(?:e|es|ing)\b|whistl|hiss|knock(?:s|ing)\b|bang(?:s|ing)\b|thump|thud|click(?:s|ing)\b|grind(?:s|ing)\b|scrap(?:es|ing)\b|rub(?:s|bing)\b|hum(?:s|ming)\b|buzz|gravel|smell|smok|stink|burnt|scorch|glow|spark|drip(?:s|ping)\b|puddle|weep|seep|foam|froth|milky|shak(?:es|ing)\b|shudder|judder|wobbl|jerk|stall(?:s|ing)\b|jam(?:s|med)\b|sticks\b|trips\b|overheat|hot\b|sluggish|(?:will|does|do|wo|would|can) ?n[o'\u2019]t (?:start|turn|run|build|deliver|prime|pump|move|stop|open|close|lift))/i;

/** The content words of each sign and each further wording of the sheet's faults. */
export const signsOf = per((sheet: Sheet): string[][] =>
  sheet.faults.flatMap(({ signs, heard }) => [...signs, ...heard].map((sign) => [...new Set(contentStems(sign))])),
);
