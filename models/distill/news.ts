/**
 * What is new to a student: the facts of the sheets as they are, that are not, or not so, among those it was taught and
 * has learned. Each student carries that in its folder, a number a fact; the sheets themselves it does not. It trains and
 * judges nothing.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { factsOf } from '../knowledge/facts.ts';
import type { Fact, Sheet } from '../knowledge/types.ts';

/** In the student's folder: 32-bit numbers, little-endian, rising. */
export const TAUGHT = 'taught.bin';

/** Facts to be learned. A cell without a reason is told by its row. */
export function newsOf(sheets: readonly Sheet[], taught: ReadonlySet<number>): Fact[] {
  return sheets
    .flatMap(factsOf)
    .filter((fact) => !taught.has(numberOf(fact)) && !(fact.kind === 'why' && /; \.$/.test(fact.text)));
}

export function taughtBy(sheets: readonly Sheet[]): Set<number> {
  return new Set(sheets.flatMap(factsOf).map(numberOf));
}

/** What `TAUGHT` holds. `missed`: facts of the sheets that the student has not learned and that stay new to it. */
export function taughtBytes(sheets: readonly Sheet[], missed: readonly Fact[] = []): Uint8Array {
  const left = new Set(missed.map(numberOf));
  const numbers = [...taughtBy(sheets)].filter((number) => !left.has(number)).sort((a, b) => a - b);
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * i);
  return bytes;
}

/** Empty for a student from elsewhere: then everything is new. */
export async function readTaught(folder: string): Promise<Set<number>> {
  const bytes = await readFile(join(folder, TAUGHT)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  });
  return new Set(Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i)));
}

/** Of its words, which name machine and fault. Beside 12,000 facts a changed one is overlooked once in 350,000 times. */
function numberOf({ text }: Fact): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0);
}
