/**
 * The one form in which the student is spoken to, in training and in use alike
 * (a prompt that differs between the two costs accuracy). It knows nothing of plants.
 *
 *   <|bos|><|context|> fact↵ fact<|question|> text<|think|> rationale<|answer|> answer<|end|>
 *   <|bos|><|context|> fact↵ fact<|question|> text<|think|> rationale<|answer|><|option|> a<|grade|> 9
 *
 * Options come after the rationale, and each is graded 0–9 by itself: neither the reasoning nor an option's grade can
 * depend on which others there are, how many, in what order or under which letters.
 * Every part begins with a space, so that a word is the same token wherever it stands and can be copied as it is.
 * Parts that are absent are left out, marker and all. The student reads lower case: "BEARING" and "bearing" are one word
 * to an operator, and a small model should not have to learn that.
 */

export const SPECIAL_TOKENS = [
  '<|pad|>',
  '<|bos|>',
  '<|end|>',
  '<|context|>',
  '<|question|>',
  '<|think|>',
  '<|answer|>',
  '<|option|>',
  '<|grade|>',
] as const;

export const END = '<|end|>';
export const ANSWER = '<|answer|>';
export const OPTION = '<|option|>';

/** What may follow `<|grade|>`: 0 is wrong, 9 is right beyond doubt. Each is one token. */
export const GRADES = [' 0', ' 1', ' 2', ' 3', ' 4', ' 5', ' 6', ' 7', ' 8', ' 9'] as const;

export interface PromptParts {
  /** Retrieved facts and corrections, the most relevant last (nearest to the question). */
  context?: readonly string[];
  question: string;
}

/** Everything up to and with `<|think|>`: the student continues with its rationale. */
export function renderPrompt(parts: PromptParts): string {
  const context = parts.context?.length ? `<|context|> ${parts.context.map(plain).join('\n ')}` : '';
  return `<|bos|>${context}<|question|> ${plain(parts.question)}<|think|>`;
}

/** What follows the prompt in a training text. */
export function renderCompletion(rationale: string, answer: string): string {
  return ` ${plain(rationale)}${ANSWER} ${plain(answer)}${END}`;
}

/** The prompt and a finished rationale, up to and with `<|answer|>`. */
export function renderThought(prompt: string, rationale: string): string {
  return `${prompt} ${plain(rationale)}${ANSWER}`;
}

/** An option to be graded, after `renderThought`. */
export function renderOption(option: string): string {
  return `${OPTION} ${plainOption(option)}<|grade|>`;
}

/** How a rationale may begin, for weighing beginnings against each other after `renderPrompt`. */
export function renderBeginning(text: string): string {
  return ` ${plain(text)}`;
}

export interface Completion {
  rationale: string;
  answer: string;
}

/**
 * A completion that never reached `<|answer|>` has an empty answer: the caller treats it as not known. A marker out of its
 * place ends what came before it: markers mean nothing in a text.
 */
export function parseCompletion(text: string): Completion {
  const [rationale = '', answer = ''] = text.split(ANSWER);
  const bare = (part: string): string => part.split('<|')[0]!.trim();
  return { rationale: bare(rationale), answer: bare(answer) };
}

/** User, sheet and alert text is data: it can neither hold our markers nor break a line. */
export function plain(text: string): string {
  return text.replace(/<\|/g, '< |').replace(/\s+/g, ' ').trim().toLowerCase();
}

/** An option as the student sees it: without its label and full stop. */
export function plainOption(text: string): string {
  return plain(text).replace(/\.$/, '');
}
