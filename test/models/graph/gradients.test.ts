/** Every gradient rule against central differences: one line a rule. */
import { afterAll, describe, expect, it } from 'vitest';
import { gradients, knownOperators } from '../../../models/graph/gradients.ts';
import { Graph } from '../../../models/graph/graph.ts';
import type { Tensor } from '../../../models/graph/tensor.ts';
import { gradientError, wave } from './check.ts';

type Case = [
  op: string,
  what: string,
  shapes: number[][],
  build: (g: Graph, x: Tensor[]) => Tensor,
  range?: [number, number],
];

const indices = (g: Graph, shape: number[], values: number[]): Tensor =>
  g.constant('int32', shape, Int32Array.from(values));
const positions = (g: Graph): Tensor => g.constant('int64', [2, 3], BigInt64Array.from([0n, 1n, 2n, 0n, 0n, 1n]));
const turns = (g: Graph): [Tensor, Tensor] => [
  g.constant('float32', [4, 2], wave(8, 1).map(Math.cos)),
  g.constant('float32', [4, 2], wave(8, 1).map(Math.sin)),
];

const cases: Case[] = [
  ['Identity', '', [[3]], (g, [x]) => g.identity(x!)],
  ['Add', 'broadcast', [[2, 3], [3]], (g, [a, b]) => g.add(a!, b!)],
  [
    'Sub',
    'broadcast',
    [
      [2, 1],
      [2, 3],
    ],
    (g, [a, b]) => g.sub(a!, b!),
  ],
  [
    'Mul',
    'broadcast',
    [
      [2, 3],
      [1, 3],
    ],
    (g, [a, b]) => g.mul(a!, b!),
  ],
  ['Div', 'broadcast', [[2, 3], [3]], (g, [a, b]) => g.div(a!, b!), [1, 2]],
  ['Neg', '', [[3]], (g, [x]) => g.neg(x!)],
  ['Exp', '', [[5]], (g, [x]) => g.exp(x!)],
  ['Log', '', [[5]], (g, [x]) => g.log(x!), [1, 2]],
  ['Sqrt', '', [[5]], (g, [x]) => g.sqrt(x!), [1, 2]],
  ['Sigmoid', '', [[5]], (g, [x]) => g.sigmoid(x!)],
  ['Sigmoid', 'in silu', [[5]], (g, [x]) => g.silu(x!)],
  [
    'Where',
    'broadcast',
    [[2, 2], [2]],
    (g, [a, b]) => g.where(g.constant('bool', [2, 2], Uint8Array.of(1, 0, 0, 1)), a!, b!),
  ],
  ['ReduceSum', 'kept', [[2, 3, 2]], (g, [x]) => g.reduceSum(x!, [0, 2])],
  ['ReduceSum', 'dropped', [[2, 3, 2]], (g, [x]) => g.reduceSum(x!, [-2], false)],
  ['ReduceMean', 'dropped', [[2, 3]], (g, [x]) => g.reduceMean(x!, [1], false)],
  ['Softmax', 'last axis', [[2, 4]], (g, [x]) => g.softmax(x!)],
  ['Softmax', 'first axis', [[3, 2]], (g, [x]) => g.softmax(x!, 0)],
  ['LogSoftmax', '', [[2, 4]], (g, [x]) => g.logSoftmax(x!)],
  [
    'MatMul',
    'batched, broadcast',
    [
      [2, 3, 2],
      [2, 4],
    ],
    (g, [a, b]) => g.matmul(a!, b!),
  ],
  [
    'FusedMatMul',
    'plain',
    [
      [2, 3, 2],
      [2, 2, 4],
    ],
    (g, [a, b]) => g.fusedMatMul(a!, b!, { alpha: 0.7 }),
  ],
  [
    'FusedMatMul',
    'a transposed',
    [
      [2, 2, 3],
      [2, 2, 4],
    ],
    (g, [a, b]) => g.fusedMatMul(a!, b!, { transA: true, alpha: 0.7 }),
  ],
  [
    'FusedMatMul',
    'b transposed',
    [
      [2, 3, 2],
      [2, 4, 2],
    ],
    (g, [a, b]) => g.fusedMatMul(a!, b!, { transB: true }),
  ],
  [
    'FusedMatMul',
    'both transposed',
    [
      [2, 3],
      [4, 2],
    ],
    (g, [a, b]) => g.fusedMatMul(a!, b!, { transA: true, transB: true }),
  ],
  ['Gemm', 'with bias', [[3, 2], [2, 4], [4]], (g, [a, b, c]) => g.gemm(a!, b!, { c: c!, alpha: 0.7, beta: 0.3 })],
  [
    'Gemm',
    'a transposed',
    [
      [2, 3],
      [2, 4],
    ],
    (g, [a, b]) => g.gemm(a!, b!, { transA: true }),
  ],
  [
    'Gemm',
    'b transposed',
    [
      [3, 2],
      [4, 2],
    ],
    (g, [a, b]) => g.gemm(a!, b!, { transB: true }),
  ],
  [
    'Gemm',
    'both transposed',
    [
      [2, 3],
      [4, 2],
    ],
    (g, [a, b]) => g.gemm(a!, b!, { transA: true, transB: true }),
  ],
  ['SimplifiedLayerNormalization', '', [[3, 4], [4]], (g, [x, w]) => g.simplifiedLayerNormalization(x!, w!, 1e-5).y],
  ['RotaryEmbedding', 'packed heads', [[2, 3, 8]], (g, [x]) => g.rotaryEmbedding(x!, positions(g), ...turns(g), 2)],
  ['RotaryEmbedding', 'heads apart', [[2, 2, 3, 4]], (g, [x]) => g.rotaryEmbedding(x!, positions(g), ...turns(g))],
  ['Gather', 'rows, one twice', [[4, 3]], (g, [x]) => g.gather(x!, indices(g, [3], [2, 0, 2]))],
  ['GatherElements', '', [[3, 4]], (g, [x]) => g.gatherElements(x!, indices(g, [3, 1], [1, 3, 0]), 1)],
  ['Expand', '', [[1, 3]], (g, [x]) => g.expand(x!, [2, 2, 3])],
  ['Reshape', '', [[2, 6]], (g, [x]) => g.reshape(x!, [3, -1])],
  ['Transpose', '', [[2, 3, 4]], (g, [x]) => g.transpose(x!, [2, 0, 1])],
  [
    'Concat',
    '',
    [
      [2, 1],
      [2, 3],
    ],
    (g, [a, b]) => g.concat([a!, b!], -1),
  ],
  ['Split', 'one part unused', [[2, 4]], (g, [x]) => g.split(x!, [1, 3], 1)[1]!],
];

