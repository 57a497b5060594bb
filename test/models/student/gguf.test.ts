import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { weightShapes } from '../../../models/student/decoder.ts';
import { type GgufPrecision, writeGguf } from '../../../models/student/gguf.ts';
import type { Precision } from '../../../models/student/inference.ts';
import { renderPrompt } from '../../../models/student/prompt.ts';
import { quantizeBlocks } from '../../../models/student/quantize.ts';
import { openStudent } from '../../../models/student/runtime.ts';
import { type ReadStudent, readStudent } from '../../../models/student/student.ts';
import { fromFloat16 } from '../../../models/student/weights.ts';
import { hasLlamaCpp, type LlamaCpp, openLlamaCpp, withGguf } from '../../bench/peer.ts';
import { smallStudent, writeSmall } from './fixture.ts';
import { naiveLogProbs } from './naive.ts';

const SHIPPED = fileURLToPath(new URL('../../../models/student/weights/', import.meta.url));

let root: string;
let folder: string;
let student: ReadStudent;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rounds-gguf-'));
  folder = join(root, 'small');
  await writeSmall(folder);
  student = await readStudent(folder);
  await writeSplit('whole', ' ?\\p{N}+');
  await writeSplit('apart', '\\p{N}');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a student as a GGUF file', () => {
  it('says in its metadata what the folder says', async () => {
    const { metadata } = await written('f16');
    const { config, tokenizer, tokenizerJson, card } = student;
    expect(metadata).toMatchObject({
      'general.architecture': 'llama',
      'general.name': card.name,
      'general.file_type': 1,
      'rounds.student.id': card.id,
      'llama.vocab_size': config.vocabSize,
      'llama.context_length': config.maxPositions,
      'llama.embedding_length': config.hiddenSize,
      'llama.block_count': config.layers,
      'llama.feed_forward_length': config.ffnSize,
      'llama.attention.head_count': config.heads,
      'llama.attention.head_count_kv': config.heads,
      'llama.attention.key_length': config.headDim,
      'llama.attention.value_length': config.headDim,
      'llama.attention.layer_norm_rms_epsilon': Math.fround(config.rmsEps),
      'llama.rope.dimension_count': config.headDim,
      'llama.rope.freq_base': config.ropeTheta,
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.bos_token_id': tokenizer.id('<|bos|>'),
      'tokenizer.ggml.eos_token_id': tokenizer.id('<|end|>'),
      'tokenizer.ggml.padding_token_id': tokenizer.id('<|pad|>'),
      'tokenizer.ggml.add_bos_token': false,
      'tokenizer.ggml.merges': tokenizerJson.model.merges,
    });
    const tokens = metadata['tokenizer.ggml.tokens'] as string[];
    const types = metadata['tokenizer.ggml.token_type'] as number[];
    expect([tokens.length, types.length]).toEqual([config.vocabSize, config.vocabSize]);
    for (const [token, id] of Object.entries(tokenizerJson.model.vocab)) {
      expect([tokens[id], types[id]]).toEqual([token, tokenizer.isSpecial(id) ? 3 : 1]);
    }
    expect((await written('q8_0')).metadata['general.file_type']).toBe(7);
  });

  it('fills a vocabulary wider than the tokenizer with tokens that nothing spells', async () => {
    const wider = smallStudent();
    const names = Object.keys(wider.tokenizer.model.vocab).length;
    const wide = join(root, 'wide');
    await writeSmall(wide, { ...smallStudent({ vocabSize: names + 3 }), tokenizer: wider.tokenizer });
    const { metadata } = await written('f16', wide);
    expect((metadata['tokenizer.ggml.tokens'] as string[]).length).toBe(names + 3);
    expect((metadata['tokenizer.ggml.token_type'] as number[]).slice(names)).toEqual([5, 5, 5]);
  });

  it('holds the same numbers in f16, rows of q and k in the order of llama.cpp', async () => {
    const { tensors } = await written('f16');
    expect([...tensors.keys()].sort()).toEqual([...weightShapes(student.config).keys()].map(nameInGguf).sort());
    for (const [name, shape] of weightShapes(student.config)) {
      const tensor = tensors.get(nameInGguf(name))!;
      expect(tensor.dimensions).toEqual([...shape].reverse());
      expect(tensor.type).toBe(shape.length === 1 ? 'F32' : 'F16');
      expect(inOurOrder(name, tensor.data)).toEqual(student.weights.get(name));
    }
  });

  it('holds in q8_0 what our 8-bit blocks hold, but for the scale in 16 bits', async () => {
    const { tensors } = await written('q8_0');
    let largest = 0;
    for (const [name, shape] of weightShapes(student.config)) {
      const tensor = tensors.get(nameInGguf(name))!;
      expect(tensor.type).toBe(shape.length === 1 ? 'F32' : 'Q8_0');
      if (shape.length === 1) continue;
      const { bytes, scales } = quantizeBlocks(student.weights.get(name)!);
      const data = inOurOrder(name, tensor.data);
      for (const [i, value] of data.entries()) {
        const ours = (bytes[i]! - 128) * scales[i >> 5]!;
        if (ours) largest = Math.max(largest, Math.abs(value / ours - 1));
        else expect(value).toBe(0);
      }
    }
    expect(largest).toBeLessThanOrEqual(2 ** -11); // half a step of a 16-bit float
    expect(largest).toBeGreaterThan(0);
  });

  it('names how text is split, and refuses a way that llama.cpp does not know', async () => {
    const split = async (id: string) => (await written('q8_0', join(root, id))).metadata['tokenizer.ggml.pre'];
    expect(await split('whole')).toBe('gpt-2');
    expect(await split('apart')).toBe('smollm');
    await writeSplit('triples', '\\p{N}{1,3}');
    await expect(split('triples')).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(/triples: tokenizer\.json splits text in another way/),
    });
  });

  it('takes no place that is taken, and none that is not there', async () => {
    const file = join(root, 'taken.gguf');
    await writeGguf(folder, file, 'q8_0');
    await expect(writeGguf(folder, file, 'q8_0')).rejects.toThrow(/taken\.gguf is there already: name a new file/);
    await expect(writeGguf(folder, join(root, 'no', 'where.gguf'), 'q8_0')).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(/where\.gguf cannot be written \(ENOENT\)/),
    });
  });
});

