/**
 * What may be taught: a trace passes when its form is sound, its answer is possible, and each claim of its rationale
 * that the sheets can decide agrees with them. Claims are checked against the sheet's cells, not against the text they
 * were made from. What contradicts a sheet is returned with the reason, for an engineer to see, never dropped silently.
 */
import { gradeOf } from '../knowledge/facts.ts';
import type { Fault, Sheet } from '../knowledge/types.ts';
import { plainOption } from '../student/prompt.ts';
import type { Teacher } from '../teacher/types.ts';

/** A question with a teacher's chain of thought. */
export interface Trace {
  question: string;
  options?: string[];
  rationale: string;
  answer: string;
  /** Who answered: `knowledge`, `person`, a model's name. */
  teacher: string;
  /** Of the log's entry it comes from, or of the draw: `correction/…`, `generated/…`. */
  id?: string;
  kind?: 'correction' | 'escalation' | 'flag' | 'generated';
  /** The person with the role who passed it; absent where nobody but machines wrote in it. */
  reviewedBy?: string;
  /** An engineer has seen which sheet it contradicts, and let it stand. */
  overrules?: boolean;
  /** Further answers of teachers to the same question, for agreement. */
  samples?: string[];
}

export interface ValidateOptions {
  sheets: readonly Sheet[];
  /** Answers from the sheets by rule, to check an answer against; absent: rationales are checked only. */
  known?: Teacher;
}

export interface Validation {
  passed: Trace[];
  /** Not taught; the round's report names them. */
  rejected: { trace: Trace; reason: string }[];
  /** Contradict a sheet: not taught until an engineer says who is right. */
  doubted: { trace: Trace; reason: string }[];
  /** Claims that the sheets could decide, and the share of them that agree (FActScore's idea, arXiv 2305.14251). */
  claims: number;
  factuality: number;
}

const LONGEST = 1200;

export async function validate(traces: readonly Trace[], options: ValidateOptions): Promise<Validation> {
  const { sheets } = options;
  const passed: Trace[] = [];
  const rejected: Validation['rejected'] = [];
  const doubted: Validation['doubted'] = [];
  const seen = new Set<string>();
  let claims = 0;
  let agreeing = 0;
  for (const trace of traces) {
    const checked = checkClaims(trace, sheets);
    claims += checked.claims;
    agreeing += checked.claims - checked.wrong.length;
    const fault = formFault(trace) ?? duplicate(trace, seen);
    const contradicted = contradiction(trace, checked.wrong);
    if (fault) rejected.push({ trace, reason: fault });
    else if (contradicted) doubted.push({ trace, reason: contradicted });
    else passed.push(trace);
  }
  return { passed, rejected, doubted, claims, factuality: claims ? agreeing / claims : 1 };
}

function formFault(trace: Trace): string | undefined {
  if (!trace.question.trim()) return 'the question is empty';
  if (!trace.answer.trim()) return 'the answer is empty';
  if (trace.question.length + trace.rationale.length + trace.answer.length > LONGEST)
    return 'longer than the student reads';
  if (trace.options && trace.answer !== 'not known') {
    const known = new Set(trace.options.map(plainOption));
    const stranger = trace.answer.split('; ').find((item) => !known.has(plainOption(item)));
    if (stranger) return `the answer '${stranger}' is not among the options`;
  }
  return undefined;
}

function duplicate(trace: Trace, seen: Set<string>): string | undefined {
  const key = JSON.stringify([
    plainOption(trace.question),
    trace.options?.map(plainOption).sort(),
    plainOption(trace.answer),
  ]);
  if (seen.has(key)) return 'a duplicate';
  seen.add(key);
  return undefined;
}

/** A person's word outranks the sheet: the contradiction then stands in the sheet, and is not a fault of the trace. */
function contradiction(trace: Trace, wrong: readonly string[]): string | undefined {
  return trace.teacher === 'person' || trace.overrules || wrong.length === 0
    ? undefined
    : `contradicts the sheet: ${wrong[0]}`;
}

/** Claims of the form "asset, fault. vibration 9; speed 0". */
function checkClaims(trace: Trace, sheets: readonly Sheet[]): { claims: number; wrong: string[] } {
  const subject = subjectOf(trace.rationale, sheets);
  if (!subject) return { claims: 0, wrong: [] };
  const { sheet, fault, rest } = subject;
  const wrong: string[] = [];
  let claims = 0;
  const judge = (parameter: string, said: number): void => {
    const name = sheet.parameters.find((p) =>
      [p.name, ...p.synonyms, ...p.measuredBy].some((wording) => plainOption(wording) === parameter),
    )?.name;
    const true_ = name && gradeOf(fault, name);
    if (typeof true_ !== 'number') return;
    claims += 1;
    if (true_ !== said) wrong.push(`${sheet.asset}, ${fault.name}: ${name} is graded ${said}, the sheet says ${true_}`);
  };
  for (const [, name, said] of rest.matchAll(/(?:^|[.;] )([^.;:]+) (\d)(?=[;.]|$)/g)) judge(name!.trim(), Number(said));
  return { claims, wrong };
}

function subjectOf(
  rationale: string,
  sheets: readonly Sheet[],
): { sheet: Sheet; fault: Fault; rest: string } | undefined {
  for (const sheet of sheets) {
    if (!rationale.startsWith(`${sheet.asset}, `)) continue;
    const rest = rationale.slice(sheet.asset.length + 2);
    const fault = sheet.faults
      .filter((candidate) => rest.startsWith(`${candidate.name} `) || rest.startsWith(`${candidate.name}.`))
      .sort((a, b) => b.name.length - a.name.length)[0];
    if (fault) return { sheet, fault, rest: rest.slice(fault.name.length) };
  }
  return undefined;
}
