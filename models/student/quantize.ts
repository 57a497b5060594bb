/**
 * Weights in 8-bit blocks. The runtime and every exported file get their numbers from here, so that all of them compute
 * with the same ones.
 */

/** Weights a scale: the block length of `MatMulNBits`. */
export const BLOCK = 32;
/** The stored byte that stands for zero. */
export const ZERO = 128;

export interface Blocks {
  /** `[rows, cols / 32, 32]`; value = (byte − 128) · scale of its block. */
  bytes: Uint8Array;
  /** `[rows · cols / 32]` */
  scales: Float32Array;
}

/** `data`: `[rows, cols]`, cols a multiple of 32. Symmetric: the largest of a block becomes ±127. */
export function quantizeBlocks(data: Float32Array): Blocks {
  const bytes = new Uint8Array(data.length);
  const scales = new Float32Array(data.length / BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const from = block * BLOCK;
    let largest = 0;
    for (let i = from; i < from + BLOCK; i++) largest = Math.max(largest, Math.abs(data[i]!));
    const scale = Math.fround(largest / 127);
    scales[block] = scale;
    for (let i = from; i < from + BLOCK; i++) {
      const steps = scale === 0 ? 0 : Math.round(data[i]! / scale);
      bytes[i] = Math.min(127, Math.max(-127, steps)) + ZERO;
    }
  }
  return { bytes, scales };
}

export function dequantizeBlocks({ bytes, scales }: Blocks): Float32Array {
  return Float32Array.from(bytes, (byte, i) => (byte - ZERO) * scales[Math.floor(i / BLOCK)]!);
}
