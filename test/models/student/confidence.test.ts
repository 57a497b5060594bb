/** The certified threshold: what it promises, and that one unlucky answer at the very top does not take it away. */
import { describe, expect, it } from 'vitest';
import {
  binomialCdf,
  calibrate,
  certifiedThreshold,
  confidence,
  type Labelled,
} from '../../../models/student/confidence.ts';

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

describe('the rule that is fitted', () => {
  const base = {
    ...{ margin: 0, top: 1, tokenMean: 1, tokenMin: 1, rationaleMean: 0, rationaleMin: 0, gradeSure: 1, support: 1 },
    ...{ grounded: 1, match: 1, lead: 1, stranger: 0, agree: 1, evidence: 0, open: 0, unknown: 0 },
  };
  const labelled = (n: number, rightAbove: number): Labelled[] =>
    Array.from({ length: n }, (_, i) => {
      const value = (i + 0.5) / n;
      return { features: { ...base, margin: value }, right: value > rightAbove };
    });
  const former = calibrate(labelled(400, 0.3), labelled(400, 0.3), { maxError: 0.05 });
  const sure = (margin: number, rule = former) => confidence({ ...base, margin }, rule);

  it('is never sure of one of two options that are graded alike', () => {
    const alike = calibrate(labelled(400, -1), labelled(400, -1), { maxError: 0.05 });
    expect(sure(0.02, alike)).toBeGreaterThan(0.9);
    expect(sure(0.001, alike)).toBe(0.5);
    expect(confidence({ ...base, margin: 0, open: 1 }, alike)).toBeGreaterThan(0.9);
  });

  it('keeps what the former rule knew where a few items say nothing of it', () => {
    const few = labelled(20, 0.3).filter(({ right }) => right);
    expect(sure(0.05, calibrate(few, few, { maxError: 0.05 }))).toBeGreaterThan(0.5);
    expect(sure(0.05, calibrate(few, few, { maxError: 0.05, former }))).toBeLessThan(0.2);
  });

  it('departs from the former rule where many items speak against it', () => {
    const turned = labelled(2000, 0.7);
    const from = calibrate(turned, turned, { maxError: 0.05, former });
    expect(sure(0.5)).toBeGreaterThan(0.9);
    expect(sure(0.5, from)).toBeLessThan(0.1);
    expect(sure(0.95, from)).toBeGreaterThan(0.9);
  });
});
