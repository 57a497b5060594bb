/** What a plant adds: its own sheets over the shipped ones, its register, and the way in and out of the data folder. */
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addKnowledge, knowledgeDir, undoKnowledge } from '../../../models/knowledge/add.ts';
import { gradeOf } from '../../../models/knowledge/facts.ts';
import { EXAMPLE_PLANT, loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { examineRegister, readRegister } from '../../../models/knowledge/register.ts';
import { folder, folderWith, GOOD_SHEET, spoilt } from './fixture.ts';

describe('loadKnowledge', () => {
  it('reads the shipped sheets and the example plant without a complaint', async () => {
    const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
    expect(knowledge.problems).toEqual([]);
    expect(knowledge.sheet('pump')?.faults.length).toBeGreaterThan(5);
    expect(Object.keys(knowledge.hashes)).toHaveLength(knowledge.sheets.length);
    expect(Object.values(knowledge.hashes)[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(knowledge.register.find('P-101')?.class).toBe('pump');
    expect(knowledge.fact('pump/cavitation/shows')?.text).toMatch(/^pump, cavitation\. .*vibration [6-9]/);
    const ids = knowledge.facts.map((fact) => fact.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(knowledge.parameters.map((one) => one.name)).size).toBe(knowledge.parameters.length);
  });

  it('lets a plant’s own sheet win cell by cell', async () => {
    const shipped = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const own = await folderWith({
      'our-winch.csv': [
        'asset,fault,parameter,relevance,change,onset,why',
        'winch,brake drag,rope tension,primary,rises,early,our winches weigh the load behind the brake',
        'winch,brake drag,vibration,none,,,our drums are damped',
        'winch,brake drag,current,primary,rises,late,',
        'winch,slipping clutch,speed,primary,falls,early,the drum lags behind the motor',
      ].join('\n'),
    });
    const knowledge = await loadKnowledge({ dirs: [shipped, own] });
    const sheet = knowledge.sheet('winch')!;
    const drag = sheet.faults.find((fault) => fault.name === 'brake drag')!;
    expect(['rope tension', 'vibration', 'current'].map((name) => gradeOf(drag, name))).toEqual([9, 0, 9]);
    // What the table does not say stays with the sheet under it.
    expect(drag.mechanism).toContain('brake lining');
    expect(drag.shows.find((cell) => cell.parameter === 'current')).toMatchObject({
      onset: 'late',
      why: expect.stringContaining('friction'),
    });
    expect(sheet.faults.map((fault) => fault.name)).toEqual(['brake drag', 'worn rope', 'slipping clutch']);
    expect(sheet.parameters.map((one) => one.name)).toContain('speed');
    // A new parameter says nothing of old faults.
    expect(gradeOf(sheet.faults[1]!, 'speed')).toBeUndefined();
    expect(knowledge.fact('winch/brake drag/shows')!.source).toContain('our-winch.csv');
  });

  it('replaces the rule for a condition that is known, and adds the others', async () => {
    const shipped = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const own = await folderWith({
      'winch.yaml': GOOD_SHEET.replace(
        /\nrules:[\s\S]*/,
        `
rules:
  - when: [Rope tension jumps on every turn of the drum, the pull jerks]
    do: [call the rigger, have the rope judged]
    why: our ropes are judged by the rigger alone
  - when: [the limit switch does not stop the hook, the hook passes its upper limit]
    do: [lock the winch out and mend the switch, isolate it until the switch works]
    why: nothing else stops the hook
`,
      ),
    });
    const { rules } = (await loadKnowledge({ dirs: [shipped, own] })).sheet('winch')!;
    expect(rules.map((rule) => rule.do[0])).toEqual([
      'stop lowering and free the brake',
      'call the rigger',
      'send the load cell for calibration',
      'lock the winch out and mend the switch',
    ]);
    expect(rules[1]!.fault).toBeUndefined();
  });

  it('adds synonyms, and a later folder wins over an earlier one', async () => {
    const first = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const second = await folderWith({
      'winch.yaml': spoilt('strength: 0.9,', 'strength: 0.7,', spoilt('[dragging brake,', '[sticky brake,')),
    });
    const drag = (await loadKnowledge({ dirs: [first, second] })).sheet('winch')!.faults[0]!;
    expect(drag.shows[0]?.strength).toBe(0.7);
    expect(drag.synonyms).toEqual(expect.arrayContaining(['dragging brake', 'sticky brake']));
  });

  it('passes over a folder that does not exist, and stops at a bad sheet or when there is none', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET });
    expect((await loadKnowledge({ dirs: [dir, join(dir, 'none')] })).sheets).toHaveLength(1);
    await writeFile(join(dir, 'bad.yaml'), 'asset: [x]\n');
    await expect(loadKnowledge({ dirs: [dir] })).rejects.toThrow(/bad\.yaml:1: asset: is a list/);
    await expect(loadKnowledge({ dirs: [await folder()] })).rejects.toThrow(/no sheets in .*: add one with/);
  });

  it('knows a register’s classes by their synonyms and names those without a sheet', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const plant = join(
      await folderWith({
        'plant.yaml': 'assets:\n  - {tag: W-1, class: Hoist Winch}\n  - {tag: X-1, class: zeppelin}\n',
      }),
      'plant.yaml',
    );
    const knowledge = await loadKnowledge({ dirs: [dir], plant });
    expect(knowledge.register.find('w1')?.class).toBe('winch');
    expect(knowledge.problems.map((one) => one.message).join()).toMatch(/class 'zeppelin' has no sheet/);
  });
});

