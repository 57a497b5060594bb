/** The builder: what it checks, and that its files run. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph } from '../../../models/graph/graph.ts';
import { open } from './check.ts';

describe('shapes', () => {
  const g = new Graph('shapes');
  const a = g.input('a', 'float32', ['B', 3]);
  const b = g.input('b', 'float32', [4, 3]);

  it('follows names and numbers', () => {
    expect(g.gemm(a, b, { transB: true }).shape).toEqual(['B', 4]);
    expect(g.concat([a, b], 0).shape).toEqual(['B+4', 3]);
    expect(g.reshape(a, ['B', 1, 3]).shape).toEqual(['B', 1, 3]);
    expect(g.reshape(b, [2, -1]).shape).toEqual([2, 6]);
    expect(g.gather(a, g.ints([2]), 1).shape).toEqual(['B', 1]);
    expect(g.add(a, g.scalar(1)).shape).toEqual(['B', 3]);
    expect(g.slice(b, 0, -1, Infinity).shape).toEqual([1, 3]);
    expect(g.argMax(b, 0).shape).toEqual([3]);
  });

  it('says where it goes wrong', () => {
    expect(() => g.gemm(a, b)).toThrow(/Gemm \[B, 3\]·\[4, 3\]: 3 against 4/);
    expect(() => g.add(b, g.ints([1]))).toThrow('float32 with int64');
    expect(() => g.add(b, g.zeros([2]))).toThrow('does not broadcast');
    expect(() => g.reshape(b, [5, 2])).toThrow('[4, 3] to [5, 2]');
    expect(() => g.split(b, [1, 1], 1)).toThrow('[1,1] of axis 1');
    expect(() => g.constant('float32', [3], new Float32Array(2), 'w')).toThrow('2 elements for shape [3] of w');
    expect(() => g.input('a', 'float32', [1])).toThrow('"a" is taken');
  });
});

describe('files', () => {
  it('hold every kind of initializer and attribute', async () => {
    const g = new Graph('kinds');
    const x = g.input('x', 'float32', ['N']);
    const half = g.cast(g.constant('float16', [2], Uint16Array.of(0x3c00, 0xc000)), 'float32'); // 1, −2
    const bytes = g.cast(g.constant('uint8', [2], Uint8Array.of(250, 3)), 'float32');
    const signed = g.cast(g.constant('int8', [2], Int8Array.of(-7, 3)), 'float32');
    const int = g.cast(g.constant('int32', [2], Int32Array.of(-70000, 5)), 'float32');
    const long = g.cast(g.ints([-1, 9]), 'float32');
    g.output(g.concat([half, bytes, signed, int, long], 0), 'constants');
    g.output(g.op1('LeakyRelu', [x], 'float32', ['N'], { attributes: { alpha: { float: 0.25 } } }), 'leaky');
    g.output(x, 'copy');
    const run = await open(g);
    const out = await run({ x: { data: Float32Array.of(-4, 2), shape: [2] } });
    expect([...out.constants!]).toEqual([1, -2, 250, 3, -7, 3, -70000, 5, -1, 9]);
    expect([...out.leaky!]).toEqual([-1, 2]);
    expect([...out.copy!]).toEqual([-4, 2]);
  });

  it('leave out what no output needs, optional inputs included', async () => {
    const g = new Graph('clip');
    const x = g.input('x', 'float32', [2]);
    g.op1('NoSuchOperator', [x], 'float32', [2]);
    g.output(g.op1('Clip', [x, null, g.scalar(1)], 'float32', [2]), 'y');
    const run = await open(g);
    expect([...(await run({ x: { data: Float32Array.of(-3, 3), shape: [2] } })).y!]).toEqual([-3, 1]);
  });

  it('keep named dimensions for the runtime', async () => {
    const g = new Graph('names');
    g.output(g.neg(g.input('x', 'float32', ['B', '?', 2])), 'y');
    const session = await InferenceSession.create(g.encode());
    expect(session.inputMetadata[0]).toMatchObject({ name: 'x', type: 'float32', shape: ['B', '', 2] });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2), [1, 1, 2]) });
    expect(y!.dims).toEqual([1, 1, 2]);
  });
});
