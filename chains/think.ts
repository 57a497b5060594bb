/**
 * The student thinks: the prompt in its trained form, the rationale streamed, options scored. How an answer is reached
 * is models/student/think.ts's; this file puts LangChain's chat model under it and the hooks around it.
 */
import { SIGNS_FIT } from '../models/distill/episodes.ts';
import type { Beyond } from '../models/knowledge/beyond.ts';
import { growingGrades } from '../models/knowledge/facts.ts';
import { parseCompletion } from '../models/student/prompt.ts';
import { type Given, type ThinkOptions, type Thought, think } from '../models/student/think.ts';
import type { Student } from '../models/student/types.ts';
import type { Recalled } from './recall.ts';
import { step } from './step.ts';
import { generateThrough, StudentChatModel } from './student.ts';
import type { Stage } from './types.ts';
import type { Understood } from './understand.ts';

export interface ThinkInput {
  student: Student | null;
  understood: Understood;
  recalled: Recalled;
  onStage?: (stage: Stage, partial?: string) => void;
}

/** Thought, or why there is none: no student is loaded, or the question does not fit its context window. */
export type Thinking = { kind: 'thought'; thought: Thought } | { kind: 'none'; reason: string };

export const thinking = step<ThinkInput, Thinking>(
  'think',
  async ({ student, understood, recalled, onStage }, signal): Promise<Thinking> => {
    if (!student)
      return { kind: 'none', reason: 'no student is loaded (see `rounds student list` and `rounds doctor`)' };
    const beyond = recalled.corrections.length ? undefined : beyondStudent(understood);
    if (beyond) return { kind: 'none', reason: beyond };
    if (!recalled.fits) return { kind: 'none', reason: "the question is longer than the student's context window" };
    let said = '';
    const parts = {
      context: recalled.context,
      question: understood.posed,
    };
    try {
      const thought = await think(student, parts, {
        ...choosing(understood, recalled),
        expected: expectedOf(understood, recalled),
        ...(recalled.evidence ? { evidence: recalled.evidence } : {}),
        ...(recalled.against ? { against: recalled.against } : {}),
        given: givenOf(understood, recalled),
        generate: generateThrough(modelOf(student)),
        ...(signal ? { signal } : {}),
        onText: (piece) => {
          said += piece;
          onStage?.('thinking', growingGrades(parseCompletion(said.replace(HALF_MARKER, '')).rationale));
        },
      });
      signal?.throwIfAborted();
      return { kind: 'thought', thought };
    } catch (cause) {
      // A student that fails must not leave the person without an answer: the teachers are asked.
      signal?.throwIfAborted();
      return { kind: 'none', reason: `the student could not think (${(cause as Error).message})` };
    }
  },
);

/** Why the student is not asked what no one fact answers. */
const BEYOND: Record<Beyond, string> = {
  watch: 'what to watch on a whole machine is drawn from its sheet, not by the student',
  compare: 'two faults are set side by side from their sheet, not by the student',
  who: 'who looks after a machine stands in the register, not in the student',
  'how often': 'the student is taught no intervals',
  limit: 'whether a reading is bad is read off the limits in the sheet, not by the student',
  gases: 'what gases in the oil mean is read off the standards, not by the student',
  history:
    'what happened in the plant stands in its logs, which I do not read: tell me what was seen, heard or measured',
};

function beyondStudent({ beyond, asked, topic, options }: Understood): string | undefined {
  if (beyond) return BEYOND[beyond];
  if (asked === 'diagnose' && !topic.asset && options.length === 0)
    return 'no machine is named, and what was seen means different things on different ones';
  return undefined;
}

/** What understanding and retrieval tell of how sure an answer may be. */
export function givenOf({ named, unheardOf }: Understood, { grounded, match, lead }: Recalled): Given {
  return { grounded, match, lead, stranger: !named && unheardOf.length ? 1 : 0 };
}

/** How the options of what was understood, or the suspects of a diagnosis, are chosen among. */
export function choosing(
  understood: Understood,
  { candidates, corrections }: Recalled,
): Pick<ThinkOptions, 'options' | 'several' | 'negated' | 'certain' | 'beginning' | 'suspects' | 'lines'> {
  const { namedOptions, several, negated, certain, asked } = understood;
  // A correction outranks what retrieval found.
  const ranked = corrections.length === 0 && candidates.length > 0;
  const among = {
    ...(ranked && asked === 'rule' ? { lines: candidates } : {}),
    ...(ranked && asked === 'diagnose' ? { suspects: { beginning: SIGNS_FIT, names: candidates } } : {}),
  };
  if (namedOptions.length === 0) return among;
  return {
    ...among,
    options: namedOptions,
    several,
    negated,
    certain,
    ...(asked === 'diagnose' ? { beginning: SIGNS_FIT } : {}),
  };
}

/** What retrieval ranked is expected to be what it put first; where it was named, any line that was retrieved. */
export function expectedOf({ asked }: Understood, { candidates, context, corrections }: Recalled): string[] {
  const [best] = candidates;
  if (asked === 'diagnose' && best && corrections.length === 0) return [`${SIGNS_FIT} ${best.name} of`];
  return asked === 'rule' || asked === 'role' ? context.slice(-1) : context;
}

/** `<|answ`: the beginning of a marker whose rest has not come yet. */
const HALF_MARKER = /<(?:\|[a-z]*\|?)?$/;

const models = new WeakMap<Student, StudentChatModel>();

function modelOf(student: Student): StudentChatModel {
  const known = models.get(student);
  if (known) return known;
  const model = new StudentChatModel(student);
  models.set(student, model);
  return model;
}
