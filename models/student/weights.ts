/**
 * Weights on disk: the safetensors format (https://github.com/huggingface/safetensors#format), read whole into float32
 * and written in float32, float16 or bfloat16. Knows tensors and files, not what the tensors mean.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RoundsError } from '../errors.ts';
import { sha256, writeAtomically } from '../files.ts';

export type StoredType = 'F32' | 'F16' | 'BF16';

export interface StoredTensor {
  shape: readonly number[];
  data: Float32Array;
}
export interface Safetensors {
  tensors: Map<string, StoredTensor & { stored: StoredType }>;
  metadata: Record<string, string>;
  /** Of the whole file, hexadecimal. */
  sha256: string;
}

/**
 * Reads every tensor as float32. Throws RoundsError `damaged_weights` with the reason when the file is cut short, is not
 * safetensors or holds a type other than F32, F16 and BF16.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const file = await readFile(path);
  return { ...decodeSafetensors(file, path), sha256: sha256(file) };
}

/**
 * Writes beside the file, syncs and renames, so that the path holds the old file or the whole new one. Returns the
 * SHA-256 of the file. `stored` defaults to F32; values are rounded to the nearest even.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  options: { stored?: StoredType; metadata?: Record<string, string> } = {},
): Promise<string> {
  const parts = encodeSafetensors(tensors, options.stored ?? 'F32', options.metadata ?? {});
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  await writeAtomically(path, parts);
  return hash.digest('hex');
}

/** The same bytes every time for the same tensors: sorted names, as the reference writer sorts. */
function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  stored: StoredType,
  metadata: Record<string, string>,
): Uint8Array[] {
  const header: Record<string, unknown> = Object.keys(metadata).length ? { __metadata__: metadata } : {};
  const bodies: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const body = toStored(data, stored);
    header[name] = { dtype: stored, shape, data_offsets: [at, at + body.byteLength] };
    at += body.byteLength;
    bodies.push(body);
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...bodies];
}

function decodeSafetensors(file: Buffer, path: string): Omit<Safetensors, 'sha256'> {
  const damaged = (problem: string, cause?: unknown): never => {
    throw new RoundsError('damaged_weights', `[${path}] ${problem}: restore the file or train again`, { cause });
  };
  const headerLength = file.length < 8 ? damaged('shorter than a header') : Number(file.readBigUInt64LE(0));
  const start = 8 + headerLength;
  if (start > file.length) damaged('the header is cut off or this is no safetensors file');
  let header: Record<string, Partial<Entry>> & { __metadata__?: Record<string, string> };
  try {
    header = JSON.parse(file.toString('utf8', 8, start));
  } catch (cause) {
    return damaged('the header is not JSON', cause);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors: Safetensors['tensors'] = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    if (!dtype || !Array.isArray(shape) || !Array.isArray(data_offsets)) return damaged(`${name} is not described`);
    if (!(dtype in BYTES)) damaged(`${name} is stored as ${dtype}; F32, F16 and BF16 are read`);
    const [from, to] = data_offsets;
    const size = shape.reduce((a, b) => a * b, 1);
    if (to - from !== size * BYTES[dtype]) damaged(`${name} has ${to - from} bytes for ${size} elements of ${dtype}`);
    if (start + to > file.length) damaged(`${name} is cut off (${file.length} bytes, ${start + to} needed)`);
    // A copy aligns the bytes for a typed array.
    const bytes = file.buffer.slice(file.byteOffset + start + from, file.byteOffset + start + to) as ArrayBuffer;
    tensors.set(name, { shape, data: fromStored(bytes, dtype), stored: dtype });
  }
  return { tensors, metadata };
}

/** A tensor in the header. */
interface Entry {
  dtype: StoredType;
  shape: number[];
  /** From and to, in bytes after the header. */
  data_offsets: [number, number];
}

const BYTES: Record<StoredType, number> = { F32: 4, F16: 2, BF16: 2 };

function toStored(data: Float32Array, stored: StoredType): Uint8Array {
  if (stored === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const half = stored === 'F16' ? toFloat16(data) : toBfloat16(data);
  return new Uint8Array(half.buffer);
}

function fromStored(bytes: ArrayBuffer, stored: StoredType): Float32Array {
  if (stored === 'F32') return new Float32Array(bytes);
  const half = new Uint16Array(bytes);
  return stored === 'F16' ? fromFloat16(half) : fromBfloat16(half);
}

/** Bits of IEEE 754 binary16, rounded to nearest even; overflow becomes infinity. */
export function toFloat16(data: Float32Array): Uint16Array {
  return mapped(bitsOf(data), new Uint16Array(data.length), (x) => {
    const sign = (x >>> 16) & 0x8000;
    const exponent = (x >>> 23) & 0xff;
    const mantissa = x & 0x7fffff;
    if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
    const e = exponent - 112; // 127 − 15
    if (e >= 31) return sign | 0x7c00;
    if (e <= 0) {
      if (e < -10) return sign;
      return sign | roundShift(mantissa | 0x800000, 14 - e);
    }
    // A carry out of the mantissa runs into the exponent, which is right.
    return sign | ((e << 10) + roundShift(mantissa, 13));
  });
}

export function fromFloat16(half: Uint16Array): Float32Array {
  return mapped(half, new Float32Array(half.length), (x) => {
    const sign = x & 0x8000 ? -1 : 1;
    const exponent = (x >>> 10) & 0x1f;
    const mantissa = x & 0x3ff;
    if (exponent === 0) return sign * mantissa * 2 ** -24;
    if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  });
}

/** The upper half of the float32 bits, rounded to nearest even. */
export function toBfloat16(data: Float32Array): Uint16Array {
  return mapped(bitsOf(data), new Uint16Array(data.length), (x) => {
    if ((x & 0x7fffffff) > 0x7f800000) return (x >>> 16) | 0x40; // NaN stays NaN
    return roundShift(x, 16);
  });
}

export function fromBfloat16(half: Uint16Array): Float32Array {
  return new Float32Array(mapped(half, new Uint32Array(half.length), (x) => x << 16).buffer);
}

/** As `TypedArray.from` does it, which first makes a list of all numbers: eight times the memory, and kept. */
function mapped<From extends Uint16Array | Uint32Array, To extends Uint16Array | Uint32Array | Float32Array>(
  from: From,
  to: To,
  each: (x: number) => number,
): To {
  for (let i = 0; i < from.length; i++) to[i] = each(from[i]!);
  return to;
}

function bitsOf(data: Float32Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}

/** x / 2^shift, ties to even. */
function roundShift(x: number, shift: number): number {
  const floor = x >>> shift;
  const rest = x - floor * 2 ** shift;
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && floor & 1) ? floor + 1 : floor;
}
