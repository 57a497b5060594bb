/**
 * Text to token ids and back, for our own vocabularies and for any `tokenizer.json` that @huggingface/tokenizers
 * reads. Our own kind takes a short cut: units between special tokens are looked up in a cache, so that millions of
 * training tokens are encoded in seconds. It does not know what the special tokens mean.
 */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { BadInput } from '../errors.ts';
import { anyOf, BYTE_CHARS, PRE_TOKENIZER, preTokenPattern } from './bpe.ts';

export interface Tokenizer {
  /** The highest id plus one. */
  readonly vocabSize: number;
  /** Special tokens in the text become their ids; nothing is added at either end. */
  encode(text: string): number[];
  /** `skipSpecial` leaves out special tokens; default false. */
  decode(ids: readonly number[], options?: { skipSpecial?: boolean }): string;
  /** Text as tokens arrive: never half a character. `end` gives what was still held back. */
  stream(options?: { skipSpecial?: boolean }): { push(id: number): string; end(): string };
  id(token: string): number | undefined;
  isSpecial(id: number): boolean;
}

/** `json`: the parsed `tokenizer.json`; `config`: the parsed `tokenizer_config.json`. Throws BadInput when unreadable. */
export function loadTokenizer(json: unknown, config: unknown = {}): Tokenizer {
  const library = read(json, config);
  const source = json as Source;
  const added = source.added_tokens ?? [];
  const special = new Set(added.filter((token) => token.special).map((token) => token.id));
  const vocab = library.get_vocab();
  const vocabSize = Math.max(...vocab.values()) + 1;
  const text = source.decoder?.type === 'ByteLevel' ? byteText(vocab, vocabSize, added) : libraryText(library);
  const kept = (ids: readonly number[], skip: boolean) => (skip ? ids.filter((id) => !special.has(id)) : ids);
  return {
    vocabSize,
    encode: isOurs(source) ? cachedEncode(library, added) : (input) => encodeWhole(library, input),
    decode: (ids, { skipSpecial = false } = {}) => text.decode(kept(ids, skipSpecial)),
    stream: ({ skipSpecial = false } = {}) => {
      const stream = text.stream();
      return { push: (id) => (skipSpecial && special.has(id) ? '' : stream.push(id)), end: stream.end };
    },
    id: (token) => library.token_to_id(token),
    isSpecial: (id) => special.has(id),
  };
}

interface Source {
  added_tokens?: { id: number; content: string; special: boolean; lstrip: boolean; rstrip: boolean }[];
  normalizer?: unknown;
  pre_tokenizer?: unknown;
  decoder?: { type?: string } | null;
  model?: { type?: string };
}

interface TextSide {
  decode(ids: readonly number[]): string;
  stream(): { push(id: number): string; end(): string };
}

function read(json: unknown, config: unknown): Library {
  try {
    return new Library(json as object, { ...(config as object), clean_up_tokenization_spaces: false });
  } catch (cause) {
    throw new BadInput(`[tokenizer] tokenizer.json cannot be read (${(cause as Error).message}): export it again`, {
      cause,
    });
  }
}

/** Only then does a unit alone encode as it does inside a text. */
function isOurs(source: Source): boolean {
  return (
    source.model?.type === 'BPE' &&
    source.normalizer === null &&
    JSON.stringify(source.pre_tokenizer) === JSON.stringify(PRE_TOKENIZER) &&
    (source.added_tokens ?? []).every((token) => !token.lstrip && !token.rstrip)
  );
}

const encodeWhole = (library: Library, text: string) => library.encode(text, { add_special_tokens: false }).ids;

const MOST_CACHED_UNITS = 200_000;

function cachedEncode(library: Library, added: { id: number; content: string }[]): (text: string) => number[] {
  const split = anyOf(added.map((token) => token.content));
  const idOf = new Map(added.map((token) => [token.content, token.id]));
  const pattern = preTokenPattern();
  const cache = new Map<string, number[]>();
  const unit = (word: string): number[] => {
    const known = cache.get(word);
    if (known) return known;
    const ids = encodeWhole(library, word);
    if (cache.size >= MOST_CACHED_UNITS) cache.clear();
    if (word.length <= 64) cache.set(word, ids);
    return ids;
  };
  return (text) => {
    const out: number[] = [];
    for (const part of text.split(split)) {
      const id = idOf.get(part);
      if (id !== undefined) out.push(id);
      else for (const [word] of part.matchAll(pattern)) for (const piece of unit(word)) out.push(piece);
    }
    return out;
  };
}

const utf8 = () => new TextDecoder('utf-8', { ignoreBOM: true });

/** Byte-level vocabularies: every token is a run of bytes, so characters complete themselves across tokens. */
function byteText(vocab: Map<string, number>, vocabSize: number, added: { id: number; content: string }[]): TextSide {
  const byteOf = new Map(BYTE_CHARS.map((char, byte) => [char, byte]));
  const bytes: Uint8Array[] = Array.from({ length: vocabSize }, () => new Uint8Array(0));
  for (const [token, id] of vocab) bytes[id] = Uint8Array.from(token, (char) => byteOf.get(char) ?? 0x3f);
  for (const { id, content } of added) bytes[id] = new TextEncoder().encode(content);
  const none = new Uint8Array(0);
  const stream = () => {
    const decoder = utf8();
    return {
      push: (id: number) => decoder.decode(bytes[id] ?? none, { stream: true }),
      end: () => decoder.decode(),
    };
  };
  const decode = (ids: readonly number[]) => {
    const { push, end } = stream();
    let text = '';
    for (const id of ids) text += push(id);
    return text + end();
  };
  return { decode, stream };
}

/** Any other kind: decode the whole again and hand out what is new, once it no longer ends inside a character. */
function libraryText(library: Library): TextSide {
  const decode = (ids: readonly number[]) => (ids.length ? library.decode([...ids]) : '');
  const stream = () => {
    const ids: number[] = [];
    let given = 0;
    const rest = (text: string) => {
      const piece = text.slice(given);
      given = text.length;
      return piece;
    };
    return {
      push: (id: number) => {
        ids.push(id);
        const text = decode(ids);
        return text.endsWith('\uFFFD') ? '' : rest(text);
      },
      end: () => rest(decode(ids)),
    };
  };
  return { decode, stream };
}
