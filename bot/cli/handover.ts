/** `rounds handover`: what the next shift must know, on demand; with the plot as an SVG file. */
import { writeFile } from 'node:fs/promises';
import { BadInput } from '../../models/errors.ts';
import { handover } from '../alerts/handover.ts';
import { loadConfig } from '../config.ts';
import { alertStore } from '../store/alerts.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { type Output, print } from './output.ts';

export async function runHandover(options: Output & { hours?: number; svg?: string }): Promise<void> {
  const config = loadConfig();
  const database = await openDatabase(config);
  const store = sqlStore({ database });
  try {
    const parts = { alerts: alertStore(database), store, rules: config.alerts };
    const { text, plot, ...facts } = await handover(parts, new Date(), options.hours);
    if (options.svg) {
      await writeFile(options.svg, plot).catch((cause: NodeJS.ErrnoException) => {
        throw new BadInput(`${options.svg} cannot be written (${cause.code}): name another file`, { cause });
      });
    }
    print(options, facts, [text, ...(options.svg ? [`Plot written to ${options.svg}`] : [])]);
  } finally {
    await store.close();
  }
}
