/** The decoder's graph against a plain forward pass in double precision, and its gradients against central differences. */
import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../../models/distill/random.ts';
import {
  type DecoderConfig,
  decoderConfig,
  fromHuggingFace,
  parameterCount,
  toHuggingFace,
} from '../../../models/student/config.ts';
import {
  checkWeights,
  evaluationGraph,
  gradientName,
  initWeights,
  trainingGraph,
  type Weights,
  weightShapes,
} from '../../../models/student/decoder.ts';
import { differenceError, type Feeds, open } from '../graph/check.ts';

const config = decoderConfig({
  vocabSize: 11,
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  headDim: 4,
  ffnSize: 12,
  ropeTheta: 100,
  maxPositions: 8,
});
const shape = { batch: 2, sequence: 6 };
// Row 0: a document of 4 and one of 2; row 1: one of 5 and padding.
const positions = [0, 1, 2, 3, 0, 1, 0, 1, 2, 3, 4, 0];
const documents = [1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 0];
const ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 0];
const targets = [1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 0];
const targetWeights = [0.1, 0.1, 1, 1, 0.1, 1, 0.1, 1, 1, 1, 1, 0];

/** Weights large enough that every path carries a gradient. */
function livelyWeights(): Weights {
  const rng = random(7);
  return new Map([...initWeights(config, 3)].map(([name, data]) => [name, data.map((x) => x + rng.next() - 0.5)]));
}

function feeds(weights: Weights, inputIds = ids): Feeds {
  const ints = (values: number[]) => ({ data: Int32Array.from(values), shape: [values.length] });
  return {
    input_ids: ints(inputIds),
    position_ids: ints(positions),
    document_ids: ints(documents),
    targets: ints(targets),
    target_weights: { data: Float32Array.from(targetWeights), shape: [targetWeights.length] },
    ...Object.fromEntries(
      [...weightShapes(config)].map(([name, dims]) => [name, { data: weights.get(name)!, shape: dims }]),
    ),
  };
}

describe('the decoder', () => {
  const weights = livelyWeights();
  let evaluate: (feeds: Feeds) => Promise<Record<string, Float32Array>>;
  beforeAll(async () => {
    evaluate = await open(evaluationGraph(config, shape).graph);
  });

  it('gives the losses of a plain forward pass', async () => {
    const { token_losses, loss, weight_sum } = await evaluate(feeds(weights));
    const naive = [
      ...naiveLosses(config, weights, ids.slice(0, 4), targets.slice(0, 4)),
      ...naiveLosses(config, weights, ids.slice(4, 6), targets.slice(4, 6)),
      ...naiveLosses(config, weights, ids.slice(6, 11), targets.slice(6, 11)),
    ];
    const apart = Math.max(...naive.map((x, i) => Math.abs(x - token_losses![i]!)));
    console.log(`largest difference of a token's loss from the plain forward pass: ${apart.toExponential(1)}`);
    expect(apart).toBeLessThan(2e-5);
    const sum = targetWeights.reduce((a, b) => a + b, 0);
    expect(weight_sum![0]).toBeCloseTo(sum, 5);
    expect(loss![0]).toBeCloseTo(naive.reduce((total, x, i) => total + x * targetWeights[i]!, 0) / sum, 5);
  });

  it('does not let packed documents see each other', async () => {
    const before = (await evaluate(feeds(weights))).token_losses!;
    const after = (await evaluate(feeds(weights, ids.with(1, 7)))).token_losses!;
    const changed = [...before].flatMap((x, i) => (x === after[i] ? [] : [i]));
    expect(changed).toEqual([1, 2, 3]);
  });

  it('has the gradients of its loss in every weight', async () => {
    const graph = trainingGraph(config, shape);
    const run = await open(graph.graph);
    const pairs = graph.weights.map((name) => [name, gradientName(name)]);
    const error = await differenceError(run, feeds(weights), pairs, 4e-3);
    console.log(
      `largest relative error of the decoder's gradients (${parameterCount(config)} weights): ${error.toExponential(1)}`,
    );
    expect(error).toBeLessThan(5e-3);
  });

  it('counts its parameters and names weights that do not fit', () => {
    const sizes = [...weights.values()].map((data) => data.length);
    expect(sizes.reduce((a, b) => a + b)).toBe(parameterCount(config));
    const short = new Map(weights).set('model.norm.weight', new Float32Array(3));
    expect(() => checkWeights(config, short)).toThrow('model.norm.weight has 3 elements, the config asks for 8');
    const more = new Map(weights).set('lm_head.weight', new Float32Array(3));
    expect(() => checkWeights(config, more)).toThrow('lm_head.weight is not in the config');
  });

  it("is itself again after Hugging Face's config.json, and refuses other decoders", () => {
    const json = JSON.parse(JSON.stringify(toHuggingFace(config)));
    expect(fromHuggingFace(json)).toEqual(config);
    expect(() => fromHuggingFace({ ...json, num_key_value_heads: 1 })).toThrow('num_key_value_heads is 1');
    expect(() => fromHuggingFace({ ...json, tie_word_embeddings: false })).toThrow('tie_word_embeddings');
    expect(() => fromHuggingFace({ ...json, hidden_size: 'x' })).toThrow('hidden_size must be a number');
  });
});

