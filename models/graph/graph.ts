/**
 * Builds an ONNX graph node by node, checking shapes and types on the way, so that a slip is named where it is made and
 * not when the session loads. Knows nothing of language, nor how a graph is run.
 *
 * Dimensions may be names (`'B'`); what is static is checked, the rest is left to the runtime. Operator set 21 plus the
 * `com.microsoft` operators that onnxruntime brings for the CPU.
 */
import { type Attribute, encodeModel, type OnnxInitializer } from './onnx.ts';
import {
  axisOf,
  broadcast,
  type Dim,
  ELEMENT_TYPES,
  type ElementType,
  elements,
  mayEqual,
  type Shape,
  shapeError,
  shapeText,
  type Tensor,
  type TensorData,
  unify,
} from './tensor.ts';

export const MICROSOFT = 'com.microsoft';

export interface Node {
  readonly op: string;
  readonly domain: string;
  /** null is an optional input left out. */
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly (Tensor | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Set on a composite: its own way back, in place of a rule of the table. */
  readonly backward?: Backward;
}

/** Gradient of each output (undefined: none flows) → gradient of each input (undefined: none). */
export type Backward = (outputGradients: (Tensor | undefined)[]) => (Tensor | undefined)[];

export interface OpOptions {
  domain?: string;
  attributes?: Record<string, Attribute>;
}

/** Type and shape of an output of `op`; null leaves an optional output out. */
export type OutputSpec = { type: ElementType; shape: Shape } | null;

export class Graph {
  readonly name: string;
  readonly inputs: Tensor[] = [];
  readonly outputs: Tensor[] = [];
  /** In an order in which they can run. Composites stand after the nodes they are made of. */
  readonly nodes: Node[] = [];
  /** Nodes inside a composite: run like the others, but the way back goes round them. */
  readonly inner = new Set<Node>();
  readonly initializers = new Map<Tensor, TensorData>();
  readonly #shared = new Map<string, Tensor>();
  readonly #names = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  // ── Ends of the graph ────────────────────────────────────────────────────────────────────────────────────────────

