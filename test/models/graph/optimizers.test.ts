/** The update rules: AdamW against its formula, Muon's directions against what they should be. */
import { describe, expect, it } from 'vitest';
import { adamw, globalNorm } from '../../../models/graph/adamw.ts';
import { directionGraph, directionName } from '../../../models/graph/muon.ts';
import { open, wave } from './check.ts';

describe('AdamW', () => {
  it('follows its formula for three steps, decay on the first part only', () => {
    const o = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, learningRate: 0.01 };
    const weights = Float32Array.of(0.5, -0.3, 1, 1);
    const state = { m: new Float32Array(4), v: new Float32Array(4) };
    const plain = [0.5, -0.3, 1, 1];
    const m = [0, 0, 0, 0];
    const v = [0, 0, 0, 0];
    for (let step = 1; step <= 3; step++) {
      const gradient = wave(4, step);
      adamw(weights, gradient, state, { ...o, step, scale: 0.5, decayed: 2 });
      for (let i = 0; i < 4; i++) {
        const g = gradient[i]! / 2;
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.95 * v[i]! + 0.05 * g * g;
        const step1 = m[i]! / (1 - 0.9 ** step) / (Math.sqrt(v[i]! / (1 - 0.95 ** step)) + 1e-8);
        plain[i] = plain[i]! - 0.01 * step1 - (i < 2 ? 0.01 * 0.1 * plain[i]! : 0);
      }
    }
    for (let i = 0; i < 4; i++) expect(weights[i]).toBeCloseTo(plain[i]!, 6);
  });

  it('measures the whole gradient', () => {
    expect(globalNorm(Float32Array.of(3, 0, -4))).toBe(5);
  });
});

describe('Muon', () => {
  for (const [rows, columns] of [
    [6, 16],
    [16, 6],
    [8, 8],
  ] as const)
    it(`makes the singular values of a ${rows}×${columns} matrix one and keeps its directions`, async () => {
      const x = spread(rows, columns);
      const run = await open(directionGraph(new Map([['x', [rows, columns]]])));
      const out = (await run({ x: { data: x.matrix, shape: [rows, columns] } }))[directionName('x')]!;
      // Along the pair (u, v) of each singular value σ of x, the output has u·out·v, about one whatever σ was.
      for (const { u, v } of x.pairs) {
        const along = u.reduce((sum, ui, i) => sum + ui * v.reduce((s, vj, j) => s + vj * out[i * columns + j]!, 0), 0);
        expect(along).toBeGreaterThan(0.43);
        expect(along).toBeLessThan(1.57);
      }
    });
});

/** A matrix with known singular pairs, σ from 1 down to a hundredth. */
function spread(rows: number, columns: number): { matrix: Float32Array; pairs: { u: number[]; v: number[] }[] } {
  const rank = Math.min(rows, columns);
  const left = orthogonal(rows, rank, 1);
  const right = orthogonal(columns, rank, 2);
  const pairs = left.map((u, k) => ({ u, v: right[k]!, sigma: 0.01 ** (k / (rank - 1)) }));
  const at = (i: number): number => {
    const row = Math.floor(i / columns);
    return pairs.reduce((sum, { u, v, sigma }) => sum + sigma * u[row]! * v[i % columns]!, 0);
  };
  return { matrix: Float32Array.from({ length: rows * columns }, (_, i) => at(i)), pairs };
}

/** `count` orthonormal vectors, by Gram–Schmidt. */
function orthogonal(size: number, count: number, phase: number): number[][] {
  const out: number[][] = [];
  for (let k = 0; k < count; k++) {
    let x = [...wave(size, phase + 7 * k * k + k)];
    for (const y of out) {
      const dot = x.reduce((sum, xi, i) => sum + xi * y[i]!, 0);
      x = x.map((xi, i) => xi - dot * y[i]!);
    }
    const length = Math.hypot(...x);
    out.push(x.map((xi) => xi / length));
  }
  return out;
}
