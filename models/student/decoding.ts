/**
 * Running the decoder: a session, key-value caches that belong to JavaScript, and one call that advances a sequence by
 * some tokens. The graph reads the caches in place and gives back the keys and values of the new tokens only, which are
 * copied in behind the others here. It knows ids and numbers, neither text nor files.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DecoderConfig } from './config.ts';

/** Keys and values of one sequence, for every layer. `ids` are the tokens they stand for; shortening it forgets the rest. */
export interface KvCache {
  readonly ids: number[];
  capacity: number;
  /** Key, value, key, value …: `[heads, capacity, headDim]` each. */
  buffers: Float32Array[];
  /** The same as the graph's inputs. */
  past: Record<string, Tensor>;
}

/** What the decoder expects after one position; logarithms are natural. `targetLogProb` is that of the target given. */
export interface Readout {
  best: number;
  bestLogProb: number;
  targetLogProb: number;
}

export interface Decoder {
  readonly config: DecoderConfig;
  /** An empty cache; it grows as it needs to. */
  newCache(): KvCache;
  /** Makes `to` begin with the first `length` tokens of `from`, and hold nothing else. */
  copy(from: KvCache, length: number, to: KvCache): void;
  /**
   * Runs `ids` after what the cache holds, and adds them to it. Reads out the last position, or every position when
   * `targets` (one an id, the token expected next) are given; with `rows` too, position `rows[i]` for `targets[i]`.
   */
  run(
    cache: KvCache,
    ids: readonly number[],
    targets?: readonly number[],
    rows?: readonly number[],
  ): Promise<Readout[]>;
  close(): Promise<void>;
}

/**
 * Capacities are multiples of this: what is read at every token should not be much longer than what is in it, and the
 * step graph's numbers hang on whole blocks.
 */
const CAPACITY_STEP = 64;
export const capacityFor = (tokens: number): number => Math.ceil(tokens / CAPACITY_STEP) * CAPACITY_STEP;

/** Key, value, key, value …: how both graphs call their caches, in the order of `KvCache.buffers`. */
export const pastNames = ({ layers }: DecoderConfig): string[] =>
  Array.from({ length: 2 * layers }, (_, i) => `past.${i >> 1}.${i % 2 ? 'value' : 'key'}`);

/** `graph`: bytes of inference.ts's `flatGraph`. */
export async function openDecoder(graph: Uint8Array, config: DecoderConfig, threads: number): Promise<Decoder> {
  const session = await openSession(graph, threads);
  const { heads, headDim, maxPositions } = config;
  const names = pastNames(config);

  const newCache = (): KvCache => {
    const cache: KvCache = { ids: [], capacity: -1, buffers: [], past: {} };
    resize(cache, 0, 0);
    return cache;
  };

  /** Room for at least `tokens`, the first `kept` of which stay. */
  const resize = (cache: KvCache, tokens: number, kept: number): void => {
    if (tokens <= cache.capacity) return;
    const capacity = capacityFor(tokens);
    const old = { ...cache };
    cache.capacity = capacity;
    cache.buffers = names.map(() => new Float32Array(heads * capacity * headDim));
    cache.past = Object.fromEntries(
      cache.buffers.map((buffer, i) => [names[i]!, new Tensor('float32', buffer, [1, heads, capacity, headDim])]),
    );
    if (kept) move(old, kept, cache);
  };

  const move = (from: KvCache, length: number, to: KvCache): void => {
    for (const [i, source] of from.buffers.entries()) {
      for (let head = 0; head < heads; head++) {
        const start = head * from.capacity * headDim;
        to.buffers[i]!.set(source.subarray(start, start + length * headDim), head * to.capacity * headDim);
      }
    }
  };

  const copy = (from: KvCache, length: number, to: KvCache): void => {
    resize(to, length, 0);
    move(from, length, to);
    to.ids.splice(0, to.ids.length, ...from.ids.slice(0, length));
  };

  /** `fresh`: `[2·layers, heads, ids, headDim]`. */
  const append = (cache: KvCache, ids: readonly number[], fresh: Float32Array): void => {
    const at = cache.ids.length;
    resize(cache, at + ids.length, at);
    const run = ids.length * headDim;
    for (const [i, buffer] of cache.buffers.entries()) {
      for (let head = 0; head < heads; head++) {
        const from = (i * heads + head) * run;
        buffer.set(fresh.subarray(from, from + run), (head * cache.capacity + at) * headDim);
      }
    }
    cache.ids.push(...ids);
  };

  const run: Decoder['run'] = async (cache, ids, targets, rows = targets ? ids.map((_, i) => i) : [ids.length - 1]) => {
    const at = cache.ids.length;
    const total = at + ids.length;
    if (total > maxPositions) throw new Error(`[decoder] ${total} tokens for a context of ${maxPositions}`);
    const results = await session.run({
      ids: int64s(ids, [1, ids.length]),
      last: new Tensor('int32', Int32Array.of(total - 1), [1]),
      total: new Tensor('int32', Int32Array.of(total), [1]),
      fresh: int64s(
        ids.map((_, i) => at + i),
        [ids.length],
      ),
      rows: int64s(rows, [rows.length]),
      targets: int64s(targets ?? [0], [rows.length, 1]),
      ...cache.past,
    });
    append(cache, ids, results.fresh_cache!.data as Float32Array);
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

export const openSession = (graph: Uint8Array, threads: number): Promise<InferenceSession> =>
  InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false, // shapes change at every call, and a plan for each would only fill memory
  });

export const int64s = (values: readonly number[], dims: number[]) =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
