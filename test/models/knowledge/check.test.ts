/** Every rule of docs/sheets.md: shipped sheets keep all of them, and a broken one is named with its line and field. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../models/errors.ts';
import { SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { MAX_BYTES } from '../../../models/knowledge/problem.ts';
import { checkSheet, formatProblem, readSheet } from '../../../models/knowledge/read.ts';
import { folderWith, GOOD_SHEET, lineOf, spoilt } from './fixture.ts';

const shipped = (await readdir(SHIPPED_SHEETS)).filter((name) => name.endsWith('.yaml'));

describe('shipped sheets', () => {
  it('cover the machine types of ISO 17359', () => {
    expect(shipped.length).toBeGreaterThanOrEqual(10);
  });

  it.each(shipped)('%s has neither errors nor warnings', async (name) => {
    const problems = await checkSheet(join(SHIPPED_SHEETS, name));
    expect(problems.map(formatProblem)).toEqual([]);
  });

  it.each(shipped)('%s decides every fault × parameter once', async (name) => {
    const sheet = await readSheet(join(SHIPPED_SHEETS, name));
    for (const fault of sheet.faults) {
      const decided = [...fault.shows, ...fault.not].map((cell) => cell.parameter).sort();
      expect(decided, fault.name).toEqual(sheet.parameters.map((parameter) => parameter.name).sort());
    }
  });
});

describe('a sheet of one’s own', () => {
  it('is read as written', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const sheet = await readSheet(join(dir, 'winch.yaml'));
    expect(sheet.asset).toBe('winch');
    expect(sheet.file).toBe('winch.yaml');
    expect(sheet.faults.map((fault) => fault.name)).toEqual(['brake drag', 'worn rope']);
    expect(sheet.faults[0]!.shows[0]).toEqual({
      parameter: 'current',
      strength: 0.9,
      change: 'rises',
      onset: 'early',
      why: 'the motor must overcome the friction of the lining',
    });
    expect(sheet.rules).toHaveLength(3);
    expect(sheet.rules[0]).toEqual({
      when: ['current rises while the load stays the same', 'the motor draws more at an equal load'],
      do: ['stop lowering and free the brake', 'halt and release the sticking brake'],
      heard: [],
      done: [],
      why: 'a lining that drags burns within minutes',
      fault: 'brake drag',
    });
    expect(sheet.rules[2]!.fault).toBeUndefined();
    expect(await checkSheet(join(dir, 'winch.yaml'))).toEqual([]);
  });

  it('needs no rules', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET.replace(/\nrules:[\s\S]*/, '\n') });
    expect((await readSheet(join(dir, 'winch.yaml'))).rules).toEqual([]);
    expect(await checkSheet(join(dir, 'winch.yaml'))).toEqual([]);
  });
});

