/**
 * A student of another maker, spoken to in plain words: its vocabulary has not our markers and grades, so our prompts are
 * put into lines ("Facts:", "Question:", "Reasoning:", "Answer:"), what it says is put back, and an option is graded by how
 * likely it is as the answer. The same lines are what traces are exported in for fine-tuning (docs/bigger-iron.md). It
 * knows neither plants nor how the student runs.
 */
import { BadInput } from '../errors.ts';
import { ANSWER, GRADES, type PromptParts, plain, SPECIAL_TOKENS } from './prompt.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { GenerateOptions, Generation, Student } from './types.ts';

/** Whether a vocabulary has all our markers and grades as tokens of their own. */
export function hasOurForm(tokenizer: Pick<Tokenizer, 'encode'>): boolean {
  return [...SPECIAL_TOKENS, ...GRADES].every((token) => tokenizer.encode(token).length === 1);
}

/** What stands before the reasoning. */
export function plainPrompt({ context = [], question }: PromptParts): string {
  const facts = context.length ? `Facts:\n${context.map((fact) => `- ${plain(fact)}\n`).join('')}` : '';
  return `${facts}Question: ${plain(question)}\n${REASONING}`;
}

/** What follows it. */
export function plainCompletion(rationale: string, answer: string): string {
  return ` ${plain(rationale)}${ANSWERS} ${plain(answer)}`;
}

const REASONING = 'Reasoning:';
const ANSWERS = '\nAnswer:';

/** `beginning`: what the tokenizer puts before every text (`<s>`); often nothing. */
export function inPlainForm(student: Student, beginning: string): Student {
  const put = (prompt: string): { text: string; reasoned: boolean } => {
    const parts = OURS.exec(prompt);
    if (!parts) return { text: beginning + prompt, reasoned: false };
    const [, context, question, rationale] = parts;
    const text = beginning + plainPrompt({ context: context?.split('\n ') ?? [], question: question! });
    return rationale === undefined
      ? { text, reasoned: false }
      : { text: `${text} ${rationale}${ANSWERS}`, reasoned: true };
  };

  const generate = async (prompt: string, options: GenerateOptions = {}): Promise<Generation> => {
    const { text, reasoned } = put(prompt);
    const { stop, onText, signal, ...rest } = options;
    const untilAnswer = stop?.includes(ANSWER) === true;
    const enough = new AbortController();
    const said = reader(reasoned, untilAnswer, () => enough.abort(), onText);
    const raw = await student.generate(text, {
      ...rest,
      onText: said.hear,
      signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
    });
    const { rationale, answer } = said.end();
    const told = reasoned ? answer : untilAnswer || answer === '' ? rationale : `${rationale}${ANSWER}${answer}`;
    return {
      text: told,
      // What came behind the part that counts is not its confidence.
      tokenLogProbs: raw.tokenLogProbs.slice(0, Math.max(1, student.countTokens(told.replace(ANSWER, ANSWERS)) + 1)),
      ended: raw.ended === 'aborted' && enough.signal.aborted && !signal?.aborted ? 'stop' : raw.ended,
    };
  };

  const grade: Student['grade'] = async (prompt, continuations, tokens) => {
    const options = continuations.map((continuation) => OPTION.exec(continuation)?.[1]);
    if (options.some((option) => option === undefined) || tokens.some((token) => !/^ \d$/.test(token))) {
      throw new BadInput('[student] this student grades options only, from 0 to 9');
    }
    const scored = await student.score(
      put(prompt).text,
      options.map((option) => ` ${option}`),
    );
    // Per token, so that a long option is not unlikely for its length.
    const likely = scored.map(({ logProb, tokenLogProbs }) => logProb / Math.max(1, tokenLogProbs.length));
    const highest = Math.max(...likely);
    return likely.map((one) => {
      const place = (GRADES.length - 1) * Math.exp((one - highest) / SHARPNESS);
      return tokens.map((token) => Math.log(Math.max(1e-6, 1 - Math.abs(Number(token) - place))));
    });
  };

  return { ...student, generate, grade, score: (prompt, texts) => student.score(put(prompt).text, texts) };
}

/** How much less likely an option has to be, in nats a token, to fall to a third of the best one's grade. */
const SHARPNESS = 0.5;
const OURS = /^<\|bos\|>(?:<\|context\|> ([\s\S]*?))?<\|question\|> ([\s\S]*?)<\|think\|>(?: ([\s\S]*?)<\|answer\|>)?$/;
const OPTION = /^<\|option\|> ([\s\S]*)<\|grade\|>$/;

/** Hears the text as it comes, tells the reasoning on, and says when enough was said: one line of reasoning, one of answer. */
function reader(
  reasoned: boolean,
  untilAnswer: boolean,
  enough: () => void,
  onText: ((piece: string) => void) | undefined,
): { hear: (piece: string) => void; end: () => { rationale: string; answer: string } } {
  let all = '';
  let given = 0;
  const parts = (): { rationale: string; answer: string; whole: boolean } => {
    if (reasoned) {
      const [answer = '', ...more] = all.trimStart().split('\n');
      return { rationale: '', answer: ` ${answer.trim()}`, whole: more.length > 0 };
    }
    const [rationale = '', ...after] = all.split(/\n\s*Answer:/i);
    const answer = after.join(' ').trimStart();
    const line = answer.split('\n')[0]!.trim();
    const rambling = after.length === 0 && /\n\s*\S/.test(rationale) && !/\n\s*A\w{0,5}:?$/i.test(rationale);
    return {
      rationale: rationale.split('\n')[0]!.trimEnd(),
      answer: line === '' ? '' : ` ${line}`,
      whole: rambling || (after.length > 0 && (untilAnswer || answer.includes('\n'))),
    };
  };
  const tell = (text: string): void => {
    if (text.length > given) onText?.(text.slice(given));
    given = Math.max(given, text.length);
  };
  return {
    hear(piece) {
      all += piece;
      const { rationale, answer, whole } = parts();
      tell(reasoned ? answer : rationale);
      if (whole) enough();
    },
    end() {
      const { rationale, answer } = parts();
      return { rationale, answer };
    },
  };
}
