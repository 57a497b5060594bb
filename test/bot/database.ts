/**
 * The database of a test: the embedded one of its folder, or with TEST_STORE=postgres a schema of TEST_DATABASE_URL for
 * each folder, so that the same tests show that both do the same.
 */
import { openDatabase as open } from '../../bot/store/database.ts';
import { temporarySchema } from './services.ts';

const schemas = new Map<string, string>();

export async function openDatabase({ dataDir }: { dataDir: string }): ReturnType<typeof open> {
  if (process.env.TEST_STORE !== 'postgres') return open({ dataDir });
  const databaseUrl = schemas.get(dataDir) ?? (await temporarySchema());
  schemas.set(dataDir, databaseUrl);
  return open({ dataDir, databaseUrl });
}