/** What is spoilt, where it must be reported (a passage of the spoilt text or a line), the field, and what is said. */
const MUTATIONS: [
  name: string,
  text: string | Uint8Array,
  at: string | number,
  field: RegExp,
  said: RegExp,
  level?: 'error' | 'warning',
][] = [
  ['asset missing', spoilt('asset: winch\n', ''), 1, /^asset$/, /missing; give/],
  ['parameters missing', GOOD_SHEET.replace(/parameters:\n(?: {2}.*\n)+/, ''), 1, /^parameters$/, /missing/],
  [
    'strength not a number',
    spoilt('strength: 0.9,', 'strength: high,'),
    'current: {strength: high',
    /brake drag\.shows\.current\.strength/,
    /"high"; give a number/,
  ],
  [
    'strength above 1',
    spoilt('strength: 0.9,', 'strength: 1.9,'),
    'current: {strength: 1.9',
    /current\.strength/,
    /above 1/,
  ],
  [
    'strength 0',
    spoilt('strength: 0.9,', 'strength: 0,'),
    'current: {strength: 0,',
    /current\.strength/,
    /not above 0/,
  ],
  [
    'equal strengths',
    spoilt('strength: 0.4,', 'strength: 0.9,'),
    'vibration: {strength: 0.9',
    /brake drag\.shows\.vibration\.strength/,
    /also that of 'current'; make one higher/,
  ],
  [
    'unknown change',
    spoilt('strength: 0.9, change: rises', 'strength: 0.9, change: grows'),
    'change: grows',
    /current\.change/,
    /one of rises, falls/,
  ],
  [
    'onset missing',
    spoilt('change: rises, onset: early,', 'change: rises,'),
    'current: {strength',
    /current\.onset/,
    /missing; give one of early/,
  ],
  [
    'undeclared component',
    spoilt('components: [brake]', 'components: [break]'),
    'components: [break]',
    /brake drag\.components\.0/,
    /'break' is not declared/,
  ],
  [
    'undeclared parameter',
    spoilt('      rope tension: the load', '      cable tension: the load'),
    'cable tension: the load',
    /not\.cable tension/,
    /not declared/,
  ],
  [
    'cell undecided',
    spoilt('    not:\n      rope tension: the load alone sets the tension in the rope\n', ''),
    '    shows:',
    /brake drag\.shows/,
    /'rope tension' is not decided; put it under/,
  ],
  [
    'cell decided twice',
    spoilt('      rope tension: the load', '      current: it does not\n      rope tension: the load'),
    'current: it does not',
    /not\.current/,
    /under shows as well/,
  ],
  [
    'one wording for two faults',
    spoilt('frayed rope,', 'dragging brake,'),
    'synonyms: [dragging brake, broken',
    /worn rope\.synonyms\.0/,
    /already means 'brake drag'/,
  ],
  ['name in capitals', spoilt('  brake drag:', '  Brake Drag:'), '  Brake Drag:', /faults\.Brake Drag/, /lower case/],
  [
    'misspelled field',
    spoilt('    mechanism: the brake', '    mecanism: the brake'),
    'mecanism',
    /brake drag\.mecanism/,
    /not a field here/,
  ],
  [
    'a text cut short by a comma',
    spoilt('why: the motor must overcome the friction', 'why: the motor works, hot and slow, on the friction'),
    'why: the motor works',
    /current\./,
    /comma; quote/,
  ],
  [
    'duplicate key',
    spoilt(
      '    causes: [seized caliper, swollen lining]',
      '    causes: [seized caliper, swollen lining]\n    causes: [rust, dirt]',
    ),
    'causes: [rust',
    /^causes$/,
    /unique; keep one/,
  ],
  [
    'tab indentation',
    spoilt('    components: [brake]', '\tcomponents: [brake]'),
    '\tcomponents',
    /components/,
    /spaces/,
  ],
  [
    'colon in a text',
    spoilt('mechanism: wires are broken', 'mechanism: note: wires are broken'),
    'mechanism: note',
    /mechanism/,
    /quote/,
  ],
  ['not a mapping', '- one\n- two\n', 1, /file/, /a list; give a mapping that begins with asset/],
  [
    'faults as a list',
    GOOD_SHEET.replace(/faults:[\s\S]*/, 'faults: [brake drag]\n'),
    'faults: [brake drag]',
    /^faults$/,
    /a list; give a mapping/,
  ],
  [
    'null where a fault should be',
    GOOD_SHEET.replace(/ {2}worn rope:[\s\S]*/, '  worn rope:\n'),
    '  worn rope:',
    /faults\.worn rope/,
    /empty; give the fields/,
  ],
  [
    'alias bomb',
    `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c]\n`,
    1,
    /file/,
    /cannot be parsed|alias/i,
  ],
  ['nested without end', '['.repeat(20_000), 1, /./, /./],
  ['a tag of another language', spoilt('asset: winch', 'asset: !!js/function winch'), 1, /asset/, /tag/i],
  ['empty', '', 1, /file/, /empty/],
  ['only comments', '# nothing\n\n# here\n', 1, /file/, /mapping/],
  ['binary', Uint8Array.from([0x61, 0x0a, 0x62, 0x00, 0xff, 0x01]), 2, /file/, /binary/],
  [
    'another encoding',
    Uint8Array.from([0x61, 0x3a, 0x20, 0x31, 0x0a, 0x62, 0x3a, 0x20, 0xe9, 0x0a]),
    2,
    /file/,
    /UTF-8/,
  ],
  [
    'too few signs',
    spoilt(', flat spots on the strands]', ']'),
    'signs: [broken wires',
    /worn rope\.signs/,
    /only 3; give at least 4/,
    'warning',
  ],
  [
    'causes missing',
    spoilt('    causes: [long service, missing grease]\n', ''),
    '  worn rope:',
    /worn rope\.causes/,
    /missing; give at least 2/,
    'warning',
  ],
  [
    'no reason given',
    spoilt(', why: an uneven rope shakes the drum as it winds', ''),
    'vibration: {strength: 0.5',
    /vibration\.why/,
    /missing/,
    'warning',
  ],
  [
    'too long a reason',
    spoilt('an uneven rope shakes', `an ${'uneven '.repeat(26)}rope shakes`),
    'vibration: {strength: 0.5',
    /vibration\.why/,
    /at most 25/,
    'warning',
  ],
  [
    'a rule of an undeclared fault',
    spoilt('    fault: worn rope', '    fault: torn rope'),
    'fault: torn rope',
    /rules\.1\.fault/,
    /'torn rope' is not declared; add it under faults/,
  ],
  [
    'a condition twice',
    spoilt('[rope tension jumps on every turn of the drum,', '[Current rises while the  load stays the same,'),
    'when: [Current rises',
    /rules\.1\.when\.0/,
    /stands in rule 1 already/,
  ],
  [
    'an action twice',
    spoilt('[send the load cell for calibration,', '[stop lowering and free the brake,'),
    'do: [stop lowering and free the brake, have',
    /rules\.2\.do\.0/,
    /stands in rule 1 already/,
  ],
  [
    'a rule without an action',
    spoilt('    do: [send the load cell for calibration, have the tension sensor tested]\n', ''),
    '- when: [the load cell',
    /rules\.2\.do/,
    /missing; give a list of wordings of the action/,
  ],
  [
    'a condition left empty',
    spoilt('[rope tension jumps on every turn of the drum, a jerk in the pull once a turn]', '[]'),
    'when: []',
    /rules\.1\.when/,
    /empty; give wordings/,
  ],
  [
    'a rule’s field misspelled',
    spoilt('    why: a dead sensor', '    way: a dead sensor'),
    'way: a dead',
    /rules\.2\.way/,
    /not a field here/,
  ],
  [
    'rules as a mapping',
    GOOD_SHEET.replace(/\nrules:[\s\S]*/, '\nrules: {one: two}\n'),
    'rules: {',
    /^rules$/,
    /a mapping; give a list/,
  ],
  [
    'one wording of a condition',
    spoilt(', a jerk in the pull once a turn', ''),
    'when: [rope tension',
    /rules\.1\.when/,
    /only 1 wording; give at least 2/,
    'warning',
  ],
  [
    'too long a reason of a rule',
    spoilt('a dead sensor shows', `a ${'dead '.repeat(20)}sensor shows`),
    'why: a dead dead',
    /rules\.2\.why/,
    /has 25 words; at most 20/,
    'warning',
  ],
];