describe('llama.cpp on that file', { timeout: 300_000 }, () => {
  const MISSING = 'node-llama-cpp is not installed: npm run bench:peers';
  const TEXTS = [
    renderPrompt({ question: "p-101's bearing is at 95 °c, 7.1 mm/s: what now?" }),
    renderPrompt({ question: 'why?', context: ['the 2,950 rpm motor (250 kw)', '24 v – not 230 v', 'don’t we’ll'] }),
    'a  b \n c 12\t3  <|end|> ½ 日本 naïve\n',
  ];

  it('splits texts as we do', async ({ skip }) => {
    skip(!hasLlamaCpp(), MISSING);
    for (const home of [join(root, 'whole'), join(root, 'apart'), SHIPPED]) {
      const { tokenizer } = await readStudent(home);
      await withPeer(home, 'q8_0', async (peer) => {
        for (const text of TEXTS) expect([text, await peer.encode(text)]).toEqual([text, tokenizer.encode(text)]);
      });
    }
  });

  /** Where the two part, how much less likely the naive forward holds llama.cpp's token than the best, in nats. */
  const partings = async (home: string, ours: Precision, gguf: GgufPrecision): Promise<number[]> => {
    const { config, weights, tokenizer } = await readStudent(home);
    const running = await openStudent(home, { precision: ours });
    const gaps: number[] = [];
    try {
      await withPeer(home, gguf, async (peer) => {
        for (const prompt of PROMPTS) {
          const { text } = await running.generate(prompt, { maxTokens: 64, stop: [] });
          const ids = tokenizer.encode(prompt);
          const { ids: theirs } = await peer.run(ids, 64);
          expect(theirs).toHaveLength(64);
          if (tokenizer.decode(theirs) === text) continue;
          let same = 0;
          while (text.startsWith(tokenizer.decode(theirs.slice(0, same + 1)))) same++;
          const row = naiveLogProbs(config, weights, [...ids, ...theirs.slice(0, same)]).at(-1)!;
          gaps.push(Math.max(...row) - row[theirs[same]!]!);
        }
      });
    } finally {
      await running.close();
    }
    return gaps;
  };

  it('says the same greedily, f16 and our float32, but where two tokens are as likely', async ({ skip }) => {
    skip(!hasLlamaCpp(), MISSING);
    for (const home of [folder, SHIPPED]) {
      const gaps = await partings(home, 'float32', 'f16');
      expect(gaps.length).toBeLessThanOrEqual(PROMPTS.length / 2);
      expect(Math.max(0, ...gaps)).toBeLessThan(0.01); // llama.cpp rounds activations and the cache to 16 bits
    }
  });

  it('says nearly the same, q8_0 and our int8, of the shipped student', async ({ skip }) => {
    skip(!hasLlamaCpp(), MISSING);
    const gaps = await partings(SHIPPED, 'int8', 'q8_0');
    expect(gaps.length).toBeLessThanOrEqual(PROMPTS.length / 2);
    expect(Math.max(0, ...gaps)).toBeLessThan(0.25); // both round to 8 bits, each in its own way
  });

  it('says the same of several sequences together as of each alone', async ({ skip }) => {
    skip(!hasLlamaCpp(), MISSING);
    const { tokenizer } = student;
    await withPeer(folder, 'q8_0', async (peer) => {
      const prompts = PROMPTS.map((prompt) => tokenizer.encode(prompt));
      const { ids } = await peer.runAll(prompts, 12);
      for (const [i, prompt] of prompts.entries()) expect((await peer.run(prompt, 12)).ids).toEqual(ids[i]);
    });
  });
});

