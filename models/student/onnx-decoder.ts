/**
 * Any decoder that Hugging Face's tools exported to ONNX, run as it is: `input_ids`, perhaps `attention_mask` and
 * `position_ids`, and a cache of keys and values in and out. What it is called and how it is shaped inside does not matter
 * here. Slower than our own graphs, which give no cache back; it knows ids and numbers only.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BadInput } from '../errors.ts';
import { fromFloat16 } from './weights.ts';

/** Keys and values of some tokens, by the names of the graph's inputs. Never written to: several runs may go on from it. */
export interface Past {
  length: number;
  tensors: Record<string, Tensor>;
}

export interface OnnxDecoder {
  /** Longest context, in tokens. */
  readonly context: number;
  readonly vocabSize: number;
  /** Runs `ids` after `past`; `rows`: how many of the last positions' logits are given, `[rows][vocabulary]`. */
  run(past: Past, ids: readonly number[], rows: number): Promise<{ past: Past; logits: Float32Array[] }>;
  empty(): Past;
  close(): Promise<void>;
}

/** Where exporters put the model, the smallest first: transformers.js's folder, then optimum's. */
const FILES = [
  ...['model_quantized', 'model_int8', 'model_uint8', 'model_q4', 'model_q4f16', 'model_fp16', 'model'].map(
    (name) => `onnx/${name}.onnx`,
  ),
  'model_quantized.onnx',
  'model.onnx',
];

/** The folder's ONNX model, or undefined. */
export async function onnxFileOf(folder: string): Promise<string | undefined> {
  for (const file of FILES) {
    const found = await stat(join(folder, file)).catch(() => null);
    if (found?.isFile()) return file;
  }
  return undefined;
}

/** Throws BadInput naming what the model lacks or what is not known here. */
export async function openOnnxDecoder(folder: string, threads: number): Promise<OnnxDecoder> {
  const file = await onnxFileOf(folder);
  if (!file) throw new BadInput(`[student] ${folder} holds no ONNX model (looked for ${FILES.join(', ')})`);
  const path = join(folder, file);
  const session = await InferenceSession.create(path, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  }).catch((cause: Error) => {
    throw new BadInput(`[student] ${path} cannot be run (${cause.message.split('\n', 1)[0]}): export it again`, {
      cause,
    });
  });
  try {
    return decoderOver(session, path, await configOf(folder));
  } catch (error) {
    await session.release();
    throw error;
  }
}

interface Shape {
  context: number;
  vocabSize: number;
  keyHeads: number;
  headDim: number;
}

function decoderOver(session: InferenceSession, path: string, shape: Shape): OnnxDecoder {
  const inputs = new Map(session.inputMetadata.map((one) => [one.name, one]));
  const caches = cacheInputs(session, path, shape);
  const takes = (name: string): boolean => inputs.has(name);
  const empty = (): Past => ({
    length: 0,
    tensors: Object.fromEntries(
      caches.map(({ input, type, heads, headDim }) => [
        input,
        new Tensor(type, type === 'float16' ? new Uint16Array(0) : new Float32Array(0), [1, heads, 0, headDim]),
      ]),
    ),
  });
  const int64 = (values: number[]): Tensor =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

  const pass = async (past: Past, ids: readonly number[]): Promise<{ past: Past; logits: Tensor }> => {
    const total = past.length + ids.length;
    const results = await session.run({
      input_ids: int64([...ids]),
      ...(takes('attention_mask') ? { attention_mask: int64(Array.from({ length: total }, () => 1)) } : {}),
      ...(takes('position_ids') ? { position_ids: int64(ids.map((_, i) => past.length + i)) } : {}),
      ...(takes('use_cache_branch') ? { use_cache_branch: new Tensor('bool', [past.length > 0], [1]) } : {}),
      ...past.tensors,
    });
    const tensors = Object.fromEntries(caches.map(({ input, output }) => [input, results[output] as Tensor]));
    return { past: { length: total, tensors }, logits: results.logits as Tensor };
  };

  return {
    context: shape.context,
    vocabSize: shape.vocabSize,
    empty,
    async run(past, ids, rows) {
      // Logits of every position come out of the graph: with a large vocabulary a long prompt's would fill the memory.
      const most = Math.max(1, Math.floor(MOST_LOGITS / shape.vocabSize));
      const logits: Float32Array[] = [];
      let now = past;
      for (let at = 0; at < ids.length; at += most) {
        const part = ids.slice(at, at + most);
        const result = await pass(now, part);
        now = result.past;
        const wanted = Math.min(part.length, rows - (ids.length - at - part.length));
        if (wanted > 0) logits.push(...lastRows(result.logits, wanted));
      }
      return { past: now, logits };
    },
    close: () => session.release(),
  };
}

