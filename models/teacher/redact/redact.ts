/**
 * Takes out of a text what must not leave the machine, and puts it back into the reply: each thing gets a placeholder
 * (`[PERSON_1]`), the same thing the same one throughout a conversation. What counts as such a thing is found by the
 * files beside this one; this file only replaces. The table of placeholders stays in memory and is never written down.
 */
import { contactsIn } from './contacts.ts';
import { type NameHints, namesIn } from './names.ts';
import { secretsIn } from './secrets.ts';
import type { Kind, Span } from './span.ts';
import { termFinder, termsIn } from './terms.ts';

export type { Kind } from './span.ts';

export interface RedactorOptions extends NameHints {
  /** The plant's own words that stay here: company, site, project. */
  words?: readonly string[];
  /** Tags of the register, where these shall not leave either. */
  tags?: readonly string[];
}

/** One conversation's placeholders. */
export interface Redaction {
  redact(text: string): string;
  /** Strings anywhere within; keys stay. */
  redactAll<T>(value: T): T;
  restore(text: string): string;
  restoreAll<T>(value: T): T;
  /** How many different things were taken out, by kind. */
  taken(): Partial<Record<Kind, number>>;
}

export type Redactor = () => Redaction;

/** What looks like one of ours in the text itself is taken out too, so that only ours come back. */
const PLACEHOLDER = /\[([A-Z]+)_(\d+)\]/g;

export function makeRedactor(options: RedactorOptions = {}): Redactor {
  const words = termFinder(options.words ?? []);
  const tags = termFinder(options.tags ?? []);
  const found = (text: string): Span[] => [
    ...spansOf(text, PLACEHOLDER, 'TEXT'),
    ...secretsIn(text),
    ...contactsIn(text),
    ...termsIn(text, words, 'WORD'),
    ...termsIn(text, tags, 'TAG'),
    ...namesIn(text, options),
  ];
  return () => conversation((text) => apart(found(text)));
}

function conversation(find: (text: string) => Span[]): Redaction {
  const byText = new Map<string, string>();
  const byPlaceholder = new Map<string, string>();
  const counts: Partial<Record<Kind, number>> = {};

  const placeholderOf = (kind: Kind, text: string): string => {
    const key = `${kind} ${text.toLowerCase()}`;
    const known = byText.get(key);
    if (known) return known;
    counts[kind] = (counts[kind] ?? 0) + 1;
    const placeholder = `[${kind}_${counts[kind]}]`;
    byText.set(key, placeholder);
    byPlaceholder.set(placeholder, text);
    return placeholder;
  };

  const redact = (text: string): string => {
    let out = '';
    let at = 0;
    for (const { start, end, kind } of find(text)) {
      out += text.slice(at, start) + placeholderOf(kind, text.slice(start, end));
      at = end;
    }
    return out + text.slice(at);
  };
  const restore = (text: string): string =>
    text.replace(PLACEHOLDER, (placeholder) => byPlaceholder.get(placeholder) ?? placeholder);

  return {
    redact,
    redactAll: (value) => mapStrings(value, redact),
    restore,
    restoreAll: (value) => mapStrings(value, restore),
    taken: () => ({ ...counts }),
  };
}

function spansOf(text: string, pattern: RegExp, kind: Kind): Span[] {
  return [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length, kind }));
}

/** Of what overlaps, what begins first (of these the longest) stays, grown to the end of what it cuts through. */
function apart(spans: readonly Span[]): Span[] {
  const sorted = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Span[] = [];
  for (const span of sorted) {
    const last = kept.at(-1);
    if (!last || span.start >= last.end) kept.push({ ...span });
    else if (span.end > last.end) last.end = span.end;
  }
  return kept;
}

function mapStrings<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (Array.isArray(value)) return value.map((one) => mapStrings(one, map)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapStrings(one, map)])) as T;
}
