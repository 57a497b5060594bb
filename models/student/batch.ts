/**
 * Sequences that are continued together: one run gives each of them its next token. They join and leave between two runs.
 * What one is told never hangs on the others, nor on being alone: where this machine's kernels give one row alone other
 * last digits, it is run twice. It knows ids and numbers, neither text nor who asks.
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { DecoderConfig } from './config.ts';
import { capacityFor, int64s, type KvCache, openSession, pastNames, type Readout } from './decoding.ts';

/** `T` stands for a sequence: whatever the caller knows it by. */
export interface Batch<T> {
  /** How many sequences are in it. */
  readonly size: number;
  /** Takes a sequence in after the tokens of `cache`, which are copied. */
  join(sequence: T, cache: KvCache): void;
  leave(sequence: T): void;
  /** Runs one token behind each sequence; what is expected next, for every sequence. */
  step(tokenOf: (sequence: T) => number): Promise<[T, Next][]>;
  close(): Promise<void>;
}

export type Next = Omit<Readout, 'targetLogProb'>;

/** `graph`: bytes of inference.ts's `stepGraph`. `alone`: rows of a run with one sequence; found out when left out. */
export async function openBatch<T>(
  graph: Uint8Array,
  config: DecoderConfig,
  threads: number,
  alone?: 1 | 2,
): Promise<Batch<T>> {
  const session = await openSession(graph, threads);
  const fewest = alone ?? ((await sameAlone(session, config)) ? 1 : 2);
  const { heads, headDim, maxPositions } = config;
  const names = pastNames(config);
  /** In the order of their places in the buffers, without a gap. */
  const rows: { sequence: T; length: number }[] = [];
  let capacity = 0;
  /** Key, value, key, value …: `[rows, heads, capacity, headDim]` each, with room behind it. */
  let buffers = names.map(() => new Float32Array(0));
  let past: Record<string, Tensor> = {};

  /** Lays the places out anew for `count` rows of up to `tokens`; what is in them stays. Smaller ones only where it pays. */
  const arrange = (count: number, tokens: number): void => {
    const fitting = capacityFor(tokens);
    const wanted = fitting > capacity || capacity - fitting >= SPARE || rows.length === 0 ? fitting : capacity;
    const needed = count * heads * wanted * headDim;
    if (needed > buffers[0]!.length) {
      const larger = Math.max(needed, Math.floor(1.5 * buffers[0]!.length));
      buffers = buffers.map((old) => {
        const buffer = new Float32Array(larger);
        buffer.set(old);
        return buffer;
      });
    }
    if (wanted !== capacity) {
      // Moved within the buffer: from the end where places grow, from the beginning where they shrink.
      const places = rows.flatMap(({ length }, row) =>
        Array.from({ length: heads }, (_, head) => ({ place: row * heads + head, length })),
      );
      if (wanted > capacity) places.reverse();
      for (const buffer of buffers) {
        for (const { place, length } of places) {
          const from = place * capacity * headDim;
          buffer.copyWithin(place * wanted * headDim, from, from + length * headDim);
        }
      }
    }
    capacity = wanted;
    const shape = [count, heads, capacity, headDim];
    past = Object.fromEntries(
      names.map((name, i) => [name, new Tensor('float32', buffers[i]!.subarray(0, needed), shape)]),
    );
  };

  const longest = (): number => Math.max(0, ...rows.map(({ length }) => length));

  const join = (sequence: T, cache: KvCache): void => {
    const length = cache.ids.length;
    arrange(rows.length + 1, Math.max(longest(), length));
    for (const [i, buffer] of buffers.entries()) {
      for (let head = 0; head < heads; head++) {
        const start = head * cache.capacity * headDim;
        const to = (rows.length * heads + head) * capacity * headDim;
        buffer.set(cache.buffers[i]!.subarray(start, start + length * headDim), to);
      }
    }
    rows.push({ sequence, length });
  };

  const leave = (sequence: T): void => {
    const at = rows.findIndex((row) => row.sequence === sequence);
    if (at < 0) return;
    const last = rows.pop()!;
    const place = heads * capacity * headDim;
    if (at < rows.length) {
      for (const buffer of buffers) buffer.copyWithin(at * place, rows.length * place, (rows.length + 1) * place);
      rows[at] = last;
    }
    if (rows.length === 0 && buffers[0]!.length > KEPT * heads * headDim)
      buffers = names.map(() => new Float32Array(0));
    arrange(rows.length, longest());
  };

  const step = async (tokenOf: (sequence: T) => number): Promise<[T, Next][]> => {
    const long = longest();
    if (long >= maxPositions) throw new Error(`[decoder] ${long + 1} tokens for a context of ${maxPositions}`);
    const run = rows.length < fewest ? [...rows, ...rows] : rows; // twice on the same past
    const mask = new Float32Array(rows.length * capacity);
    for (const [row, { length }] of rows.entries()) mask.fill(-Infinity, row * capacity + length, (row + 1) * capacity);
    const results = await session.run({
      ids: column(run.map(({ sequence }) => tokenOf(sequence))),
      positions: column(run.map(({ length }) => length)),
      past_mask: new Tensor('float32', mask, [rows.length, 1, 1, capacity]),
      lengths: int64s([capacity, 1], [2]),
      ...past,
    });
    append(results.fresh_cache!.data as Float32Array, run.length);
    const best = results.best!.data as BigInt64Array;
    const bestLogProb = results.best_log_prob!.data as Float32Array;
    return rows.map(({ sequence }, i) => [sequence, { best: Number(best[i]), bestLogProb: bestLogProb[i]! }]);
  };

  /** `fresh`: `[2·layers, run, heads, headDim]`, `run` rows of which the first ones count. */
  const append = (fresh: Float32Array, run: number): void => {
    if (longest() === capacity) arrange(rows.length, capacity + 1);
    for (const [i, buffer] of buffers.entries()) {
      for (const [row, { length }] of rows.entries()) {
        for (let head = 0; head < heads; head++) {
          const from = ((i * run + row) * heads + head) * headDim;
          buffer.set(fresh.subarray(from, from + headDim), ((row * heads + head) * capacity + length) * headDim);
        }
      }
    }
    for (const row of rows) row.length++;
  };

  return {
    get size() {
      return rows.length;
    },
    join,
    leave,
    step,
    close: () => session.release(),
  };
}