/** Numbers of one run's logits; 64 MiB in float32. */
const MOST_LOGITS = 16 * 1024 * 1024;

function lastRows(logits: Tensor, rows: number): Float32Array[] {
  const width = logits.dims.at(-1)!;
  const all = logits.type === 'float16' ? undefined : (logits.data as Float32Array);
  const from = logits.size - rows * width;
  return Array.from({ length: rows }, (_, i) => {
    const [start, end] = [from + i * width, from + (i + 1) * width];
    // A view would keep the whole run's logits.
    return all ? all.slice(start, end) : fromFloat16((logits.data as unknown as Uint16Array).slice(start, end));
  });
}

interface CacheInput {
  input: string;
  output: string;
  type: 'float32' | 'float16';
  heads: number;
  headDim: number;
}

const KNOWN = ['input_ids', 'attention_mask', 'position_ids', 'use_cache_branch'];

function cacheInputs(session: InferenceSession, path: string, { keyHeads, headDim }: Shape): CacheInput[] {
  const refuse = (what: string): never => {
    throw new BadInput(
      `[student] ${path} ${what}: export a decoder with its cache (optimum-cli export onnx --task text-generation-with-past)`,
    );
  };
  if (!session.inputNames.includes('input_ids')) refuse('has no input input_ids');
  if (!session.outputNames.includes('logits')) refuse('has no output logits');
  const caches = session.inputMetadata.flatMap((one): CacheInput[] => {
    if (KNOWN.includes(one.name)) return [];
    const named = /^past_key_values\.(\d+)\.(key|value)$/.exec(one.name);
    if (!named || !one.isTensor) return refuse(`wants an input '${one.name}' that is not known here`);
    const { type, shape } = one;
    if (type !== 'float32' && type !== 'float16') return refuse(`keeps its cache as ${type}`);
    const output = `present.${named[1]}.${named[2]}`;
    if (!session.outputNames.includes(output)) return refuse(`has no output ${output}`);
    const whole = (at: number, otherwise: number): number =>
      typeof shape[at] === 'number' && shape[at] > 0 ? shape[at] : otherwise;
    return [{ input: one.name, output, type, heads: whole(1, keyHeads), headDim: whole(3, headDim) }];
  });
  if (caches.length === 0) refuse('has no cache');
  return caches;
}

/** Sizes by whichever names the architecture's configuration has for them. */
async function configOf(folder: string): Promise<Shape> {
  const path = join(folder, 'config.json');
  let json: Record<string, unknown>;
  try {
    const whole = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    json = (whole.text_config as Record<string, unknown> | undefined) ?? whole;
  } catch (cause) {
    throw new BadInput(`[student] ${path} cannot be read (${(cause as Error).message}): export it again`, { cause });
  }
  const size = (names: readonly string[], otherwise?: number): number => {
    const value = names.map((name) => json[name]).find((one) => typeof one === 'number') ?? otherwise;
    if (typeof value !== 'number' || !(value > 0)) throw new BadInput(`[student] ${path}: ${names[0]} is missing`);
    return value;
  };
  const heads = size(['num_attention_heads', 'n_head', 'num_heads']);
  return {
    context: size(['max_position_embeddings', 'n_positions', 'max_seq_len', 'seq_length'], 2048),
    vocabSize: size(['vocab_size']),
    keyHeads: size(['num_key_value_heads', 'multi_query_group_num'], heads),
    headDim: size(['head_dim'], size(['hidden_size', 'n_embd', 'd_model']) / heads),
  };
}