describe('a malformed sheet', () => {
  it.each(MUTATIONS)('%s: names line and field', async (_, text, at, field, said, level = 'error') => {
    const dir = await folderWith({ 'winch.yaml': text });
    const file = join(dir, 'winch.yaml');
    const problems = await checkSheet(file);
    const line = typeof at === 'number' ? at : lineOf(String(text), at);
    const match = problems.find((problem) => field.test(problem.field) && said.test(problem.message));
    expect(match, problems.map(formatProblem).join('\n')).toMatchObject({ file, line, level });
    expect(formatProblem(match!)).toMatch(/^\S+winch\.yaml:\d+: [^\n]+$/);
    if (level === 'error') await expect(readSheet(file)).rejects.toThrow(BadInput);
    else expect((await readSheet(file)).asset).toBe('winch');
  });

  it('says the first problem and how many more there are, on one line', async () => {
    const text = spoilt('components: [brake]', 'components: [break]', spoilt('strength: 0.4,', 'strength: 0.9,'));
    const dir = await folderWith({ 'winch.yaml': text });
    await expect(readSheet(join(dir, 'winch.yaml'))).rejects.toThrow(
      /winch\.yaml:\d+: faults\.brake drag\.components\.0: .*and 1 more[^\n]*$/,
    );
  });

  it('too large, missing, a folder or of another kind is said plainly', async () => {
    const dir = await folderWith({ 'large.yaml': new Uint8Array(MAX_BYTES + 1).fill(0x61), 'sheet.txt': GOOD_SHEET });
    const said = async (name: string): Promise<string> => (await checkSheet(join(dir, name))).map(formatProblem).join();
    expect(await said('large.yaml')).toMatch(/8\.0 MiB; at most 8 MiB/);
    expect(await said('none.yaml')).toMatch(/does not exist/);
    expect(await said('sheet.txt')).toMatch(/ends in \.yaml, \.yml, \.csv, \.xlsx/);
    await expect(readSheet(dir)).rejects.toThrow(/file: is not a sheet by its name/);
  });
});

