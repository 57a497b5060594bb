/**
 * Turns away what cannot be a question, with a plain line. Requests about safety systems are not turned away here: they
 * are stored and refused like an answer (commands/ask.ts), by the rule that this file passes on.
 */
import type { Message } from '../types.ts';
import type { DoorMiddleware } from './context.ts';

export { type Refusal, type Safety, safetyRefusal, safetyRequest } from './safety.ts';

export const MAX_TEXT = 8000;
export const MAX_OPTIONS = 26;
const MAX_OPTION = 500;
const MAX_ID = 200;

/** What is wrong with the message and how to mend it; null when it can be taken. */
export function unfit(message: Pick<Message, 'text' | 'options'> & { id?: string }): string | null {
  const { text, options } = message;
  if (text.trim() === '') return 'The message is empty: write a question, such as "P-101 shakes, what could it be?"';
  if (text.length > MAX_TEXT) {
    return `The message has ${text.length.toLocaleString('en')} characters: shorten it to ${MAX_TEXT.toLocaleString('en')} at most.`;
  }
  if (isBinary(text)) return 'The message holds control characters, as a binary file does: write it as plain text.';
  if (message.id !== undefined && (message.id === '' || message.id.length > MAX_ID)) {
    return `The message's id must have 1 to ${MAX_ID} characters.`;
  }
  return options ? unfitOptions(options) : null;
}

export function guard(): DoorMiddleware {
  return async function guard(incoming, next) {
    const notice = unfit(incoming.message);
    if (notice === null) return next();
    incoming.receipt = { kind: 'rejected', notice };
  };
}

function unfitOptions(options: readonly string[]): string | null {
  if (options.length < 2 || options.length > MAX_OPTIONS) {
    return `A question has 2 to ${MAX_OPTIONS} options, not ${options.length}: mend the options or leave them out.`;
  }
  const seen = new Set<string>();
  for (const [i, option] of options.entries()) {
    const folded = option.trim().toLowerCase();
    if (folded === '') return `Option ${i + 1} is empty: fill it in or leave it out.`;
    if (option.length > MAX_OPTION) return `Option ${i + 1} is longer than ${MAX_OPTION} characters: shorten it.`;
    if (isBinary(option)) return `Option ${i + 1} holds control characters: write it as plain text.`;
    if (seen.has(folded)) return `Option ${i + 1} ("${option.trim().slice(0, 40)}") is there twice: leave one out.`;
    seen.add(folded);
  }
  return null;
}

/** Control characters other than tab and line ends, the replacement character, or half a surrogate pair. */
export function isBinary(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127 || code === 0xfffd) return true;
  }
  return /\p{Surrogate}/u.test(text);
}
