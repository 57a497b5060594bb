/** A student of another maker serves like ours: run from its ONNX file, spoken to in plain lines, checked when taken in. */
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { SHIPPED_STUDENT } from '../../../bot/main.ts';
import { hasOurForm, plainCompletion, plainPrompt } from '../../../models/student/plain-form.ts';
import { ANSWER, END, GRADES, renderOption, renderPrompt, renderThought } from '../../../models/student/prompt.ts';
import { openRegistry } from '../../../models/student/registry.ts';
import { openStudent } from '../../../models/student/runtime.ts';
import { readTokenizer } from '../../../models/student/student.ts';
import { think } from '../../../models/student/think.ts';
import { afterwards, temporaryFolder } from '../../bot/fixture.ts';
import { FOREIGN, type ForeignOptions, writeForeign } from './foreign.ts';

const PROMPT = renderPrompt({ context: ['pump, bearing wear. vibration 9.'], question: 'what shows bearing wear?' });

async function taken(options: ForeignOptions = {}, change: (folder: string) => Promise<void> = async () => {}) {
  const root = await temporaryFolder();
  const folder = join(root, 'other-maker');
  await writeForeign(folder, options);
  await change(folder);
  const registry = await openRegistry({ dataDir: join(root, 'data'), shippedDir: join(root, 'none') });
  afterwards(() => registry.close());
  return { root, folder, registry };
}

async function opened(options: ForeignOptions = {}) {
  const { registry, folder } = await taken(options);
  const entry = await registry.importDir(folder);
  const student = await openStudent(entry.folder);
  afterwards(() => student.close());
  const { tokenizer } = await readTokenizer(entry.folder);
  return { student, entry, tokenizer, registry };
}

/** The same text run whole and at once, without our code between: log-probabilities of its last `count` tokens. */
async function reference(folder: string, ids: number[], count: number): Promise<number[]> {
  const session = await InferenceSession.create(join(folder, 'onnx/model.onnx'));
  const row = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const none = new Tensor('float32', new Float32Array(0), [1, FOREIGN.keyHeads, 0, FOREIGN.headDim]);
  const past = Object.fromEntries(
    session.inputNames.filter((name) => name.startsWith('past')).map((name) => [name, none]),
  );
  const feeds = { input_ids: row(ids), attention_mask: row(ids.map(() => 1)), position_ids: row(ids.map((_, i) => i)) };
  const { logits } = await session.run({ ...feeds, ...past });
  await session.release();
  const [, length, width] = logits!.dims as [number, number, number];
  const all = logits!.data as Float32Array;
  return ids.slice(-count).map((id, i) => {
    const from = (length - count - 1 + i) * width;
    const values = all.slice(from, from + width);
    const highest = Math.max(...values);
    return values[id]! - highest - Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  });
}

describe('a decoder from an ONNX file', () => {
  it('scores as the file itself does, over its cache', async () => {
    const { student, entry, tokenizer } = await opened();
    const plain = `<s>${plainPrompt({ context: ['pump, bearing wear. vibration 9.'], question: 'what shows bearing wear?' })}`;
    const continuation = ' vibration rises with bearing wear';
    const [scored, again] = await student.score(PROMPT, [continuation, continuation]);
    const ids = tokenizer.encode(plain + continuation);
    const expected = await reference(entry.folder, ids, tokenizer.encode(continuation).length);
    expect(scored!.tokenLogProbs).toHaveLength(expected.length);
    const largest = Math.max(...expected.map((one, i) => Math.abs(one - scored!.tokenLogProbs[i]!)));
    expect(largest).toBeLessThan(1e-4);
    expect(again).toEqual(scored);
  });

  it.each<ForeignOptions>([{}, { positions: false }, { cache: 'float16' }])(
    'generates the same whether asked alone, again or after others: %j',
    async (options) => {
      const { student } = await opened(options);
      const first = await student.generate(PROMPT, { maxTokens: 24 });
      await student.generate(renderPrompt({ question: 'another one entirely' }), { maxTokens: 8 });
      const pieces: string[] = [];
      const again = await student.generate(PROMPT, { maxTokens: 24, onText: (piece) => pieces.push(piece) });
      expect(again).toEqual(first);
      expect(first.tokenLogProbs.length).toBeGreaterThan(0);
      expect(first.tokenLogProbs.every((one) => one <= 0 && Number.isFinite(one))).toBe(true);
      expect(first.text.startsWith(pieces.join(''))).toBe(true);
    },
  );

  it('ends when it is told to', async () => {
    const { student } = await opened();
    const stop = new AbortController();
    const saying = student.generate(PROMPT, { maxTokens: 400, signal: stop.signal });
    stop.abort();
    expect((await saying).ended).toBe('aborted');
  });
});

