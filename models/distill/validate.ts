/**
 * What may be taught. A trace passes when someone with the role has reviewed whatever people wrote in it, its form and
 * language are sound, it tries to instruct nobody, teachers asked again say the same, its answer is what the sheets say,
 * and each claim of its rationale that they can decide agrees with them. What contradicts a sheet is given back apart, for
 * an engineer to see, never dropped silently; a person's correction outranks sheets and teachers. Whatever is turned away
 * is turned away with its reason.
 */

import { asksGases } from '../knowledge/gases.ts';
import { knowledgeOf } from '../knowledge/knowledge.ts';
import { asksLimit } from '../knowledge/limit-asked.ts';
import { type Matcher, makeMatcher } from '../knowledge/names.ts';
import type { Sheet } from '../knowledge/types.ts';
import { contentStems, isForeign, wordsOf } from '../knowledge/words.ts';
import { plainOption } from '../student/prompt.ts';
import { knowledgeTeacher } from '../teacher/knowledge.ts';
import type { Teacher } from '../teacher/types.ts';
import { checkClaims } from './claims.ts';

/** A question with a teacher's chain of thought. */
export interface Trace {
  question: string;
  options?: string[];
  /** Empty where a person gave the answer alone. */
  rationale: string;
  answer: string;
  /** Who answered: `knowledge`, `person`, a model's name. */
  teacher: string;
  /** Of the log's entry it comes from, or of the draw: `correction/…`, `generated/…`. */
  id?: string;
  /** `generated`: nobody but machines wrote in it. */
  kind?: 'correction' | 'escalation' | 'flag' | 'generated';
  /** The person with the role who passed it. */
  reviewedBy?: string;
  /** An engineer has seen which sheet it contradicts, and let it stand. */
  overrules?: boolean;
  /** Further answers of teachers to the same question, for agreement. */
  samples?: string[];
}

