/** `rounds flags|traces|audit export FILE`: logs as JSONL, oldest first; traces also in TRL's chat format. */
import { loadConfig } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import type { Trace } from '../types.ts';
import { type Output, print, writeLines } from './output.ts';

export type Log = 'flags' | 'traces' | 'audit' | 'corrections' | 'exchanges';

export async function exportLog(log: Log, file: string, output: Output & { format?: string }): Promise<void> {
  const store = sqlStore({ database: await openDatabase(loadConfig()) });
  try {
    const line =
      output.format === 'trl' ? (one: object) => chatLine(one as Trace) : (one: object) => JSON.stringify(one);
    const count = await writeLines(file, mapped(store.export(log), line));
    if (file !== '-') print(output, { log, file, count }, [`${count} ${log} written to ${file}`]);
  } finally {
    await store.close();
  }
}

/** One conversation, as TRL's SFTTrainer reads it. */
function chatLine({ question, options, rationale, answer }: Trace): string {
  const choices = options ? `\nOptions: ${options.map((option, i) => `${letter(i)}) ${option}`).join('; ')}` : '';
  return JSON.stringify({
    messages: [
      { role: 'user', content: `${question}${choices}` },
      { role: 'assistant', content: `${rationale}\nAnswer: ${answer}` },
    ],
  });
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

async function* mapped(items: AsyncIterable<object>, line: (one: object) => string): AsyncIterable<string> {
  for await (const one of items) yield line(one);
}
