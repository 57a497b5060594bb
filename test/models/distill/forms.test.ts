/** Forms of one question: everything may change but the fact and the right option. */
import { beforeAll, describe, expect, it } from 'vitest';
import { FORM_RELATIONS, type Forms, formsOf, isWordedAs, rewordings } from '../../../models/distill/forms.ts';
import { makeQuestions, type QuestionItem } from '../../../models/distill/questions.ts';
import { random } from '../../../models/distill/random.ts';
import { WORDINGS } from '../../../models/distill/wordings.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import type { Sheet } from '../../../models/knowledge/types.ts';
import { plainOption } from '../../../models/student/prompt.ts';

let sheets: Sheet[];
let items: QuestionItem[];
let all: { sheet: Sheet; forms: Forms }[];

beforeAll(async () => {
  ({ sheets } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] }));
  items = [2, 3, 4, 5].flatMap((options) =>
    makeQuestions(sheets, { count: 30, seed: 7, options, relations: FORM_RELATIONS }),
  );
  all = items.flatMap((item, i) => {
    const sheet = sheetOf(item);
    const forms = formsOf(item, sheet, random(7, i));
    return forms ? [{ sheet, forms }] : [];
  });
});

const sheetOf = (item: QuestionItem): Sheet => sheets.find((sheet) => sheet.asset === item.asset)!;
const rightOf = (item: QuestionItem): string => item.options[item.correct.indexOf(true)]!;

/** What an option stands for in the sheet. */
function nameOf(sheet: Sheet, item: QuestionItem, option: string): string | undefined {
  const ofFaults = item.relation === 'faults' || item.relation === 'notFaults';
  const means = (wordings: readonly string[]): boolean =>
    wordings.some((one) => plainOption(one) === plainOption(option));
  return ofFaults
    ? sheet.faults.find((fault) => means([fault.name, ...fault.synonyms]))?.name
    : sheet.parameters.find((one) => means([one.name, ...one.synonyms, ...one.measuredBy]))?.name;
}

/** How strongly the sheet links an option to what is asked about. */
function strengthOf(sheet: Sheet, item: QuestionItem, option: string): number {
  const [, subject] = item.facts.at(-1)!.split('/');
  const name = nameOf(sheet, item, option);
  const ofFaults = item.relation === 'faults' || item.relation === 'notFaults';
  const [fault, parameter] = ofFaults ? [name, subject] : [subject, name];
  const shows = sheet.faults.find((one) => one.name === fault)!.shows;
  return shows.find((cell) => cell.parameter === parameter)?.strength ?? 0;
}

describe('formsOf', () => {
  it('makes forms of nearly every question about a row of a sheet, and of no other', () => {
    expect(all.length).toBeGreaterThan(0.9 * items.length);
    expect(all.filter(({ forms }) => forms.tenOptions).length).toBeGreaterThan(0.15 * all.length);
    const [cause] = makeQuestions(sheets, { count: 1, seed: 3, relations: ['causes'] });
    expect(formsOf(cause!, sheetOf(cause!), random(1))).toBeUndefined();
    const { asset } = items[0]!;
    expect(formsOf(items[0]!, sheets.find((sheet) => sheet.asset !== asset)!, random(1))).toBeUndefined();
  });

  it('keeps the fact, and one right option of one meaning', () => {
    for (const { sheet, forms } of all) {
      const meant = nameOf(sheet, forms.original, rightOf(forms.original));
      expect(meant).toBeDefined();
      const { relabelled: _, ...named } = forms;
      for (const form of Object.values(named)) {
        expect(form).toMatchObject({ id: forms.original.id, facts: forms.original.facts });
        expect(form.correct.filter(Boolean)).toHaveLength(1);
        expect(nameOf(sheet, form, rightOf(form))).toBe(meant);
        expect(new Set(form.options).size).toBe(form.options.length);
      }
    }
  });

  it('rewords into another held-out wording, with other names where there are any', () => {
    let renamed = 0;
    for (const { forms } of all) {
      const { original, reworded } = forms;
      const held = WORDINGS[original.relation!].held;
      const wordingOf = (item: QuestionItem) => held.filter((wording) => isWordedAs(item.question, wording));
      expect(wordingOf(original)).toHaveLength(1);
      expect(wordingOf(reworded)).toHaveLength(1);
      expect(wordingOf(reworded)).not.toEqual(wordingOf(original));
      renamed += rightOf(reworded) === rightOf(original) ? 0 : 1;
    }
    expect(renamed).toBeGreaterThan(0.9 * all.length);
  });

  it('reorders so that the right option moves, and relabels from P on', () => {
    for (const { forms } of all) {
      const { original, reordered, relabelled } = forms;
      expect([...reordered.options].sort()).toEqual([...original.options].sort());
      expect(reordered.correct.indexOf(true)).not.toBe(original.correct.indexOf(true));
      expect(relabelled.options[1]).toBe(`Q) ${original.options[1]}`);
      expect(relabelled.optionIds.slice(0, 2)).toEqual(['P', 'Q']);
      expect(relabelled.correct).toEqual(original.correct);
    }
  });

  it('adds only what is surely wrong, up to ten', () => {
    for (const { sheet, forms } of all) {
      if (!forms.tenOptions) continue;
      const { original, tenOptions } = forms;
      expect(tenOptions.options).toHaveLength(10);
      expect(tenOptions.options).toEqual(expect.arrayContaining(original.options));
      const right = strengthOf(sheet, tenOptions, rightOf(tenOptions));
      const turned = original.relation!.startsWith('not');
      for (const [i, option] of tenOptions.options.entries()) {
        if (tenOptions.correct[i]) continue;
        const strength = strengthOf(sheet, tenOptions, option);
        if (turned) expect(strength).toBeGreaterThan(0);
        else expect(strength).toBeLessThanOrEqual(right - 0.15 + 1e-9);
      }
    }
  });

  it('is the same for the same seed', () => {
    const [item] = items;
    expect(formsOf(item!, sheetOf(item!), random(5))).toEqual(formsOf(item!, sheetOf(item!), random(5)));
  });
});

describe('rewordings', () => {
  it('are as many different ones as are wanted and left, with the same names or others', () => {
    const item = items.find((one) => one.relation === 'parameters')!;
    const same = rewordings(item, sheetOf(item), ['same', 'same'], random(1));
    expect(new Set([item, ...same].map(({ question }) => question)).size).toBe(3);
    for (const one of same) expect(one.options).toEqual(item.options);
    const others = rewordings(item, sheetOf(item), Array(99).fill('other'), random(1));
    expect(others).toHaveLength(WORDINGS.parameters.held.length - 1);
    for (const one of others) expect(one.options).not.toEqual(item.options);
  });
});

describe('isWordedAs', () => {
  it('knows a grammar by what stands between its slots', () => {
    const grammar = '[Which|What] [measured |]parameter shows {fault} of {asset}?';
    expect(isWordedAs('What parameter shows wear of a pump?', grammar)).toBe(true);
    expect(isWordedAs('Which measured parameter shows wear of a pump?', grammar)).toBe(true);
    expect(isWordedAs('Which parameter reveals wear of a pump?', grammar)).toBe(false);
  });
});
