/**
 * Weights in blocks of 8 or 4 bits. The runtime and every exported file get their numbers from here, so that all of them
 * compute with the same ones. A weight of zero stays zero.
 */

/** Weights a scale: the block length of `MatMulNBits`. */
export const BLOCK = 32;
/** The stored byte that stands for zero. */
export const ZERO = 128;
/** The same at 4 bits; both are what `MatMulNBits` takes for zero when it is told nothing. */
const ZERO_4 = 8;

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

/** At 4 bits. */
export interface Nibbles {
  /** `[rows, cols / 32, 16]`: two weights a byte, the earlier one low; value = (nibble − 8) · scale of its block. */
  bytes: Uint8Array;
  /** `[rows · cols / 32]` */
  scales: Float32Array;
}

/**
 * `data`: `[rows, cols]`, cols a multiple of 32. Sixteen steps are few: of several grids the one with the least squared
 * error is taken, its scale fitted to the steps. A grid has one step more on the side of the block's largest weight.
 */
export function quantizeNibbles(data: Float32Array): Nibbles {
  const bytes = new Uint8Array(data.length / 2);
  const scales = new Float32Array(data.length / BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const { scale, steps } = bestGrid(data.subarray(block * BLOCK, (block + 1) * BLOCK));
    scales[block] = scale;
    for (let i = 0; i < BLOCK; i += 2) {
      bytes[(block * BLOCK + i) / 2] = (steps[i]! + ZERO_4) | ((steps[i + 1]! + ZERO_4) << 4);
    }
  }
  return { bytes, scales };
}

export function dequantizeNibbles({ bytes, scales }: Nibbles): Float32Array {
  return Float32Array.from({ length: 2 * bytes.length }, (_, i) => {
    const nibble = i % 2 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 15;
    return (nibble - ZERO_4) * scales[Math.floor(i / BLOCK)]!;
  });
}

/** Where the block's largest weight falls on the grid that is tried; above 8 it is cut to 8, for the sake of the others. */
const REACHES = [8, 7.5, 8.5, 7, 9, 6.5, 9.5];

/** `steps`: −8 … 7, a weight each. */
function bestGrid(weights: Float32Array): { scale: number; steps: Int8Array } {
  let peak = 0;
  for (const w of weights) if (Math.abs(w) > Math.abs(peak)) peak = w;
  let best = { scale: 0, steps: new Int8Array(weights.length) };
  if (peak === 0) return best;
  let gained = 0;
  for (const reach of REACHES) {
    const steps = Int8Array.from(weights, (w) => Math.min(7, Math.max(-8, Math.round((-reach * w) / peak))));
    let along = 0;
    let length = 0;
    for (let i = 0; i < steps.length; i++) {
      along += weights[i]! * steps[i]!;
      length += steps[i]! ** 2;
    }
    // With the fitted scale along / length, the squared error is Σw² − along² / length.
    const gain = along ** 2 / length;
    if (gain <= gained) continue;
    gained = gain;
    best = { scale: Math.fround(along / length), steps };
  }
  return best;
}
