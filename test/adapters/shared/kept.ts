/** The JSON of cards that docs/ keeps: as the code makes it now, or, with UPDATE_CARDS=1, written anew. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

/** @param folder within docs/cards */
export function keptIn(folder: string): (name: string, value: object) => Promise<void> {
  const kept = join(import.meta.dirname, '../../../docs/cards', folder);
  return async (name, value) => {
    const file = join(kept, `${name.replaceAll(' ', '-')}.json`);
    const text = `${JSON.stringify(value, null, 2)}\n`;
    if (process.env.UPDATE_CARDS === '1') {
      await mkdir(kept, { recursive: true });
      await writeFile(file, text);
    }
    expect(await readFile(file, 'utf8')).toBe(text);
  };
}
