/**
 * Calibrated P(answer is right): a logistic rule over a thought's features, fitted on held-out items, and the threshold
 * from which the answered error stays under a target, by learn-then-test (Angelopoulos et al., arXiv 2110.01052) with
 * exact binomial tails along a fixed sequence of thresholds.
 */
import type { Features } from './think.ts';
import type { Calibration } from './types.ts';

export interface Labelled {
  features: Features;
  right: boolean;
}

const NAMES: readonly (keyof Features)[] = [
  'margin',
  'top',
  'tokenMean',
  'tokenMin',
  'rationaleMean',
  'rationaleMin',
  'gradeSure',
  'support',
  'agree',
  'grounded',
  'match',
  'lead',
  'stranger',
  'open',
  'unknown',
];

/**
 * Where the sheets' evidence leads: log-odds of being right by the lead of the best option. Fitted on 126 questions that
 * were written or set aside for mending; of 112 others 66 % were right, expected calibration error 0.04
 * (docs/rounds/blind.md). No threshold was certified on such questions, so none of them is called sure.
 */
const LED = { bias: -0.07, margin: 2.12, most: 0.77 };

/** P(right), 0–1. */
export function confidence(features: Features, calibration: Calibration): number {
  if (features.evidence) return Math.min(LED.most, 1 / (1 + Math.exp(-LED.bias - LED.margin * features.margin)));
  let z = calibration.bias;
  for (const [name, rule] of Object.entries(calibration.features)) {
    const value = features[name as keyof Features] ?? rule.mean;
    z += (rule.weight * (value - rule.mean)) / rule.scale;
  }
  const ruled = 1 / (1 + Math.exp(-z));
  return features.open === 0 && features.margin < TIED ? Math.min(ruled, EITHER) : ruled;
}

/**
 * A diagnosis from what people tell in words of their own: log-odds of being right by how well the first fault fits and how
 * far it is ahead of the next (rank.ts). Fitted on 3,460 messages of one or two wordings that the sheets were without when
 * they were asked (70 % right: 40 % where the lead is under 0.05, 77 % at 0.15 to 0.2, 95 % at 0.3 to 0.4).
 */
const TOLD = { bias: -0.12, match: -1.09, lead: 10.68 };

/** P(right) of an open diagnosis, 0–1: the rule of the student's card was fitted on questions that the sheets' own signs make. */
export function ofWhatIsTold({ match, lead }: { match: number; lead: number }): number {
  return 1 / (1 + Math.exp(-TOLD.bias - TOLD.match * match - TOLD.lead * lead));
}

/** So near to each other, two options are graded alike: which of them was chosen is luck. */
const TIED = 0.005;
const EITHER = 0.5;

/** No rule yet: every answer is unsure, so every question escalates. Honest for a student nobody has measured. */
export const UNCALIBRATED: Calibration = {
  features: {},
  bias: 0,
  threshold: 1.01,
  maxError: 0.05,
  fittedOn: 0,
  certifiedOn: 0,
};

export interface CalibrateOptions {
  maxError: number;
  /** The chance that the certificate is wrong. */
  delta?: number;
  /** The rule of the student that this one was trained from: the fit departs from it as far as the items ask for it. */
  former?: Calibration | undefined;
}

/** Fits the rule on one set and certifies its threshold on another, which must be drawn as in service. */
export function calibrate(
  fitted: readonly Labelled[],
  certifying: readonly Labelled[],
  { maxError, delta = 0.1, former }: CalibrateOptions,
): Calibration {
  const ruled = fitted.filter(({ features }) => !features.evidence);
  const calibration: Calibration = {
    ...fitLogistic(ruled, former),
    threshold: 1.01,
    maxError,
    fittedOn: ruled.length,
    certifiedOn: certifying.length,
  };
  const scored = certifying.map((item) => ({ p: confidence(item.features, calibration), right: item.right }));
  return { ...calibration, threshold: Math.max(LEAST_SURE, certifiedThreshold(scored, maxError, delta)) };
}

/** However few are wrong on the whole: an answer that is wrong one time in five is not given out. */
const LEAST_SURE = 0.8;

