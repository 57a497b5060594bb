/** All weights of a decoder in one array, and tensors over its parts: one tight loop updates them, nothing is copied. */
import { Tensor } from 'onnxruntime-node';
import type { DecoderConfig } from '../student/config.ts';
import { checkWeights, type Weights, weightShapes } from '../student/decoder.ts';

export interface Part {
  name: string;
  shape: readonly number[];
  at: number;
  size: number;
}
/** The embedding, then the layers' matrices, then the vectors. */
export interface Layout {
  parts: Part[];
  size: number;
  matricesAt: number;
  vectorsAt: number;
}

export function layoutOf(config: DecoderConfig): Layout {
  let size = 0;
  const parts = [...weightShapes(config)].map(([name, shape]) => {
    const part = { name, shape, at: size, size: shape.reduce((a, b) => a * b) };
    size += part.size;
    return part;
  });
  const vectorsAt = parts.find((part) => part.shape.length === 1)!.at;
  return { parts, size, matricesAt: parts[0]!.size, vectorsAt };
}

/** Throws RoundsError `wrong_weights`. */
export function pack(config: DecoderConfig, layout: Layout, weights: Weights): Float32Array {
  checkWeights(config, weights);
  const flat = new Float32Array(layout.size);
  for (const { name, at } of layout.parts) flat.set(weights.get(name)!, at);
  return flat;
}

export function unpack(flat: Float32Array, layout: Layout): Weights {
  return new Map(layout.parts.map(({ name, at, size }) => [name, flat.slice(at, at + size)]));
}

export function tensorsOver(
  flat: Float32Array,
  parts: readonly Part[],
  nameOf: (weight: string) => string,
): Record<string, Tensor> {
  return Object.fromEntries(
    parts.map(({ name, shape, at, size }) => [
      nameOf(name),
      new Tensor('float32', flat.subarray(at, at + size), shape),
    ]),
  );
}