/** −ln p(target) of one document, by the book, in double precision. */
function naiveLosses(c: DecoderConfig, weights: Weights, inputs: number[], wanted: number[]): number[] {
  const w = (name: string): Float32Array => weights.get(`model.${name}.weight`)!;
  const linear = (x: number[], m: Float32Array): number[] =>
    Array.from({ length: m.length / x.length }, (_, row) =>
      x.reduce((sum, xi, i) => sum + xi * m[row * x.length + i]!, 0),
    );
  const norm = (x: number[], scale: Float32Array): number[] => {
    const rms = Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 0) / x.length + c.rmsEps);
    return x.map((xi, i) => (xi / rms) * scale[i]!);
  };
  const softmax = (x: number[]): number[] => {
    const e = x.map((xi) => Math.exp(xi - Math.max(...x)));
    const sum = e.reduce((a, b) => a + b);
    return e.map((ei) => ei / sum);
  };
  const rotate = (x: number[], position: number): number[] =>
    x.map((xi, i) => {
      const at = i % c.headDim;
      const half = c.headDim / 2;
      const angle = position * c.ropeTheta ** (-(at % half) / half);
      const other = at < half ? -x[i + half]! : x[i - half]!;
      return xi * Math.cos(angle) + other * Math.sin(angle);
    });
  const plus = (a: number[], b: number[]): number[] => a.map((ai, i) => ai + b[i]!);

  let x = inputs.map((id) => [...w('embed_tokens').subarray(id * c.hiddenSize, (id + 1) * c.hiddenSize)]);
  for (let layer = 0; layer < c.layers; layer++) {
    const lw = (part: string): Float32Array => w(`layers.${layer}.${part}`);
    const h = x.map((row) => norm(row, lw('input_layernorm')));
    const q = h.map((row, t) => rotate(linear(row, lw('self_attn.q_proj')), t));
    const k = h.map((row, t) => rotate(linear(row, lw('self_attn.k_proj')), t));
    const v = h.map((row) => linear(row, lw('self_attn.v_proj')));
    const mixed = q.map((qt, t) =>
      qt.map((_, i) => {
        const from = Math.floor(i / c.headDim) * c.headDim;
        const dot = (s: number): number =>
          Array.from({ length: c.headDim }, (_, j) => qt[from + j]! * k[s]![from + j]!).reduce((a, b) => a + b);
        const p = softmax(Array.from({ length: t + 1 }, (_, s) => dot(s) / Math.sqrt(c.headDim)));
        return p.reduce((sum, ps, s) => sum + ps * v[s]![i]!, 0);
      }),
    );
    x = x.map((row, t) => plus(row, linear(mixed[t]!, lw('self_attn.o_proj'))));
    x = x.map((row) => {
      const y = norm(row, lw('post_attention_layernorm'));
      const up = linear(y, lw('mlp.up_proj'));
      const a = linear(y, lw('mlp.gate_proj')).map((gi, i) => (gi / (1 + Math.exp(-gi))) * up[i]!);
      return plus(row, linear(a, lw('mlp.down_proj')));
    });
  }
  return x.map((row, t) => -Math.log(softmax(linear(norm(row, w('norm')), w('embed_tokens')))[wanted[t]!]!));
}
