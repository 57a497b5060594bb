/**
 * A sheet, cut into the small dense sentences that are retrieved, taught and cited. One form for all of them, so that
 * the student meets in use exactly what it met in training. It knows nothing of retrieval or of questions.
 */
import type { Component, Fact, Fault, Limit, Parameter, Rule, Sheet } from './types.ts';

/** Every fact of a sheet that is taught and retrieved, in the sheet's order. */
export function factsOf(sheet: Sheet): Fact[] {
  return [
    ...sheet.faults.flatMap((fault) => faultFacts(sheet, fault)),
    ...sheet.parameters.map((parameter) => parameterFact(sheet, parameter.name)),
    componentsFact(sheet),
    ...sheet.components.map((component) => roleFact(sheet, component)),
    ...sheet.parameters.map((parameter) => instrumentsFact(sheet, parameter)),
    ...sheet.rules.map((rule, i) => ruleFact(sheet, rule, i)),
  ].filter((fact) => fact.text !== '');
}

/** A sheet's limits, to be cited: neither taught nor searched, so they are no part of `factsOf`. */
export function limitFacts(sheet: Sheet): Fact[] {
  return sheet.parameters.flatMap(({ name, limits = [] }) =>
    limits.map((limit, i) => ({
      id: limitFactId(sheet.asset, name, i),
      kind: 'limits' as const,
      asset: sheet.asset,
      parameter: name,
      text: `${sheet.asset}, ${name}: ${boundariesText(limit)}${limit.note ? `; ${limit.note}` : ''}.`,
      source: `${sheet.file}, ${name}: ${limit.source}`,
    })),
  );
}

/** @param i place among the parameter's limits, from 0 */
export function limitFactId(asset: string, parameter: string, i: number): string {
  return `${asset}/${parameter}/limits/${i}`;
}

/** "winding, insulation of class F: alarm above 145 °C, stop above 155 °C". */
function boundariesText(limit: Limit): string {
  return `${limit.of}${limit.for ? `, ${limit.for}` : ''}: ${boundariesOf(limit)}`;
}

/** "zone A up to 2.3, B up to 4.5, C up to 7.1 mm/s", "alarm above 145 °C, stop above 155 °C". */
export function boundariesOf({ unit, bad, zoned, good, alarm, stop }: Limit): string {
  if (zoned) return `zone A up to ${good}, B up to ${alarm}, C up to ${stop} ${unit}`;
  const [within, beyond] = bad === 'high' ? ['up to', 'above'] : ['from', 'below'];
  const told: [string, number | undefined][] = [
    [`normal ${within}`, good],
    [`alarm ${beyond}`, alarm],
    [`stop ${beyond}`, stop],
  ];
  return told.flatMap(([words, value]) => (value === undefined ? [] : `${words} ${withUnit(value, unit)}`)).join(', ');
}

/** The polarization index is a bare number. */
export function withUnit(value: number, unit: string): string {
  return unit === 'PI' ? String(value) : `${value} ${unit}`;
}

/** Strength from which an indication counts as primary (docs/sheets.md). */
export const PRIMARY = 0.6;

/** How strongly a parameter shows a fault: 0 not at all, 1–9 whole tenths of the sheet's strength. */
export type Grade = number;

/** Grade from which practitioners list the parameter; below, it only supports (docs/sheets.md). */
export const LISTED: Grade = 10 * PRIMARY;

/** The grade of one cell; undefined where the sheet says nothing. */
export function gradeOf(fault: Fault, parameter: string): Grade | undefined {
  const shown = fault.shows.find((indication) => indication.parameter === parameter);
  if (shown) return Math.min(9, Math.max(1, Math.floor(shown.strength * 10 + 1e-9)));
  return fault.not.some((cell) => cell.parameter === parameter) ? 0 : undefined;
}

export interface Graded {
  name: string;
  grade: Grade;
}

/** A fault's parameters, in the sheet's order. */
export function gradesOfFault(sheet: Sheet, fault: Fault): Graded[] {
  return sheet.parameters.flatMap(({ name }) => {
    const grade = gradeOf(fault, name);
    return grade === undefined ? [] : [{ name, grade }];
  });
}

/** A parameter's faults, in the sheet's order. */
export function gradesOfParameter(sheet: Sheet, parameter: string): Graded[] {
  return sheet.faults.flatMap((fault) => {
    const grade = gradeOf(fault, parameter);
    return grade === undefined ? [] : [{ name: fault.name, grade }];
  });
}

/**
 * "pump, bearing wear. vibration 9; temperature 8; flow 0." — always in one order, so that nothing but the grades has to
 * be remembered, and reading is copying.
 */
export function gradesText(asset: string, subject: string, cells: readonly Graded[]): string {
  return cells.length ? `${asset}, ${subject}. ${cells.map(({ name, grade }) => `${name} ${grade}`).join('; ')}.` : '';
}

/** The best few of a row, strongest first. */
export function strongest(cells: readonly Graded[], count: number): string[] {
  return [...cells]
    .filter(({ grade }) => grade > 0)
    .sort((a, b) => b.grade - a.grade)
    .slice(0, count)
    .map(({ name }) => name);
}

