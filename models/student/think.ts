/**
 * How the student answers one question: rationale first, then the answer; each option is graded by its text and by
 * itself, never by its letter or beside the others. It knows neither where the context came from nor what happens with
 * the answer.
 */
import { choose, shares } from './choose.ts';
import {
  ANSWER,
  END,
  GRADES,
  type PromptParts,
  parseCompletion,
  plain,
  renderBeginning,
  renderOption,
  renderPrompt,
  renderThought,
} from './prompt.ts';
import { goingOn, leading, names, type Suspects, spelled } from './suspects.ts';
import { bears, goingOnAs, toldOf } from './told.ts';
import type { GenerateOptions, Generation, Student } from './types.ts';

export interface Thought {
  rationale: string;
  /** The chosen options (asker's wording, joined by "; "), or the generated answer. Empty: the student reached none. */
  answer: string;
  /** Indices of the chosen options, rising. Empty for an open question. */
  chosen: number[];
  /** Probability of each option as the right one, in the asker's order. Empty for an open question. */
  probabilities: number[];
  features: Features;
}

/** What the confidence rule looks at; all are plain numbers. */
export interface Features {
  /** The lowest score of what was chosen minus the highest of what was not; 0 for open questions. */
  margin: number;
  /** Score of the chosen option; 0 for open questions. */
  top: number;
  /** Probability of an open answer's tokens, the geometric mean; 1 beside options. */
  tokenMean: number;
  /** Probability of an open answer's weakest token; 1 beside options. */
  tokenMin: number;
  /** Mean log-probability of the rationale's tokens. */
  rationaleMean: number;
  /** Lowest log-probability in the rationale, floored at −8. */
  rationaleMin: number;
  /** Lowest probability of the likeliest grade over the options; 1 for open questions. */
  gradeSure: number;
  /** How far the recited line bears out the answer, 0–1; a half where it tells nothing of it. */
  support: number;
  /** 1 when the rationale is what retrieval puts first, 0 when it is another; a half where the caller expects none. */
  agree: number;
  /** Share of the question's named things that the retrieved context decides: given by the caller, 0–1. */
  grounded: number;
  /** How well what was meant was found, and how clearly before the next, 0–1; 1 where it was named. By the caller. */
  match: number;
  lead: number;
  /** 1 when the question names no machine that is known, and holds words that are not: given by the caller. */
  stranger: number;
  /** 1 where the sheets' evidence for each option had most of the say. */
  evidence: number;
  /** 1 for an open question. */
  open: number;
  /** 1 when the student says that it does not know. */
  unknown: number;
}

export interface ThinkOptions {
  /** Empty or absent: an open question. */
  options?: readonly string[];
  /** Several options may be right. */
  several?: boolean;
  /** The question is turned round ("which does NOT"). */
  negated?: boolean;
  /** How the rationale begins before it names an option ("these signs fit"): then options are weighed there as well. */
  beginning?: string;
  /** What the rationale of a diagnosis chooses among. */
  suspects?: Suspects;
  /** Lines of the context, by how they begin, of which one decides: the student's leaning is weighed with retrieval's. */
  lines?: Suspects['names'];
  /** How the rationale begins where the student goes by what retrieval puts first; any of them. */
  expected?: readonly string[];
  /** The wording leaves no doubt about that; where it does, the options may tell better. */
  certain?: boolean;
  /** What the caller knows of the question, for the confidence rule. Default: nothing was retrieved, nothing is strange. */
  given?: Partial<Given>;
  /** Options that what is known speaks against, such as a reading that would move the other way. */
  against?: readonly boolean[];
  evidence?: OptionEvidence;
  onText?: (piece: string) => void;
  signal?: AbortSignal;
  /** How the rationale is generated; the chain puts its LangChain chat model here. */
  generate?: (prompt: string, options: GenerateOptions) => Promise<Generation>;
}

/** What retrieval found for the options of a question that no one fact decides. */
export interface OptionEvidence {
  /** How far the sheets speak for each, 0–1. */
  options: readonly number[];
  /** The options are in words of their own, which the student cannot grade well: most of the say; else half. */
  leads: boolean;
}

