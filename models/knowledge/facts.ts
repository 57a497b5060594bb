/**
 * A sheet, cut into the small dense sentences that are retrieved, taught and cited. One form for all of them, so that
 * the student meets in use exactly what it met in training. It knows nothing of retrieval or of questions.
 */
import type { Component, Fact, Fault, Parameter, Rule, Sheet } from './types.ts';

/** Strength from which an indication counts as primary (docs/sheets.md). */
export const PRIMARY = 0.6;

/** Every fact of a sheet, in the sheet's order. */
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

/** One cell's decision, as a student says it. */
export type Verdict = 'clearly' | 'also' | 'not';

/** `clearly` at PRIMARY strength and above, `also` below it, `not` where the sheet says that it does not show. */
export function verdict(fault: Fault, parameter: string): Verdict | undefined {
  const shown = fault.shows.find((indication) => indication.parameter === parameter);
  if (shown) return shown.strength >= PRIMARY ? 'clearly' : 'also';
  return fault.not.some((cell) => cell.parameter === parameter) ? 'not' : undefined;
}

/**
 * "pump, bearing wear. vibration: clearly; temperature: also; speed: not." — strongest first. The same words as the
 * student's own verdicts, so that reading a fact is copying it.
 */
export function verdictsText(asset: string, subject: string, cells: Record<Verdict, readonly string[]>): string {
  const verdicts = (['clearly', 'also', 'not'] as const).flatMap((said) =>
    cells[said].map((name) => `${name}: ${said}`),
  );
  return verdicts.length ? `${asset}, ${subject}. ${verdicts.join('; ')}.` : '';
}

/** Parameters of a fault by verdict, strongest first. */
export function cellsOfFault(fault: Fault): Record<Verdict, string[]> {
  const ranked = [...fault.shows].sort((a, b) => b.strength - a.strength);
  return {
    clearly: ranked.filter((cell) => cell.strength >= PRIMARY).map((cell) => cell.parameter),
    also: ranked.filter((cell) => cell.strength < PRIMARY).map((cell) => cell.parameter),
    not: fault.not.map((cell) => cell.parameter),
  };
}

/** Faults of a parameter by verdict, strongest first. */
export function cellsOfParameter(sheet: Sheet, parameter: string): Record<Verdict, string[]> {
  const shown = sheet.faults
    .flatMap((fault) => {
      const cell = fault.shows.find((indication) => indication.parameter === parameter);
      return cell ? [{ fault: fault.name, strength: cell.strength }] : [];
    })
    .sort((a, b) => b.strength - a.strength);
  return {
    clearly: shown.filter((cell) => cell.strength >= PRIMARY).map((cell) => cell.fault),
    also: shown.filter((cell) => cell.strength < PRIMARY).map((cell) => cell.fault),
    not: sheet.faults.filter((fault) => verdict(fault, parameter) === 'not').map((fault) => fault.name),
  };
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
    fact('shows', verdictsText(asset, fault.name, cellsOfFault(fault))),
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
    text: verdictsText(sheet.asset, parameter, cellsOfParameter(sheet, parameter)),
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