const ROW = /([^.;]+?) (\d)(?=[;.]|$)/g;

/** The same while it is still being written: each cell in its place, so that what has been read stays. */
export function growingGrades(text: string): string {
  return text.replace(/ \d?$/, '').replace(/(?<=\p{L}) (\d)(?=[;.])/gu, (_, digit: string) => {
    const grade = Number(digit);
    return grade >= LISTED ? ': clearly' : grade > 0 ? ': less' : ': not';
  });
}

/** Grades as people read them: "pump, bearing wear. Clearly: vibration, temperature. Less: power. Not: voltage." */
export function readableGrades(text: string): string {
  return text.replace(/(?<=^|\. )(?:[^.;]+ \d; )+[^.;]+ \d(?:\.|$)/g, (row) => {
    const cells = [...row.matchAll(ROW)].map(([, name, digit]) => ({ name: name!.trim(), grade: Number(digit) }));
    const sorted = cells.sort((a, b) => b.grade - a.grade);
    const part = (word: string, test: (grade: Grade) => boolean): string[] => {
      const names = sorted.filter(({ grade }) => test(grade)).map(({ name }) => name);
      return names.length ? [`${word}: ${names.join(', ')}.`] : [];
    };
    return [
      ...part('clearly', (grade) => grade >= LISTED),
      ...part('less', (grade) => grade > 0 && grade < LISTED),
      ...part('not', (grade) => grade === 0),
    ].join(' ');
  });
}

function faultFacts(sheet: Sheet, fault: Fault): Fact[] {
  const { asset } = sheet;
  const source = `${sheet.file}, ${fault.name}`;
  const fact = (kind: Fact['kind'], text: string, parameter?: string): Fact => ({
    id: `${asset}/${fault.name}/${kind}${parameter ? `/${parameter}` : ''}`,
    kind,
    asset,
    fault: fault.name,
    ...(parameter ? { parameter } : {}),
    text,
    source,
  });
  const list = (kind: Fact['kind'], words: string, items: readonly string[]): Fact =>
    fact(kind, items.length ? `${asset}, ${fault.name} ${words}: ${items.join('; ')}.` : '');
  return [
    fact('shows', gradesText(asset, fault.name, gradesOfFault(sheet, fault))),
    fact('mechanism', fault.mechanism ? `${asset}, ${fault.name} means that ${fault.mechanism}.` : ''),
    list('signs', 'signs', fault.signs),
    list('causes', 'causes', fault.causes),
    list('effects', 'effects', fault.effects),
    list(
      'checks',
      'checks',
      fault.checks.map((check) => check.what),
    ),
    list('actions', 'actions', fault.actions),
    list('components', 'is a fault of', fault.components),
    ...fault.shows.map((cell) =>
      fact(
        'why',
        `${asset}, ${fault.name}: ${cell.parameter} ${cell.change}, ${cell.onset}; ${cell.why}.`,
        cell.parameter,
      ),
    ),
    ...fault.not.map((cell) =>
      fact('why', `${asset}, ${fault.name}: ${cell.parameter} does not show it; ${cell.why}.`, cell.parameter),
    ),
  ];
}

function parameterFact(sheet: Sheet, parameter: string): Fact {
  return {
    id: `${sheet.asset}/${parameter}/faults`,
    kind: 'faults',
    asset: sheet.asset,
    parameter,
    text: gradesText(sheet.asset, parameter, gradesOfParameter(sheet, parameter)),
    source: `${sheet.file}, ${parameter}`,
  };
}

function componentsFact(sheet: Sheet): Fact {
  return {
    id: `${sheet.asset}/components`,
    kind: 'components',
    asset: sheet.asset,
    text: sheet.components.length
      ? `${sheet.asset} components: ${sheet.components.map((part) => part.name).join('; ')}.`
      : '',
    source: sheet.file,
  };
}

function roleFact({ asset, file }: Sheet, { name, role }: Component): Fact {
  return {
    id: `${asset}/${name}/role`,
    kind: 'role',
    asset,
    component: name,
    text: role ? `${asset}, ${name}: ${role}.` : '',
    source: `${file}, ${name}`,
  };
}

function instrumentsFact({ asset, file }: Sheet, { name, measuredBy }: Parameter): Fact {
  return {
    id: `${asset}/${name}/instruments`,
    kind: 'instruments',
    asset,
    parameter: name,
    text: measuredBy.length ? `${asset}, ${name} is measured by: ${measuredBy.join('; ')}.` : '',
    source: `${file}, ${name}`,
  };
}

/** @param i place among the sheet's rules, from 0 */
function ruleFact({ asset, file }: Sheet, rule: Rule, i: number): Fact {
  return {
    id: `${asset}/rule/${i}`,
    kind: 'rule',
    asset,
    ...(rule.fault ? { fault: rule.fault } : {}),
    text: `${asset}, when ${rule.when[0]}: ${rule.do[0]}; ${rule.why}.`,
    source: `${file}, rule ${i + 1}`,
  };
}

/** A person's answer as an in-context example; it outranks what sheets and weights say. */
export function correctionText(question: string, answer: string): string {
  return `corrected: ${question.trim()} — ${answer.trim()}`;
}