describe('gradient rules against central differences', () => {
  let worst = { error: 0, name: '' };
  afterAll(() =>
    console.log(`largest relative error of a gradient rule: ${worst.error.toExponential(1)} (${worst.name})`),
  );

  for (const [op, what, shapes, build, range] of cases)
    it(`${op} ${what}`, async () => {
      const error = await gradientError(shapes, build, range);
      if (error > worst.error) worst = { error, name: `${op} ${what}` };
      expect(error).toBeLessThan(2e-3);
    });

  it('covers the whole table', () => {
    expect(knownOperators().filter((op) => !cases.some(([tested]) => tested === op))).toEqual([]);
  });
});

describe('the walk', () => {
  it('sums the ways of a tensor used twice', async () => {
    expect(await gradientError([[3]], (g, [x]) => g.mul(g.exp(x!), g.add(x!, x!)))).toBeLessThan(2e-3);
  });

  it("takes the composite's own way back", () => {
    const g = new Graph('composite');
    const x = g.input('x', 'float32', [1]);
    const own = g.scalar(7);
    const [y] = g.composite(
      'Odd',
      [x],
      () => [g.max(x, g.scalar(0))],
      () => [own],
    );
    expect(gradients(g, y!, [x])).toEqual([own]);
  });

  it('names an operator without a rule', () => {
    const g = new Graph('unknown');
    const x = g.input('x', 'float32', [1]);
    expect(() => gradients(g, g.max(x, g.scalar(0)), [x])).toThrow('no rule for operator Max');
  });

  it('names a tensor the loss does not depend on', () => {
    const g = new Graph('apart');
    const x = g.input('x', 'float32', [1]);
    expect(() => gradients(g, g.neg(x), [g.input('y', 'float32', [1])])).toThrow('does not depend on y');
  });
});
