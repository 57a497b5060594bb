/**
 * A decoder of another maker, as optimum would have exported it: grouped key heads, biases, an output layer of its own, odd
 * sizes, other tokens, positions and mask as inputs, a cache in and out, in float32 or with its cache in float16. Nothing
 * of it is ours but the writer of the file; its weights are drawn.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Graph } from '../../../models/graph/graph.ts';
import type { Shape, Tensor } from '../../../models/graph/tensor.ts';
import { trainBpe } from '../../../models/student/bpe.ts';
import { random, TEXTS } from './fixture.ts';

export const FOREIGN = { hidden: 48, heads: 4, keyHeads: 2, headDim: 12, ffn: 80, layers: 2, context: 2048 };

export interface ForeignOptions {
  /** Whether the model is told positions, or counts them by the mask's length. Default true. */
  positions?: boolean;
  cache?: 'float32' | 'float16';
  /** Where the file lies; default transformers.js's place. */
  file?: string;
}

export async function writeForeign(folder: string, options: ForeignOptions = {}): Promise<void> {
  const { file = 'onnx/model.onnx' } = options;
  const tokenizer = trainBpe(TEXTS, { vocabSize: 340, specialTokens: ['<s>', '</s>'], minCount: 1 });
  const vocabSize = Object.keys(tokenizer.model.vocab).length;
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await json('config.json', {
    ...{ architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', vocab_size: vocabSize, hidden_size: FOREIGN.hidden },
    ...{ num_attention_heads: FOREIGN.heads, num_key_value_heads: FOREIGN.keyHeads, eos_token_id: 1, bos_token_id: 0 },
    ...{ num_hidden_layers: FOREIGN.layers, max_position_embeddings: FOREIGN.context, tie_word_embeddings: false },
  });
  await json('tokenizer.json', tokenizer);
  await json('tokenizer_config.json', { bos_token: '<s>', eos_token: '</s>', add_bos_token: true });
  await writeFile(join(folder, file), foreignGraph(vocabSize, options));
}

export function foreignGraph(
  vocabSize: number,
  { positions = true, cache = 'float32' }: ForeignOptions = {},
): Uint8Array {
  const { hidden, heads, keyHeads, headDim, ffn, layers, context } = FOREIGN;
  const graph = new Graph('foreign');
  const next = random(11);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const drawn = (shape: number[], spread: number): Tensor =>
    graph.constant(
      'float32',
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => spread * normal()),
    );
  const like = (op: string, inputs: Tensor[], shape: Shape, attributes = {}): Tensor =>
    graph.op1(op, inputs, 'float32', shape, { attributes });

  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const mask = graph.input('attention_mask', 'int64', ['batch_size', 'total_length']);
  const total = graph.op1('Gather', [graph.op1('Shape', [mask], 'int64', [2]), scalar(graph, 1)], 'int64', []);
  const length = graph.op1('Gather', [graph.op1('Shape', [ids], 'int64', [2]), scalar(graph, 1)], 'int64', []);
  const places = graph.op1('Range', [scalar(graph, 0), total, scalar(graph, 1)], 'int64', ['total_length']);
  const given = positions ? graph.input('position_ids', 'int64', ['batch_size', 'sequence_length']) : undefined;
  const counted = (): Tensor => {
    const first = graph.op1('Sub', [total, length], 'int64', []);
    const range = graph.op1('Range', [first, total, scalar(graph, 1)], 'int64', ['sequence_length']);
    return graph.op1('Unsqueeze', [range, graph.ints([0])], 'int64', [1, 'sequence_length']);
  };
  const at = given ?? counted();
  // A position sees itself and what is before it.
  const own = graph.op1('Unsqueeze', [at, graph.ints([1, 3])], 'int64', ['batch_size', 1, 'sequence_length', 1]);
  const seen = graph.op1('LessOrEqual', [places, own], 'bool', ['batch_size', 1, 'sequence_length', 'total_length']);
  const hides = graph.op1('Where', [seen, graph.scalar(0), graph.scalar(-1e9)], 'float32', seen.shape);
  const turn = (f: (x: number) => number): Float32Array =>
    Float32Array.from({ length: context * (headDim / 2) }, (_, k) => {
      const [place, pair] = [Math.floor(k / (headDim / 2)), k % (headDim / 2)];
      return f(place / 10_000 ** ((2 * pair) / headDim));
    });
  const cos = graph.constant('float32', [context, headDim / 2], turn(Math.cos));
  const sin = graph.constant('float32', [context, headDim / 2], turn(Math.sin));

  const project = (x: Tensor, width: number, count: number): Tensor => {
    const flat = graph.add(graph.matmul(x, drawn([hidden, width], 0.2)), drawn([width], 0.1));
    const split = graph.op1('Reshape', [flat, graph.ints([0, 0, count, headDim])], 'float32', [
      ...['batch_size', 'sequence_length'],
      ...[count, headDim],
    ]);
    return graph.transpose(split, [0, 2, 1, 3]);
  };
  const kept: { name: string; tensor: Tensor }[] = [];
  let residual = graph.gather(drawn([vocabSize, hidden], 0.5), ids);
  for (let layer = 0; layer < layers; layer++) {
    const x = graph.simplifiedLayerNormalization(residual, drawn([hidden], 1), 1e-6).y;
    const q = graph.rotaryEmbedding(project(x, heads * headDim, heads), at, cos, sin);
    const k = graph.rotaryEmbedding(project(x, keyHeads * headDim, keyHeads), at, cos, sin);
    const v = project(x, keyHeads * headDim, keyHeads);
    const whole = [k, v].map((fresh, i) => {
      const name = `${layer}.${i ? 'value' : 'key'}`;
      const shape = ['batch_size', keyHeads, 'past_length', headDim];
      const past = graph.input(`past_key_values.${name}`, cache, shape);
      const joined = like(
        'Concat',
        [cache === 'float32' ? past : graph.cast(past, 'float32'), fresh],
        [...['batch_size', keyHeads, 'total_length', headDim]],
        { axis: 2 },
      );
      kept.push({ name: `present.${name}`, tensor: cache === 'float32' ? joined : graph.cast(joined, cache) });
      // Each key head serves two query heads.
      return graph.gather(joined, graph.ints([0, 0, 1, 1]), 1);
    });
    const scores = graph.mul(
      like(
        'MatMul',
        [q, graph.transpose(whole[0]!, [0, 1, 3, 2])],
        ['batch_size', heads, 'sequence_length', 'total_length'],
      ),
      graph.scalar(1 / Math.sqrt(headDim)),
    );
    const shares = graph.softmax(graph.add(scores, hides));
    const mixed = graph.transpose(like('MatMul', [shares, whole[1]!], q.shape), [0, 2, 1, 3]);
    const flat = like('Reshape', [mixed, graph.ints([0, 0, heads * headDim])], residual.shape);
    residual = graph.add(residual, graph.matmul(flat, drawn([heads * headDim, hidden], 0.2)));
    const y = graph.simplifiedLayerNormalization(residual, drawn([hidden], 1), 1e-6).y;
    const gated = graph.mul(
      graph.silu(graph.matmul(y, drawn([hidden, ffn], 0.2))),
      graph.matmul(y, drawn([hidden, ffn], 0.2)),
    );
    residual = graph.add(residual, graph.matmul(gated, drawn([ffn, hidden], 0.2)));
  }
  const last = graph.simplifiedLayerNormalization(residual, drawn([hidden], 1), 1e-6).y;
  graph.output(graph.matmul(last, drawn([hidden, vocabSize], 0.3)), 'logits');
  for (const { name, tensor } of kept) graph.output(tensor, name);
  return graph.encode();
}

function scalar(graph: Graph, value: number): Tensor {
  return graph.constant('int64', [], BigInt64Array.of(BigInt(value)));
}
