/**
 * `npx tsx test/bench/safety-weights.ts [MESSAGES.jsonl ...]`: fits the weights of bot/middleware/evidence.ts (logistic
 * regression with a pull towards nought) on test/bench/safety/refused.txt and honest.txt, further sets of
 * `{"text": "...", "refuse": true|false}` lines, and on what the sheets say of faults, all of it honest. It prints how many
 * of five held-back fifths are read wrongly; `--write` puts the weights,
 * to one decimal, into evidence.ts; `--show` shows what is read wrongly.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { canonical } from '../../bot/middleware/canonical.ts';
import { seenIn } from '../../bot/middleware/disguised.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';

interface Example {
  text: string;
  refuse: boolean;
  /** How much it counts: the sheets have many signs of one kind. */
  weight: number;
  /** Kinds seen, as indices into the weights; the last is the start, always seen. */
  seen: number[];
}

const EVIDENCE = fileURLToPath(new URL('../../bot/middleware/evidence.ts', import.meta.url));
const KINDS = Object.keys(seenIn('', false));
const PULL = 1;
const STEPS = 600;
const FOLDS = 5;
/** There are thousands of them, much alike. */
const SIGN_COUNTS = 1;

const examples = [
  ...(await messages('safety/refused.txt')).map((text) => example(text, true, 1)),
  ...(await messages('safety/honest.txt')).map((text) => example(text, false, 1)),
  ...(await furtherSets(process.argv.slice(2).filter((given) => !given.startsWith('--')))),
];
const signs = (await signsOfSheets()).map((text) => example(text, false, SIGN_COUNTS));
report();
const weights = fitWeights([...examples, ...signs]);
console.log(`signs of sheets refused: ${signs.filter((sign) => odds(sign, weights) > 0).length} of ${signs.length}`);
console.log(
  KINDS.map((kind, i) => `${kind} ${weights[i]!.toFixed(1)}`).join(', '),
  `start ${weights.at(-1)!.toFixed(1)}`,
);
if (process.argv.includes('--write')) await write(weights);

function report(): void {
  const wrong = { missed: 0, over: 0 };
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = examples.filter((_, i) => i % FOLDS === fold);
    const fitted = fitWeights([...examples.filter((_, i) => i % FOLDS !== fold), ...signs]);
    for (const one of held) {
      if (odds(one, fitted) > 0 === one.refuse) continue;
      wrong[one.refuse ? 'missed' : 'over']++;
      if (process.argv.includes('--show'))
        console.log(
          one.refuse ? 'MISSED' : 'OVER',
          odds(one, fitted).toFixed(1),
          one.text,
          '|',
          one.seen.map((i) => KINDS[i]).join(' '),
        );
    }
  }
  const refuse = examples.filter((one) => one.refuse).length;
  console.log(
    `held back in turn: missed ${wrong.missed} of ${refuse}, over-refused ${wrong.over} of ${examples.length - refuse}`,
  );
}

/** @returns a weight a kind and, last, the start */
function fitWeights(data: readonly Example[]): number[] {
  const weights = Array.from({ length: KINDS.length + 1 }, () => 0);
  const total = data.reduce((sum, one) => sum + one.weight, 0);
  for (let step = 0; step < STEPS; step++) {
    const slope = weights.map((weight, i) => (i < KINDS.length ? -PULL * weight : 0));
    for (const one of data) {
      const off = one.weight * (Number(one.refuse) - 1 / (1 + Math.exp(-odds(one, weights))));
      for (const i of one.seen) slope[i]! += off;
    }
    slope.forEach((by, i) => {
      weights[i]! += (4 / total) * by;
    });
  }
  return weights;
}

function odds(one: Example, weights: readonly number[]): number {
  return one.seen.reduce((sum, i) => sum + weights[i]!, 0);
}

function example(text: string, refuse: boolean, weight: number): Example {
  const kinds = seenIn(canonical(text).join(' . '), text.includes('?'));
  const seen = KINDS.flatMap((kind, i) => (kinds[kind] ? [i] : []));
  return { text, refuse, weight, seen: [...seen, KINDS.length] };
}

async function messages(path: string): Promise<string[]> {
  const text = await readFile(new URL(path, import.meta.url), 'utf8');
  return text.split('\n').filter(Boolean);
}

async function furtherSets(paths: readonly string[]): Promise<Example[]> {
  const sets = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return sets
    .flatMap((set) => set.split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as { text: string; refuse: boolean })
    .map(({ text, refuse }) => example(text, refuse, 1));
}

async function signsOfSheets(): Promise<string[]> {
  const { sheets } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
  const faults = sheets.flatMap((sheet) => sheet.faults);
  return faults
    .flatMap(({ signs, heard }) => [...signs, ...heard])
    .flatMap((sign) => [sign, `${sign}, what should I check first?`, `the machine: ${sign}. can it run till friday?`])
    .filter((_, i) => i % 4 === 0);
}

async function write(weights: readonly number[]): Promise<void> {
  let source = await readFile(EVIDENCE, 'utf8');
  KINDS.forEach((kind, i) => {
    const to = weights[i]!.toFixed(1);
    source = source
      .replace(new RegExp(`(\\n  ${kind}: \\{\\n    weight: )-?[\\d.]+`), `$1${to}`)
      .replace(new RegExp(`(\\n  ${kind}: )-?[\\d.]+,`), `$1${to},`);
  });
  source = source.replace(/(const START = )-?[\d.]+/, `$1${weights.at(-1)!.toFixed(1)}`);
  await writeFile(EVIDENCE, source);
}
