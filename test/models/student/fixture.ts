import type { StudentCard } from '../../../models/student/types.ts';

/** Repeatable numbers in [0, 1) (mulberry32), so that a failing case can be run again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A card of an untrained student: every field there, nothing claimed. */
export function blankCard(id: string): Omit<StudentCard, 'checksums'> {
  return {
    id,
    name: id,
    parent: null,
    round: 0,
    createdAt: '2026-11-21T00:00:00.000Z',
    parameters: 0,
    dataHash: '',
    sheets: {},
    seed: 1,
    training: { steps: 0, tokens: 0, minutes: 0, code: '' },
    metrics: {},
    calibration: { features: {}, bias: 0, threshold: 1.01, maxError: 0.05, fittedOn: 0, certifiedOn: 0 },
    licences: {},
  };
}
