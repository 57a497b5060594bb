/**
 * How the student answers one question: rationale first, then the answer; options are scored by their text, never by
 * their letter, and in two orders. It knows neither where the context came from nor what happens with the answer.
 */
import { type PromptParts, parseCompletion, plainOption, renderOption, renderPrompt, renderThought } from './prompt.ts';
import type { GenerateOptions, Generation, Student } from './types.ts';

export interface Thought {
  rationale: string;
  /** The chosen options (asker's wording, joined by "; "), or the generated answer. Empty: the student reached none. */
  answer: string;
  /** Indices of the chosen options, rising. Empty for an open question. */
  chosen: number[];
  /** Probability of each option as the single right one, in the asker's order. Empty for an open question. */
  probabilities: number[];
  features: Features;
}

/** What the confidence rule looks at; all are plain numbers. */
export interface Features {
  /** Best minus second-best option probability; for an open answer, exp of its weakest token's log-probability. */
  margin: number;
  /** Probability of the chosen option; for an open answer, exp of the mean log-probability of its tokens. */
  top: number;
  /** Mean log-probability of the rationale's tokens. */
  rationaleMean: number;
  /** Lowest log-probability in the rationale, floored at −8. */
  rationaleMin: number;
  /** 1 when both option orders choose the same; 1 for open questions. */
  orderAgreement: number;
  /** 1 when the verdicts of the rationale name the chosen option as right; 0.5 when there are none. */
  verdictAgreement: number;
  /** Share of the question's named things that the retrieved context decides: given by the caller, 0–1. */
  grounded: number;
  /** 1 for an open question. */
  open: number;
  /** 1 when the student says that it does not know. */
  unknown: number;
}

export interface ThinkOptions {
  /** Several options may be right. */
  several?: boolean;
  grounded?: number;
  onText?: (piece: string) => void;
  signal?: AbortSignal;
  /** How the first pass generates; the chain puts its LangChain chat model here. */
  generate?: (prompt: string, options: GenerateOptions) => Promise<Generation>;
}

const ROOM = 140;

export async function think(student: Student, parts: PromptParts, options: ThinkOptions = {}): Promise<Thought> {
  const generate = options.generate ?? ((prompt, how) => student.generate(prompt, how));
  const how: GenerateOptions = { maxTokens: ROOM, ...(options.signal ? { signal: options.signal } : {}) };
  const prompt = renderPrompt(parts);
  const first = await generate(prompt, options.onText ? { ...how, onText: options.onText } : how);
  const said = parseCompletion(first.text);
  const asked = parts.options ?? [];
  if (asked.length === 0) return openThought(student, first, options.grounded ?? 0);

  const forward = await scoreOptions(student, prompt, said.rationale, asked);
  const reversed = [...asked].reverse();
  const backPrompt = renderPrompt({ ...parts, options: reversed });
  const second = await student.generate(backPrompt, how);
  const backRationale = parseCompletion(second.text).rationale;
  const backward = (await scoreOptions(student, backPrompt, backRationale, reversed)).reverse();

  const probabilities = asked.map((_, i) => (forward[i]! + backward[i]!) / 2);
  const chosen = options.several
    ? severalChosen(asked, said, probabilities)
    : [probabilities.indexOf(Math.max(...probabilities))];
  const sorted = [...probabilities].sort((a, b) => b - a);
  const best = (of: number[]): number => of.indexOf(Math.max(...of));
  return {
    rationale: said.rationale,
    answer: chosen.map((i) => asked[i]!).join('; '),
    chosen,
    probabilities,
    features: {
      margin: sorted[0]! - (sorted[1] ?? 0),
      top: sorted[0]!,
      ...tokens(student, said.rationale, first),
      orderAgreement: best(forward) === best(backward) ? 1 : 0,
      verdictAgreement: verdictAgreement(said.rationale, asked, chosen),
      grounded: options.grounded ?? 0,
      open: 0,
      unknown: said.answer.startsWith('not known') ? 1 : 0,
    },
  };
}

/** Softmax over the options' log-probabilities after the rationale, in the order of `options`. */
async function scoreOptions(
  student: Student,
  prompt: string,
  rationale: string,
  options: readonly string[],
): Promise<number[]> {
  const scored = await student.score(renderThought(prompt, rationale), options.map(renderOption));
  const highest = Math.max(...scored.map((one) => one.logProb));
  const weights = scored.map((one) => Math.exp(one.logProb - highest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function openThought(student: Student, generation: Generation, grounded: number): Thought {
  const { rationale, answer } = parseCompletion(generation.text);
  const parts = tokens(student, rationale, generation);
  const answerTokens = generation.tokenLogProbs.slice(parts.rationaleTokens);
  const mean = answerTokens.reduce((a, b) => a + b, 0) / Math.max(1, answerTokens.length);
  return {
    rationale,
    answer,
    chosen: [],
    probabilities: [],
    features: {
      margin: answerTokens.length ? Math.exp(Math.min(...answerTokens)) : 0,
      top: answerTokens.length ? Math.exp(mean) : 0,
      rationaleMean: parts.rationaleMean,
      rationaleMin: parts.rationaleMin,
      orderAgreement: 1,
      verdictAgreement: 0.5,
      grounded,
      open: 1,
      unknown: answer.startsWith('not known') ? 1 : 0,
    },
  };
}

function tokens(
  student: Student,
  rationale: string,
  generation: Generation,
): { rationaleMean: number; rationaleMin: number; rationaleTokens: number } {
  const count = Math.min(student.countTokens(` ${rationale}`), generation.tokenLogProbs.length);
  const logProbs = generation.tokenLogProbs.slice(0, Math.max(1, count));
  const mean = logProbs.reduce((a, b) => a + b, 0) / Math.max(1, logProbs.length);
  return { rationaleMean: mean, rationaleMin: Math.max(-8, Math.min(0, ...logProbs)), rationaleTokens: count };
}

/** Where several may be right: what the student listed, else every option with at least half the best one's probability. */
function severalChosen(asked: readonly string[], said: { answer: string }, probabilities: readonly number[]): number[] {
  const listed = new Set(said.answer.split(';').map((item) => plainOption(item)));
  const chosen = asked.flatMap((option, i) => (listed.has(plainOption(option)) ? [i] : []));
  if (chosen.length) return chosen;
  const half = Math.max(...probabilities) / 2;
  return probabilities.flatMap((p, i) => (p >= half ? [i] : []));
}

/** The rationale judges each option ("vibration: clearly; voltage: not"): do its words agree with the choice? */
function verdictAgreement(rationale: string, asked: readonly string[], chosen: readonly number[]): number {
  const right = asked.map((option) => {
    const match = rationale.match(new RegExp(`${escaped(plainOption(option))}: (clearly|also|yes|not|no)\\b`));
    return match ? match[1] !== 'not' && match[1] !== 'no' : undefined;
  });
  const judged = chosen.map((i) => right[i]).filter((verdict) => verdict !== undefined);
  if (judged.length === 0) return 0.5;
  // "Which does NOT show it": then the chosen one is the only one denied.
  const onlyDenied = judged.every((verdict) => !verdict) && right.every((verdict, i) => verdict || chosen.includes(i));
  return onlyDenied ? 1 : judged.filter(Boolean).length / judged.length;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
