/** Takes a plant's own sheet into its data folder, whole or not at all, and back out again. */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RoundsError } from '../errors.ts';
import { writeAtomically } from '../files.ts';
import { type Problem, throwFirst } from './problem.ts';
import { examineFile } from './read.ts';

export interface Added {
  /** Classes that the file speaks of. */
  assets: string[];
  /** Where the sheet now lies. */
  file: string;
  /** The version it replaced, kept for undo. */
  previous: string | null;
  warnings: Problem[];
}

/**
 * Checks a sheet, then puts it into `dataDir/knowledge/`. A bad sheet changes nothing; a crash leaves the old or the new
 * version, never a part.
 * @throws BadInput for a bad sheet; RoundsError `unwritable` when the folder cannot be written
 */
export async function addKnowledge(file: string, dataDir: string): Promise<Added> {
  const { sheets, problems } = await examineFile(file);
  throwFirst(problems);
  const bytes = await readFile(file);
  const target = join(knowledgeDir(dataDir), basename(file));
  return writing(target, async () => {
    await mkdir(dirname(target), { recursive: true });
    const former = await readIfThere(target);
    const previous = former ? `${target}.previous` : null;
    if (former && previous) await writeAtomically(previous, former);
    await writeAtomically(target, bytes);
    return { assets: sheets.map((sheet) => sheet.asset), file: target, previous, warnings: problems };
  });
}

/**
 * Takes back the last `addKnowledge` of a file name: the version before returns, or the sheet goes.
 * @returns false when no sheet of that name was added
 */
export async function undoKnowledge(name: string, dataDir: string): Promise<boolean> {
  const target = join(knowledgeDir(dataDir), basename(name));
  return writing(target, async () => {
    if (!(await readIfThere(target))) return false;
    if (await readIfThere(`${target}.previous`)) await rename(`${target}.previous`, target);
    else await rm(target);
    return true;
  });
}

/** Where a plant's own sheets lie. */
export function knowledgeDir(dataDir: string): string {
  return join(dataDir, 'knowledge');
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

async function writing<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new RoundsError('unwritable', `${target}: cannot be written (${code}): check DATA_DIR and its permissions`, {
      cause,
    });
  }
}
