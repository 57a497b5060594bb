/**
 * Pictures of a student's confidence for the round's folder, as SVG: reliability (what it promised against what came true)
 * and risk against coverage (how often it errs when it answers only what it is surest of). No library: two small plots.
 */

export interface Scored {
  /** Promised P(right), 0–1. */
  p: number;
  right: boolean;
}

export interface Bin {
  /** Mean promise of the bin. */
  promised: number;
  /** Share that was right. */
  came: number;
  n: number;
}

/** Ten equal bins of the promise, the empty ones left out (Guo et al., arXiv 1706.04599). */
export function reliability(scored: readonly Scored[], bins = 10): Bin[] {
  return Array.from({ length: bins }, (_, i) =>
    scored.filter(({ p }) => Math.min(bins - 1, Math.floor(p * bins)) === i),
  )
    .filter((bin) => bin.length > 0)
    .map((bin) => ({
      promised: bin.reduce((sum, { p }) => sum + p, 0) / bin.length,
      came: bin.filter(({ right }) => right).length / bin.length,
      n: bin.length,
    }));
}

/** Error among the surest share, one point a share (El-Yaniv and Wiener, JMLR 2010). Items of one promise come together. */
export function riskCoverage(scored: readonly Scored[]): { coverage: number; risk: number }[] {
  const sorted = [...scored].sort((a, b) => b.p - a.p);
  const points: { coverage: number; risk: number }[] = [];
  let wrong = 0;
  sorted.forEach(({ p, right }, i) => {
    if (!right) wrong += 1;
    if (sorted[i + 1]?.p !== p) points.push({ coverage: (i + 1) / sorted.length, risk: wrong / (i + 1) });
  });
  return points;
}

/** @returns an SVG document */
export function reliabilitySvg(scored: readonly Scored[], threshold: number): string {
  const bins = reliability(scored);
  const largest = Math.max(...bins.map((bin) => bin.n), 1);
  return plot('Reliability', 'confidence promised', 'share right', [
    line([point(0, 0), point(1, 1)], 'ideal'),
    threshold <= 1 ? line([point(threshold, 0), point(threshold, 1)], 'threshold') : '',
    line(
      bins.map((bin) => point(bin.promised, bin.came)),
      'curve',
    ),
    ...bins.map((bin) => {
      const [x, y] = point(bin.promised, bin.came);
      const radius = (3 + 7 * Math.sqrt(bin.n / largest)).toFixed(1);
      return `<circle cx="${x}" cy="${y}" r="${radius}" class="dot"><title>${bin.n} answers: promised ${percent(bin.promised)}, right ${percent(bin.came)}</title></circle>`;
    }),
  ]);
}

/** @returns an SVG document */
export function riskCoverageSvg(scored: readonly Scored[], maxError: number): string {
  const points = riskCoverage(scored);
  const highest = Math.max(0.05, maxError * 2, ...points.map(({ risk }) => risk));
  const top = Math.min(1, Math.ceil(highest * 20) / 20);
  return plot(
    'Risk and coverage',
    'share answered',
    'error among answered',
    [
      line([point(0, maxError / top), point(1, maxError / top)], 'threshold'),
      line(
        points.map(({ coverage, risk }) => point(coverage, risk / top)),
        'curve',
      ),
    ],
    top,
  );
}

const SIZE = 420;
const LEFT = 60;
const BOTTOM = 50;
const SPAN = SIZE - LEFT - 20;

/** Shares of the axes → pixels. */
function point(x: number, y: number): [string, string] {
  return [(LEFT + x * SPAN).toFixed(1), (SIZE - BOTTOM - y * SPAN).toFixed(1)];
}

function line(points: readonly [string, string][], kind: string): string {
  return points.length ? `<polyline class="${kind}" points="${points.map((xy) => xy.join(',')).join(' ')}"/>` : '';
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function plot(title: string, x: string, y: string, shapes: readonly string[], top = 1): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const [right] = point(1, 0);
  const axes = ticks.flatMap((tick) => {
    const [tx, floor] = point(tick, 0);
    const [wall, ty] = point(0, tick);
    return [
      `<line class="grid" x1="${wall}" y1="${ty}" x2="${right}" y2="${ty}"/>`,
      `<text x="${tx}" y="${Number(floor) + 18}" text-anchor="middle">${Math.round(100 * tick)}</text>`,
      `<text x="${Number(wall) - 8}" y="${Number(ty) + 4}" text-anchor="end">${+(100 * tick * top).toFixed(2)}</text>`,
    ];
  });
  const middle = LEFT + SPAN / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="${title}">
<style>text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}.ideal{stroke:#999;stroke-dasharray:4;fill:none}.threshold{stroke:#c33;stroke-dasharray:6;fill:none}.curve{stroke:#06c;stroke-width:2;fill:none}.dot{fill:#06c;fill-opacity:.6}</style>
<rect width="${SIZE}" height="${SIZE}" fill="#fff"/>
<text x="${middle}" y="16" text-anchor="middle" font-weight="bold">${title}</text>
${axes.join('\n')}
${shapes.filter(Boolean).join('\n')}
<text x="${middle}" y="${SIZE - 10}" text-anchor="middle">${x}, %</text>
<text transform="translate(16 ${SIZE - BOTTOM - SPAN / 2}) rotate(-90)" text-anchor="middle">${y}, %</text>
</svg>
`;
}
