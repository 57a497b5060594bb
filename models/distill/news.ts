/**
 * What is new to a student: the facts of the sheets as they are, that are not, or not so, in the sheets it was taught. It
 * trains and judges nothing.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { factsOf } from '../knowledge/facts.ts';
import { mergeSheets } from '../knowledge/knowledge.ts';
import { examineFile } from '../knowledge/read.ts';
import type { Fact, Sheet } from '../knowledge/types.ts';
import type { StudentCard } from '../student/types.ts';

/** Facts to be learned: changed or added since `known`. A cell without a reason is told by its row. */
export function newsOf(sheets: readonly Sheet[], known: readonly Sheet[]): Fact[] {
  const before = new Map(known.flatMap(factsOf).map(({ id, text }) => [id, text]));
  return sheets
    .flatMap(factsOf)
    .filter((fact) => before.get(fact.id) !== fact.text && !(fact.kind === 'why' && /; \.$/.test(fact.text)));
}

/**
 * The sheets that a student was taught: kept in the folder of the round that made it, else those files at hand that its
 * card names by their hash. Empty for a student from elsewhere: then everything is new.
 * @param hashes SHA-256 by path of the sheet files at hand
 */
export async function taughtTo(
  card: Pick<StudentCard, 'id' | 'sheets'>,
  rounds: string,
  hashes: Readonly<Record<string, string>>,
): Promise<Sheet[]> {
  for (const name of (await readdir(rounds).catch(() => [])).sort()) {
    const plan = await readJson<{ id: string }>(join(rounds, name, 'plan.json'));
    if (plan?.id !== card.id) continue;
    const sheets = await readJson<Sheet[]>(join(rounds, name, 'sheets.json'));
    if (sheets) return sheets;
  }
  const sheets = new Map<string, Sheet>();
  for (const [file, hash] of Object.entries(hashes)) {
    if (card.sheets[basename(file)] !== hash) continue;
    for (const sheet of (await examineFile(file)).sheets) {
      const former = sheets.get(sheet.asset);
      sheets.set(sheet.asset, former ? mergeSheets(former, sheet) : sheet);
    }
  }
  return [...sheets.values()];
}

async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
