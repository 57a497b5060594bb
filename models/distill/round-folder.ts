/**
 * A round's folder: its plan, and what each step leaves there, so that a killed round goes on from the last whole step. It
 * knows no step.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import type { Registry, StudentEntry } from '../student/registry.ts';

/** What a resumed run needs to be the same run. */
export interface Plan {
  round: number;
  id: string;
  from: 'scratch' | 'current';
  parent: string | null;
  tiny: boolean;
  minutes: number;
  /** Instead of the minutes: the same inputs then give the same weights. */
  steps?: number;
  seed: number;
  shape: Shape;
  /** SHA-256 of each sheet as it was when the round began: what the weights know, whatever is written meanwhile. */
  sheetHashes: Record<string, string>;
  createdAt: string;
}

export interface Shape {
  hiddenSize: number;
  layers: number;
  vocabSize: number;
  batch: number;
  sequence: number;
  /** Multiple-choice questions on taught facts at the evaluation; the other parts take a share of it. */
  questions: number;
  learningRate: number;
}

/** The student that the round trains from; undefined where it began from nothing, or that one is gone. */
export async function parentOf({ parent }: Plan, registry: Registry): Promise<StudentEntry | undefined> {
  return (await registry.list()).find(({ id }) => id === parent);
}

/** The last round that was begun and not ended; undefined when there is none. */
export async function unfinishedRound(rounds: string): Promise<{ plan: Plan; folder: string } | undefined> {
  for (const name of (await roundNames(rounds)).reverse()) {
    const folder = join(rounds, name);
    const plan = await load<Plan>(folder, 'plan.json');
    if (plan && !(await load(folder, 'result.json')) && !(await load(folder, 'given-up.json'))) return { plan, folder };
  }
  return undefined;
}

/** A new folder with `plan.json`; `numbered` is given a number above all that are there and above `after`. */
export async function beginRound(
  rounds: string,
  after: number,
  planned: (round: number) => Plan,
): Promise<{ plan: Plan; folder: string }> {
  await mkdir(rounds, { recursive: true });
  const round = Math.max(Number((await roundNames(rounds)).at(-1) ?? 0), after) + 1;
  const folder = join(rounds, String(round).padStart(3, '0'));
  const plan = planned(round);
  await mkdir(folder, { recursive: true });
  await save(folder, 'plan.json', plan);
  return { plan, folder };
}

/** Written beside, then renamed: a killed round leaves a whole file or none. */
export async function save(folder: string, name: string, value: unknown): Promise<void> {
  const file = join(folder, name);
  await writeFile(`${file}.part`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.part`, file);
}

export async function load<T>(folder: string, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8')) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new BadInput(`${join(folder, name)} is damaged: delete the folder to give the round up`, { cause });
  }
}

/** The step's file, made once: a resumed round reads what it made before. */
export async function once<T>(folder: string, name: string, make: () => Promise<T> | T): Promise<T> {
  const known = await load<T>(folder, name);
  if (known !== undefined) return known;
  const made = await make();
  await save(folder, name, made);
  return made;
}

async function roundNames(rounds: string): Promise<string[]> {
  const names = await readdir(rounds).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new BadInput(`${rounds} cannot be read (${cause.code}): mend its rights`, { cause });
  });
  return names.filter((name) => /^\d{3,}$/.test(name)).sort();
}
