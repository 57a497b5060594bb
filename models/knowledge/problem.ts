/** What is wrong with a knowledge file, and where; and the reading of such files into text. It knows nothing of sheets. */
import { open } from 'node:fs/promises';
import { BadInput } from '../errors.ts';

export interface Problem {
  file: string;
  /** From 1. */
  line: number;
  /** Path of the field: `faults.bearing damage.shows.vibration.strength`. */
  field: string;
  /** `error`: cannot be used; `warning`: can be used, but a good sheet says more. */
  level: 'error' | 'warning';
  /** What is wrong; the mend. */
  message: string;
}

/** `FILE:LINE: FIELD: what is wrong; the mend` on one line. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}: ${problem.field}: ${problem.message}`;
}

/** @throws BadInput with the first error in its message, and how many more there are; nothing when none is an error */
export function throwFirst(problems: readonly Problem[]): void {
  const errors = problems.filter((problem) => problem.level === 'error');
  const [first] = errors;
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: rounds knowledge check ${first.file})` : '';
  throw new BadInput(`${formatProblem(first)}${more}`);
}

/** The largest knowledge file that is read, in bytes: a hundred times a large sheet. */
export const MAX_BYTES = 8 * 1024 * 1024;

/** The bytes of a knowledge file, or what keeps them from being read: missing, a folder, too large. */
export async function readBytes(file: string): Promise<{ bytes: Buffer } | { problem: Problem }> {
  const fail = failing(file);
  try {
    const handle = await open(file, 'r');
    try {
      const stat = await handle.stat();
      if (stat.isDirectory()) return fail('is a folder; name a YAML, CSV or XLSX file in it');
      if (stat.size > MAX_BYTES) {
        return fail(
          `has ${(stat.size / 2 ** 20).toFixed(1)} MiB; at most ${MAX_BYTES / 2 ** 20} MiB: split it by asset class`,
        );
      }
      return { bytes: await handle.readFile() };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return fail('does not exist; check the name');
    return fail(`cannot be read (${code ?? (cause as Error).message}); check its permissions`);
  }
}

function failing(file: string): (message: string, line?: number) => { problem: Problem } {
  return (message, line = 1) => ({ problem: { file, line, field: 'file', level: 'error', message } });
}

/**
 * The text of a knowledge file, or what keeps it from being text.
 * @returns problems without text when the file is missing, too large, empty, or not UTF-8
 */
export async function readText(file: string): Promise<{ text: string; bytes: Buffer } | { problem: Problem }> {
  const read = await readBytes(file);
  if ('problem' in read) return read;
  const { bytes } = read;
  const fail = failing(file);
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    return fail(
      `is binary; give a text file in UTF-8 (YAML or CSV), or a spreadsheet whose name ends in .xlsx`,
      lineOf(bytes, zero),
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('is not UTF-8; save it as UTF-8 text', firstBadLine(bytes));
  }
  if (text.trim() === '') return fail('is empty; docs/sheets.md shows what a sheet holds');
  return { text, bytes };
}

function lineOf(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10) line += 1;
  return line;
}

function firstBadLine(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let start = 0;
  for (let line = 1; start <= bytes.length; line++) {
    const next = bytes.indexOf(10, start);
    const end = next < 0 ? bytes.length : next + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    if (next < 0) break;
    start = end;
  }
  return 1;
}
