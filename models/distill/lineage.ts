/**
 * What made a student, so that somebody can look it up years later and make it again: which traces, whose, which code. The
 * sheets' hashes, the seed and the parent stand beside it on the card. It holds no text of a trace: what people wrote does
 * not travel with the weights.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../files.ts';
import type { Lineage } from '../student/types.ts';
import type { Trace } from './validate.ts';

export async function lineageOf(traces: readonly Trace[]): Promise<Lineage> {
  const teachers: Record<string, number> = {};
  for (const { teacher } of traces) teachers[teacher] = (teachers[teacher] ?? 0) + 1;
  return { traces: traces.map(traceHash).sort(), teachers, code: await codeHash() };
}

/** SHA-256 of what is taught of a trace, and who stands behind it. */
export function traceHash({ question, options, rationale, answer, teacher, reviewedBy }: Trace): string {
  return sha256(JSON.stringify([question, options ?? null, rationale, answer, teacher, reviewedBy ?? null]));
}

const MODELS = fileURLToPath(new URL('..', import.meta.url));
let hashed: Promise<string> | undefined;

/**
 * `models sha256:…` over every source file that training rests on, by name: the same in a checkout, in a package and in a
 * tree that nobody has committed.
 */
export function codeHash(): Promise<string> {
  hashed ??= (async () => {
    const files = (await readdir(MODELS, { recursive: true })).filter((name) => /\.m?[jt]s$/.test(name)).sort();
    const hashes = await Promise.all(
      files.map(async (name) => `${name} ${sha256(await readFile(join(MODELS, name)))}`),
    );
    return `models sha256:${sha256(hashes.join('\n'))}`;
  })();
  return hashed;
}
