/** What a recited line says word for word has its say beside the student's grades, and bears out or belies its answer. */
import { describe, expect, it } from 'vitest';
import { think } from '../../../models/student/think.ts';
import { bears, goingOnAs, toldOf } from '../../../models/student/told.ts';
import type { Student } from '../../../models/student/types.ts';

const CHECKS = 'winch, rope wear checks: count broken wires over one lay; measure the rope diameter.';
const ROW = 'winch, rope wear. noise 0; rope diameter 9; vibration 3.';

describe('an answer read off a row', () => {
  const row = 'winch, rope wear. noise 0; rope diameter 9; vibration 3; strain 9; current 5.';

  it('goes on with the next strongest, as many as it named, whatever it named', () => {
    expect(goingOnAs(row, 'rope diameter, noise, rope diameter')).toBe('rope diameter, strain, current');
    expect(goingOnAs(row, 'strain, vibration')).toBe('strain, rope diameter');
  });

  it('stays as it is where its first is not the strongest, is not in the row, or is all it named', () => {
    for (const said of ['vibration, noise', 'oil level, noise', 'strain', '']) expect(goingOnAs(row, said)).toBe(said);
    expect(goingOnAs(CHECKS, 'count broken wires, measure')).toBe('count broken wires, measure');
  });
});

describe('a recited line', () => {
  it('grades what it grades, and names what it lists', () => {
    expect(toldOf(ROW, ['Rope diameter', 'noise', 'oil level'])).toEqual([1, 0, 0]);
    expect(toldOf(CHECKS, ['test the brake', 'measure the rope diameter'])).toEqual([0, 1]);
    expect(toldOf('winch, drum: winds the rope up.', ['winds the rope up', 'stops the load'])).toEqual([1, 0]);
  });

  it('counts a grade for what is like its name, by how much', () => {
    const [worn, brake] = toldOf('winch, noise. rope wear 9; brake fault 0.', ['worn rope strands', 'overload'])!;
    expect(worn).toBeGreaterThan(0.3);
    expect(worn).toBeLessThan(0.9);
    expect(brake).toBe(0);
  });

  it('tells nothing where it names none of the options', () => {
    expect(toldOf(ROW, ['oil level', 'speed'])).toBeUndefined();
    expect(toldOf(CHECKS, ['test the brake', 'read the hour meter'])).toBeUndefined();
  });

  it('bears out the first thing that an answer names', () => {
    expect(bears(ROW, 'rope diameter, vibration')).toBe(1);
    expect(bears(ROW, 'vibration, rope diameter')).toBeCloseTo(1 / 3);
    expect(bears(ROW, 'oil level')).toBe(0);
    expect(bears(CHECKS, 'count broken wires over one lay')).toBe(1);
    expect(bears(CHECKS, 'test the brake')).toBe(0);
  });
});

describe('a student that misreads its own line', () => {
  /** Recites rightly and grades the wrong option best. */
  const misreading: Pick<Student, 'generate' | 'grade' | 'countTokens'> = {
    generate: async () => ({ text: ` ${CHECKS}`, tokenLogProbs: [0], ended: 'stop' }),
    grade: async (_, options) =>
      options.map((option) =>
        Array.from({ length: 10 }, (_, g) => (g === (option.includes('brake') ? 7 : 6) ? 0 : -50)),
      ),
    countTokens: (text) => text.length,
  };
  const options = ['test the brake', 'measure the rope diameter'];
  const ask = (context: string[], grounded: number) =>
    think(misreading as Student, { context, question: 'What should I check first?' }, { options, given: { grounded } });

  it('is set right by the line where that decides the question, and is less sure', async () => {
    const thought = await ask([CHECKS], 1);
    expect(thought.answer).toBe('measure the rope diameter');
    expect(thought.features.support).toBeCloseTo(6 / 9);
  });

  it('is left to its grades where no decided line was recited', async () => {
    expect((await ask([CHECKS], 0.5)).answer).toBe('test the brake');
    expect((await ask([], 1)).answer).toBe('test the brake');
  });
});
