/** Finds tags of machines in a text: those of the register, and those that only look like one. */
import { plainTag, type Register } from './register.ts';
import type { Asset } from './types.ts';

export interface TagSpan {
  start: number;
  end: number;
  text: string;
  /** Absent: looks like a tag, but the register has none such. */
  asset?: Asset;
}

export interface TagFinder {
  find(text: string): TagSpan[];
}

/** A run that could belong to a tag: letters and digits, held together by single hyphens, dots, slashes, underscores. */
const PIECE = /[\p{L}\p{N}]+/gu;
const LOOKS_LIKE = [
  // P-999, 11-P-999A, TK-12
  /^\d{0,4}-?[A-Z]{1,4}-\d{2,5}[A-Z]{0,2}(?:\/[A-Z])?$/,
  // P999, PU1204B
  /^[A-Z]{1,3}\d{3,5}[A-Z]?$/,
  // p-999, p999a
  /^[a-z]{1,4}-\d{2,5}[a-z]?$/,
  /^[a-z]{1,2}\d{3,5}[a-z]?$/,
];
/** Standards, grades, sizes, chemicals and the like, which have letters and digits too. */
const NO_TAG =
  /^(?:iso|iec|api|din|en|bs|nfpa|ieee|astm|asme|ansi|vdi|vdma|nema|atex|sae|vg|ip|ie|ik|dn|pn|nps|sch|mp|pm|co|no|so|covid|usb|rs|f|r(?:22|134|404|407|410|507)|nu|nj|skf|rev|page|fig|ch|day|hw|hb|hrc|m[1-9]|l10|b10)-?\d*[a-z]?$/i;
const STANDARD =
  /\b(?:ISO|IEC|API|DIN|EN|BS|NFPA|IEEE|ASTM|ASME|ANSI|VDI|VDMA|NEMA|SAE|VG|SKF|FAG|UN|IP|DN|PN|class|zone)[\s/-]*$/i;
const UNIT_AFTER =
  /^\s*(?:bar|mm|rpm|hz|°|deg|kw|mw|kv|v|a|amps?|%|percent|hours?|h|min|minutes?|days?|weeks?|months?|years?|times?|x)\b/i;

export function tagFinder(register: Register): TagFinder {
  const prefixes = new Set(register.assets.map((asset) => /^\p{L}+/u.exec(plainTag(asset.tag))?.[0] ?? ''));
  const shapes = new Set(register.assets.map((asset) => shapeOf(plainTag(asset.tag))));
  const mostPieces = Math.max(1, ...register.assets.map((asset) => [...looselyCut(asset.tag)].length));

  return {
    find(text) {
      if (!/\d/.test(text) && register.assets.every((asset) => /\d/.test(asset.tag))) return [];
      const pieces = [...text.matchAll(PIECE)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
      }));
      const found: TagSpan[] = [];
      for (let i = 0; i < pieces.length; i++) {
        const known = knownAt(text, pieces, i, mostPieces, register);
        const hit = known ?? strangerAt(text, pieces, i, prefixes, shapes);
        if (!hit) continue;
        found.push(hit.span);
        i = hit.last;
      }
      return found;
    },
  };
}

/** `P101A` → `P999`: its letters, and how many digits follow. */
function shapeOf(tag: string): string {
  return (/^\p{L}+\d+/u.exec(tag)?.[0] ?? tag).replace(/\d/g, '9');
}

interface Piece {
  start: number;
  end: number;
}

/** Letters and digits apart, as people may write them: `P101` → `P`, `101`. */
function looselyCut(tag: string): RegExpMatchArray | [] {
  return tag.match(/\p{L}+|\p{N}+/gu) ?? [];
}

function knownAt(
  text: string,
  pieces: readonly Piece[],
  from: number,
  mostPieces: number,
  register: Register,
): { span: TagSpan; last: number } | undefined {
  const first = text.slice(pieces[from]!.start, pieces[from]!.end);
  for (let last = Math.min(pieces.length, from + mostPieces) - 1; last >= from; last--) {
    if (!heldTogether(text, pieces, from, last)) continue;
    const span = { start: pieces[from]!.start, end: pieces[last]!.end };
    const written = text.slice(span.start, span.end);
    if (!/\d/.test(written) && written !== written.toUpperCase()) continue;
    // "a 12 bar line" does not speak of a machine A-12.
    if (/\s/.test(written) && /^(?:a|i|at|in|on|to|is|of|by|no|or|so|up)$/.test(first)) continue;
    // The s of "that's 5"; a quotation mark before a tag is none of it.
    if (/\p{L}['’]$/u.test(text.slice(Math.max(0, span.start - 2), span.start)) || /^[a-z]+\s+\d$/.test(written))
      continue;
    if (/\s/.test(written) && UNIT_AFTER.test(text.slice(span.end, span.end + 12))) continue;
    const asset = register.find(written);
    if (asset) return { span: { ...span, text: written, asset }, last };
  }
  return undefined;
}

function heldTogether(text: string, pieces: readonly Piece[], from: number, last: number): boolean {
  for (let i = from; i < last; i++) {
    if (!/^(?:[\s]?[-_./–]?[\s]?)$/.test(text.slice(pieces[i]!.end, pieces[i + 1]!.start))) return false;
  }
  return true;
}

function strangerAt(
  text: string,
  pieces: readonly Piece[],
  from: number,
  prefixes: ReadonlySet<string>,
  shapes: ReadonlySet<string>,
): { span: TagSpan; last: number } | undefined {
  let last = from;
  while (last + 1 < pieces.length && /^[-/]$/.test(text.slice(pieces[last]!.end, pieces[last + 1]!.start))) last += 1;
  const { start } = pieces[from]!;
  const written = text.slice(start, pieces[last]!.end);
  const before = text.slice(Math.max(0, start - 12), start);
  if (STANDARD.test(before) || /[-/\d.]$/.test(before)) return undefined;
  if (NO_TAG.test(written) || NO_TAG.test(written.replace(/-/g, ''))) return undefined;
  const short = /^([A-Za-z]{1,4})-\d[A-Za-z]?$/.exec(written);
  if (LOOKS_LIKE.some((form) => form.test(written)) || (short && prefixes.has(short[1]!.toUpperCase()))) {
    return { span: { start, end: pieces[last]!.end, text: written }, last };
  }
  // "P 999" counts when the plant names machines so, "C 50" beside C-301 does not.
  const next = pieces[from + 1];
  if (last === from && next && /^[A-Z]{1,3}$/.test(written) && prefixes.has(written)) {
    const number = text.slice(next.start, next.end);
    if (
      text.slice(pieces[from]!.end, next.start) === ' ' &&
      /^\d{2,5}[A-Z]?$/.test(number) &&
      shapes.has(shapeOf(`${written}${number}`)) &&
      !UNIT_AFTER.test(text.slice(next.end, next.end + 12))
    ) {
      return { span: { start, end: next.end, text: text.slice(start, next.end) }, last: from + 1 };
    }
  }
  return undefined;
}
