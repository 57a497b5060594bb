/**
 * Is a correction followed, and does it stay with its matter? Random cells of the sheets are contradicted by an engineer,
 * all at once; the same is asked again in other words, and a neighbouring question about another fault of that machine,
 * through the whole chain with nobody to turn to.
 */
import { chosenOptions, createAnswerer } from '../../chains/answer.ts';
import type { Answer, Answerer, CorrectionLike } from '../../chains/types.ts';
import { rewordings } from '../../models/distill/forms.ts';
import { makeQuestions, type QuestionItem } from '../../models/distill/questions.ts';
import { type Random, random } from '../../models/distill/random.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { type Bench, each, type Measured, percent, shareOf, stepper } from './worth-bench.ts';

const SEED = 310_000;
/** One cell a correction: a quarter of the questions of other parts. */
const SHARE = 4;

interface Case {
  /** As it was asked when the correction was given. */
  asked: QuestionItem;
  /** Place of the option that the engineer says is right: a parameter that by the sheet does not show the fault. */
  corrected: number;
  again: { how: Wording; item: QuestionItem }[];
  /** Another fault of the same machine, which nobody has corrected. */
  neighbour: QuestionItem | undefined;
}

const WORDINGS = ['the same words', 'other words', 'other words and names'] as const;
type Wording = (typeof WORDINGS)[number];

export async function measureCorrections(bench: Bench): Promise<Measured> {
  const cases = casesOf(bench.knowledge.sheets, Math.max(1, Math.round(bench.count / SHARE)));
  const step = stepper(bench, 2 * cases.reduce((sum, one) => sum + one.again.length + (one.neighbour ? 1 : 0), 0));
  const uncorrected = answererOf(bench, []);
  const before = await each(cases, (one) => asked(uncorrected, one, step));
  const given = cases.map((one, i) => correctionOf(one, before[i]!.again[0]!.topic, i));
  const corrected = answererOf(bench, given);
  const after = await each(cases, (one) => asked(corrected, one, step));

  const rows = WORDINGS.map((how, k) => {
    const all = cases.map((one, i) => {
      const { item } = one.again[k]!;
      const [was, is] = [before[i]!.again[k]!, after[i]!.again[k]!];
      const isCorrected = (answer: Answer): boolean => sameChoice(chosenIn(answer, item, bench), [one.corrected]);
      const first = chosenIn(before[i]!.again[0]!, one.asked, bench);
      return {
        part: 'corrections',
        how,
        fact: one.asked.facts.at(-1),
        question: item.question,
        options: item.options,
        corrected: one.corrected,
        answer: is.answer,
        answeredBy: is.answeredBy,
        reason: is.reason,
        before: was.answer || was.attempt?.answer || '',
        right: isCorrected(is),
        followed: is.answeredBy === 'student',
        anyway: isCorrected(was),
        unchanged: sameChoice(chosenIn(was, item, bench), first),
      };
    });
    return {
      how,
      all,
      figures: {
        n: all.length,
        right: shareOf(all, (one) => one.right),
        followed: shareOf(all, (one) => one.right && one.followed),
        anyway: shareOf(all, (one) => one.anyway),
        unchanged: shareOf(all, (one) => one.unchanged),
      },
    };
  });
  const neighbours = cases.flatMap((one, i) => {
    const [was, is] = [before[i]!.neighbour, after[i]!.neighbour];
    if (!one.neighbour || !was || !is) return [];
    return [
      {
        part: 'corrections',
        how: 'neighbour',
        fact: one.neighbour.facts.at(-1),
        question: one.neighbour.question,
        before: was.answer,
        answer: is.answer,
        kept: was.answer === is.answer && was.outcome === is.outcome && was.attempt?.answer === is.attempt?.answer,
      },
    ];
  });
  const kept = shareOf(neighbours, (one) => one.kept);
  return {
    tables: [
      {
        title: 'Corrections: a cell of the sheet contradicted by an engineer, then asked again',
        columns: [
          'asked in',
          'n',
          'corrected answer',
          'by the student itself',
          'without: the same anyway',
          'without: as at first',
        ],
        rows: rows.map(({ how, figures: { n, right, followed, anyway, unchanged } }) => [
          how,
          `${n}`,
          percent(right),
          percent(followed),
          percent(anyway),
          how === WORDINGS[0] ? '' : percent(unchanged),
        ]),
      },
      {
        title: 'Corrections: another fault of the same machine, while they stand',
        columns: ['n', 'answer left as it was'],
        rows: [[`${neighbours.length}`, percent(kept)]],
      },
    ],
    figures: {
      ...Object.fromEntries(rows.map(({ how, figures }) => [how, figures])),
      neighbours: { n: neighbours.length, kept },
    },
    notes: [],
    answers: [...rows.flatMap(({ all }) => all), ...neighbours],
  };
}