const PROMPTS = [
  renderPrompt({ question: 'which sensor best shows bearing wear in an electric motor?' }),
  renderPrompt({ question: 'what could raise oil debris in a steam turbine?' }),
  renderPrompt({ question: 'what should i check first when a compressor surges?' }),
  renderPrompt({
    question: 'p-101 is shaking and the bearing is hot',
    context: ['p-101 is a pump of 250 kw, 2 poles'],
  }),
  renderPrompt({
    question: 'which parameters show it?',
    context: ['unbalance in a fan raises vibration at running speed', 'a worn bearing raises vibration and oil debris'],
  }),
  renderPrompt({ question: 'does cavitation change the head of a pump?' }),
];

/** A small student whose tokenizer takes `numbers` for what of digits stays together. */
async function writeSplit(id: string, numbers: string): Promise<void> {
  const { tokenizer, ...rest } = smallStudent();
  const pre_tokenizer = structuredClone(tokenizer.pre_tokenizer) as { pretokenizers: { pattern?: object }[] };
  pre_tokenizer.pretokenizers[0]!.pattern = { Regex: PATTERN.replace('NUMBERS', numbers) };
  await writeSmall(join(root, id), { ...rest, tokenizer: { ...tokenizer, pre_tokenizer } });
}

async function withPeer(home: string, precision: GgufPrecision, work: (peer: LlamaCpp) => Promise<void>) {
  await withGguf(home, precision, async (file) => {
    const peer = await openLlamaCpp(file, 1);
    try {
      await work(peer);
    } finally {
      peer.close();
    }
  });
}

// ── A reader of its own ────────────────────────────────────────────────────────────────────────────────────────────

const PATTERN =
  "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+|NUMBERS| ?[^\\p{White_Space}\\p{L}\\p{N}]+|\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+";

const written = (precision: GgufPrecision, home = folder) =>
  withGguf(home, precision, async (file) => readGguf(await readFile(file)));

interface Tensor {
  dimensions: number[];
  type: string;
  data: Float32Array;
}

