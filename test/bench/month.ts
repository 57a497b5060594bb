/**
 * A plant's month: four weeks of questions over ten sheets with 15 % of the decisions changed to the plant's own, operators
 * who flag, an engineer who corrects, and a round after each of the first three weeks. Operators, engineer and tables are
 * simulated (month-plant.ts); bot, store, chain, student and rounds are the real ones. Prints a table, writes month.json
 * and month.svg, and ends with one line of JSON. `--small`: a tenth of the questions, the sheets and the corrections.
 */
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { studentChooser } from '../../chains/eval.ts';
import { ISO_17359 } from '../../models/distill/episodes.ts';
import { evaluate } from '../../models/distill/evaluate.ts';
import { makeQuestions, type QuestionItem } from '../../models/distill/questions.ts';
import { kindsOf, kindsTable, type MonthRow, monthSvg, monthTable } from './month-figures.ts';
import { type Asked, askAll, flagAndCorrect, type MonthPlant, openMonth, questionsOf } from './month-plant.ts';

const { values } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    /** Emptied first. */
    data: { type: 'string', default: 'data/month' },
    /** Training steps of a round: like the questions, the same on every machine. */
    steps: { type: 'string' },
  },
});
const SIZE = values.small
  ? { machines: ['pump'], week: 50, corrections: 20, steps: 80, evaluation: 60, old: 80 }
  : { machines: ISO_17359, week: 500, corrections: 200, steps: 300, evaluation: 300, old: 400 };
const CHANGED = 0.15;
const PROGRAM = join(import.meta.dirname, '../../bot/rounds.mjs');

const steps = values.steps ?? String(SIZE.steps);
const dataDir = resolve(values.data);
await rm(dataDir, { recursive: true, force: true });
const month = await openMonth(dataDir, CHANGED, SIZE.machines);
const oldItems = unchanged(month, SIZE.old);
process.stdout.write(
  `${4 * SIZE.week} questions, ${100 * CHANGED} % of the decisions of ${month.sheets.length === 1 ? 'one sheet' : `${month.sheets.length} sheets`} changed; operators, engineer and tables are simulated.\n\n`,
);

const rows: MonthRow[] = [];
const weeks: Asked[][] = [];
let left = SIZE.corrections;
let round: Round = { minutes: 0, promoted: false, teacherCalls: 0, reason: 'as shipped' };
for (let week = 0; week < 4; week++) {
  const asked = await askAll(month, questionsOf(month.sheets, week, SIZE.week), week, (done) => {
    if (done % 100 === 0) process.stderr.write(`week ${week + 1}: ${done} of ${SIZE.week} questions\n`);
  });
  weeks.push(asked);
  const marks = await flagAndCorrect(month, asked, week < 3 ? Math.ceil(left / (3 - week)) : 0);
  left -= marks.corrections;
  rows.push({ ...figures(week, asked, round), ...marks, oldAccuracy: await oldAccuracy(month, oldItems) });
  process.stdout.write(`${monthTable([rows.at(-1)!]).at(-1)}\n`);
  if (week < 3) round = await distilled();
}
await month.close();

const kinds = kindsOf(weeks);
process.stdout.write(`\n${monthTable(rows).join('\n')}\n\n${kindsTable(kinds).join('\n')}\n\n`);
const result = {
  small: values.small,
  simulated: 'operators, engineer, tables',
  corrections: SIZE.corrections - left,
  rounds: rows,
};
await writeFile(join(dataDir, 'month.json'), `${JSON.stringify({ ...result, kinds }, null, 2)}\n`);
await writeFile(join(dataDir, 'month.svg'), monthSvg(rows));
process.stdout.write(`Written to ${dataDir}: month.json, month.svg.\n${JSON.stringify(result)}\n`);

interface Round {
  minutes: number;
  promoted: boolean;
  teacherCalls: number;
  reason: string;
}

/** A round as an operator of the bot starts it, while the bot goes on; it serves the new student from the moment of its promotion. */
async function distilled(): Promise<Round> {
  const begun = performance.now();
  const args = ['distill', '--json', '--steps', steps, '--questions', String(SIZE.evaluation)];
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PLANT: join(dataDir, 'plant.csv'),
      ROLES: 'month:eve=engineer,month:*=operator',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const piece of child.stdout.setEncoding('utf8')) out += piece;
  const code = child.exitCode ?? (await new Promise<number | null>((done) => child.once('exit', done)));
  if (code !== 0) throw new Error(`the round ended with ${code}`);
  const { promoted, reason, teacherCalls, student } = JSON.parse(out) as Round & { student: string };
  process.stdout.write(`  ${reason}\n`);
  while (promoted && month.plant.serving.student()?.card.id !== student)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return { promoted, reason, teacherCalls, minutes: (performance.now() - begun) / 60_000 };
}

function figures(
  week: number,
  asked: readonly Asked[],
  last: Round,
): Omit<MonthRow, 'flags' | 'corrections' | 'ofWrong' | 'oldAccuracy'> {
  const share = (of: readonly Asked[], holds: (one: Asked) => boolean): number =>
    of.filter(holds).length / Math.max(1, of.length);
  const escalated = asked.filter(({ answer }) => answer.outcome === 'escalated');
  const answered = asked.filter(({ answer }) => answer.outcome === 'answered');
  return {
    round: week,
    questions: asked.length,
    accuracy: share(asked, ({ studentRight }) => studentRight),
    shownAccuracy: share(asked, ({ shownRight }) => shownRight),
    escalationRate: escalated.length / asked.length,
    answeredError: share(answered, ({ shownRight }) => !shownRight),
    teacherCalls: escalated.length + last.teacherCalls,
    minutes: Number(last.minutes.toFixed(2)),
    promoted: last.promoted,
  };
}

/** Questions of all sheets on facts that the plant has not changed. */
function unchanged({ plant, changed }: MonthPlant, count: number): QuestionItem[] {
  const drawn = makeQuestions(plant.knowledge.sheets, { count: 2 * count, seed: 630_000 });
  return drawn.filter(({ facts }) => !facts.some((id) => changed.has(id))).slice(0, count);
}

/** As in service, with retrieval. */
async function oldAccuracy({ plant }: MonthPlant, items: readonly QuestionItem[]): Promise<number> {
  const student = plant.serving.student();
  if (!student) throw new Error('no student serves');
  const { knowledge, matcher } = plant;
  const { evaluation } = await evaluate(items, studentChooser({ student, knowledge, matcher, retrieval: true }));
  return evaluation.accuracy;
}