  input(name: string, type: ElementType, shape: Shape): Tensor {
    const tensor = { name: this.#claim(name), type, shape };
    this.inputs.push(tensor);
    return tensor;
  }

  /** Marks a tensor as an output under this very name: no copy is made (an input or an output already is copied). */
  output(tensor: Tensor, name: string): Tensor {
    const taken = this.inputs.includes(tensor) || this.outputs.includes(tensor) || this.initializers.has(tensor);
    const out = taken ? this.identity(tensor) : tensor;
    if (out.name !== name) out.name = this.#claim(name);
    this.outputs.push(out);
    return out;
  }

  /** An initializer. Types without a JavaScript array of their own: see TensorData. */
  constant(type: ElementType, shape: readonly number[], data: TensorData, name?: string): Tensor {
    if (data.length !== elements(shape))
      shapeError('constant', `${data.length} elements for shape ${shapeText(shape)}${name ? ` of ${name}` : ''}`);
    const tensor = { name: name ? this.#claim(name) : this.#fresh('constant'), type, shape };
    this.initializers.set(tensor, data);
    return tensor;
  }

  /** A float32 of shape [], shared by its value. */
  scalar(value: number): Tensor {
    return this.#share(`f${value}`, () => this.constant('float32', [], Float32Array.of(value)));
  }

  /** int64 [n], shared by its values. */
  ints(values: readonly number[]): Tensor {
    return this.#share(`i${values}`, () => this.constant('int64', [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** float32 zeros, shared by shape. */
  zeros(shape: readonly number[]): Tensor {
    return this.#share(`z${shape}`, () => this.constant('float32', shape, new Float32Array(elements(shape) as number)));
  }

  // ── Any operator ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** A node with any operator; the caller states what comes out. Left-out optional outputs come back as null. */
  op(
    op: string,
    inputs: readonly (Tensor | null)[],
    outputs: readonly OutputSpec[],
    options: OpOptions = {},
  ): (Tensor | null)[] {
    const made = outputs.map((spec) => spec && { name: this.#fresh(op), type: spec.type, shape: spec.shape });
    this.nodes.push({ op, domain: options.domain ?? '', inputs, outputs: made, attributes: options.attributes ?? {} });
    return made;
  }

  /** The same for an operator with one output. */
  op1(
    op: string,
    inputs: readonly (Tensor | null)[],
    type: ElementType,
    shape: Shape,
    options: OpOptions = {},
  ): Tensor {
    return this.op(op, inputs, [{ type, shape }], options)[0]!;
  }

  /**
   * Several nodes with one gradient of their own, for where the way back is cheaper or more exact than the chain rule
   * through every part.
   */
  composite(name: string, inputs: readonly Tensor[], build: () => Tensor[], backward: Backward): Tensor[] {
    const from = this.nodes.length;
    const outputs = build();
    for (const node of this.nodes.slice(from)) this.inner.add(node);
    this.nodes.push({ op: name, domain: 'composite', inputs, outputs, attributes: {}, backward });
    return outputs;
  }

  // ── Products ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** alpha·a·b + beta·c on matrices, either transposed first. a [M, K], b [K, N], c broadcast to [M, N]. */
  gemm(
    a: Tensor,
    b: Tensor,
    options: { transA?: boolean; transB?: boolean; alpha?: number; c?: Tensor; beta?: number } = {},
  ): Tensor {
    const [M, K] = matrix('Gemm', a, options.transA);
    const [K2, N] = matrix('Gemm', b, options.transB);
    unify(`Gemm ${shapeText(a.shape)}·${shapeText(b.shape)}`, K, K2);
    const attributes = {
      ...(options.transA ? { transA: 1 } : {}),
      ...(options.transB ? { transB: 1 } : {}),
      ...(options.alpha === undefined ? {} : { alpha: { float: options.alpha } }),
      ...(options.beta === undefined ? {} : { beta: { float: options.beta } }),
    };
    return this.op1('Gemm', options.c ? [a, b, options.c] : [a, b], a.type, [M, N], { attributes });
  }

  /** a [..., M, K] · b [..., K, N], leading dimensions broadcast. */
  matmul(a: Tensor, b: Tensor): Tensor {
    return this.op1('MatMul', [a, b], a.type, productShape('MatMul', a, b));
  }

  /** alpha · a · b with the last two dimensions of either transposed (com.microsoft FusedMatMul). */
  fusedMatMul(a: Tensor, b: Tensor, options: { transA?: boolean; transB?: boolean; alpha?: number } = {}): Tensor {
    const shape = productShape('FusedMatMul', a, b, options.transA, options.transB);
    const attributes = {
      transA: options.transA ? 1 : 0,
      transB: options.transB ? 1 : 0,
      alpha: { float: options.alpha ?? 1 },
    };
    return this.op1('FusedMatMul', [a, b], a.type, shape, { domain: MICROSOFT, attributes });
  }

  // ── Elementwise ──────────────────────────────────────────────────────────────────────────────────────────────────

  add(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('Add', a, b);
  }
  sub(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('Sub', a, b);
  }
  mul(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('Mul', a, b);
  }
  div(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('Div', a, b);
  }
  max(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('Max', a, b);
  }
  equal(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('Equal', a, b, 'bool');
  }
  lessOrEqual(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('LessOrEqual', a, b, 'bool');
  }
  and(a: Tensor, b: Tensor): Tensor {
    return this.#pointwise('And', a, b);
  }
  neg(x: Tensor): Tensor {
    return this.op1('Neg', [x], x.type, x.shape);
  }
  exp(x: Tensor): Tensor {
    return this.op1('Exp', [x], x.type, x.shape);
  }
  log(x: Tensor): Tensor {
    return this.op1('Log', [x], x.type, x.shape);
  }
  sqrt(x: Tensor): Tensor {
    return this.op1('Sqrt', [x], x.type, x.shape);
  }
  sigmoid(x: Tensor): Tensor {
    return this.op1('Sigmoid', [x], x.type, x.shape);
  }
  /** x · sigmoid(x). */
  silu(x: Tensor): Tensor {
    return this.mul(x, this.sigmoid(x));
  }
  identity(x: Tensor): Tensor {
    return this.op1('Identity', [x], x.type, x.shape);
  }
  cast(x: Tensor, type: ElementType): Tensor {
    return this.op1('Cast', [x], type, x.shape, { attributes: { to: ELEMENT_TYPES[type] } });
  }
  where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
    const shape = broadcast('Where', condition.shape, broadcast('Where', a.shape, b.shape));
    return this.op1('Where', [condition, a, b], a.type, shape);
  }

  // ── Reductions and normalisation ─────────────────────────────────────────────────────────────────────────────────

  reduceSum(x: Tensor, axes: readonly number[], keep = true): Tensor {
    return this.#reduce('ReduceSum', x, axes, keep);
  }
  reduceMean(x: Tensor, axes: readonly number[], keep = true): Tensor {
    return this.#reduce('ReduceMean', x, axes, keep);
  }
  reduceMax(x: Tensor, axes: readonly number[], keep = true): Tensor {
    return this.#reduce('ReduceMax', x, axes, keep);
  }
  softmax(x: Tensor, axis = -1): Tensor {
    return this.op1('Softmax', [x], x.type, x.shape, { attributes: { axis } });
  }
  logSoftmax(x: Tensor, axis = -1): Tensor {
    return this.op1('LogSoftmax', [x], x.type, x.shape, { attributes: { axis } });
  }
  /** int64 indices of the largest along `axis`. */
  argMax(x: Tensor, axis = -1, keep = false): Tensor {
    const shape = reducedShape('ArgMax', x, [axis], keep);
    return this.op1('ArgMax', [x], 'int64', shape, { attributes: { axis, keepdims: keep ? 1 : 0 } });
  }

  /**
   * RMS norm over the last axis: x [..., d], scale [d] → `y` [..., d] and `inverse` = 1/rms [..., 1], which the way
   * back uses.
   */
  simplifiedLayerNormalization(x: Tensor, scale: Tensor, epsilon: number): { y: Tensor; inverse: Tensor } {
    const d = x.shape.at(-1)!;
    if (scale.shape.length !== 1) shapeError('SimplifiedLayerNormalization', `scale ${shapeText(scale.shape)}`);
    unify('SimplifiedLayerNormalization', d, scale.shape[0]!);
    const outputs = [
      { type: x.type, shape: x.shape },
      { type: x.type, shape: [...x.shape.slice(0, -1), 1] },
    ];
    const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 };
    const [y, inverse] = this.op('SimplifiedLayerNormalization', [x, scale], outputs, { attributes });
    return { y: y!, inverse: inverse! };
  }

  /**
   * Rotary position embedding, halves paired as in Llama (com.microsoft). x [B, S, heads·D] (then `heads` is needed)
   * or [B, heads, S, D]; positions int64 [B, S]; cos and sin [positions, D/2].
   */
  rotaryEmbedding(x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor, heads = 0): Tensor {
    if (x.shape.length === 3 && !heads) shapeError('RotaryEmbedding', 'three dimensions need the number of heads');
    const attributes = { interleaved: 0, ...(heads ? { num_heads: heads } : {}) };
    return this.op1('RotaryEmbedding', [x, positions, cos, sin], x.type, x.shape, { domain: MICROSOFT, attributes });
  }

  // ── Moving things ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Rows (or slices along `axis`) of `x` at int32 or int64 `indices`. */
  gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
    const at = axisOf('Gather', axis, x.shape.length);
    const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
    return this.op1('Gather', [x, indices], x.type, shape, { attributes: { axis: at } });
  }

  /** out[i, j] = x[i, indices[i, j]] for axis 1, and alike in more dimensions. */
  gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
    const at = axisOf('GatherElements', axis, x.shape.length);
    return this.op1('GatherElements', [x, indices], x.type, indices.shape, { attributes: { axis: at } });
  }

  /** Adds `updates` to a copy of `x` at `indices` along `axis`. */
  scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
    const attributes = { axis: axisOf('ScatterElements', axis, x.shape.length), reduction: 'add' };
    return this.op1('ScatterElements', [x, indices, updates], x.type, x.shape, { attributes });
  }

