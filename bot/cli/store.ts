/** `rounds store copy --to URL`: the plant's memory from the embedded store to PostgreSQL. */
import { BadInput } from '../../models/errors.ts';
import { loadConfig } from '../config.ts';
import { copyStore } from '../store/copy.ts';
import { openLibsql } from '../store/libsql.ts';
import { lockDataDir } from '../store/lock.ts';
import { openPostgres } from '../store/postgres.ts';
import { bar, type Output, print, progressLine } from './output.ts';

export async function copy({ to, ...output }: Output & { to: string }): Promise<void> {
  if (!URL.canParse(to) || !/^postgres(ql)?:$/.test(new URL(to).protocol)) {
    throw new BadInput('--to: give a URL such as postgres://user@host/database');
  }
  const { dataDir } = loadConfig();
  // Nobody writes to the source meanwhile.
  const lock = await lockDataDir(dataDir);
  try {
    const source = await openLibsql({ dataDir });
    try {
      const target = await openPostgres({ url: to });
      const shown = progressLine();
      try {
        const tables = await copyStore({
          source,
          target,
          onProgress: ({ step, table, done, total }) =>
            shown.show(
              `${step === 'copy' ? 'copying' : 'checking'} ${bar(done / Math.max(1, total))} ${done}/${total} rows, ${table}`,
            ),
        });
        shown.end();
        const rows = tables.reduce((sum, table) => sum + table.rows, 0);
        print(output, { to: target.name, rows, tables }, [
          ...tables.map(
            ({ table, rows: count, checksum }) =>
              `${table.padEnd(20)} ${String(count).padStart(9)} rows  ${checksum.slice(0, 16)}`,
          ),
          `${rows} rows copied and checked on both sides. Set DATABASE_URL to ${target.name} and start the processes; DATA_DIR still holds sheets, students and rounds.`,
        ]);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  } finally {
    await lock.release();
  }
}
