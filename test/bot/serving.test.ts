/** The student that serves: follows the registry's choice, and keeps serving when a choice cannot be opened. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { quiet } from '../../bot/logger.ts';
import { serveStudent } from '../../bot/serving.ts';
import type { Answerer } from '../../bot/types.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { smallStudent, writeSmall } from '../models/student/fixture.ts';
import { answerOf, messageOf, openBot } from './desk.ts';
import { afterwards, temporaryFolder } from './fixture.ts';

async function registryOf(...ids: string[]) {
  const dataDir = await temporaryFolder();
  const source = await temporaryFolder();
  const opened = await openRegistry({ dataDir, shippedDir: join(source, 'none') });
  afterwards(() => opened.close());
  const registry = { ...opened, dataDir };
  const student = smallStudent();
  const entries = [];
  for (const id of ids) {
    await writeSmall(join(source, id), student, id);
    entries.push(await registry.add(join(source, id)));
  }
  return { registry, entries };
}

describe('the serving student', () => {
  it('is none, with the reason, while there is none', async () => {
    const { registry } = await registryOf();
    const serving = await serveStudent(registry, { logger: quiet, follow: false });
    afterwards(() => serving.close());
    expect(serving.student()).toBeNull();
    expect(serving.problem()).toContain('rounds distill');
  });

  it('changes when another is chosen, while the former one ends its work, and changes back', async () => {
    const { registry } = await registryOf('first', 'second');
    await registry.use('first');
    const serving = await serveStudent(registry, { logger: quiet, follow: true });
    afterwards(() => serving.close());
    const first = serving.student()!;
    expect(first.card.id).toBe('first');
    await registry.use('second');
    await vi.waitFor(() => expect(serving.student()?.card.id).toBe('second'), { timeout: 20_000 });
    expect((await first.generate('which sensor', { maxTokens: 2 })).tokenLogProbs.length).toBeGreaterThan(0);
    expect(serving.entry()?.id).toBe('second');
    await registry.rollback();
    await vi.waitFor(() => expect(serving.student()?.card.id).toBe('first'), { timeout: 20_000 });
  });

  it('loses no question while students are chosen and rolled back', { timeout: 60_000 }, async () => {
    const { registry } = await registryOf('first', 'second');
    await registry.use('first');
    const serving = await serveStudent(registry, { logger: quiet, follow: true });
    afterwards(() => serving.close());
    const answerer: Answerer = {
      async answer(question) {
        const student = serving.student()!;
        const { text } = await student.generate(question.text, { maxTokens: 4 });
        return answerOf(question, { answer: text, student: student.card.id });
      },
    };
    const { bot, channel } = await openBot({ answerer });
    await bot.start();
    let asking = true;
    const asked: string[] = [];
    const asker = (async () => {
      while (asking) {
        const receipt = await bot.handle(messageOf('which sensor'));
        if (receipt.kind === 'accepted') asked.push(receipt.exchangeId);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    // As `rounds student use` and `rollback` do it: another process of the same data folder.
    const elsewhere = await openRegistry({ dataDir: registry.dataDir, shippedDir: '/none' });
    afterwards(() => elsewhere.close());
    for (const [id, turn] of [
      ['second', () => elsewhere.use('second')],
      ['first', () => elsewhere.rollback()],
    ] as const) {
      await turn();
      await vi.waitFor(() => expect(serving.student()?.card.id).toBe(id), { timeout: 20_000 });
    }
    asking = false;
    await asker;
    await vi.waitFor(() => {
      const answered = asked.map((id) => channel.of(id).at(-1)?.reply);
      expect(answered.filter((reply) => reply?.final && reply.answer)).toHaveLength(asked.length);
    }, 20_000);
    const students = new Set(asked.map((id) => channel.of(id).at(-1)!.reply.answer!.student));
    expect([...students].sort()).toEqual(['first', 'second']);
  });

  it('stays when the newly chosen one cannot be opened, and says so', async () => {
    const { registry, entries } = await registryOf('first', 'second');
    await registry.use('first');
    const listeners: ((entry: (typeof entries)[0], warning: string | null) => void)[] = [];
    const following = {
      current: () => registry.current(),
      onChange(listener: (typeof listeners)[0]) {
        listeners.push(listener);
        return () => {};
      },
    };
    const serving = await serveStudent(following, { logger: quiet, follow: true });
    afterwards(() => serving.close());
    await appendFile(join(entries[1]!.folder, 'model.safetensors'), 'x');
    for (const tell of listeners) tell(entries[1]!, null);
    await vi.waitFor(() => expect(serving.problem()).toContain('model.safetensors'), { timeout: 20_000 });
    expect(serving.student()?.card.id).toBe('first');
  });
});