  /**
   * At most one dimension may be −1 or a name that is not at the same place in `x` already. For shapes that only a
   * tensor knows, use `op('Reshape', …)`.
   */
  reshape(x: Tensor, shape: Shape): Tensor {
    const request = shape.map((dim, i) => (typeof dim === 'number' ? dim : dim !== '?' && dim === x.shape[i] ? 0 : -1));
    const open = request.indexOf(-1);
    if (open !== request.lastIndexOf(-1)) shapeError('Reshape', `${shapeText(shape)} has more than one open dimension`);
    const out = shape.map((dim, i) => (dim === 0 ? x.shape[i]! : dim === -1 ? '?' : dim));
    const total = elements(x.shape);
    if (open >= 0) {
      const rest = elements(out.filter((_, i) => i !== open));
      if (total !== undefined && rest !== undefined) {
        if (total % rest !== 0) shapeError('Reshape', `${shapeText(x.shape)} to ${shapeText(shape)}`);
        out[open] = total / rest;
      }
    } else if (total !== undefined && elements(out) !== undefined && total !== elements(out))
      shapeError('Reshape', `${shapeText(x.shape)} to ${shapeText(shape)}`);
    return this.op1('Reshape', [x, this.ints(request)], x.type, out);
  }

  transpose(x: Tensor, order: readonly number[]): Tensor {
    if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== x.shape.length)
      shapeError('Transpose', `order [${order}] for ${shapeText(x.shape)}`);
    const shape = order.map((axis) => x.shape[axis]!);
    return this.op1('Transpose', [x], x.type, shape, { attributes: { perm: order } });
  }

