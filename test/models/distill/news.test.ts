/** What is new to a student, and questions about it alone. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHIPPED_STUDENT } from '../../../bot/main.ts';
import { encodeEpisode } from '../../../models/distill/dataset.ts';
import { makeEpisode } from '../../../models/distill/episodes.ts';
import { newsOf, readTaught, TAUGHT, taughtBy, taughtBytes } from '../../../models/distill/news.ts';
import { unlearned } from '../../../models/distill/probe.ts';
import { makeQuestions } from '../../../models/distill/questions.ts';
import { random } from '../../../models/distill/random.ts';
import { UNSEEN_ASSET } from '../../../models/distill/round.ts';
import { factsOf, gradeOf } from '../../../models/knowledge/facts.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { GRADES } from '../../../models/student/prompt.ts';
import { openStudent } from '../../../models/student/runtime.ts';
import { readTokenizer } from '../../../models/student/student.ts';
import { turnedCells, turnedSheet } from '../../bench/own-tables.ts';
import { temporaryFolder } from '../../bot/fixture.ts';

const { sheets } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
const pump = sheets.find(({ asset }) => asset === 'pump')!;
const turned = turnedSheet(pump, 1 / 3, 7);
const plant = sheets.map((sheet) => (sheet === pump ? turned : sheet));

describe('what is new', () => {
  it('is little to the shipped student, whose sheets are mended now and then', async () => {
    const taught = await readTaught(SHIPPED_STUDENT);
    const all = sheets.filter(({ asset }) => asset !== UNSEEN_ASSET);
    expect(newsOf(all, taught).length / all.flatMap(factsOf).length).toBeLessThan(0.05);
    const unseen = sheets.filter(({ asset }) => asset === UNSEEN_ASSET);
    expect(newsOf(unseen, taught).length).toBeGreaterThan(50);
  });

  it('is every row that a turned decision changes, and no other machine', () => {
    const news = newsOf(plant, taughtBy(sheets));
    expect(new Set(news.map(({ asset }) => asset))).toEqual(new Set(['pump']));
    const faults = new Set([...turnedCells([pump], [turned])].map((cell) => cell.split('/')[1]));
    expect(news.filter(({ kind }) => kind === 'shows').map(({ fault }) => fault)).toEqual(
      turned.faults.map(({ name }) => name).filter((name) => faults.has(name)),
    );
    expect(news.some(({ text }) => / ; \.$|; \.$/.test(text))).toBe(false);
  });

  it('is told by a file in the folder of the student, and all for one from elsewhere', async () => {
    const folder = await temporaryFolder();
    expect((await readTaught(folder)).size).toBe(0);
    await writeFile(join(folder, TAUGHT), taughtBytes([pump]));
    expect(await readTaught(folder)).toEqual(taughtBy([pump]));
    expect(newsOf([pump], await readTaught(folder))).toEqual([]);
    const missed = factsOf(pump)
      .filter(({ kind }) => kind === 'shows')
      .slice(0, 3);
    await writeFile(join(folder, TAUGHT), taughtBytes([pump], missed));
    expect(newsOf([pump], await readTaught(folder))).toEqual(missed);
  });

  it('stays new where the student does not know a row by heart, which tells the shipped sheet from the turned one', async () => {
    const student = await openStudent(SHIPPED_STUDENT);
    try {
      // Of the sheet as it was taught; what was mended since is news.
      const mended = newsOf([pump], await readTaught(SHIPPED_STUDENT)).map(({ id }) => id);
      const taught = factsOf(pump).filter(({ id }) => !mended.includes(id));
      expect(taught.length).toBeGreaterThan(0.8 * factsOf(pump).length);
      expect(await unlearned(student, taught)).toEqual([]);
      const news = newsOf(plant, taughtBy(sheets)).filter(({ kind }) => kind === 'shows' || kind === 'faults');
      expect((await unlearned(student, news)).length).toBeGreaterThan(0.8 * news.length);
    } finally {
      await student.close();
    }
  });
});

describe('questions about a fact', () => {
  it.each(['shows', 'faults', 'why', 'causes', 'role', 'instruments', 'rule', 'mechanism'] as const)(
    'are decided by it: %s',
    (kind) => {
      const about = factsOf(pump).filter((fact) => fact.kind === kind)[2]!;
      for (let i = 0; i < 20; i++)
        expect(makeEpisode(sheets, { mode: 'closed', wording: 'train', about }, random(i)).facts).toContain(about.id);
    },
  );

  it('make a whole set', () => {
    const about = newsOf(plant, taughtBy(sheets)).filter(({ kind }) => kind === 'shows' || kind === 'faults');
    const ids = new Set(about.map(({ id }) => id));
    const items = makeQuestions(plant, { count: 40, seed: 3, about });
    const decided = items.filter(({ facts }) => ids.has(facts.at(-1)!));
    // Where a row leaves no doubtless choice, another question of the machine stands in.
    expect(decided.length).toBeGreaterThan(36);
  });
});

describe('a turned table', () => {
  it('has a third of its decisions turned, each fault showing somewhere and sparing something', () => {
    const cells = pump.faults.length * pump.parameters.length;
    expect(turnedCells([pump], [turned]).size / cells).toBeCloseTo(1 / 3, 1);
    for (const fault of turned.faults) {
      expect(fault.shows.length).toBeGreaterThan(0);
      expect(fault.not.length).toBeGreaterThan(0);
      expect(new Set(fault.shows.map(({ strength }) => strength)).size).toBe(fault.shows.length);
      for (const { name } of pump.parameters) expect(gradeOf(fault, name)).toBeDefined();
    }
  });
});

describe('a lesson with options', () => {
  it('teaches their grades, and never to begin an option', async () => {
    const { tokenizer } = await readTokenizer(SHIPPED_STUDENT);
    const options = [
      { text: 'vibration', grade: 9 as const },
      { text: 'flow', grade: 0 as const },
    ];
    const { tokens, weights } = encodeEpisode(tokenizer, { question: 'q', rationale: 'r', answer: 'a', options });
    const weightsOf = (text: string) => {
      const id = tokenizer.encode(text)[0];
      return weights.filter((_, i) => tokens[i] === id);
    };
    expect(weightsOf('<|option|>')).toEqual([0, 0]);
    expect(weightsOf(GRADES[9])[0]).toBeGreaterThan(1);
  });
});

describe('soft labels', () => {
  it('are drawn as often as they are probable', async () => {
    const { tokenizer } = await readTokenizer(SHIPPED_STUDENT);
    const soft = [0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0.75];
    const lesson = { question: 'q', rationale: 'r', answer: 'a', options: [{ text: 'vibration', soft }] };
    const nine = tokenizer.encode(GRADES[9])[0]!;
    const drawn = Array.from({ length: 400 }, (_, i) => encodeEpisode(tokenizer, lesson, random(i)).tokens.at(-1));
    const share = drawn.filter((token) => token === nine).length / drawn.length;
    expect(share).toBeGreaterThan(0.68);
    expect(share).toBeLessThan(0.82);
  });
});