describe('a CSV table', () => {
  const header = 'asset,fault,parameter,relevance,change,onset,why\n';
  const read = async (text: string) => {
    const dir = await folderWith({ 'table.csv': text });
    return { sheet: () => readSheet(join(dir, 'table.csv')), problems: await checkSheet(join(dir, 'table.csv')) };
  };

  it('ranks by the order of its rows within primary and secondary', async () => {
    const { sheet, problems } = await read(
      `${header}Winch,Brake Drag,Current,primary,rises,early,friction\nwinch,brake drag,temperature,primary,,,\nwinch,brake drag,noise,secondary,appears,late,"squeals, then grinds"\nwinch,brake drag,speed,none,,,set by the drive\n`,
    );
    expect(problems).toEqual([]);
    const { asset, faults, parameters } = await sheet();
    expect([asset, parameters.map((one) => one.name)]).toEqual(['winch', ['current', 'temperature', 'noise', 'speed']]);
    const [current, temperature, noise] = faults[0]!.shows.map((cell) => cell.strength);
    expect(current).toBeGreaterThan(temperature!);
    expect(temperature).toBeGreaterThanOrEqual(0.6);
    expect(noise).toBeLessThan(0.6);
    expect(faults[0]!.shows[2]!.why).toBe('squeals, then grinds');
    expect(faults[0]!.not).toEqual([{ parameter: 'speed', why: 'set by the drive' }]);
  });

  it('takes strengths, semicolons and decimal commas', async () => {
    const { sheet } = await read(
      'asset;fault;parameter;strength\nwinch;brake drag;current;0,8\nwinch;brake drag;speed;0\n',
    );
    expect((await sheet()).faults[0]).toMatchObject({
      shows: [{ parameter: 'current', strength: 0.8 }],
      not: [{ parameter: 'speed' }],
    });
  });

  it.each([
    ['a missing column', 'asset,fault,relevance\nwinch,x,primary\n', /:1: parameter: column is missing/],
    [
      'a bad relevance',
      `${header}winch,brake drag,current,very,,,\n`,
      /:2: relevance: 'very' is not known; give one of primary/,
    ],
    [
      'a bad strength',
      'asset,fault,parameter,strength\nwinch,x,y,7\n',
      /:2: strength: '7' is not a number from 0 to 1/,
    ],
    [
      'an empty cell',
      `${header}winch,brake drag,current,primary,,,\nwinch,,current,primary,,,\n`,
      /:3: fault: is empty/,
    ],
    [
      'a row twice',
      `${header}winch,a,b,primary,,,\nwinch,a,b,none,,,\n`,
      /:3: parameter: 'b' of 'a' is decided in line 2 already/,
    ],
    ['a ragged row', `${header}winch,a,b\n`, /:2: row: /],
    ['no rows', header, /:1: file: has no rows/],
  ])('%s is named with its line', async (_, text, said) => {
    const { sheet, problems } = await read(text);
    expect(problems.map(formatProblem).join('\n')).toMatch(said);
    await expect(sheet()).rejects.toThrow(said);
  });
});