// ------------------------------------------------------------------------------------------------ cases

/** No two about the same fault: of two corrections of one matter, the newer stands. */
function casesOf(sheets: readonly Sheet[], count: number): Case[] {
  const drawn = makeQuestions(sheets, { count: 8 * count + 200, seed: SEED, relations: ['parameters'], options: 4 });
  const cells = new Map<string, Omit<Case, 'neighbour'>>();
  drawn.forEach((asked, i) => {
    const fact = asked.facts.at(-1)!;
    if (asked.relation !== 'parameters' || cells.size >= count || cells.has(fact)) return;
    const made = caseOf(asked, sheets, random(SEED, i));
    if (made) cells.set(fact, made);
  });
  const free = drawn.filter((item) => item.relation === 'parameters' && !cells.has(item.facts.at(-1)!));
  return [...cells.values()].map((one) => {
    const at = free.findIndex(({ asset }) => asset === one.asked.asset);
    const [neighbour] = at < 0 ? [] : free.splice(at, 1);
    return { ...one, neighbour };
  });
}

function caseOf(asked: QuestionItem, sheets: readonly Sheet[], rng: Random): Omit<Case, 'neighbour'> | undefined {
  const sheet = sheets.find(({ asset }) => asset === asked.asset)!;
  const fault = sheet.faults.find(({ name }) => asked.facts.at(-1) === `${sheet.asset}/${name}/shows`);
  const not = new Set(fault?.not.map(({ parameter }) => parameter));
  const wrong = asked.options.flatMap((option, i) => (not.has(option) ? [i] : []));
  const [other, renamed] = rewordings(asked, sheet, ['same', 'other'], rng);
  if (wrong.length === 0 || !other || !renamed) return undefined;
  return {
    asked,
    corrected: rng.pick(wrong),
    again: [
      { how: WORDINGS[0], item: asked },
      { how: WORDINGS[1], item: other },
      { how: WORDINGS[2], item: renamed },
    ],
  };
}

function correctionOf(one: Case, topic: Answer['topic'], i: number): CorrectionLike {
  return {
    id: `c${i + 1}`,
    seq: i + 1,
    question: one.asked.question,
    options: one.asked.options,
    answer: one.asked.options[one.corrected]!,
    rationale: '',
    topic,
    author: { name: 'Engineer' },
    createdAt: '2026-01-01T00:00:00.000Z',
    withdrawn: false,
  };
}

// ------------------------------------------------------------------------------------------------ asking

function answererOf({ student, knowledge, matcher }: Bench, given: readonly CorrectionLike[]): Answerer {
  return createAnswerer({
    student: () => student,
    knowledge,
    matcher,
    teachers: [],
    corrections: async (after) => given.filter(({ seq }) => seq > after),
    maxError: student.card.calibration.maxError,
  });
}

async function asked(
  answerer: Answerer,
  one: Case,
  step: () => void,
): Promise<{ again: Answer[]; neighbour: Answer | undefined }> {
  const ask = async ({ question, options }: QuestionItem): Promise<Answer> => {
    const answer = await answerer.answer({ text: question, options }, {});
    step();
    return answer;
  };
  const again: Answer[] = [];
  for (const { item } of one.again) again.push(await ask(item));
  return { again, neighbour: one.neighbour && (await ask(one.neighbour)) };
}

/** What was chosen, whatever the outcome: an unsure student's own try counts, for there is nobody to turn to. */
function chosenIn({ answer, attempt }: Answer, { options, asset }: QuestionItem, { matcher }: Bench): number[] {
  const said = answer || attempt?.answer || '';
  const chosen = chosenOptions(said, options);
  if (chosen.length) return chosen;
  // The student's own try is in the sheet's names.
  return chosenOptions(
    said,
    options.map((option) => matcher.nameOf(option, 'parameter', asset)?.name ?? option),
  );
}

function sameChoice(a: readonly number[], b: readonly number[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((i) => b.includes(i));
}
