/**
 * Brings a student of an earlier prompt form to the present one, so that a round can go on from what it knows: its
 * vocabulary gets the markers and grades it lacks, in place of the words it learned last, and their embeddings start from
 * the nearest thing it had. The size stays. It trains nothing: the round that follows does.
 */
import { PRE_TOKENIZER, type TokenizerJson } from '../student/bpe.ts';
import type { Weights } from '../student/decoder.ts';
import { GRADES, SPECIAL_TOKENS } from '../student/prompt.ts';
import { readTokenizer } from '../student/student.ts';
import { loadTokenizer } from '../student/tokenizer.ts';

const EMBEDDING = 'model.embed_tokens.weight';
const SPACE = 'Ġ'; // the byte-level stand-in of a space

interface Formed {
  tokenizerJson: TokenizerJson;
  weights: Weights;
}

/** The same objects when nothing is missing. */
export function broughtToForm(tokenizerJson: TokenizerJson, weights: Weights): Formed {
  const known = loadTokenizer(tokenizerJson);
  if ([...SPECIAL_TOKENS, ...GRADES].every((token) => known.encode(token).length === 1)) {
    return { tokenizerJson, weights };
  }
  const { vocab, merges } = tokenizerJson.model;
  const old = byId(vocab);
  const special = new Set(tokenizerJson.added_tokens.map(({ content }) => content));
  const words = old.filter((token) => !special.has(token));
  const digits = GRADES.map((grade) => `${SPACE}${grade.trim()}`).filter((token) => !(token in vocab));
  // What was merged last is part of nothing else.
  const room = digits.length + SPECIAL_TOKENS.length - special.size;
  const kept = words.slice(0, words.length - room);
  const tokens = [...SPECIAL_TOKENS, ...kept, ...digits];
  const keptMerges = merges.slice(0, merges.length - room);
  const added = digits.map((token) => `${SPACE} ${token.slice(1)}`);
  return {
    tokenizerJson: {
      ...tokenizerJson,
      added_tokens: SPECIAL_TOKENS.map((content, id) => ({ ...tokenizerJson.added_tokens[0]!, id, content })),
      pre_tokenizer: PRE_TOKENIZER,
      model: {
        ...tokenizerJson.model,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: [...keptMerges, ...added],
      },
    },
    weights: new Map([...weights, [EMBEDDING, embeddings(weights.get(EMBEDDING)!, vocab, tokens)]]),
  };
}

/** A row a token: its own where it had one, else the mean of its parts, else the mean of all markers. */
function embeddings(
  rows: Float32Array,
  vocab: Readonly<Record<string, number>>,
  tokens: readonly string[],
): Float32Array {
  const width = rows.length / Object.keys(vocab).length;
  const out = new Float32Array(tokens.length * width);
  const markers = Object.keys(vocab).filter((token) => token.startsWith('<|'));
  tokens.forEach((token, id) => {
    const parts = token in vocab ? [token] : token.startsWith('<|') ? markers : [...token];
    for (const part of parts) {
      const from = vocab[part]! * width;
      for (let i = 0; i < width; i++) out[id * width + i]! += rows[from + i]! / parts.length;
    }
  });
  return out;
}

function byId(vocab: Readonly<Record<string, number>>): string[] {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocab)) tokens[id] = token;
  return tokens;
}

/** A student of an earlier form, or of another maker, lacks its markers and cannot be asked the same questions. */
export async function readsOurForm(folder: string): Promise<boolean> {
  const { tokenizer } = await readTokenizer(folder);
  return [...SPECIAL_TOKENS, ...GRADES].every((token) => tokenizer.encode(token).length === 1);
}
