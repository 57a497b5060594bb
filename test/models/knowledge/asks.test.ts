/** What is asked, over the wordings that people use and some by hand; and the rules that follow from a sheet. */
import { beforeAll, describe, expect, it } from 'vitest';
import { makeEpisode } from '../../../models/distill/episodes.ts';
import { random } from '../../../models/distill/random.ts';
import { asks, relation } from '../../../models/knowledge/asks.ts';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../../models/knowledge/names.ts';
import { diagnose, rankFaults, rankParameters } from '../../../models/knowledge/rank.ts';

let knowledge: Knowledge;
let matcher: Matcher;
beforeAll(async () => {
  knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
  matcher = makeMatcher(knowledge);
});

describe('asks', () => {
  it.each([
    ['Which sensor shows bearing wear of a pump?', 'parameters'],
    ['what should I trend to catch misalignment on P-101', 'parameters'],
    ['What does rising vibration on a fan indicate?', 'faults'],
    ['P-101 sounds like gravel and the discharge pressure swings, what could it be?', 'diagnose'],
    ['the pump is noisy and draws air at the seal', 'diagnose'],
    ['What causes cavitation in a pump?', 'causes'],
    ['Why does a pump get cavitation?', 'causes'],
    ['What happens if a pump runs with cavitation?', 'effects'],
    ['How do I confirm cavitation on P-101?', 'checks'],
    ['cavitation on P-101, what should I check first?', 'checks'],
    ['cavitation on P-101: what now?', 'actions'],
    ['How is misalignment of a fan fixed?', 'actions'],
    ['which component of the pump suffers from cavitation?', 'components'],
    ['What is cavitation in a pump?', 'explain'],
    ['explain oil whirl of a steam turbine', 'explain'],
    ['does voltage show bearing damage of an electric motor?', 'cell'],
    ['valve fault of the compressor: what is the remedy?', 'actions'],
    ['good morning', 'other'],
    ['What should be done on a pump when suction pressure falls and the strainer differential rises?', 'rule'],
    ['The alarm says that discharge pressure is low (pump). Which action is recommended?', 'rule'],
    ['The rule fired: flow fluctuates on P-101 at night. What is the right response?', 'rule'],
    ['Which component would never be found in a pump?', 'parts'],
    ['What are the parts of an electric motor?', 'parts'],
    ['Which components does a fan have?', 'parts'],
    ['What is the role of the impeller of a pump?', 'role'],
    ['What does a wear ring of a pump do?', 'role'],
    ['Why does a pump have an impeller?', 'role'],
    ['Which component of a pump turns shaft power into flow?', 'role'],
    ['Which instrument measures vibration on a pump?', 'instruments'],
    ['How is the flow of a pump measured?', 'instruments'],
    ['Which of these does not measure vibration of a pump?', 'instruments'],
    ['Which sensor would you trend for cavitation of a pump?', 'parameters'],
    ['The bearing of the pump is hot. Which fault is it, and what should we do?', 'diagnose'],
  ])('%s → %s', (text, expected) => {
    expect(asks(text, matcher.find(text)).relation).toBe(expected);
  });

  it('tells what is asked in held-out wordings, and whether it is turned round', () => {
    const right: Record<string, { of: number; asked: number; negated: number }> = {};
    for (let i = 0; i < 480; i++) {
      const { relation: meant, question } = makeEpisode(
        knowledge.sheets,
        { mode: 'closed', wording: 'held', noise: false },
        random(21, i),
      );
      const told = asks(question, matcher.find(question));
      right[meant] ??= { of: 0, asked: 0, negated: 0 };
      const count = right[meant];
      const expected = { notParameters: 'parameters', notFaults: 'faults' }[meant as string] ?? meant;
      count.of += 1;
      if (told.relation === expected) count.asked += 1;
      if (told.negated === meant.startsWith('not')) count.negated += 1;
    }
    for (const [meant, { of, asked, negated }] of Object.entries(right)) {
      expect(asked / of, meant).toBeGreaterThan(0.9);
      expect(negated / of, meant).toBeGreaterThan(0.93);
    }
  });

  it.each([
    'Which is NOT a sign of wear?',
    'Which sensor is least useful for unbalance?',
    'Which parameter would not change?',
    'All of these show it except which?',
    'Which reading is irrelevant here?',
    'which one stays unchanged',
    'Which component would never be found in a pump?',
    'Which of these is not part of a pump?',
    'Which of these does not measure vibration?',
    'One of these defects leaves the pressure in the sump above the line alone; which?',
  ])('%s is turned round', (text) => expect(asks(text).negated).toBe(true));

  it.each([
    'Which sensor is most useful for unbalance?',
    'The pump does not deliver, what could it be?',
    'why does the motor not start?',
    'it will not start and trips at once',
    'What should be done when the pump does not deliver and flow is low?',
  ])('%s is not', (text) => expect(asks(text, matcher.find(text)).negated).toBe(false));

  it.each([
    ['The logging system has noise of a compressor outside its limits. Which of these does that suggest?', 'faults'],
    ['A detector of anomalies flags vibration on a fan. Which diagnosis should be considered?', 'faults'],
    ['Suppose only the current sensor of a pump were left. Which failure could still be noticed?', 'faults'],
    ['Current of a pump has departed from its reference. What would you suspect?', 'faults'],
    ['The fan shakes once per turn and vibration is abnormal. Which fault is it?', 'diagnose'],
    ['Flow of a pump is abnormal and it sounds like gravel. What do you suspect?', 'diagnose'],
    ['Flow and current of a pump are abnormal. What would you suspect?', 'diagnose'],
  ])('one reading and no sign asks for its faults: %s', (text, expected) => {
    expect(asks(text, matcher.find(text)).relation).toBe(expected);
  });

  it('leaves no doubt about the turn where the wording is plain', () => {
    const told = (text: string) => asks(text, matcher.find(text));
    expect(told('Which sensor is NOT relevant to unbalance of a fan?')).toMatchObject({ negated: true, certain: true });
    expect(told('Which sensor best shows unbalance of a fan?')).toMatchObject({ negated: false, certain: true });
    expect(told('Which sensor could you do without to find unbalance of a fan?')).toMatchObject({
      negated: true,
      certain: false,
    });
    expect(told('Which sensor shows unbalance of a fan?')).toMatchObject({ negated: false, certain: false });
  });

  it('hears when several answers are wanted', () => {
    expect(asks('Which sensors show it? Select all that apply.').several).toBe(true);
    expect(asks('Which sensor shows it?').several).toBe(false);
  });

  it('tells by the words alone, without names', () => {
    expect(relation('What causes this?')).toBe('causes');
    expect(relation('Which sensor would you watch?')).toBe('parameters');
  });
});

