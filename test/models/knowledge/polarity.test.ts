/** Which way a question is turned, by the kinds of words that turn it, and by what only seems to. */
import { describe, expect, it } from 'vitest';
import { polarityOf, type Sought } from '../../../models/knowledge/polarity.ts';

/** F a fault, P a reading, M a machine. */
const masked = (text: string): string =>
  text.replace(/\bF\b/g, 'thistrouble').replace(/\bP\b/g, 'thisquantity').replace(/\bM\b/g, 'thismachine');
const turnedRound = (text: string, sought: Sought): boolean => polarityOf(masked(text), sought).negated;

const PARAMETERS_TURNED = `
It does not show: Which trend won't F of a M be visible on?
It does not show: Which quantity isn't going to move if a M develops F?
Hardly: F in a M has hardly any influence on which parameter?
By its degree: Which sensor on a M would be the last to tell you of F?
By its degree: Pick the quantity with the weakest link to F in a M.
By its degree: Choose the measurement having the lowest relevance for F of a M.
Touches nothing: Which of these indicators do experts consider immaterial to F of a M?
Touches nothing: Among the sensors on a M, which is insensitive to F?
Touches nothing: Which variable of a M is independent of F?
Touches nothing: Someone claims that F on a M is seen in any of these. For which reading is the claim untenable?
Nothing of it: Which measurement tells you next to nothing about F on a M?
Nothing of it: Out of these, what has no bearing on F in a M?
Nothing of it: Which sensor has nothing to offer for F on a M?
Nothing of it: Which of the available readings has no diagnostic value for F on a M?
Falls short: Which measurement fails to give F on a M away?
Falls short: The apprentice says that each of these reveals F on a M. About which of them is he mistaken?
Left out: As far as F on a M is concerned, which signal can you do without?
Left out: Which reading should be disregarded in the assessment of F on a M?
Left out: A colleague has a plan against F on a M. Which of his sensors would you turn down?
Left out: Which transducer can be dropped from a M if only F is of interest?
In vain: To confirm F on a M, looking at one of these is pointless. Name it.
In vain: Which of these will you ask in vain about F of a M?
As before: On a M, which quantity keeps its usual value even when F is severe?
As before: F has set in on a M, yet one trend carries on as before. Which?
As before: In a M suffering F, what remains within its normal band?
As before: Which gauge would still look ordinary on a M with F?
All but one: Every one of these helps to detect F on a M, save one. Which is it?
All but one: All of these are disturbed by F on a M EXCEPT
All but one: Which reading is the odd one out with respect to F in a M?`;

const FAULTS_TURNED = `
It does not show: Which fault does not manifest itself in P of a M?
Missed: Which failure would slip past somebody who only measures P on a M?
Missed: With P as the only reading on a M, which failure mode would go unnoticed?
Missed: Despite continuous monitoring of P on a M, which defect would remain hidden?
Out of question: P on a M is off. Which of these can be struck off the list of suspects?
Out of question: P on a M deviates. Which of the following is an implausible cause?
Out of question: Which fault is incompatible with an anomaly of P on a M?
Out of question: If P on a M drifted, it would be a mistake to blame which of these?
As before: P of a M stays perfectly healthy in the presence of which defect?
As before: One of these troubles in a M keeps P unaffected. Identify it.
As before: Which defect of a M could develop while P remains as it always was?
All but one: P on a M can be due to any of these apart from one. Which?`;

const PARAMETERS_STRAIGHT = `
Denied twice: Which of these can't be left out when F is feared on a M?
Denied twice: Which signal never fails to respond to F in a M?
Denied twice: It would be careless to ignore which reading when F is suspected on a M?
Denied twice: Which of these would not stay the same with F on a M?
Denied twice: Which parameter is anything but useless against F on a M?
Denied twice: All of these are blind to F on a M except one. Which one sees it?
Beside the question: No fault has been confirmed yet, but F is feared on a M. Which reading do you turn to?
Beside the question: Nothing has been changed on a M, still F is suspected. Which trend would confirm it?
Beside the question: F is hard to see on a M. Which parameter exposes it?
Beside the question: We can't open the machine. Which measurement betrays F in a M?
A state: Which quantity would no longer be normal if a M had F?
Of the fault: Which measurement could exclude F on a M?
One more: Apart from a look at it, which measurement reveals F of a M?`;

const FAULTS_STRAIGHT = `
A state: What ails the M if its P is not as usual?
A state: P on a M is not where it should be. Which of these is the culprit?
A state: Which fault explains implausible readings of P on a M?
Beside the question: Everything else is unchanged, only P has moved on a M. Which fault fits?
Beside the question: We could not find anything except a deviation of P on a M. Which fault is it?
Denied twice: Which failure of a M cannot be ruled out once P is abnormal?
Denied twice: Which problem in a M cannot hide from somebody who tracks P?
Denied twice: Which fault does not leave P of a M untouched?
Not to be had: Which fault would be missed if P on a M were not monitored?
Not to be had: Which failure would stay hidden on a M without P?
Ruled out by it: P of a M stays normal. Which fault can be ruled out?`;

const lines = (text: string): [string, string][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(': ', 2) as [string, string])
    .map(([kind], i) => [
      kind,
      text
        .trim()
        .split('\n')
        [i]!.slice(kind.length + 2),
    ]);

describe('a question that is turned round', () => {
  it.each(lines(PARAMETERS_TURNED))('parameters, %s: %s', (_, text) =>
    expect(turnedRound(text, 'parameters')).toBe(true),
  );
  it.each(lines(FAULTS_TURNED))('faults, %s: %s', (_, text) => expect(turnedRound(text, 'faults')).toBe(true));
});

describe('a question that is not', () => {
  it.each(lines(PARAMETERS_STRAIGHT))('parameters, %s: %s', (_, text) =>
    expect(turnedRound(text, 'parameters')).toBe(false),
  );
  it.each(lines(FAULTS_STRAIGHT))('faults, %s: %s', (_, text) => expect(turnedRound(text, 'faults')).toBe(false));

  it.each([
    'The M does not deliver, what could it be?',
    'What is wrong with a M that does not start and fails to build up P?',
    'Which fault of a M fits: P lacks, stays low and never recovers?',
    'What should be done when the M does not deliver?',
  ])('what was seen has a "not" of its own: %s', (text) => expect(turnedRound(text, 'seen')).toBe(false));

  it('where what was seen is asked about, a denial of the fault itself counts', () => {
    expect(turnedRound('The M growls. Which fault is it certainly not?', 'seen')).toBe(true);
    expect(turnedRound('The M growls and does not start. Which fault can be ruled out?', 'seen')).toBe(true);
  });
});

describe('certainty', () => {
  it.each([
    ['Which parameter does NOT show F of a M?', true],
    ['Which parameter is not affected by F of a M?', true],
    ['Which parameter is least affected by F of a M?', true],
    ['Which parameter best shows F of a M?', true],
    ['What is the earliest sign of F on a M?', true],
    ['Which parameter shows F of a M?', false],
    ['Which parameter could you ignore when hunting F on a M?', false],
    ['Which parameter stays flat with F on a M?', false],
  ])('%s: %s', (text, certain) => expect(polarityOf(masked(text), 'parameters').certain).toBe(certain));
});

it('reads long and senseless texts in little time', () => {
  const started = process.cpuUsage();
  for (const unit of ['not ', 'which not one of these ', 'stay a b c ', 'almost no ', 'not leave a ', '('])
    for (const sought of ['parameters', 'faults', 'seen'] as const)
      polarityOf(unit.repeat(Math.ceil(4000 / unit.length)), sought);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});
