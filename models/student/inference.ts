/**
 * The decoder's graphs for answering: one for several tokens of one sequence (decoding.ts), one for the next token of
 * several sequences (batch.ts), one in the shape Hugging Face's runtimes expect. Knows neither text, files nor sessions.
 *
 * Attention is `GroupQueryAttention` (rotary positions, causal mask and cache in one operator) except in the step, see
 * there. 8-bit products are `MatMulNBits` with blocks of 32 and activations rounded to 8 bits a block: a token's numbers
 * do not depend on what else is in the run, as long as the run has two tokens or more (one alone takes another kernel,
 * whose last digits differ).
 */
import { Graph, MICROSOFT } from '../graph/graph.ts';
import type { Dim, Tensor } from '../graph/tensor.ts';
import type { DecoderConfig } from './config.ts';
import { ropeTables, type Weights } from './decoder.ts';
import { BLOCK, quantizeBlocks, quantizeNibbles } from './quantize.ts';

/**
 * `int8`: weights in 8-bit blocks; `int4`: the layers' matrices in 4-bit blocks, the embeddings, which are the output
 * layer too, in 8; `float32`: the weights as the file has them.
 */
export type Precision = 'int8' | 'int4' | 'float32';

/**
 * In: `ids` int64 `[B, S]`; `last` int32 `[B]`, length of each whole sequence less one; `total` int32 `[1]`, length of
 * the longest; `fresh` int64 `[S]`, the positions of `ids` in their sequence; `rows` int64 `[R]`, which of the B·S
 * positions are read out; `targets` int64 `[R, 1]`, the token expected after each; `past.N.key|value` float32
 * `[B, heads, capacity, headDim]`, of which the first `last + 1 − S` tokens count.
 * Out: `best` int64 `[R]`, the likeliest next token; `best_log_prob` `[R]`, `target_log_prob` `[R, 1]` float32, natural
 * logarithms; `fresh_cache` `[2·layers·B, heads, S, headDim]`, keys and values of `ids` only: the binding copies whatever
 * comes out, so what comes out is small.
 */
export function flatGraph(config: DecoderConfig, weights: Weights, precision: Precision): Uint8Array {
  const graph = new Graph('student');
  const ids = graph.input('ids', 'int64', ['B', 'S']);
  const last = graph.input('last', 'int32', ['B']);
  const total = graph.input('total', 'int32', [1]);
  const fresh = graph.input('fresh', 'int64', ['S']);
  const rows = graph.input('rows', 'int64', ['R']);
  const targets = graph.input('targets', 'int64', ['R', 1]);
  const decoder = body(graph, config, weights, precision);
  const { attention, present } = groupQueryAttention(graph, config, 'past', last, total);
  const hidden = decoder.layers(ids, attention);
  const cache = present.map((one) => graph.gather(one, fresh, 2));
  graph.output(graph.concat(cache, 0), 'fresh_cache');
  const logits = decoder.head(graph.gather(graph.reshape(hidden, [-1, config.hiddenSize]), rows)); // [R, vocabulary]
  const logProbs = graph.logSoftmax(logits);
  graph.output(graph.argMax(logits), 'best');
  graph.output(graph.reduceMax(logProbs, [-1], false), 'best_log_prob');
  graph.output(graph.gatherElements(logProbs, targets, 1), 'target_log_prob');
  return graph.encode();
}

/**
 * The next token of each of B sequences of any lengths. In: `ids` int64 `[B, 1]`; `positions` int64 `[B, 1]`, where each
 * stands in its sequence; `past.N.key|value` float32 `[G, heads, capacity, headDim]`; `past_mask` float32
 * `[G, 1, 1, capacity]`, 0 where the past counts and −∞ behind its end; `lengths` int64 `[2]`, capacity and 1. G is B, or
 * 1: then all share the one past. Out: `best` int64 `[B]`, `best_log_prob` float32 `[B]`, `fresh_cache`
 * `[2·layers·B, heads, 1, headDim]`.
 *
 * A row's numbers hang neither on its neighbours nor on `capacity`, if B is two or more (batch.ts finds out about one) and
 * capacity a multiple of 64: what is hidden adds zeros, and whole blocks of them.
 */
