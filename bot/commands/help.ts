/** What can be written to the bot. */
import { may } from '../middleware/authorize.ts';
import type { Role } from '../types.ts';

export function helpText(roles: readonly Role[]): string {
  return [
    'Ask about a machine by its tag or class and what you see: "P-101 shakes and its bearing is hot, what could it be?" A reply in the thread keeps the machine spoken of.',
    'Or whether a reading is bad: "is 7 mm/s bad on P-101?", "how hot may the oil of a gearbox get?" Or what gases in transformer oil tell: "T-1 C2H4 190 CH4 160 C2H2 1".',
    '"flag REASON": mark the thread\'s latest answer as wrong or doubtful.',
    ...(may(roles, 'correct') ? ['"correct: ANSWER because WHY": give the right answer; it counts at once.'] : []),
    '👍 or 👎 in the thread: say whether the answer helped.',
    '"undo": withdraw your latest flag, correction or thumb there.',
    '"handover" or "handover 12h": what fired, what is open, shelved, flagged and learned.',
    '"status": how the bot is.',
  ].join('\n');
}
