import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Weights } from '../../../models/student/decoder.ts';
import { type Decoder, openDecoder } from '../../../models/student/decoding.ts';
import { flatGraph, hfGraph, type Precision } from '../../../models/student/inference.ts';
import { prefixes } from '../../../models/student/prefixes.ts';
import { dequantizeBlocks, quantizeBlocks } from '../../../models/student/quantize.ts';
import { random, smallStudent } from './fixture.ts';
import { naiveLogProbs } from './naive.ts';

const { config, weights } = smallStudent();
const next = random(3);
const ids = Array.from({ length: 40 }, () => Math.floor(next() * config.vocabSize));
const targets = ids.map((_, i) => ids[(i + 1) % ids.length]!);
const naive = naiveLogProbs(config, weights, ids);
const decoders = {} as Record<Precision, Decoder>;

beforeAll(async () => {
  for (const precision of ['int8', 'float32'] as const) {
    decoders[precision] = await openDecoder(flatGraph(config, weights, precision), config, 2);
  }
});
afterAll(() => Promise.all(Object.values(decoders).map((decoder) => decoder.close())));

/** The decoder as 8 bits see it, weights only: what the naive forward must be given to compare like with like. */
function rounded(): Weights {
  const matrix = (name: string, data: Float32Array) => !name.includes('norm') && dequantizeBlocks(quantizeBlocks(data));
  return new Map([...weights].map(([name, data]) => [name, matrix(name, data) || data]));
}

describe('the decoder', () => {
  it('computes what the naive forward computes', async () => {
    const cache = decoders.float32.newCache();
    const readouts = await decoders.float32.run(cache, ids, targets);
    const worst = Math.max(...readouts.map((one, i) => Math.abs(one.targetLogProb - naive[i]![targets[i]!]!)));
    console.log(`float32 against naive: largest difference of a log-probability ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(1e-4);
    for (const [i, one] of readouts.entries()) {
      expect(one.best).toBe(naive[i]!.indexOf(Math.max(...naive[i]!)));
      expect(one.bestLogProb).toBeCloseTo(Math.max(...naive[i]!), 4);
    }
  });

  it('loses little to 8 bits', async () => {
    const exact = naiveLogProbs(config, rounded(), ids);
    const readouts = await decoders.int8.run(decoders.int8.newCache(), ids, targets);
    const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length;
    const activations = mean(readouts.map((one, i) => Math.abs(one.targetLogProb - exact[i]![targets[i]!]!)));
    const all = mean(readouts.map((one, i) => Math.abs(one.targetLogProb - naive[i]![targets[i]!]!)));
    console.log(
      `int8, mean difference of a log-probability: ${all.toFixed(4)}, by activations ${activations.toFixed(4)}`,
    );
    expect(all).toBeLessThan(0.1);
  });

  it.each(['int8', 'float32'] as const)('%s: token by token gives what one run gives', async (precision) => {
    const decoder = decoders[precision];
    const whole = await decoder.run(decoder.newCache(), ids, targets);
    const cache = decoder.newCache();
    const [first] = await decoder.run(cache, ids.slice(0, 5));
    const steps = [first!];
    for (const id of ids.slice(5)) steps.push((await decoder.run(cache, [id]))[0]!);
    expect(cache.ids).toEqual(ids);
    const worst = Math.max(...steps.map((one, i) => Math.abs(one.bestLogProb - whole[i + 4]!.bestLogProb)));
    console.log(`${precision}: with and without a cache, largest difference ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(precision === 'int8' ? 0.05 : 1e-4);
    expect(steps.map((one) => one.best)).toEqual(whole.slice(4).map((one) => one.best));
  });

  it.each(['int8', 'float32'] as const)('%s: a prompt in any two parts gives the same bits', async (precision) => {
    const decoder = decoders[precision];
    const whole = decoder.newCache();
    const [expected] = await decoder.run(whole, ids);
    for (const cut of [2, 3, 8, 13, 32, ids.length - 2]) {
      const cache = decoder.newCache();
      await decoder.run(cache, ids.slice(0, cut));
      expect((await decoder.run(cache, ids.slice(cut)))[0]).toEqual(expected);
      expect(cache.ids).toEqual(ids);
      expect(
        cache.buffers.every((buffer, i) => Buffer.from(buffer.buffer).equals(Buffer.from(whole.buffers[i]!.buffer))),
      ).toBe(true);
    }
  });

  it('answers the same whatever is remembered of other prompts', async () => {
    const decoder = decoders.int8;
    const shared = prefixes(decoder, () => 3);
    for (let turn = 0; turn < 120; turn++) {
      const fork = Math.floor(next() * ids.length);
      const prompt = [
        ...ids.slice(0, fork),
        ...Array.from({ length: Math.floor(next() * 12) }, () => Math.floor(next() * 20)),
      ];
      if (prompt.length === 0) continue;
      const alone = prefixes(decoder, () => 1);
      const { cache, next: expected } = await alone.prefill(prompt);
      const reference = await decoder.run(cache, [5, 6, 7], [6, 7, 8]);
      if (turn % 2) {
        const remembered = await shared.prefill(prompt);
        expect(remembered.next).toEqual(expected);
        expect(await decoder.run(remembered.cache, [5, 6, 7], [6, 7, 8])).toEqual(reference);
      } else {
        const held = await shared.hold(prompt);
        expect(held.ids).toEqual(prompt);
        expect(await decoder.run(held, [5, 6, 7], [6, 7, 8])).toEqual(reference);
        held.ids.length = prompt.length;
      }
    }
  });
});

describe('the Hugging Face graph', () => {
  it.each(['int8', 'float32'] as const)('%s: gives our numbers, prompt and next token', async (precision) => {
    const decoder = decoders[precision];
    const cache = decoder.newCache();
    const ours = [...(await decoder.run(cache, ids, targets)), ...(await decoder.run(cache, [targets.at(-1)!], [3]))];
    const session = await InferenceSession.create(hfGraph(config, weights, precision), { intraOpNumThreads: 2 });
    const int64s = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const names = Array.from({ length: config.layers }, (_, l) => [`${l}.key`, `${l}.value`]).flat();
    const empty = () => new Tensor('float32', new Float32Array(0), [1, config.heads, 0, config.headDim]);
    const first = await session.run({
      input_ids: int64s(ids),
      attention_mask: int64s(ids.map(() => 1)),
      ...Object.fromEntries(names.map((name) => [`past_key_values.${name}`, empty()])),
    });
    expect(first.logits!.dims).toEqual([1, ids.length, config.vocabSize]);
    const second = await session.run({
      input_ids: int64s([targets.at(-1)!]),
      attention_mask: int64s([...ids, 0].map(() => 1)),
      ...Object.fromEntries(names.map((name) => [`past_key_values.${name}`, first[`present.${name}`]!])),
    });
    const logits = [...(first.logits!.data as Float32Array), ...(second.logits!.data as Float32Array)];
    const rows = Array.from({ length: ids.length + 1 }, (_, i) =>
      logits.slice(i * config.vocabSize, (i + 1) * config.vocabSize),
    );
    for (const [i, row] of rows.entries()) {
      const top = Math.max(...row);
      expect(row.indexOf(top)).toBe(ours[i]!.best);
      expect(top - Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0))).toBeCloseTo(ours[i]!.bestLogProb, 4);
    }
    await session.release();
  });
});
