/** How sure the student may be, as a calibrated probability, and why, in plain words. It decides nothing. */
import { confidence, ofWhatIsTold, UNCALIBRATED } from '../models/student/confidence.ts';
import type { Features } from '../models/student/think.ts';
import type { Student } from '../models/student/types.ts';
import type { Recalled } from './recall.ts';
import { step } from './step.ts';
import type { Thinking } from './think.ts';
import type { Understood } from './understand.ts';

export interface JudgeInput {
  student: Student | null;
  understood: Understood;
  recalled: Recalled;
  thinking: Thinking;
}

export interface Judged {
  /** P(right), 0–1; 0 when nothing was thought. */
  confidence: number;
  /** What it rests on, at least one. */
  reasons: string[];
}

export const judge = step<JudgeInput, Judged>('judge', ({ student, understood, recalled, thinking }) => {
  if (!student || thinking.kind === 'none') {
    return { confidence: 0, reasons: [thinking.kind === 'none' ? thinking.reason : 'no student is loaded'] };
  }
  const { features } = thinking.thought;
  const ruled = confidence(features, student.card.calibration ?? UNCALIBRATED);
  const open = understood.asked === 'diagnose' && understood.options.length === 0;
  const told = open ? ofWhatIsTold(recalled) : 1;
  const machine = recalled.elsewhere ? ANOTHER_MACHINE : 1;
  return {
    confidence: Math.min(ruled, told, machine),
    reasons: [
      ...groundReasons(understood, recalled),
      ...(told < Math.min(ruled, CLEARLY) ? ['another fault fits what was told nearly as well'] : []),
      ...(recalled.elsewhere ? [`it sounds more like ${recalled.elsewhere}`] : []),
      ...thoughtReasons(features),
    ],
  };
});

/** From here on the first fault leads so far that no other is worth a word. */
const CLEARLY = 0.8;
/** Most that an answer is sure of where the machine was not named by its tag, and another one's sheet explains more of what was told. */
const ANOTHER_MACHINE = 0.5;

function groundReasons({ topic, unknownTags }: Understood, { facts, grounded, corrections }: Recalled): string[] {
  const reasons: string[] = [];
  const last = corrections.at(-1)?.correction;
  if (last) reasons.push(`corrected by ${last.author.name} on ${last.createdAt.slice(0, 10)}`);
  if (unknownTags.length) reasons.push(`the register has no ${unknownTags.join(', ')}`);
  if (!topic.asset) reasons.push('the sheets do not name this machine');
  const nearest = [...facts].reverse().flatMap((fact) => fact.fault ?? fact.parameter ?? []);
  const subjects = [...new Set(nearest)].slice(0, 2);
  if (topic.asset && subjects.length && grounded > 0) {
    const part = grounded === 1 ? 'read from' : 'read in part from';
    reasons.push(`${part} the ${topic.asset} sheet, ${subjects.join(' and ')}`);
  } else if (topic.asset && !last) reasons.push(`the ${topic.asset} sheet does not say it`);
  return reasons;
}

function thoughtReasons(features: Features): string[] {
  const reasons: string[] = [];
  if (features.unknown) reasons.push('the student says that it does not know');
  if (!features.open) {
    if (features.gradeSure < 0.5) reasons.push('some options could hardly be graded');
    if (features.top < 0.45) reasons.push('no option fits well');
    if (features.margin < 0.1) reasons.push('two options are nearly as likely');
  } else if (features.tokenMin < 0.2) reasons.push('some words of the answer were a guess');
  return reasons;
}