/** Features that come from understanding and retrieval. */
export type Given = Pick<Features, 'grounded' | 'match' | 'lead' | 'stranger'>;

/** Share of the say of evidence that leads, beside the student's grade: chosen with chains/evidence.ts. */
const LEADING = 0.7;

const NOT_GIVEN: Given = { grounded: 0, match: 1, lead: 1, stranger: 0 };
const ROOM = 200;
const UNKNOWN = 'not known';
const MEANS = ' means that ';

export async function think(student: Student, parts: PromptParts, options: ThinkOptions = {}): Promise<Thought> {
  const generate = options.generate ?? ((prompt, how) => student.generate(prompt, how));
  const asked = options.options ?? [];
  const how: GenerateOptions = {
    maxTokens: ROOM,
    stop: asked.length ? [ANSWER, END] : [END],
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onText ? { onText: options.onText } : {}),
  };
  const prompt = renderPrompt(parts);
  const said = await generate(prompt, how);
  const spoken = parseCompletion(said.text);
  const given = { ...NOT_GIVEN, ...options.given };
  const { context = [] } = parts;
  const own = cited(spoken.rationale, context, given.grounded === 1);
  const decided =
    (options.lines && (await decidingLine(student, prompt, context, options.lines))) ??
    (options.suspects && asked.length > 0 && own.startsWith(options.suspects.beginning)
      ? await rationaleOfSuspect(own, options.suspects, prompt, { student, generate, how })
      : undefined);
  // That nothing is known is not so where the deciding line stands in the context; it is no agreement with it either.
  const denied = given.grounded === 1 && own.startsWith(UNKNOWN) ? lineOf(context, options.expected) : undefined;
  const rationale = decided ?? denied ?? own;
  const agree = agrees(denied ? own : rationale, options.expected);
  const recited = context.some((line) => plain(line) === rationale);
  if (asked.length === 0) {
    const { suspects } = options;
    if (suspects && spoken.rationale.startsWith(suspects.beginning)) {
      const name = await leading(student, prompt, suspects);
      const kept = names(spoken.rationale, name, suspects);
      const meant = kept ? said : await goingOn(name, suspects, prompt, generate, how);
      const named = agrees(parseCompletion(meant.text).rationale, options.expected);
      const thought = openThought(student, meant, { ...given, agree: named }, []);
      return { ...thought, answer: spelled(meant.text, name, context) };
    }
    const thought = openThought(student, said, { ...given, agree }, context);
    if (rationale === spoken.rationale) return thought;
    // What it meant to recite stands in front of it: the answer is drawn from there.
    const again = await student.generate(renderThought(prompt, rationale), { ...how, stop: [END], maxTokens: 96 });
    const answer = inTheLinesWords(rationale, parseCompletion(`${ANSWER}${again.text}`).answer, context);
    const features = {
      ...thought.features,
      support: supportOf(rationale, answer, context),
      unknown: isUnknown(answer),
    };
    return { ...thought, rationale, answer, features };
  }
  const graded = await gradeOptions(student, prompt, rationale, asked);
  const weighed = options.beginning ? await weighBeginnings(student, prompt, options.beginning, asked) : undefined;
  // A line that decides the question has its say beside the grades: what it says word for word was misread otherwise.
  const told = recited && given.grounded === 1 ? toldOf(rationale, asked) : undefined;
  const { evidence, against } = options;
  const others = [weighed, told, evidence?.leads ? undefined : evidence?.options].filter((of) => of !== undefined);
  const grades = graded.map(({ grade }, i) => {
    const shared = mean([grade, ...others.map((of) => of[i]!)]);
    const led = evidence?.leads ? LEADING * evidence.options[i]! + (1 - LEADING) * shared : shared;
    return against?.[i] ? 0 : led;
  });
  const { chosen, scores } = choose(asked, grades, options);
  const left = scores.filter((_, i) => !chosen.includes(i));
  return {
    rationale,
    answer: chosen.map((i) => asked[i]!).join('; '),
    chosen,
    probabilities: shares(scores),
    features: {
      ...given,
      margin: Math.min(...chosen.map((i) => scores[i]!)) - Math.max(0, ...left),
      top: scores[chosen[0]!]!,
      tokenMean: 1,
      tokenMin: 1,
      ...rationaleFeatures(student, spoken.rationale, said),
      gradeSure: Math.min(...graded.map(({ sure }) => sure)),
      support: mean(chosen.map((i) => agreement(told?.[i], graded[i]!.grade))),
      agree,
      evidence: evidence?.leads ? 1 : 0,
      open: 0,
      unknown: isUnknown(rationale),
    },
  };
}

