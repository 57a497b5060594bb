/**
 * Makes a student smaller: whole heads, whole feed-forward neurons or a whole layer taken out, or single weights set to
 * zero; and a short training that mends what was lost. What comes out is a configuration and weights like any other's.
 * Fewer bits a weight are student/quantize.ts's. It judges nothing: test/bench/compress.ts measures.
 */
import { BadInput } from '../errors.ts';
import type { DecoderConfig } from '../student/config.ts';
import { checkWeights, type Weights, weightShapes } from '../student/decoder.ts';
import { BLOCK } from '../student/quantize.ts';
import { type DatasetSource, type TrainOptions, type TrainResult, train } from './train.ts';

export interface Model {
  config: DecoderConfig;
  /** Shared with the model it was made from where nothing changed: not to be written to. */
  weights: Weights;
}

/**
 * Keeps the `keep` heads of each layer that write most: by the Frobenius norm of o_h·v_h·diag(gain), the whole linear map
 * from the layer's input to what head h adds, for the attention it pays. How it divides its attention (q, k) is left out.
 */
export function pruneHeads({ config, weights }: Model, keep: number): Model {
  checkWeights(config, weights);
  const { heads, headDim, hiddenSize: d } = config;
  checkSize('heads', keep, heads, keep * headDim);
  return inEveryLayer({ ...config, heads: keep }, weights, (name) => {
    const v = weights.get(name('self_attn.v_proj'))!;
    const o = weights.get(name('self_attn.o_proj'))!;
    const gain = weights.get(name('input_layernorm'))!;
    const kept = largest(keep, heads, (head) => headNorm(v, o, gain, head, config));
    const places = kept.flatMap((head) => Array.from({ length: headDim }, (_, i) => head * headDim + i));
    const rows = (part: string): Float32Array => takeRows(weights.get(name(part))!, d, places);
    return [
      ...['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'].map((part) => [name(part), rows(part)] as const),
      [name('self_attn.o_proj'), takeColumns(o, heads * headDim, places)],
    ];
  });
}

/**
 * Keeps the `keep` neurons of each layer with the largest product of the norms of their gate row, up row (both behind the
 * norm's gain) and down column. The product, unlike a sum, does not hang on how a neuron divides its size among the three.
 */
export function pruneNeurons({ config, weights }: Model, keep: number): Model {
  checkWeights(config, weights);
  const { ffnSize, hiddenSize: d } = config;
  checkSize('ffnSize', keep, ffnSize, keep);
  return inEveryLayer({ ...config, ffnSize: keep }, weights, (name) => {
    const [gate, up, down] = ['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'].map((part) => weights.get(name(part))!);
    const gain = weights.get(name('post_attention_layernorm'))!;
    const row = (w: Float32Array, i: number): number => norm(d, (c) => w[i * d + c]! * gain[c]!);
    const kept = largest(keep, ffnSize, (i) => row(gate!, i) * row(up!, i) * norm(d, (r) => down![r * ffnSize + i]!));
    return [
      [name('mlp.gate_proj'), takeRows(gate!, d, kept)],
      [name('mlp.up_proj'), takeRows(up!, d, kept)],
      [name('mlp.down_proj'), takeColumns(down!, ffnSize, kept)],
    ];
  });
}

/** Takes layer number `layer` (from 0) out; those behind it move up. */
export function dropLayer({ config, weights }: Model, layer: number): Model {
  checkWeights(config, weights);
  if (!(Number.isInteger(layer) && layer >= 0 && layer < config.layers && config.layers > 1))
    throw new BadInput(`[compress] layer ${layer} of ${config.layers}: name one from 0 and leave one at least`);
  const smaller = { ...config, layers: config.layers - 1 };
  const before = (name: string): string =>
    name.replace(/^model\.layers\.(\d+)\./, (_, number) => `model.layers.${+number + (+number >= layer ? 1 : 0)}.`);
  return {
    config: smaller,
    weights: new Map([...weightShapes(smaller).keys()].map((name) => [name, weights.get(before(name))!])),
  };
}

/** The layer whose removal costs least, by `lossOf` of each model without one; `losses` by layer. */
export async function cheapestLayer(
  model: Model,
  lossOf: (model: Model) => Promise<number>,
): Promise<{ layer: number; losses: number[] }> {
  const losses: number[] = [];
  for (let layer = 0; layer < model.config.layers; layer++) losses.push(await lossOf(dropLayer(model, layer)));
  return { layer: losses.indexOf(Math.min(...losses)), losses };
}

/** For each matrix that was thinned, 1 where a weight stays and 0 where it is zero. */
export type Mask = ReadonlyMap<string, Uint8Array>;

/**
 * Sets the smallest `share` of each of the layers' matrices to zero. The embeddings stay whole: the row of a rare word
 * is small and all there is of it.
 */
