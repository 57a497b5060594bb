import { describe, expect, it } from 'vitest';
import { type Batch, type Next, openBatch } from '../../../models/student/batch.ts';
import { openDecoder } from '../../../models/student/decoding.ts';
import { flatGraph, type Precision, stepGraph } from '../../../models/student/inference.ts';
import { random, smallStudent } from './fixture.ts';

const { config, weights } = smallStudent();
const draw = random(11);
const below = (n: number) => Math.floor(draw() * n);
const tokens = (length: number) => Array.from({ length }, () => below(config.vocabSize));
/** Lengths on both sides of a block's end, where capacities change. */
const prompts = [3, 2, 63, 64, 65, 20, 118, 40, 5, 100, 31, 62].map(tokens);
const STEPS = 70;

interface Told {
  last: number;
  said: Next[];
  left: number;
}

async function open(precision: Precision, threads: number, alone?: 1 | 2) {
  const decoder = await openDecoder(flatGraph(config, weights, precision), config, threads);
  const batch: Batch<Told> = await openBatch(stepGraph(config, weights, precision), config, threads, alone);
  const join = async (prompt: number[], left = STEPS): Promise<Told> => {
    const cache = decoder.newCache();
    const [next] = await decoder.run(cache, prompt);
    const told = { last: next!.best, said: [], left };
    batch.join(told, cache);
    return told;
  };
  const step = async () => {
    for (const [told, next] of await batch.step(({ last }) => last)) {
      told.said.push(next);
      told.last = next.best;
      if (told.said.length === told.left) batch.leave(told);
    }
  };
  const close = () => Promise.all([decoder.close(), batch.close()]);
  return { decoder, batch, join, step, close };
}

describe.each([
  ['int8', 1, undefined],
  ['int8', 2, 2],
  ['float32', 1, undefined],
  ['float32', 1, 2],
] as const)('a batch (%s, %i threads, alone %s)', (precision, threads, alone) => {
  it('tells each sequence what it tells it alone, bit for bit, whoever comes and goes', async () => {
    const { batch, join, step, close } = await open(precision, threads, alone);
    const byThemselves: Next[][] = [];
    for (const prompt of prompts) {
      const told = await join(prompt);
      while (batch.size) await step();
      byThemselves.push(told.said);
    }
    const crowd: { of: number; told: Told }[] = [];
    const sizes = new Set<number>();
    for (let turn = 0; crowd.length < 30 || batch.size; turn++) {
      if (crowd.length < 30 && (turn % 5 === 0 || batch.size === 0)) {
        for (let i = 1 + below(5); i > 0 && batch.size < 9; i--) {
          const of = below(prompts.length);
          crowd.push({ of, told: await join(prompts[of]!, 1 + below(STEPS)) });
        }
      }
      sizes.add(batch.size);
      await step();
    }
    expect(sizes.size).toBeGreaterThan(5);
    for (const { of, told } of crowd) expect(told.said).toEqual(byThemselves[of]!.slice(0, told.left));
    await close();
  });

  it('computes what the decoder computes token by token', async () => {
    const { decoder, batch, join, step, close } = await open(precision, threads, alone);
    let worst = 0;
    for (const prompt of prompts) {
      const told = await join(prompt, 12);
      const cache = decoder.newCache();
      const [first] = await decoder.run(cache, prompt);
      const fed = [first!.best];
      while (batch.size) {
        await step();
        fed.push(told.last);
      }
      for (const [i, next] of told.said.entries()) {
        const [readout] = await decoder.run(cache, [fed[i]!]);
        worst = Math.max(worst, Math.abs(readout!.bestLogProb - next.bestLogProb));
      }
    }
    console.log(`${precision}: step against run, largest difference of a log-probability ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(precision === 'int8' ? 0.1 : 1e-4);
    await close();
  });
});

describe('a batch', () => {
  it('refuses a token beyond the context and forgets what left', async () => {
    const { batch, join, step, close } = await open('int8', 1);
    await join(tokens(config.maxPositions - 1), 2);
    await step();
    await expect(step()).rejects.toThrow(/257 tokens for a context of 256/);
    const other = await join(prompts[0]!, 1);
    expect(batch.size).toBe(2);
    batch.leave(other);
    batch.leave(other);
    expect(batch.size).toBe(1);
    await close();
  });
});
