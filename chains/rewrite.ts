/**
 * The question as the student was taught to read it: tags with their class, misspelled names mended, and a follow-up made
 * whole. Only names come from the thread, never its words.
 */
import type { Found } from '../models/knowledge/names.ts';
import type { Asset } from '../models/knowledge/types.ts';
import type { Topic } from './types.ts';

export interface Leaning {
  followUp: boolean;
  /** The question names a fault itself. */
  namesFault: boolean;
  /** Readings that the thread spoke of before, to which the question adds. */
  earlier: readonly string[];
}

export function rewrite(text: string, found: Found, topic: Topic, how: Leaning): string {
  const tagged = replaceSpans(text, [
    ...found.tags.map((match) => ({ ...match, by: withClass(text, match.start, match.end, match.asset) })),
    ...[...found.faults, ...found.parameters]
      .filter((match) => match.how === 'typo' && match.resolved)
      .map((match) => ({ ...match, by: match.name })),
  ]);
  if (!how.followUp || !topic.asset) return tagged;
  const machine = topic.tag ? `${topic.tag} (${topic.asset})` : `the ${topic.asset}`;
  const rest = tagged.replace(/^\s*(?:and|so|but|ok(?:ay)?|then|also)\b[\s,]*/i, '').trim();
  if (how.earlier.length) return `${machine}: ${how.earlier.map((name) => `${name} is abnormal`).join(', ')}, ${rest}`;
  const [fault] = topic.faults;
  if (fault && !how.namesFault) return `${fault} on ${machine}, ${rest}`;
  return `${machine}: ${rest}`;
}

/** "P-101" → "P-101 (pump)", unless the class stands beside it already. */
function withClass(text: string, start: number, end: number, asset: Asset): string {
  const beside = text.slice(Math.max(0, start - asset.class.length - 2), end + asset.class.length + 3).toLowerCase();
  return beside.includes(asset.class) ? text.slice(start, end) : `${asset.tag} (${asset.class})`;
}

function replaceSpans(text: string, spans: readonly { start: number; end: number; by: string }[]): string {
  let result = text;
  let from = Number.POSITIVE_INFINITY;
  for (const span of [...spans].sort((a, b) => b.start - a.start)) {
    if (span.end > from) continue;
    result = result.slice(0, span.start) + span.by + result.slice(span.end);
    from = span.start;
  }
  return result;
}
