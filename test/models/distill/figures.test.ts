/** The pictures of a round: what they show is counted here by hand. */
import { describe, expect, it } from 'vitest';
import { reliability, reliabilitySvg, riskCoverage, riskCoverageSvg } from '../../../models/distill/figures.ts';

const scored = [
  { p: 0.95, right: true },
  { p: 0.95, right: true },
  { p: 0.9, right: false },
  { p: 0.4, right: false },
];

describe('reliability', () => {
  it('puts what was promised beside what came true, bin by bin', () => {
    expect(reliability(scored)).toEqual([
      { promised: 0.4, came: 0, n: 1 },
      { promised: expect.closeTo(0.9333, 3), came: expect.closeTo(2 / 3, 6), n: 3 },
    ]);
  });

  it('a promise of 1 belongs to the last bin', () => {
    expect(reliability([{ p: 1, right: true }])).toEqual([{ promised: 1, came: 1, n: 1 }]);
  });
});

describe('risk and coverage', () => {
  it('errs more the more is answered; equal promises are answered together', () => {
    expect(riskCoverage(scored)).toEqual([
      { coverage: 0.5, risk: 0 },
      { coverage: 0.75, risk: expect.closeTo(1 / 3, 6) },
      { coverage: 1, risk: 0.5 },
    ]);
  });
});

describe('the pictures', () => {
  it('draw a circle a bin, a curve, and the threshold only where there is one', () => {
    const svg = reliabilitySvg(scored, 0.93);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).toMatch(/^<svg [^>]*viewBox.*<\/svg>\n$/s);
    expect(svg.match(/class="threshold"/g)).toHaveLength(1);
    expect(reliabilitySvg(scored, 1.01)).not.toContain('class="threshold"');
    expect(riskCoverageSvg(scored, 0.05).match(/<polyline/g)).toHaveLength(2);
    expect(riskCoverageSvg([], 0.05)).not.toMatch(/NaN|Infinity/);
  });
});
