/** A stretch of text that stays on the machine, and what it is. UTF-16 offsets. */
export interface Span {
  start: number;
  end: number;
  kind: Kind;
}

export type Kind =
  | 'PERSON'
  | 'EMAIL'
  | 'PHONE'
  | 'SECRET'
  /** Street, post code and town. */
  | 'ADDRESS'
  /** IP and MAC addresses, host names, links. */
  | 'NETWORK'
  /** Bank accounts, cards, personnel numbers. */
  | 'NUMBER'
  | 'TAG'
  | 'WORD'
  | 'TEXT';

/** All matches of a pattern; `group` names the part that is meant, where it is not the whole. */
export function matches(
  text: string,
  pattern: RegExp,
  kind: Kind,
  fits?: (match: RegExpMatchArray) => boolean,
): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(pattern)) {
    if (fits && !fits(match)) continue;
    const part = match.groups?.what;
    const start = match.index + (part === undefined ? 0 : match[0].lastIndexOf(part));
    spans.push({ start, end: start + (part ?? match[0]).length, kind });
  }
  return spans;
}
