/** Limits in sheets: read as written, refused where they make no sense, a plant's own over the shipped ones; and never taught. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../models/knowledge/facts.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { inBase } from '../../../models/knowledge/limits.ts';
import { quantitiesIn, unitNamed } from '../../../models/knowledge/quantities.ts';
import { checkSheet, readSheet } from '../../../models/knowledge/read.ts';
import { folderWith, GOOD_SHEET, spoilt } from './fixture.ts';

const TENSION = 'rope tension: {synonyms: [pull, line pull], unit: kN, measuredBy: [load cell]}';
const VIBRATION =
  'vibration: {synonyms: [shaking, drum vibration], unit: mm/s, measuredBy: [accelerometer on the drum bearing]}';
const withLimits = (...limits: string[]): string =>
  spoilt(VIBRATION, VIBRATION.replace(/\}$/, `, limits: [${limits.map((limit) => `{${limit}}`).join(', ')}]}`));
const ZONES = 'of: velocity on the drum bearing, unit: mm/s, zones: [2, 4, 6], source: our practice';

describe('limits of a sheet', () => {
  it('are read as written: zones, an alarm and a stop, and the side that is bad', async () => {
    const text = withLimits(
      `${ZONES}, kW: [15, 300], for: winches of 15 to 300 kW, note: measure under load`,
      'of: rope grease, synonyms: [grease], unit: °C, bad: low, good: 10, alarm: 0, stop: -10, source: maker',
    );
    const dir = await folderWith({ 'winch.yaml': text });
    expect(await checkSheet(join(dir, 'winch.yaml'))).toEqual([]);
    const [zoned, low] = (await readSheet(join(dir, 'winch.yaml'))).parameters[0]!.limits!;
    expect(zoned).toEqual({
      of: 'velocity on the drum bearing',
      synonyms: [],
      unit: 'mm/s',
      bad: 'high',
      zoned: true,
      good: 2,
      alarm: 4,
      stop: 6,
      for: 'winches of 15 to 300 kW',
      kW: [15, 300],
      source: 'our practice',
      note: 'measure under load',
    });
    expect(low).toMatchObject({ bad: 'low', zoned: false, good: 10, alarm: 0, stop: -10, synonyms: ['grease'] });
  });

  it.each<[string, string[], RegExp, RegExp]>([
    ['no unit', ['of: velocity, zones: [2, 4, 6], source: x'], /unit$/, /is missing; give the unit/],
    [
      'an unknown unit',
      ['of: velocity, unit: furlong, alarm: 2, source: x'],
      /unit$/,
      /'furlong' is not a unit .*give one such as mm\/s/,
    ],
    ['no source', ['of: velocity, unit: mm/s, alarm: 2'], /source$/, /is missing; give the standard or the practice/],
    ['no quantity', ['unit: mm/s, alarm: 2, source: x'], /of$/, /is missing; give the quantity/],
    ['no boundary', ['of: velocity, unit: mm/s, good: 2, source: x'], /limits\.0$/, /has no boundary; give zones/],
    [
      'zones downwards',
      ['of: velocity, unit: mm/s, zones: [6, 4, 2], source: x'],
      /zones$/,
      /4 does not lie beyond 6; order them .*or give bad: low/,
    ],
    [
      'low boundaries upwards',
      ['of: velocity, unit: mm/s, bad: low, alarm: 2, stop: 4, source: x'],
      /alarm$/,
      /4 does not lie beyond 2; order them .* downwards/,
    ],
    ['two zones', ['of: velocity, unit: mm/s, zones: [2, 4], source: x'], /zones$/, /has not three boundaries; give/],
    ['zones and an alarm', [`${ZONES}, alarm: 9`], /zones$/, /keep the one or the other/],
    [
      'a boundary with its unit',
      ['of: velocity, unit: mm/s, alarm: 4 mm/s, source: x'],
      /alarm$/,
      /give a number, without its unit/,
    ],
    ['powers that do not rise', [`${ZONES}, kW: [300, 15]`], /kW$/, /does not rise; give \[from, to\]/],
    ['the same twice', [ZONES, ZONES], /1\.of$/, /says the same as limit 1; keep one/],
    ['a wrong side', [`${ZONES}, bad: left`], /bad$/, /give high or low/],
    ['a field that is none', [`${ZONES}, trip: 9`], /trip$/, /is not a field here/],
  ])('with %s are refused with the mend', async (_, limits, field, said) => {
    const dir = await folderWith({ 'winch.yaml': withLimits(...limits) });
    const errors = (await checkSheet(join(dir, 'winch.yaml'))).filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]!.field).toMatch(field);
    expect(errors[0]!.message).toMatch(said);
    expect(errors[0]!.line).toBe(7);
  });

  it('of a plant take the place of all that the parameter had, and need no faults beside them', async () => {
    const shipped = await folderWith({
      'winch.yaml': withLimits(ZONES, 'of: velocity on the gearbox, unit: mm/s, alarm: 9, source: x').replace(
        TENSION,
        TENSION.replace(/\}$/, ', limits: [{of: rope, unit: "%", alarm: 80, source: x}]}'),
      ),
    });
    const own = await folderWith({
      'ours.yaml': `asset: winch
parameters:
  vibration:
    limits: [{of: velocity on the drum bearing, unit: mm/s, alarm: 3, source: site standard 12}]
faults: {}
`,
    });
    const knowledge = await loadKnowledge({ dirs: [shipped, own] });
    expect(knowledge.problems).toEqual([]);
    const sheet = knowledge.sheet('winch')!;
    expect(sheet.faults).toHaveLength(2);
    const of = (name: string) => sheet.parameters.find((one) => one.name === name)!;
    expect(of('vibration').limits).toMatchObject([{ alarm: 3, source: 'site standard 12' }]);
    expect(of('vibration').unit).toBe('mm/s');
    expect(of('rope tension').limits).toMatchObject([{ alarm: 80 }]);
    expect(knowledge.fact('winch/vibration/limits/0')).toMatchObject({
      kind: 'limits',
      text: expect.stringContaining('alarm above 3 mm/s'),
      source: expect.stringContaining('site standard 12'),
    });
  });

  it('alone, of a class that no sheet describes, are passed over and said', async () => {
    const dir = await folderWith({
      'winch.yaml': GOOD_SHEET,
      'zzz.yaml': 'asset: zeppelin\nparameters:\n  lift: {limits: [{of: lift, unit: "%", alarm: 3, source: x}]}\n',
    });
    const knowledge = await loadKnowledge({ dirs: [dir] });
    expect(knowledge.sheet('zeppelin')).toBeUndefined();
    expect(knowledge.problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/limits alone, and no sheet describes the class/),
    );
  });
});

describe('shipped limits', async () => {
  const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
  const all = knowledge.sheets.flatMap((sheet) =>
    sheet.parameters.flatMap(({ name, limits = [] }) => limits.map((limit) => ({ asset: sheet.asset, name, limit }))),
  );

  it('judge vibration of every rotating machine of ISO 17359 that a standard has figures for', () => {
    const judged = all.filter(({ limit }) => unitNamed(limit.unit)!.dimension === 'velocity').map(({ asset }) => asset);
    for (const asset of [
      'electric motor',
      'electric generator',
      'fan',
      'pump',
      'compressor',
      'steam turbine',
      'industrial gas turbine',
    ])
      expect(judged).toContain(asset);
    // Standards exclude engines of aircraft: their makers alone give figures.
    expect(judged).not.toContain('aero gas turbine');
  });

  it('can be cited, and are neither taught nor searched', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(knowledge.sheets.flatMap(factsOf).filter(({ kind }) => kind === 'limits')).toEqual([]);
    expect(knowledge.facts.filter(({ kind }) => kind === 'limits')).toEqual([]);
    const fact = knowledge.fact('electric motor/vibration/limits/0')!;
    expect(fact.text).toMatch(/zone A up to 1\.4, B up to 2\.8, C up to 4\.5 mm\/s/);
    expect(fact.source).toMatch(/electric-motor\.yaml, vibration: ISO 20816-3/);
  });

  it('name what they are of once for each group', () => {
    for (const { asset, name, limit } of all)
      expect(limit.for.startsWith('for '), `${asset}, ${name}: ${limit.for}`).toBe(false);
  });
});

describe('values in a text', () => {
  const valuesIn = (text: string) =>
    quantitiesIn(text).map(({ dimension, value }) => [dimension, Number(value.toPrecision(4))]);

  it.each<[string, [string, number][]]>([
    ['7.1 mm/s on P-101', [['velocity', 7.1]]],
    ['0.3 in/s', [['velocity', 7.62]]],
    ['95C', [['temperature', 95]]],
    ['200 °F', [['temperature', 93.33]]],
    ['40 degrees', [['temperature', 40]]],
    ['20 K hotter', [['difference', 20]]],
    ['3 mils', [['length', 76.2]]],
    [
      '1,5 bar and 30 psi',
      [
        ['pressure', 1.5],
        ['pressure', 2.068],
      ],
    ],
    ['250 Pa', [['pressure', 0.0025]]],
    ['1,200 ppm', [['fraction', 1200]]],
    ['5 MΩ', [['resistance', 5]]],
    ['5 Megohm', [['resistance', 5]]],
    ['2 GΩ', [['resistance', 2000]]],
    ['50 µΩ', [['resistance', 5e-11]]],
    ['PI of 1.3', [['index', 1.3]]],
    ['polarization index is 2,1', [['index', 2.1]]],
    ['-0.85 V', [['voltage', -0.85]]],
    ['7-8 mm/s', [['velocity', 8]]],
    ['6.6 kV', [['voltage', 6600]]],
    ['12 % LEL', [['explosive', 12]]],
    ['P-101 A, ISO 20816, 20 g of grease', []],
  ])('%s', (text, values) => {
    expect(valuesIn(text)).toEqual(values);
  });

  it('are compared in one unit with the boundaries of a sheet', () => {
    expect(inBase(200, '°F')).toBeCloseTo(93.33, 2);
    expect(inBase(50, 'mbar')).toBeCloseTo(0.05);
    expect(unitNamed('bars per hour')).toBeUndefined();
  });
});
