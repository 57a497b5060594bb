/**
 * The `rounds` command: what there is to call, and how it ends. Every command lies in a file of its own under cli/ and is
 * loaded when it is called, so that help is there at once. Exit 0: done; 2: bad use or bad input, with one line that says
 * the mend; 1: something unforeseen, or a check of `doctor` that failed.
 */
import { existsSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { BadInput, RoundsError } from '../models/errors.ts';
import { positive, upToHalf, wholeNumber } from './cli/output.ts';

/** Runs one command line and sets the exit code; rejects never. */
export async function rounds(args: readonly string[]): Promise<void> {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = failed(error);
  }
}

function program(): Command {
  const program = new Command('rounds')
    .description(
      "A chat bot for plant operations whose small model is distilled, round by round, on the plant's machine.",
    )
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .showHelpAfterError(false);
  const add = (parent: Command, usage: string, description: string): Command =>
    parent.command(usage).description(description).option('--json', 'one JSON object on stdout');

  program
    .command('serve')
    .description('the bot, on all configured channels')
    .option('--role <roles>', 'of several processes: bot, worker, web, with commas; all when not given')
    .action(async (options) => (await import('./cli/serve.ts')).serve(options));

  add(program, 'ask <question...>', 'one question through the whole chain')
    .option('--options <a|b|c>', 'options to choose from, separated by |')
    .option('--teacher <name>', 'ask this teacher alone: knowledge, a model, panel or person')
    .option('--wait <seconds>', 'how long a person may take; default 60', positive('--wait'))
    .action(async (words: string[], options) => (await import('./cli/ask.ts')).ask(words.join(' '), options));

  add(program, 'eval <file>', 'a question set through the student alone, or a teacher')
    .option('--no-retrieval', 'from the weights alone')
    .option('--teacher <name>', 'ask this teacher instead, such as knowledge')
    .option('--limit <n>', 'the first N questions only', wholeNumber('--limit'))
    .option('--predictions <file>', 'write each prediction as a line of JSON')
    .action(async (file: string, options) => (await import('./cli/eval.ts')).evalFile(file, options));

  add(program, 'distill', 'one round: train, evaluate and register a student')
    .option('--tiny', 'a toy student in under three minutes')
    .addOption(new Option('--from <start>', 'where to begin').choices(['scratch', 'current']))
    .option('--minutes <m>', 'training time', positive('--minutes'))
    .option('--steps <n>', 'training steps instead of minutes', wholeNumber('--steps'))
    .option('--questions <n>', 'size of the evaluation; default 300', wholeNumber('--questions'))
    .option('--prune <share>', 'share of the neurons to take out, 0 to 0.5', upToHalf('--prune'))
    .option('--resume', 'go on with the last unfinished round')
    .option('--seed <n>', 'seed of the draw', wholeNumber('--seed'))
    .option('--for <place>', "for the student of a place in the configuration's students")
    .option('--scheduled', 'at low priority, going on with an unfinished round: how the bot calls it')
    .action(async (options) => (await import('./cli/distill.ts')).runDistill(options));

  const student = program.command('student').description('the registry of students');
  const students = () => import('./cli/student.ts');
  const FOR = "of a place in the configuration's students";
  add(student, 'list', 'all students; * serves').action(async (options) => (await students()).list(options));
  add(student, 'use <id>', 'let this student serve')
    .option('--for <place>', FOR)
    .action(async (id: string, options) => (await students()).use(id, options));
  add(student, 'rollback', 'let the former student serve again')
    .option('--for <place>', FOR)
    .action(async (options) => (await students()).rollback(options));
  add(student, 'import <dir>', 'take in a student folder, or any Hugging Face decoder with its ONNX model')
    .option('--questions <n>', 'how many to judge and calibrate it by; default 60', wholeNumber('--questions'))
    .option('--no-judge', 'only a sanity prompt: then it answers nothing alone')
    .action(async (dir: string, options) => (await import('./cli/student-import.ts')).importDir(dir, options));
  add(student, 'export <dir>', 'copy a student to a new folder, or write it to a new file')
    .option('--id <id>', 'which one; the one that serves when not given')
    .addOption(
      new Option('--format <format>', 'the folder as it is, or one file for llama.cpp').choices(['folder', 'gguf']),
    )
    .addOption(new Option('--precision <precision>', 'of a gguf file; default q8_0').choices(['f16', 'q8_0']))
    .action(async (dir: string, options) => (await students()).exportDir(dir, options));

  const knowledge = program.command('knowledge').description('the sheets');
  add(knowledge, 'check [files...]', 'validate sheets; without files, all that serve').action(
    async (files: string[], options) => (await import('./cli/knowledge.ts')).check(files, options),
  );
  add(knowledge, 'add <file>', "take in a plant's own sheet").action(async (file: string, options) =>
    (await import('./cli/knowledge.ts')).add(file, options),
  );

  const review = program.command('review').description('what waits for an engineer before it may teach');
  const reviews = () => import('./cli/review.ts');
  add(review, 'list', 'what waits, oldest first')
    .addOption(new Option('--kind <kind>', 'only these').choices(['complaint', 'trace', 'correction', 'doubt']))
    .option('--all', 'what was decided too')
    .option('--limit <n>', 'at most so many; default 50', wholeNumber('--limit'))
    .action(async (options) => (await reviews()).list(options));
  add(review, 'accept <items...>', 'may be taught; of a complaint: the answer was wrong')
    .option('--answer <text>', 'the right answer, kept as your correction')
    .option('--because <text>', 'how you know')
    .action(async (items: string[], options) => (await reviews()).decide('accept', items, options));
  add(review, 'reject <items...>', 'may not be taught; of a complaint: the answer was right').action(
    async (items: string[], options) => (await reviews()).decide('reject', items, options),
  );
  add(review, 'undo <items...>', 'take a decision back').action(async (items: string[], options) =>
    (await reviews()).decide('undo', items, options),
  );

  const store = program.command('store').description('the memory of the plant');
  add(store, 'copy', 'from the embedded store in DATA_DIR to PostgreSQL; goes on where it was cut off')
    .requiredOption('--to <url>', 'an empty database: postgres://user@host/database')
    .action(async (options) => (await import('./cli/store.ts')).copy(options));

  for (const log of ['flags', 'traces', 'audit'] as const) {
    const command = add(
      program.command(log).description(log === 'audit' ? 'the audit log' : `the log of ${log}`),
      'export <file>',
      'as JSONL, oldest first; - for stdout',
    );
    if (log === 'traces') {
      command
        .option('--trl', "reviewed and validated traces in TRL's chat format, for fine-tuning a larger student")
        .option(
          '--with-sheets <n>',
          'with --trl: so many questions made from the sheets besides',
          wholeNumber('--with-sheets'),
        )
        .option('--for-teacher', "the plant's knowledge and validated traces as chats, for a large model")
        .addOption(new Option('--format <format>', 'as --trl').choices(['plain', 'trl']).hideHelp())
        .action(async (file: string, options) => (await import('./cli/export-traces.ts')).exportTraces(file, options));
      continue;
    }
    command.action(async (file: string, options) => (await import('./cli/export.ts')).exportLog(log, file, options));
  }

  add(program, 'handover', 'what the next shift must know: alerts, flags, what was learned, the alarm figures')
    .option('--hours <h>', 'how far back; by default since the shift began, or 8', positive('--hours'))
    .option('--svg <file>', 'write the plot of the alarm rate')
    .action(async (options) => (await import('./cli/handover.ts')).runHandover(options));

  add(program, 'bench', 'speed of what matters on this machine').action(async (options) =>
    (await import('./cli/bench.ts')).bench(options),
  );
  add(program, 'doctor', 'check configuration, store, queue, channels, student').action(async (options) =>
    (await import('./cli/doctor.ts')).doctor(options),
  );
  return program;
}

/** Says what went wrong in one line; gives the exit code. */
function failed(error: unknown): number {
  // Commander has said its line.
  if (error instanceof CommanderError) return error.exitCode === 0 || error.code === 'commander.help' ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`rounds: ${oneLine(message)}`);
  if (process.env.DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  if (error instanceof BadInput || error instanceof RoundsError) return 2;
  if (!process.env.DEBUG) process.stderr.write('rounds: this was not foreseen; DEBUG=1 shows where it happened\n');
  return 1;
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, '; ');
  return line.startsWith('error: ') ? `rounds: ${line.slice(7)}; see rounds --help\n` : `${line}\n`;
}