  concat(parts: readonly Tensor[], axis: number): Tensor {
    const first = parts[0] ?? shapeError('Concat', 'nothing to join');
    const at = axisOf('Concat', axis, first.shape.length);
    const shape = first.shape.map((dim, i) => {
      const dims = parts.map((part) => part.shape[i] ?? shapeError('Concat', 'ranks differ'));
      return i === at ? dims.reduce(sumDims) : dims.reduce((a, b) => unify('Concat', a, b), dim);
    });
    return this.op1('Concat', parts, first.type, shape, { attributes: { axis: at } });
  }

  /** Parts of the given lengths along `axis`. */
  split(x: Tensor, lengths: readonly number[], axis: number): Tensor[] {
    const at = axisOf('Split', axis, x.shape.length);
    if (
      !mayEqual(
        x.shape[at]!,
        lengths.reduce((a, b) => a + b, 0),
      )
    )
      shapeError('Split', `[${lengths}] of axis ${at} of ${shapeText(x.shape)}`);
    const outputs = lengths.map((length) => ({ type: x.type, shape: x.shape.with(at, length) }));
    return this.op('Split', [x, this.ints(lengths)], outputs, { attributes: { axis: at } }) as Tensor[];
  }

  /** x[start:end] along `axis`; negative numbers count from the end, `end` Infinity is the end. */
  slice(x: Tensor, axis: number, start: number, end: number): Tensor {
    const at = axisOf('Slice', axis, x.shape.length);
    const dim = x.shape[at]!;
    const from = (n: number, size: number): number => Math.min(size, n < 0 ? Math.max(0, n + size) : n);
    const length = typeof dim === 'number' ? Math.max(0, from(end, dim) - from(start, dim)) : '?';
    const stop = Math.min(end, 2 ** 31 - 1);
    const inputs = [x, this.ints([start]), this.ints([stop]), this.ints([at])];
    return this.op1('Slice', inputs, x.type, x.shape.with(at, length));
  }

  /** Repeats broadcastable `x` to the given static shape. */
  expand(x: Tensor, shape: readonly number[]): Tensor {
    return this.op1('Expand', [x, this.ints(shape)], x.type, broadcast('Expand', x.shape, shape));
  }

