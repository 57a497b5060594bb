/**
 * Running the decoder: a session, key-value caches that belong to JavaScript, and one call that advances a sequence by
 * some tokens. Each layer's past and present are the *same* buffer, handed in as an input and as a preallocated output,
 * so the new keys and values are written in place and nothing is copied, however long the context. It knows ids and
 * numbers, neither text nor files.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DecoderConfig } from './config.ts';

/** Keys and values of one sequence, for every layer. `ids` are the tokens they stand for; shortening it forgets the rest. */
export interface KvCache {
  readonly ids: number[];
  readonly capacity: number;
  readonly buffers: readonly Float32Array[];
  readonly past: Record<string, Tensor>;
  readonly present: Record<string, Tensor>;
}

/** What the decoder expects after one position; logarithms are natural. `targetLogProb` is that of the target given. */
export interface Readout {
  best: number;
  bestLogProb: number;
  targetLogProb: number;
}

export interface Decoder {
  readonly config: DecoderConfig;
  /** An empty cache with room for at least `tokens`. */
  newCache(tokens: number): KvCache;
  /** Makes `to` begin with the first `length` tokens of `from`, and hold nothing else. */
  copy(from: KvCache, length: number, to: KvCache): void;
  /**
   * Runs `ids` after what the cache holds, and adds them to it. Reads out the last position, or every position when
   * `targets` (one an id, the token expected next) are given.
   */
  run(cache: KvCache, ids: readonly number[], targets?: readonly number[]): Promise<Readout[]>;
  close(): Promise<void>;
}

/** Capacities are multiples of this, so that caches can be used again for other prompts. */
const CAPACITY_STEP = 128;

/** `graph`: bytes of inference.ts's flat graph. */
export async function openDecoder(graph: Uint8Array, config: DecoderConfig, threads: number): Promise<Decoder> {
  const session = await InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false, // shapes change at every call, and a plan for each would only fill memory
  });
  const { layers, heads, headDim, maxPositions } = config;

  const newCache = (tokens: number): KvCache => {
    const capacity = Math.min(Math.ceil(tokens / CAPACITY_STEP) * CAPACITY_STEP, maxPositions);
    const buffers: Float32Array[] = [];
    const past: Record<string, Tensor> = {};
    const present: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ['key', 'value']) {
        const buffer = new Float32Array(heads * capacity * headDim);
        const tensor = new Tensor('float32', buffer, [1, heads, capacity, headDim]);
        buffers.push(buffer);
        past[`past.${layer}.${kind}`] = tensor;
        present[`present.${layer}.${kind}`] = tensor;
      }
    }
    return { ids: [], capacity, buffers, past, present };
  };

  const copy = (from: KvCache, length: number, to: KvCache): void => {
    for (const [i, source] of from.buffers.entries()) {
      for (let head = 0; head < heads; head++) {
        const start = head * from.capacity * headDim;
        to.buffers[i]!.set(source.subarray(start, start + length * headDim), head * to.capacity * headDim);
      }
    }
    to.ids.splice(0, to.ids.length, ...from.ids.slice(0, length));
  };

  const run = async (cache: KvCache, ids: readonly number[], targets?: readonly number[]): Promise<Readout[]> => {
    const total = cache.ids.length + ids.length;
    if (total > cache.capacity) throw new Error(`[decoder] ${total} tokens in a cache for ${cache.capacity}`);
    const rows = targets ? ids.map((_, i) => i) : [ids.length - 1];
    const results = await session.run(
      {
        ids: int64s(ids, [1, ids.length]),
        last: new Tensor('int32', Int32Array.of(total - 1), [1]),
        total: new Tensor('int32', Int32Array.of(total), [1]),
        rows: int64s(rows, [rows.length]),
        targets: int64s(targets ?? [0], [rows.length, 1]),
        ...cache.past,
      },
      { best: null, best_log_prob: null, target_log_prob: null, ...cache.present },
    );
    cache.ids.push(...ids);
    const best = results.best!.data as BigInt64Array;
    const bestLogProb = results.best_log_prob!.data as Float32Array;
    const targetLogProb = results.target_log_prob!.data as Float32Array;
    return rows.map((_, i) => ({
      best: Number(best[i]),
      bestLogProb: bestLogProb[i]!,
      targetLogProb: targetLogProb[i]!,
    }));
  };

  return { config, newCache, copy, run, close: () => session.release() };
}

const int64s = (values: readonly number[], dims: number[]) =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
