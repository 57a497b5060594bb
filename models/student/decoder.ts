/**
 * The student as a graph: a Llama-style decoder whose way forward, loss and gradients are plain ONNX operators, so that
 * onnxruntime alone trains it. Generation has a graph of its own (inference.ts).
 *
 * Activations are matrices [N, d] with N = B·S rows of packed documents; linear layers keep Hugging Face's [out, in].
 */
import { random } from '../distill/random.ts';
import { RoundsError } from '../errors.ts';
import { gradients } from '../graph/gradients.ts';
import { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type DecoderConfig, parameterCount } from './config.ts';

/** Hugging Face tensor names, matrices [out, in]. */
export type Weights = Map<string, Float32Array>;

export interface BatchShape {
  /** Rows a step. */
  batch: number;
  /** Tokens a row. */
  sequence: number;
}

/**
 * Inputs of both graphs, all [B·S]: `input_ids`, `position_ids`, `document_ids` and `targets` int32, `target_weights`
 * float32, and the weights under their Hugging Face names. A token sees the tokens before it with its document id.
 */
export interface DecoderGraph {
  graph: Graph;
  /** Names of the weights in the order of the gradients. */
  weights: string[];
}

export const LOSS = 'loss';
/** Sum of the target weights. */
export const WEIGHT_SUM = 'weight_sum';
/** −ln p of each target, [B·S], unweighted. */
export const TOKEN_LOSSES = 'token_losses';

export function gradientName(weight: string): string {
  return `gradient ${weight}`;
}

/** Outputs: `loss` = Σ weight·(−ln p(target)) / Σ weight, `weight_sum`, and its gradient for every weight. */
export function trainingGraph(config: DecoderConfig, shape: BatchShape): DecoderGraph {
  const { g, parameters, loss } = forward(config, shape, 'train');
  const wrt = [...parameters.values()];
  gradients(g, loss, wrt).forEach((dw, i) => {
    g.output(dw, gradientName(wrt[i]!.name));
  });
  return { graph: g, weights: [...parameters.keys()] };
}

/** Outputs: `loss`, `weight_sum` and `token_losses`. */
export function evaluationGraph(config: DecoderConfig, shape: BatchShape): DecoderGraph {
  const { g, parameters, tokenLosses } = forward(config, shape, 'evaluate');
  g.output(tokenLosses, TOKEN_LOSSES);
  return { graph: g, weights: [...parameters.keys()] };
}

/** Names and shapes of all weights, matrices before vectors. */
export function weightShapes({
  vocabSize,
  hiddenSize: d,
  layers,
  heads,
  headDim,
  ffnSize,
}: DecoderConfig): Map<string, number[]> {
  const inner = heads * headDim;
  const shapes = new Map([[EMBEDDING, [vocabSize, d]]]);
  for (let layer = 0; layer < layers; layer++) {
    const name = inLayer(layer);
    shapes.set(name('self_attn.q_proj'), [inner, d]);
    shapes.set(name('self_attn.k_proj'), [inner, d]);
    shapes.set(name('self_attn.v_proj'), [inner, d]);
    shapes.set(name('self_attn.o_proj'), [d, inner]);
    shapes.set(name('mlp.gate_proj'), [ffnSize, d]);
    shapes.set(name('mlp.up_proj'), [ffnSize, d]);
    shapes.set(name('mlp.down_proj'), [d, ffnSize]);
  }
  for (let layer = 0; layer < layers; layer++) {
    const name = inLayer(layer);
    shapes.set(name('input_layernorm'), [d]);
    shapes.set(name('post_attention_layernorm'), [d]);
  }
  return shapes.set(FINAL_NORM, [d]);
}

/**
 * Matrices normal with deviation 0.02, those that write to the residual stream (o_proj, down_proj) smaller by
 * √(2·layers) as in GPT-2; norms 1.
 */
export function initWeights(config: DecoderConfig, seed: number): Weights {
  const rng = random(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
  const weights: Weights = new Map();
  for (const [name, shape] of weightShapes(config)) {
    const size = shape.reduce((a, b) => a * b);
    const residual = name.includes('o_proj') || name.includes('down_proj');
    const deviation = 0.02 / (residual ? Math.sqrt(2 * config.layers) : 1);
    weights.set(
      name,
      shape.length === 1 ? new Float32Array(size).fill(1) : new Float32Array(size).map(() => deviation * normal()),
    );
  }
  return weights;
}

/** Throws RoundsError `wrong_weights` naming the first tensor that is missing, too many or of the wrong size. */
export function checkWeights(config: DecoderConfig, weights: Weights): void {
  const shapes = weightShapes(config);
  const wrong = (problem: string): never => {
    throw new RoundsError('wrong_weights', `[decoder] ${problem}: the weights belong to another config.json`);
  };
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b);
    const has = weights.get(name)?.length;
    if (has !== size) wrong(`${name} has ${has ?? 'no'} elements, the config asks for ${size}`);
  }
  for (const name of weights.keys()) if (!shapes.has(name)) wrong(`${name} is not in the config`);
}

