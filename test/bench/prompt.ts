/** Prompts of a given length for measuring speed: the student's form, no two alike, so that nothing is remembered. */
import { renderPrompt } from '../../models/student/prompt.ts';
import type { Tokenizer } from '../../models/student/tokenizer.ts';

const WORDS =
  'the drive end bearing of the pump growls and vibration rises at running speed while oil debris appears in the sample and the housing is hot so what could it be and which parameter shows it first'.split(
    ' ',
  );

/** `length` tokens, other ones for every `number`, and text that encodes to them. */
export function benchPrompt(tokenizer: Tokenizer, length: number, number: number): { ids: number[]; text: string } {
  let state = number * 7919 + 17;
  const word = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return WORDS[Math.floor((state / 2147483648) * WORDS.length)]!;
  };
  let question = `${number}`;
  const encoded = () => tokenizer.encode(renderPrompt({ question }));
  while (encoded().length < length + 20) question += ` ${word()}`;
  const text = tokenizer.decode(encoded().slice(0, length));
  // A cut inside a word may encode otherwise; ids are what our student will make of the text.
  return { ids: tokenizer.encode(text), text };
}

/** What is decoded together, and how often. */
export interface BatchLoad {
  /** Default 16. */
  sequences?: number;
  /** Default 5; medians are taken over them. */
  rounds?: number;
  /** Default 128. */
  promptTokens?: number;
  /** Default 64. */
  newTokens?: number;
}
