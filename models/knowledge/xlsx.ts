/**
 * A spreadsheet as tables: each worksheet whose first row names the columns of csv.ts, with the row numbers that people
 * see. Worksheets of notes are passed over. It does not know what a row means.
 */
import readXlsxFile from 'read-excel-file/node';
import type { Table } from './csv.ts';

export interface Worksheet extends Table {
  name: string;
}

/** A spreadsheet of a few hundred rows unpacks to a few megabytes; what unpacks to more was made to fill the memory. */
const MAX_UNPACKED = 128 * 1024 * 1024;

/** Worksheets with a column of each name in `needed`; all that are not empty, where none has. Or what is wrong with it. */
export async function worksheetsOf(
  bytes: Buffer,
  needed: readonly string[],
): Promise<{ worksheets: Worksheet[] } | { problem: string }> {
  const unpacked = unpackedSize(bytes);
  if (unpacked === undefined) return { problem: 'is no XLSX file; save it as an Excel workbook (.xlsx) or as CSV' };
  if (unpacked > MAX_UNPACKED) return { problem: 'unpacks to more than 128 MiB; save the table alone' };
  let found: { sheet: string; data: readonly (readonly unknown[])[] }[];
  try {
    found = await readXlsxFile(bytes);
  } catch (cause) {
    return { problem: `cannot be read as XLSX (${(cause as Error).message}); save it anew, or as CSV` };
  }
  const worksheets = found.map(({ sheet, data }) => worksheet(sheet, data)).filter(({ columns }) => columns.length > 0);
  const tables = worksheets.filter(({ columns }) => needed.every((name) => columns.includes(name)));
  if (worksheets.length === 0) return { problem: 'is empty; docs/sheets.md shows what a table holds' };
  return { worksheets: tables.length ? tables : worksheets.slice(0, 1) };
}

function worksheet(name: string, [header = [], ...rows]: readonly (readonly unknown[])[]): Worksheet {
  const columns = header.map((cell) => textOf(cell).toLowerCase());
  while (columns.at(-1) === '') columns.pop();
  return {
    name,
    columns,
    rows: rows.flatMap((row, i) =>
      row.every((cell) => textOf(cell) === '')
        ? []
        : [{ line: i + 2, cells: Object.fromEntries(columns.map((column, k) => [column, textOf(row[k])])) }],
    ),
  };
}

function textOf(cell: unknown): string {
  return cell === null || cell === undefined ? '' : String(cell).trim();
}

/** What the archive's directory says that its files unpack to, in bytes; undefined when it is none. */
function unpackedSize(bytes: Buffer): number | undefined {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > bytes.length) return undefined;
  let at = bytes.readUInt32LE(end + 16);
  let size = 0;
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) return undefined;
    size += bytes.readUInt32LE(at + 24);
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return size;
}
