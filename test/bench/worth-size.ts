/** What the student weighs on disk. Time and memory are `rounds bench`'s to measure. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WEIGHTS } from '../../models/student/student.ts';
import type { Bench, Measured } from './worth-bench.ts';

export async function measureSize({ student, folder }: Bench): Promise<Measured> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return { file: path.slice(join(folder, '/').length), bytes: (await stat(path)).size };
    }),
  );
  const bytesOf = (is: (file: string) => boolean): number =>
    sizes.reduce((sum, { file, bytes }) => sum + (is(file) ? bytes : 0), 0);
  const { parameters } = student.card;
  const serving = bytesOf((file) => file !== WEIGHTS);
  const source = bytesOf((file) => file === WEIGHTS);
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  return {
    tables: [
      {
        title: 'Size',
        columns: ['what', 'size'],
        rows: [
          ['parameters', `${parameters}`],
          ['serving precision: 8-bit ONNX, tokenizer, configuration, card', `${mib(serving)} (${serving} bytes)`],
          ['16-bit weights, which the next round trains on', `${mib(source)} (${source} bytes)`],
        ],
      },
    ],
    figures: { parameters, servingBytes: serving, sourceBytes: source, files: sizes },
    notes: ['Resident memory and p95 of an answer take minutes and a quiet machine: `npm run rounds -- bench`.'],
    answers: [],
  };
}
