/**
 * `npm run chat`: how well are operators' messages understood, and would an engineer accept the answers? Messages with what
 * is acceptable stand in chat/*.yaml; each goes through the whole chain. Of the held set only the score is told, so that
 * nobody mends for its sentences. docs/chat.md tells the form and what the figures mean.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod/v4';
import { loadConfig } from '../../bot/config.ts';
import { quiet } from '../../bot/logger.ts';
import { openPlant, type Plant } from '../../bot/main.ts';
import { recall } from '../../chains/recall.ts';
import type { Answer, Question } from '../../chains/types.ts';
import { understanding } from '../../chains/understand.ts';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { listsOf, nameFirst } from './chat-read.ts';

const SETS = ['dev', 'held'] as const;
const LISTS = ['causes', 'effects', 'checks', 'actions', 'components'] as const;

const many = z.preprocess(
  (given) => (given === undefined || Array.isArray(given) ? given : [given]),
  z.string().array(),
);

const MESSAGE = z.strictObject({
  q: z.string(),
  /** Messages of the thread before it. */
  thread: z.string().array().default([]),
  /** Class of machine; `none` where it cannot be told. */
  asset: many.optional(),
  /** What may be taken to be asked; absent: anything that leads to an acceptable answer. */
  asks: many.optional(),
  /** The first fault that an acceptable answer names is one of these. */
  faults: many.optional(),
  /** Or it gives one of these things of one of those faults. */
  gives: z.enum(LISTS).array().optional(),
  /** Or the first parameter that it names is one of these. */
  parameters: many.optional(),
  /** Or it holds this (regular expression, lower case). */
  says: z.string().optional(),
  refused: z.boolean().default(false),
  /** Nothing is known of it, and the bot must say so. */
  unknown: z.boolean().default(false),
});
export type Expected = z.infer<typeof MESSAGE>;

interface Read {
  expected: Expected;
  understood: boolean;
  /** What is shown to the operator. */
  shown: boolean;
  /** The fault that retrieval puts first is acceptable; undefined where no diagnosis is wanted. */
  ranked: boolean | undefined;
  /** What the student alone says, sure or not. */
  alone: boolean;
  answer: Answer;
  told: string;
}

async function chat(options: { set?: string; out?: string; show?: boolean }): Promise<void> {
  const sets = options.set ? [options.set] : [...SETS];
  const config = loadConfig();
  const plant = await openPlant(config, quiet, { follow: false });
  try {
    const out = resolve(options.out ?? join(config.dataDir, 'chat'));
    await mkdir(out, { recursive: true });
    const rows: string[] = [];
    for (const set of sets) {
      const messages = await messagesOf(set);
      const read: Read[] = [];
      const startedAt = performance.now();
      for (const expected of messages) read.push(await readOne(expected, plant));
      const seconds = (performance.now() - startedAt) / 1000;
      rows.push(row(set, read, seconds));
      if (set === 'held' && !options.show) continue;
      await writeFile(join(out, `${set}.md`), read.map(markdown).join('\n'));
    }
    const table = [HEAD, HEAD.replace(/[^|]+/g, ' --- '), ...rows].join('\n');
    await writeFile(join(out, 'chat-scores.md'), `${table}\n`);
    process.stdout.write(`${table}\n`);
  } finally {
    await plant.close();
  }
}

const HEAD =
  '| set | messages | understood | ranked first | shown answer acceptable | student alone acceptable | seconds each |';

function row(set: string, read: readonly Read[], seconds: number): string {
  const share = (test: (one: Read) => boolean): string => {
    const n = read.filter(test).length;
    return `${n} (${Math.round((100 * n) / read.length)} %)`;
  };
  const diagnoses = read.filter((one) => one.ranked !== undefined);
  const ranked = `${diagnoses.filter((one) => one.ranked).length} of ${diagnoses.length}`;
  return `| ${set} | ${read.length} | ${share((one) => one.understood)} | ${ranked} | ${share((one) => one.shown)} | ${share((one) => one.alone)} | ${(seconds / read.length).toFixed(2)} |`;
}

