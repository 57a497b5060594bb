/** The month in a table, in a picture, and where its escalations came from. */
import type { Asked } from './month-plant.ts';

/** A week, after the round of that number; 0 is before any. */
export interface MonthRow {
  round: number;
  questions: number;
  /** Of what the student itself said, shown or not. */
  accuracy: number;
  /** Of what the operators were shown. */
  shownAccuracy: number;
  escalationRate: number;
  /** Wrong among those that were answered without a teacher. */
  answeredError: number;
  /** On facts that the plant has not changed, with retrieval. */
  oldAccuracy: number;
  /** Of the week, and of the round before it. */
  teacherCalls: number;
  /** Of the round, with its evaluation. */
  minutes: number;
  promoted: boolean;
  flags: number;
  corrections: number;
  /** Corrections of answers that were wrong; the others were given where a teacher had been asked. */
  ofWrong: number;
}

const COLUMNS = [
  'round',
  'student right',
  'shown right',
  'escalated',
  'answered wrong',
  'old facts',
  'teacher calls',
  'flags',
  'corrections',
  'minutes',
  'promoted',
];

export function monthTable(rows: readonly MonthRow[]): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return aligned([
    COLUMNS,
    ...rows.map((row) => [
      `${row.round}`,
      ...[row.accuracy, row.shownAccuracy, row.escalationRate, row.answeredError, row.oldAccuracy].map(percent),
      ...[row.teacherCalls, row.flags, row.corrections].map(String),
      row.minutes.toFixed(1),
      row.round === 0 ? '' : row.promoted ? 'yes' : 'no',
    ]),
  ]);
}

/** Why the questions of each week were escalated. */
export function reasonsTable(weeks: readonly (readonly Asked[])[]): string[] {
  const kinds: [string, RegExp][] = [
    ['contradicts the line that it cites', /puts first/],
    ['not sure enough', /is needed|certified/],
    ['machine not in the register', /register has no/],
    ['says that it does not know', /does not know/],
    ['other', /./],
  ];
  const kindOf = ({ answer }: Asked): string => kinds.find(([, pattern]) => pattern.test(answer.reason))![0];
  const escalated = weeks.map((week) => week.filter(({ answer }) => answer.outcome === 'escalated'));
  const relations = [...new Set(escalated.flat().map(({ episode }) => episode.relation))].sort();
  return aligned([
    ['escalated because', ...weeks.map((_, i) => `round ${i}`)],
    ...kinds.map(([kind]) => [
      kind,
      ...escalated.map((week) => `${week.filter((one) => kindOf(one) === kind).length}`),
    ]),
    ['asked for', ...weeks.map(() => '')],
    ...relations.map((relation) => [
      relation,
      ...escalated.map((week) => `${week.filter(({ episode }) => episode.relation === relation).length}`),
    ]),
  ]);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}

const WIDTH = 560;
const HEIGHT = 320;
const LEFT = 50;
const LINES: [keyof MonthRow, string, string][] = [
  ['accuracy', 'student right', '#06c'],
  ['oldAccuracy', 'old facts right', '#393'],
  ['escalationRate', 'escalated', '#c60'],
  ['answeredError', 'wrong among answered', '#c33'],
];

/** @returns an SVG document: shares by round */
export function monthSvg(rows: readonly MonthRow[]): string {
  const x = (round: number): number => LEFT + ((WIDTH - LEFT - 170) * round) / Math.max(1, rows.length - 1);
  const y = (share: number): number => 30 + (HEIGHT - 80) * (1 - share);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line class="grid" x1="${LEFT}" y1="${y(share)}" x2="${x(rows.length - 1)}" y2="${y(share)}"/><text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  );
  const lines = LINES.map(([key, name, colour], i) => {
    const points = rows.map((row) => `${x(row.round).toFixed(1)},${y(Number(row[key])).toFixed(1)}`);
    const dots = points.map((point) => {
      const [cx, cy] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}<text x="${x(rows.length - 1) + 14}" y="${50 + 20 * i}" fill="${colour}">${name}</text>`;
  });
  const rounds = rows.map(
    ({ round }) => `<text x="${x(round)}" y="${HEIGHT - 28}" text-anchor="middle">${round}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="A plant's month">
<style>text{font:12px sans-serif}.grid{stroke:#ddd}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="18" font-weight="bold">A plant's month (operators, engineer and tables simulated)</text>
${[...grid, ...rounds, ...lines].join('\n')}
<text x="${(LEFT + x(rows.length - 1)) / 2}" y="${HEIGHT - 8}" text-anchor="middle">after round</text>
</svg>
`;
}
