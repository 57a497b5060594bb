/**
 * A diagnosis names one of the suspects that retrieval put before the student. A small model weighs them well, and slips
 * when it spells out a name it has hardly met: so it weighs them by how likely its rationale is to begin with each, beside
 * how well each explains what was seen, and goes on from the one that leads. The check that it cites is a check of that one.
 */
import { ANSWER, END, parseCompletion, plain, renderBeginning } from './prompt.ts';
import type { GenerateOptions, Generation, Student } from './types.ts';

export interface Suspects {
  /** How the rationale begins before it names one: "these signs fit". */
  beginning: string;
  /** Best first, with how well each explains what was seen, 0–1. */
  names: readonly { name: string; score: number }[];
}

/** How much the student's own leaning counts beside retrieval's. Chosen on chat messages for mending (test/bench/chat). */
const OWN = 0.3;

/** The name that leads. */
export async function leading(student: Student, prompt: string, suspects: Suspects): Promise<string> {
  const { names, beginning } = suspects;
  const scored = await student.score(
    prompt,
    names.map(({ name }) => renderBeginning(`${beginning} ${name}`)),
  );
  const ranked = names.map(({ name, score }, i) => ({
    name,
    rank: OWN * scored[i]!.logProb + (1 - OWN) * Math.log(Math.max(0.01, score)) * SHARPER,
  }));
  return ranked.sort((a, b) => b.rank - a.rank)[0]!.name;
}

const SHARPER = 4;

/** Whether a rationale names it, and no longer name that only begins alike. */
export function names(rationale: string, name: string, { beginning, names: others }: Suspects): boolean {
  const says = (other: string): boolean => plain(rationale).startsWith(plain(`${beginning} ${other}`));
  return says(name) && !others.some((other) => other.name.length > name.length && says(other.name));
}

/** The rest of a rationale that begins with the name, and its answer; token log-probabilities of that rest. */
export async function goingOn(
  name: string,
  { beginning }: Suspects,
  prompt: string,
  generate: (prompt: string, options: GenerateOptions) => Promise<Generation>,
  how: GenerateOptions,
): Promise<Generation> {
  const begun = renderBeginning(`${beginning} ${name}`);
  how.onText?.(begun);
  const rest = await generate(prompt + begun, { ...how, stop: [END] });
  return { ...rest, text: begun + rest.text };
}

/** "name; first check" with the name that the rationale gives and, of the checks in the context, the one that was meant. */
export function spelled(said: string, name: string, context: readonly string[]): string {
  const { answer } = parseCompletion(said.includes(ANSWER) ? said : `${ANSWER}${said}`);
  const line = context.map(plain).find((fact) => fact.includes(`, ${plain(name)} checks: `));
  const [, ...first] = answer.split('; first ');
  if (!line) return first.length ? `${name}; first ${first.join('; first ')}` : name;
  const checks = line
    .slice(line.indexOf(' checks: ') + ' checks: '.length)
    .replace(/\.$/, '')
    .split('; ');
  const words = (text: string): Set<string> => new Set(text.match(/[\p{L}\d]+/gu) ?? []);
  const meant = words(first.join(' '));
  const shared = (check: string): number => [...words(check)].filter((word) => meant.has(word)).length;
  const [best] = [...checks].sort((a, b) => shared(b) - shared(a));
  return `${name}; first ${shared(best!) > 0 ? best : checks[0]}`;
}
