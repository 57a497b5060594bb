/**
 * How well the alarms serve their operators, in ISA-18.2's figures: alarms an operator in ten minutes, share of time in
 * flood, the ten most frequent, stale and chattering ones, priorities; and the plot of it. Pure: it reads no store.
 */
import type { Priority } from '../types.ts';
import { PRIORITIES } from './config.ts';
import type { Activation, Alarm } from './types.ts';

/** About one alarm in ten minutes is acceptable, two can be managed, above ten is a flood. */
export const ACCEPTABLE = 1;
export const MANAGEABLE = 2;
export const FLOOD = 10;

const BUCKET_MS = 600_000;

export interface FiguresInput {
  /** Milliseconds since 1970; `to` not included. */
  from: number;
  to: number;
  activations: readonly Activation[];
  /** Of the activations, and those that are live now. */
  alarms: readonly Alarm[];
  floods: readonly { from: number; to: number }[];
  operators: (at: Date) => number;
}

export interface AlarmFigures {
  /** Alarms that a person was meant to notice. */
  announced: number;
  /** All activations, those of shelved, suppressed and chattering alarms too. */
  activations: number;
  /** An operator, in ten minutes. */
  rate: { mean: number; peak: number };
  /** Share of the ten-minute spans with at most two alarms an operator, 0–1. */
  shareManageable: number;
  /** 0–1 */
  shareInFlood: number;
  topTen: { tag: string; condition: string; times: number; share: number }[];
  stale: number;
  chattering: number;
  /** Shares of what was announced; 0.8 low and medium, 0.15 high, 0.05 critical is the practice. */
  priorities: Record<Priority, number>;
  buckets: { at: string; perOperator: number }[];
}

export function alarmFigures({ from, to, activations, alarms, floods, operators }: FiguresInput): AlarmFigures {
  const known = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  const announced = activations.filter((one) => one.announced);
  const starts = Array.from(
    { length: Math.max(1, Math.ceil((to - from) / BUCKET_MS)) },
    (_, i) => from + i * BUCKET_MS,
  );
  const counts = starts.map(() => 0);
  for (const { at } of announced) {
    const i = Math.floor((at - from) / BUCKET_MS);
    if (counts[i] !== undefined) counts[i] += 1;
  }
  const buckets = starts.map((at, i) => ({
    at: new Date(at).toISOString(),
    perOperator: counts[i]! / Math.max(1, operators(new Date(at))),
  }));
  const rates = buckets.map(({ perOperator }) => perOperator);
  const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);
  return {
    announced: announced.length,
    activations: activations.length,
    rate: { mean: rates.reduce((sum, rate) => sum + rate, 0) / rates.length, peak: Math.max(...rates) },
    shareManageable: share(rates.filter((rate) => rate <= MANAGEABLE).length, rates.length),
    shareInFlood: share(together(floods, from, to), to - from),
    topTen: topOf(activations, known),
    stale: alarms.filter(({ stale }) => stale).length,
    chattering: alarms.filter(({ chattering }) => chattering).length,
    priorities: Object.fromEntries(
      PRIORITIES.map((priority) => [
        priority,
        share(announced.filter(({ alarmId }) => known.get(alarmId)?.priority === priority).length, announced.length),
      ]),
    ) as Record<Priority, number>,
    buckets,
  };
}

function topOf(activations: readonly Activation[], known: ReadonlyMap<string, Alarm>): AlarmFigures['topTen'] {
  const times = new Map<string, number>();
  for (const { alarmId } of activations) times.set(alarmId, (times.get(alarmId) ?? 0) + 1);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 10)
    .map(([id, count]) => ({
      tag: known.get(id)?.tag ?? '',
      condition: known.get(id)?.condition ?? 'unknown',
      times: count,
      share: count / activations.length,
    }));
}

/** Time covered by spans that may overlap (floods of several channels), within from and to. */
function together(spans: readonly { from: number; to: number }[], from: number, to: number): number {
  let covered = 0;
  let reached = from;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const begin = Math.max(span.from, reached);
    const end = Math.min(span.to, to);
    if (end <= begin) continue;
    covered += end - begin;
    reached = end;
  }
  return covered;
}

// ---------------------------------------------------------------------------------------------- plot

const WIDTH = 720;
const HEIGHT = 260;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 96, 30, 40];

/** Alarms an operator in ten minutes over time, with what is acceptable, manageable and a flood. @returns an SVG document */
export function ratePlot({ buckets }: Pick<AlarmFigures, 'buckets'>, clock: (at: Date) => string): string {
  const top = Math.max(FLOOD + 2, ...buckets.map(({ perOperator }) => perOperator));
  const [width, height] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const y = (rate: number): string => (TOP + height * (1 - rate / top)).toFixed(1);
  const x = (i: number): string => (LEFT + (width * i) / buckets.length).toFixed(1);
  const bars = buckets.map(({ at, perOperator }, i) => {
    const kind = perOperator > FLOOD ? 'flood' : perOperator > MANAGEABLE ? 'much' : 'fine';
    const wide = Math.max(1, width / buckets.length - 1).toFixed(1);
    const high = Math.max(0, (height * perOperator) / top).toFixed(1);
    return `<rect class="${kind}" x="${x(i)}" y="${y(perOperator)}" width="${wide}" height="${high}"><title>${clock(new Date(at))}: ${plain(perOperator)}</title></rect>`;
  });
  const limits = [
    [ACCEPTABLE, 'acceptable'],
    [MANAGEABLE, 'manageable'],
    [FLOOD, 'flood'],
  ].map(
    ([rate, words], i) =>
      `<line x1="${LEFT}" y1="${y(rate as number)}" x2="${WIDTH - RIGHT}" y2="${y(rate as number)}"/><text x="${WIDTH - RIGHT + 6}" y="${Number(y(rate as number)) + (i === 0 ? 10 : 3)}">${words} ${rate}</text>`,
  );
  const step = Math.max(1, Math.ceil(buckets.length / 8));
  const ticks = buckets.flatMap(({ at }, i) =>
    i % step === 0
      ? [`<text x="${x(i)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${clock(new Date(at))}</text>`]
      : [],
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Alarms an operator in ten minutes">
<style>text{font:12px sans-serif;fill:#333}line{stroke:#888;stroke-dasharray:4}.fine{fill:#0f6b63}.much{fill:#c77700}.flood{fill:#a4262c}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="18" font-weight="bold">Alarms an operator in ten minutes</text>
<text x="${LEFT - 6}" y="${y(0)}" text-anchor="end">0</text>
<text x="${LEFT - 6}" y="${Number(y(top)) + 10}" text-anchor="end">${plain(top)}</text>
${[...bars, ...limits, ...ticks].join('\n')}
</svg>
`;
}

function plain(rate: number): string {
  return String(Number(rate.toFixed(1)));
}
