/** Words and tags that a plant has listed, found whatever their case, blanks and hyphens: `P-101`, `p 101`, `P101`. */
import type { Kind, Span } from './span.ts';

/** Undefined for an empty list. */
export function termFinder(terms: readonly string[]): RegExp | undefined {
  const patterns = terms
    .map((term) => term.trim())
    .filter((term) => /[\p{L}\p{N}]/u.test(term))
    .sort((a, b) => b.length - a.length)
    .map((term) =>
      (term.match(/\p{L}+|\p{N}+/gu) ?? [])
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('[\\s._/-]*'),
    );
  return patterns.length > 0
    ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${patterns.join('|')})(?![\\p{L}\\p{N}])`, 'giu')
    : undefined;
}

export function termsIn(text: string, finder: RegExp | undefined, kind: Kind): Span[] {
  if (!finder) return [];
  return [...text.matchAll(finder)].map((match) => ({ start: match.index, end: match.index + match[0].length, kind }));
}
