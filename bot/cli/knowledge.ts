/** `rounds knowledge check|add FILE`: validates sheets, and takes a plant's own ones in. */
import { stat } from 'node:fs/promises';
import { BadInput } from '../../models/errors.ts';
import { addKnowledge } from '../../models/knowledge/add.ts';
import { formatProblem, type Problem } from '../../models/knowledge/problem.ts';
import { examineFile } from '../../models/knowledge/read.ts';
import { loadConfig } from '../config.ts';
import { openKnowledge } from '../main.ts';
import { type Output, print } from './output.ts';

/** Files, or without any all that serves: the shipped sheets, the plant's own, the register. Exit 2 on an error. */
export async function check(files: readonly string[], output: Output): Promise<void> {
  if (files.length === 0) {
    const { sheets, register, problems } = await openKnowledge(loadConfig());
    const assets = sheets.map(({ asset }) => asset);
    return report(output, problems, { assets, tags: register.assets.length });
  }
  const problems: Problem[] = [];
  const assets: string[] = [];
  for (const file of files) {
    const examined = await examineFile(file);
    problems.push(...examined.problems);
    assets.push(...examined.sheets.map(({ asset }) => asset));
  }
  report(output, problems, { assets, files });
}

export async function add(file: string, output: Output): Promise<void> {
  const config = loadConfig();
  await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new BadInput(`${file} cannot be read (${cause.code}): name a sheet file`, { cause });
  });
  const added = await addKnowledge(file, config.dataDir);
  print(output, added, [
    ...added.warnings.map(formatProblem),
    `Took in ${added.assets.join(', ')} as ${added.file}${added.previous ? `; the former version is ${added.previous}` : ''}.`,
    'A running `rounds serve` reads it at its next start.',
  ]);
}

function report(
  output: Output,
  problems: readonly Problem[],
  about: { assets: string[]; tags?: number; files?: readonly string[] },
): void {
  const errors = problems.filter(({ level }) => level === 'error').length;
  const verdict = `${about.assets.length} sheets, ${errors} errors, ${problems.length - errors} warnings`;
  print(output, { ok: errors === 0, ...about, problems }, [...problems.map(formatProblem), verdict]);
  if (errors > 0) process.exitCode = 2;
}