/** Lowest confidence at which P(error among answered > maxError) is rejected at level delta; 1.01 when none is. */
export function certifiedThreshold(
  scored: readonly { p: number; right: boolean }[],
  maxError: number,
  delta: number,
): number {
  let best = 1.01;
  // Of the surest few one that is wrong would end the sequence of tests. So it begins where one may be wrong, or, where
  // there are too few items for that, where they could be certified if all were right.
  const spared = binomialCdf(1, scored.length, maxError) <= delta ? 1 : 0;
  for (let threshold = 0.99; threshold >= 0.05; threshold -= 0.01) {
    const answered = scored.filter((item) => item.p >= threshold);
    if (binomialCdf(spared, answered.length, maxError) > delta) continue;
    const wrong = answered.filter((item) => !item.right).length;
    if (binomialCdf(wrong, answered.length, maxError) > delta) break;
    best = threshold;
  }
  return Math.round(best * 100) / 100;
}

/** P(X ≤ k) for X ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  let term = n * Math.log1p(-p);
  let sum = Math.exp(term);
  for (let i = 1; i <= k; i++) {
    term += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

/** Expected calibration error over ten equal-width bins. */
export function expectedCalibrationError(scored: readonly { p: number; right: boolean }[]): number {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, p: 0, right: 0 }));
  for (const { p, right } of scored) {
    const bin = bins[Math.min(9, Math.floor(p * 10))]!;
    bin.n += 1;
    bin.p += p;
    bin.right += right ? 1 : 0;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.p - bin.right), 0) / Math.max(1, scored.length);
}

/** Area under the ROC curve: P(a right item scores above a wrong one), ties one half; 0.5 when one kind is missing. */
export function auroc(scored: readonly { p: number; right: boolean }[]): number {
  const sorted = [...scored].sort((a, b) => a.p - b.p);
  const positives = sorted.filter((item) => item.right).length;
  const negatives = sorted.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  let rankSum = 0;
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (j < sorted.length && sorted[j]!.p === sorted[i]!.p) j++;
    const rank = (i + j + 1) / 2;
    for (let k = i; k < j; k++) if (sorted[k]!.right) rankSum += rank;
    i = j;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** How strongly weights are held near nothing, and near those of the former rule: chosen on the judgements of four rounds. */
const RIDGE = 0.5;
const HELD = 5;

/** Ridge-regularised logistic regression by gradient descent on standardised features, from the former rule if there is one. */
function fitLogistic(
  items: readonly Labelled[],
  former: Calibration = UNCALIBRATED,
): Pick<Calibration, 'features' | 'bias'> {
  const ridge = former.fittedOn > 0 ? HELD : RIDGE;
  let { bias } = former;
  const stats = NAMES.map((name) => {
    const values = items.map((item) => item.features[name]);
    const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length);
    const scale = Math.sqrt(variance) || 1;
    const before = former.features[name];
    if (!before) return { name, mean, scale, start: 0 };
    bias += (before.weight * (mean - before.mean)) / before.scale;
    return { name, mean, scale, start: (before.weight * scale) / before.scale };
  });
  const rows = items.map((item) => stats.map(({ name, mean, scale }) => (item.features[name] - mean) / scale));
  const weights = stats.map(({ start }) => start);
  for (let step = 0; step < 3000; step++) {
    const gradient = weights.map((weight, k) => ((weight - stats[k]!.start) * ridge) / Math.max(1, items.length));
    let biasGradient = 0;
    rows.forEach((row, i) => {
      const z = row.reduce((sum, value, k) => sum + value * weights[k]!, bias);
      const error = (1 / (1 + Math.exp(-z)) - (items[i]!.right ? 1 : 0)) / items.length;
      biasGradient += error;
      row.forEach((value, k) => {
        gradient[k]! += error * value;
      });
    });
    gradient.forEach((g, k) => {
      weights[k]! -= 0.5 * g;
    });
    bias -= 0.5 * biasGradient;
  }
  return {
    bias,
    features: Object.fromEntries(stats.map(({ name, mean, scale }, k) => [name, { weight: weights[k]!, mean, scale }])),
  };
}
