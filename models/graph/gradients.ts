/**
 * Gradients of a graph, added to the graph as ordinary nodes: a table with one rule an operator, and one walk from the
 * loss back to the inputs. Shapes must be static.
 */
import { RoundsError } from '../errors.ts';
import type { Graph, Node } from './graph.ts';
import type { Attribute } from './onnx.ts';
import { elements, shapeText, staticShape, type Tensor } from './tensor.ts';

/**
 * d loss / d each of `wrt`, in their order. `loss` is a float32 of one element.
 * Throws RoundsError `no_gradient` for an operator without a rule, or where `loss` does not depend on a tensor of `wrt`.
 */
export function gradients(g: Graph, loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (elements(loss.shape) !== 1) fail(`a loss has one element, ${loss.name} is ${shapeText(loss.shape)}`);
  const nodes = g.nodes.filter((node) => !g.inner.has(node));
  const active = new Set<Tensor | null>(wrt);
  for (const node of nodes)
    if (node.inputs.some((x) => x && active.has(x))) for (const y of node.outputs) active.add(y);

  const parts = new Map<Tensor, Tensor[]>([[loss, [g.expand(g.scalar(1), staticShape('loss', loss.shape))]]]);
  const sum = (x: Tensor | null): Tensor | undefined => {
    const all = x ? parts.get(x) : undefined;
    if (!x || !all) return undefined;
    const total = all.reduce((a, b) => g.add(a, b));
    parts.set(x, [total]);
    return total;
  };

  for (const node of nodes.toReversed()) {
    if (!node.inputs.some((x) => x && active.has(x))) continue;
    const dys = node.outputs.map(sum);
    if (dys.every((dy) => !dy)) continue;
    const dxs = node.backward ? node.backward(dys) : ruleOf(node)(new Step(g, node, dys));
    node.inputs.forEach((x, i) => {
      const dx = dxs[i];
      if (!x || !dx || !active.has(x)) return;
      parts.set(x, [...(parts.get(x) ?? []), dx]);
    });
  }
  return wrt.map((x) => sum(x) ?? fail(`${loss.name} does not depend on ${x.name}`));
}

/** Operators with a rule, for tests that must not forget one. */
export function knownOperators(): string[] {
  return Object.keys(rules);
}

/** dy → dx for one node. */
type Rule = (step: Step) => (Tensor | undefined)[];

const rules: Record<string, Rule> = {
  Identity: ({ dy }) => [dy],
  Add: ({ a, b, dy, unbroadcast }) => [unbroadcast(dy, a), unbroadcast(dy, b)],
  Sub: ({ g, a, b, dy, unbroadcast }) => [unbroadcast(dy, a), unbroadcast(g.neg(dy), b)],
  Mul: ({ g, a, b, dy, unbroadcast }) => [unbroadcast(g.mul(dy, b), a), unbroadcast(g.mul(dy, a), b)],
  Div: ({ g, a, b, y, dy, unbroadcast }) => [
    unbroadcast(g.div(dy, b), a),
    unbroadcast(g.neg(g.div(g.mul(dy, y), b)), b),
  ],
  Neg: ({ g, dy }) => [g.neg(dy)],
  Exp: ({ g, y, dy }) => [g.mul(dy, y)],
  Log: ({ g, a, dy }) => [g.div(dy, a)],
  Sqrt: ({ g, y, dy }) => [g.div(g.mul(dy, g.scalar(0.5)), y)],
  Sigmoid: ({ g, y, dy }) => [g.mul(g.mul(dy, y), g.sub(g.scalar(1), y))],
  Where: ({ g, x, dy, unbroadcast }) => [
    undefined,
    unbroadcast(g.where(x(0), dy, g.scalar(0)), x(1)),
    unbroadcast(g.where(x(0), g.scalar(0), dy), x(2)),
  ],
  ReduceSum: ({ g, a, dy, kept }) => [g.expand(g.reshape(dy, kept), dims(a))],
  ReduceMean: ({ g, a, y, dy, kept }) => [
    g.expand(g.reshape(g.mul(dy, g.scalar(elements(y.shape)! / elements(a.shape)!)), kept), dims(a)),
  ],
  Softmax: ({ g, y, dy, axis }) => [g.mul(y, g.sub(dy, g.reduceSum(g.mul(dy, y), [axis])))],
  LogSoftmax: ({ g, y, dy, axis }) => [g.sub(dy, g.mul(g.exp(y), g.reduceSum(dy, [axis])))],
  MatMul: ({ g, a, b, dy, unbroadcast }) => [
    unbroadcast(g.fusedMatMul(dy, b, { transB: true }), a),
    unbroadcast(g.fusedMatMul(a, dy, { transA: true }), b),
  ],
  FusedMatMul: ({ g, a, b, dy, unbroadcast, transA, transB, alpha }) => [
    unbroadcast(
      transA
        ? g.fusedMatMul(b, dy, { transA: transB, transB: true, alpha })
        : g.fusedMatMul(dy, b, { transB: !transB, alpha }),
      a,
    ),
    unbroadcast(
      transB
        ? g.fusedMatMul(dy, a, { transA: true, transB: transA, alpha })
        : g.fusedMatMul(a, dy, { transA: !transA, alpha }),
      b,
    ),
  ],
  Gemm: ({ g, a, b, c, dy, unbroadcast, transA, transB, alpha, beta }) => [
    transA ? g.gemm(b, dy, { transA: transB, transB: true, alpha }) : g.gemm(dy, b, { transB: !transB, alpha }),
    transB ? g.gemm(dy, a, { transA: true, transB: transA, alpha }) : g.gemm(a, dy, { transA: !transA, alpha }),
    c && unbroadcast(g.mul(dy, g.scalar(beta)), c),
  ],
  // y = x·r·w with r = 1/rms(x) per row: dx = r·(w·dy − x·r²·mean(x·w·dy)), dw = Σ rows of x·r·dy.
  SimplifiedLayerNormalization: ({ g, a: x, b: w, dy, out }) => {
    const r = out(1);
    const d = elements(w.shape)!;
    const xdy = g.mul(x, dy);
    const mean = g.matmul(xdy, g.reshape(g.mul(w, g.scalar(1 / d)), [d, 1]));
    const pull = g.mul(mean, g.mul(r, g.mul(r, r)));
    const dx = g.sub(g.mul(g.mul(dy, w), r), g.mul(x, pull));
    const dw = g.gemm(g.reshape(r, [-1, 1]), g.reshape(xdy, [-1, d]), { transA: true });
    return [dx, g.reshape(dw, [d])];
  },
  // A rotation's transpose turns the other way.
  RotaryEmbedding: ({ g, x, dy, int }) => [g.rotaryEmbedding(dy, x(1), x(2), g.neg(x(3)), int('num_heads', 0))],
  Gather: ({ g, a, b: indices, dy, axis }) => {
    if (axis !== 0) fail('Gather has a gradient along axis 0 only');
    const row = dims(a).slice(1);
    const count = elements(indices.shape)!;
    const wide = g.expand(g.reshape(indices, [count, ...row.map(() => 1)]), [count, ...row]);
    return [g.scatterAdd(g.zeros(dims(a)), wide, g.reshape(dy, [count, ...row]), 0)];
  },
  GatherElements: ({ g, a, b: indices, dy, axis }) => [g.scatterAdd(g.zeros(dims(a)), indices, dy, axis)],
  Expand: ({ a, dy, unbroadcast }) => [unbroadcast(dy, a)],
  Reshape: ({ g, a, dy }) => [g.reshape(dy, a.shape)],
  Transpose: ({ g, dy, ints }) => [
    g.transpose(
      dy,
      ints('perm').map((_, i, order) => order.indexOf(i)),
    ),
  ],
  Concat: ({ g, node, dy, axis }) =>
    g.split(
      dy,
      node.inputs.map((x) => dims(x!)[axis]!),
      axis,
    ),
  Split: ({ g, node, dys, axis }) => [
    g.concat(
      node.outputs.map((y, i) => dys[i] ?? g.zeros(dims(y!))),
      axis,
    ),
  ],
};