describe('a part', () => {
  it('is named in the question, or told by what it does', () => {
    const told = (text: string) => asks(text, matcher.find(text));
    expect(told('What is the role of the impeller of a pump?')).toMatchObject({ relation: 'role', byRole: false });
    expect(told('Which part of a pump adds energy to the liquid?')).toMatchObject({ relation: 'role', byRole: true });
  });
});

describe('rules over a sheet', () => {
  it('rank parameters and faults by strength', () => {
    const pump = knowledge.sheet('pump')!;
    const parameters = rankParameters(pump, 'bearing damage');
    expect(parameters[0]?.parameter).toBe('vibration');
    expect(parameters.map((one) => one.strength)).toEqual(parameters.map((one) => one.strength).sort((a, b) => b - a));
    expect(rankParameters(pump, 'no such fault')).toEqual([]);
    expect(rankFaults(pump, 'fluid leakage')[0]?.fault).toBe('damaged seals');
  });

  it('diagnose from any two signs of a fault, nearly always', () => {
    let right = 0;
    let of = 0;
    for (const sheet of knowledge.sheets) {
      for (const fault of sheet.faults) {
        const [best] = diagnose(sheet, { signsText: fault.signs.slice(0, 2).join(' and '), parameters: [] });
        of += 1;
        if (best?.fault === fault.name) right += 1;
      }
    }
    expect(right / of).toBeGreaterThan(0.95);
  });

  it('weigh the way in which a parameter moved', () => {
    const pump = knowledge.sheet('pump')!;
    const scoreOf = (change: 'rises' | 'falls'): number =>
      diagnose(pump, { signsText: '', parameters: [{ name: 'flow', change }] }).find(
        (one) => one.fault === 'blocked suction',
      )!.score;
    expect(scoreOf('falls')).toBeGreaterThan(scoreOf('rises'));
    expect(diagnose(pump, { signsText: 'lorem ipsum', parameters: [] }).every((one) => one.score === 0)).toBe(true);
  });
});