export function thin({ config, weights }: Model, share: number): Model & { mask: Mask } {
  checkWeights(config, weights);
  if (!(share >= 0 && share < 1)) throw new BadInput(`[compress] share ${share}: give one from 0 to less than 1`);
  const mask = new Map<string, Uint8Array>();
  for (const [name, shape] of weightShapes(config)) {
    if (!name.startsWith('model.layers.') || shape.length === 1) continue;
    const w = weights.get(name)!;
    const kept = new Uint8Array(w.length);
    for (const i of largest(w.length - Math.floor(w.length * share), w.length, (i) => Math.abs(w[i]!))) kept[i] = 1;
    mask.set(name, kept);
  }
  return { config, weights: masked(weights, mask), mask };
}

/** The weights with zeros where the mask has them. */
export function masked(weights: Weights, mask: Mask): Weights {
  return new Map(
    [...weights].map(([name, w]) => {
      const kept = mask.get(name);
      return [name, kept ? w.map((value, i) => (kept[i] ? value : 0)) : w];
    }),
  );
}

export type Recovery = Omit<TrainOptions, 'config' | 'weights' | 'dataset'> & {
  /** What part number `part` (from 0) learns from. A dataset begins anew with every part, so give each another seed. */
  datasetOf: (part: number) => DatasetSource;
};

/**
 * Trains a pruned model for a while, all its weights. Training knows no mask: with one the time is cut into parts, and the
 * zeros are put back after each, so that the others learn to do without what grew there.
 */
export async function recover(
  { config, weights, mask }: Model & { mask?: Mask },
  { datasetOf, steps, minutes, ...how }: Recovery,
): Promise<Model & { training: TrainResult[] }> {
  const parts = mask ? PARTS : 1;
  const training: TrainResult[] = [];
  let current = weights;
  for (let part = 0; part < parts; part++) {
    const length = steps === undefined ? { minutes: minutes! / parts } : { steps: Math.ceil(steps / parts) };
    const result = await train({ ...how, ...length, config, weights: current, dataset: datasetOf(part) });
    current = mask ? masked(result.weights, mask) : result.weights;
    training.push(result);
  }
  return { config, weights: current, training };
}

const PARTS = 3;

// ------------------------------------------------------------------------------------------------ taking out

type Named = readonly [name: string, weights: Float32Array];

/** The weights with what `change` gives for each layer; `name` gives the full name of a layer's part. */
function inEveryLayer(
  config: DecoderConfig,
  weights: Weights,
  change: (name: (part: string) => string) => Named[],
): Model {
  const changed = Array.from({ length: config.layers }, (_, layer) =>
    change((part) => `model.layers.${layer}.${part}.weight`),
  );
  return { config, weights: new Map([...weights, ...changed.flat()]) };
}

/** Products run in blocks of 32 inputs. */
function checkSize(what: string, keep: number, of: number, inputs: number): void {
  if (!(Number.isInteger(keep) && keep >= 1 && keep <= of))
    throw new BadInput(`[compress] ${what} ${keep}: give a whole number from 1 to ${of}`);
  if (inputs % BLOCK)
    throw new BadInput(
      `[compress] ${what} ${keep}: ${inputs} inputs do not fill blocks of ${BLOCK}, keep more or fewer`,
    );
}

/** Indices of the `keep` with the highest scores, rising; of equals the first. */
function largest(keep: number, count: number, score: (i: number) => number): number[] {
  const scores = Float64Array.from({ length: count }, (_, i) => score(i));
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, keep).sort((a, b) => a - b);
}

function takeRows(w: Float32Array, columns: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) out.set(w.subarray(row * columns, (row + 1) * columns), i * columns);
  return out;
}

function takeColumns(w: Float32Array, columns: number, kept: readonly number[]): Float32Array {
  const rows = w.length / columns;
  return Float32Array.from(
    { length: rows * kept.length },
    (_, i) => w[Math.floor(i / kept.length) * columns + kept[i % kept.length]!]!,
  );
}

// ------------------------------------------------------------------------------------------------ weighing

function norm(length: number, at: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += at(i) ** 2;
  return Math.sqrt(sum);
}

/** ‖o_h·v_h·diag(gain)‖, by two small products: it is √Σ (oᵀo) ⊙ (v·diag(gain²)·vᵀ). v [heads·D, d], o [d, heads·D]. */
function headNorm(
  v: Float32Array,
  o: Float32Array,
  gain: Float32Array,
  head: number,
  { heads, headDim: D, hiddenSize: d }: DecoderConfig,
): number {
  const from = head * D;
  let sum = 0;
  for (let i = from; i < from + D; i++) {
    for (let j = from; j < from + D; j++) {
      let written = 0;
      let read = 0;
      for (let c = 0; c < d; c++) {
        written += o[c * heads * D + i]! * o[c * heads * D + j]!;
        read += v[i * d + c]! * v[j * d + c]! * gain[c]! ** 2;
      }
      sum += written * read;
    }
  }
  return Math.sqrt(Math.max(0, sum));
}
