/** From grades to a choice: straight, turned round by the wording or by the options, several, none and all. */
import { describe, expect, it } from 'vitest';
import { choose, shares } from '../../../models/student/choose.ts';

const options = ['vibration', 'flow', 'speed', 'noise'];
const chosen = (grades: number[], how = {}, asked = options): string[] =>
  choose(asked, grades, how).chosen.map((i) => asked[i]!);

describe('one option', () => {
  it('the highest grade, or the lowest where the question is turned round', () => {
    expect(chosen([0.9, 0.3, 0.1, 0.5])).toEqual(['vibration']);
    expect(chosen([0.9, 0.3, 0.1, 0.5], { negated: true })).toEqual(['speed']);
  });

  it('the options tell the turn only where the wording leaves it in doubt', () => {
    const oneOut = [0.9, 0.8, 0.05, 0.85];
    expect(chosen(oneOut)).toEqual(['vibration']);
    expect(chosen(oneOut, { certain: false })).toEqual(['speed']);
    expect(chosen(oneOut, { negated: true, certain: false })).toEqual(['speed']);
    const oneIn = [0.1, 0.05, 0.9, 0.2];
    expect(chosen(oneIn, { negated: true })).toEqual(['flow']);
    expect(chosen(oneIn, { negated: true, certain: false })).toEqual(['speed']);
    expect(chosen(oneIn, { certain: false })).toEqual(['speed']);
  });

  it('scores follow the turn', () => {
    const { scores } = choose(options, [0.9, 0.8, 0.05, 0.85], { certain: false });
    expect(scores.map((score) => Math.round(100 * score))).toEqual([10, 20, 95, 15]);
  });

  it('options that speak of the others have no say in the turn', () => {
    const asked = [...options.slice(0, 3), 'none of the above'];
    expect(chosen([0.9, 0.05, 0.85, 0.4], { certain: false }, asked)).toEqual(['flow']);
  });
});

describe('other than one', () => {
  it('all that belong where several are wanted, whatever their number', () => {
    expect(chosen([0.9, 0.8, 0.05, 0.85], { several: true, certain: false })).toEqual(['vibration', 'flow', 'noise']);
  });

  it('none where nothing belongs, all where everything does', () => {
    const asked = [...options.slice(0, 3), 'None of these'];
    expect(chosen([0.1, 0.05, 0.2, 0.3], {}, asked)).toEqual(['None of these']);
    const all = [...options.slice(0, 3), 'all of the above'];
    expect(chosen([0.9, 0.6, 0.7, 0.3], {}, all)).toEqual(['all of the above']);
  });
});

it('shares add up to one and keep the order', () => {
  const made = shares([0.2, 0.9, 0.5]);
  expect(made.reduce((a, b) => a + b)).toBeCloseTo(1);
  expect(made[1]).toBeGreaterThan(made[2]!);
  expect(made[2]).toBeGreaterThan(made[0]!);
});
