/** safetensors files: exact in float32, rounded to nearest even in the half types, damage named. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  fromFloat16,
  readSafetensors,
  toBfloat16,
  toFloat16,
  writeSafetensors,
} from '../../../models/student/weights.ts';
import { wave } from '../graph/check.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  path = join(folder, 'model.safetensors');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('safetensors', () => {
  const tensors = new Map([
    ['model.norm.weight', { shape: [3], data: Float32Array.of(1, -0.1, 3e-5) }],
    ['model.embed_tokens.weight', { shape: [5, 7], data: wave(35, 0, 0.1, 2) }],
  ]);

  it('come back bit for bit in float32, with their metadata and checksum', async () => {
    const sha256 = await writeSafetensors(path, tensors, { metadata: { format: 'pt' } });
    const back = await readSafetensors(path);
    expect(back.sha256).toBe(sha256);
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(sha256);
    expect(back.metadata).toEqual({ format: 'pt' });
    expect(back.tensors.size).toBe(2);
    for (const [name, tensor] of tensors) expect(back.tensors.get(name)).toEqual({ ...tensor, stored: 'F32' });
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  for (const [stored, bits] of [
    ['F16', 11],
    ['BF16', 8],
  ] as const)
    it(`are rounded to ${stored} once: writing what was read changes nothing`, async () => {
      const first = await writeSafetensors(path, tensors, { stored });
      const { tensors: back } = await readSafetensors(path);
      const apart = tensors.get('model.embed_tokens.weight')!.data.map((x, i) => {
        return Math.abs(back.get('model.embed_tokens.weight')!.data[i]! / x - 1);
      });
      expect(Math.max(...apart)).toBeLessThanOrEqual(2 ** -bits);
      expect(await writeSafetensors(path, back, { stored })).toBe(first);
    });

  it('have the header other readers expect', async () => {
    await writeSafetensors(path, new Map([['w', { shape: [2], data: Float32Array.of(1, 2) }]]));
    const file = await readFile(path);
    const length = Number(file.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    expect(JSON.parse(file.toString('utf8', 8, 8 + length))).toEqual({
      w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect(file.readFloatLE(8 + length + 4)).toBe(2);
  });

  it('say what is damaged', async () => {
    await writeSafetensors(path, tensors);
    await truncate(path, (await readFile(path)).length - 1);
    await expect(readSafetensors(path)).rejects.toMatchObject({
      code: 'damaged_weights',
      message: expect.stringContaining('cut off'),
    });
    await writeFile(path, 'no weights at all, only words');
    await expect(readSafetensors(path)).rejects.toThrow('no safetensors file');
    await writeFile(path, Buffer.concat([Buffer.of(9, 0, 0, 0, 0, 0, 0, 0), Buffer.from('{"w":123}')]));
    await expect(readSafetensors(path)).rejects.toThrow('w is not described');
    await writeFile(path, 'x');
    await expect(readSafetensors(path)).rejects.toThrow('shorter than a header');
  });

  it('are not left half-written where the folder is missing', async () => {
    await expect(writeSafetensors(join(folder, 'none', 'w.safetensors'), tensors)).rejects.toThrow('ENOENT');
  });
});

describe('half types', () => {
  it('know the corners of float16', () => {
    const bits = (x: number): number => toFloat16(Float32Array.of(x))[0]!;
    expect(bits(0)).toBe(0);
    expect(bits(-0)).toBe(0x8000);
    expect(bits(1)).toBe(0x3c00);
    expect(bits(65504)).toBe(0x7bff);
    expect(bits(65519)).toBe(0x7bff);
    expect(bits(65520)).toBe(0x7c00);
    expect(bits(-Infinity)).toBe(0xfc00);
    expect(bits(Number.NaN) & 0x7fff).toBeGreaterThan(0x7c00);
    expect(bits(2 ** -24)).toBe(1);
    expect(bits(2 ** -25)).toBe(0); // a tie goes to even
    expect(bits(2 ** -25 * 1.01)).toBe(1);
    expect(bits(2 ** -14 - 2 ** -25)).toBe(0x400); // rounds up into the normal numbers
    expect(bits(1 + 2 ** -11)).toBe(0x3c00);
    expect(bits(1 + 3 * 2 ** -11)).toBe(0x3c02);
  });

  it('turn every float16 into a float32 and back', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((x) => (x & 0x7fff) <= 0x7c00);
    expect(toFloat16(fromFloat16(all))).toEqual(all);
  });

  it('know the corners of bfloat16', () => {
    const bits = (x: number): number => toBfloat16(Float32Array.of(x))[0]!;
    expect(bits(1)).toBe(0x3f80);
    expect(bits(1 + 2 ** -8)).toBe(0x3f80);
    expect(bits(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(bits(-3.4e38)).toBe(0xff80); // rounds to infinity
    expect(bits(Number.NaN) & 0x7fff).toBeGreaterThan(0x7f80);
  });
});
