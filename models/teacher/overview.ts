/**
 * What no one fact says: the readings that together show most of a machine's faults, how two faults are told apart, who
 * looks after a machine. Drawn from the sheet's decisions by rule.
 */
import { PRIMARY } from '../knowledge/facts.ts';
import type { Register } from '../knowledge/register.ts';
import type { Fault, Indication, Sheet } from '../knowledge/types.ts';
import { listed, paragraph, sentence, withArticle } from './sentences.ts';
import type { Told } from './tell.ts';

const MOST = 4;

/** The readings that show most of the machine's faults clearly and early; what is seen already counts less. */
export function watched(sheet: Sheet): Told {
  const chosen: string[] = [];
  const seen = new Set<string>();
  while (chosen.length < MOST) {
    const ranked = sheet.parameters
      .filter(({ name }) => !chosen.includes(name))
      .map(({ name }) => ({
        name,
        weight: clearCells(sheet, name).reduce((sum, cell) => sum + weightOf(cell, seen), 0),
      }))
      .sort((a, b) => b.weight - a.weight);
    const [best] = ranked;
    if (!best || best.weight === 0) break;
    chosen.push(best.name);
    for (const { fault } of clearCells(sheet, best.name)) seen.add(fault);
  }
  if (chosen.length === 0)
    return { kind: 'not known', reason: `the ${sheet.asset} sheet lists no reading for its faults` };
  const strongest = (parameter: string): string[] =>
    clearCells(sheet, parameter)
      .sort((a, b) => b.strength - a.strength)
      .slice(0, 3)
      .map(({ fault }) => fault);
  return {
    kind: 'told',
    answer: sentence(
      `watch ${listed(chosen)} on ${withArticle(sheet.asset)}: ${seen.size} of its ${sheet.faults.length} faults show clearly in one of them`,
    ),
    rationale: paragraph(...chosen.map((parameter) => `${parameter} shows ${listed(strongest(parameter))}`)),
    confidence: 0.9,
    facts: chosen.map((parameter) => `${sheet.asset}/${parameter}/faults`),
  };
}

type Cell = Indication & { fault: string };

function clearCells(sheet: Sheet, parameter: string): Cell[] {
  return sheet.faults.flatMap(({ name, shows }) =>
    shows
      .filter((cell) => cell.parameter === parameter && cell.strength >= PRIMARY)
      .map((cell) => ({ ...cell, fault: name })),
  );
}

function weightOf({ strength, onset, fault }: Cell, seen: ReadonlySet<string>): number {
  return strength * (onset === 'early' ? EARLY : 1) * (seen.has(fault) ? AGAIN : 1);
}

const EARLY = 1.5;
const AGAIN = 0.4;

/** How each is seen, the readings in which one shows far more clearly than the other, and the check of each. */
export function compared(sheet: Sheet, one: Fault, other: Fault): Told {
  const seen = (fault: Fault, not: Fault): string => {
    const readings = apart(fault, not).map(({ parameter, change }) => `${parameter} ${change}`);
    const signs = fault.signs.slice(0, 2);
    const told = [...signs, ...(readings.length ? [`clearer in: ${readings.join(', ')}`] : [])];
    return `${fault.name}: ${told.length ? told.join('; ') : fault.mechanism}`;
  };
  const check = (fault: Fault): string => {
    const [first] = fault.checks;
    return first ? `for ${fault.name} ${first.what}${first.tells ? `: ${first.tells}` : ''}` : '';
  };
  return {
    kind: 'told',
    answer: paragraph(`on ${withArticle(sheet.asset)}, ${seen(one, other)}`, seen(other, one)),
    rationale: paragraph(check(one), check(other)),
    confidence: 0.9,
    facts: [one, other].flatMap(({ name }) => [`${sheet.asset}/${name}/signs`, `${sheet.asset}/${name}/checks`]),
  };
}

/** Where it shows far more clearly than the other does, the clearest first. */
function apart(fault: Fault, other: Fault): Indication[] {
  const strength = (parameter: string): number =>
    other.shows.find((cell) => cell.parameter === parameter)?.strength ?? 0;
  return [...fault.shows]
    .map((cell) => ({ cell, by: cell.strength - strength(cell.parameter) }))
    .filter(({ by }) => by >= 0.3)
    .sort((a, b) => b.by - a.by)
    .slice(0, 2)
    .map(({ cell }) => cell);
}

/** Who looks after a tagged machine, as the register has it. */
export function owned(register: Register, tag: string | undefined): Told {
  const machine = tag === undefined ? undefined : register.find(tag);
  if (!machine?.owner)
    return { kind: 'not known', reason: 'the register names people only by a machine’s tag: name the tag' };
  return {
    kind: 'told',
    answer: sentence(`the ${machine.owner} looks after ${machine.tag} (${machine.description || machine.class})`),
    rationale: sentence('so the asset register has it'),
    confidence: 0.95,
    facts: [],
  };
}
