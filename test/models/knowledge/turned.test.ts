/** The options tell which way a question is turned, where its wording leaves doubt. */
import { expect, it } from 'vitest';
import { type Heard, turned } from '../../../models/knowledge/turned.ts';

const BOUNDS = { belongs: 0.4, not: 0.1 };
const unsure: Heard = { certain: false };

it.each<[string, number[], Heard, boolean]>([
  ['one alone does not belong', [0.8, 0, 0.7, 0.9], unsure, true],
  ['one alone belongs', [0, 0.7, 0, 0.1], { negated: true, certain: false }, false],
  ['one alone does not belong, but another is far ahead', [0.4, 0.95, 0, 0.5], unsure, false],
  ['it was heard so, and the options agree', [0.4, 0.95, 0, 0.5], { negated: true, certain: false }, true],
  ['some belong, some do not', [0.8, 0.7, 0, 0], { negated: true, certain: false }, true],
  ['some belong, some do not', [0.8, 0.7, 0, 0], unsure, false],
  ['one is neither', [0.8, 0.7, 0.2, 0], unsure, false],
  ['two options tell nothing', [0.8, 0], unsure, false],
  ['the wording is certain', [0.8, 0, 0.7, 0.9], { certain: true }, false],
  ['the wording is certain', [0, 0.7, 0, 0.1], { negated: true }, true],
  ['several may be right', [0.8, 0, 0.7, 0.9], { certain: false, several: true }, false],
])('%s: %j', (_, strengths, heard, expected) => expect(turned(strengths, heard, BOUNDS)).toBe(expected));

it('is the same in any order', () => {
  const strengths = [0.8, 0, 0.7, 0.9];
  for (let i = 0; i < 4; i++) {
    strengths.push(strengths.shift()!);
    expect(turned(strengths, unsure, BOUNDS)).toBe(true);
  }
});
