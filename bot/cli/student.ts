/** `rounds student …`: which students there are, and which one serves. */
import { BadInput } from '../../models/errors.ts';
import { type GgufPrecision, writeGguf } from '../../models/student/gguf.ts';
import { openRegistry, type Registry, type StudentEntry } from '../../models/student/registry.ts';
import { loadConfig } from '../config.ts';
import { SHIPPED_STUDENT } from '../main.ts';
import { auditEntry } from '../middleware/audit.ts';
import { agreementOf, agreementText } from '../serving/shadow.ts';
import { type Output, print } from './output.ts';
import { privileged } from './privileged.ts';

export async function list(output: Output): Promise<void> {
  const { dataDir, students: places } = loadConfig();
  await withRegistry({}, async (registry) => {
    const serving = await servingPlaces(dataDir, places);
    const students = await Promise.all(
      (await registry.list()).map(async (entry) => ({
        ...shape(entry),
        serves: serving.filter(({ student }) => student === entry.id).map(({ place }) => place),
        shadow: (await agreementOf(dataDir, entry.id)) ?? null,
      })),
    );
    const rows = students.map(({ id, current, round, damage, accuracy, serves, shadow }) => {
      const state = damage ?? `round ${round}${accuracy === null ? '' : `, accuracy ${accuracy.toFixed(3)}`}`;
      const where = serves.length ? `, serves ${serves.join(' and ')}` : '';
      const beside = shadow ? `, silently beside the other: ${agreementText(shadow)}` : '';
      return `${current ? '*' : ' '} ${id}  ${state}${where}${beside}`;
    });
    const none = 'No students yet: run `rounds distill --from scratch` or `rounds student import DIR`.';
    print(output, { students }, rows.length > 0 ? rows : [none]);
  });
}

interface Placed extends Output {
  /** A place of the configuration; without it the general student is meant. */
  for?: string;
}

export async function use(id: string, options: Placed): Promise<void> {
  await promote('rounds student use', options, (registry) => registry.use(id), 'now');
}

export async function rollback(options: Placed): Promise<void> {
  await promote('rounds student rollback', options, (registry) => registry.rollback(), 'again');
}

/** Which student serves is an engineer's to say, and is written down: who, when, from which to which. */
async function promote(
  command: string,
  options: Placed,
  choose: (registry: Registry) => Promise<StudentEntry>,
  when: 'now' | 'again',
): Promise<void> {
  await privileged('promote', command, async ({ store, author, clock }) => {
    await withRegistry(options, async (registry) => {
      const before = await registry.current().catch(() => undefined);
      const entry = await choose(registry);
      const note = {
        what: 'promote',
        target: options.for ?? 'general',
        before: before?.entry.id ?? '',
        after: entry.id,
      };
      await store.audit(auditEntry(author, { ...note, allowed: true }, clock()));
      said(options, entry, `serves ${where(options)}${when}`);
    });
  });
}

function where(options: Placed): string {
  return options.for === undefined ? '' : `${options.for} `;
}

async function servingPlaces(
  dataDir: string,
  places: readonly { name: string }[],
): Promise<{ place: string; student: string }[]> {
  const serving: { place: string; student: string }[] = [];
  for (const { name } of places) {
    const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT, place: name });
    const current = await registry.current().catch(() => undefined);
    if (current) serving.push({ place: name, student: current.entry.id });
    await registry.close();
  }
  return serving;
}

export interface ExportOptions extends Output {
  id?: string;
  /** `gguf` writes one file for llama.cpp; default is the Hugging Face folder. */
  format?: 'folder' | 'gguf';
  precision?: GgufPrecision;
}

export async function exportDir(dir: string, options: ExportOptions): Promise<void> {
  const { format = 'folder', precision } = options;
  if (precision && format !== 'gguf') throw new BadInput('--precision belongs to --format gguf: give both or neither');
  await withRegistry({}, async (registry) => {
    const id = options.id ?? (await registry.current()).entry.id;
    if (format === 'gguf') await writeGguf(await folderOf(registry, id), dir, precision ?? 'q8_0');
    else await registry.exportDir(id, dir);
    print(options, { id, dir, format }, [`${id} was ${format === 'gguf' ? 'written' : 'copied'} to ${dir}`]);
  });
}

async function folderOf(registry: Registry, id: string): Promise<string> {
  const entry = (await registry.list()).find((one) => one.id === id);
  if (!entry) throw new BadInput(`[registry] no student ${id}: \`rounds student list\` names them`);
  return entry.folder;
}

export function said(output: Output, entry: StudentEntry, what: string): void {
  print(output, shape(entry), [`${entry.id} ${what}`]);
}

function shape({ id, name, folder, shipped, current, card, damage }: StudentEntry) {
  const accuracy = card?.metrics.accuracy ?? null;
  return { id, name, folder, shipped, current, damage, round: card?.round ?? null, accuracy, card };
}

export async function withRegistry({ for: place }: Placed, work: (registry: Registry) => Promise<void>): Promise<void> {
  const { dataDir, students } = loadConfig();
  if (place !== undefined && !students.some(({ name }) => name === place))
    throw new BadInput(`--for ${place}: students in rounds.config.yaml has no such place`);
  const registry = await openRegistry({
    dataDir,
    shippedDir: SHIPPED_STUDENT,
    ...(place === undefined ? {} : { place }),
  });
  try {
    await work(registry);
  } finally {
    await registry.close();
  }
}
