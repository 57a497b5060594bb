/**
 * Whether a new student takes the place of the one in service. Both have answered the same held-out questions in the same
 * run: it must be better on what is new, no worse than a point on what was known, its confidence no worse, itself no
 * bigger and no slower than the limits. Every figure is named, passed or not. It asks no student anything.
 */
import { confidence, expectedCalibrationError } from '../student/confidence.ts';
import type { Calibration } from '../student/types.ts';
import { percent } from './figures.ts';
import type { JudgedItem, Judgement } from './judge.ts';

/** A student as it would serve. */
export interface Contender {
  id: string;
  judgement: Judgement;
  /** The rule that it serves with. */
  calibration: Calibration;
  /** Of the folder that is served. */
  bytes: number;
  /** Median time of an answer, measured in turns with the other's. */
  ms: number;
}

export interface Check {
  what: 'new facts' | 'all questions' | 'old facts' | 'calibration' | 'coverage' | 'size' | 'speed';
  passed: boolean;
  /** Figures of both. */
  text: string;
}

export interface Gate {
  promote: boolean;
  reason: string;
  checks: Check[];
  candidate: Record<string, number>;
  inService: { id: string; metrics: Record<string, number> } | null;
}

export const LIMITS = {
  /** One-sided, of the paired sign test on what is new. */
  p: 0.05,
  /** Points of accuracy that old knowledge may lose. */
  oldLoss: 0.01,
  /** Calibration error may be higher, and the share answered lower, by this over √n: what n items leave in doubt. */
  ece: 0.45,
  coverage: 1.1,
  size: 1.25,
  speed: 1.5,
} as const;

/** What the round was to teach: facts that are new to the student in service, and traces. */
const NEW: ReadonlySet<JudgedItem['asked']> = new Set(['news', 'newsAlone', 'traces']);
/** Taught facts; what is asked in other worlds or of strangers is skill, not knowledge. */
const KNOWN: ReadonlySet<JudgedItem['asked']> = new Set([
  'closed',
  'open',
  'openQuestion',
  'service',
  'reworded',
  'reordered',
]);

/** @param news ids of the facts that are new */
export function gate(candidate: Contender, former: Contender, news: ReadonlySet<string>): Gate {
  // What the candidate was asked beyond that was for its certificate alone.
  const pairs = former.judgement.items.map((before, i) => ({ now: candidate.judgement.items[i]!, before }));
  const fresh = pairs.filter(({ now }) => NEW.has(now.asked) || news.has(now.fact));
  const old = pairs.filter(({ now }) => KNOWN.has(now.asked) && !news.has(now.fact));
  const hasNews = fresh.some(({ now }) => NEW.has(now.asked));
  const checks: Check[] = [
    hasNews ? better('new facts', fresh) : better('all questions', pairs),
    ...(hasNews ? [kept(old)] : []),
    ...calibrated(candidate, former),
    {
      what: 'size',
      passed: candidate.bytes <= LIMITS.size * former.bytes,
      text: `size ${mebibytes(candidate.bytes)} against ${mebibytes(former.bytes)}, at most ${LIMITS.size} times`,
    },
    {
      what: 'speed',
      passed: candidate.ms <= LIMITS.speed * former.ms,
      text: `an answer ${candidate.ms.toFixed(0)} ms against ${former.ms.toFixed(0)} ms, at most ${LIMITS.speed} times`,
    },
  ];
  const failed = checks.filter(({ passed }) => !passed);
  const promote = failed.length === 0;
  return {
    promote,
    reason: promote
      ? `promoted over ${former.id}: ${checks.map(({ text }) => text).join('; ')}`
      : `not promoted, ${former.id} goes on: ${failed.map(({ text }) => text).join('; ')}`,
    checks,
    candidate: candidate.judgement.metrics,
    inService: { id: former.id, metrics: former.judgement.metrics },
  };
}

interface Pair {
  now: JudgedItem;
  before: JudgedItem;
}

function better(what: 'new facts' | 'all questions', pairs: readonly Pair[]): Check {
  const wins = pairs.filter(({ now, before }) => now.right && !before.right).length;
  const losses = pairs.filter(({ now, before }) => !now.right && before.right).length;
  const p = signTest(wins, losses);
  return {
    what,
    passed: wins > losses && p < LIMITS.p,
    text: `${what} ${percent(rate(pairs, 'now'))} right against ${percent(rate(pairs, 'before'))}, alone right on ${wins} against ${losses} of ${pairs.length} (one-sided p = ${p.toPrecision(2)})`,
  };
}

function kept(old: readonly Pair[]): Check {
  const [now, before] = [rate(old, 'now'), rate(old, 'before')];
  return {
    what: 'old facts',
    // A whole point is still allowed, whatever binary fractions make of it.
    passed: before - now <= LIMITS.oldLoss + 1e-9,
    text: `old facts ${percent(now)} against ${percent(before)} of ${old.length}, at most ${100 * LIMITS.oldLoss} point lost`,
  };
}

/** On the certifying items of both, which neither rule was fitted on. */
function calibrated(candidate: Contender, former: Contender): Check[] {
  const both = former.judgement.certifying.length;
  const scored = ({ judgement, calibration }: Contender): { p: number; right: boolean }[] =>
    judgement.certifying.slice(0, both).map(({ features, right }) => ({ p: confidence(features, calibration), right }));
  const [now, before] = [scored(candidate), scored(former)];
  const [eceNow, eceBefore] = [expectedCalibrationError(now), expectedCalibrationError(before)];
  const answered = (of: typeof now, { calibration }: Contender): number =>
    of.filter(({ p }) => p >= calibration.threshold).length / Math.max(1, of.length);
  const [shareNow, shareBefore] = [answered(now, candidate), answered(before, former)];
  const doubt = 1 / Math.sqrt(Math.max(1, now.length));
  return [
    {
      what: 'calibration',
      passed: eceNow <= eceBefore + LIMITS.ece * doubt,
      text: `calibration error ${eceNow.toFixed(3)} against ${eceBefore.toFixed(3)}, at most ${(LIMITS.ece * doubt).toFixed(3)} more`,
    },
    {
      what: 'coverage',
      passed: shareNow >= shareBefore - LIMITS.coverage * doubt,
      text: `answers ${percent(shareNow)} itself against ${percent(shareBefore)}, at most ${(100 * LIMITS.coverage * doubt).toFixed(1)} points less`,
    },
  ];
}

function rate(pairs: readonly Pair[], of: 'now' | 'before'): number {
  return pairs.filter((pair) => pair[of].right).length / Math.max(1, pairs.length);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Exact one-sided McNemar test: P(at least `wins` of wins + losses | a fair coin). */
export function signTest(wins: number, losses: number): number {
  const n = wins + losses;
  let term = n * Math.log(0.5);
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    if (k > 0) term += Math.log((n - k + 1) / k);
    if (k >= wins) sum += Math.exp(term);
  }
  return Math.min(1, sum);
}