describe('the plain form', () => {
  it('is what the student is spoken to in, and what traces are exported in', async () => {
    const { tokenizer } = await opened();
    expect(hasOurForm(tokenizer)).toBe(false);
    expect(plainPrompt({ context: ['A fact.'], question: 'Why?' })).toBe(
      'Facts:\n- a fact.\nQuestion: why?\nReasoning:',
    );
    expect(plainCompletion('Because.', 'So')).toBe(' because.\nAnswer: so');
  });

  it('grades options by how likely they are, each by itself, the likeliest 9', async () => {
    const { student } = await opened();
    const options = ['vibration', 'voltage', 'oil debris'].map(renderOption);
    const thought = renderThought(PROMPT, 'it shows best in vibration');
    const grades = await student.grade(thought, options, [...GRADES]);
    const expected = grades.map((row) => row.reduce((sum, log, i) => sum + Math.exp(log) * i, 0));
    expect(Math.max(...expected)).toBeCloseTo(9, 1);
    const turned = await student.grade(thought, [...options].reverse(), [...GRADES]);
    expect(turned).toEqual([...grades].reverse());
  });

  it('lets it think as ours do: a rationale, an option, features', async () => {
    const { student } = await opened();
    const thought = await think(
      student,
      { question: 'what shows bearing wear?' },
      { options: ['vibration', 'voltage'] },
    );
    expect(thought.chosen).toHaveLength(1);
    expect(Object.values(thought.features).every(Number.isFinite)).toBe(true);
    const open = await student.generate(PROMPT, { stop: [END], maxTokens: 20 });
    expect(open.text).not.toContain('\n');
    expect((await student.generate(PROMPT, { stop: [ANSWER, END], maxTokens: 20 })).text).not.toContain(ANSWER);
  });
});

it('runs our own student from its ONNX file alone as it runs at home', { timeout: 60_000 }, async () => {
  const root = await temporaryFolder();
  const folder = join(root, 'exported');
  await cp(SHIPPED_STUDENT, folder, { recursive: true });
  for (const name of ['student.json', 'model.safetensors']) await rm(join(folder, name));
  const registry = await openRegistry({ dataDir: join(root, 'data'), shippedDir: join(root, 'none') });
  afterwards(() => registry.close());
  const [here, there] = [
    await openStudent(SHIPPED_STUDENT),
    await openStudent((await registry.importDir(folder)).folder),
  ];
  afterwards(() => Promise.all([here.close(), there.close()]).then(() => undefined));
  const options = ['vibration', 'pressure', 'oil debris'];
  for (const question of [
    'Which parameters show bearing wear of a pump?',
    'Which parameters show misalignment of a fan?',
  ]) {
    const [ours, theirs] = [
      await think(here, { question }, { options }),
      await think(there, { question }, { options }),
    ];
    expect({ ...theirs, probabilities: [], features: {} }).toEqual({ ...ours, probabilities: [], features: {} });
    expect(theirs.features.top).toBeCloseTo(ours.features.top, 1);
  }
});

describe('taking in', () => {
  it('writes a card that certifies nothing, and keeps out what its trial fails', async () => {
    const { registry, folder } = await taken();
    await expect(registry.importDir(folder, () => Promise.reject(new Error('no use')))).rejects.toThrow('no use');
    expect(await registry.list()).toEqual([]);
    const entry = await registry.importDir(folder);
    expect(entry).toMatchObject({ id: 'other-maker', card: { parent: null, calibration: { threshold: 1.01 } } });
    expect(entry.card!.parameters).toBeGreaterThan(10_000);
    expect(Object.keys(entry.card!.checksums)).toContain('onnx/model.onnx');
  });

  it("finds optimum's place and name too", async () => {
    const { registry, folder } = await taken({}, (at) => rename(join(at, 'onnx/model.onnx'), join(at, 'model.onnx')));
    expect((await registry.importDir(folder)).card).not.toBeNull();
  });

  it.each<[string, (folder: string) => Promise<void>, RegExp]>([
    ['no model', (at) => rm(join(at, 'onnx/model.onnx')), /neither model\.safetensors nor an ONNX model/],
    ['no ONNX', (at) => writeFile(join(at, 'onnx/model.onnx'), 'text'), /cannot be run \(.*export it again/],
    ['no tokenizer', (at) => rm(join(at, 'tokenizer.json')), /tokenizer\.json is missing/],
    ['no sizes', (at) => writeFile(join(at, 'config.json'), '{}'), /vocab_size|num_attention_heads is missing/],
    [
      'another tokenizer',
      async (at) => {
        const json = JSON.parse(await readFile(join(at, 'config.json'), 'utf8'));
        await writeFile(join(at, 'config.json'), JSON.stringify({ ...json, vocab_size: 100 }));
      },
      /tokens for a vocabulary of/,
    ],
    [
      'a model without a cache',
      async (at) => {
        const { config, weights } = (await import('./fixture.ts')).smallStudent();
        const { flatGraph } = await import('../../../models/student/inference.ts');
        await writeFile(join(at, 'onnx/model.onnx'), flatGraph(config, weights, 'float32'));
      },
      /has no input input_ids: export a decoder with its cache/,
    ],
  ])('says what is wrong: %s', async (_, change, message) => {
    const { registry, folder } = await taken({}, change);
    await expect(registry.importDir(folder)).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(message),
    });
    await cp(folder, join(folder, '..', 'again'), { recursive: true });
    await mkdir(join(folder, '..', 'empty'));
    await expect(registry.importDir(join(folder, '..', 'empty'))).rejects.toThrow(/config\.json is missing/);
  });
});
