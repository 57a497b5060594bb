/** Smaller students: what is taken out is what mattered least, what is left computes as before, and 4 bits are 4 bits. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cheapestLayer,
  dropLayer,
  type Model,
  masked,
  pruneHeads,
  pruneNeurons,
  recover,
  thin,
} from '../../../models/distill/compress.ts';
import { train } from '../../../models/distill/train.ts';
import { Graph, MICROSOFT } from '../../../models/graph/graph.ts';
import { decoderConfig, parameterCount } from '../../../models/student/config.ts';
import { checkWeights, type Weights } from '../../../models/student/decoder.ts';
import { type Decoder, openDecoder } from '../../../models/student/decoding.ts';
import { writeOnnx } from '../../../models/student/export.ts';
import { flatGraph } from '../../../models/student/inference.ts';
import {
  BLOCK,
  dequantizeBlocks,
  dequantizeNibbles,
  quantizeBlocks,
  quantizeNibbles,
} from '../../../models/student/quantize.ts';
import { random, smallStudent } from '../student/fixture.ts';
import { naiveLogProbs } from '../student/naive.ts';
import { tiny } from './tiny.ts';

const next = random(5);
const normal = (size: number): Float32Array =>
  Float32Array.from({ length: size }, () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));
const rms = (values: Iterable<number>): number => {
  const all = [...values];
  return Math.sqrt(all.reduce((sum, value) => sum + value ** 2, 0) / all.length);
};

describe('4-bit blocks', () => {
  it('hold the earlier weight in the low half of a byte, and zero as 8', () => {
    // Falls on the grid exactly: scale 0.5, the largest at −8 steps.
    const steps = Array.from({ length: BLOCK }, (_, i) => (i % 16) - 8);
    const { bytes, scales } = quantizeNibbles(Float32Array.from(steps, (step) => step * 0.5));
    expect([...scales]).toEqual([0.5]);
    expect([...bytes.subarray(0, 8)]).toEqual([0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
    expect([...quantizeNibbles(new Float32Array(BLOCK)).bytes]).toEqual(Array(BLOCK / 2).fill(0x88));
  });

  it('come back as what fell on the grid, whichever sign is the larger, and zeros as zeros', () => {
    const data = Float32Array.from({ length: 2 * BLOCK }, (_, i) => (i < BLOCK ? -0.25 : 0.25) * (8 - (i % 16)));
    const off = [...dequantizeNibbles(quantizeNibbles(data))].map((w, i) => Math.abs(w - data[i]!));
    expect(Math.max(...off)).toBe(0);
    const sparse = normal(64 * BLOCK).map((w, i) => (i % 3 ? w : 0));
    const back = dequantizeNibbles(quantizeNibbles(sparse));
    expect(sparse.every((w, i) => w !== 0 || back[i] === 0)).toBe(true);
  });

  it('lose less than plain rounding to the largest weight', () => {
    const data = normal(4096 * BLOCK);
    const back = dequantizeNibbles(quantizeNibbles(data));
    const plain = data.map((w, i) => {
      const from = i - (i % BLOCK);
      let peak = 0;
      for (const other of data.subarray(from, from + BLOCK)) if (Math.abs(other) > Math.abs(peak)) peak = other;
      const scale = peak / -8;
      return scale * Math.min(7, Math.max(-8, Math.round(w / scale)));
    });
    const lost = rms(data.map((w, i) => w - back[i]!));
    const before = rms(data.map((w, i) => w - plain[i]!));
    console.log(`4 bits, root mean square of normal weights lost: ${lost.toFixed(4)}, plainly ${before.toFixed(4)}`);
    expect(lost).toBeLessThan(before);
    expect(lost).toBeLessThan(0.1);
  });

  it.each([0, 4])('multiply as onnxruntime multiplies them, accuracy level %i', async (level) => {
    const [M, K, N] = [5, 96, 40];
    const w = normal(N * K);
    const x = normal(M * K);
    const { bytes, scales } = quantizeNibbles(w);
    const graph = new Graph('product');
    const product = graph.op1(
      'MatMulNBits',
      [
        graph.input('x', 'float32', [M, K]),
        graph.constant('uint8', [N, K / BLOCK, BLOCK / 2], bytes),
        graph.constant('float32', [scales.length], scales),
      ],
      'float32',
      [M, N],
      { domain: MICROSOFT, attributes: { K, N, bits: 4, block_size: BLOCK, accuracy_level: level } },
    );
    graph.output(product, 'y');
    const session = await InferenceSession.create(graph.encode(), { intraOpNumThreads: 1 });
    const { y } = await session.run({ x: new Tensor('float32', x, [M, K]) });
    await session.release();
    const exact = products(x, dequantizeNibbles({ bytes, scales }), M, K, N);
    const worst = Math.max(...exact.map((value, i) => Math.abs(value - (y!.data as Float32Array)[i]!)));
    console.log(`accuracy level ${level}: largest difference to float32 ${worst.toExponential(1)}`);
    // Products of about √96; level 4 rounds the activations to 8 bits.
    expect(worst).toBeLessThan(level === 4 ? 0.4 : 1e-4);
    expect(rms(exact.map((value, i) => value - products(x, w, M, K, N)[i]!))).toBeLessThan(1.5);
  });
});

function products(x: Float32Array, w: Float32Array, M: number, K: number, N: number): number[] {
  return Array.from({ length: M * N }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += x[Math.floor(i / N) * K + k]! * w[(i % N) * K + k]!;
    return sum;
  });
}

describe('a student at 4 bits', () => {
  const { config, weights } = smallStudent();
  const draw = random(3);
  const ids = Array.from({ length: 40 }, () => Math.floor(draw() * config.vocabSize));
  const targets = ids.map((_, i) => ids[(i + 1) % ids.length]!);
  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await openDecoder(flatGraph(config, weights, 'int4'), config, 2);
  });
  afterAll(() => decoder.close());

  it('computes what the naive forward computes with the rounded weights', async () => {
    const rounded: Weights = new Map(
      [...weights].map(([name, data]) => {
        if (name.includes('norm')) return [name, data];
        const back = name.includes('embed')
          ? dequantizeBlocks(quantizeBlocks(data))
          : dequantizeNibbles(quantizeNibbles(data));
        return [name, back];
      }),
    );
    const exact = naiveLogProbs(config, rounded, ids);
    const whole = naiveLogProbs(config, weights, ids);
    const readouts = await decoder.run(decoder.newCache(), ids, targets);
    const mean = (of: number[][]) =>
      readouts.reduce((sum, one, i) => sum + Math.abs(one.targetLogProb - of[i]![targets[i]!]!), 0) / ids.length;
    console.log(
      `int4, mean difference of a log-probability: ${mean(whole).toFixed(3)}, by activations ${mean(exact).toFixed(3)}`,
    );
    expect(mean(exact)).toBeLessThan(0.15);
    // Random weights, nothing learned: the bound is that it is the same student, not a good one.
    expect(mean(whole)).toBeLessThan(1.5);
  });

  it('gives the same bits again, and for a prompt in any two parts', async () => {
    const again = await openDecoder(flatGraph(config, weights, 'int4'), config, 1);
    const expected = await decoder.run(decoder.newCache(), ids, targets);
    expect(await again.run(again.newCache(), ids, targets)).toEqual(expected);
    await again.close();
    for (const cut of [2, 3, 13, 32, ids.length - 2]) {
      const cache = decoder.newCache();
      const first = await decoder.run(cache, ids.slice(0, cut), targets.slice(0, cut));
      expect([...first, ...(await decoder.run(cache, ids.slice(cut), targets.slice(cut)))]).toEqual(expected);
    }
  });

  it('is a file of its own, smaller than the 8-bit one, that says the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'q4-'));
    try {
      const path = await writeOnnx(folder, 'int4', { config, weights });
      expect(path).toBe(join(folder, 'onnx', 'model_q4.onnx'));
      const file = await readFile(path);
      expect(file.length).toBeLessThan((await readFile(await writeOnnx(folder, 'int8', { config, weights }))).length);
      const session = await InferenceSession.create(file, { intraOpNumThreads: 2 });
      const int64s = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
      const empty = () => new Tensor('float32', new Float32Array(0), [1, config.heads, 0, config.headDim]);
      const past = Array.from({ length: config.layers }, (_, l) => [`${l}.key`, `${l}.value`]).flat();
      const { logits } = await session.run({
        input_ids: int64s(ids),
        attention_mask: int64s(ids.map(() => 1)),
        ...Object.fromEntries(past.map((name) => [`past_key_values.${name}`, empty()])),
      });
      await session.release();
      const ours = await decoder.run(decoder.newCache(), ids, targets);
      for (const [i, one] of ours.entries()) {
        const row = (logits!.data as Float32Array).slice(i * config.vocabSize, (i + 1) * config.vocabSize);
        expect(row.indexOf(Math.max(...row))).toBe(one.best);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('pruning', () => {
  const wide = { heads: 3, headDim: 32, ffnSize: 128, layers: 3 };
  const ids = Array.from({ length: 12 }, () => Math.floor(next() * 300));

  /** A student with the weights that are `idle` set to zero: what they belong to must be what goes. */
  function student(idle: (name: string, row: number, column: number) => boolean): Model {
    const { config, weights } = smallStudent(wide);
    const columnsOf = (name: string): number =>
      name.includes('o_proj') ? 96 : name.includes('down') ? config.ffnSize : config.hiddenSize;
    const changed = new Map(
      [...weights].map(([name, w]) => {
        const columns = columnsOf(name);
        return [name, w.map((value, i) => (idle(name, Math.floor(i / columns), i % columns) ? 0 : value))];
      }),
    );
    return { config, weights: changed };
  }
  const difference = (a: Model, b: Model): number => {
    const [x, y] = [a, b].map(({ config, weights }) => naiveLogProbs(config, weights, ids).flat());
    return Math.max(...x!.map((value, i) => Math.abs(value - y![i]!)));
  };
  const layerOf = (name: string): number => Number(/layers\.(\d+)/.exec(name)?.[1]);

  it('takes the head that writes nothing, another one in each layer, and leaves the rest as it was', () => {
    const model = student((name, _, column) => name.includes('o_proj') && column >> 5 === layerOf(name));
    const smaller = pruneHeads(model, 2);
    expect(smaller.config).toEqual({ ...model.config, heads: 2 });
    checkWeights(smaller.config, smaller.weights);
    expect(difference(model, smaller)).toBeLessThan(1e-9);
    expect(
      difference(
        student(() => false),
        smaller,
      ),
    ).toBeGreaterThan(0.01);
  });

  it('weighs a head by what it writes, not by the size of its two halves', () => {
    const part = (name: string) => `model.layers.0.self_attn.${name}_proj.weight`;
    const model = student((name, _, column) => name === part('o') && column >> 5 === 1);
    const quiet = model.weights.get(part('v'))!.map((value, i) => (i >= 64 * 64 ? value / 100 : value));
    const loud = model.weights.get(part('o'))!.map((value, i) => (i % 96 >= 64 ? value * 100 : value));
    const skewed = { ...model, weights: new Map([...model.weights, [part('v'), quiet], [part('o'), loud]]) };
    // Head 2 does what it did, by other means; head 1 does nothing.
    expect(difference(pruneHeads(skewed, 2), pruneHeads(model, 2))).toBeLessThan(1e-4);
    // A head that hears nothing through the norm's gain does nothing either.
    const gain = 'model.layers.0.input_layernorm.weight';
    const deaf = student((name, row, column) => name === part('v') && row >> 5 === 0 && column >= 32);
    const shut = deaf.weights.get(gain)!.map((value, i) => (i < 32 ? 0 : value));
    const kept = pruneHeads({ ...deaf, weights: new Map([...deaf.weights, [gain, shut]]) }, 2);
    expect(kept.weights.get(part('v'))).toEqual(deaf.weights.get(part('v'))!.slice(32 * 64));
  });

  it('takes the neurons that do nothing, by any of their three parts', () => {
    const model = student((name, _, column) => name.includes('down_proj') && column % 4 === layerOf(name));
    const smaller = pruneNeurons(model, 96);
    expect(smaller.config).toEqual({ ...model.config, ffnSize: 96 });
    checkWeights(smaller.config, smaller.weights);
    expect(difference(model, smaller)).toBeLessThan(1e-9);
    for (const part of ['gate_proj', 'up_proj']) {
      const other = student((name, row) => name.includes(part) && row % 4 === 3);
      expect(difference(other, pruneNeurons(other, 96))).toBeLessThan(1e-9);
    }
  });

  it('finds the layer that is missed least, and takes it out', async () => {
    const model = student((name) => /layers\.1\..*(o_proj|down_proj)/.test(name));
    const asked: number[] = [];
    const { layer, losses } = await cheapestLayer(model, async (smaller) => {
      asked.push(smaller.config.layers);
      return difference(model, smaller);
    });
    expect(asked).toEqual([2, 2, 2]);
    expect(layer).toBe(1);
    expect(losses[1]).toBeLessThan(1e-9);
    expect(Math.min(losses[0]!, losses[2]!)).toBeGreaterThan(0.01);
    const smaller = dropLayer(model, 1);
    checkWeights(smaller.config, smaller.weights);
    expect(smaller.weights.get('model.layers.1.mlp.up_proj.weight')).toBe(
      model.weights.get('model.layers.2.mlp.up_proj.weight'),
    );
    expect(parameterCount(smaller.config)).toBeLessThan(parameterCount(model.config));
  });

  it('sets the smaller half of each matrix to zero, and neither embeddings nor norms', () => {
    const model = student(() => false);
    const { weights, mask } = thin(model, 0.5);
    for (const [name, w] of weights) {
      const whole = model.weights.get(name)!;
      if (/norm|embed/.test(name)) {
        expect(w).toBe(whole);
        continue;
      }
      const gone = whole.filter((_, i) => w[i] === 0).map(Math.abs);
      const stay = whole.filter((_, i) => w[i] !== 0);
      expect(gone.length).toBe(whole.length / 2);
      const smallest = stay.map(Math.abs).reduce((a, b) => Math.min(a, b));
      expect(gone.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(smallest);
      expect(whole.filter((_, i) => mask.get(name)![i])).toEqual(stay);
    }
    expect(masked(model.weights, mask)).toEqual(weights);
  });

  it('leaves its model as it was, and says what does not fit', () => {
    const model = student(() => false);
    const copy = structuredClone(model);
    for (const all of [pruneHeads(model, 3), pruneNeurons(model, 128), thin(model, 0)]) {
      expect(all.config).toEqual(copy.config);
      expect(all.weights).toEqual(copy.weights);
    }
    pruneHeads(model, 1);
    pruneNeurons(model, 32);
    dropLayer(model, 0);
    thin(model, 0.9);
    expect(model).toEqual(copy);
    expect(() => pruneHeads(model, 4)).toThrow('heads 4: give a whole number from 1 to 3');
    expect(() => pruneNeurons(model, 100)).toThrow('ffnSize 100: 100 inputs do not fill blocks of 32');
    expect(() => dropLayer(model, 3)).toThrow('layer 3 of 3');
    expect(() => thin(model, 1)).toThrow('share 1');
  });
});

