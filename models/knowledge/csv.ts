/**
 * A plant's own table as sheets: one row a fault × parameter. What a table does not say (mechanism, signs, checks…) stays
 * empty, and stays with the shipped sheet when both speak of the same class.
 */
import { type CsvError, parse } from 'csv-parse/sync';
import { CHANGES, ONSETS } from './check.ts';
import type { Problem } from './problem.ts';
import type { Change, Fault, Onset, Sheet } from './types.ts';

/** Rows by header name, from whatever kind of file. */
export interface Table {
  /** Lower case, trimmed. */
  columns: string[];
  rows: CsvRow[];
}

export interface CsvRow {
  line: number;
  /** By lower-case column name, trimmed. */
  cells: Record<string, string>;
}

/** Rows by header name; comma, semicolon or tab. Never throws. */
export function parseCsv(text: string, file: string): Table | { problems: Problem[] } {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = [',', ';', '\t'].sort((a, b) => header.split(b).length - header.split(a).length)[0]!;
  try {
    const records = parse(text, {
      delimiter,
      bom: true,
      trim: true,
      info: true,
      skip_empty_lines: true,
      relax_quotes: true,
    });
    const [first, ...rest] = records as unknown as { record: string[]; info: { lines: number } }[];
    const columns = (first?.record ?? []).map((column) => column.toLowerCase());
    return {
      columns,
      rows: rest.map(({ record, info }) => ({
        line: info.lines,
        cells: Object.fromEntries(columns.map((column, i) => [column, record[i] ?? ''])),
      })),
    };
  } catch (cause) {
    const line = Number((cause as CsvError & { lines?: number }).lines ?? 1);
    const message = `${(cause as Error).message.slice(0, 120)}; give every row as many cells as the header has`;
    return { problems: [{ file, line, field: 'row', level: 'error', message }] };
  }
}

/** Columns that a table of decisions has at least. */
export const NEEDED: readonly string[] = ['asset', 'fault', 'parameter'];
const KNOWN = [...NEEDED, 'relevance', 'strength', 'change', 'onset', 'why'];

/** @param as the name that sources show */
export function examineCsv(text: string, file: string, as: string): { sheets: Sheet[]; problems: Problem[] } {
  const parsed = parseCsv(text, file);
  if ('problems' in parsed) return { sheets: [], problems: parsed.problems };
  return examineTable(parsed, file, as);
}

