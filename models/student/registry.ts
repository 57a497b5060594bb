/**
 * Which students there are, and which one answers: the shipped one, and those trained or imported under
 * `DATA_DIR/students`. The choice is one small file, replaced in one step, which other processes watch. It opens no model, except
 * to see whether one of another maker can be run.
 */
import { randomUUID } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod/v4';
import { BadInput, RoundsError } from '../errors.ts';
import { syncFolder, writeAtomically } from '../files.ts';
import { CARD, readCard, sealFolder, verifyStudent } from './card.ts';
import { parameterCount } from './config.ts';
import { checkFit, isOurs, readModel, readTokenizer, WEIGHTS } from './student.ts';
import type { StudentCard } from './types.ts';

export interface StudentEntry {
  id: string;
  name: string;
  folder: string;
  /** Came with Rounds; cannot be removed or replaced. */
  shipped: boolean;
  current: boolean;
  /** Null when the card cannot be read; then `damage` says why. */
  card: StudentCard | null;
  damage: string | null;
}

export interface Registry {
  /** Every student, the shipped first, then by creation. Cards are read, files are not hashed. */
  list(): Promise<StudentEntry[]>;
  /** The chosen student; the shipped one with a warning when the choice cannot be followed. */
  current(): Promise<{ entry: StudentEntry; warning: string | null }>;
  /** Checks every file, then chooses. Throws BadInput on an unknown id, `damaged_student` on a bad file. */
  use(id: string): Promise<StudentEntry>;
  /** Chooses what was chosen before. Throws BadInput when there is nothing before. */
  rollback(): Promise<StudentEntry>;
  /** Takes in a copy of a student folder that has a card; does not choose it. Throws BadInput when the id is taken. */
  add(folder: string): Promise<StudentEntry>;
  /**
   * `add`, and for a Hugging Face folder without a card one is written: nothing about it is certified. `trial` is given
   * the checked copy before it is taken in; what it throws keeps it out.
   */
  importDir(dir: string, trial?: (folder: string) => Promise<void>): Promise<StudentEntry>;
  /** Copies the student's folder to a new folder. Throws BadInput when `dir` exists and is not empty. */
  exportDir(id: string, dir: string): Promise<void>;
  /** Called when this or another process chose another student. Returns the way to stop. */
  onChange(listener: (entry: StudentEntry, warning: string | null) => void): () => void;
  close(): Promise<void>;
}

export interface RegistryOptions {
  dataDir: string;
  /** Holds the student that comes with Rounds; it may be missing in a checkout before the first training. */
  shippedDir: string;
  /** A choice of its own, for a plant area or some machines: of the same students, none until one is chosen. */
  place?: string;
}

