import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Decoder, type KvCache, openDecoder } from '../../../models/student/decoding.ts';
import { flatGraph } from '../../../models/student/inference.ts';
import { prefixes } from '../../../models/student/prefixes.ts';
import { random, smallStudent } from './fixture.ts';

const { config, weights } = smallStudent();
const next = random(5);
const ids = Array.from({ length: 200 }, () => Math.floor(next() * config.vocabSize));
/** Another prompt that begins with `shared` tokens of the first. */
const fork = (shared: number, length: number) =>
  [...ids.slice(0, shared), ...ids.slice(shared + 1), 3].slice(0, length);

let decoder: Decoder;
/** Tokens of every run. */
let runs: number[];
beforeAll(async () => {
  const bare = await openDecoder(flatGraph(config, weights, 'int8'), config, 1);
  decoder = {
    ...bare,
    run: (cache, tokens, ...how) => {
      runs.push(tokens.length);
      return bare.run(cache, tokens, ...how);
    },
  };
});
afterAll(() => decoder.close());

/** Keys and values of all tokens, in the order of layers and heads. */
function kept({ ids, capacity, buffers }: KvCache): number[] {
  const { heads, headDim } = config;
  return buffers.flatMap((buffer) =>
    Array.from({ length: heads }, (_, head) => {
      const start = head * capacity * headDim;
      return [...buffer.subarray(start, start + ids.length * headDim)];
    }).flat(),
  );
}

describe('prompts remembered', () => {
  it('give the bits that reading them whole gives, however long the rest is that is read', async () => {
    for (const length of [65, 66, 97, 129, 130, 193]) {
      for (const shared of [2, 5, 33, 64, length - 33, length - 65]) {
        if (shared < 2) continue;
        runs = [];
        const prompt = fork(shared, length);
        const whole = await prefixes(decoder).prefill(prompt);
        const expected = { bits: kept(whole.cache), next: whole.next };
        const memory = prefixes(decoder);
        await memory.prefill(ids);
        const { cache, next } = await memory.prefill(prompt);
        expect({ bits: kept(cache), next }).toEqual(expected);
        expect(runs.filter((run) => run % 32 === 1)).toEqual([]);
        const held = await prefixes(decoder).hold(prompt);
        expect(kept(held)).toEqual(expected.bits);
      }
    }
  });

  it('are as many as there are callers, and fewer again when they have gone', async () => {
    let slots = 3;
    const memory = prefixes(decoder, () => slots);
    const prompts = Array.from({ length: 4 }, (_, i) => [i + 7, ...ids.slice(0, 20)]);
    /** What had to be read of each prompt. */
    const read = async (which: number[]) => {
      const lengths: number[] = [];
      for (const i of which) {
        runs = [];
        await memory.hold(prompts[i]!);
        lengths.push(runs.reduce((a, b) => a + b, 0));
      }
      return lengths;
    };
    expect(await read([0, 1, 2])).toEqual([21, 21, 21]);
    expect(await read([0, 1, 2])).toEqual([0, 0, 0]);
    slots = 4;
    expect(await read([3])).toEqual([21]);
    expect(await read([0, 1, 2, 3])).toEqual([0, 0, 0, 0]);
    slots = 2;
    prompts.push([50, ...ids.slice(0, 20)]);
    expect(await read([4])).toEqual([21]);
    expect(await read([4, 3])).toEqual([0, 0]);
    expect(await read([0])).toEqual([21]);
  });
});
