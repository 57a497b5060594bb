/**
 * How a gradient becomes an update: AdamW for everything, or Muon for the layers' matrices and AdamW for the rest. Works
 * on the flat arrays of the trainer; knows neither batches nor schedules.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { adamw } from '../graph/adamw.ts';
import { directionGraph, directionName, lookAhead, move } from '../graph/muon.ts';
import type { TrainingState } from './checkpoint.ts';
import { type Layout, tensorsOver } from './layout.ts';

export interface Update {
  /** Counts from 1. */
  step: number;
  learningRate: number;
  weightDecay: number;
  /** The gradient is multiplied by this first. */
  scale: number;
}
export type Optimizer = (gradient: Float32Array, update: Update) => Promise<void>;

const BETAS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
const MOMENTUM = 0.95;
/** Root mean square of a matrix's update at learning rate 1. AdamW's is about 0.2; Muon bears more. */
const MATRIX_UPDATE = 0.5;

export function adamwOptimizer(state: TrainingState, layout: Layout): Optimizer {
  return async (gradient, update) => {
    adamw(state.weights, gradient, state, { ...BETAS, ...update, decayed: layout.vectorsAt });
  };
}

/** `open` makes a session of a graph. The state's `m` holds the momentum of the matrices; their `v` stays zero. */
export async function muonOptimizer(
  state: TrainingState,
  layout: Layout,
  open: (model: Uint8Array) => Promise<InferenceSession>,
): Promise<Optimizer> {
  const { matricesAt: from, vectorsAt: to } = layout;
  const matrices = layout.parts.filter((part) => part.at >= from && part.at < to);
  const session = await open(directionGraph(new Map(matrices.map(({ name, shape }) => [name, shape]))).encode());
  const ahead = new Float32Array(state.weights.length);
  const direction = new Float32Array(state.weights.length);
  const feeds = tensorsOver(ahead, matrices, (name) => name);
  const fetches = tensorsOver(direction, matrices, directionName);
  const m = state.m.subarray(from, to);

  return async (gradient, update) => {
    for (const [a, b] of [
      [0, from],
      [to, state.weights.length],
    ] as const) {
      const part = (array: Float32Array): Float32Array => array.subarray(a, b);
      const moments = { m: part(state.m), v: part(state.v) };
      const decayed = a === 0 ? from : 0;
      adamw(part(state.weights), part(gradient), moments, { ...BETAS, ...update, decayed });
    }
    lookAhead(gradient.subarray(from, to), m, ahead.subarray(from, to), MOMENTUM, update.scale);
    await session.run(feeds, fetches);
    const keep = 1 - update.learningRate * update.weightDecay;
    for (const { at, size, shape } of matrices) {
      const rate = update.learningRate * MATRIX_UPDATE * Math.sqrt(Math.max(...shape));
      move(state.weights.subarray(at, at + size), direction.subarray(at, at + size), keep, rate);
    }
  };
}
