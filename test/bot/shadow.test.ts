/** A student in the shadow: asked after the person, never shown, its agreement kept. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { quiet } from '../../bot/logger.ts';
import { agreementOf, agreementText, ownWord, shadowStudent } from '../../bot/serving/shadow.ts';
import type { Answer, Answerer } from '../../bot/types.ts';
import { writeCard } from '../../models/student/card.ts';
import { openRegistry } from '../../models/student/registry.ts';
import type { Student } from '../../models/student/types.ts';
import { writeSmall } from '../models/student/fixture.ts';
import { answerOf } from './desk.ts';
import { afterwards, temporaryFolder } from './fixture.ts';

/** A busy machine opens a student in seconds. */
const SLOW = { timeout: 30_000 };

async function registryOf(...ids: string[]) {
  const dataDir = await temporaryFolder();
  const source = await temporaryFolder();
  const registry = await openRegistry({ dataDir, shippedDir: join(source, 'none') });
  afterwards(() => registry.close());
  for (const [i, id] of ids.entries()) {
    await writeSmall(join(source, id), undefined, id);
    await writeCard(join(source, id), (card) => ({ ...card, createdAt: `2026-11-2${i}T00:00:00.000Z` }));
    await registry.add(join(source, id));
  }
  await registry.use(ids[0]!);
  return { registry, dataDir };
}

/** The one in service says what was asked; the other says the same but for questions that name a pump, and is unsure. */
const serving: Answerer = { answer: async (question) => answerOf(question, { student: 'first' }) };
const chainOf = (student: () => Student | null): Answerer => ({
  async answer(question) {
    const { text } = question;
    const own = answerOf(question, { student: student()!.card.id });
    if (!text.includes('pump')) return own;
    const attempt = { answer: 'something else', rationale: '', confidence: 0.2 };
    return { ...own, outcome: 'escalated', answer: '', answeredBy: 'person', attempt };
  },
});
const same = (_: unknown, a: Answer, b: Answer): boolean => ownWord(a) === ownWord(b);

async function open(who: string, ids: string[]) {
  const { registry, dataDir } = await registryOf(...ids);
  const shadow = await shadowStudent({ dataDir, registry, who, chainOf, same, logger: quiet, lookEveryMs: 20 });
  afterwards(() => shadow.close());
  return { registry, dataDir, shadow, answerer: shadow.beside(serving) };
}

describe('a student in the shadow', () => {
  it('is asked what the one in service was asked, and its agreement is kept without words', async () => {
    const { dataDir, shadow, answerer } = await open('newest', ['first', 'second']);
    await vi.waitFor(() => expect(shadow.student()).toBe('second'), SLOW);
    const answers = await Promise.all(
      ['the fan hums', 'a pump leaks', 'the motor is hot', 'the belt slips'].map((text) =>
        answerer.answer({ text }, {}),
      ),
    );
    expect(answers.map(({ student }) => student)).toEqual(['first', 'first', 'first', 'first']);
    await vi.waitFor(async () => expect((await agreementOf(dataDir, 'second'))?.asked).toBe(4), SLOW);
    const agreement = (await agreementOf(dataDir, 'second'))!;
    expect(agreement).toEqual({ asked: 4, agreed: 0.75, answers: 0.75, serverAnswers: 1 });
    expect(agreementText(agreement)).toBe('75.0 % of 4 answers alike, sure of 75.0 % against 100.0 %');
    const kept = await readFile(join(dataDir, 'students/.shadow/second.jsonl'), 'utf8');
    expect(kept).not.toMatch(/pump|fan|echo/);
  });

  it('waits until nobody is being answered', async () => {
    const { dataDir, shadow } = await open('second', ['first', 'second']);
    await vi.waitFor(() => expect(shadow.student()).toBe('second'), SLOW);
    let release = (): void => {};
    const slow: Answerer = {
      async answer(question) {
        if (question.text === 'slow') await new Promise<void>((resolve) => (release = resolve));
        return answerOf(question);
      },
    };
    const answerer = shadow.beside(slow);
    const waiting = answerer.answer({ text: 'slow' }, {});
    await answerer.answer({ text: 'quick' }, {});
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await agreementOf(dataDir, 'second')).toBeUndefined();
    release();
    await waiting;
    await vi.waitFor(async () => expect((await agreementOf(dataDir, 'second'))?.asked).toBe(2), SLOW);
  });

  it('is nobody once it serves, and what came before the one in service is not tried again', async () => {
    const { registry, shadow } = await open('newest', ['first', 'second']);
    await vi.waitFor(() => expect(shadow.student()).toBe('second'), SLOW);
    await registry.use('second');
    await vi.waitFor(() => expect(shadow.student()).toBeNull(), SLOW);
    expect(await shadow.beside(serving).answer({ text: 'the fan hums' }, {})).toMatchObject({ student: 'first' });
    await shadow.idle();
    expect(await agreementOf(await temporaryFolder(), 'second')).toBeUndefined();
  });
});