export interface ValidateOptions {
  sheets: readonly Sheet[];
  /** Of the same sheets, where the caller has them already. */
  matcher?: Matcher;
  known?: Teacher;
  /** Takes out what is nobody's business (names, addresses, keys); what passes is taught as it gives it back. */
  redact?: (text: string) => string;
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
/** Share of the answers to one question that must say the same. */
const AGREEMENT = 2 / 3;
/** A teacher's question must be about plants at least so far; a person may well teach what no sheet knows. */
const IN_DOMAIN = 0.3;
/** The sheets contradict an answer only where they are sure themselves. */
const SURE = 0.9;

export async function validate(traces: readonly Trace[], options: ValidateOptions): Promise<Validation> {
  const { sheets, redact } = options;
  const out: Validation = { passed: [], rejected: [], doubted: [], claims: 0, factuality: 1 };
  const known = sheetsAt(options);
  const better = outranking(traces);
  const seen = new Set<string>();
  let agreeing = 0;
  for (const given of traces) {
    const trace = redact ? redacted(given, redact) : given;
    const fault =
      formFault(trace) ??
      languageFault(trace, known) ??
      unreviewed(trace) ??
      limitFault(trace, known) ??
      outranked(trace, better) ??
      duplicate(trace, seen) ??
      disagreement(trace);
    if (fault) {
      out.rejected.push({ trace, reason: fault });
      continue;
    }
    const { claims, wrong } = checkClaims(trace, sheets, readsProse(trace) ? known().matcher : undefined);
    out.claims += claims;
    agreeing += claims - wrong.length;
    const contradicted = outranksSheets(trace) ? undefined : (wrong[0] ?? (await contradiction(trace, known)));
    if (contradicted) out.doubted.push({ trace, reason: `contradicts the sheet: ${contradicted}` });
    else out.passed.push(trace);
  }
  return { ...out, factuality: out.claims ? agreeing / out.claims : 1 };
}

/** The sheets' own teacher and vocabulary, made when first needed: reading hundreds of names takes a second. */
function sheetsAt({ sheets, matcher: given, known }: ValidateOptions): () => { matcher: Matcher; teacher: Teacher } {
  let made: { matcher: Matcher; teacher: Teacher } | undefined;
  return () => {
    if (!made) {
      const knowledge = knowledgeOf([...sheets]);
      const matcher = given ?? makeMatcher(knowledge);
      made = { matcher, teacher: known ?? knowledgeTeacher(knowledge, matcher) };
    }
    return made;
  };
}

/** What the sheets' own generator or teacher said needs no second opinion of the sheets; only its claims are counted. */
function readsProse(trace: Trace): boolean {
  return trace.teacher !== 'knowledge' || trace.kind !== 'generated';
}

function outranksSheets(trace: Trace): boolean {
  return trace.teacher === 'person' || trace.overrules === true;
}

// ------------------------------------------------------------------------------------------------ the text itself

function formFault(trace: Trace): string | undefined {
  const { question, rationale, answer, options } = trace;
  if (!question.trim()) return 'the question is empty';
  if (!answer.trim()) return 'the answer is empty';
  if (question.length + rationale.length + answer.length > LONGEST) return 'longer than the student reads';
  if (options && answer !== 'not known') {
    const known = new Set(options.map(plainOption));
    const stranger = answer.split('; ').find((item) => !known.has(plainOption(item)));
    if (stranger) return `the answer '${stranger}' is not among the options`;
  }
  const text = [question, ...(options ?? []), rationale, answer].join('\n');
  return INSTRUCTS.some((pattern) => pattern.test(text)) ? 'reads like an instruction to the model' : undefined;
}

/** How texts try to steer whoever reads them. Nothing that is said of machines reads so (test/models/distill/validate.test.ts). */
const INSTRUCTS: readonly RegExp[] = [
  /<\||\|>|\[\/?INST\]|^\s*(?:system|assistant|user)\s*:/im,
  /\b(?:ignore|disregard|forget|override|overrule)\b[^.]{0,40}\b(?:instructions?|prompts?|rules?|sheets?|guidelines?|above|previous|everything)\b/i,
  /\b(?:system|developer) (?:prompt|message|role)\b/i,
  /\b(?:you are|act as|pretend to be) (?:now |from now on )?an? [^.]{0,40}\b(?:assistant|model|ai|bot|engineer|admin\w*)\b/i,
  /\b(?:from now on|in future|always|whenever (?:you are|anybody is) asked)\b,? [^.]{0,30}\b(?:answer|reply|respond|say)\b/i,
  /\b(?:teach|train|tell|make) (?:the |your )?(?:student|model|bot)\b/i,
];

function languageFault(trace: Trace, known: ReturnType<typeof sheetsAt>): string | undefined {
  const { question, options, rationale, answer } = trace;
  const words = wordsOf(`${question} ${rationale} ${answer}`);
  const foreign = words.filter((word) => isForeign(word.plain) || /[^\p{Script=Latin}\p{N}\p{M}]/u.test(word.plain));
  if (foreign.length >= 3 && foreign.length > words.length / 8) return 'not in English, which is all the student reads';
  if (trace.teacher === 'person' || !readsProse(trace)) return undefined;
  const { matcher } = known();
  const found = matcher.find([question, ...(options ?? [])].join('; '));
  const named = [...found.assets, ...found.faults, ...found.parameters, ...found.components, ...found.tags].length > 0;
  const about = Math.max(matcher.inDomain(question), options ? matcher.inDomain(options.join('; ')) : 0);
  return !named || about < IN_DOMAIN ? 'not about a machine that the sheets describe' : undefined;
}

function redacted(trace: Trace, redact: (text: string) => string): Trace {
  const { question, options, rationale, answer } = trace;
  return {
    ...trace,
    question: redact(question),
    rationale: redact(rationale),
    answer: redact(answer),
    ...(options ? { options: options.map(redact) } : {}),
  };
}

// ------------------------------------------------------------------------------------------------ who stands behind it

function unreviewed(trace: Trace): string | undefined {
  return trace.kind === 'generated' || trace.reviewedBy ? undefined : 'nobody with the role has reviewed it';
}

/** Boundaries stay in the sheet, where a plant may change them: a student that learned figures would go on saying the old ones. */
function limitFault(
  { question, options, teacher, kind }: Trace,
  known: ReturnType<typeof sheetsAt>,
): string | undefined {
  if (options || teacher === 'person' || kind === 'generated') return undefined;
  const found = known().matcher.find(question);
  if (asksLimit(question, found)) return 'asks for a limit, which is read off the sheet and not learned';
  return asksGases(question, found, [])
    ? 'tells values of gases, which are held against the standards and not learned'
    : undefined;
}

/** For each question, the correction that stands: of several the newest, which comes last in the log. */
function outranking(traces: readonly Trace[]): Map<string, Trace> {
  const best = new Map<string, Trace>();
  for (const trace of traces) {
    if (trace.teacher === 'person' && trace.reviewedBy) best.set(questionKey(trace), trace);
  }
  return best;
}

function outranked(trace: Trace, better: ReadonlyMap<string, Trace>): string | undefined {
  const correction = better.get(questionKey(trace));
  if (!correction || sameAnswer(trace.answer, correction.answer)) return undefined;
  return trace.teacher === 'person' ? 'a newer correction says otherwise' : "outranked by a person's correction";
}

/** The same words in another order, case or number are the same question, unless only one of them denies. */
function questionKey({ question, options }: Trace): string {
  return JSON.stringify([
    DENIED.test(question),
    contentStems(question).sort(),
    options?.map(plainOption).sort() ?? null,
  ]);
}

function duplicate(trace: Trace, seen: Set<string>): string | undefined {
  const key = `${questionKey(trace)} ${answerKey(trace.answer)}`;
  if (seen.has(key)) return 'a duplicate';
  seen.add(key);
  return undefined;
}

function disagreement({ answer, samples }: Trace): string | undefined {
  if (!samples?.length) return undefined;
  const agreeing = 1 + samples.filter((sample) => sameAnswer(sample, answer)).length;
  const all = 1 + samples.length;
  return agreeing / all < AGREEMENT ? `only ${agreeing} of ${all} answers agree` : undefined;
}

/** Among options word for word; in free words, when one says what the other does and little more. */
export function sameAnswer(a: string, b: string): boolean {
  if (answerKey(a) === answerKey(b)) return true;
  if (DENIED.test(a) !== DENIED.test(b)) return false;
  const [wa, wb] = [a, b].map((text) => new Set(contentStems(text)));
  const shared = [...wa!].filter((stem) => wb!.has(stem)).length;
  return shared > 0 && shared / Math.max(1, Math.min(wa!.size, wb!.size)) >= 0.75;
}

const DENIED = /\b(?:no|not|never|none|nothing|neither)\b|n['’]t\b/i;

function answerKey(answer: string): string {
  return answer.split(';').map(plainOption).sort().join('; ');
}

// ------------------------------------------------------------------------------------------------ against the sheets

/** What the sheets answer instead, where they are sure; undefined where they agree or do not know. */
async function contradiction(trace: Trace, known: ReturnType<typeof sheetsAt>): Promise<string | undefined> {
  if (!readsProse(trace) || trace.answer === 'not known') return undefined;
  const { matcher, teacher } = known();
  const { question, options } = trace;
  const topic = { faults: [], parameters: [] };
  const answer = await teacher.ask({ question, ...(options ? { options } : {}), topic, facts: [] });
  if (answer.kind !== 'knows' || answer.confidence < SURE) return undefined;
  if (options) {
    const said = new Set(trace.answer.split(';').map(plainOption));
    return answer.answer.split(';').some((item) => said.has(plainOption(item)))
      ? undefined
      : `it says ${answer.answer}`;
  }
  const namesIn = (text: string): Set<string> => {
    const found = matcher.find(
      text,
      matcher.find(question).asset ? { ...topic, asset: matcher.find(question).asset! } : topic,
    );
    return new Set([...found.faults, ...found.parameters].map(({ name }) => name));
  };
  const [said, sheet] = [namesIn(trace.answer), namesIn(answer.answer)];
  if (said.size === 0 || sheet.size === 0 || [...said].some((name) => sheet.has(name))) return undefined;
  return `it says ${answer.answer}`;
}