/** As examineCsv, of a table that has been read already. */
export function examineTable(
  { columns, rows }: Table,
  file: string,
  as: string,
): { sheets: Sheet[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (line: number, field: string, message: string, level: Problem['level'] = 'error'): void => {
    problems.push({ file, line, field, level, message });
  };
  for (const column of NEEDED) if (!columns.includes(column)) say(1, column, 'column is missing; add it to the header');
  if (!columns.includes('relevance') && !columns.includes('strength')) {
    say(1, 'relevance', 'column is missing; add relevance (primary, secondary, none) or strength (0 to 1)');
  }
  for (const column of columns) {
    if (!KNOWN.includes(column))
      say(1, column || '(no name)', `column is not read; known are ${KNOWN.join(', ')}`, 'warning');
  }
  if (rows.length === 0) say(1, 'file', 'has no rows; give one row a fault and parameter');
  if (problems.some((problem) => problem.level === 'error')) return { sheets: [], problems };

  const decided = new Map<string, number>();
  const cells: Cell[] = [];
  for (const row of rows) {
    const cell = cellOf(row, say);
    if (!cell) continue;
    const key = [cell.asset, cell.fault, cell.parameter].join('\n');
    const before = decided.get(key);
    if (before !== undefined) {
      say(
        row.line,
        'parameter',
        `'${cell.parameter}' of '${cell.fault}' is decided in line ${before} already; keep one row`,
      );
    }
    decided.set(key, row.line);
    cells.push(cell);
  }
  const given = new Map<string, number>();
  for (const cell of cells) {
    if (cell.strength === undefined || cell.relevance === 'none') continue;
    const key = [cell.asset, cell.fault, cell.strength].join('\n');
    if (given.has(key)) {
      say(
        cell.line,
        'strength',
        `${cell.strength} stands in line ${given.get(key)} for the same fault; make one higher`,
      );
    }
    given.set(key, cell.line);
  }
  if (problems.some((problem) => problem.level === 'error')) return { sheets: [], problems };
  return { sheets: sheetsOf(cells, as), problems };
}

interface Cell {
  line: number;
  asset: string;
  fault: string;
  parameter: string;
  relevance: 'primary' | 'secondary' | 'none';
  strength: number | undefined;
  change: Change;
  onset: Onset;
  why: string;
}

function cellOf(
  { line, cells }: CsvRow,
  say: (line: number, field: string, message: string) => void,
): Cell | undefined {
  const name = (column: string): string => {
    const value = (cells[column] ?? '').toLowerCase().replace(/\s+/g, ' ');
    if (value === '') say(line, column, 'is empty; name it');
    return value;
  };
  const oneOf = <T extends string>(column: string, known: readonly T[], otherwise: T): T => {
    const value = (cells[column] ?? '').toLowerCase();
    if (value === '') return otherwise;
    const found = known.find((candidate) => candidate === value);
    if (!found) say(line, column, `'${value}' is not known; give one of ${known.join(', ')}`);
    return found ?? otherwise;
  };
  const written = cells.strength ?? '';
  let strength: number | undefined;
  if (written !== '') {
    strength = Number(written.replace(',', '.'));
    if (!(strength >= 0 && strength <= 1)) say(line, 'strength', `'${written}' is not a number from 0 to 1; give one`);
  } else if ((cells.relevance ?? '') === '') {
    say(line, 'relevance', 'is empty; give primary, secondary or none, or a strength');
  }
  const byStrength =
    strength === undefined ? 'secondary' : strength === 0 ? 'none' : strength >= 0.6 ? 'primary' : 'secondary';
  const relevance =
    strength === undefined ? oneOf('relevance', ['primary', 'secondary', 'none'] as const, 'secondary') : byStrength;
  return {
    line,
    asset: name('asset'),
    fault: name('fault'),
    parameter: name('parameter'),
    relevance,
    strength,
    change: oneOf('change', CHANGES, 'shifts'),
    onset: oneOf('onset', ONSETS, 'developed'),
    why: cells.why ?? '',
  };
}

function sheetsOf(cells: readonly Cell[], file: string): Sheet[] {
  return [...groupBy(cells, (cell) => cell.asset)].map(([asset, ofAsset]) => ({
    asset,
    synonyms: [],
    summary: '',
    standards: [],
    parameters: [...new Set(ofAsset.map((cell) => cell.parameter))].map((name) => ({
      name,
      synonyms: [],
      unit: '',
      measuredBy: [],
    })),
    components: [],
    rules: [],
    faults: [...groupBy(ofAsset, (cell) => cell.fault)].map(([name, ofFault]) => faultOf(name, ofFault)),
    file,
  }));
}

function faultOf(name: string, cells: readonly Cell[]): Fault {
  const shown = cells.filter((cell) => cell.relevance !== 'none');
  // Without numbers the order of the rows ranks: primary from 0.95 down to 0.6, secondary from 0.55 down.
  const rank = (cell: Cell): number => {
    const peers = shown.filter((other) => other.relevance === cell.relevance && other.strength === undefined);
    const [top, bottom] = cell.relevance === 'primary' ? [0.95, 0.61] : [0.55, 0.2];
    return Math.round((top - ((top - bottom) * peers.indexOf(cell)) / Math.max(peers.length, 8)) * 1e4) / 1e4;
  };
  return {
    name,
    synonyms: [],
    components: [],
    mechanism: '',
    signs: [],
    heard: [],
    causes: [],
    effects: [],
    checks: [],
    actions: [],
    shows: shown.map((cell) => ({
      parameter: cell.parameter,
      strength: cell.strength ?? rank(cell),
      change: cell.change,
      onset: cell.onset,
      why: cell.why,
    })),
    not: cells.filter((cell) => cell.relevance === 'none').map(({ parameter, why }) => ({ parameter, why })),
  };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
