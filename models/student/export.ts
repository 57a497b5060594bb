/**
 * The student as an ONNX file for other runtimes: the 8-bit one is shipped, the others are made on demand.
 * Reads no file.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../files.ts';
import type { DecoderConfig } from './config.ts';
import type { Weights } from './decoder.ts';
import { hfGraph, type Precision } from './inference.ts';

/** The file that each precision has inside `onnx/`, as transformers.js names them (`dtype` q8, q4 and fp32). */
export const ONNX_FILES: Record<Precision, string> = {
  int8: 'model_quantized.onnx',
  int4: 'model_q4.onnx',
  float32: 'model.onnx',
};

/** Writes `onnx/model*.onnx` of the folder's own (rounded) weights, which student.ts's `readModel` gives. Returns its path. */
export async function writeOnnx(
  folder: string,
  precision: Precision,
  { config, weights }: { config: DecoderConfig; weights: Weights },
): Promise<string> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const path = join(folder, 'onnx', ONNX_FILES[precision]);
  await writeAtomically(path, hfGraph(config, weights, precision));
  return path;
}
