/** How the measuring programs beside the command line run: settings from .env, one line for what is wrong, exit 2 for bad use. */
import { existsSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { RoundsError } from '../../models/errors.ts';

/** Parses the command line and runs the program's action. Sets the exit code: 0, 2 for bad use or input, else 1. */
export async function runProgram(program: Command): Promise<void> {
  const name = program.name();
  program
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${name}: ${oneLine(text.replace(/^error: /, ''))}`) });
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    await program.parseAsync();
  } catch (error) {
    process.exitCode = failed(name, error);
  }
}

function failed(name: string, error: unknown): number {
  // Commander has said its line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`${name}: ${oneLine(error instanceof Error ? error.message : String(error))}`);
  if (error instanceof RoundsError) return 2;
  if (process.env.DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  return 1;
}

function oneLine(text: string): string {
  return `${text.trim().replace(/\s*\n\s*/g, '; ')}\n`;
}
