/** The month in a table, in a picture, and by kind of question. */
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

/** Questions of one kind in one week, and what became of them. */
export interface MonthKind {
  round: number;
  /** `diagnose`, `rule`; by options or as people write. */
  relation: string;
  form: 'options' | 'open';
  /** The plant has changed a fact that decides it. */
  changed: boolean;
  questions: number;
  studentRight: number;
  escalated: number;
  /** Of the escalated: the student's answer was not what the line that it cites puts first. */
  contradicting: number;
  /** Of the escalated: not sure enough. */
  unsure: number;
  /** Of the escalated: what the student itself said was right. */
  needless: number;
  /** By a correction of that matter. */
  corrected: number;
  answeredWrong: number;
}

const CONTRADICTING = /puts first/;
const UNSURE = /is needed|certified/;

/** Kind by kind, week by week. */
export function kindsOf(weeks: readonly (readonly Asked[])[]): MonthKind[] {
  return weeks.flatMap((week, round) => {
    const groups = new Map<string, Asked[]>();
    for (const one of week) {
      const { relation, options } = one.episode;
      const key = `${relation} ${options ? 'options' : 'open'} ${one.changed}`;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()].map((of): MonthKind => {
      const [{ episode, changed }] = of as [Asked, ...Asked[]];
      const escalated = of.filter(({ answer }) => answer.outcome === 'escalated');
      const because = (pattern: RegExp): number => escalated.filter(({ answer }) => pattern.test(answer.reason)).length;
      return {
        ...{ round, relation: episode.relation, form: episode.options ? 'options' : 'open', changed },
        questions: of.length,
        studentRight: of.filter(({ studentRight }) => studentRight).length,
        escalated: escalated.length,
        contradicting: because(CONTRADICTING),
        unsure: because(UNSURE),
        needless: escalated.filter(({ studentRight }) => studentRight).length,
        corrected: of.filter(({ answer }) => answer.sources.some(({ kind }) => kind === 'correction')).length,
        answeredWrong: of.filter(({ answer, shownRight }) => answer.outcome === 'answered' && !shownRight).length,
      };
    });
  });
}

/**
 * What was escalated, of how many, by kind of question and week; an exclamation mark and a number where answers without a
 * teacher were wrong. Below: why, and how much of it is about facts that the plant has changed.
 */
export function kindsTable(kinds: readonly MonthKind[]): string[] {
  const rounds = [...new Set(kinds.map(({ round }) => round))].sort((a, b) => a - b);
  const of = (round: number): MonthKind[] => kinds.filter((kind) => kind.round === round);
  const sum = (those: readonly MonthKind[], key: 'questions' | 'escalated' | Why): number =>
    those.reduce((total, kind) => total + kind[key], 0);
  const row = (name: string, holds: (kind: MonthKind) => boolean): string[] => [
    name,
    ...rounds.map((round) => {
      const those = of(round).filter(holds);
      const wrong = sum(those, 'answeredWrong');
      return those.length ? `${sum(those, 'escalated')} of ${sum(those, 'questions')}${wrong ? ` !${wrong}` : ''}` : '';
    }),
  ];
  const why = (name: string, key: Why): string[] => [name, ...rounds.map((round) => String(sum(of(round), key)))];
  const named = [...new Set(kinds.map(({ relation, form }) => `${relation}, ${form}`))].sort();
  return aligned([
    ['escalated', ...rounds.map((round) => `round ${round}`)],
    ...named.map((name) => row(name, ({ relation, form }) => `${relation}, ${form}` === name)),
    row('on changed facts', ({ changed }) => changed),
    row('on the others', ({ changed }) => !changed),
    row('all', () => true),
    why('not sure enough', 'unsure'),
    why('contradicts the line that it cites', 'contradicting'),
    why('escalated though the student was right', 'needless'),
    why('a correction applied', 'corrected'),
  ]);
}

type Why = 'unsure' | 'contradicting' | 'needless' | 'corrected' | 'answeredWrong';

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
