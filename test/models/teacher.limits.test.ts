/** Whether a reading is bad: the knowledge teacher draws it from the limits in the sheets, or says that there are none. */
import { describe, expect, it } from 'vitest';
import { examineYaml } from '../../models/knowledge/check.ts';
import { knowledgeOf, mergeSheets } from '../../models/knowledge/knowledge.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { ask, knowledge, NOTHING } from './example-teacher.ts';

describe('a value', () => {
  // GT-1 has one group of machines: ISO 20816-4, heavy-duty above 3 MW.
  it.each<[number, RegExp, RegExp]>([
    [4, /^Good: 4 mm\/s .* in zone A/, /keep its trend/],
    [9, /^Acceptable: .* in zone B/, /keep running/i],
    [14, /^Bad: .* in zone C/, /look for the cause.*plan the repair/i],
    [15, /^Very bad: .* in zone D/, /out of service soon, by the site procedure/],
  ])('of %s mm/s is put into its zone, with what to do', async (value, verdict, advice) => {
    const answer = await ask(`Is ${value} mm/s bad on GT-1?`);
    expect(answer).toMatchObject({ kind: 'knows', answer: expect.stringMatching(verdict) });
    expect(answer.kind === 'knows' && answer.answer).toMatch(advice);
  });

  it('comes with its boundaries, their source, the change that counts, and whose limits come first', async () => {
    const answer = await ask('Is 10 mm/s too high on GT-1?');
    expect(answer).toMatchObject({
      rationale: expect.stringMatching(
        /ISO 20816-4.*A up to 4\.5, B up to 9\.3, C up to 14\.7 mm\/s.*2\.3 mm\/s \(a quarter of the boundary.*maker's and the site's own limits come first/,
      ),
      sources: [{ kind: 'limits', id: 'industrial gas turbine/vibration/limits/0' }],
    });
  });

  it('on a boundary is still within it', async () => {
    expect(await ask('Is 9.3 mm/s ok on GT-1?')).toMatchObject({ answer: expect.stringMatching(/zone B/) });
  });

  it('depends on the group of the machine where that is not known, and says so', async () => {
    expect(await ask('is 7 mm/s bad on P-101?')).toMatchObject({
      answer: expect.stringMatching(
        /^It depends on the machine: .*zone D.*critical pumps \(category I\) up to 200 kW; in zone C.*the others.*take the stricter/,
      ),
      confidence: 0.8,
    });
  });

  it('is judged for the rated power that the register or the question tells, and for the group that is named', async () => {
    // M-101 is of 450 kW, M-101A of 75 kW.
    expect(await ask('is 4 mm/s on a rigid foundation ok for M-101?')).toMatchObject({
      answer: expect.stringMatching(/^Acceptable.*zone B/),
    });
    expect(await ask('is 4 mm/s on a rigid foundation ok for M-101A?')).toMatchObject({
      answer: expect.stringMatching(/^Bad.*zone C/),
    });
    expect(await ask('is 4 mm/s ok for a 75 kW motor on a rigid foundation?')).toMatchObject({
      answer: expect.stringMatching(/^Bad.*zone C/),
    });
    expect(await ask('is 150 °C too hot for a class H winding of a motor?')).toMatchObject({
      answer: expect.stringMatching(/^Good.*within the limit of 165/),
    });
    expect(await ask('is 150 °C too hot for a class B winding of a motor?')).toMatchObject({
      answer: expect.stringMatching(/^Very bad.*stop limit of 130/),
    });
  });

  it('is bad when low where low is bad', async () => {
    expect(await ask('PI of 1.3 on this motor, worry?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: PI of 1\.3 is below the alarm limit of 2 .*moisture or dirt/),
      rationale: expect.stringContaining('IEEE 43'),
    });
    expect(await ask('PI of 3.1 on M-101, fine?')).toMatchObject({ answer: expect.stringMatching(/^Good/) });
    expect(await ask('is 3 MΩ insulation resistance ok for M-101?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: .*below/),
    });
  });

  it('is bad on both sides where both are', async () => {
    const cell = (volts: number) => ask(`is a float voltage of ${volts} V per cell ok on the UPS?`);
    expect(await cell(2.4)).toMatchObject({ answer: expect.stringMatching(/^Bad: .*above the alarm limit of 2\.3 V/) });
    expect(await cell(2.25)).toMatchObject({ answer: expect.stringMatching(/^Good/) });
    expect(await cell(2.1)).toMatchObject({ answer: expect.stringMatching(/^Bad: .*below the alarm limit of 2\.2 V/) });
  });

  it('is converted, and told in both units', async () => {
    expect(await ask('is 0.6 in/s too much on GT-1?')).toMatchObject({
      answer: expect.stringMatching(/^Very bad: 0\.6 in\/s \(about 15 mm\/s, .*zone D/),
    });
    expect(await ask('is 0.5 ips peak ok on GT-1?')).toMatchObject({
      answer: expect.stringMatching(/^Acceptable: 0\.5 ips peak \(about 9 mm\/s/),
    });
    expect(await ask('is 200 °F too hot for the bearing of P-201A?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: 200 °F \(about 93 °C, rolling bearing\)/),
    });
    expect(await ask('is a bearing oil rise of 90 °F above ambient ok on P-101?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: 90 °F \(about 50 K/),
    });
  });

  it('is judged for the place that is named; the place that comes first stands in where none is', async () => {
    expect(await ask('is 85 °C ok for the oil in the sump of P-101?')).toMatchObject({
      answer: expect.stringMatching(/above the alarm limit of 82 °C/),
    });
    expect(await ask('is 75 °C ok for the bearing of P-101?')).toMatchObject({
      answer: expect.stringMatching(/^Good: .*rolling bearing/),
    });
    expect(await ask('is 110 °C ok on M-101?')).toMatchObject({
      answer: expect.stringMatching(/^Very bad: 110 °C \(rolling bearing\)/),
      rationale: expect.stringMatching(/limits for winding too/),
    });
    expect(await ask('bearing at 95 °C and 14 mm/s on ST-1, ok?')).toMatchObject({
      answer: expect.stringMatching(/^Good: 95 °C \(white-metal bearing.*Very bad: 14 mm\/s/),
    });
  });

  it('close to its limit is no longer called good', async () => {
    expect(await ask('is 85 °C high for a motor bearing?')).toMatchObject({
      answer: expect.stringMatching(/^Acceptable: .*close to the limit of 90 °C/),
    });
    expect(await ask('is 70 °C high for a motor bearing?')).toMatchObject({ answer: expect.stringMatching(/^Good/) });
  });

  it('among several is judged by the words beside it', async () => {
    expect(await ask('T-1: ethylene 300 ppm, methane 100 ppm, bad?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: 300 ppm \(ethylene\).*Acceptable: 100 ppm \(methane\)/),
    });
    expect(await ask('is 300 ppm ethylene and 100 ppm methane ok on T-1?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: 300 ppm \(ethylene\).*Acceptable: 100 ppm \(methane\)/),
    });
  });

  it('of a gas is judged for that gas, and asked back where none is named', async () => {
    expect(await ask('T-1 hydrogen 180 ppm, too high?')).toMatchObject({
      answer: expect.stringMatching(/^Bad: 180 ppm \(hydrogen\).*150 ppm.*another sample/),
    });
    expect(await ask('is 300 ppm of gas ok on T-1?')).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/of which reading.*acetylene/),
    });
  });
});

describe('a limit that is asked for', () => {
  it('is told with what lies beyond it', async () => {
    expect(await ask('how hot may the oil of a gearbox get?')).toMatchObject({
      answer: expect.stringMatching(
        /^Oil in the sump of a gearbox: alarm above 85 °C, stop above 95 °C\. Beyond the alarm limit look for the cause/,
      ),
    });
    expect(await ask('what vibration is acceptable for M-101A?')).toMatchObject({
      answer: expect.stringMatching(
        /zone A up to 1\.4.*rigid.*; zone A up to 2\.3.*flexible foundation\. A is as good as new/,
      ),
      sources: [{ id: 'electric motor/vibration/limits/0' }, { id: 'electric motor/vibration/limits/1' }],
    });
  });

  it('is none of a trip, whose setting is the site’s', async () => {
    expect(await ask('what is the trip level for vibration of GT-1?')).toMatchObject({
      answer: expect.stringMatching(/zone A up to 4\.5/),
      rationale: expect.stringMatching(/trip is set to stands in the site's own documents/),
    });
  });
});

describe('without a limit', () => {
  it.each([
    'is 30 mm/s ok on GT-11?',
    '6 bar oil pressure on the gearbox ok?',
    'is 95 °C ok for the seal of P-101?',
    'is a casing temperature of 95 °C normal on P-101?',
    'is 12 bar discharge pressure on P-101 normal?',
  ])('%s says so, and names who knows', async (question) => {
    expect(await ask(question)).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/gives no limit for .*maker's manual or the site's alarm list/),
    });
  });

  it('asks for the machine where none is named, with a figure for the commonest that has one', async () => {
    expect(await ask('vibration of 9 mm/s ok?')).toMatchObject({
      answer: expect.stringMatching(/^On which machine\? For a pump: /),
      confidence: 0.6,
    });
    expect(await ask('normal oil pressure?')).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/depends on the machine/),
    });
  });
});