  // ── The file ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The graph as a `.onnx` file (operator set 21, com.microsoft 1). What no output needs is left out. */
  encode(): Uint8Array {
    const needed = this.#needed();
    const nodes = this.nodes.filter((node) => node.domain !== 'composite' && needed.has(node));
    const used = new Set(nodes.flatMap((node) => node.inputs));
    const initializers: OnnxInitializer[] = [...this.initializers].flatMap(([tensor, data]) =>
      used.has(tensor) ? [{ ...tensor, data }] : [],
    );
    return encodeModel({
      name: this.name,
      opsets: { '': 21, [MICROSOFT]: 1 },
      nodes: nodes.map((node) => ({
        op: node.op,
        domain: node.domain,
        inputs: node.inputs.map((tensor) => tensor?.name ?? ''),
        outputs: node.outputs.map((tensor) => tensor?.name ?? ''),
        attributes: node.attributes,
      })),
      inputs: this.inputs,
      outputs: this.outputs,
      initializers,
    });
  }

  #needed(): Set<Node> {
    const wanted = new Set<Tensor | null>(this.outputs);
    const nodes = new Set<Node>();
    for (const node of this.nodes.toReversed()) {
      if (node.domain === 'composite' || !node.outputs.some((tensor) => tensor && wanted.has(tensor))) continue;
      nodes.add(node);
      for (const tensor of node.inputs) if (tensor) wanted.add(tensor);
    }
    return nodes;
  }

  #pointwise(op: string, a: Tensor, b: Tensor, type: ElementType = a.type): Tensor {
    if (a.type !== b.type) shapeError(op, `${a.type} with ${b.type}`);
    return this.op1(op, [a, b], type, broadcast(op, a.shape, b.shape));
  }

  #reduce(op: string, x: Tensor, axes: readonly number[], keep: boolean): Tensor {
    const attributes = { keepdims: keep ? 1 : 0 };
    return this.op1(op, [x, this.ints(axes)], x.type, reducedShape(op, x, axes, keep), { attributes });
  }

  #share(key: string, make: () => Tensor): Tensor {
    const known = this.#shared.get(key);
    if (known) return known;
    const made = make();
    this.#shared.set(key, made);
    return made;
  }

  #claim(name: string): string {
    if (this.#names.has(name)) shapeError('name', `"${name}" is taken`);
    this.#names.add(name);
    return name;
  }

  #fresh(stem: string): string {
    let name = `${stem}_${this.#names.size}`;
    while (this.#names.has(name)) name += '_';
    return this.#claim(name);
  }
}

function matrix(op: string, x: Tensor, transposed = false): [Dim, Dim] {
  if (x.shape.length !== 2) shapeError(op, `${shapeText(x.shape)} is no matrix`);
  const [rows, columns] = x.shape as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

function productShape(op: string, a: Tensor, b: Tensor, transA = false, transB = false): Dim[] {
  if (a.shape.length < 2 || b.shape.length < 2)
    shapeError(op, `${shapeText(a.shape)}·${shapeText(b.shape)}: use at least two dimensions`);
  const last = (x: Tensor, flip: boolean): [Dim, Dim] => {
    const [rows, columns] = x.shape.slice(-2) as [Dim, Dim];
    return flip ? [columns, rows] : [rows, columns];
  };
  const [M, K] = last(a, transA);
  const [K2, N] = last(b, transB);
  unify(`${op} ${shapeText(a.shape)}·${shapeText(b.shape)}`, K, K2);
  return [...broadcast(op, a.shape.slice(0, -2), b.shape.slice(0, -2)), M, N];
}

function reducedShape(op: string, x: Tensor, axes: readonly number[], keep: boolean): Dim[] {
  const gone = new Set(axes.map((axis) => axisOf(op, axis, x.shape.length)));
  return x.shape.flatMap((dim, i) => (gone.has(i) ? (keep ? [1] : []) : [dim]));
}

function sumDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return a === '?' || b === '?' ? '?' : `${a}+${b}`;
}
