/** The certified threshold: what it promises, and that one unlucky answer at the very top does not take it away. */
import { describe, expect, it } from 'vitest';
import { binomialCdf, certifiedThreshold } from '../../../models/student/confidence.ts';

const scored = (parts: [p: number, n: number, wrong: number][]) =>
  parts.flatMap(([p, n, wrong]) => Array.from({ length: n }, (_, i) => ({ p, right: i >= wrong })));

describe('the certified threshold', () => {
  it('is the lowest from which the answered error is surely within the target', () => {
    const parts = scored([
      [0.995, 200, 2],
      [0.9, 100, 2],
      [0.6, 100, 40],
    ]);
    const threshold = certifiedThreshold(parts, 0.05, 0.1);
    expect(threshold).toBeGreaterThan(0.6);
    expect(threshold).toBeLessThanOrEqual(0.9);
    expect(binomialCdf(4, 300, 0.05)).toBeLessThan(0.1);
    expect(binomialCdf(44, 400, 0.05)).toBeGreaterThan(0.1);
  });

  it('is none where too many are wrong', () => {
    expect(certifiedThreshold(scored([[0.95, 300, 30]]), 0.05, 0.1)).toBe(1.01);
  });

  it('is not lost by two unlucky ones among the few at the top', () => {
    const parts = scored([
      [0.995, 30, 2],
      [0.95, 300, 3],
    ]);
    expect(certifiedThreshold(parts, 0.05, 0.1)).toBeLessThanOrEqual(0.95);
  });

  it('is not lost by one among so many that only none could be certified', () => {
    const parts = scored([
      [0.995, 60, 1],
      [0.9, 90, 0],
    ]);
    expect(binomialCdf(1, 60, 0.05)).toBeGreaterThan(0.1);
    expect(certifiedThreshold(parts, 0.05, 0.1)).toBeLessThanOrEqual(0.9);
    expect(certifiedThreshold(scored([[0.995, 60, 0]]), 0.05, 0.1)).toBeLessThanOrEqual(0.99);
  });
});
