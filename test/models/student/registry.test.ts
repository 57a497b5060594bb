import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCard, sealFolder } from '../../../models/student/card.ts';
import { openRegistry, type Registry } from '../../../models/student/registry.ts';
import { blankCard, writeSmall } from './fixture.ts';

let root: string;
let shippedDir: string;
const open: Registry[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rounds-registry-'));
  shippedDir = await student('shipped', join(root, 'shipped'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
  await rm(root, { recursive: true, force: true });
});

/** A folder with a card; what lies in it is not the registry's business, only whether it is what the card says. */
async function student(id: string, folder = join(root, 'made', id)): Promise<string> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify({ id }));
  await writeFile(join(folder, 'onnx', 'model_quantized.onnx'), `weights of ${id}`);
  await sealFolder(folder, blankCard(id));
  return folder;
}

async function registry(): Promise<Registry> {
  const one = await openRegistry({ dataDir: join(root, 'data'), shippedDir });
  open.push(one);
  return one;
}

const pointer = () => join(root, 'data', 'students', 'current.json');

describe('registry', () => {
  it('answers with the shipped student until another is chosen, and rolls back in order', async () => {
    const all = await registry();
    expect(await all.current()).toMatchObject({ entry: { id: 'shipped', shipped: true }, warning: null });
    for (const id of ['a', 'b']) await all.add(await student(id));
    await all.use('a');
    await all.use('b');
    await all.use('b');
    expect((await all.list()).map((one) => [one.id, one.current])).toEqual([
      ['shipped', false],
      ['a', false],
      ['b', true],
    ]);
    expect((await all.rollback()).id).toBe('a');
    expect((await all.rollback()).id).toBe('shipped');
    await expect(all.rollback()).rejects.toThrow(/nothing to roll back to/);
  });

  it('is followed by another process through the pointer file', async () => {
    const here = await registry();
    const there = await registry();
    await there.add(await student('a'));
    const seen: string[] = [];
    here.onChange((entry) => seen.push(entry.id));
    await there.use('a');
    await vi.waitFor(() => expect(seen).toEqual(['a']), { timeout: 5_000 });
    await there.rollback();
    await vi.waitFor(() => expect(seen).toEqual(['a', 'shipped']), { timeout: 5_000 });
  });

  it('never shows a reader half a pointer', async () => {
    const all = await registry();
    await all.add(await student('a'));
    await all.use('a');
    const choices = Array.from({ length: 30 }, (_, i) => all.use(i % 2 ? 'a' : 'shipped'));
    let done = false;
    const finished = Promise.all(choices).then(() => {
      done = true;
    });
    let read = 0;
    while (!done) {
      expect(['a', 'shipped']).toContain(JSON.parse(await readFile(pointer(), 'utf8')).current);
      read++;
    }
    await finished;
    expect(read).toBeGreaterThan(0);
    expect((await readdir(join(root, 'data', 'students'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('falls back to the shipped student with a warning when the pointer or its student is unusable', async () => {
    const all = await registry();
    await all.add(await student('a'));
    await all.use('a');
    await writeFile(pointer(), '{"current": "a"');
    expect(await all.current()).toMatchObject({
      entry: { id: 'shipped' },
      warning: expect.stringMatching(/current.json is damaged.*students? use/),
    });
    await writeFile(pointer(), JSON.stringify({ current: 'gone', history: [], changedAt: '' }));
    expect((await all.current()).warning).toMatch(/names student gone, which does not exist/);
    await all.use('a');
    await writeFile(join(root, 'data', 'students', 'a', 'student.json'), 'null');
    expect(await all.current()).toMatchObject({
      entry: { id: 'shipped' },
      warning: expect.stringMatching(/student.json/),
    });
  });

  it('names the damaged file with both checksums and does not choose it', async () => {
    const all = await registry();
    const entry = await all.add(await student('a'));
    const { checksums } = await readCard(entry.folder);
    await writeFile(join(entry.folder, 'onnx', 'model_quantized.onnx'), 'weights of b');
    const failure = await all.use('a').catch((error) => error);
    expect(failure).toMatchObject({ code: 'damaged_student' });
    expect(failure.message).toMatch(/onnx\/model_quantized\.onnx: expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}/);
    expect(failure.message).toContain(checksums['onnx/model_quantized.onnx']);
    expect(failure.message).toContain('rounds student rollback');
    await rm(join(entry.folder, 'config.json'));
    await expect(all.use('a')).rejects.toThrow(/config.json is missing/);
    expect((await all.current()).entry.id).toBe('shipped');
  });

  it('takes in copies only, whole or not at all', async () => {
    const all = await registry();
    const made = await student('a');
    await all.add(made);
    await expect(all.add(made)).rejects.toThrow(/there already/);
    const bad = await student('b');
    await writeFile(join(bad, 'config.json'), '{}');
    await expect(all.importDir(bad)).rejects.toThrow(/config.json: expected sha256/);
    expect((await readdir(join(root, 'data', 'students'))).sort()).toEqual(['a']);
  });

  it('exports to a new folder, and imports it elsewhere', async () => {
    const all = await registry();
    await all.exportDir('shipped', join(root, 'out'));
    await expect(all.exportDir('shipped', join(root, 'out'))).rejects.toThrow(/not empty/);
    const other = await openRegistry({ dataDir: join(root, 'other'), shippedDir: join(root, 'none') });
    open.push(other);
    await expect(other.current()).rejects.toMatchObject({ code: 'no_student' });
    expect((await other.importDir(join(root, 'out'))).id).toBe('shipped');
    await other.use('shipped');
    expect((await other.current()).entry.id).toBe('shipped');
  });

  it('takes in a Hugging Face decoder and certifies nothing about it; says what an unusable folder lacks', async () => {
    const all = await registry();
    const whole = join(root, 'Tiny Llama');
    await writeSmall(whole);
    for (const name of ['student.json', 'onnx']) await rm(join(whole, name), { recursive: true });
    const entry = await all.importDir(whole);
    expect(entry).toMatchObject({ id: 'tiny-llama', card: { calibration: { threshold: 1.01 }, round: 0 } });
    expect(entry.card!.parameters).toBeGreaterThan(10_000);
    expect(Object.keys(entry.card!.checksums)).toContain('model.safetensors');
    await all.use('tiny-llama');
    await expect(all.use('nobody')).rejects.toThrow(/there are shipped, tiny-llama/);

    const without = async (name: string, content: string | null) => {
      const folder = join(root, `without ${name}`);
      await cp(whole, folder, { recursive: true });
      await (content === null ? rm(join(folder, name)) : writeFile(join(folder, name), content));
      return all.importDir(folder);
    };
    await expect(all.importDir(join(root, 'nowhere'))).rejects.toThrow(/does not exist/);
    await expect(without('config.json', null)).rejects.toThrow(/config.json is missing: give a Hugging Face/);
    await expect(without('tokenizer.json', null)).rejects.toThrow(/tokenizer.json is missing/);
    await expect(without('model.safetensors', null)).rejects.toThrow(/save the model as safetensors/);
    await expect(without('model.safetensors', 'x')).rejects.toThrow(/cannot be run: .*model.safetensors/);
    const other = JSON.stringify({
      ...JSON.parse(await readFile(join(whole, 'config.json'), 'utf8')),
      model_type: 'gpt2',
    });
    await expect(without('config.json', other)).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(/model_type/),
    });
  });
});
