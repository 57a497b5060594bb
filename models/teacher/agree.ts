/** Whether two answers to one question say the same: the same options, the same names from the sheets, or nearly the same words. */
import type { Matcher } from '../knowledge/names.ts';
import { contentStems } from '../knowledge/words.ts';
import type { Topic } from './types.ts';

export type Agree = (a: string, b: string, question: { options?: readonly string[]; topic: Topic }) => boolean;

/** Share of content words that two answers must have in common where neither names a fault or reading. */
const SAME_WORDS = 0.5;

export function agreement(matcher: Matcher): Agree {
  return (a, b, { options, topic }) => {
    if (plain(a) === plain(b)) return true;
    if (options?.length) return parts(a) === parts(b);
    const named = (text: string): [faults: string, parameters: string] => {
      const found = matcher.find(text, topic);
      const names = (matches: readonly { name: string }[]): string =>
        [...new Set(matches.map(({ name }) => name))].sort().join('; ');
      return [names(found.faults), names(found.parameters)];
    };
    const [faultsA, parametersA] = named(a);
    const [faultsB, parametersB] = named(b);
    // A diagnosis is its fault; what is to be looked at besides may differ.
    if (faultsA !== faultsB && (adds(faultsA, topic.faults) || adds(faultsB, topic.faults))) return false;
    if (faultsA !== '' && faultsA === faultsB && adds(faultsA, topic.faults)) return true;
    if (parametersA !== '' && parametersA === parametersB) return true;
    return overlap(a, b) >= SAME_WORDS;
  };
}

/** Names a fault that the question did not. */
function adds(faults: string, asked: readonly string[]): boolean {
  return faults !== '' && faults.split('; ').some((fault) => !asked.includes(fault));
}

function parts(answer: string): string {
  return answer.split(';').map(plain).sort().join(';');
}

function plain(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[.\s]+$/, '');
}

function overlap(a: string, b: string): number {
  const [x, y] = [new Set(contentStems(a)), new Set(contentStems(b))];
  const shared = [...x].filter((stem) => y.has(stem)).length;
  return shared / Math.max(1, Math.min(x.size, y.size));
}