/** Of the opening ("pump, bearing wear") and of the whole: below it, a line is not what was meant. */
const SAME = 0.6;
/** So many letters of the subject, behind the machine's name, tell which line was begun. */
const BEGUN = 3;

/**
 * A rationale that recites a line of the context, give or take some words, is that line: a small model slips in long lists
 * of names that it has never met, and a citation must not. Where the context is known to decide (`decided`), a line begun is
 * a line meant. Anything else stays as it was said.
 */
export function cited(rationale: string, context: readonly string[], decided = false): string {
  const opening = (text: string): string => text.split(/[.:]/)[0]!;
  const lines = context.map(plain).map((line) => {
    const like = Math.min(likeness(opening(line), opening(rationale)), 0.2 + likeness(line, rationale));
    const begun = sharedBeginning(line, rationale);
    const meant = like >= SAME || (decided && begun >= line.indexOf(', ') + 2 + BEGUN && line.includes(', '));
    return { line, meant, rank: like + begun / 1000 };
  });
  const meant = lines.filter((one) => one.meant).sort((a, b) => b.rank - a.rank);
  return meant[0]?.line ?? rationale;
}

function sharedBeginning(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i += 1;
  return i;
}

/** Shared words over all words (Jaccard). */
function likeness(a: string, b: string): number {
  const [wa, wb] = [a, b].map((text) => new Set(text.match(/[\p{L}\d]+/gu) ?? []));
  const shared = [...wa!].filter((word) => wb!.has(word)).length;
  return shared / Math.max(1, wa!.size + wb!.size - shared);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Expected grade of each option, 0–1, and the probability of the likeliest one. */
async function gradeOptions(
  student: Student,
  prompt: string,
  rationale: string,
  options: readonly string[],
): Promise<{ grade: number; sure: number }[]> {
  const logs = await student.grade(renderThought(prompt, rationale), options.map(renderOption), [...GRADES]);
  return logs.map((row) => {
    const weights = row.map(Math.exp);
    const sum = weights.reduce((a, b) => a + b, 0) || 1;
    const expected = weights.reduce((total, weight, grade) => total + weight * grade, 0) / sum;
    return { grade: expected / (GRADES.length - 1), sure: Math.max(...weights) / sum };
  });
}

/** Softmax over the options as what the rationale names first. */
async function weighBeginnings(
  student: Student,
  prompt: string,
  beginning: string,
  options: readonly string[],
): Promise<number[]> {
  const scored = await student.score(
    prompt,
    options.map((option) => renderBeginning(`${beginning} ${option}`)),
  );
  const highest = Math.max(...scored.map((one) => one.logProb));
  const weights = scored.map((one) => Math.exp(one.logProb - highest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Of a grade with what the line says of the same option; a half where it says nothing. */
function agreement(told: number | undefined, grade: number): number {
  return told === undefined ? 0.5 : 1 - Math.abs(told - grade);
}

/** The line that leads, as it stands in the context; undefined where it was left out for want of room. */
async function decidingLine(
  student: Student,
  prompt: string,
  context: readonly string[],
  lines: Suspects['names'],
): Promise<string | undefined> {
  const standing = lines.filter(({ name }) => context.some((line) => line.startsWith(name)));
  if (standing.length === 0) return undefined;
  const name = await leading(student, prompt, { beginning: '', names: standing });
  return plain(context.find((line) => line.startsWith(name))!);
}

/** A rationale that names the suspect who leads: the one that was given, or one anew. */
async function rationaleOfSuspect(
  given: string,
  suspects: Suspects,
  prompt: string,
  by: { student: Student; generate: NonNullable<ThinkOptions['generate']>; how: GenerateOptions },
): Promise<string> {
  const name = await leading(by.student, prompt, suspects);
  if (names(given, name, suspects)) return given;
  return parseCompletion((await goingOn(name, suspects, prompt, by.generate, by.how)).text).rationale;
}

function isUnknown(said: string): 0 | 1 {
  return said.startsWith(UNKNOWN) ? 1 : 0;
}

/** The most telling line of the context that begins as one of these, as it is recited. */
function lineOf(context: readonly string[], beginnings: readonly string[] = []): string | undefined {
  return context.map(plain).findLast((line) => beginnings.some((beginning) => line.startsWith(plain(beginning))));
}

function agrees(rationale: string, expected: readonly string[] | undefined): number {
  if (expected === undefined) return 0.5;
  return expected.some((line) => rationale.startsWith(plain(line))) ? 1 : 0;
}

/** Of an open answer; "yes" and "no" stand in no line, and what a fault means in another than the recited one. */
function supportOf(rationale: string, answer: string, context: readonly string[]): number {
  if (/^(?:yes|no)\b/.test(answer)) return 1;
  if (answer.includes(MEANS)) return context.some((line) => plain(line).endsWith(`, ${answer}`)) ? 1 : 0.5;
  return bears(rationale, answer);
}

/** What follows the first thing that an answer names is the line's to say. */
function inTheLinesWords(rationale: string, answer: string, context: readonly string[]): string {
  return goingOnAs(rationale, explained(answer, context));
}

/**
 * An answer that begins as the line of the context that says what a fault means goes on as that line: a small model slips
 * in long sentences. Anything else stays as it was said.
 */
export function explained(answer: string, context: readonly string[]): string {
  const [fault, meaning] = answer.split(MEANS);
  if (meaning === undefined) return answer;
  const begun = `, ${plain(fault!)}${MEANS}`;
  const line = context.map(plain).find((one) => one.includes(begun));
  return line ? line.slice(line.indexOf(begun) + 2) : answer;
}

function openThought(
  student: Student,
  generation: Generation,
  given: Given & Pick<Features, 'agree'>,
  context: readonly string[],
): Thought {
  const { rationale, answer: said } = parseCompletion(generation.text);
  const recited = context.some((line) => plain(line) === rationale);
  const answer = inTheLinesWords(recited ? rationale : '', said, context);
  const parts = rationaleFeatures(student, rationale, generation);
  const answerTokens = generation.tokenLogProbs.slice(rationaleTokens(student, rationale, generation));
  const mean = answerTokens.reduce((a, b) => a + b, 0) / Math.max(1, answerTokens.length);
  return {
    rationale,
    answer,
    chosen: [],
    probabilities: [],
    features: {
      ...given,
      margin: 0,
      top: 0,
      tokenMean: answerTokens.length ? Math.exp(mean) : 0,
      tokenMin: answerTokens.length ? Math.exp(Math.min(...answerTokens)) : 0,
      ...parts,
      gradeSure: 1,
      support: recited ? supportOf(rationale, answer, context) : 0.5,
      evidence: 0,
      open: 1,
      unknown: isUnknown(answer),
    },
  };
}

function rationaleTokens(student: Student, rationale: string, generation: Generation): number {
  return Math.min(student.countTokens(` ${rationale}`), generation.tokenLogProbs.length);
}

function rationaleFeatures(
  student: Student,
  rationale: string,
  generation: Generation,
): Pick<Features, 'rationaleMean' | 'rationaleMin'> {
  const logProbs = generation.tokenLogProbs.slice(0, Math.max(1, rationaleTokens(student, rationale, generation)));
  const mean = logProbs.reduce((a, b) => a + b, 0) / Math.max(1, logProbs.length);
  return { rationaleMean: mean, rationaleMin: Math.max(-8, Math.min(0, ...logProbs)) };
}
