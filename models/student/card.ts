/**
 * The student's card and its word on every file beside it: reading, checking and writing `student.json`.
 * It knows no tensor; student.ts writes the folder's contents.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod/v4';
import { BadInput, RoundsError } from '../errors.ts';
import { sha256OfFile, writeAtomically } from '../files.ts';
import type { StudentCard } from './types.ts';

export const CARD = 'student.json';

const calibration = z.object({
  features: z.record(z.string(), z.object({ weight: z.number(), mean: z.number(), scale: z.number() })),
  bias: z.number(),
  threshold: z.number(),
  maxError: z.number(),
  fittedOn: z.number(),
  certifiedOn: z.number(),
});

const studentCard: z.ZodType<StudentCard> = z.looseObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i),
  name: z.string(),
  parent: z.string().nullable(),
  round: z.number(),
  createdAt: z.string(),
  parameters: z.number(),
  dataHash: z.string(),
  sheets: z.record(z.string(), z.string()),
  seed: z.number(),
  training: z.object({ steps: z.number(), tokens: z.number(), minutes: z.number(), code: z.string() }),
  metrics: z.record(z.string(), z.number()),
  calibration,
  lineage: z
    .object({ traces: z.array(z.string()), teachers: z.record(z.string(), z.number()), code: z.string() })
    .optional(),
  licences: z.record(z.string(), z.string()),
  checksums: z.record(z.string(), z.string()),
});

/** The card alone, without looking at the files it speaks of. Throws RoundsError `damaged_student`. */
export async function readCard(folder: string): Promise<StudentCard> {
  const path = join(folder, CARD);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw damaged(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'})`, cause);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw damaged(`${path} is not JSON`, cause);
  }
  const card = studentCard.safeParse(parsed);
  if (!card.success) {
    const [issue] = card.error.issues;
    throw damaged(`${path}: field ${issue?.path.join('.') || '(root)'}: ${issue?.message}`, card.error);
  }
  return card.data;
}

/** The card, once every file it lists has the checksum it lists. Throws `damaged_student` naming the first that has not. */
export async function verifyStudent(folder: string): Promise<StudentCard> {
  const card = await readCard(folder);
  if (Object.keys(card.checksums).length === 0) throw damaged(`${join(folder, CARD)} lists no file`);
  for (const [path, expected] of Object.entries(card.checksums)) {
    const file = join(folder, path);
    if (relative(folder, file).startsWith('..'))
      throw damaged(`${join(folder, CARD)} lists ${path}, outside the folder`);
    const actual = await sha256OfFile(file).catch((cause: NodeJS.ErrnoException) => {
      throw damaged(
        `${file} is ${cause.code === 'ENOENT' ? 'missing' : `unreadable (${cause.code})`}; expected sha256 ${expected}`,
        cause,
      );
    });
    if (actual !== expected) throw damaged(`${file}: expected sha256 ${expected}, found ${actual}`);
  }
  return card;
}

/** Writes `student.json` with the checksums of what lies in the folder now. Last, so that a half-written folder has no card. */
export async function sealFolder(folder: string, card: Omit<StudentCard, 'checksums'>): Promise<StudentCard> {
  const checksums: Record<string, string> = {};
  for (const path of await filesIn(folder)) checksums[path] = await sha256OfFile(join(folder, path));
  const { checksums: _, ...rest } = card as StudentCard;
  const complete = studentCard.safeParse({ ...rest, checksums });
  if (!complete.success) {
    const [issue] = complete.error.issues;
    throw new BadInput(`[student] card for ${folder}: field ${issue?.path.join('.')}: ${issue?.message}`);
  }
  await writeAtomically(join(folder, CARD), `${JSON.stringify(complete.data, null, 2)}\n`);
  return complete.data;
}

/** Changes the card after evaluation (metrics, calibration) and leaves every other file as it is. */
export async function writeCard(folder: string, change: (card: StudentCard) => StudentCard): Promise<StudentCard> {
  const card = change(await readCard(folder));
  await writeAtomically(join(folder, CARD), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/** Relative paths with forward slashes, sorted; the card itself and hidden files left out. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== CARD)
    .sort();
}

export function damaged(what: string, cause?: unknown): RoundsError {
  return new RoundsError(
    'damaged_student',
    `[student] ${what}: run \`rounds student rollback\`, or restore the folder from a copy`,
    cause === undefined ? undefined : { cause },
  );
}
