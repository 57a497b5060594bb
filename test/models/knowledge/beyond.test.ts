/** Questions that no one fact answers are told from those that one does. */
import { expect, it } from 'vitest';
import { beyondIn } from '../../../models/knowledge/beyond.ts';

const named = (...faults: string[]) => ({ faults: faults.map((name) => ({ name })), parameters: [] });

it.each<[string, string[], string | undefined]>([
  ['what do I watch on T-1', [], 'watch'],
  ['which readings should we monitor on this fan?', [], 'watch'],
  ['what do I watch for when the seal is gone', [], undefined],
  ['which reading shows cavitation', ['cavitation'], undefined],
  ['misalignment vs unbalance, how do i tell', ['misalignment', 'unbalance'], 'compare'],
  ['is it misalignment or unbalance?', ['misalignment', 'unbalance'], 'compare'],
  ['misalignment and unbalance of a pump', ['misalignment', 'unbalance'], undefined],
  ['who should look at it?', [], 'who'],
  ['who won the cup', [], undefined],
  ['whose pump is P-101', [], 'who'],
  ['P-101: whose job is it?', [], 'who'],
  ['what is wrong inside a pump whose flow no longer looks healthy?', [], undefined],
  ['how often do I grease it', [], 'how often'],
  ['Why did the pump trip last night?', [], 'history'],
  ['why does the pump trip', [], undefined],
])('%s', (text, faults, beyond) => {
  expect(beyondIn(text, named(...faults))).toBe(beyond);
});

it.each<[string, string | undefined, string | undefined]>([
  ['C2H4 190 CH4 160 C2H2 1', 'power transformer', 'gases'],
  ['C2H4 190 CH4 160 C2H2 1, how often do I sample?', 'power transformer', 'gases'],
  ['C2H4 190 CH4 160 C2H2 1', undefined, 'gases'],
  ['C2H4 190 CH4 160 C2H2 1', 'industrial gas turbine', undefined],
  ['acetylene 40 ppm', 'power transformer', 'gases'],
  ['acetylene 40 ppm', undefined, undefined],
  ['H2 40 CO 20', undefined, undefined],
  ['acetylene is rising', 'power transformer', undefined],
  ['is acetylene 40 ppm bad?', 'power transformer', 'limit'],
  ['who looks at it, C2H4 190 CH4 160?', 'power transformer', 'who'],
])('gases: %s of %s', (text, asset, beyond) => {
  expect(beyondIn(text, { ...named(), ...(asset ? { asset } : {}) })).toBe(beyond);
});

it('what the carbon oxides do belongs to gases where the thread is of them', () => {
  const of = { ...named(), asset: 'power transformer' };
  const thread = { parameters: ['dissolved gas'] };
  expect(beyondIn('CO and CO2 havent moved', of, thread)).toBe('gases');
  expect(beyondIn('CO and CO2 havent moved', of)).toBeUndefined();
  expect(beyondIn('is CO normal', of, thread)).toBeUndefined();
});

it('what was seen makes it a diagnosis, not a question of what to watch', () => {
  const found = { ...named(), tellsSigns: true };
  expect(beyondIn('what failed? here is what we observe: the gland is hot and wet', found)).toBeUndefined();
});

it('what was seen makes it a diagnosis, not a comparison', () => {
  const found = { ...named('misalignment', 'unbalance'), tellsSigns: true };
  expect(beyondIn('misalignment or unbalance? shakes along the shaft', found)).toBeUndefined();
});