export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { place } = options;
  const pointerName = place === undefined ? GENERAL : `current.${place}.json`;
  const home = resolve(options.dataDir, 'students');
  const shippedDir = resolve(options.shippedDir);
  await mkdir(home, { recursive: true }).catch((cause) => {
    throw new BadInput(`[registry] ${home} cannot be made (${cause.code}): make DATA_DIR writable`, { cause });
  });
  const pointerPath = join(home, pointerName);
  let writing: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = writing.then(work, work);
    writing = turn.catch(() => undefined);
    return turn;
  };

  const entries = async (): Promise<StudentEntry[]> => {
    const folders = (await readdir(home, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(home, entry.name));
    const own = await Promise.all(folders.map((folder) => describe(folder, false)));
    own.sort((a, b) => (a.card?.createdAt ?? '').localeCompare(b.card?.createdAt ?? '') || a.id.localeCompare(b.id));
    return (await exists(join(shippedDir, CARD))) ? [await describe(shippedDir, true), ...own] : own;
  };

  const choose = (all: StudentEntry[], pointer: Pointer | null, unreadable: string | null) => {
    const shipped = all.find((entry) => entry.shipped);
    const fallBack = (why: string | null) => {
      if (!shipped) {
        throw new RoundsError(
          'no_student',
          `[registry] ${why ?? 'no student chosen'} and ${shippedDir} holds none: run \`rounds distill --from scratch\` or \`rounds student import DIR\``,
        );
      }
      const warning = why && `${why}; the shipped student ${shipped.id} answers instead: run \`rounds student use ID\``;
      return { entry: { ...shipped, current: true }, warning };
    };
    if (unreadable) return fallBack(unreadable);
    if (!pointer && place !== undefined)
      throw new RoundsError(
        'no_student',
        `[registry] no student was chosen for ${place}: run \`rounds distill --for ${place}\` or \`rounds student use ID --for ${place}\``,
      );
    if (!pointer) return fallBack(null);
    const chosen = all.find((entry) => entry.id === pointer.current);
    if (!chosen) return fallBack(`${pointerPath} names student ${pointer.current}, which does not exist`);
    if (chosen.damage && !chosen.shipped) return fallBack(chosen.damage);
    return { entry: { ...chosen, current: true }, warning: null };
  };

  const current = async () => {
    const { pointer, problem } = await readPointer(pointerPath);
    return choose(await entries(), pointer, problem);
  };

  /** Who answers where nobody was chosen: the shipped one, or for a place whoever answers in general. */
  const general = async (): Promise<string | undefined> => {
    const chosen = place === undefined ? null : (await readPointer(join(home, GENERAL))).pointer;
    return chosen?.current ?? (await entries()).find((one) => one.shipped)?.id;
  };

  const find = async (id: string): Promise<StudentEntry> => {
    const all = await entries();
    const entry = all.find((one) => one.id === id);
    if (!entry)
      throw new BadInput(`[registry] no student ${id}: there are ${all.map((one) => one.id).join(', ') || 'none'}`);
    return entry;
  };

  const point = async (entry: StudentEntry, history: string[]) => {
    await verifyStudent(entry.folder);
    const pointer: Pointer = {
      current: entry.id,
      history: history.slice(-MOST_HISTORY),
      changedAt: new Date().toISOString(),
    };
    await writeAtomically(pointerPath, `${JSON.stringify(pointer, null, 2)}\n`);
    return { ...entry, current: true };
  };

  const use = (id: string) =>
    inTurn(async () => {
      const entry = await find(id);
      const { pointer } = await readPointer(pointerPath);
      const before = pointer?.current ?? (await general());
      if (before === id && pointer) return point(entry, pointer.history);
      return point(entry, [...(pointer?.history ?? []), ...(before && before !== id ? [before] : [])]);
    });

  const rollback = () =>
    inTurn(async () => {
      const { pointer } = await readPointer(pointerPath);
      const shipped = await general();
      const history = [...(pointer?.history ?? [])];
      const before = history.pop() ?? (shipped && pointer && pointer.current !== shipped ? shipped : undefined);
      if (!before) throw new BadInput('[registry] nothing to roll back to: no student was chosen before this one');
      return point(await find(before), history);
    });

  /** Copied under a hidden name and checked there, so that a crash leaves no half student in the list. */
  const takeIn = (source: string, id: string, prepare: (copy: string) => Promise<StudentCard>) =>
    inTurn(async () => {
      const target = join(home, id);
      if ((await entries()).some((one) => one.id === id))
        throw new BadInput(`[registry] student ${id} is there already: choose it with \`rounds student use ${id}\``);
      const copy = join(home, `.incoming-${randomUUID()}`);
      try {
        await cp(source, copy, { recursive: true });
        await prepare(copy);
        await rename(copy, target);
      } catch (error) {
        await rm(copy, { recursive: true, force: true });
        throw error;
      }
      await syncFolder(home);
      return describe(target, false);
    });

  const add = async (folder: string) => {
    const card = await verifyStudent(folder);
    return takeIn(folder, card.id, verifyStudent);
  };

  const importDir: Registry['importDir'] = async (dir, trial = async () => {}) => {
    const folder = resolve(dir);
    if (!(await exists(folder))) throw new BadInput(`[registry] ${folder} does not exist`);
    if (await exists(join(folder, CARD))) return add(folder);
    const card = await foreignCard(folder);
    return takeIn(folder, card.id, async (copy) => {
      const sealed = await sealFolder(copy, card);
      await trial(copy);
      return sealed;
    });
  };

  const exportDir = async (id: string, dir: string) => {
    const entry = await find(id);
    await verifyStudent(entry.folder);
    const target = resolve(dir);
    if ((await readdir(target).catch(() => [])).length > 0)
      throw new BadInput(`[registry] ${target} is not empty: name a new folder`);
    await cp(entry.folder, target, { recursive: true });
    await verifyStudent(target);
  };

  const listeners = new Set<(entry: StudentEntry, warning: string | null) => void>();
  let watcher: FSWatcher | undefined;
  let last = '';
  const look = async () => {
    const now = await current().catch(() => null);
    const key = now ? `${now.entry.folder} ${now.warning ?? ''}` : '';
    if (!now || key === last) return;
    last = key;
    for (const listener of listeners) listener(now.entry, now.warning);
  };
  const onChange: Registry['onChange'] = (listener) => {
    listeners.add(listener);
    if (!watcher) {
      void current().then(
        (now) => {
          last ||= `${now.entry.folder} ${now.warning ?? ''}`;
        },
        () => undefined,
      );
      watcher = watch(home, { persistent: false }, (_, name) => {
        if (name === null || name === pointerName) void look();
      });
      watcher.on('error', () => watcher?.close());
    }
    return () => listeners.delete(listener);
  };

  return {
    list: async () => {
      const all = await entries();
      const chosen = await current().catch(() => null);
      return all.map((entry) => ({ ...entry, current: entry.folder === chosen?.entry.folder }));
    },
    current,
    use,
    rollback,
    add,
    importDir,
    exportDir,
    onChange,
    close: async () => {
      watcher?.close();
      listeners.clear();
      await writing;
    },
  };
}