describe('recovery', () => {
  it('mends a thinned model and leaves its zeros', async () => {
    const { config: given, dataset, ...how } = tiny;
    const config = decoderConfig({ ...given, headDim: 16, heads: 2 });
    const trained = await train({ ...how, config, dataset, steps: 150 });
    const pruned = thin({ config, weights: trained.weights }, 0.7);
    const parts: number[] = [];
    const datasetOf = (part: number) => {
      parts.push(part);
      return dataset;
    };
    // The loss of a first step at a rate of nothing is that of the weights it was given.
    const lossOf = async ({ weights }: Model): Promise<number> =>
      (await train({ ...how, config, dataset, weights, steps: 1, learningRate: 1e-12 })).loss;
    const mended = await recover(pruned, { ...how, steps: 90, datasetOf });
    const [whole, cut, after] = [
      await lossOf({ config, weights: trained.weights }),
      await lossOf(pruned),
      await lossOf(mended),
    ];
    console.log(`loss ${whole.toFixed(2)}, thinned ${cut.toFixed(2)}, recovered ${after.toFixed(2)}`);
    expect(cut).toBeGreaterThan(whole);
    expect(after).toBeLessThan(cut);
    expect(mended.training.map(({ steps }) => steps)).toEqual([30, 30, 30]);
    expect(parts).toEqual([0, 1, 2]);
    expect(masked(mended.weights, pruned.mask)).toEqual(mended.weights);
    expect(mended.weights).not.toEqual(pruned.weights);
  });

  it('trains a model with fewer heads than its width, in one part', async () => {
    const { config: given, dataset, ...how } = tiny;
    const wide = decoderConfig({ ...given, headDim: 32, heads: 2 });
    const start = await train({ ...how, config: wide, dataset, steps: 60 });
    const smaller = pruneHeads(pruneNeurons({ config: wide, weights: start.weights }, 64), 1);
    const { weights, config, training } = await recover(smaller, { ...how, steps: 60, datasetOf: () => dataset });
    checkWeights(config, weights);
    expect(training.map(({ steps }) => steps)).toEqual([60]);
    expect(training[0]!.loss).toBeLessThan(start.loss);
  });
});