/** cos and sin of position·θ^(−2i/headDim), [positions, headDim/2]. */
export function ropeTables(
  { headDim, ropeTheta }: DecoderConfig,
  positions: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = headDim / 2;
  const angle = (_: number, i: number): number => Math.floor(i / half) * ropeTheta ** (-(i % half) / half);
  const angles = Array.from({ length: positions * half }, angle);
  return { cos: Float32Array.from(angles, Math.cos), sin: Float32Array.from(angles, Math.sin) };
}

/** Floating-point operations of one training step: 6·parameters·tokens, forward and backward, attention products left out. */
export function trainingFlops(config: DecoderConfig, tokens: number): number {
  return 6 * parameterCount(config) * tokens;
}

// ── The graph, bottom up ───────────────────────────────────────────────────────────────────────────────────────────

const EMBEDDING = 'model.embed_tokens.weight';
const FINAL_NORM = 'model.norm.weight';
const inLayer = (layer: number) => (part: string) => `model.layers.${layer}.${part}.weight`;

/** What the layers share. */
interface Context {
  g: Graph;
  config: DecoderConfig;
  B: number;
  S: number;
  /** A weight by its Hugging Face name. */
  weight: (name: string) => Tensor;
  /** int64 [B, S] */
  positions: Tensor;
  cos: Tensor;
  sin: Tensor;
  /** 0 where a token may look, −1e9 where not, [B, 1, S, S]. */
  mask: Tensor;
}

function forward(config: DecoderConfig, { batch: B, sequence: S }: BatchShape, name: string) {
  if (S > config.maxPositions)
    throw new RoundsError('too_long', `[decoder] sequence ${S} is longer than maxPositions ${config.maxPositions}`);
  const g = new Graph(name);
  const N = B * S;
  const d = config.hiddenSize;
  const inputIds = g.input('input_ids', 'int32', [N]);
  const positionIds = g.input('position_ids', 'int32', [N]);
  const documentIds = g.input('document_ids', 'int32', [N]);
  const targets = g.input('targets', 'int32', [N]);
  const targetWeights = g.input('target_weights', 'float32', [N]);
  const parameters = new Map([...weightShapes(config)].map(([key, shape]) => [key, g.input(key, 'float32', shape)]));
  const tables = ropeTables(config, config.maxPositions);
  const context: Context = {
    g,
    config,
    B,
    S,
    weight: (key) => parameters.get(key)!,
    positions: g.reshape(g.cast(positionIds, 'int64'), [B, S]),
    cos: g.constant('float32', [config.maxPositions, config.headDim / 2], tables.cos),
    sin: g.constant('float32', [config.maxPositions, config.headDim / 2], tables.sin),
    mask: documentMask(g, documentIds, B, S),
  };

  // One gather for what goes in and what should come out: its gradient is one scatter.
  const embedding = context.weight(EMBEDDING);
  const rows = g.gather(embedding, g.concat([inputIds, targets], 0)); // [2N, d]
  const [embedded, wanted] = g.split(rows, [N, N], 0) as [Tensor, Tensor];
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    x = g.add(x, attention(context, layer, rmsNorm(context, x, inLayer(layer)('input_layernorm'))));
    x = g.add(x, feedForward(context, layer, rmsNorm(context, x, inLayer(layer)('post_attention_layernorm'))));
  }
  const tokenLosses = crossEntropy(g, rmsNorm(context, x, FINAL_NORM), embedding, wanted, targets);

  const weightSum = g.output(g.reduceSum(targetWeights, [0], false), WEIGHT_SUM);
  const share = g.div(targetWeights, g.max(weightSum, g.scalar(1e-9)));
  const loss = g.output(g.reduceSum(g.mul(tokenLosses, share), [0], false), LOSS);
  return { g, d, parameters, loss, tokenLosses };
}

/** Causal, and blind to other documents of the row. */
function documentMask(g: Graph, documentIds: Tensor, B: number, S: number): Tensor {
  const causal = g.constant(
    'bool',
    [1, S, S],
    Uint8Array.from({ length: S * S }, (_, i) => (i % S <= i / S ? 1 : 0)),
  );
  const same = g.equal(g.reshape(documentIds, [B, S, 1]), g.reshape(documentIds, [B, 1, S]));
  const mask = g.where(g.and(same, causal), g.scalar(0), g.scalar(-1e9));
  return g.reshape(mask, [B, 1, S, S]);
}

function rmsNorm({ g, config, weight }: Context, x: Tensor, name: string): Tensor {
  return g.simplifiedLayerNormalization(x, weight(name), config.rmsEps).y;
}

