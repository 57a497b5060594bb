/** What the student makes of a machine that it was never taught: with the sheet in front of it, and without. */
import { evaluate } from '../../models/distill/evaluate.ts';
import { FORM_RELATIONS } from '../../models/distill/forms.ts';
import { makeQuestions } from '../../models/distill/questions.ts';
import { UNSEEN_ASSET } from '../../models/distill/round.ts';
import { BadInput } from '../../models/errors.ts';
import { ASKED, type Bench, BYS, choosersOf, type Measured, percent, points, stepper } from './worth-bench.ts';

const SEED = 320_000;

export async function measureUnseen(bench: Bench): Promise<Measured> {
  const sheet = bench.knowledge.sheet(UNSEEN_ASSET);
  if (!sheet) throw new BadInput(`no sheet of ${UNSEEN_ASSET}, which no round is taught: unseen cannot be measured`);
  const { count } = bench;
  const sets = {
    'parameters and faults': makeQuestions([sheet], { count, seed: SEED, relations: FORM_RELATIONS }),
    'all that can be asked': makeQuestions([sheet], { count, seed: SEED + 1 }),
  };
  const step = stepper(bench, BYS.length * Object.values(sets).flat().length);
  const choosers = choosersOf(bench);
  const rows: string[][] = [];
  const figures: Record<string, object> = {};
  const answers: object[] = [];
  for (const [name, items] of Object.entries(sets)) {
    const found: Record<string, object> = {};
    for (const by of BYS) {
      const { evaluation, predictions } = await evaluate(items, choosers[by], { onProgress: step });
      const { n, accuracy, randomBaseline: chance, byRelation } = evaluation;
      found[by] = { n, accuracy, chance, aboveChance: accuracy - chance, byRelation };
      rows.push([name, ASKED[by], `${n}`, percent(chance), percent(accuracy), points(accuracy - chance)]);
      answers.push(
        ...predictions.map(({ id, right, chosen }, i) => {
          const { question, options, correct, relation } = items[i]!;
          return { part: 'unseen', set: name, by, id, relation, right, question, options, correct, chosen };
        }),
      );
    }
    figures[name] = found;
  }
  const columns = ['questions', 'asked', 'n', 'chance', 'right', 'above chance'];
  return {
    tables: [{ title: `Unseen: ${UNSEEN_ASSET}, a machine that no round is taught`, columns, rows }],
    figures,
    notes: [],
    answers,
  };
}
