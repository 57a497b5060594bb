/**
 * Does an answer survive a change of form? Questions on the ten machine types of ISO 17359, each in five forms with the
 * same fact and the same right option, asked of the student (from its weights, with retrieval) and of its teacher.
 */
import { ISO_17359 } from '../../models/distill/episodes.ts';
import { evaluate, type Prediction } from '../../models/distill/evaluate.ts';
import { FORM_RELATIONS, FORMS, type Form, formsOf } from '../../models/distill/forms.ts';
import { makeQuestions, type QuestionItem } from '../../models/distill/questions.ts';
import { random } from '../../models/distill/random.ts';
import { BadInput } from '../../models/errors.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import {
  ASKED,
  accuracyOf,
  type Bench,
  BYS,
  type By,
  choosersOf,
  type Measured,
  number,
  percent,
  points,
  shareOf,
  stepper,
  type Table,
} from './worth-bench.ts';

const SEED = 300_000;
const OPTIONS = [2, 3, 4, 5];

const TITLES: Record<Form, string> = {
  original: 'original',
  reworded: 'reworded, other names',
  reordered: 'options reordered',
  relabelled: 'options relabelled P, Q, …',
  tenOptions: 'ten options',
};

export async function measureForms(bench: Bench): Promise<Measured> {
  const sheets = bench.knowledge.sheets.filter(({ asset }) => ISO_17359.includes(asset));
  if (sheets.length === 0) throw new BadInput('no sheet of an ISO 17359 machine type: forms cannot be measured');
  const { items, sets } = questionsOf(sheets, bench.count);
  const step = stepper(bench, BYS.length * FORMS.reduce((sum, form) => sum + sets[form].length, 0));
  const choosers = choosersOf(bench);
  const measured: Cell[] = [];
  const answers: object[] = [];
  for (const form of FORMS) {
    for (const by of BYS) {
      if (sets[form].length === 0) continue;
      const { evaluation, predictions } = await evaluate(sets[form], choosers[by], { onProgress: step });
      const { n, randomBaseline: chance, byRelation, byAsset } = evaluation;
      measured.push({ form, by, n, chance, byRelation, byAsset, predictions: byId(predictions) });
      answers.push(...predictions.map((one, i) => answerLine(form, by, sets[form][i]!, one)));
    }
  }
  const rows = measured.map((cell) => compared(cell, measured));
  return {
    tables: [tableOf(rows)],
    figures: Object.fromEntries(
      FORMS.map((form) => [
        form,
        Object.fromEntries(rows.flatMap(({ form: of, by, ...figures }) => (of === form ? [[by, figures]] : []))),
      ]),
    ),
    notes: [
      `${items} questions drawn; those whose right option is "none of the above" have no other forms and were left out.`,
      'Each form is compared with the original of the same questions: not every question has ten options.',
    ],
    answers,
  };
}

function questionsOf(sheets: readonly Sheet[], count: number): { items: number; sets: Record<Form, QuestionItem[]> } {
  const each = Math.ceil(count / OPTIONS.length);
  const items = OPTIONS.flatMap((options) =>
    makeQuestions(sheets, { count: each, seed: SEED + options, options, relations: FORM_RELATIONS }),
  ).slice(0, count);
  const all = items.flatMap((item, i) => {
    const sheet = sheets.find(({ asset }) => asset === item.asset)!;
    return formsOf(item, sheet, random(SEED, i)) ?? [];
  });
  const of = (form: Form): QuestionItem[] => all.flatMap((forms) => forms[form] ?? []);
  return {
    items: items.length,
    sets: Object.fromEntries(FORMS.map((form) => [form, of(form)])) as Record<Form, QuestionItem[]>,
  };
}

// ------------------------------------------------------------------------------------------------ figures

interface Cell {
  form: Form;
  by: By;
  n: number;
  chance: number;
  byRelation: object;
  byAsset: object;
  predictions: Map<string, Prediction>;
}

function byId(predictions: readonly Prediction[]): Map<string, Prediction> {
  return new Map(predictions.map((one) => [one.id, one]));
}

/** A form beside the original of the same questions, and beside the teacher on the same form. */
function compared({ predictions, ...cell }: Cell, all: readonly Cell[]) {
  const other = (form: Form, by: By) => all.find((one) => one.form === form && one.by === by)!.predictions;
  const originals = other('original', cell.by);
  const pairs = [...predictions].map(([id, one]) => ({ now: one.right, before: originals.get(id)!.right }));
  const accuracy = accuracyOf([...predictions.values()])!;
  const before = shareOf(pairs, (pair) => pair.before)!;
  const teacher = accuracyOf([...other(cell.form, 'teacher').values()])!;
  return {
    ...cell,
    accuracy,
    silent: shareOf([...predictions.values()], ({ chosen }) => chosen.length === 0),
    ofTheOriginal: before,
    difference: accuracy - before,
    rightInBoth: shareOf(pairs, (pair) => pair.now && pair.before)!,
    ofTheTeacher: teacher > 0 ? accuracy / teacher : null,
  };
}

function tableOf(rows: readonly ReturnType<typeof compared>[]): Table {
  return {
    title: 'Forms: the same fact asked otherwise',
    columns: ['form', 'asked', 'n', 'chance', 'right', 'against the original', 'right in both', 'of the teacher'],
    rows: rows.map((row) => [
      TITLES[row.form],
      ASKED[row.by],
      `${row.n}`,
      percent(row.chance),
      percent(row.accuracy),
      row.form === 'original' ? '' : points(row.difference),
      row.form === 'original' ? '' : percent(row.rightInBoth),
      row.by === 'teacher' ? '' : number(row.ofTheTeacher),
    ]),
  };
}

function answerLine(form: Form, by: By, item: QuestionItem, { id, right, chosen, confidence }: Prediction): object {
  const { question, options, correct, asset, relation } = item;
  return { part: 'forms', form, by, id, asset, relation, right, question, options, correct, chosen, confidence };
}
