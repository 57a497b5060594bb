/** Which way something is said to have moved: "temperature is up", "a drop in flow". It looks only near the name. */
import type { Change } from './types.ts';

const WORDS: readonly [Change, RegExp][] = [
  [
    'fluctuates',
    /\b(?:fluctuat\w*|unstable|unsteady|swing\w*|hunt(?:s|ing)|oscillat\w*|erratic\w*|jump(?:s|ing|y)|trembl\w*|puls(?:es|ing|ating)|wander\w*|surg(?:es|ing)|up and down)\b/gi,
  ],
  [
    'rises',
    /\b(?:ris(?:es|ing|en|e)|rose|increas\w*|up|high(?:er)?|climb\w*|grow(?:s|ing|n)?|elevated|too (?:high|hot|much)|above|excess(?:ive)?|more|louder|hotter|stronger|step(?:s|ped)? up|gone up|going up|spik\w+)\b/gi,
  ],
  [
    'falls',
    /\b(?:fall(?:s|ing|en)?|fell|drop(?:s|ped|ping)?|decreas\w*|declin\w*|low(?:er)?|down|reduc\w+|los(?:s|es|t|ing)|less|below|shorter|weaker|sag(?:s|ging)?|sink(?:s|ing)?|too (?:low|little|short))\b/gi,
  ],
  ['appears', /\b(?:appear\w*|found|visible|present|new|suddenly there|detected|shows? up)\b/gi],
  ['shifts', /\b(?:shift(?:s|ed|ing)?|mov(?:es|ed)|displaced)\b/gi],
];

/** A direction word at most this many characters away belongs to the name. */
const NEAR = 28;

/** The change told of the name that stands at [start, end); undefined when none is. */
export function changeAt(text: string, start: number, end: number): Change | undefined {
  const before = lastClause(text.slice(Math.max(0, start - NEAR), start));
  const after = firstClause(text.slice(end, end + NEAR));
  // "No pressure": none is left of it.
  if (NONE_LEFT.test(before)) return 'falls';
  let best: { change: Change; gap: number } | undefined;
  for (const [change, pattern] of WORDS) {
    // After the name ("temperature is up") binds closer than before it ("high temperature") only when nearer.
    for (const match of after.matchAll(pattern)) best = nearer(best, { change, gap: match.index });
    for (const match of before.matchAll(pattern)) {
      best = nearer(best, { change, gap: before.length - match.index - match[0].length });
    }
  }
  return best?.change;
}

const NONE_LEFT = /\b(?:no|zero|without|nil|hardly any|loss of|lack of)\s+(?:\w+\s+)?$/i;

function nearer(
  best: { change: Change; gap: number } | undefined,
  next: { change: Change; gap: number },
): { change: Change; gap: number } {
  return best && best.gap <= next.gap ? best : next;
}

function firstClause(text: string): string {
  return text.split(/[.;,:?!()\n]|\b(?:and|but|while|with)\b/i)[0]!;
}

function lastClause(text: string): string {
  return text.split(/[.;,:?!()\n]|\b(?:and|but|while|with)\b/i).at(-1)!;
}