function markdown({ expected, understood, ranked, shown, alone, answer, told }: Read): string {
  const mark = (good: boolean): string => (good ? 'yes' : 'NO');
  return [
    `**${[...expected.thread, expected.q].join(' / ')}**`,
    `understood ${mark(understood)} (${told}), ranked ${ranked === undefined ? '-' : mark(ranked)}, shown ${mark(shown)}, alone ${mark(alone)}; ${answer.outcome} by ${answer.answeredBy}, ${answer.confidence.toFixed(2)}`,
    `> ${answer.answer || `(${answer.reason})`}`,
    `> alone: ${answer.attempt?.answer ?? '(the same)'}`,
    '',
  ].join('\n');
}

async function messagesOf(set: string): Promise<Expected[]> {
  const file = fileURLToPath(new URL(`./chat/${set}.yaml`, import.meta.url));
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BadInput(`--set is "${set}": give one of ${SETS.join(', ')}`, { cause });
  });
  return MESSAGE.array().parse(parse(text));
}

// ------------------------------------------------------------------------------------------------ one message

async function readOne(expected: Expected, plant: Plant): Promise<Read> {
  const answerer = plant.answerer(async () => []);
  const turns: { question: string; answer: string }[] = [];
  let topic: Question['topic'];
  for (const text of expected.thread) {
    const before = await answerer.answer({ text, turns, ...(topic ? { topic } : {}) }, {});
    turns.push({ question: text, answer: before.answer });
    topic = before.topic;
  }
  const question: Question = { text: expected.q, turns, ...(topic ? { topic } : {}) };
  const answer = await answerer.answer(question, {});
  const understood = understanding(plant.knowledge, plant.matcher)(question);
  const { asset = 'none', faults } = understood.topic;
  const subject = !expected.faults || !expected.gives || faults.length === 0 || expected.faults.includes(faults[0]!);
  const told = [asset, understood.asked ?? 'other', ...faults, ...understood.topic.parameters].join(', ');
  const alone = answer.attempt?.answer ?? (answer.outcome === 'escalated' ? '' : answer.answer);
  const silent = expected.refused || expected.unknown;
  const { candidates } = await recall({ corrections: null, knowledge: plant.knowledge }).invoke({
    understood: understanding(plant.knowledge, plant.matcher)(question),
    student: null,
  });
  return {
    expected,
    understood:
      silent ||
      ((!expected.asset || expected.asset.includes(asset)) &&
        (!expected.asks || expected.asks.includes(understood.asked ?? 'other')) &&
        subject),
    shown: isAcceptable(expected, answer, answer.answer || answer.reason, plant),
    ranked: expected.faults && !expected.gives ? expected.faults.includes(candidates[0]?.name ?? '') : undefined,
    alone: isAcceptable(expected, answer, alone, plant),
    answer,
    told,
  };
}

function isAcceptable(expected: Expected, answer: Answer, said: string, { knowledge }: Plant): boolean {
  if (expected.refused) return answer.outcome === 'refused';
  const text = said.toLowerCase();
  if (
    expected.unknown &&
    (answer.answer === '' || said === '' || text.startsWith('not known') || answer.outcome === 'refused')
  )
    return true;
  if (expected.says && new RegExp(expected.says, 's').test(text)) return true;
  const sheets = (expected.asset ?? []).flatMap((asset) => knowledge.sheet(asset) ?? []);
  return sheets.some((sheet) => {
    if (expected.faults?.includes(nameFirst(text, sheet.faults) ?? '')) return true;
    const rest = sheet.faults.reduce((left, { name }) => left.replaceAll(name, ''), text);
    if (expected.parameters?.includes(nameFirst(rest, sheet.parameters) ?? '')) return true;
    return listsOf(sheet, expected.faults ?? [], expected.gives ?? []).some((item) => text.includes(item));
  });
}

// ------------------------------------------------------------------------------------------------ the command line

const program = new Command('chat')
  .description("How well are operators' messages understood and answered? Prints the scores, writes the dev answers.")
  .option('--set <name>', 'dev or held; default both')
  .option('--out <dir>', 'where to write; default DATA_DIR/chat')
  .option('--show', 'write the held answers too: only when mending is over')
  .exitOverride()
  .action(chat);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`chat: ${(error as Error).message}\n`);
  const bad = error instanceof BadInput || error instanceof RoundsError || error instanceof CommanderError;
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : bad ? 2 : 1;
}