it('a plant’s own limit wins', async () => {
  const own = examineYaml(
    'asset: pump\nparameters:\n  vibration: {limits: [{of: RMS velocity on the bearing housing, unit: mm/s, alarm: 3.5, stop: 5, source: site standard 7}]}\n',
    'ours.yaml',
    'ours.yaml',
  );
  const pump = mergeSheets(knowledge.sheet('pump')!, own.sheet!);
  const ours = knowledgeTeacher(knowledgeOf([pump], knowledge.register));
  expect(await ours.ask({ question: 'is 4 mm/s ok on P-101?', topic: NOTHING, facts: [] })).toMatchObject({
    answer: expect.stringMatching(/^Bad: 4 mm\/s .*above the alarm limit of 3\.5 mm\/s/),
    rationale: expect.stringMatching(/^By site standard 7/),
    sources: [{ id: 'pump/vibration/limits/0', title: expect.stringContaining('site standard 7') }],
  });
  // What it says nothing of stays.
  expect(await ours.ask({ question: 'bearing of P-101 at 95 °C ok?', topic: NOTHING, facts: [] })).toMatchObject({
    answer: expect.stringMatching(/alarm limit of 90 °C/),
  });
});

it('groups whose boundaries differ are told apart though the value lies beyond both', async () => {
  expect(await ask('insulation resistance of M-101 is 4 Mohm, ok to start?')).toMatchObject({
    answer: expect.stringMatching(
      /below the alarm limit of 100 MΩ for form-wound .*; below the alarm limit of 5 MΩ for random-wound/,
    ),
  });
});

