/** Makes sure that the data folder is there and can be written, or says in one line why not. */
import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BadInput, RoundsError } from '../../models/errors.ts';

/** Creates the folder if need be and makes sure it can be written. */
export async function useFolder(dataDir: string): Promise<void> {
  try {
    await makeFolder(resolve(dataDir));
    if (!(await stat(dataDir)).isDirectory()) {
      throw new BadInput(`DATA_DIR ${dataDir} is not a folder: name a folder`);
    }
    await access(dataDir, constants.W_OK | constants.X_OK | constants.R_OK);
    await readdir(dataDir);
  } catch (error) {
    if (error instanceof RoundsError) throw error;
    const code = errorCode(error);
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new BadInput(`DATA_DIR ${dataDir} is not a folder: move that file away or name a folder`, { cause: error });
    }
    throw new BadInput(
      `DATA_DIR ${dataDir} cannot be written (${code}): give this user the right to, or name another folder`,
      { cause: error },
    );
  }
}

/** As `mkdir -p`. Node's own recursive mkdir never ends where the parent is there but takes no folders (/proc). */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder || existsSync(parent)) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

/** The code of a system's or driver's error, or its message where it has none. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code !== '' ? code : String((error as Error)?.message ?? error);
}
