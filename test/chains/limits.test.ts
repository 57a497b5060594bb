/** A value that is put to question is told from one in a diagnosis, and goes to the sheet's limits past the student. */
import { describe, expect, it } from 'vitest';
import { understanding } from '../../chains/understand.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { correction, examplePlant, setup } from './setup.ts';

const { knowledge, matcher } = await examplePlant();
const understand = understanding(knowledge, matcher);

it.each([
  'is 7 mm/s bad on P-101?',
  'Is 7.1 mm/s rms OK for M-101',
  'bearing at 95 °C ok?',
  'P-101 bearing 95 C, is that normal?',
  'how hot may the oil of a gearbox get',
  'what vibration is too much for a fan',
  'normal oil pressure?',
  'PI of 1.3 on this motor, worry?',
  'transformer acetylene 20 ppm?',
  'what is the normal vibration level of a centrifugal pump?',
  'max bearing temperature for a fan?',
  'is 0.3 in/s too high on F-301?',
  'Should I worry about 11 mm/s on F-301?',
  'can we keep running P-101 at 9 mm/s?',
  'insulation resistance of M-101 is 20 MΩ, can I start it?',
  'How hot can the winding of an electric motor get?',
  'T-1 top oil at 95 degrees, is this still acceptable?',
  'T-1 hydrogen 180 ppm, too high?',
  'is 50 megohm insulation resistance ok for M-201A',
  'insulation resistance 3 Mohm on a 400 V motor, acceptable?',
  'what is the alarm level for vibration on a steam turbine?',
  'what are the vibration limits for M-101?',
  'is 200 °F too hot for the bearing of P-201A?',
  'Is a condenser approach of 5 K normal for the chiller?',
  'filter pressure drop 250 Pa on the air handling unit - still fine?',
  'What polarization index is acceptable for a generator?',
  'how much vibration is allowed on a 55 kW motor?',
  'shaft vibration 120 µm on ST-1, is it bad',
  'float voltage 2.35 V per cell on the UPS, is that ok?',
  'switchgear joint 20 K hotter than the other phases, serious?',
  'at what vibration should I stop a fan?',
  'hydraulic oil at 75°C - too hot?',
  'is 3.5 mm/s on a 75 kW pump within limits?',
  'What is too hot for a gearbox bearing?',
  'vib 8 mm/s F-301 still ok or stop?',
  'which zone is 6 mm/s for a 450 kW motor',
  "what's the iso 10816 limit for a pump",
  'minimum insulation resistance of a 400V motor?',
  'what temperature should the gearbox oil be?',
  'battery room hydrogen 1.5 %, dangerous?',
  'does 10 mm/s on GT-1 need a shutdown?',
])('asks for a limit: %s', (text) => {
  expect(understand({ text }).beyond).toBe('limit');
});

it.each([
  'P-101 shakes at 7 mm/s and the bearing is hot, what now?',
  'pump vibration 7.1 mm/s at 1x, sideways only, right after impeller was trimmed',
  'M-101 bearing 88 degC, normal is 65',
  'What does 7 mm/s at twice running speed mean on P-101?',
  'What should be done when the bearing temperature of a pump exceeds 90 °C?',
  'Why is the vibration of M-101 above the limit?',
  'Which parameter shows bearing damage of a pump?',
  'What causes high vibration on a fan?',
  'Vibration went above the alarm limit, what could it be?',
  'M-501 hot but amps normal, cowl full of fluff',
  'How do I bring the oil temperature of the gearbox back to normal?',
  'what is the most typical fault of a pump?',
  'Is vibration a good parameter for bearing damage of a fan?',
  'progressing cavity pump: discharge wont go over 4 bar and return line hot',
  'Is unbalance of a fan dangerous at 5 mm/s?',
  'how often should vibration be measured on P-101?',
  'what is the best sensor for oil pressure?',
  'limit switch of the hoist does not trip',
  'which readings are normal when the seal leaks?',
  'what to do at 9 mm/s on F-301?',
  'motor draws 120 A instead of 95 since yesterday',
  'How can I check the insulation resistance of M-101?',
  'flow is low and pressure is normal on P-101, what is it?',
  'is high temperature a sign of overload?',
  'bearing went from 60 to 85 °C in a week and growls',
  'what is the first thing to check at 95 °C bearing temperature?',
  'Is it misalignment or unbalance at 6 mm/s?',
  'how long can P-101 run at 9 mm/s?',
  'what does low oil pressure mean on a gearbox?',
  'is the bearing of P-101 too hot?',
  'vibration too high on F-301',
  'is it ok to grease a bearing with 20 g?',
  'can we run the fan with one bearing hot?',
  'T-1: acetylene went from 2 to 20 ppm in a month',
  'what is the maximum number of faults a pump has?',
  'how hot is the bearing of P-101?',
  'do I need an alarm on bearing temperature?',
  'which alarms are active on P-101?',
  'If pedestal temperature and rumbling rise together on a fan, what is recommended?',
  'An alarm says: scroll torque rises towards its limit on a decanter. Which action is recommended?',
  'What does the overload limiter of a hoist do?',
])('asks for no limit: %s', (text) => {
  expect(understand({ text }).beyond).not.toBe('limit');
});

