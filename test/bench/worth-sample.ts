/**
 * The shared sample: questions that nobody here wrote, as they are and reordered with other labels, as `rounds eval` asks
 * them. Only ids and choices are kept, never the questions.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { evaluate } from '../../models/distill/evaluate.ts';
import { readQuestions } from '../../models/distill/questions.ts';
import { ASKED, type Bench, BYS, choosersOf, type Measured, percent, points, shareOf, stepper } from './worth-bench.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const FILES = {
  'as written': `${FOLDER}failuresensoriq-expert50.jsonl`,
  'reordered, relabelled': `${FOLDER}failuresensoriq-expert50-perturbed.jsonl`,
};

/** What is missing of the sample; empty when it is all there. */
export const missingSample = (): string[] => Object.values(FILES).filter((file) => !existsSync(file));

export async function measureSample(bench: Bench): Promise<Measured> {
  const missing = missingSample();
  if (missing.length) {
    return { tables: [], figures: {}, notes: [`Not measured: ${missing.join(', ')} is not there.`], answers: [] };
  }
  const sets = await Promise.all(
    Object.entries(FILES).map(async ([form, file]) => ({ form, items: await readQuestions(file) })),
  );
  const step = stepper(bench, BYS.length * sets.reduce((sum, { items }) => sum + items.length, 0));
  const choosers = choosersOf(bench);
  const rows: string[][] = [];
  const figures: Record<string, object> = {};
  const answers: object[] = [];
  for (const by of BYS) {
    const found: Record<string, object> = {};
    let before: { accuracy: number; right: Map<string, boolean> } | undefined;
    for (const { form, items } of sets) {
      const { evaluation, predictions } = await evaluate(items, choosers[by], { onProgress: step });
      const { n, accuracy, randomBaseline: chance } = evaluation;
      const both = before && shareOf(predictions, (one) => one.right && before?.right.get(one.id) === true);
      const difference = before && accuracy - before.accuracy;
      const silent = shareOf(predictions, ({ chosen }) => chosen.length === 0);
      found[form] = { n, accuracy, chance, aboveChance: accuracy - chance, silent, difference, rightInBoth: both };
      rows.push([
        form,
        ASKED[by],
        `${n}`,
        percent(chance),
        percent(accuracy),
        points(accuracy - chance),
        percent(silent),
        difference === undefined ? '' : points(difference),
        both === undefined ? '' : percent(both),
      ]);
      answers.push(...predictions.map(({ id, right, chosen }) => ({ part: 'sample', form, by, id, right, chosen })));
      before ??= { accuracy, right: new Map(predictions.map((one) => [one.id, one.right])) };
    }
    figures[by] = found;
  }
  return {
    tables: [
      {
        title: 'Shared sample: questions that nobody here wrote',
        columns: [
          'form',
          'asked',
          'n',
          'chance',
          'right',
          'above chance',
          'chose nothing',
          'against as written',
          'right in both',
        ],
        rows,
      },
    ],
    figures,
    notes: [],
    answers,
  };
}
