/** May it wait: when it is asked, and what a sheet can honestly say to it. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../models/knowledge/types.ts';
import { asksToWait, ifLeft } from '../../../models/knowledge/waiting.ts';

it.each([
  'leave until saturday shutdown?',
  'can it run till friday',
  'Can we nurse it to weekend?',
  'creeps down after you let go the button. still using it for now',
  'can wait for the vendor next week?',
  'do we need to do something now or next outage?',
  'tube leak? how long have we got',
  'can it do 2 more shifts',
  'is that a problem',
])('asks whether it can wait: %s', (text) => expect(asksToWait(text)).toBe(true));

it.each([
  'what should I check first on P-101',
  'the pump ran for two hours and stopped',
  'which reading shows bearing damage first',
  'why does it trip when we start the fan',
])('does not ask it: %s', (text) => expect(asksToWait(text)).toBe(false));

describe('what a fault leads to', () => {
  const fault = (actions: string[]): Fault =>
    ({ name: 'x', effects: ['seizure', 'lost flow', 'noise'], actions }) as unknown as Fault;

  it('is told with the action that stops it, where the sheet has one', () => {
    expect(ifLeft(fault(['watch it', 'stop the pump']), '')).toBe(
      'Not to be left: it leads to seizure or lost flow; stop the pump.',
    );
  });

  it('promises nothing where the sheet has none', () => {
    expect(ifLeft(fault(['change the bearing']), '')).toBe(
      'Nobody can promise how long: it leads to seizure or lost flow; change the bearing; stop it if it gets worse.',
    );
  });

  it('is no matter of days where something glows or smokes', () => {
    expect(ifLeft(fault(['change the roller']), 'one idler is glowing')).toMatch(/^Not to be left: /);
  });

  it('is not told twice', () => expect(ifLeft(fault(['stop it']), '', true)).toBe('Not to be left: stop it.'));
});
