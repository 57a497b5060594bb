import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStudent, startWorker } from '../../../models/student/runtime.ts';
import { readStudent } from '../../../models/student/student.ts';
import type { Generation, Student } from '../../../models/student/types.ts';
import { writeSmall } from './fixture.ts';
import { naiveLogProbs } from './naive.ts';

const PROMPT = '<|bos|><|question|>which sensor best shows bearing wear?<|think|>';
/** Something to wait for that another callback gives. */
function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

let root: string;
let folder: string;
let exact: Student;
let student: Student;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rounds-runtime-'));
  folder = join(root, 'small');
  await writeSmall(folder);
  exact = await openStudent(folder, { precision: 'float32' });
  student = await openStudent(folder);
});
afterAll(async () => {
  await Promise.all([exact?.close(), student?.close()]);
  await rm(root, { recursive: true, force: true });
});

describe('a student', () => {
  it('continues a prompt as the naive forward does, greedily', async () => {
    const { config, weights, tokenizer } = await readStudent(folder);
    const { text, tokenLogProbs, ended } = await exact.generate(PROMPT, { maxTokens: 12, stop: [] });
    const ids = tokenizer.encode(PROMPT);
    const expected: number[] = [];
    for (let i = 0; i < 12; i++) {
      const row = naiveLogProbs(config, weights, [...ids, ...expected]).at(-1)!;
      expected.push(row.indexOf(Math.max(...row)));
      expect(tokenLogProbs[i]).toBeCloseTo(Math.max(...row), 3);
    }
    expect(text).toBe(tokenizer.decode(expected));
    expect(ended).toBe('length');
  });

  it('scores continuations as the log-softmax of the naive forward, whatever their order and number', async () => {
    const { config, weights, tokenizer } = await readStudent(folder);
    const continuations = ['vibration', 'oil debris', ' the housing temperature', ''];
    const scored = await exact.score(PROMPT, continuations);
    const ids = tokenizer.encode(PROMPT);
    for (const [i, continuation] of continuations.entries()) {
      const more = tokenizer.encode(continuation);
      const rows = naiveLogProbs(config, weights, [...ids, ...more]);
      expect(scored[i]!.tokenLogProbs).toHaveLength(more.length);
      for (const [j, id] of more.entries()) {
        expect(scored[i]!.tokenLogProbs[j]).toBeCloseTo(rows[ids.length - 1 + j]![id]!, 3);
      }
      expect(scored[i]!.logProb).toBeCloseTo(
        scored[i]!.tokenLogProbs.reduce((a, b) => a + b, 0),
        6,
      );
    }
    expect(await exact.score(PROMPT, [...continuations].reverse())).toEqual([...scored].reverse());
  });

  it('grades tokens as scoring each behind the continuation does, whatever else is graded', async () => {
    const continuations = ['oil debris', '', ' the housing temperature is hot', 'vibration'];
    const tokens = [' ', 'a', '<|end|>', 't'];
    const grades = await student.grade(PROMPT, continuations, tokens);
    let compared = 0;
    for (const [i, continuation] of continuations.entries()) {
      const scored = await student.score(
        PROMPT,
        tokens.map((token) => continuation + token),
      );
      const [whole] = await student.score(PROMPT, [continuation]);
      for (const [j, one] of scored.entries()) {
        // Only where the token is one of its own behind the continuation too.
        if (one.tokenLogProbs.length !== whole!.tokenLogProbs.length + 1) continue;
        compared++;
        expect(grades[i]![j]).toBeCloseTo(one.logProb - whole!.logProb, continuation ? 4 : 1);
      }
      expect(await student.grade(PROMPT, [continuation], tokens)).toEqual([grades[i]]);
      expect(await student.grade(PROMPT, [continuation], [tokens[2]!])).toEqual([[grades[i]![2]]]);
    }
    expect(compared).toBeGreaterThan(8);
    expect(await student.grade(PROMPT, [...continuations].reverse(), tokens)).toEqual([...grades].reverse());
    expect(await student.grade(PROMPT, continuations, [])).toEqual([[], [], [], []]);
    await expect(student.grade(PROMPT, ['a'], ['vibration and more'])).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(/has \d+ tokens: a graded one has exactly one/),
    });
  });

  it('gives the same answer, bit for bit, alone and among others', async () => {
    const fresh = await openStudent(folder, { threads: 1 });
    const alone = await fresh.generate(PROMPT, { maxTokens: 20 });
    await fresh.close();
    const many = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        i % 3
          ? student.generate(i % 2 ? PROMPT : `${PROMPT}hot ${i}`, { maxTokens: 20 })
          : student.score(PROMPT, ['a', 'b c']),
      ),
    );
    expect(many[1]).toEqual(alone);
    expect(many[5]).toEqual(alone);
    expect(many[0]).toEqual(many[9]);
  });

  it('continues overlapping generations together, each as if it were alone', async () => {
    const asks = Array.from({ length: 24 }, (_, i) => ({
      prompt: `${PROMPT}${'hot housing '.repeat(i % 7)}${i}`,
      how: { maxTokens: 5 + ((i * 13) % 40), stop: [] },
    }));
    const alone: Generation[] = [];
    for (const { prompt, how } of asks) alone.push(await student.generate(prompt, how));
    // The second dozen comes when the first has begun to speak; options are graded in between.
    const heard: number[] = [];
    const late: Promise<unknown>[] = [];
    const begun = signal();
    const first = asks.slice(0, 12).map(({ prompt, how }, i) =>
      student.generate(prompt, {
        ...how,
        onText: () => {
          heard.push(i);
          if (heard.length === 30) begun.give();
        },
      }),
    );
    await begun.given;
    const grades = student.grade(PROMPT, ['vibration', 'oil debris'], ['a', 't']);
    for (const { prompt, how } of asks.slice(12)) late.push(student.generate(prompt, how));
    expect(await Promise.all([...first, ...late])).toEqual(alone);
    expect(await grades).toEqual(await student.grade(PROMPT, ['vibration', 'oil debris'], ['a', 't']));
    // Together, not in turns: a generation goes on after another was heard in between.
    const inTurns = heard.filter((one, i) => one !== heard[i - 1]).length;
    expect(inTurns).toBeGreaterThan(2 * 12);
  });

  it('ends an aborted generation at once, under way or waiting for a place, and no other', async () => {
    const how = { maxTokens: 60, stop: [] };
    const expected = await student.generate(PROMPT, how);
    const under = new AbortController();
    const waits = new AbortController();
    let pieces = 0;
    const others = Array.from({ length: 16 }, () => student.generate(PROMPT, how));
    const spoken = student.generate(PROMPT, { ...how, signal: waits.signal });
    const order: string[] = [];
    const first = student.generate(`${PROMPT}b`, {
      ...how,
      signal: under.signal,
      onText: () => {
        if (++pieces === 3) under.abort();
      },
    });
    waits.abort();
    const done = (name: string) => () => order.push(name);
    await Promise.all([
      spoken.then(done('waiting')),
      first.then(done('under way')),
      ...others.map((one) => one.then(done('other'))),
    ]);
    expect(await spoken).toMatchObject({ text: '', ended: 'aborted' });
    expect((await first).ended).toBe('aborted');
    expect((await first).tokenLogProbs.length).toBeLessThan(expected.tokenLogProbs.length);
    expect(order.indexOf('waiting')).toBeLessThan(order.indexOf('other'));
    for (const one of others) expect(await one).toEqual(expected);
  });

  it('closes with answers under way: they end as aborted', async () => {
    const closing = await openStudent(folder, { threads: 1 });
    const begun = signal();
    const calls = [PROMPT, `${PROMPT}a`].map((prompt) =>
      closing.generate(prompt, { maxTokens: 150, stop: [], onText: () => begun.give() }),
    );
    await begun.given;
    await closing.close();
    for (const call of calls) expect((await call).ended).toBe('aborted');
  });

  it('streams what it returns, and stops at the stop token and when told', async () => {
    const pieces: string[] = [];
    const whole = await student.generate(PROMPT, { maxTokens: 30, stop: [], onText: (piece) => pieces.push(piece) });
    expect(pieces.join('')).toBe(whole.text);
    expect(pieces.length).toBeGreaterThan(3);
    const { tokenizer } = await readStudent(folder);
    const seenIds = tokenizer.encode(whole.text);
    const last = seenIds.map((id) => tokenizer.decode([id])).find((token, i) => tokenizer.id(token) === seenIds[i])!;
    const cut = await student.generate(PROMPT, { maxTokens: 30, stop: [last] });
    expect(cut.ended).toBe('stop');
    expect(whole.text.startsWith(cut.text + last)).toBe(true);
    expect(cut.tokenLogProbs.length).toBeLessThan(whole.tokenLogProbs.length);
    // So small a student may be done before its third piece has been heard: then it is told again.
    const tellToStop = async () => {
      const abort = new AbortController();
      let seen = 0;
      const onText = () => {
        seen += 1;
        if (seen === 3) abort.abort();
      };
      return student.generate(PROMPT, { maxTokens: 200, stop: [], signal: abort.signal, onText });
    };
    let aborted = await tellToStop();
    for (let tries = 1; aborted.ended !== 'aborted' && tries < 20; tries++) aborted = await tellToStop();
    expect(aborted.ended).toBe('aborted');
    expect(aborted.text.length).toBeLessThan(whole.text.length * 7);
    expect(await student.generate(PROMPT, { signal: AbortSignal.abort() })).toMatchObject({
      text: '',
      ended: 'aborted',
    });
  });

  it('refuses what does not fit, in one line', async () => {
    await expect(student.generate('bearing '.repeat(400))).rejects.toMatchObject({ code: 'bad_input' });
    await expect(student.score(PROMPT, ['bearing '.repeat(400)])).rejects.toThrow(/tokens of 256: shorten/);
    await expect(student.generate('')).rejects.toThrow(/prompt is empty/);
    await expect(student.generate(PROMPT, { stop: ['no such token'] })).rejects.toThrow(/not a token/);
    expect(student.countTokens(PROMPT)).toBeGreaterThan(5);
  });

  it('names the damaged file, what it should be and what it is', async () => {
    const bad = join(root, 'bad');
    await writeSmall(bad);
    const weights = join(bad, 'model.safetensors');
    const whole = await readFile(weights);
    await truncate(weights, 1000);
    const failure = await openStudent(bad).catch((error) => error);
    expect(failure.code).toBe('damaged_student');
    expect(failure.message).toMatch(
      /model\.safetensors: expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}.*rounds student rollback/,
    );
    await rm(weights);
    await expect(openStudent(bad)).rejects.toThrow(/model.safetensors is missing; expected sha256/);
    await writeFile(weights, whole);
    await (await openStudent(bad)).close();
    await expect(openStudent(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'damaged_student' });
    await expect(writeSmall(bad)).rejects.toThrow(/is there already/);
  });

  it('starts a dead thread again once, and says so to whoever waited', async () => {
    const threads: Worker[] = [];
    const mortal = await openStudent(folder, {
      startWorker: (setup) => {
        const worker = startWorker(setup);
        threads.push(worker);
        return worker;
      },
    });
    const expected = await mortal.generate(PROMPT, { maxTokens: 8 });
    const kill = async () => {
      const other = mortal.generate(PROMPT, { maxTokens: 200, stop: [] });
      const waiting = mortal.generate(PROMPT, {
        maxTokens: 200,
        stop: [],
        onText: () => threads.at(-1)!.postMessage(null), // no message at all: an error that nobody catches
      });
      for (const one of await Promise.allSettled([other, waiting])) {
        expect(one).toMatchObject({
          status: 'rejected',
          reason: { code: 'student_stopped', message: expect.stringMatching(/ask again/) },
        });
      }
    };
    await kill();
    expect(await mortal.generate(PROMPT, { maxTokens: 8 })).toEqual(expected);
    await kill();
    await kill();
    expect(threads).toHaveLength(3);
    await expect(mortal.generate(PROMPT)).rejects.toMatchObject({ code: 'student_stopped' });
    await mortal.close();
    await expect(mortal.generate(PROMPT)).rejects.toMatchObject({ code: 'student_closed' });
  });
});
