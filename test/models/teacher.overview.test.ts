/** What no one fact says: what to watch, two faults side by side, whose machine, machines that were not named. */
import { describe, expect, it } from 'vitest';
import { ask, knowledge, NOTHING } from './example-teacher.ts';

describe('drawn from many facts', () => {
  it('names the readings that show most of a machine’s faults, and says how many', async () => {
    const answer = await ask('What do I watch on T-1?');
    expect(answer).toMatchObject({ kind: 'knows', answer: expect.stringMatching(/^Watch .*dissolved gas/) });
    const [, shown, all] = (answer.kind === 'knows' ? answer.answer : '').match(/(\d+) of its (\d+) faults/) ?? [];
    expect(Number(all)).toBe(knowledge.sheet('power transformer')!.faults.length);
    expect(Number(shown)).toBeGreaterThan(Number(all) / 2);
  });

  it('sets two faults side by side, with the check of each', async () => {
    const answer = await ask('how do I tell fan stall from unbalance on F-301?');
    expect(answer).toMatchObject({ kind: 'knows', answer: expect.stringMatching(/fan stall: .*\. Unbalance: /) });
    expect(answer.kind === 'knows' && answer.rationale).toMatch(/For fan stall .* For unbalance /);
  });

  it('knows whose machine it is, and nobody without a tag', async () => {
    const topic = { ...NOTHING, tag: 'T-3', asset: 'power transformer' };
    expect(await ask('who should look at it?', topic)).toMatchObject({
      answer: expect.stringMatching(/electrical engineer looks after T-3/),
    });
    expect(await ask('who looks after the fan?')).toMatchObject({ kind: 'does not know' });
  });

  it('has no intervals and no history, and says so', async () => {
    expect(await ask('How often should I grease a fan?')).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/gives no intervals/),
    });
    expect(await ask('Why did the pump trip last night?')).toMatchObject({
      kind: 'does not know',
      reason: expect.stringMatching(/logs/),
    });
  });

  it('puts what cannot wait before the check', async () => {
    expect(await ask('motor hums loudly and will not start, reads zero amps on one phase. What is it?')).toMatchObject({
      answer: expect.stringMatching(/loss of input power phase.*; stop the motor at once; first /),
    });
  });
});

describe('without a machine', () => {
  it('tells what it would be on the likeliest one, and asks which it is', async () => {
    expect(await ask('The belt squeals at start and smells of burnt rubber. What could it be?')).toMatchObject({
      kind: 'knows',
      answer: expect.stringMatching(/^On which machine\? For a.* it would be .*belt/),
      confidence: expect.closeTo(0.6),
    });
  });

  it('answers for the commonest that has the fault, and says for which', async () => {
    expect(await ask('What causes misalignment?')).toMatchObject({
      answer: expect.stringMatching(/^On which machine\? For a pump: Misalignment of a pump comes from/),
    });
  });

  it('takes a tag that is not in the register for what all like it are, and says so', async () => {
    expect(await ask('P-999 sounds like gravel and its discharge needle flickers, what is it?')).toMatchObject({
      answer: expect.stringMatching(/^The register has no P-999\. Taken for a pump, .*cavitation/),
      confidence: expect.closeTo(0.6),
    });
  });
});
