/** `rounds flags|audit export FILE`: logs as JSONL, oldest first. */
import { loadConfig } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { type Output, print, writeLines } from './output.ts';

export type Log = 'flags' | 'traces' | 'audit' | 'corrections' | 'exchanges';

export async function exportLog(log: Log, file: string, output: Output): Promise<void> {
  const store = sqlStore({ database: await openDatabase(loadConfig()) });
  try {
    const count = await writeLines(file, lines(store.export(log)));
    if (file !== '-') print(output, { log, file, count }, [`${count} ${log} written to ${file}`]);
  } finally {
    await store.close();
  }
}

async function* lines(items: AsyncIterable<object>): AsyncIterable<string> {
  for await (const one of items) yield JSON.stringify(one);
}
