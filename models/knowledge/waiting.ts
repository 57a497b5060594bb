/**
 * May it wait till Saturday? Whoever asks whether a machine can run on with what is amiss is told what the fault leads to, and
 * whether the sheet's way is to stop. How long a damaged machine lasts stands in no sheet, and nothing is promised.
 */
import type { Fault } from './types.ts';

/** It is asked whether something can be left, run on or started with it. */
export function asksToWait(text: string): boolean {
  return WAITS.some((form) => form.test(text));
}

const WAITS = [
  /\b(?:can|could|may|should|shall|will|would|ok|okay|safe|fine|alright)\b[^.?!]{0,30}\b(?:wait|nurse|limp|carry on|go on|continue|last|hold (?:on|out)|run (?:on|it|till|until|anyway)|keep (?:it )?(?:running|going|using|resetting)|leave (?:it|this|that)|roll it|do (?:\d+|two|another) more)\b/i,
  /\b(?:leave|left|nurse|run|keep)\b[^.?!]{0,20}\b(?:until|till|to the|for (?:another|\d+)|anyway)\b/i,
  /\bstill (?:using|running) it\b|\bhow long (?:have|do|can|will|could|would)\b|\b(?:urgent|now or (?:at )?(?:the )?next|plan it|two more shifts)\b|\bis (?:that|it|this) (?:a problem|serious|dangerous|urgent)\b|\bcarry on\s*\?/i,
];

/** What cannot wait for a check. */
export const URGENT =
  /^(?:stop|shut down|trip|evacuat|keep people|isolate|leave it|no further run|do not (?:run|restart|lift|re-energize))\b|\bat once\b/i;
/** Seen now, or changed so fast, it is no matter of days. */
const NOW =
  /\b(?:glow\w*|red hot|smok(?:e|es|ing)|flames?|on fire|burning|sparks?|sparking|swollen|bulging|smell(?:s|ing)? (?:of )?gas|doubled|tripled|getting worse|overnight|in (?:an?|one|two|three|\d+) (?:hours?|days?|shifts?)|since (?:yesterday|this morning|last night))\b|->|→/i;

/**
 * @param text what was told
 * @param effectsTold they were just told
 */
export function ifLeft(fault: Fault, text: string, effectsTold = false): string {
  const urgent = fault.actions.find((action) => URGENT.test(action));
  const now = urgent !== undefined || NOW.test(text);
  const leads = !effectsTold && fault.effects.length > 0 ? `it leads to ${fault.effects.slice(0, 2).join(' or ')}` : '';
  const reasons = [leads, urgent ?? fault.actions[0] ?? '', now ? '' : 'stop it if it gets worse'].filter(Boolean);
  return `${now ? 'Not to be left' : 'Nobody can promise how long'}: ${reasons.join('; ')}.`;
}
