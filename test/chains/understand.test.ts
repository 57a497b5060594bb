/** What is understood of rules, parts, roles and instruments, and what is recalled for them, over two small sheets. */
import { describe, expect, it } from 'vitest';
import { recall } from '../../chains/recall.ts';
import { understanding } from '../../chains/understand.ts';
import { examineYaml } from '../../models/knowledge/check.ts';
import { EXAMPLE_PLANT, knowledgeOf, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { GOOD_SHEET, OTHER_SHEET } from '../models/knowledge/fixture.ts';

const sheet = (text: string, name: string) => examineYaml(text, name, name).sheet!;
const knowledge = knowledgeOf([sheet(GOOD_SHEET, 'winch.yaml'), sheet(OTHER_SHEET, 'mixer.yaml')]);
const understand = understanding(knowledge, makeMatcher(knowledge));
const recalling = recall({ corrections: null, knowledge });
const whole = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
const shipped = understanding(whole, makeMatcher(whole));
const recalled = (text: string, options?: string[]) =>
  recalling.invoke({ understood: understand({ text, ...(options ? { options } : {}) }), student: null });

const ACTIONS = [
  'have the tension sensor tested',
  'halt and release the sticking brake',
  'stop hoisting and examine the rope',
];
const CONDITION = 'The motor of the winch draws more at an equal load.';

describe('a rule', () => {
  it.each([
    `${CONDITION} What should be done?`,
    'The rule says: a jerk in the pull once a turn (winch). What action?',
    'What should be done on a winch when no tension is shown under load?',
  ])('is asked for: %s', (text) => {
    expect(understand({ text })).toMatchObject({ asked: 'rule', topic: { asset: 'winch' }, posed: text });
  });

  it('is asked for by its options, whatever the words', () => {
    const understood = understand({ text: `${CONDITION} Which one?`, options: ACTIONS });
    expect(understood.asked).toBe('rule');
    expect(understood.namedOptions).toEqual([
      'send the load cell for calibration',
      'stop lowering and free the brake',
      'take the winch out of use and count the broken wires',
    ]);
    expect(understood.askedOptions).toEqual(ACTIONS);
  });

  it('is none where a fault is named, or where no rule is for what was seen', () => {
    expect(understand({ text: 'What should we do about brake drag on a winch?' }).asked).toBe('actions');
    expect(understand({ text: 'There is green paint and a new cabin on the winch. What should we do?' }).asked).toBe(
      'diagnose',
    );
    expect(understand({ text: `${CONDITION} What could it be?` }).asked).toBe('diagnose');
  });

  it('is recalled by any wording of its condition, in its canonical one, best last', async () => {
    const { facts, grounded } = await recalled(`${CONDITION} What should be done?`);
    expect(facts.at(-1)!.id).toBe('winch/rule/0');
    expect(facts.at(-1)!.text).toContain('when current rises while the load stays the same: stop lowering');
    expect(grounded).toBe(1);
  });

  it('is recalled among those whose actions are offered', async () => {
    const { facts } = await recalled(`${CONDITION} What should be done?`, ACTIONS.slice(1));
    expect(facts.map((fact) => fact.id)).toEqual(['winch/rule/1', 'winch/rule/0']);
  });
});

describe('parts', () => {
  it.each([
    ['Which component would never be found in a winch?', true],
    ['Which components does a winch have?', false],
    ['Which of these is not a part of a winch?', true],
  ])('%s', async (text, negated) => {
    expect(understand({ text, options: ['rope drum', 'paddle'] })).toMatchObject({
      asked: 'parts',
      negated,
      posed: 'Which components does a winch have?',
      namedOptions: ['drum', 'paddle'],
    });
    expect((await recalled(text)).facts.map((fact) => fact.id)).toEqual(['winch/components']);
  });

  it('are not asked for by whoever asks which one suffers', () => {
    const options = ['drum', 'blade', 'gear stage'];
    expect(understand({ text: 'Which part of a winch is most prone to wear?', options }).asked).not.toBe('parts');
  });

  it('are what component names as options ask for', () => {
    const options = ['drum', 'blade', 'gear stage'];
    expect(understand({ text: 'Which of these would you meet on a winch?', options }).asked).toBe('parts');
    expect(understand({ text: 'Which is damaged by brake drag of a winch?', options }).asked).toBe('components');
  });
});

describe('a role', () => {
  it('of a named part', async () => {
    for (const text of ['What is the role of the holding brake of a winch?', 'What does the brake in a winch do?']) {
      expect(understand({ text })).toMatchObject({
        asked: 'role',
        byRole: false,
        posed: 'What does the brake of a winch do?',
        topic: { components: ['brake'] },
      });
      expect(await recalled(text)).toMatchObject({ grounded: 1, facts: [{ id: 'winch/brake/role' }] });
    }
  });

  it('that tells the part, though another is named in it', async () => {
    const text = 'Which component of a winch holds the load on the drum when the drive is off?';
    const understood = understand({ text });
    expect(understood).toMatchObject({ asked: 'role', byRole: true, posed: text });
    expect(understood.topic.components).toBeUndefined();
    expect((await recalled(text)).facts.at(-1)!.id).toBe('winch/brake/role');
  });

  it('of the part that the thread speaks of', () => {
    const topic = { asset: 'winch', faults: [], parameters: [], components: ['drum'] };
    expect(understand({ text: 'and what is the role of it?', topic }).topic.components ?? []).toEqual([]);
    expect(understand({ text: 'and what is the role of the brake?', topic })).toMatchObject({
      asked: 'role',
      topic: { components: ['brake'] },
    });
  });
});

describe('instruments', () => {
  it.each(['Which instrument measures the line pull on a winch?', 'How is rope tension of a winch measured?'])(
    '%s',
    async (text) => {
      expect(understand({ text, options: ['load cell', 'ammeter'] })).toMatchObject({
        asked: 'instruments',
        posed: 'What measures rope tension on a winch?',
        namedOptions: ['load cell', 'ammeter'],
      });
      expect(await recalled(text)).toMatchObject({ grounded: 1, facts: [{ id: 'winch/rope tension/instruments' }] });
    },
  );
});

describe('a question that is turned round', () => {
  it('is posed in the plain words of the one that is not', () => {
    const posed = (text: string, options = ['current', 'vibration', 'rope tension']) => understand({ text, options });
    const straight = posed('Which parameter shows brake drag of a winch?');
    const turned = posed('Which parameter does not show brake drag of a winch?');
    expect(turned.negated).toBe(true);
    expect(turned.posed).toBe(straight.posed);
    const several = posed('Which parameters show brake drag of a winch? Select all that apply.');
    expect(several.several).toBe(true);
    expect(several.posed).toBe(straight.posed);
    const faults = ['brake drag', 'worn rope'];
    expect(posed('Which fault is not indicated by current of a winch?', faults).posed).toBe(
      posed('Which fault is indicated by current of a winch?', faults).posed,
    );
  });
});

describe('a diagnosis among offered faults', () => {
  it('ranks those that are offered, and no other', async () => {
    const text = 'The winch has a smell of hot lining and hums when starting. What is wrong?';
    expect((await recalled(text, ['worn rope', 'brake does not release'])).candidates.map(({ name }) => name)).toEqual([
      'brake drag',
      'worn rope',
    ]);
  });
});

describe('what an operator means', () => {
  it.each([
    ['vibration of fan F-301 went up after the wet sandblasting next door', 'diagnose'],
    ['P-101 makes a noise like marbles whenever the sump is nearly empty', 'diagnose'],
    ['belt mistracking on the conveyor, chews its edge against a stringer', 'diagnose'],
    ['the vibration alarm on P-101 came up this morning', 'faults'],
    ['The historian shows an abnormal temperature of the compressor since last week', 'faults'],
    ['What does rising vibration on a fan indicate?', 'faults'],
    ['Is vibration useful for bearing damage of a pump?', 'cell'],
    ['Why does bearing damage of a pump raise the temperature?', 'cell'],
  ])('%s: %s', (text, asked) => expect(shipped({ text }).asked).toBe(asked));

  it.each([
    ['worn seal on P-101, how urgent?', 'effects', 'damaged seals'],
    ['gearbox bearing gone, what will I see', 'parameters', 'bearing damage'],
    ['transformer bushing bad, what to measure', 'parameters', 'bushing fault'],
    ['conveyor idler noisy, how dangerous is it', 'effects', 'seized idler'],
    ['soft foot on the fan, how do I confirm', 'checks', 'mounting fault'],
    ['compressor surges at low flow, why', 'causes', 'compressor stall'],
    ['why do transformer bushings fail', 'causes', 'bushing fault'],
  ])('%s: %s of %s', (text, asked, fault) => {
    expect(shipped({ text })).toMatchObject({ asked, topic: { faults: [fault] } });
  });

  it('leaves a damaged part open where nothing is asked of it', () => {
    expect(shipped({ text: 'gearbox bearing noisy' })).toMatchObject({ asked: 'faults', topic: { faults: [] } });
    expect(shipped({ text: 'coupling of the fan bad, how urgent?' }).topic.faults).toEqual([]);
  });

  it.each([
    ['tap changer makes noise when it steps', 'power transformer'],
    ['seal gone on the cooling water pump', 'pump'],
    ['the impeller is noisy', undefined],
  ])('%s: %s, by the part', (text, asset) => expect(shipped({ text }).topic.asset).toBe(asset));

  it('asks for the faults of one reading where faults are offered', () => {
    const options = ['bearing damage', 'blocked suction', 'cavitation'];
    expect(
      shipped({
        text: 'Abnormal current readings were logged by the night crew on a pump. Which is behind them?',
        options,
      }).asked,
    ).toBe('faults');
  });
});

describe('symptoms as options', () => {
  const options = ['Increased flow', 'Overheating', 'Normal pressure', 'Lower voltage output'];
  const asking = { text: 'What symptom is most likely if a centrifugal pump runs dry?', options };

  it('are read as the readings that they move', () => {
    const { asked, namedOptions, symptoms } = shipped(asking);
    expect(asked).toBe('parameters');
    expect(namedOptions.slice(0, 3)).toEqual(['flow', 'temperature', 'pressure or vacuum']);
    expect(symptoms.slice(0, 2)).toEqual([
      { name: 'flow', change: 'rises', said: 'flow' },
      { name: 'temperature', change: 'rises', said: 'Overheating' },
    ]);
  });

  it('are out of question where the reading moves the other way, or should not be as usual', async () => {
    const of = recall({ corrections: null, knowledge: whole });
    const { against, grounded } = await of.invoke({ understood: shipped(asking), student: null });
    expect(grounded).toBe(1);
    expect(against).toEqual([true, false, true, false]);
  });

  it('are out of question where what should appear becomes less', async () => {
    const of = recall({ corrections: null, knowledge: whole });
    const quieter = { ...asking, options: ['Reduced noise', 'Overheating'] };
    const { against } = await of.invoke({ understood: shipped(quieter), student: null });
    expect(against).toEqual([true, false]);
  });
});

describe('one reading and nothing beside it', () => {
  it.each([
    ['motor overheating', 'electric motor', 'temperature'],
    ['VFD overheating fault', 'variable speed drive', 'temperature'],
    ['Pump too hot!', 'pump', 'temperature'],
  ])('%s: asks what it points to', (text, asset, parameter) => {
    expect(shipped({ text })).toMatchObject({ asked: 'faults', topic: { asset, faults: [], parameters: [parameter] } });
  });

  it.each([
    ['hoist motor overheating', 'hoist', ['motor overheating']],
    ['fouled condenser', 'chiller', ['fouled condenser']],
    ["pump won't prime", 'pump', ['dry running']],
    ['charging motor failure', 'switchgear', ['spring charging failure']],
    ['pressure transmitter with a frozen reading', 'instrument loop', ['frozen signal']],
  ])('%s: stays the fault that it names', (text, asset, faults) => {
    expect(shipped({ text }).topic).toMatchObject({ asset, faults });
  });

  it('with a sign beside it is a diagnosis', () => {
    expect(shipped({ text: 'The motor is overheating and one phase draws more amps.' }).asked).toBe('diagnose');
  });
});

describe('a request', () => {
  it.each([
    ['Put carryover of a boiler into plain words.', 'explain'],
    ['Explain bearing wear of a pump.', 'explain'],
    ['Bearing wear on P-101, it shakes.', 'diagnose'],
  ])('is no statement of what was seen: %s', (text, asked) => expect(shipped({ text }).asked).toBe(asked));
});

describe('usual instruments', () => {
  it.each([
    ['Acoustic sensor', 'reciprocating compressor', 'noise'],
    ['RTD', 'fan', 'temperature'],
    ['strain gauge', 'fan', undefined],
  ])('%s on a %s is %s', (option, asset, expected) => {
    expect(makeMatcher(whole).nameOf(option, 'parameter', asset)?.name).toBe(expected);
  });
});