it('a value with options to choose from is a choice', () => {
  const options = ['unbalance', 'misalignment', 'bearing damage'];
  expect(understand({ text: 'Is 7 mm/s on P-101 ok, or is it', options }).beyond).toBeUndefined();
});

describe('through the chain', () => {
  const withTeacher = () => setup({ teachers: [knowledgeTeacher(knowledge, matcher)] });

  it('the student is not asked, and the limit is the source', async () => {
    const { ask, student } = await withTeacher();
    const answer = await ask('is 10 mm/s bad on GT-1?');
    expect(answer).toMatchObject({
      outcome: 'escalated',
      answeredBy: 'knowledge',
      answer: expect.stringMatching(/^Bad: 10 mm\/s .* zone C/),
      reason: expect.stringContaining('limits in the sheet'),
      topic: { tag: 'GT-1', asset: 'industrial gas turbine' },
    });
    expect(answer.sources.map(({ id }) => id)).toEqual(['industrial gas turbine/vibration/limits/0']);
    expect(student.prompts).toEqual([]);
  });

  it('a quantity that its sheet names otherwise is not lost on the way', async () => {
    const { ask } = await withTeacher();
    expect(await ask('transformer acetylene 30 ppm?')).toMatchObject({
      answer: expect.stringMatching(/30 ppm \(acetylene\)/),
    });
  });

  it('a thread’s machine, parameter and fault hold', async () => {
    const { ask } = await withTeacher();
    const topic = { tag: 'GT-1', asset: 'industrial gas turbine', faults: ['unbalance'], parameters: ['vibration'] };
    const next = await ask({ text: 'is 10 mm/s bad?', topic });
    expect(next).toMatchObject({ answer: expect.stringMatching(/zone C/), topic });
    expect(await ask({ text: 'and 16 mm/s?', topic: next.topic })).toMatchObject({
      answer: expect.stringMatching(/^Very bad: 16 mm\/s/),
    });
  });

  it('goes to people where the sheet has no limit, with the reason', async () => {
    const { ask } = await withTeacher();
    expect(await ask('is 30 mm/s ok on GT-11?')).toMatchObject({
      outcome: 'escalated',
      answer: '',
      answeredBy: 'person',
      reason: expect.stringMatching(/aero gas turbine sheet gives no limit .*maker's manual/),
    });
  });

  it('asks which machine where nothing is named, and leaves coffee alone', async () => {
    const { ask } = await withTeacher();
    expect(await ask('is 7 mm/s ok?')).toMatchObject({
      outcome: 'refused',
      answer: expect.stringMatching(/^About which machine\?/),
    });
    expect(await ask('is 60 °C too hot for my coffee?')).toMatchObject({ outcome: 'refused' });
  });

  it('a correction of that question outranks the limit', async () => {
    const { ask, corrections } = await withTeacher();
    const question = 'is 10 mm/s bad on GT-1?';
    corrections.push(
      correction({ question, answer: 'no, that one has always run so', topic: (await ask(question)).topic }),
    );
    expect(await ask(question)).toMatchObject({ answer: expect.stringMatching(/always run so/i) });
  });
});
