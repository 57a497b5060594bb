/**
 * Do a plant's own tables win? Those of all ten machine types of ISO 17359 with a third of the decisions turned round are
 * added by `rounds knowledge add`, then `rounds eval` asks in held-out wordings, keyed by the new tables: with retrieval,
 * and from the weights alone. With `--minutes` a round runs in between. The tables are simulated (own-tables.ts).
 * The last line is one JSON object.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ISO_17359 } from '../../models/distill/episodes.ts';
import { makeQuestions, type QuestionItem, questionLine } from '../../models/distill/questions.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { tableCsv, turnedCells, turnedSheet } from './own-tables.ts';

const PROGRAM = join(import.meta.dirname, '../../bot/rounds.mjs');
const SEED = 410_000;

const { values } = parseArgs({
  options: {
    /** A data folder of its own; kept, so that a round can be added later. */
    data: { type: 'string', default: 'data/tables' },
    count: { type: 'string', default: '400' },
    share: { type: 'string', default: '0.3333' },
    column: { type: 'string', default: 'strength' },
    machines: { type: 'string', default: '10' },
    /** Training time of a round between the two measurements, or its steps; without either no round runs. */
    minutes: { type: 'string' },
    steps: { type: 'string' },
    /** Of the round's own evaluation. */
    questions: { type: 'string', default: '300' },
  },
});

const data = resolve(values.data);
const column = values.column === 'relevance' ? 'relevance' : 'strength';
const { sheets } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
const shipped = sheets.filter(({ asset }) => ISO_17359.includes(asset)).slice(0, Number(values.machines));
const turned = shipped.map((sheet, i) => turnedSheet(sheet, Number(values.share), SEED + i));
const cells = turnedCells(shipped, turned);
const all = shipped.reduce((sum, { faults, parameters }) => sum + faults.length * parameters.length, 0);

await mkdir(data, { recursive: true });
const table = join(data, 'own-tables.csv');
await writeFile(table, tableCsv(turned, column));
await rounds('knowledge', 'add', table);
console.log(`${turned.length} machines, ${cells.size} of ${all} decisions turned round (simulated)`);

// Keyed by the tables as they were taken in: a table without strengths ranks by its order.
const { sheets: own } = await loadKnowledge({ dirs: [SHIPPED_SHEETS, join(data, 'knowledge')] });
const asked = own.filter(({ asset }) => turned.some((sheet) => sheet.asset === asset));
const items = makeQuestions(asked, {
  count: Number(values.count),
  seed: SEED,
  relations: ['parameters', 'faults', 'parameters', 'faults', 'notParameters', 'notFaults'],
});
const file = join(data, 'questions.jsonl');
await writeFile(file, items.map((item) => `${questionLine(item)}\n`).join(''));

const figures: Record<string, unknown> = { machines: turned.length, turned: cells.size, cells: all };
const ask = async (name: string, ...more: string[]): Promise<void> => {
  const out = join(data, `${name}.jsonl`);
  const { accuracy } = JSON.parse(await rounds('eval', file, '--json', '--predictions', out, ...more)) as {
    accuracy: number;
  };
  const lines = (await readFile(out, 'utf8')).trim().split('\n');
  const right = new Map(
    lines.map((line) => JSON.parse(line) as { id: string; right: boolean }).map((p) => [p.id, p.right]),
  );
  const decided = items.filter((item) => hangsOnTurned(item, asked));
  const ofTurned = decided.filter(({ id }) => right.get(id)).length / Math.max(1, decided.length);
  console.log(
    `${name}: ${percent(accuracy)} of ${items.length} right; ${percent(ofTurned)} of the ${decided.length} whose right option was turned`,
  );
  figures[name] = { n: items.length, accuracy, turnedN: decided.length, turnedAccuracy: ofTurned };
};
await ask('withRetrieval');
await ask('alone', '--no-retrieval');
const length = values.steps ? ['--steps', values.steps] : values.minutes ? ['--minutes', values.minutes] : undefined;
if (length) {
  const round = JSON.parse(await rounds('distill', '--json', ...length, '--questions', values.questions)) as Record<
    string,
    unknown
  >;
  figures.round = { student: round.student, promoted: round.promoted, reason: round.reason, steps: round.steps };
  console.log(`round: ${String(round.reason)}`);
  await ask('withRetrievalAfter');
  await ask('aloneAfter', '--no-retrieval');
}
console.log(JSON.stringify(figures));

/** The right option's own cell was decided otherwise before: whoever goes by the shipped sheet is wrong. */
function hangsOnTurned(item: QuestionItem, sheets: readonly Sheet[]): boolean {
  const [asset, name, kind] = item.facts.at(-1)!.split('/');
  const sheet = sheets.find((one) => one.asset === asset)!;
  const option = item.options[item.correct.indexOf(true)];
  const named = (of: { name: string; synonyms: string[] }): boolean => [of.name, ...of.synonyms].includes(option ?? '');
  const other = (kind === 'shows' ? sheet.parameters : sheet.faults).find(
    (one) => named(one) || ('measuredBy' in one && one.measuredBy.includes(option ?? '')),
  );
  return (
    other !== undefined &&
    cells.has(kind === 'shows' ? `${asset}/${name}/${other.name}` : `${asset}/${other.name}/${name}`)
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Runs the command on the tables' own data folder; its stdout. */
async function rounds(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, DATA_DIR: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const piece of child.stdout.setEncoding('utf8')) out += piece;
  const code = child.exitCode ?? (await new Promise<number | null>((done) => child.once('exit', done)));
  if (code !== 0) throw new Error(`rounds ${args.join(' ')} ended with ${code}`);
  return out;
}
