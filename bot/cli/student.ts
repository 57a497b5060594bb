/** `rounds student …`: which students there are, and which one serves. */
import { BadInput } from '../../models/errors.ts';
import { type GgufPrecision, writeGguf } from '../../models/student/gguf.ts';
import { openRegistry, type Registry, type StudentEntry } from '../../models/student/registry.ts';
import { loadConfig } from '../config.ts';
import { SHIPPED_STUDENT } from '../main.ts';
import { type Output, print } from './output.ts';

export async function list(output: Output): Promise<void> {
  await withRegistry(async (registry) => {
    const students = (await registry.list()).map(shape);
    const rows = students.map(({ id, current, round, damage, accuracy }) => {
      const state = damage ?? `round ${round}${accuracy === null ? '' : `, accuracy ${accuracy.toFixed(3)}`}`;
      return `${current ? '*' : ' '} ${id}  ${state}`;
    });
    const none = 'No students yet: run `rounds distill --from scratch` or `rounds student import DIR`.';
    print(output, { students }, rows.length > 0 ? rows : [none]);
  });
}

export async function use(id: string, output: Output): Promise<void> {
  await withRegistry(async (registry) => said(output, await registry.use(id), 'serves now'));
}

export async function rollback(output: Output): Promise<void> {
  await withRegistry(async (registry) => said(output, await registry.rollback(), 'serves again'));
}

export async function importDir(dir: string, output: Output): Promise<void> {
  await withRegistry(async (registry) => {
    const entry = await registry.importDir(dir);
    said(output, entry, `was taken in; \`rounds student use ${entry.id}\` lets it serve`);
  });
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
  await withRegistry(async (registry) => {
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

function said(output: Output, entry: StudentEntry, what: string): void {
  print(output, shape(entry), [`${entry.id} ${what}`]);
}

function shape({ id, name, folder, shipped, current, card, damage }: StudentEntry) {
  const accuracy = card?.metrics.accuracy ?? null;
  return { id, name, folder, shipped, current, damage, round: card?.round ?? null, accuracy, card };
}

async function withRegistry(work: (registry: Registry) => Promise<void>): Promise<void> {
  const { dataDir } = loadConfig();
  const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
  try {
    await work(registry);
  } finally {
    await registry.close();
  }
}