function readGguf(file: Buffer): { metadata: Record<string, unknown>; tensors: Map<string, Tensor> } {
  let at = 0;
  const take = (size: number) => {
    at += size;
    return at - size;
  };
  const u32 = () => file.readUInt32LE(take(4));
  const u64 = () => Number(file.readBigUInt64LE(take(8)));
  const string = () => {
    const size = u64();
    const from = take(size);
    return file.toString('utf8', from, from + size);
  };
  const value = (type: number): unknown => {
    if (type === 4) return u32();
    if (type === 5) return file.readInt32LE(take(4));
    if (type === 6) return file.readFloatLE(take(4));
    if (type === 7) return file.readUInt8(take(1)) === 1;
    if (type === 8) return string();
    if (type !== 9) throw new Error(`value of type ${type}`);
    const inner = u32();
    return Array.from({ length: u64() }, () => value(inner));
  };
  expect(file.toString('latin1', 0, take(4) + 4)).toBe('GGUF');
  expect(u32()).toBe(3);
  const tensorCount = u64();
  const metadata = Object.fromEntries(Array.from({ length: u64() }, () => [string(), value(u32())]));
  const infos = Array.from({ length: tensorCount }, () => ({
    name: string(),
    dimensions: Array.from({ length: u32() }, u64),
    type: u32(),
    offset: u64(),
  }));
  const start = Math.ceil(at / 32) * 32;
  let end = start;
  const tensors = new Map(
    infos.map(({ name, dimensions, type, offset }) => {
      const count = dimensions.reduce((a, b) => a * b, 1);
      const bytes = type === 8 ? (count / 32) * 34 : count * (type === 1 ? 2 : 4);
      expect([offset % 32, start + offset]).toEqual([0, Math.ceil(end / 32) * 32]); // no overlap, no gap
      end = start + offset + bytes;
      const body = file.buffer.slice(file.byteOffset + start + offset, file.byteOffset + end) as ArrayBuffer;
      const tensor = { dimensions, type: { 0: 'F32', 1: 'F16', 8: 'Q8_0' }[type]!, data: decoded(body, type, count) };
      return [name, tensor];
    }),
  );
  expect(file.length).toBe(Math.ceil(end / 32) * 32);
  return { metadata, tensors };
}

function decoded(body: ArrayBuffer, type: number, count: number): Float32Array {
  if (type === 0) return new Float32Array(body);
  if (type === 1) return fromFloat16(new Uint16Array(body));
  const view = new DataView(body);
  return Float32Array.from({ length: count }, (_, i) => {
    const block = (i >> 5) * 34;
    const [scale] = fromFloat16(Uint16Array.of(view.getUint16(block, true)));
    return scale! * view.getInt8(block + 2 + (i & 31));
  });
}

function nameInGguf(name: string): string {
  return name
    .replace('model.embed_tokens', 'token_embd')
    .replace('model.norm', 'output_norm')
    .replace('model.layers.', 'blk.')
    .replace('input_layernorm', 'attn_norm')
    .replace('post_attention_layernorm', 'ffn_norm')
    .replace('self_attn.o_proj', 'attn_output')
    .replace(/self_attn\.(.)_proj/, 'attn_$1')
    .replace(/mlp\.(\w+)_proj/, 'ffn_$1');
}

/** Rows of q and k back from pairs of neighbours: even rows of a head first, then the odd ones. */
function inOurOrder(name: string, data: Float32Array): Float32Array {
  if (!/[qk]_proj/.test(name)) return data;
  const { headDim, heads, hiddenSize } = student.config;
  const rows = Array.from({ length: heads }, (_, head) => {
    const inHead = Array.from({ length: headDim }, (_, i) => head * headDim + i);
    return [...inHead.filter((row) => row % 2 === 0), ...inHead.filter((row) => row % 2 === 1)];
  }).flat();
  return Float32Array.from(rows.flatMap((row) => [...data.subarray(row * hiddenSize, (row + 1) * hiddenSize)]));
}
