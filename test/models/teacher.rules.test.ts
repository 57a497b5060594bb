/** The knowledge teacher on rules, parts, roles and instruments: with options in any wording, and without. */
import { describe, expect, it } from 'vitest';
import { examineYaml } from '../../models/knowledge/check.ts';
import { knowledgeOf } from '../../models/knowledge/knowledge.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import type { TeacherAnswer, Topic } from '../../models/teacher/types.ts';
import { GOOD_SHEET, OTHER_SHEET } from './knowledge/fixture.ts';
import { inShape } from './teacher.contract.ts';

const sheet = (text: string, name: string) => examineYaml(text, name, name).sheet!;
const knowledge = knowledgeOf([sheet(GOOD_SHEET, 'winch.yaml'), sheet(OTHER_SHEET, 'mixer.yaml')]);
const teacher = knowledgeTeacher(knowledge);
const nothing: Topic = { faults: [], parameters: [] };

async function ask(question: string, options?: string[], topic = nothing): Promise<TeacherAnswer> {
  const answer = await teacher.ask({ question, ...(options ? { options } : {}), topic, facts: [] });
  inShape(answer);
  if (answer.kind === 'knows') {
    expect(answer.sources.length).toBeGreaterThan(0);
    for (const source of answer.sources) expect(knowledge.fact(source.id)?.text).toBe(source.text);
  }
  return answer;
}

const ACTIONS = [
  'have the tension sensor tested',
  'halt and release the sticking brake',
  'stop hoisting and examine the rope',
];

describe('rules', () => {
  it.each([
    ['The motor of the winch draws more at an equal load. Which action is recommended?', 1],
    ['What should be done first on a winch when there is a jerk in the pull once a turn?', 2],
    ['winch: no tension is shown while it is under load. What is the right response?', 0],
    ['The rule says that the current rises while the load stays the same on the winch. What action?', 1],
  ])('%s', async (question, right) => {
    expect(await ask(question, ACTIONS)).toMatchObject({ kind: 'knows', answer: ACTIONS[right]! });
    expect(await ask(question, [...ACTIONS].reverse())).toMatchObject({ kind: 'knows', answer: ACTIONS[right]! });
  });

  it('takes options in the canonical wording and in any other, and says why', async () => {
    const question = 'Rope tension jumps on every turn of the drum of the winch. What should be done?';
    const canonical = 'take the winch out of use and count the broken wires';
    for (const option of [canonical, ACTIONS[2]!]) {
      const answer = await ask(question, ['stop lowering and free the brake', option]);
      expect(answer).toMatchObject({ answer: option, rationale: expect.stringMatching(/broken strands catch/) });
      if (answer.kind === 'knows') expect(answer.sources[0]!.id).toBe('winch/rule/1');
    }
  });

  it('does not choose for a condition that no rule is for', async () => {
    expect(await ask('The winch is painted green. What should be done?', ACTIONS)).toMatchObject({
      kind: 'does not know',
    });
  });

  it('tells the action without options, its reason and the fault that it points to', async () => {
    expect(await ask('What should we do when the motor of the winch draws more at an equal load?')).toMatchObject({
      kind: 'knows',
      answer: 'First stop lowering and free the brake.',
      rationale: expect.stringMatching(/burns within minutes\. It points to brake drag\./),
    });
  });

  it('leaves what to do about a fault by name to the fault', async () => {
    expect(await ask('What should we do about brake drag on a winch?')).toMatchObject({
      answer: 'First stop and free the brake; then replace the lining.',
    });
  });
});

describe('parts', () => {
  it('knows which one never belongs to the machine, and which one does', async () => {
    const options = ['drum', 'holding brake', 'paddle'];
    expect(await ask('Which component would never be found in a winch?', options)).toMatchObject({ answer: 'paddle' });
    expect(await ask('Which of these is part of a winch?', ['mechanical seal', 'rope drum', 'blade'])).toMatchObject({
      answer: 'rope drum',
      rationale: expect.stringMatching(/winds the rope/),
    });
  });

  it('lists them', async () => {
    expect(await ask('Which components does a winch have?')).toMatchObject({
      answer: expect.stringMatching(/drum and brake/),
    });
  });

  it('says that it does not know a part that no sheet has', async () => {
    expect(await ask('Which of these is part of a winch?', ['flux coil', 'aura lens'])).toMatchObject({
      kind: 'does not know',
    });
  });
});

describe('roles', () => {
  const roles = ['winds the rope', 'it holds the load while the drive is off', 'moves the liquid'];

  it('tells what a part does', async () => {
    expect(await ask('What is the role of the holding brake of a winch?', roles)).toMatchObject({ answer: roles[1]! });
    expect(await ask('What does the drum of a winch do?')).toMatchObject({
      answer: 'The drum of a winch winds the rope.',
    });
  });

  it('tells which part does it', async () => {
    const question = 'Which component of a winch holds the load when the drive is off?';
    expect(await ask(question, ['rope drum', 'holding brake'])).toMatchObject({ answer: 'holding brake' });
    expect(await ask(question)).toMatchObject({ answer: 'The brake of a winch holds the load when the drive is off.' });
  });

  it('takes the part from the conversation', async () => {
    const topic = { asset: 'winch', faults: [], parameters: [], components: ['drum'] };
    expect(await ask('and what is its role in a winch?', roles, topic)).toMatchObject({ kind: 'does not know' });
    expect(await ask('what is the role of the brake?', roles, topic)).toMatchObject({ answer: roles[1]! });
  });
});

describe('instruments', () => {
  it('knows what measures a reading', async () => {
    const options = ['ammeter', 'load cell', 'accelerometer on the drum bearing'];
    expect(await ask('Which instrument measures rope tension on a winch?', options)).toMatchObject({
      answer: 'load cell',
    });
    expect(await ask('How is vibration of a winch measured?', options)).toMatchObject({ answer: options[2]! });
    expect(
      await ask('Which of these does not measure rope tension of a winch?', ['load cell', 'ammeter']),
    ).toMatchObject({
      answer: 'ammeter',
    });
    expect(await ask('What measures the line pull on a winch?')).toMatchObject({
      answer: 'Rope tension of a winch is measured by load cell.',
    });
  });

  it('knows what an instrument measures', async () => {
    expect(await ask('What does the load cell of a winch measure?', ['current', 'rope tension'])).toMatchObject({
      answer: 'rope tension',
    });
  });
});
