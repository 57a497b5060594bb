/** Runs graphs and compares their gradients with central differences. */
import { InferenceSession, Tensor as Value } from 'onnxruntime-node';
import { gradients } from '../../../models/graph/gradients.ts';
import { Graph } from '../../../models/graph/graph.ts';
import type { Tensor } from '../../../models/graph/tensor.ts';

export type Feeds = Record<string, { data: Float32Array | Int32Array | BigInt64Array; shape: number[] }>;

export async function open(graph: Graph): Promise<(feeds: Feeds) => Promise<Record<string, Float32Array>>> {
  const session = await InferenceSession.create(graph.encode(), { intraOpNumThreads: 1 });
  return async (feeds) => {
    const values = Object.entries(feeds).map(([name, { data, shape }]) => {
      const type = data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';
      return [name, new Value(type, data, shape)];
    });
    const out = await session.run(Object.fromEntries(values));
    return Object.fromEntries(Object.entries(out).map(([name, value]) => [name, value.data as Float32Array]));
  };
}

/** Smooth, without zeros or ties, the same every time. */
export function wave(size: number, phase = 0, low = -1, high = 1): Float32Array {
  const at = (i: number): number => low + (high - low) * (0.5 + 0.5 * Math.sin(2.3 * i + phase + 0.1 * i * i));
  return Float32Array.from({ length: size }, (_, i) => at(i));
}

/**
 * Largest difference between the graph's gradient of Σ y·wave and central differences, relative to the largest gradient
 * of that input. `build` makes y from float inputs of the given shapes.
 */
export async function gradientError(
  shapes: number[][],
  build: (g: Graph, inputs: Tensor[]) => Tensor,
  range: [number, number] = [-1, 1],
): Promise<number> {
  const g = new Graph('check');
  const inputs = shapes.map((shape, i) => g.input(`x${i}`, 'float32', shape));
  const y = build(g, inputs);
  const size = (shape: readonly (number | string)[]): number => shape.reduce<number>((a, b) => a * Number(b), 1);
  const weight = g.constant('float32', y.shape as number[], wave(size(y.shape), 5));
  const axes = y.shape.map((_, i) => i);
  const loss = g.output(g.reduceSum(g.mul(y, weight), axes, false), 'loss');
  gradients(g, loss, inputs).forEach((dx, i) => {
    g.output(dx, `d${i}`);
  });
  const feeds = Object.fromEntries(
    shapes.map((shape, i) => [`x${i}`, { data: wave(size(shape), i, ...range), shape }]),
  ) satisfies Feeds;
  return differenceError(
    await open(g),
    feeds,
    shapes.map((_, i) => [`x${i}`, `d${i}`]),
  );
}

/** The same for a graph that has `loss` and gradients already. `pairs`: input and the output holding its gradient. */
export async function differenceError(
  run: (feeds: Feeds) => Promise<Record<string, Float32Array>>,
  feeds: Feeds,
  pairs: string[][],
  step = 1e-2,
): Promise<number> {
  const exact = await run(feeds);
  let worst = 0;
  for (const [input, output] of pairs as [string, string][]) {
    const data = feeds[input]!.data as Float32Array;
    const analytic = exact[output]!;
    let largest = 1e-6;
    let apart = 0;
    for (let i = 0; i < data.length; i++) {
      const kept = data[i]!;
      const at = async (x: number): Promise<number> => {
        data[i] = x;
        return (await run(feeds)).loss![0]!;
      };
      const numeric = ((await at(kept + step)) - (await at(kept - step))) / (2 * step);
      data[i] = kept;
      largest = Math.max(largest, Math.abs(numeric));
      apart = Math.max(apart, Math.abs(numeric - analytic[i]!));
    }
    worst = Math.max(worst, apart / largest);
  }
  return worst;
}
