/**
 * The student as one GGUF file (version 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), which llama.cpp
 * and what is built on it run: configuration, vocabulary and weights together. It runs nothing.
 */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BadInput } from '../errors.ts';
import { writeAtomically } from '../files.ts';
import { PRE_TOKENIZER, type TokenizerJson } from './bpe.ts';
import type { DecoderConfig } from './config.ts';
import { weightShapes } from './decoder.ts';
import { END } from './prompt.ts';
import { BLOCK, quantizeBlocks, ZERO } from './quantize.ts';
import { type ReadStudent, readStudent } from './student.ts';
import { toFloat16 } from './weights.ts';

/** How matrices are stored. `f16`: as the folder has them; `q8_0`: blocks of 32 bytes with a 16-bit scale. Norms are float32. */
export type GgufPrecision = 'f16' | 'q8_0';

/**
 * Writes the student in `folder`, every checksum verified, to the new file `path`. Throws BadInput when the file is there
 * or the vocabulary is split in another way than ours, which llama.cpp could not be told.
 */
export async function writeGguf(folder: string, path: string, precision: GgufPrecision): Promise<void> {
  const target = resolve(path);
  if (await stat(target).catch(() => null)) throw new BadInput(`[gguf] ${target} is there already: name a new file`);
  const student = await readStudent(folder);
  const names = (await readJson(folder, 'tokenizer_config.json')) as TokenNames;
  const metadata = { ...general(student, precision), ...shape(student.config), ...vocabulary(student, names, folder) };
  await writeAtomically(target, encodeGguf(metadata, tensors(student, precision))).catch((cause) => {
    throw new BadInput(`[gguf] ${target} cannot be written (${cause.code}): name another file`, { cause });
  });
}

/** What the file says of the student, under the names that llama.cpp looks for. */
type Metadata = Record<string, Value>;
type Value = string | boolean | string[] | { uint32: number } | { float32: number } | { int32s: number[] };

function general({ card }: ReadStudent, precision: GgufPrecision): Metadata {
  return {
    'general.architecture': 'llama',
    'general.type': 'model',
    'general.name': card.name,
    'general.size_label': `${(card.parameters / 1e6).toFixed(1)}M`,
    'general.file_type': { uint32: FILE_TYPES[precision] },
    'general.quantization_version': { uint32: 2 },
    'rounds.student.id': card.id,
  };
}

const FILE_TYPES: Record<GgufPrecision, number> = { f16: 1, q8_0: 7 };

function shape(config: DecoderConfig): Metadata {
  return {
    'llama.vocab_size': { uint32: config.vocabSize },
    'llama.context_length': { uint32: config.maxPositions },
    'llama.embedding_length': { uint32: config.hiddenSize },
    'llama.block_count': { uint32: config.layers },
    'llama.feed_forward_length': { uint32: config.ffnSize },
    'llama.attention.head_count': { uint32: config.heads },
    'llama.attention.head_count_kv': { uint32: config.heads },
    'llama.attention.key_length': { uint32: config.headDim },
    'llama.attention.value_length': { uint32: config.headDim },
    'llama.attention.layer_norm_rms_epsilon': { float32: config.rmsEps },
    'llama.rope.dimension_count': { uint32: config.headDim },
    'llama.rope.freq_base': { float32: config.ropeTheta },
  };
}

interface TokenNames {
  bos_token?: string | null;
  eos_token?: string | null;
  pad_token?: string | null;
  chat_template?: string;
}

/**
 * llama.cpp knows ways of splitting text by names of its own. `smollm` sets digits apart as our older students do, but
 * for the last of two or more white spaces before a digit, which it leaves with the others: to be seen only where a token
 * is all white space and longer than one, and ours learn none, since what they are taught has no two spaces together.
 */
const SPLITS = { 'gpt-2': preTokenizer(' ?\\p{N}+'), smollm: preTokenizer('\\p{N}') };

function preTokenizer(numbers: string): unknown {
  const [split, bytes] = PRE_TOKENIZER.pretokenizers;
  const space = '\\p{White_Space}';
  const signs = `[^${space}\\p{L}\\p{N}]`;
  const Regex = `'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+|${numbers}| ?${signs}+|${space}+(?!\\P{White_Space})|${space}+`;
  return { ...PRE_TOKENIZER, pretokenizers: [{ ...split, pattern: { Regex } }, bytes] };
}

/** llama.cpp's name for how `tokenizer.json` splits text; undefined when it has none that we know. */
export function splitName({ model, normalizer, pre_tokenizer }: TokenizerJson): string | undefined {
  if (model.type !== 'BPE' || normalizer) return undefined;
  const wanted = JSON.stringify(pre_tokenizer);
  return Object.entries(SPLITS).find(([, known]) => JSON.stringify(known) === wanted)?.[0];
}

/** llama.cpp's kinds of token. */
const NORMAL = 1;
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;

