/** From a file to a checked sheet: YAML by docs/sheets.md, CSV and XLSX as one row a fault × parameter. The one door for sheet files. */
import { basename, extname } from 'node:path';
import { BadInput } from '../errors.ts';
import { sha256 } from '../files.ts';
import { examineYaml } from './check.ts';
import { examineCsv, examineTable, NEEDED } from './csv.ts';
import { type Problem, readBytes, readText, throwFirst } from './problem.ts';
import type { Sheet } from './types.ts';

export { formatProblem, type Problem } from './problem.ts';

/** Endings of files that are read as sheets. */
export const SHEET_ENDINGS = ['.yaml', '.yml', '.csv', '.xlsx'];

/**
 * The one sheet of a file.
 * @throws BadInput `FILE:LINE: FIELD: what is wrong; the mend` for the first error, saying how many more there are
 */
export async function readSheet(file: string): Promise<Sheet> {
  const { sheets, problems } = await examineFile(file);
  throwFirst(problems);
  if (sheets.length > 1) {
    throw new BadInput(`${file}:2: asset: has ${sheets.length} classes; give one class a file`);
  }
  return sheets[0]!;
}

/** Everything wrong with a sheet file, errors first, each with its line; empty for a rich and sound sheet. */
export async function checkSheet(file: string): Promise<Problem[]> {
  return (await examineFile(file)).problems;
}

export interface Examined {
  /** Empty when there is an error. A table may hold several classes. */
  sheets: Sheet[];
  problems: Problem[];
  /** Of the file's bytes, hexadecimal; empty when it could not be read. */
  sha256: string;
}

/** Reads and checks in one go; never throws for what a file holds. */
export async function examineFile(file: string): Promise<Examined> {
  const ending = extname(file).toLowerCase();
  if (!SHEET_ENDINGS.includes(ending)) {
    const message = `is not a sheet by its name; give a file that ends in ${SHEET_ENDINGS.join(', ')}`;
    return { sheets: [], problems: [{ file, line: 1, field: 'file', level: 'error', message }], sha256: '' };
  }
  if (ending === '.xlsx') return examineXlsx(file);
  const read = await readText(file);
  if ('problem' in read) return { sheets: [], problems: [read.problem], sha256: '' };
  const hash = sha256(read.bytes);
  if (ending === '.csv') return { ...examineCsv(read.text, file, basename(file)), sha256: hash };
  const { sheet, problems } = examineYaml(read.text, file, basename(file));
  return { sheets: sheet ? [sheet] : [], problems, sha256: hash };
}

/** Every worksheet that is a table; of several, problems name the worksheet too. */
async function examineXlsx(file: string): Promise<Examined> {
  const read = await readBytes(file);
  if ('problem' in read) return { sheets: [], problems: [read.problem], sha256: '' };
  const hash = sha256(read.bytes);
  const { worksheetsOf } = await import('./xlsx.ts');
  const found = await worksheetsOf(read.bytes, NEEDED);
  if ('problem' in found) {
    const problem: Problem = { file, line: 1, field: 'file', level: 'error', message: found.problem };
    return { sheets: [], problems: [problem], sha256: hash };
  }
  const examined = found.worksheets.map((worksheet) => {
    const several = found.worksheets.length > 1;
    return examineTable(worksheet, several ? `${file}#${worksheet.name}` : file, basename(file));
  });
  const problems = examined.flatMap((one) => one.problems);
  const sound = problems.every(({ level }) => level !== 'error');
  return { sheets: sound ? examined.flatMap((one) => one.sheets) : [], problems, sha256: hash };
}
