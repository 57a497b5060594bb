/** Small helpers for sentences that people read. They know nothing of plants. */

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** With a capital letter and a full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const capital = trimmed[0]!.toUpperCase() + trimmed.slice(1);
  return /[.?!…]$/.test(capital) ? capital : `${capital}.`;
}

/** Sentences one after the other; empty ones left out. */
export function paragraph(...sentences: string[]): string {
  return sentences.map(sentence).filter(Boolean).join(' ');
}

export function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