/** One node on the way back, in the words the rules use. */
class Step {
  readonly g: Graph;
  readonly node: Node;
  readonly dys: (Tensor | undefined)[];
  constructor(g: Graph, node: Node, dys: (Tensor | undefined)[]) {
    this.g = g;
    this.node = node;
    this.dys = dys;
  }
  get dy(): Tensor {
    return this.dys[0] ?? fail(`no gradient reaches the first output of ${this.node.op}`);
  }
  get a(): Tensor {
    return this.x(0);
  }
  get b(): Tensor {
    return this.x(1);
  }
  get c(): Tensor | undefined {
    return this.node.inputs[2] ?? undefined;
  }
  get y(): Tensor {
    return this.out(0);
  }
  x = (i: number): Tensor => this.node.inputs[i] ?? fail(`${this.node.op} has no input ${i}`);
  out = (i: number): Tensor => this.node.outputs[i] ?? fail(`${this.node.op} keeps no output ${i}`);
  /** Sums what broadcasting repeated, so that `dx` has the shape of `x`. */
  unbroadcast = (dx: Tensor, x: Tensor): Tensor => {
    const from = dims(dx);
    const to = dims(x);
    const lead = from.length - to.length;
    const axes = from.flatMap((size, i) => (i < lead || (to[i - lead] === 1 && size !== 1) ? [i] : []));
    return axes.length ? this.g.reshape(this.g.reduceSum(dx, axes), to) : dx;
  };
  /** Shape of a reduction's output had it kept the reduced axes. */
  get kept(): number[] {
    const rank = this.a.shape.length;
    const data = this.g.initializers.get(this.b) as BigInt64Array;
    const gone = new Set([...data].map((axis) => (Number(axis) + rank) % rank));
    return dims(this.a).map((size, i) => (gone.has(i) ? 1 : size));
  }
  get axis(): number {
    const axis = this.int('axis', 0);
    return axis < 0 ? axis + this.a.shape.length : axis;
  }
  get transA(): boolean {
    return this.int('transA', 0) === 1;
  }
  get transB(): boolean {
    return this.int('transB', 0) === 1;
  }
  get alpha(): number {
    return this.#float('alpha');
  }
  get beta(): number {
    return this.#float('beta');
  }
  int = (name: string, fallback: number): number => {
    const value: Attribute = this.node.attributes[name] ?? fallback;
    return typeof value === 'number' ? value : fail(`${this.node.op}: ${name} is no whole number`);
  };
  ints = (name: string): readonly number[] => {
    const value = this.node.attributes[name];
    return Array.isArray(value) ? value : fail(`${this.node.op}: ${name} is no list`);
  };
  #float(name: string): number {
    const value = this.node.attributes[name];
    return typeof value === 'object' && 'float' in value ? value.float : 1;
  }
}

function ruleOf(node: Node): Rule {
  return rules[node.op] ?? fail(`no rule for operator ${node.op}: add its line to models/graph/gradients.ts`);
}

function dims(x: Tensor): number[] {
  return staticShape(`gradient of ${x.name}`, x.shape);
}

function fail(problem: string): never {
  throw new RoundsError('no_gradient', `[gradients] ${problem}`);
}
