/** The gate names every figure, and one that is not met keeps the student in service. */
import { describe, expect, it } from 'vitest';
import { type Contender, gate, signTest } from '../../../models/distill/gate.ts';
import type { JudgedItem, Judgement } from '../../../models/distill/judge.ts';
import { UNCALIBRATED } from '../../../models/student/confidence.ts';

const features = {
  ...{ margin: 1, top: 1, tokenMean: 1, tokenMin: 1, rationaleMean: 0, rationaleMin: 0, gradeSure: 1, support: 1 },
  ...{ grounded: 1, match: 1, lead: 1, stranger: 0, agree: 1, evidence: 0, open: 0, unknown: 0 },
};

/** `right` of 100 questions of each kind, the first so many; confidence 0.95 throughout. */
function contender(id: string, right: { news: number; old: number }, more: Partial<Contender> = {}): Contender {
  const items = (asked: JudgedItem['asked'], count: number): JudgedItem[] =>
    Array.from({ length: 100 }, (_, i) => ({
      ...{ asked, question: `${i}`, expected: 'a', answer: 'a', rationale: '', fact: `${asked}/${i}` },
      right: i < count,
      labelled: { features, right: i < count },
    }));
  const all = [...items('newsAlone', right.news), ...items('open', right.old)];
  const judgement: Judgement = {
    metrics: { accuracy: right.old / 100 },
    calibration: UNCALIBRATED,
    scored: [],
    certifying: items('open', 95).map(({ labelled }) => labelled),
    items: all,
  };
  const calibration = { ...UNCALIBRATED, bias: Math.log(0.95 / 0.05), threshold: 0.9 };
  return { id, judgement, calibration, bytes: 4 * 2 ** 20, ms: 50, ...more };
}

const former = contender('former', { news: 30, old: 90 });

describe('the gate', () => {
  it('lets a student through that is better on what is new and loses at most a point of the old', () => {
    const decision = gate(contender('new', { news: 90, old: 89 }), former, new Set());
    expect(decision).toMatchObject({ promote: true, inService: { id: 'former' } });
    expect(decision.reason).toMatch(/^promoted over former: new facts 90\.0 % right against 30\.0 %/);
    expect(decision.checks.map(({ what, passed }) => [what, passed])).toEqual(
      ['new facts', 'old facts', 'calibration', 'coverage', 'size', 'speed'].map((what) => [what, true]),
    );
  });

  it('weighs what both were asked, and nothing beyond', () => {
    const candidate = contender('new', { news: 90, old: 90 });
    const { items, certifying } = candidate.judgement;
    const wrong = { ...items.at(-1)!, right: false, labelled: { features, right: false } };
    const beyond = Array.from({ length: 300 }, () => wrong);
    const judgement = {
      ...candidate.judgement,
      items: [...items, ...beyond],
      certifying: [...certifying, ...beyond.map(({ labelled }) => labelled)],
    };
    const { promote, checks } = gate({ ...candidate, judgement }, former, new Set());
    expect(promote).toBe(true);
    expect(checks).toEqual(gate(candidate, former, new Set()).checks);
  });

  it.each<[string, Contender, RegExp]>([
    ['new facts', contender('new', { news: 31, old: 90 }), /new facts 31\.0 % right against 30\.0 %.*p = 0\.5/],
    ['old facts', contender('new', { news: 90, old: 88 }), /old facts 88\.0 % against 90\.0 % of 100, at most 1 point/],
    ['size', contender('new', { news: 90, old: 90 }, { bytes: 6 * 2 ** 20 }), /size 6\.0 MiB against 4\.0 MiB/],
    ['speed', contender('new', { news: 90, old: 90 }, { ms: 80 }), /an answer 80 ms against 50 ms/],
    [
      'calibration',
      contender('new', { news: 90, old: 90 }, { calibration: { ...UNCALIBRATED, bias: 2, threshold: 0.8 } }),
      /calibration error 0\.069 against 0\.000, at most 0\.045 more/,
    ],
    [
      'coverage',
      contender('new', { news: 90, old: 90 }, { calibration: { ...former.calibration, threshold: 1.01 } }),
      /answers 0\.0 % itself against 100\.0 %/,
    ],
  ])('refuses one that fails by its %s, and names the figures', (what, candidate, figures) => {
    const decision = gate(candidate, former, new Set());
    expect(decision.promote).toBe(false);
    expect(decision.reason).toMatch(/^not promoted, former goes on: /);
    expect(decision.reason).toMatch(figures);
    expect(decision.checks.filter(({ passed }) => !passed).map((check) => check.what)).toEqual([what]);
  });

  it('counts a question on a new fact as new, however it was asked', () => {
    const lost = new Set(Array.from({ length: 10 }, (_, i) => `open/${80 + i}`));
    const decision = gate(contender('new', { news: 90, old: 80 }), former, lost);
    expect(decision.checks.find(({ what }) => what === 'old facts')).toMatchObject({ passed: true });
  });

  it('compares on all questions where nothing is new', () => {
    const skill = (one: Contender): Contender => ({
      ...one,
      judgement: { ...one.judgement, items: one.judgement.items.filter(({ asked }) => asked === 'open') },
    });
    const decision = gate(skill(contender('new', { news: 0, old: 96 })), skill(former), new Set());
    expect(decision).toMatchObject({ promote: true, checks: [{ what: 'all questions' }, {}, {}, {}, {}] });
  });
});

describe('the sign test', () => {
  it('is the exact tail of a fair coin', () => {
    expect(signTest(0, 0)).toBe(1);
    expect(signTest(5, 0)).toBeCloseTo(1 / 32, 12);
    expect(signTest(8, 2)).toBeCloseTo(56 / 1024, 12);
    expect(signTest(400, 300)).toBeLessThan(0.001);
  });
});
