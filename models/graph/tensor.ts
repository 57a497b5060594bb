/** What flows through a graph: element types, shapes and their arithmetic. Knows no operator. */
import { RoundsError } from '../errors.ts';

/** Numbers are ONNX `TensorProto.DataType`. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A number, or the name of a dimension known only when the graph runs; `?` is a dimension nobody named. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** A value of the graph. Its name is final once the graph is encoded; compare tensors, not names. */
export interface Tensor {
  name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

/** `data` holds the raw elements: bool as Uint8Array, float16 as the bits in a Uint16Array. */
export type TensorData = Float32Array | BigInt64Array | Int32Array | Int8Array | Uint8Array | Uint16Array;

export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Throws RoundsError `graph_shape`: `[graph] <op>: <problem>`. */
export function shapeError(op: string, problem: string): never {
  throw new RoundsError('graph_shape', `[graph] ${op}: ${problem}`);
}

/** Can the two be the same length? Different names may be, two different numbers cannot. */
export function mayEqual(a: Dim, b: Dim): boolean {
  return typeof a === 'string' || typeof b === 'string' || a === b;
}

/** The better known of two dimensions that must be equal. */
export function unify(op: string, a: Dim, b: Dim): Dim {
  if (!mayEqual(a, b)) shapeError(op, `${a} against ${b}`);
  if (typeof a === 'number') return a;
  return typeof b === 'number' || a === '?' ? b : a;
}

/** NumPy broadcasting. */
export function broadcast(op: string, a: Shape, b: Shape): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === 1) return y;
    if (y === 1) return x;
    if (!mayEqual(x, y)) shapeError(op, `${shapeText(a)} does not broadcast with ${shapeText(b)}`);
    return unify(op, x, y);
  });
}

/** Number of elements; undefined where a dimension is only named. */
export function elements(shape: Shape): number | undefined {
  return shape.reduce<number | undefined>(
    (n, dim) => (n === undefined || typeof dim === 'string' ? undefined : n * dim),
    1,
  );
}

/** Shape as numbers. Throws where a dimension is only named. */
export function staticShape(op: string, shape: Shape): number[] {
  return shape.map((dim) =>
    typeof dim === 'number' ? dim : shapeError(op, `needs a static shape, has ${shapeText(shape)}`),
  );
}

/** Negative axes count from the end. */
export function axisOf(op: string, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) shapeError(op, `axis ${axis} of a tensor of rank ${rank}`);
  return at;
}