export function stepGraph(config: DecoderConfig, weights: Weights, precision: Precision): Uint8Array {
  const graph = new Graph('step');
  const ids = graph.input('ids', 'int64', ['B', 1]);
  const positions = graph.input('positions', 'int64', ['B', 1]);
  const decoder = body(graph, config, weights, precision);
  const { attention, fresh } = stepAttention(graph, config, positions);
  const hidden = decoder.layers(ids, attention);
  graph.output(graph.concat(fresh, 0), 'fresh_cache');
  const logits = decoder.head(graph.reshape(hidden, [-1, config.hiddenSize])); // [B, vocabulary]
  graph.output(graph.argMax(logits), 'best');
  graph.output(graph.reduceMax(graph.logSoftmax(logits), [-1], false), 'best_log_prob');
  return graph.encode();
}

/**
 * In: `input_ids` int64 `[batch, sequence]`, `attention_mask` int64 `[batch, total]`, `past_key_values.N.key|value`.
 * Out: `logits` float32 `[batch, sequence, vocabulary]`, `present.N.key|value`.
 */
export function hfGraph(config: DecoderConfig, weights: Weights, precision: Precision): Uint8Array {
  const graph = new Graph('student');
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const mask = graph.input('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
  const decoder = body(graph, config, weights, precision);
  const last = graph.cast(graph.sub(graph.reduceSum(mask, [1], false), graph.ints([1])), 'int32');
  const total = graph.cast(graph.op1('Shape', [mask], 'int64', [1], { attributes: { start: 1 } }), 'int32');
  const { attention, present } = groupQueryAttention(graph, config, 'past_key_values', last, total);
  const hidden = decoder.layers(ids, attention);
  for (const [i, one] of present.entries()) graph.output(one, `present.${i >> 1}.${i % 2 ? 'value' : 'key'}`);
  const logits = decoder.head(graph.reshape(hidden, [-1, config.hiddenSize]));
  const shape = graph.concat([graph.op1('Shape', [ids], 'int64', [2]), graph.ints([config.vocabSize])], 0);
  graph.output(graph.op1('Reshape', [logits, shape], 'float32', [...ids.shape, config.vocabSize]), 'logits');
  return graph.encode();
}

/** From the queries, keys and values of the new tokens `[…, 3·heads·headDim]` to what each gathers `[…, heads·headDim]`. */
type Attention = (qkv: Tensor, layer: number) => Tensor;

/** `past` begins the names of the cache's inputs; `present` fills as layers are built: keys and values after the run. */
function groupQueryAttention(
  graph: Graph,
  config: DecoderConfig,
  past: string,
  last: Tensor,
  total: Tensor,
): { attention: Attention; present: Tensor[] } {
  const { heads, headDim } = config;
  const { cos, sin } = rope(graph, config);
  const present: Tensor[] = [];
  const attention: Attention = (qkv, layer) => {
    const [B, S] = qkv.shape as [Dim, Dim];
    const cache = ['key', 'value'].map((kind) =>
      graph.input(`${past}.${layer}.${kind}`, 'float32', [B, heads, 'past_length', headDim]),
    );
    const whole = { type: 'float32', shape: [B, heads, 'present_length', headDim] } as const;
    const [mixed, ...kept] = graph.op(
      'GroupQueryAttention',
      [qkv, null, null, ...cache, last, total, cos, sin],
      [{ type: 'float32', shape: [B, S, heads * headDim] }, whole, whole],
      { domain: MICROSOFT, attributes: { num_heads: heads, kv_num_heads: heads, do_rotary: 1, rotary_interleaved: 0 } },
    );
    present.push(kept[0]!, kept[1]!);
    return mixed!;
  };
  return { attention, present };
}

/**
 * Attention of one new token a sequence, from plain operators: GroupQueryAttention copies the whole past at every run,
 * which eats all that a batch gains. `fresh` fills as layers are built: key and value of the new tokens.
 */
function stepAttention(
  graph: Graph,
  config: DecoderConfig,
  positions: Tensor,
): { attention: Attention; fresh: Tensor[] } {
  const { heads, headDim } = config;
  const { cos, sin } = rope(graph, config);
  // The scale of the scores is in the queries' rotation: a product with a factor of its own takes a slower kernel.
  const scaled = rope(graph, config, 'scaled_', 1 / Math.sqrt(headDim));
  const pastMask = graph.input('past_mask', 'float32', ['G', 1, 1, 'capacity']);
  const lengths = graph.input('lengths', 'int64', [2]);
  const fresh: Tensor[] = [];
  const attention: Attention = (qkv, layer) => {
    const [pastK, pastV] = ['key', 'value'].map((kind) =>
      graph.input(`past.${layer}.${kind}`, 'float32', ['G', heads, 'capacity', headDim]),
    );
    const [q0, k0, v] = graph.split(graph.reshape(qkv, ['B', 3 * heads, 1, headDim]), [heads, heads, heads], 1);
    const q = graph.rotaryEmbedding(q0!, positions, scaled.cos, scaled.sin); // [B, heads, 1, headDim]
    const k = graph.rotaryEmbedding(k0!, positions, cos, sin);
    fresh.push(k, v!);
    const toPast = graph.add(scores(q, pastK!, 'capacity'), pastMask); // [B, heads, 1, capacity]
    const shares = graph.softmax(graph.concat([toPast, scores(q, k, 1)], -1)); // [B, heads, 1, capacity + 1]
    const parts = ['capacity', 1].map((length) => ({ type: 'float32', shape: ['B', heads, 1, length] }) as const);
    const [ofPast, ofSelf] = graph.op('Split', [shares, lengths], parts, { attributes: { axis: -1 } });
    const fromPast = graph.op1('MatMul', [ofPast!, pastV!], 'float32', q.shape);
    return graph.reshape(graph.add(fromPast, graph.mul(ofSelf!, v!)), ['B', 1, heads * headDim]);
  };
  /** q · kᵀ, for one past a row or one past for all, which the shapes' names cannot say. */
  const scores = (q: Tensor, k: Tensor, length: Dim): Tensor =>
    graph.op1('FusedMatMul', [q, k], 'float32', [...q.shape.slice(0, -1), length], {
      domain: MICROSOFT,
      attributes: { transA: 0, transB: 1, alpha: { float: 1 } },
    });
  return { attention, fresh };
}

/** Tables of the rotary positions, `[positions, headDim / 2]`, times `scale`; `prefix` begins their names. */
function rope(graph: Graph, config: DecoderConfig, prefix = '', scale = 1): { cos: Tensor; sin: Tensor } {
  const { cos, sin } = ropeTables(config, config.maxPositions);
  const table = (name: string, values: Float32Array): Tensor => {
    const data = scale === 1 ? values : values.map((value) => value * scale);
    return graph.constant('float32', [config.maxPositions, config.headDim / 2], data, prefix + name);
  };
  return { cos: table('cos', cos), sin: table('sin', sin) };
}

/** The parts all graphs share. */
function body(graph: Graph, config: DecoderConfig, weights: Weights, precision: Precision) {
  const { hiddenSize, heads, headDim, ffnSize } = config;
  const width = heads * headDim;
  const weight = (name: string): Float32Array => {
    const data = weights.get(name);
    if (!data) throw new Error(`[decoder] no weight ${name}`);
    return data;
  };
  const float = (name: string, shape: number[], data = weight(name)) => graph.constant('float32', shape, data, name);
  const arithmetic = precision === 'float32' ? floats(graph) : blocks(graph, precision === 'int4' ? 4 : 8);
  const table = arithmetic.table(weight('model.embed_tokens.weight'), config.vocabSize, hiddenSize);
  const linear = (x: Tensor, names: string[], rows: number, columns: number) =>
    arithmetic.linear(x, stack(names.map((name) => weight(`${name}.weight`))), rows, columns);

  const attend = (x: Tensor, layer: number, attention: Attention): Tensor => {
    const at = `model.layers.${layer}.self_attn`;
    const qkv = linear(x, [`${at}.q_proj`, `${at}.k_proj`, `${at}.v_proj`], 3 * width, hiddenSize);
    return linear(attention(qkv, layer), [`${at}.o_proj`], hiddenSize, width);
  };

  const feedForward = (x: Tensor, layer: number): Tensor => {
    const at = `model.layers.${layer}.mlp`;
    const both = linear(x, [`${at}.gate_proj`, `${at}.up_proj`], 2 * ffnSize, hiddenSize);
    const [gate, up] = graph.split(both, [ffnSize, ffnSize], -1);
    const silu = { domain: MICROSOFT, attributes: { alpha: { float: 1 } } }; // x·sigmoid(x) in one operator
    return linear(
      graph.mul(graph.op1('QuickGelu', [gate!], 'float32', gate!.shape, silu), up!),
      [`${at}.down_proj`],
      hiddenSize,
      ffnSize,
    );
  };

  /** residual + delta, and its RMS norm, in one operator. */
  const addNorm = (residual: Tensor, delta: Tensor, gain: string): { residual: Tensor; x: Tensor } => {
    const like = { type: 'float32', shape: residual.shape } as const;
    const [x, , , sum] = graph.op(
      'SkipSimplifiedLayerNormalization',
      [residual, delta, float(gain, [hiddenSize])],
      [like, null, null, like],
      { domain: MICROSOFT, attributes: { epsilon: { float: config.rmsEps } } },
    );
    return { residual: sum!, x: x! };
  };

  /** ids [B, S] → normalised hidden states [B, S, hiddenSize]. */
  const layers = (ids: Tensor, attention: Attention): Tensor => {
    let residual = table.embed(ids);
    const first = float('model.layers.0.input_layernorm.weight', [hiddenSize]);
    let x = graph.simplifiedLayerNormalization(residual, first, config.rmsEps).y;
    for (let layer = 0; layer < config.layers; layer++) {
      const between = `model.layers.${layer}.post_attention_layernorm.weight`;
      ({ residual, x } = addNorm(residual, attend(x, layer, attention), between));
      const after =
        layer + 1 < config.layers ? `model.layers.${layer + 1}.input_layernorm.weight` : 'model.norm.weight';
      ({ residual, x } = addNorm(residual, feedForward(x, layer), after));
    }
    return x;
  };
  return { layers, head: table.head };
}

/** How products are computed. `linear`: x `[…, columns]` · wᵀ. `table`: one matrix is the embedding and the output layer. */
interface Arithmetic {
  linear(x: Tensor, w: Float32Array, rows: number, columns: number): Tensor;
  table(w: Float32Array, rows: number, columns: number): { embed(ids: Tensor): Tensor; head(x: Tensor): Tensor };
}

function floats(graph: Graph): Arithmetic {
  return {
    linear: (x, w, rows, columns) =>
      graph.matmul(x, graph.constant('float32', [columns, rows], transposed(w, rows, columns))),
    table: (w, rows, columns) => {
      const matrix = graph.constant('float32', [rows, columns], w);
      return { embed: (ids) => graph.gather(matrix, ids), head: (x) => graph.gemm(x, matrix, { transB: true }) };
    },
  };
}

/** `bits` are those of the layers' matrices; the table has 8. */
function blocks(graph: Graph, bits: 4 | 8): Arithmetic {
  const matrix = (w: Float32Array, rows: number, columns: number, bits: 4 | 8) => {
    const { bytes, scales } = bits === 4 ? quantizeNibbles(w) : quantizeBlocks(w);
    return {
      b: graph.constant('uint8', [rows, columns / BLOCK, (BLOCK * bits) / 8], bytes),
      scales: graph.constant('float32', [scales.length], scales),
      bits,
    };
  };
  const product = (x: Tensor, { b, scales, bits }: ReturnType<typeof matrix>, rows: number, columns: number) =>
    graph.op1('MatMulNBits', [x, b, scales], 'float32', x.shape.with(-1, rows), {
      domain: MICROSOFT,
      attributes: { K: columns, N: rows, bits, block_size: BLOCK, accuracy_level: 4 },
    });
  return {
    linear: (x, w, rows, columns) => product(x, matrix(w, rows, columns, bits), rows, columns),
    table: (w, rows, columns) => {
      const shared = matrix(w, rows, columns, 8);
      const perBlock = graph.reshape(shared.scales, [rows, columns / BLOCK, 1]);
      return {
        embed: (ids) => {
          const shape = [...ids.shape, columns / BLOCK, BLOCK];
          const gathered = graph.op1('GatherBlockQuantized', [shared.b, ids, perBlock], 'float32', shape, {
            domain: MICROSOFT,
            attributes: { bits: 8, block_size: BLOCK, gather_axis: 0, quantize_axis: 2 },
          });
          const flat = [graph.ints([0, 0, columns])];
          return graph.op1('Reshape', [gathered, ...flat], 'float32', [...ids.shape, columns]);
        },
        head: (x) => product(x, shared, rows, columns),
      };
    },
  };
}

function stack(parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function transposed(w: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(w.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = w[r * columns + c]!;
  return out;
}
