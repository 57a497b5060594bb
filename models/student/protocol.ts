/** What runtime.ts and its thread say to each other. No code here, and no import that costs anything. */
import type { Precision } from './inference.ts';

export interface WorkerSetup {
  folder: string;
  precision: Precision;
  threads: number;
  /** Two int32 that both threads see: HALT and BUSY. */
  gate: SharedArrayBuffer;
}

/** Set by the process as it exits: no run may begin. */
export const HALT = 0;
/** 1 while onnxruntime computes. A thread that is torn down then takes the whole process with it. */
export const BUSY = 1;

export type Request =
  | { kind: 'generate'; call: number; ids: number[]; maxTokens: number; stop: number[]; stream: boolean }
  | { kind: 'score'; call: number; ids: number[]; continuations: number[][] }
  | { kind: 'grade'; call: number; ids: number[]; continuations: number[][]; tokens: number[] }
  | { kind: 'abort'; call: number }
  | { kind: 'close' };

export type Reply =
  | { kind: 'ready'; context: number }
  | { kind: 'unfit'; code: string; message: string }
  | { kind: 'dying'; message: string }
  | { kind: 'token'; call: number; id: number }
  | { kind: 'generated'; call: number; ids: number[]; logProbs: number[]; ended: 'stop' | 'length' | 'aborted' }
  | { kind: 'scored'; call: number; logProbs: number[][] }
  | { kind: 'graded'; call: number; logProbs: number[][] }
  | { kind: 'failed'; call: number; code: string; message: string };
