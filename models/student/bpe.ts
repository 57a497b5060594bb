/**
 * Learns a byte-level BPE vocabulary from texts, as a Hugging Face `tokenizer.json`. It knows neither plants nor
 * the decoder; tokenizer.ts reads what this writes.
 *
 * Byte-pair encoding after Sennrich et al. 2016 (arXiv 1508.07909), on bytes as in GPT-2. Digits stand alone, so
 * that a tag or a reading is spelt the same way wherever it appears. Equal texts give equal vocabularies.
 */
import { BadInput } from '../errors.ts';

export interface TokenizerJson {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: AddedToken[];
  normalizer: null;
  pre_tokenizer: unknown;
  post_processor: null;
  decoder: unknown;
  model: {
    type: 'BPE';
    dropout: null;
    unk_token: null;
    continuing_subword_prefix: null;
    end_of_word_suffix: null;
    fuse_unk: false;
    byte_fallback: false;
    ignore_merges: false;
    vocab: Record<string, number>;
    merges: string[];
  };
}

export interface AddedToken {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

export interface BpeOptions {
  /** Most tokens in all, special ones included. Fewer come out when the texts hold too few repeated pairs. */
  vocabSize: number;
  /** Take ids 0, 1, 2 … in this order. */
  specialTokens: readonly string[];
  /** A pair seen less often than this is not worth a token; default 2. */
  minCount?: number;
}

/** Ids: the special tokens, then the 256 bytes, then one token a merge. Throws BadInput on a vocabulary too small. */
export function trainBpe(
  texts: Iterable<string>,
  { vocabSize, specialTokens, minCount = 2 }: BpeOptions,
): TokenizerJson {
  const firstByte = specialTokens.length;
  if (vocabSize < firstByte + 256 || vocabSize > 65_536) {
    throw new BadInput(`[bpe] vocabSize ${vocabSize}: give ${firstByte + 256} to 65536 (special tokens and 256 bytes)`);
  }
  const words = countWords(texts, specialTokens, firstByte);
  const merges = learnMerges(words, firstByte + 256, vocabSize, minCount);
  return tokenizerJson(specialTokens, merges);
}

/** Splits text into the units inside which pairs merge. `\p{White_Space}` because `\s` differs between Rust and JavaScript. */
const PRE_TOKEN =
  "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}+| ?[^\\p{White_Space}\\p{L}\\p{N}]+|\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+";

export const PRE_TOKENIZER = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: PRE_TOKEN }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
};

export function preTokenPattern(): RegExp {
  return new RegExp(PRE_TOKEN, 'gu');
}

/** Matches any of the tokens, the longest first; matches nothing when there are none. */
export function anyOf(tokens: readonly string[]): RegExp {
  const escaped = [...tokens]
    .sort((a, b) => b.length - a.length)
    .map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(escaped.length ? `(${escaped.join('|')})` : '((?!))', 'u');
}

/** GPT-2's printable stand-in for each byte: visible Latin-1 stays itself, the rest moves to U+0100 and up. */
export const BYTE_CHARS: readonly string[] = (() => {
  const visible = (b: number) => (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  let moved = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(visible(b) ? b : moved++));
})();

interface Word {
  ids: number[];
  count: number;
}

/** Longer units (rules of dashes, base64) would cost time and make tokens nobody meets again. */
const LONGEST_WORD_BYTES = 64;

