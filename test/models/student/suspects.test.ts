/** A diagnosis names one of the suspects, spells it right, and cites a check of that one. */
import { expect, it } from 'vitest';
import { think } from '../../../models/student/think.ts';
import type { Student } from '../../../models/student/types.ts';

const context = [
  'pump, cavitation checks: work out the suction head; listen at the inlet.',
  'pump, dry running signs: no flow.',
  'pump, cavitation signs: gravel.',
];

/** Says `text` first; beginnings weigh as told; goes on from a beginning with `rest`. */
function saying(text: string, weights: Record<string, number>, rest = ''): Student & { prompts: string[] } {
  const prompts: string[] = [];
  const student: Partial<Student> = {
    countTokens: (of) => of.split(' ').length,
    generate: async (prompt) => {
      prompts.push(prompt);
      const out = prompts.length === 1 ? text : rest;
      return { text: out, tokenLogProbs: out.split(' ').map(() => -0.1), ended: 'stop' };
    },
    score: async (_, beginnings) =>
      beginnings.map((begun) => {
        const logProb = Object.entries(weights).find(([name]) => begun.includes(name))?.[1] ?? -9;
        return { logProb, tokenLogProbs: [logProb] };
      }),
  };
  return Object.assign(student as Student, { prompts });
}

const suspects = (cavitation: number, dry: number) => ({
  beginning: 'these signs fit',
  names: [
    { name: 'cavitation', score: cavitation },
    { name: 'dry running', score: dry },
  ],
});

it('a name that came out wrong, and its check, are mended', async () => {
  const student = saying(
    ' these signs fit cavi corrosion of the pump.<|answer|> cavi corrosion; first listen at inlet',
    { cavitation: -0.1, 'dry running': -3 },
    ' of the pump.<|answer|> cavi corrosion; first listen at inlet',
  );
  const thought = await think(student, { context, question: 'q' }, { suspects: suspects(0.7, 0.4) });
  expect(thought.answer).toBe('cavitation; first listen at the inlet');
  expect(thought.rationale).toBe('these signs fit cavitation of the pump.');
  expect(student.prompts[1]).toMatch(/these signs fit cavitation$/);
});

it('what it said stands where it names the one that leads', async () => {
  const student = saying(' these signs fit cavitation of the pump.<|answer|> cavitation; first work out suction head', {
    cavitation: -0.1,
  });
  const thought = await think(student, { context, question: 'q' }, { suspects: suspects(0.7, 0.4) });
  expect(thought.answer).toBe('cavitation; first work out the suction head');
  expect(student.prompts).toHaveLength(1);
});

it('a suspect that explains far more outweighs a leaning', async () => {
  const student = saying(
    ' these signs fit cavitation of the pump.<|answer|> cavitation',
    { cavitation: -0.5, 'dry running': -1 },
    ' of the pump.<|answer|> dry running; first read the flow',
  );
  const thought = await think(student, { context, question: 'q' }, { suspects: suspects(0.2, 0.9) });
  expect(thought.answer).toBe('dry running; first read the flow');
});

it('"not known" stays not known', async () => {
  const student = saying(' not known: nothing is told.<|answer|> not known', {});
  const thought = await think(student, { question: 'q' }, { suspects: suspects(0.7, 0.4) });
  expect(thought.answer).toBe('not known');
});

const rules = [
  'pump, when it turns backwards: repair the check valve; reverse flow spins the rotor.',
  'pump, when the needle trembles: raise the suction level; more pressure keeps vapour away.',
];
const lines = (backwards: number, trembles: number) => [
  { name: 'pump, when it turns backwards', score: backwards },
  { name: 'pump, when the needle trembles', score: trembles },
];

it('of the lines that retrieval ranked the one is cited that leads, and the answer is drawn from it', async () => {
  const student = saying(
    ` ${rules[0]}<|answer|> repair the check valve`,
    { backwards: -0.5, trembles: -2 },
    ' raise the suction level',
  );
  const parts = { context: rules, question: 'the needle shakes: what now?' };
  const thought = await think(student, parts, {
    lines: lines(0.2, 0.9),
    expected: [rules[1]!],
    given: { grounded: 1 },
  });
  expect(thought.rationale).toBe(rules[1]);
  expect(thought.answer).toBe('raise the suction level');
  expect(thought.features).toMatchObject({ agree: 1, support: 1 });
});

it('a clear leaning counts where retrieval hardly tells the lines apart; and a line without room is not cited', async () => {
  const student = saying(` ${rules[0]}<|answer|> repair the check valve`, { backwards: -0.1, trembles: -9 });
  const among = { lines: lines(0.5, 0.55), expected: [rules[1]!], given: { grounded: 1 } };
  const thought = await think(student, { context: rules, question: 'q' }, among);
  expect(thought).toMatchObject({ rationale: rules[0], answer: 'repair the check valve', features: { agree: 0 } });
  const short = await think(saying(` ${rules[0]}`, {}), { context: rules.slice(0, 1), question: 'q' }, among);
  expect(short.rationale).toBe(rules[0]);
});

it('options of a diagnosis are graded behind the suspect that leads', async () => {
  const prompts: string[] = [];
  const student = Object.assign(
    saying(
      ' these signs fit cavitation of the pump.',
      { cavitation: -0.5, 'dry running': -1 },
      ' of the pump.<|answer|> dry running',
    ),
    {
      grade: async (prompt: string, options: readonly string[]) => {
        prompts.push(prompt);
        return options.map(() => Array.from({ length: 10 }, (_, g) => (g === 5 ? 0 : -50)));
      },
    },
  );
  const options = ['cavitation', 'dry running'];
  const thought = await think(student, { context, question: 'q' }, { options, suspects: suspects(0.2, 0.9) });
  expect(thought.rationale).toBe('these signs fit dry running of the pump.');
  expect(prompts[0]).toContain('these signs fit dry running');
});
