/**
 * One question in other forms: other words and names, other order, other labels, more wrong options. The fact that decides
 * it and the right option stay. Whoever knows the fact answers all of them alike. It judges nobody.
 */
import type { Sheet } from '../knowledge/types.ts';
import { plainOption } from '../student/prompt.ts';
import { withArticle } from '../teacher/sentences.ts';
import type { QuestionItem } from './questions.ts';
import type { Random } from './random.ts';
import { expand, fill, type Relation, WORDINGS } from './wordings.ts';

/** Questions about one row of a sheet: a fault's parameters or a parameter's faults. Only these have forms. */
export const FORM_RELATIONS = ['parameters', 'notParameters', 'faults', 'notFaults'] as const;

export const FORMS = ['original', 'reworded', 'reordered', 'relabelled', 'tenOptions'] as const;
export type Form = (typeof FORMS)[number];

/** All with the item's id. Without `tenOptions` where the sheet has too few surely wrong ones. */
export type Forms = Record<Exclude<Form, 'tenOptions'>, QuestionItem> & { tenOptions?: QuestionItem };

/** Undefined for a question that is not about one row of this sheet, or whose right option is "none of the above". */
export function formsOf(item: QuestionItem, sheet: Sheet, rng: Random): Forms | undefined {
  const row = rowOf(item, sheet);
  if (!row?.optionCells.every(Boolean)) return undefined;
  const more = withOptions(item, row, 10, rng);
  return {
    original: item,
    reworded: inWording(item, row, rng.pick(otherWordings(item, row.relation)), 'other', rng),
    reordered: reordered(item, rng),
    relabelled: relabelled(item),
    ...(more ? { tenOptions: more } : {}),
  };
}

/**
 * The question in other held-out wordings, no two alike, as many as are asked for and left. `names` says for each whether
 * machine, fault or parameter and options are called what they were, or otherwise where the sheet has another name.
 */
export function rewordings(
  item: QuestionItem,
  sheet: Sheet,
  names: readonly ('same' | 'other')[],
  rng: Random,
): QuestionItem[] {
  const row = rowOf(item, sheet);
  if (!row) return [];
  return rng
    .sample(otherWordings(item, row.relation), names.length)
    .map((wording, i) => inWording(item, row, wording, names[i]!, rng));
}

// ------------------------------------------------------------------------------------------------ the row of the sheet

type RowRelation = (typeof FORM_RELATIONS)[number];

interface Named {
  name: string;
  synonyms: readonly string[];
}

/** What can stand as an option: shown how strongly, 0 not at all. */
interface Cell extends Named {
  strength: number;
}

interface Row {
  relation: RowRelation;
  machine: Named;
  /** The fault whose parameters are asked for, or the parameter whose faults are. */
  subject: Named;
  cells: Cell[];
  /** The cell of each option; undefined where the option is none ("none of the above"). */
  optionCells: (Cell | undefined)[];
}

function rowOf(item: QuestionItem, sheet: Sheet): Row | undefined {
  const relation = FORM_RELATIONS.find((one) => one === item.relation);
  const [asset, name, kind] = item.facts.at(-1)?.split('/') ?? [];
  if (!relation || asset !== sheet.asset) return undefined;
  const fault = kind === 'shows' ? sheet.faults.find((one) => one.name === name) : undefined;
  const parameter = kind === 'faults' ? sheet.parameters.find((one) => one.name === name) : undefined;
  const subject = fault ?? parameter;
  if (!subject) return undefined;
  const strengthOf = (of: (typeof sheet.faults)[number], shown: string): number =>
    of.shows.find((cell) => cell.parameter === shown)?.strength ?? 0;
  const cells: (Cell & { wordings: readonly string[] })[] = fault
    ? sheet.parameters.map((one) => ({
        ...one,
        strength: strengthOf(fault, one.name),
        wordings: [one.name, ...one.synonyms, ...one.measuredBy],
      }))
    : sheet.faults.map((one) => ({
        ...one,
        strength: strengthOf(one, subject.name),
        wordings: [one.name, ...one.synonyms],
      }));
  const cellOf = (option: string): Cell | undefined =>
    cells.find((cell) => cell.wordings.some((wording) => plainOption(wording) === plainOption(option)));
  return {
    relation,
    machine: { name: sheet.asset, synonyms: sheet.synonyms },
    subject,
    cells,
    optionCells: item.options.map(cellOf),
  };
}

