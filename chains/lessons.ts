/**
 * A trace in the words in which the chain puts its question to the student. What a sheet decides is asked anew from the
 * sheet's own fact, in every wording and in the student's form; only what people said, or what no sheet decides, is taught
 * as it was said. It trains nothing.
 */
import type { Lesson } from '../models/distill/dataset.ts';
import type { TraceLessons } from '../models/distill/round.ts';
import type { Trace } from '../models/distill/validate.ts';
import { correctionText } from '../models/knowledge/facts.ts';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import type { Matcher } from '../models/knowledge/names.ts';
import { plain, plainOption } from '../models/student/prompt.ts';
import { bears, toldOf } from '../models/student/told.ts';
import { chosenOptions } from './answer.ts';
import { recall } from './recall.ts';
import { type Understood, understanding } from './understand.ts';

/** Open answers are short in the student's form; what is longer is a talk. */
const LONGEST_ANSWER = 160;

export function lessonMaker(knowledge: Knowledge, matcher: Matcher): (trace: Trace) => Promise<TraceLessons> {
  const understand = understanding(knowledge, matcher);
  const recalling = recall({ corrections: null, knowledge });
  return async (trace) => {
    const understood = understand({ text: trace.question, ...(trace.options ? { options: trace.options } : {}) });
    const { facts, grounded } = await recalling.invoke({ understood, student: null });
    const fact = grounded === 1 ? facts.at(-1) : undefined;
    const byPerson = trace.teacher === 'person' || trace.kind === 'correction' || trace.overrules === true;
    if (fact && (!byPerson || bornOut(trace, understood, fact.text))) return { lessons: [], fact: fact.id };
    if (!trace.options && trace.answer.length > LONGEST_ANSWER)
      return { lessons: [], ...(fact ? { fact: fact.id } : {}) };
    const lesson = byPerson ? corrected(trace, understood) : told(trace, understood);
    if (!byPerson) return { lessons: [lesson] };
    // By heart, and with the correction in front of it, as it stands in service until it is withdrawn.
    const line = correctionText(understood.rewritten, trace.answer);
    return { lessons: [lesson, { ...lesson, context: [...facts.slice(-2).map(({ text }) => text), line] }] };
  };
}

/** The sheet's fact says the same: then it is the better lesson, for it holds for any options. */
function bornOut({ answer }: Trace, understood: Understood, line: string): boolean {
  if (understood.options.length === 0) return bears(plain(line), plain(answer)) >= 1;
  const told = toldOf(plain(line), understood.namedOptions);
  const chosen = chosenOptions(answer, understood.options);
  if (!told || chosen.length === 0) return false;
  const sought = understood.negated ? Math.min(...told) : Math.max(...told);
  return chosen.every((i) => told[i] === sought);
}

function corrected(trace: Trace, understood: Understood): Lesson {
  return graded(trace, understood, `an engineer has corrected this: ${plain(trace.answer)}.`);
}

function told(trace: Trace, understood: Understood): Lesson {
  return graded(trace, understood, trace.rationale);
}

/** A person says which option is right, not how nearly another one is: the right ones 9, the others 0. */
function graded({ answer, options }: Trace, understood: Understood, rationale: string): Lesson {
  const question = understood.posed;
  if (!options?.length) return { question, rationale, answer: plain(answer) };
  const chosen = new Set(chosenOptions(answer, understood.options));
  // Grades say whether an option belongs; a turned question is turned again when one is chosen.
  const belongs = (i: number): boolean => chosen.has(i) !== understood.negated;
  return {
    question,
    rationale,
    answer: plain(answer),
    options: understood.namedOptions.map((text, i) => ({ text: plainOption(text), grade: belongs(i) ? 9 : 0 })),
  };
}
