/** Who is right in the month: what the bot and the teachers say in sentences, against what the plant's tables say. */
import { describe, expect, it } from 'vitest';
import type { Episode } from '../../models/distill/episodes.ts';
import { kindsOf, kindsTable, type MonthRow, monthSvg, monthTable } from './month-figures.ts';
import { type Asked, isRight } from './month-plant.ts';

const open = (...firsts: string[]): Episode => ({
  ...{ mode: 'closed', relation: 'parameters', asset: 'pump', context: [], question: '', rationale: '', facts: [] },
  ...{ answers: firsts, answer: firsts[0]!, firsts },
});

describe('an open answer', () => {
  it.each([
    ['Gear defects on the aero gas turbine shows in vibration, oil debris and temperature.', 'vibration'],
    ['Temperature on the pump points to bearing wear and damaged seals.', 'bearing wear'],
    ['P-101: probably damaged seals. First, count drips.', 'damaged seals'],
    ['GX-11: start the fans and clean the radiators.', 'start the fans'],
    ['This fits damaged seals of the pump; first count drips.', 'damaged seals'],
    ['Most likely bearing damage of the steam turbine, else damaged labyrinth.', 'bearing damage'],
    ['First trend vibration daily; then check alignment.', 'trend vibration daily'],
    ['Against damaged seals on the pump: change over to the standby pump.', 'change over to the standby pump'],
    ['A change in temperature of an aero gas turbine speaks for blown seal.', 'blown seal'],
    ['damaged seals; first count drips', 'damaged seals'],
    ['Yes, clearly (vibration and bearing wear on the pump).', 'yes'],
  ])('is right by what it names first: %s', (said, first) => {
    expect(isRight(open(first), said)).toBe(true);
    expect(isRight(open('something else'), said)).toBe(false);
  });

  it('that says nothing is not right', () => {
    expect(isRight(open('vibration'), '')).toBe(false);
  });
});

describe('a choice', () => {
  const choice: Episode = { ...open('flow'), options: ['flow', 'speed'].map((text) => ({ text, grade: 0 })) };

  it('is right by exactly the right options', () => {
    expect(isRight(choice, 'flow')).toBe(true);
    expect(isRight(choice, 'speed')).toBe(false);
    expect(isRight(choice, 'flow; speed')).toBe(false);
  });
});

it('the figures are a line a round, and a line a figure', () => {
  const row = (round: number): MonthRow => ({
    ...{ round, questions: 50, accuracy: 0.9, shownAccuracy: 0.95, escalationRate: 0.2, answeredError: 0.04 },
    ...{ oldAccuracy: 0.97, teacherCalls: 12, minutes: 3.5, promoted: round > 0, flags: 3, corrections: 7, ofWrong: 2 },
  });
  const [head, ...rows] = monthTable([row(0), row(1)]);
  expect(head).toMatch(/^round +student right/);
  expect(rows.map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual(['3.5', 'yes']);
  expect(monthSvg([row(0), row(1)]).match(/<polyline/g)).toHaveLength(4);
});

it('escalations are told by kind of question and week, with why, and wrong answers beside them', () => {
  const asked = (
    relation: Episode['relation'],
    outcome: 'answered' | 'escalated',
    right: boolean,
    reason = '',
  ): Asked => ({
    episode: { ...open('vibration'), relation },
    exchange: {} as Asked['exchange'],
    answer: { outcome, reason, sources: [] as object[] } as Asked['answer'],
    ...{ studentRight: right, shownRight: right, changed: relation === 'parameters' },
  });
  const kinds = kindsOf([
    [
      asked('diagnose', 'escalated', true, 'the student is 70 % sure, 88 % is needed: …'),
      asked('diagnose', 'answered', true),
      asked('parameters', 'escalated', false, "the student's answer is not what the line that it cites puts first: …"),
    ],
    [asked('diagnose', 'answered', false), asked('diagnose', 'answered', true)],
  ]);
  const rows = kindsTable(kinds).map((line) => line.split(/ {2,}/));
  expect(rows).toContainEqual(['diagnose, open', '1 of 2', '0 of 2 !1']);
  expect(rows).toContainEqual(['parameters, open', '1 of 1']);
  expect(rows).toContainEqual(['all', '2 of 3', '0 of 2 !1']);
  expect(rows).toContainEqual(['on changed facts', '1 of 1']);
  expect(rows).toContainEqual(['not sure enough', '1', '0']);
  expect(rows).toContainEqual(['contradicts the line that it cites', '1', '0']);
  expect(rows).toContainEqual(['escalated though the student was right', '1', '0']);
});