function vocabulary({ config, tokenizer, tokenizerJson }: ReadStudent, names: TokenNames, folder: string): Metadata {
  const { model, added_tokens: added } = tokenizerJson;
  const pre = splitName(tokenizerJson);
  if (!pre) {
    throw new BadInput(
      `[gguf] ${folder}: tokenizer.json splits text in another way than ours: use llama.cpp's converter`,
    );
  }
  const tokens = Array.from({ length: config.vocabSize }, (_, id) => `[unused ${id}]`);
  const types = tokens.map(() => UNUSED);
  for (const [token, id] of Object.entries(model.vocab)) {
    tokens[id] = token;
    types[id] = NORMAL;
  }
  for (const { id, content, special } of added) {
    tokens[id] = content;
    types[id] = special ? CONTROL : USER_DEFINED;
  }
  const id = (key: string, token: string | null | undefined): Metadata => {
    const found = token ? tokenizer.id(token) : undefined;
    return found === undefined ? {} : { [`tokenizer.ggml.${key}_token_id`]: { uint32: found } };
  };
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': pre,
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': { int32s: types },
    'tokenizer.ggml.merges': model.merges.map((pair) => [pair].flat().join(' ')), // newer files hold pairs
    ...id('bos', names.bos_token),
    ...id('eos', tokenizer.id(END) === undefined ? names.eos_token : END), // as runtime.ts stops
    ...id('padding', names.pad_token),
    'tokenizer.ggml.add_bos_token': false, // our prompts begin with it
    'tokenizer.ggml.add_eos_token': false,
    ...(names.chat_template ? { 'tokenizer.chat_template': names.chat_template } : {}),
  };
}

interface StoredTensor {
  name: string;
  /** Fastest-running dimension first: `[columns, rows]`. */
  dimensions: number[];
  type: keyof typeof GGML_TYPES;
  bytes: Uint8Array;
}

const GGML_TYPES = { F32: 0, F16: 1, Q8_0: 8 };

function tensors({ config, weights }: ReadStudent, precision: GgufPrecision): StoredTensor[] {
  return [...weightShapes(config)].map(([name, size]) => {
    const turned = /\.(q|k)_proj\./.test(name);
    const data = turned ? pairNeighbours(weights.get(name)!, config.headDim, size[1]!) : weights.get(name)!;
    const type = size.length === 1 ? 'F32' : precision === 'f16' ? 'F16' : 'Q8_0';
    return { name: ggufName(name), dimensions: [...size].reverse(), type, bytes: ENCODERS[type](data) };
  });
}

/** The output layer is not there: llama.cpp takes the embedding for it, as we do. */
function ggufName(name: string): string {
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  return `${layer === undefined ? NAMES[name.slice(0, -'.weight'.length)] : `blk.${layer}.${NAMES[part!]}`}.weight`;
}

const NAMES: Record<string, string> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/**
 * Rotary positions turn row i of a head together with row i + headDim/2 in our layout, and with its neighbour in that of
 * llama.cpp's `llama`: rows 0 1 2 … | h h+1 h+2 … become 0 h 1 h+1 2 h+2 ….
 */
function pairNeighbours(data: Float32Array, headDim: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  const half = headDim / 2;
  for (let row = 0; row < data.length / columns; row++) {
    const inHead = row % headDim;
    const to = row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
    out.set(data.subarray(row * columns, (row + 1) * columns), to * columns);
  }
  return out;
}

const ENCODERS: Record<keyof typeof GGML_TYPES, (data: Float32Array) => Uint8Array> = {
  F32: (data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  F16: (data) => new Uint8Array(toFloat16(data).buffer),
  Q8_0: (data) => {
    const { bytes, scales } = quantizeBlocks(data);
    const halves = toFloat16(scales);
    const out = new Uint8Array(halves.length * (2 + BLOCK));
    const view = new DataView(out.buffer);
    for (const [block, scale] of halves.entries()) {
      const at = block * (2 + BLOCK);
      view.setUint16(at, scale, true);
      for (let i = 0; i < BLOCK; i++) view.setInt8(at + 2 + i, bytes[block * BLOCK + i]! - ZERO);
    }
    return out;
  },
};

/** Header, metadata, where each tensor lies, and the tensors: each begins at a multiple of 32 after the header's end. */
function encodeGguf(metadata: Metadata, stored: StoredTensor[]): Uint8Array[] {
  const head: Uint8Array[] = [Buffer.from('GGUF'), uint32(3), uint64(stored.length)];
  const entries = Object.entries(metadata);
  head.push(uint64(entries.length), ...entries.flatMap(([key, value]) => [text(key), ...typed(value)]));
  const bodies: Uint8Array[] = [];
  let at = 0;
  for (const { name, dimensions, type, bytes } of stored) {
    head.push(text(name), uint32(dimensions.length), ...dimensions.map(uint64), uint32(GGML_TYPES[type]), uint64(at));
    bodies.push(bytes, padding(bytes.length));
    at += bytes.length + bodies.at(-1)!.length;
  }
  const whole = Buffer.concat(head);
  return [whole, padding(whole.length), ...bodies];
}

const ALIGNMENT = 32; // what readers assume where nothing is said

const VALUE_TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 };

/** The kind of a value and the value. */
function typed(value: Value): Uint8Array[] {
  const { string, bool, array, uint32: unsigned, int32, float32: float } = VALUE_TYPES;
  if (typeof value === 'string') return [uint32(string), text(value)];
  if (typeof value === 'boolean') return [uint32(bool), Uint8Array.of(value ? 1 : 0)];
  if (Array.isArray(value)) return [uint32(array), uint32(string), uint64(value.length), ...value.map(text)];
  if ('uint32' in value) return [uint32(unsigned), uint32(value.uint32)];
  if ('float32' in value) return [uint32(float), float32(value.float32)];
  return [uint32(array), uint32(int32), uint64(value.int32s.length), ...value.int32s.map(uint32)];
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

const padding = (length: number) => new Uint8Array((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);

const readJson = async (folder: string, name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, name), 'utf8'));