function attention(context: Context, layer: number, x: Tensor): Tensor {
  const { g, config, B, S, weight, positions, cos, sin, mask } = context;
  const { heads: H, headDim: D } = config;
  const name = inLayer(layer);
  const project = (part: string): Tensor => g.reshape(g.gemm(x, weight(name(part)), { transB: true }), [B, S, H * D]);
  const rotate = (y: Tensor): Tensor => g.rotaryEmbedding(y, positions, cos, sin, H);
  const byHead = (y: Tensor): Tensor => g.transpose(g.reshape(y, [B, S, H, D]), [0, 2, 1, 3]); // [B, H, S, D]
  const q = byHead(rotate(project('self_attn.q_proj')));
  const k = byHead(rotate(project('self_attn.k_proj')));
  const v = byHead(project('self_attn.v_proj'));
  const mixed = attend(g, q, k, v, mask, 1 / Math.sqrt(D));
  const joined = g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [B * S, H * D]);
  return g.gemm(joined, weight(name('self_attn.o_proj')), { transB: true });
}

/**
 * softmax(scale·q·kᵀ + mask)·v, all [B, H, S, D]. On the way back rowsum(dP·P) is taken as rowsum(dO·O), which is the
 * same and S/D times smaller (FlashAttention, arXiv 2205.14135, appendix B).
 */
function attend(g: Graph, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: number): Tensor {
  let p: Tensor;
  let o: Tensor;
  const build = (): Tensor[] => {
    p = g.softmax(g.add(g.fusedMatMul(q, k, { transB: true, alpha: scale }), mask)); // [B, H, S, S]
    o = g.matmul(p, v);
    return [o];
  };
  const backward = ([dO]: (Tensor | undefined)[]): Tensor[] => {
    const dP = g.fusedMatMul(dO!, v, { transB: true });
    const dS = g.mul(p, g.sub(dP, g.reduceSum(g.mul(dO!, o), [-1])));
    return [
      g.fusedMatMul(dS, k, { alpha: scale }),
      g.fusedMatMul(dS, q, { transA: true, alpha: scale }),
      g.fusedMatMul(p, dO!, { transA: true }),
    ];
  };
  return g.composite('Attention', [q, k, v], build, backward)[0]!;
}

function feedForward({ g, weight }: Context, layer: number, x: Tensor): Tensor {
  const name = inLayer(layer);
  const gate = g.gemm(x, weight(name('mlp.gate_proj')), { transB: true });
  const up = g.gemm(x, weight(name('mlp.up_proj')), { transB: true });
  return g.gemm(swiGlu(g, gate, up), weight(name('mlp.down_proj')), { transB: true });
}

/** gate·sigmoid(gate)·up. The way back shares what the chain rule would compute twice. */
function swiGlu(g: Graph, gate: Tensor, up: Tensor): Tensor {
  let s: Tensor;
  let y: Tensor;
  const build = (): Tensor[] => {
    s = g.sigmoid(gate);
    y = g.mul(gate, s);
    return [g.mul(y, up)];
  };
  const backward = ([da]: (Tensor | undefined)[]): Tensor[] => {
    const slope = g.add(s, g.mul(y, g.sub(g.scalar(1), s))); // of silu
    return [g.mul(g.mul(da!, up), slope), g.mul(da!, y)];
  };
  return g.composite('SwiGlu', [gate, up], build, backward)[0]!;
}

/**
 * −ln softmax(h·Eᵀ)[target], [N]. The way back needs no [N, V] matrix but the probabilities P: with `wanted` = the
 * target's row of E, dh = dy·(P·E − wanted), dE = Pᵀ·(dy·h) and dwanted = −dy·h. A soft label is the same with `wanted`
 * the mean of rows under the teacher's probabilities.
 */
function crossEntropy(g: Graph, h: Tensor, embedding: Tensor, wanted: Tensor, targets: Tensor): Tensor {
  const N = h.shape[0]!;
  let p: Tensor;
  const build = (): Tensor[] => {
    p = g.softmax(g.gemm(h, embedding, { transB: true })); // [N, V]
    const right = g.reshape(g.gatherElements(p, g.reshape(targets, [N, 1]), 1), [N]);
    return [g.neg(g.log(g.max(right, g.scalar(1e-37))))];
  };
  const backward = ([dy]: (Tensor | undefined)[]): Tensor[] => {
    const column = g.reshape(dy!, [N, 1]);
    const dyh = g.mul(h, column);
    return [g.mul(g.sub(g.gemm(p, embedding), wanted), column), g.gemm(p, dyh, { transA: true }), g.neg(dyh)];
  };
  return g.composite('CrossEntropy', [h, embedding, wanted], build, backward)[0]!;
}