/** Capacity beyond the longest sequence that is borne: moving all places costs more than reading it some times. */
const SPARE = 128;
/** Tokens of all rows together whose memory is kept when all have left. */
const KEPT = 16 * 256;

const column = (values: number[]): Tensor => int64s(values, [values.length, 1]);

/**
 * Whether a row alone is given the same bits as in company, tried with some tokens: a kernel chosen by the number of rows
 * adds in another order, and that shows somewhere among thousands of numbers.
 */
async function sameAlone(session: InferenceSession, config: DecoderConfig): Promise<boolean> {
  const { heads, headDim, vocabSize } = config;
  const capacity = capacityFor(1);
  const empty = new Tensor('float32', new Float32Array(heads * capacity * headDim), [1, heads, capacity, headDim]);
  const past = Object.fromEntries(pastNames(config).map((name) => [name, empty]));
  const mask = new Tensor('float32', new Float32Array(capacity).fill(-Infinity), [1, 1, 1, capacity]);
  /** What the first of `rows` like rows is given. */
  const told = async (id: number, rows: number): Promise<Float32Array[]> => {
    const same = (value: number) => column(Array.from({ length: rows }, () => value));
    const feeds = { ids: same(id), positions: same(0), past_mask: mask, lengths: int64s([capacity, 1], [2]), ...past };
    const { best_log_prob, fresh_cache } = await session.run(feeds);
    const fresh = fresh_cache!.data as Float32Array;
    const width = heads * headDim;
    const ofFirst = fresh.filter((_, i) => Math.floor(i / width) % rows === 0);
    return [(best_log_prob!.data as Float32Array).slice(0, 1), ofFirst];
  };
  for (let i = 0; i < TRIED; i++) {
    const id = Math.floor((i / TRIED) * vocabSize);
    const [one, two] = [await told(id, 1), await told(id, 2)];
    if (one.some((values, part) => values.some((value, at) => value !== two[part]![at]))) return false;
  }
  return true;
}

const TRIED = 8;