// ------------------------------------------------------------------------------------------------ forms

/** Options keep their places, so that the key stays. */
function inWording(item: QuestionItem, row: Row, wording: string, names: 'same' | 'other', rng: Random): QuestionItem {
  const name = (of: Named): string =>
    names === 'other' ? otherName(of, (known) => !says(item.question, known), rng) : usedName(of, item.question);
  const machine = name(row.machine);
  const question = fill(expand(wording, rng), {
    asset: withArticle(machine),
    Asset: machine,
    [row.relation === 'parameters' || row.relation === 'notParameters' ? 'fault' : 'parameter']: name(row.subject),
  });
  const options = item.options.map((option, i) => {
    const cell = row.optionCells[i];
    return cell && names === 'other' ? otherName(cell, (known) => known !== option, rng) : option;
  });
  return { ...item, question, options };
}

/** Another order, with the right option in another place. */
function reordered(item: QuestionItem, rng: Random): QuestionItem {
  const right = item.correct.indexOf(true);
  let order = rng.shuffle(item.options.map((_, i) => i));
  if (order[right] === right) order = [...order.slice(1), order[0]!];
  return arranged(item, order);
}

/** Labels begin at P, in the option's text and beside it. */
function relabelled(item: QuestionItem): QuestionItem {
  const optionIds = item.options.map((_, i) => String.fromCharCode('P'.charCodeAt(0) + i));
  return { ...item, optionIds, options: item.options.map((option, i) => `${optionIds[i]}) ${option}`) };
}

/** How far behind the right option a wrong one must be for no doubt; episodes.ts keeps the same distance. */
const CLEAR = 0.15;

/** More options that are surely wrong; undefined when the sheet has too few. */
function withOptions(item: QuestionItem, row: Row, count: number, rng: Random): QuestionItem | undefined {
  const right = row.optionCells[item.correct.indexOf(true)]!;
  const turned = row.relation === 'notParameters' || row.relation === 'notFaults';
  const wrong = row.cells.filter(
    (cell) => !row.optionCells.includes(cell) && (turned ? cell.strength > 0 : cell.strength <= right.strength - CLEAR),
  );
  const missing = count - item.options.length;
  if (wrong.length < missing) return undefined;
  const more = rng.sample(wrong, missing).map((cell) => cell.name);
  const longer = {
    ...item,
    options: [...item.options, ...more],
    optionIds: Array.from({ length: count }, (_, i) => String.fromCharCode('A'.charCodeAt(0) + i)),
    correct: [...item.correct, ...more.map(() => false)],
  };
  return arranged(longer, rng.shuffle(longer.options.map((_, i) => i)));
}

/** Labels stay where they are: "A" is the first, whatever it says. */
function arranged(item: QuestionItem, order: readonly number[]): QuestionItem {
  return { ...item, options: order.map((i) => item.options[i]!), correct: order.map((i) => item.correct[i]!) };
}

// ------------------------------------------------------------------------------------------------ words

function otherWordings(item: QuestionItem, relation: Relation): string[] {
  return WORDINGS[relation].held.filter((wording) => !isWordedAs(item.question, wording));
}

/** Whether a question is one of a grammar's (see wordings.ts), whatever stands in its slots. */
export function isWordedAs(question: string, grammar: string): boolean {
  const pattern = grammar
    .split(/(\[[^\]]*\]|\{\w+\}|\s+)/)
    .map((part) => {
      if (/^\s+$/.test(part)) return '\\s*';
      if (part.startsWith('{')) return '.+';
      if (part.startsWith('[')) return `(?:${part.slice(1, -1).split('|').map(literal).join('|')})`;
      return literal(part);
    })
    .join('');
  return new RegExp(`^${pattern}$`, 'i').test(question);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s*');
}

/** A synonym that is not in use yet, else the canonical name. */
function otherName(of: Named, free: (name: string) => boolean, rng: Random): string {
  const synonyms = of.synonyms.filter(free);
  return synonyms.length ? rng.pick(synonyms) : of.name;
}

/** The longest of its names that the question uses. */
function usedName(of: Named, question: string): string {
  const used = [of.name, ...of.synonyms].filter((name) => says(question, name));
  return used.sort((a, b) => b.length - a.length)[0] ?? of.name;
}

function says(question: string, name: string): boolean {
  return question.toLowerCase().includes(name.toLowerCase());
}