function countWords(texts: Iterable<string>, specialTokens: readonly string[], firstByte: number): Word[] {
  const special = anyOf(specialTokens);
  const isSpecial = new Set(specialTokens);
  const pattern = preTokenPattern();
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const part of text.split(special)) {
      if (!part || isSpecial.has(part)) continue;
      for (const [word] of part.matchAll(pattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const utf8 = new TextEncoder();
  const words: Word[] = [];
  for (const [word, count] of counts) {
    const bytes = utf8.encode(word);
    if (bytes.length > 1 && bytes.length <= LONGEST_WORD_BYTES) {
      words.push({ ids: Array.from(bytes, (b) => firstByte + b), count });
    }
  }
  return words;
}

/** Merges the most frequent pair again and again; on equal counts the pair of lower ids, whatever the words' order. */
function learnMerges(words: Word[], firstNew: number, vocabSize: number, minCount: number): [number, number][] {
  const counts = new Map<number, number>();
  const homes = new Map<number, Set<number>>(); // pair → words that may hold it
  const bump = (pair: number, by: number, word: number) => {
    counts.set(pair, (counts.get(pair) ?? 0) + by);
    if (by < 0) return;
    const at = homes.get(pair);
    if (at) at.add(word);
    else homes.set(pair, new Set([word]));
  };
  for (const [w, { ids, count }] of words.entries()) {
    for (let i = 1; i < ids.length; i++) bump(key(ids[i - 1]!, ids[i]!), count, w);
  }
  const heap = new PairHeap();
  for (const [pair, count] of counts) heap.push(pair, count);

  const merges: [number, number][] = [];
  for (let id = firstNew; id < vocabSize; ) {
    const top = heap.pop();
    if (!top || top.count < minCount) break;
    if (counts.get(top.pair) !== top.count) continue; // an older entry; the newer one is in the heap too
    const a = Math.floor(top.pair / 65_536);
    const b = top.pair % 65_536;
    const touched = new Set<number>();
    for (const w of homes.get(top.pair) ?? []) {
      const { ids, count } = words[w]!;
      const merged: number[] = [];
      for (let i = 0; i < ids.length; i++) {
        if (ids[i] === a && ids[i + 1] === b) {
          merged.push(id);
          i++;
        } else merged.push(ids[i]!);
      }
      if (merged.length === ids.length) continue;
      for (let i = 1; i < ids.length; i++) {
        const pair = key(ids[i - 1]!, ids[i]!);
        bump(pair, -count, w);
        touched.add(pair);
      }
      for (let i = 1; i < merged.length; i++) {
        const pair = key(merged[i - 1]!, merged[i]!);
        bump(pair, count, w);
        touched.add(pair);
      }
      words[w]!.ids = merged;
    }
    counts.delete(top.pair);
    homes.delete(top.pair);
    touched.delete(top.pair);
    for (const pair of touched) {
      const count = counts.get(pair)!;
      if (count > 0) heap.push(pair, count);
      else {
        counts.delete(pair);
        homes.delete(pair);
      }
    }
    merges.push([a, b]);
    id++;
  }
  return merges;
}

const key = (a: number, b: number) => a * 65_536 + b;

function tokenizerJson(specialTokens: readonly string[], merges: [number, number][]): TokenizerJson {
  const tokens = [...specialTokens, ...BYTE_CHARS];
  const written: string[] = [];
  for (const [a, b] of merges) {
    written.push(`${tokens[a]} ${tokens[b]}`);
    tokens.push(tokens[a]! + tokens[b]!);
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: PRE_TOKENIZER,
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: written,
    },
  };
}

/** A binary heap of (pair, count): the largest count first, then the smallest pair. */
class PairHeap {
  private readonly pairs: number[] = [];
  private readonly counts: number[] = [];

  push(pair: number, count: number): void {
    let i = this.pairs.length;
    this.pairs.push(pair);
    this.counts.push(count);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  pop(): { pair: number; count: number } | undefined {
    if (!this.pairs.length) return undefined;
    this.swap(0, this.pairs.length - 1);
    const top = { pair: this.pairs.pop()!, count: this.counts.pop()! };
    for (let i = 0; ; ) {
      let first = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.pairs.length && this.before(child, first)) first = child;
      }
      if (first === i) return top;
      this.swap(i, first);
      i = first;
    }
  }

  private before(i: number, j: number): boolean {
    const byCount = this.counts[i]! - this.counts[j]!;
    return byCount !== 0 ? byCount > 0 : this.pairs[i]! < this.pairs[j]!;
  }

  private swap(i: number, j: number): void {
    [this.pairs[i], this.pairs[j]] = [this.pairs[j]!, this.pairs[i]!];
    [this.counts[i], this.counts[j]] = [this.counts[j]!, this.counts[i]!];
  }
}
