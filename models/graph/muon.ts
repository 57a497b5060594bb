/**
 * Muon (Keller Jordan and others, 2024, kellerjordan.github.io/posts/muon): a matrix moves along its momentum with all
 * singular values made one, so that rare directions are learned as fast as frequent ones. The products run in a graph of
 * their own. Vectors and embeddings are AdamW's.
 */
import { Graph } from './graph.ts';
import type { Tensor } from './tensor.ts';

export interface MuonOptions {
  momentum: number;
  /** Root mean square of an update's elements, times the learning rate. */
  scale: number;
  weightDecay: number;
}

/** Name of the output that belongs to an input. */
export function directionName(matrix: string): string {
  return `direction ${matrix}`;
}

/**
 * For each matrix X = U·Σ·Vᵀ of `shapes` the output U·Vᵀ, roughly: singular values from 0.001 of the matrix's length up
 * end between 0.44 and 1.56 (a fifth step would give 0.87 to 1.12; learning does not need it). Four steps of an odd
 * polynomial a·x + b·x³ + c·x⁵ on the singular values, with the coefficients of Polar Express (Amsel, Persson, Musco and
 * Gower, arXiv 2505.16932).
 */
export function directionGraph(shapes: ReadonlyMap<string, readonly number[]>): Graph {
  const g = new Graph('directions');
  for (const [name, shape] of shapes) {
    const input = g.input(name, 'float32', shape);
    const length = g.sqrt(g.reduceSum(g.mul(input, input), [0, 1]));
    // A hundredth to spare: the first polynomial grows without bound above one.
    let x = g.div(input, g.add(g.mul(length, g.scalar(1.01)), g.scalar(1e-7)));
    for (const coefficients of POLAR_EXPRESS) x = bend(g, x, coefficients);
    g.output(x, directionName(name));
  }
  return g;
}

const POLAR_EXPRESS = [
  [8.28721201814563, -23.595886519098837, 17.300387312530933],
  [4.107059111542203, -2.9478499167379106, 0.5448431082926601],
  [3.9486908534822946, -2.908902115962949, 0.5518191394370137],
  [3.3184196573706015, -2.488488024314874, 0.51004894012372],
] as const;

/** a·X + b·(X·Xᵀ)·X + c·(X·Xᵀ)²·X, over the shorter side. */
function bend(g: Graph, x: Tensor, [a, b, c]: readonly [number, number, number]): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const tall = rows > columns;
  const square = tall ? g.gemm(x, x, { transA: true }) : g.gemm(x, x, { transB: true });
  const even = g.gemm(square, square, { alpha: c, c: square, beta: b });
  return tall ? g.gemm(x, even, { c: x, beta: a }) : g.gemm(even, x, { c: x, beta: a });
}

/** Momentum with a look ahead (Nesterov): updates `m` and writes what goes into the graph to `out`. */
export function lookAhead(
  gradient: Float32Array,
  m: Float32Array,
  out: Float32Array,
  beta: number,
  scale: number,
): void {
  for (let i = 0; i < m.length; i++) {
    const g = gradient[i]! * scale;
    const mean = beta * m[i]! + (1 - beta) * g;
    m[i] = mean;
    out[i] = beta * mean + (1 - beta) * g;
  }
}

/** weights = weights·keep − rate·direction. */
export function move(weights: Float32Array, direction: Float32Array, keep: number, rate: number): void {
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * keep - rate * direction[i]!;
}
