/** Spreadsheets as sheets: the fixture was written by openpyxl, with notes beside its tables; and what is no spreadsheet. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addKnowledge } from '../../../models/knowledge/add.ts';
import { loadKnowledge } from '../../../models/knowledge/knowledge.ts';
import { checkSheet, examineFile, formatProblem } from '../../../models/knowledge/read.ts';
import { folderWith } from './fixture.ts';

const TABLES = join(import.meta.dirname, 'tables.xlsx');

describe('a workbook', () => {
  it('gives a sheet an asset class from every worksheet that is a table', async () => {
    const { sheets, problems, sha256 } = await examineFile(TABLES);
    expect(sheets.map(({ asset, faults }) => [asset, faults.map(({ name }) => name)])).toEqual([
      ['winch', ['brake drag', 'drum crack']],
      ['hoist', ['worn hook']],
    ]);
    const [drag, crack] = sheets[0]!.faults;
    expect(drag!.shows).toMatchObject([{ parameter: 'current', strength: 0.9, change: 'rises', onset: 'developed' }]);
    expect(drag!.not.map(({ parameter }) => parameter)).toEqual(['vibration', 'rope tension']);
    expect(crack!.shows.map(({ why }) => why)).toEqual(['the drum yields once a turn', 'the pull changes once a turn']);
    expect(problems.map(formatProblem)).toEqual([
      expect.stringMatching(/tables\.xlsx#Winch:1: remark: column is not read/),
    ]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says the same as the table saved as CSV', async () => {
    const csv = [
      'asset,fault,parameter,relevance',
      'hoist,worn hook,position,primary',
      'hoist,worn hook,current,none',
    ].join('\n');
    const dir = await folderWith({ 'tables.csv': csv });
    const [, hoist] = (await examineFile(TABLES)).sheets;
    const [asCsv] = (await examineFile(join(dir, 'tables.csv'))).sheets;
    expect({ ...hoist, file: '' }).toEqual({ ...asCsv, file: '' });
  });

  it('is taken in, and serves', async () => {
    const dir = await folderWith({});
    const added = await addKnowledge(TABLES, dir);
    expect(added).toMatchObject({ assets: ['winch', 'hoist'], file: join(dir, 'knowledge', 'tables.xlsx') });
    const knowledge = await loadKnowledge({ dirs: [join(dir, 'knowledge')] });
    expect(knowledge.fact('winch/drum crack/shows')!.text).toBe(
      'winch, drum crack. current 3; vibration 8; rope tension 0.',
    );
  });
});

describe('what is no workbook', () => {
  const said = async (change: (bytes: Buffer) => Buffer): Promise<string> => {
    const dir = await folderWith({});
    const file = join(dir, 'bad.xlsx');
    await writeFile(file, change(await readFile(TABLES)));
    const problems = await checkSheet(file);
    expect(problems).toHaveLength(1);
    return formatProblem(problems[0]!);
  };

  it.each([
    ['text', () => Buffer.from('asset,fault\n'), /is no XLSX file; save it as an Excel workbook/],
    ['nothing', () => Buffer.alloc(0), /is no XLSX file/],
    ['half of one', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), /is no XLSX file/],
    [
      'one with a damaged part',
      (bytes: Buffer) => Buffer.from(bytes).fill(7, 100, 900),
      /cannot be read as XLSX .*; save it anew/,
    ],
    [
      'one made to fill the memory',
      (bytes: Buffer) => {
        const bomb = Buffer.from(bytes);
        bomb.writeUInt32LE(0xfffffff0, bomb.indexOf('PK\x01\x02', 0, 'latin1') + 24);
        return bomb;
      },
      /unpacks to more than 128 MiB/,
    ],
  ])('%s: one line that says the mend', async (_, change, message) => {
    expect(await said(change)).toMatch(message);
  });

  it('a spreadsheet under another name', async () => {
    const dir = await folderWith({});
    await copyFile(TABLES, join(dir, 'table.csv'));
    expect(formatProblem((await checkSheet(join(dir, 'table.csv')))[0]!)).toMatch(/is binary; .*\.xlsx/);
  });
});
