/**
 * `npm run worth`: is the student worth asking? Its answers in other forms, under correction, on a machine it was never
 * taught, what its confidence promises, its size, and the shared sample. docs/worth.md says how to read the figures.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { bar, progressLine, wholeNumber, writeLines } from '../../bot/cli/output.ts';
import { type Config, loadConfig } from '../../bot/config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../../bot/main.ts';
import { BadInput } from '../../models/errors.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { GRADES, SPECIAL_TOKENS } from '../../models/student/prompt.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { openStudent } from '../../models/student/runtime.ts';
import { readTokenizer } from '../../models/student/student.ts';
import type { Student } from '../../models/student/types.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { runProgram } from './program.ts';
import type { Measured, Part, Table } from './worth-bench.ts';
import { measureConfidence } from './worth-confidence.ts';
import { measureCorrections } from './worth-corrections.ts';
import { measureForms } from './worth-forms.ts';
import { measureSample, missingSample } from './worth-sample.ts';
import { measureSize } from './worth-size.ts';
import { measureUnseen } from './worth-unseen.ts';

const PARTS: Record<string, Part> = {
  forms: measureForms,
  corrections: measureCorrections,
  unseen: measureUnseen,
  confidence: measureConfidence,
  size: measureSize,
  sample: measureSample,
};

interface Options {
  part?: string[];
  count: number;
  student?: string;
  out?: string;
}

async function worth(options: Options): Promise<void> {
  const config = loadConfig();
  const parts = options.part ?? Object.keys(PARTS);
  if (options.part?.includes('sample') && missingSample().length)
    throw new BadInput(`--part sample: ${missingSample().join(', ')} is not there`);
  const out = resolve(options.out ?? join(config.dataDir, 'worth'));
  await mkdir(out, { recursive: true }).catch((cause) => {
    throw new BadInput(`--out ${out} cannot be made (${cause.code}): name another folder`, { cause });
  });
  const folder = resolve(options.student ?? (await servingFolder(config)));
  await refuseEarlierForm(folder);
  const knowledge = await openKnowledge(config);
  const matcher = makeMatcher(knowledge);
  const student = await openStudent(folder);
  try {
    const bench = { student, folder, knowledge, matcher, teacher: knowledgeTeacher(knowledge, matcher) };
    const measured: Record<string, Measured> = {};
    for (const name of parts) {
      const shown = progressLine();
      const progress = (done: number, total: number) => shown.show(`${name} ${bar(done / total)} ${done}/${total}`);
      const failures: string[] = [];
      const found = await PARTS[name]!({ ...bench, count: options.count, failures, progress });
      const failed = failures.length ? [`The student could not think ${failures.length} times: ${failures[0]}`] : [];
      measured[name] = { ...found, notes: [...found.notes, ...failed] };
      shown.end();
      process.stdout.write(lines(measured[name]).join('\n'));
      // After each part, so that a run that is broken off leaves what it has measured.
      await write(join(out, options.part ? `worth-${parts.join('-')}` : 'worth'), measured, {
        student,
        options,
        folder,
      });
    }
  } finally {
    await student.close();
  }
}

async function servingFolder({ dataDir }: Config): Promise<string> {
  const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
  const { entry } = await registry.current().finally(() => registry.close());
  return entry.folder;
}

/** Said before minutes go by. A folder that is none is `openStudent`'s to name. */
async function refuseEarlierForm(folder: string): Promise<void> {
  if (!existsSync(join(folder, 'tokenizer.json'))) return;
  const { tokenizer } = await readTokenizer(folder);
  const missing = [...SPECIAL_TOKENS, ...GRADES].filter((token) => tokenizer.encode(token).length !== 1);
  if (missing.length)
    throw new BadInput(
      `${folder}: this student has no ${JSON.stringify(missing[0])}, it is of an earlier form: distil one`,
    );
}

// ------------------------------------------------------------------------------------------------ what is written

type About = { student: Student; folder: string; options: Options };

async function write(path: string, measured: Record<string, Measured>, about: About): Promise<void> {
  const { id, parameters, round, createdAt, dataHash, calibration } = about.student.card;
  const student = { id, parameters, round, createdAt, dataHash, threshold: calibration.threshold };
  const head = { student, folder: about.folder, count: about.options.count, measuredAt: new Date().toISOString() };
  const parts = Object.fromEntries(
    Object.entries(measured).map(([name, { figures, notes }]) => [name, { figures, notes }]),
  );
  await writeFile(`${path}.json`, `${JSON.stringify({ ...head, parts }, null, 2)}\n`);
  const title = `# Is the student worth asking?\n\nStudent ${id}, round ${round}, ${parameters} parameters; measured ${head.measuredAt}, ${head.count} questions a set (\`npm run worth\`, see docs/worth.md).\n`;
  await writeFile(`${path}.md`, [title, ...Object.values(measured).flatMap(markdown)].join('\n'));
  await writeLines(
    `${path}-answers.jsonl`,
    Object.values(measured).flatMap(({ answers }) => answers.map((answer) => JSON.stringify(answer))),
  );
}

function markdown({ tables, notes }: Measured): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    ...tables.map(({ title, columns, rows }) =>
      [`## ${title}`, '', row(columns), row(columns.map(() => '---')), ...rows.map(row), ''].join('\n'),
    ),
    ...notes.map((note) => `${note}\n`),
  ];
}

function lines({ tables, notes }: Measured): string[] {
  return [...tables.flatMap((table) => [table.title, ...aligned(table), '']), ...notes, '', ''];
}

function aligned({ columns, rows }: Table): string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
}

// ------------------------------------------------------------------------------------------------ the command line

const program = new Command('worth')
  .description('Is the student worth asking? Prints tables, writes worth.json, worth.md and worth-answers.jsonl.')
  .option('--part <name>', `one of ${Object.keys(PARTS).join(', ')}; may be given again; default all`, oneMore)
  .option('--count <n>', 'questions a set; parts take a share of it', wholeNumber('--count'), 400)
  .option('--student <dir>', "a student's folder; default the one that serves")
  .option('--out <dir>', 'where to write; default DATA_DIR/worth')
  .action(worth);

function oneMore(name: string, before: string[] = []): string[] {
  if (!Object.hasOwn(PARTS, name))
    throw new BadInput(`--part is "${name}": give one of ${Object.keys(PARTS).join(', ')}`);
  return before.includes(name) ? before : [...before, name];
}

await runProgram(program);
