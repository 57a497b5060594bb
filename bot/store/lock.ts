/**
 * One `rounds serve` per data folder. The lock is the operating system's, held through an open write transaction on an
 * empty database, so it ends with its process however that dies, needs no judging of stale files, and cannot be taken by
 * two at once. `serve.pid` beside it only names the holder for the message.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { useFolder } from './folder.ts';

export interface Lock {
  release(): Promise<void>;
}

/** Rejects with BadInput naming the process that holds the folder. */
export async function lockDataDir(dataDir: string): Promise<Lock> {
  await useFolder(dataDir);
  const pidFile = join(dataDir, 'serve.pid');
  const client = createClient({ url: pathToFileURL(join(resolve(dataDir), 'serve.lock')).href, timeout: 0 });
  const held = await client.transaction('write').catch(async (error: Error & { code?: string }) => {
    client.close();
    if (!error.code?.startsWith('SQLITE_BUSY')) {
      throw new RoundsError('lock', `${join(dataDir, 'serve.lock')} cannot be locked: ${error.message}; remove it`, {
        cause: error,
      });
    }
    const pid = await readFile(pidFile, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
    const holder = /^\d+$/.test(pid) ? `process ${pid}` : 'another process';
    throw new BadInput(`DATA_DIR ${dataDir} is in use by ${holder}: stop it or set DATA_DIR`);
  });
  const own = `${pidFile}.${process.pid}`;
  await writeFile(own, `${process.pid}\n`);
  await rename(own, pidFile);
  return {
    async release() {
      await rm(pidFile, { force: true });
      held.close();
      client.close();
    },
  };
}
