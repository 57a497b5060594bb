import { describe, expect, it } from 'vitest';
import { type Chooser, evaluate, severalAtOnce } from '../../../models/distill/evaluate.ts';
import type { QuestionItem } from '../../../models/distill/questions.ts';

const items = Array.from(
  { length: 30 },
  (_, i): QuestionItem => ({
    id: `q${i}`,
    optionIds: ['A', 'B'],
    facts: [],
    asset: i % 2 ? 'pump' : 'fan',
    question: `${i}`,
    options: ['a', 'b'],
    correct: [i % 3 !== 0, i % 3 === 0],
    context: [],
    several: false,
  }),
);

/** Answers after other questions have had their turn, later ones sooner; right on two of three. */
function slow(): { choose: Chooser; most: () => number } {
  let now = 0;
  let most = 0;
  return {
    most: () => most,
    choose: async ({ question }) => {
      most = Math.max(most, ++now);
      for (let turns = 1 + ((31 - Number(question)) % 7); turns > 0; turns--) await Promise.resolve();
      now--;
      return { chosen: [0], confidence: Number(question) / 30, rationale: question };
    },
  };
}

describe('evaluate', () => {
  it('asks several at once and reports as if they had been asked one by one', async () => {
    const one = slow();
    const single = await evaluate(items, one.choose, { concurrency: 1 });
    const many = slow();
    const shown: number[] = [];
    const several = await evaluate(items, many.choose, { onProgress: (done) => shown.push(done) });
    expect([one.most(), many.most()]).toEqual([1, 8]);
    expect(several.predictions).toEqual(single.predictions);
    expect(several.predictions.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect({ ...several.evaluation, msPerQuestion: 0 }).toEqual({ ...single.evaluation, msPerQuestion: 0 });
    expect(several.evaluation.accuracy).toBeCloseTo(2 / 3, 5);
    expect(shown).toEqual(items.map((_, i) => i + 1));
  });

  it('begins nothing more once it is stopped', async () => {
    const stop = new AbortController();
    let asked = 0;
    const { choose } = slow();
    const run = evaluate(
      items,
      async (item) => {
        if (++asked === 5) stop.abort(new Error('enough'));
        return choose(item);
      },
      { concurrency: 3, signal: stop.signal },
    );
    await expect(run).rejects.toThrow('enough');
    expect(asked).toBeLessThan(9);
  });
});

describe('severalAtOnce', () => {
  it('waits for what is under way when one fails, and begins no other', async () => {
    const ended: number[] = [];
    const run = severalAtOnce([0, 1, 2, 3, 4, 5], 2, async (n) => {
      if (n === 1) throw new Error('no');
      for (let turns = 0; turns < 9; turns++) await Promise.resolve();
      ended.push(n);
    });
    await expect(run).rejects.toThrow('no');
    expect(ended).toEqual([0]);
  });
});