describe('the register', () => {
  const from = async (name: string, text: string): Promise<string> => join(await folderWith({ [name]: text }), name);

  it.each([
    [
      'a list',
      'plant.yaml',
      'site: {name: North, safetyProcedure: SP-7}\nassets:\n  - {tag: P-101A, class: pump, area: 1}\n',
    ],
    [
      'a mapping',
      'plant.yaml',
      'site: {name: North, safetyProcedure: SP-7}\nassets:\n  P-101A: {class: pump, area: 1}\n',
    ],
    ['a table', 'plant.csv', 'Tag;Class;Area\nP-101A;Pump;1\n'],
  ])('is read from %s', async (_, name, text) => {
    const register = await readRegister(await from(name, text));
    expect(register.assets).toMatchObject([{ tag: 'P-101A', class: 'pump', area: '1', owner: '' }]);
    for (const written of ['P-101A', 'p101a', 'P 101 A', 'p_101-a', ' P-101a '])
      expect(register.find(written)?.tag, written).toBe('P-101A');
    for (const other of ['P-101', 'P-101B', '101A', '']) expect(register.find(other), other).toBeUndefined();
    if (name.endsWith('yaml')) expect(register.site).toEqual({ name: 'North', safetyProcedure: 'SP-7' });
    else expect(register.site.safetyProcedure).not.toBe('');
  });

  it.each([
    [
      'a class missing',
      'plant.yaml',
      'assets:\n  - {tag: P-1, class: pump}\n  - {tag: P-2}\n',
      3,
      /class is missing|missing; give the asset class/,
    ],
    ['a misspelled field', 'plant.yaml', 'assets:\n  - {tag: P-1, class: pump, are: x}\n', 2, /not a field here/],
    [
      'a tag twice',
      'plant.yaml',
      'assets:\n  - {tag: P-1, class: pump}\n  - {tag: p1, class: fan}\n',
      3,
      /stands in line 2 already/,
    ],
    ['no assets', 'plant.yaml', 'site: {name: x}\n', 1, /missing; list the machines/],
    ['a tag twice in a table', 'plant.csv', 'tag,class\nP-1,pump\nP 1,fan\n', 3, /stands in line 2 already/],
    ['an empty class in a table', 'plant.csv', 'tag,class\nP-1,\n', 2, /empty; fill/],
  ])('names the line of %s', async (_, name, text, line, said) => {
    const { problems } = await examineRegister(await from(name, text));
    expect(problems[0]).toMatchObject({ line, level: 'error', message: expect.stringMatching(said) });
  });
});

describe('addKnowledge', () => {
  it('puts a good sheet in place and keeps the former one for undo', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const data = await folder();
    const first = await addKnowledge(join(dir, 'winch.yaml'), data);
    expect(first).toMatchObject({
      assets: ['winch'],
      previous: null,
      file: join(knowledgeDir(data), 'winch.yaml'),
      warnings: [],
    });
    await writeFile(join(dir, 'winch.yaml'), spoilt('strength: 0.9,', 'strength: 0.7,'));
    const second = await addKnowledge(join(dir, 'winch.yaml'), data);
    expect(await readFile(second.previous!, 'utf8')).toBe(GOOD_SHEET);
    const strength = async (): Promise<number> =>
      (await loadKnowledge({ dirs: [knowledgeDir(data)] })).sheet('winch')!.faults[0]!.shows[0]!.strength;
    expect(await strength()).toBe(0.7);
    expect(await undoKnowledge('winch.yaml', data)).toBe(true);
    expect(await strength()).toBe(0.9);
    expect(await undoKnowledge('winch.yaml', data)).toBe(true);
    expect(await readdir(knowledgeDir(data))).toEqual([]);
    expect(await undoKnowledge('winch.yaml', data)).toBe(false);
  });

  it('changes nothing for a bad sheet', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET });
    const data = await folder();
    await addKnowledge(join(dir, 'winch.yaml'), data);
    await writeFile(join(dir, 'winch.yaml'), spoilt('strength: 0.9,', 'strength: nine,'));
    await expect(addKnowledge(join(dir, 'winch.yaml'), data)).rejects.toThrow(
      /winch\.yaml:\d+: faults\.brake drag\.shows\.current\.strength/,
    );
    expect(await readdir(knowledgeDir(data))).toEqual(['winch.yaml']);
    expect(await readFile(join(knowledgeDir(data), 'winch.yaml'), 'utf8')).toBe(GOOD_SHEET);
  });

  it('says plainly that the data folder cannot be written', async () => {
    const dir = await folderWith({ 'winch.yaml': GOOD_SHEET, data: 'a file where a folder should be' });
    await expect(addKnowledge(join(dir, 'winch.yaml'), join(dir, 'data'))).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringMatching(/check DATA_DIR/),
    });
    await chmod(join(dir, 'data'), 0o600);
  });
});
