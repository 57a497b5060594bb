/** What was seen on a machine, as readings: named ones with their direction, and those said in everyday words. */
import type { Found } from '../models/knowledge/names.ts';
import type { Change } from '../models/knowledge/types.ts';

export interface Reading {
  name: string;
  change?: Change;
  /** The words that tell it. */
  said?: string;
}

/**
 * @param known parameters of the machine's sheet
 * @param earlier readings that the thread spoke of before
 */
export function readingsIn(
  text: string,
  found: Found,
  known: readonly string[],
  earlier: readonly string[],
): Reading[] {
  const readings = new Map<string, Reading>();
  for (const { name, change, resolved, start, end } of found.parameters) {
    if (resolved) readings.set(name, { name, ...(change ? { change } : {}), said: text.slice(start, end) });
  }
  for (const name of earlier) if (!readings.has(name)) readings.set(name, { name });
  for (const { pattern, name, change } of EVERYDAY) {
    const said = pattern.exec(text)?.[0];
    if (said && known.includes(name) && !readings.has(name)) readings.set(name, { name, change, said });
  }
  return [...readings.values()];
}

/** An option that tells a symptom ("overheating", "lower voltage output"), as the one reading that it is. */
export function symptomIn(option: string, found: Found, known: readonly string[]): Reading | undefined {
  const [reading, ...more] = readingsIn(option, found, known, []);
  return more.length ? undefined : reading;
}

/** "Shakes at running speed", "passing 1800 rpm": a frequency or a moment, not a speed that was read. */
export function withoutFrequencies(found: Found, text: string): Found {
  const parameters = found.parameters.filter(
    ({ name, start, end }) =>
      name !== 'speed' ||
      !(
        /\b(?:at|twice|times|once per|[1-9] ?x|passing|through|around|near|crossing)\s+(?:the\s+)?(?:\d[\d.,]*\s*)?$/i.test(
          text.slice(0, start),
        ) && /speed|rpm/i.test(text.slice(start, end))
      ),
  );
  return parameters.length === found.parameters.length ? found : { ...found, parameters };
}

/** Frequencies of rotation as the sheets put them. */
export function inSheetWords(text: string): string {
  return text
    .replace(
      /\b(?:at )?(?:twice|two times|2 ?x|double) (?:the )?(?:running|shaft|rotational) (?:speed|frequency)\b|\b(?:at )?2 ?x\b(?! (?:more|as))/gi,
      'at twice running speed',
    )
    .replace(
      /\b(?:once|one time) (?:per|a|each|every) (?:turn|rev|revolution|rotation)\b|(?<!(?:twice|times|\dx|multiples of) )\b(?:at|with) (?:the )?(?:running|shaft|rotational) (?:speed|frequency)\b|\b(?:at )?1 ?x\b/gi,
      'once per turn',
    );
}

/** Said without naming the reading. */
const EVERYDAY: readonly { pattern: RegExp; name: string; change: Change }[] = [
  {
    pattern: /\b(?:hot|hotter|warm|warmer|overheat\w*|heat(?:s|ing|ed)?(?: up)?|burning|scalding)\b/i,
    name: 'temperature',
    change: 'rises',
  },
  { pattern: /\b(?:shak\w+|vibrat\w+|shudder\w*|judder\w*|wobbl\w+|trembl\w+)\b/i, name: 'vibration', change: 'rises' },
  {
    pattern:
      /\b(?:loud\w*|nois[ey]\w*|growl\w*|rumbl\w*|squeal\w*|screech\w*|whin\w+|rattl\w*|knock\w*|hum(?:s|ming))\b/i,
    name: 'noise',
    change: 'rises',
  },
  { pattern: /\b(?:leak\w*|drip\w*|weep\w*|seep\w*|puddle)\b/i, name: 'fluid leakage', change: 'rises' },
];
