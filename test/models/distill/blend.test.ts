/** How far a round goes from the former weights: as far as nothing known is lost, and no further than what is new needs. */
import { expect, it } from 'vitest';
import { place } from '../../../models/distill/steps/blend.ts';

/** What is right at each share of the way: news, known. */
const along = (course: Record<number, readonly [news: number, known: number]>) => (share: number) => {
  const [news, known] = course[share]!;
  return Promise.resolve({ share, news, known });
};

it('stays at the first place that still knows what the former knew, where what is new goes with the next', async () => {
  const course = { 0: [0.74, 0.875], 1: [0.86, 0.87], 0.8: [0.85, 0.875], 0.65: [0.79, 0.88] } as const;
  const { places, chosen } = await place(along(course));
  expect(chosen).toBe(0.8);
  expect(places.map(({ share }) => share)).toEqual([0, 1, 0.8, 0.65]);
});

it('comes nearer as long as what is new stays, and nothing known is lost on the way', async () => {
  const course = { 0: [0.6, 0.87], 1: [0.9, 0.88], 0.8: [0.9, 0.88], 0.65: [0.89, 0.87], 0.5: [0.7, 0.88] } as const;
  expect((await place(along(course))).chosen).toBe(0.65);
  const dipping = { ...course, 0.8: [0.9, 0.86] } as const;
  expect((await place(along(dipping))).chosen).toBe(1);
});

it('takes the place that has lost least where each has lost', async () => {
  const course = {
    0: [0.6, 0.9],
    1: [0.9, 0.8],
    0.8: [0.9, 0.82],
    0.65: [0.8, 0.85],
    0.5: [0.7, 0.84],
    0.35: [0.6, 0.83],
  } as const;
  const { places, chosen } = await place(along(course));
  expect(chosen).toBe(0.65);
  expect(places).toHaveLength(6);
});