describe('a value without its unit', () => {
  it.each([
    [
      'is a bearing temperature of 95 ok on P-101?',
      /^Bad: 95 °C \(rolling bearing\).*No unit was given: 95 was taken as 95 °C/,
    ],
    ['P-101 vibration 7.1, bad?', /7\.1 mm\/s.*taken as 7\.1 mm\/s/],
    ['motor bearing temp 190 is that bad', /^Very bad: 190 °C/],
    ['transformer acetylene 40?', /40 ppm/],
    ['insulation resistance of the motor is 2, ok?', /^Bad: 2 MΩ/],
  ])('is taken in the unit of the limit, and that is said: %s', async (question, answer) => {
    expect(await ask(question)).toMatchObject({ kind: 'knows', answer: expect.stringMatching(answer) });
  });

  it.each([
    'vibration at bearing 2 ok?',
    'pump 2 vibration ok?',
    'pump vibration ok since 3 days?',
    'is stage 2 temperature of the compressor normal?',
  ])('is none where the number counts or tells which one: %s', async (question) =>
    expect(JSON.stringify(await ask(question))).not.toContain('No unit was given'),
  );

  it('stays out of it where another value has its unit', async () => {
    expect(await ask('is 4 mm/s ok on GT-1 with load at 80?')).toMatchObject({
      answer: expect.not.stringMatching(/No unit/),
    });
  });
});

describe('what the value was before', () => {
  it.each([
    [
      'T-1 C2H2 18 ppm, last yr 0, is this bad?',
      /^Not to be passed over: 18 ppm .*but it was 0\. So great a change counts more than the level: look for the cause/,
    ],
    ['P-101 bearing housing 7.1 mm/s, was 3.4 last week, ok?', /It was 3\.4: so great a change counts as much/],
    ['GT-1 vibration 2 -> 4 mm/s, ok?', /^Good: 4 mm\/s/],
    ['motor bearing 78 -> 101 °C, ok?', /^Very bad: 101 °C .*It was 78/],
  ])('counts where it is a quarter of the alarm boundary: %s', async (question, answer) => {
    expect(await ask(question)).toMatchObject({ kind: 'knows', answer: expect.stringMatching(answer) });
  });

  it('is not judged itself', async () => {
    const answer = await ask('P-101 bearing housing 7.1 mm/s, was 3.4 mm/s last week, ok?');
    expect(answer.kind === 'knows' && answer.answer).not.toMatch(/3\.4 mm\/s \(RMS/);
  });
});

it('a value that is told of a part of a tagged machine is judged without being asked', async () => {
  expect(await ask('M-101 NDE bearing 97 °C')).toMatchObject({ answer: expect.stringMatching(/^Bad: 97 °C/) });
  expect(await ask('the motor was rewound in 1997')).toMatchObject({ kind: 'does not know' });
});