const GENERAL = 'current.json';
const MOST_HISTORY = 50;

const pointerShape = z.object({ current: z.string(), history: z.array(z.string()), changedAt: z.string() });
type Pointer = z.infer<typeof pointerShape>;

async function readPointer(path: string): Promise<{ pointer: Pointer | null; problem: string | null }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { pointer: null, problem: code === 'ENOENT' ? null : `${path} cannot be read (${code})` };
  }
  try {
    return { pointer: pointerShape.parse(JSON.parse(text)), problem: null };
  } catch {
    return { pointer: null, problem: `${path} is damaged` };
  }
}

async function describe(folder: string, shipped: boolean): Promise<StudentEntry> {
  try {
    const card = await readCard(folder);
    return { id: card.id, name: card.name, folder, shipped, current: false, card, damage: null };
  } catch (error) {
    const id = basename(folder);
    return { id, name: id, folder, shipped, current: false, card: null, damage: (error as Error).message };
  }
}

/**
 * A card for a folder that Rounds did not train, once it is sure that the runtime can run it. Threshold 1.01: no answer
 * of it counts as certain until a round certifies it.
 */
async function foreignCard(folder: string): Promise<Omit<StudentCard, 'checksums'>> {
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) await readJson(folder, name);
  const parameters = await parametersOf(folder);
  const id =
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '') || 'imported';
  return {
    id,
    name: `${basename(folder)} (imported)`,
    parent: null,
    round: 0,
    createdAt: new Date().toISOString(),
    parameters,
    dataHash: '',
    sheets: {},
    seed: 0,
    training: { steps: 0, tokens: 0, minutes: 0, code: 'imported' },
    metrics: {},
    calibration: { features: {}, bias: 0, threshold: 1.01, maxError: 0.05, fittedOn: 0, certifiedOn: 0 },
    licences: {},
  };
}

/** How large it is, once it is sure what will run it. */
async function parametersOf(folder: string): Promise<number> {
  const unusable = (cause: Error) => {
    throw new BadInput(`[registry] ${folder} cannot be run: ${cause.message}`, { cause });
  };
  const { tokenizer } = await readTokenizer(folder).catch(unusable);
  // Only here, so that a list of students does not wait for onnxruntime.
  const { onnxFileOf, openOnnxDecoder } = await import('./onnx-decoder.ts');
  const onnx = await onnxFileOf(folder);
  if (onnx && !(await isOurs(folder).catch(unusable))) {
    const decoder = await openOnnxDecoder(folder, 1).catch(unusable);
    const { vocabSize } = decoder;
    await decoder.close();
    if (tokenizer.vocabSize > vocabSize) {
      throw new BadInput(`[registry] ${folder}: ${tokenizer.vocabSize} tokens for a vocabulary of ${vocabSize}`);
    }
    return Math.round((await sizeOf(folder, onnx)) / bytesAParameter(onnx));
  }
  if (!(await exists(join(folder, WEIGHTS)))) {
    throw new BadInput(
      `[registry] ${folder} holds neither ${WEIGHTS} nor an ONNX model: save the model as safetensors, or export it with optimum-cli`,
    );
  }
  const { config } = await readModel(folder).catch(unusable);
  checkFit(config, tokenizer, folder);
  return parameterCount(config);
}

/** Of the model and the weights that lie beside it. */
async function sizeOf(folder: string, onnx: string): Promise<number> {
  const place = join(folder, dirname(onnx));
  const parts = (await readdir(place)).filter((name) => name.startsWith(basename(onnx)));
  const sizes = await Promise.all(parts.map(async (name) => (await stat(join(place, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** By how transformers.js names precisions: good enough to choose the number of threads by. */
function bytesAParameter(onnx: string): number {
  if (/q4/.test(onnx)) return 0.6;
  return /quantized|int8/.test(onnx) ? 1 : /fp16/.test(onnx) ? 2 : 4;
}

async function readJson(folder: string, name: string): Promise<Record<string, unknown>> {
  const path = join(folder, name);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new BadInput(
      `[registry] ${path} ${(cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'is not JSON'}: give a Hugging Face model folder`,
      { cause },
    );
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
