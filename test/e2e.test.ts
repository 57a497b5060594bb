/**
 * The whole of Rounds as a person meets it: `rounds serve` in a process of its own, with the store, queue, knowledge and
 * student that ship, and a browser in front of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Exchange } from '../bot/types.ts';
import { openBrowser, withoutBrowser } from './adapters/browser.ts';

/** Of processor time until it listens: what ten seconds are on a calm machine, and the same on a busy one. */
const LISTENS_WITHIN_CPU_S = 10;

describe.skipIf(withoutBrowser !== undefined)(
  `Rounds${withoutBrowser ? ` (left out: ${withoutBrowser})` : ''}`,
  { timeout: 180_000 },
  () => {
    let dataDir: string;
    let bot: ChildProcess;
    let url: string | undefined;
    let cpuS: number;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'rounds-e2e-'));
      const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'fatal' };
      bot = spawn(process.execPath, ['bot/rounds.mjs', 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      for await (const line of createInterface({ input: bot.stdout! })) {
        const said = JSON.parse(line) as { event: string; url: string };
        if (said.event !== 'listening') continue;
        url = said.url;
        cpuS = await cpuSeconds(bot.pid!);
        break;
      }
      if (url === undefined) throw new Error('`rounds serve` ended before it listened');
    }, 120_000);

    afterAll(async () => {
      if (bot.exitCode === null) bot.kill('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    });

    test('a question about P-101: answered, flagged, corrected, asked again in other words, asked on', async () => {
      expect(cpuS).toBeLessThan(LISTENS_WITHIN_CPU_S);
      const { page, complaints, close } = await openBrowser();
      // What it says while it works may be gone within a tenth of a second: the page notes it for the test.
      await page.addInitScript(`
      window.stages = [];
      new MutationObserver(() => {
        const stage = document.querySelector('.stage b')?.textContent;
        if (stage && stage !== window.stages.at(-1)) window.stages.push(stage);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    `);
      await page.goto(url!);
      const field = page.getByRole('textbox', { name: 'Ask about a machine' });
      const card = (i: number) => page.getByRole('main').getByRole('region', { name: 'Answer' }).nth(i);
      const newest = async () => {
        const response = await fetch(`${url!}/api/history?limit=1`);
        return ((await response.json()) as { exchanges: Exchange[] }).exchanges[0]!;
      };

      await field.fill('P-101 is shaking at running speed and the bearing is hot, what could it be?');
      await field.press('Enter');
      await card(0).waitFor();
      // Which stages are seen depends on how quick it is; that it says more than `received` does not.
      expect(((await page.evaluate('window.stages')) as string[]).length).toBeGreaterThan(1);
      const first = (await newest()).reply.answer!;
      expect(first.outcome).not.toBe('refused');
      expect(first.answer).not.toBe('');
      expect(first.topic.tag).toBe('P-101');
      expect(first.sources.length).toBeGreaterThan(0);
      await card(0).getByText(first.answer, { exact: true }).waitFor();
      await card(0)
        .getByText(`${Math.round(first.confidence * 100)} %`)
        .first()
        .waitFor();
      await card(0).getByText('Rationale', { exact: true }).click();
      await card(0).getByText(first.rationale.trim().slice(0, 40)).first().waitFor();
      await card(0).locator('.sources summary').click();
      await card(0).getByText(first.sources[0]!.title, { exact: true }).first().waitFor();

      await page.getByRole('button', { name: 'Flag' }).click();
      await page.getByRole('textbox', { name: 'Reason' }).fill('the coupling was left out');
      await page.getByRole('form').getByRole('button', { name: 'Flag' }).click();
      await page.getByText('Flagged by you: the coupling was left out').waitFor();

      const right = 'A coupling insert that has come loose';
      await page.getByRole('button', { name: 'Correct' }).click();
      await page.getByRole('textbox', { name: 'Right answer' }).fill(right);
      await page.getByRole('textbox', { name: 'Why' }).fill('found on inspection: the insert had worn through');
      await page.getByRole('button', { name: 'Save correction' }).click();
      await card(0).getByText('Corrected by you').waitFor();

      await field.fill('On P-101 the bearing temperature is high and it vibrates at running speed. What is the cause?');
      await field.press('Enter');
      await card(1).waitFor();
      await card(1).getByText(new RegExp(right)).first().waitFor();
      await card(1)
        .getByText(/1 correction among them/)
        .waitFor();
      const second = (await newest()).reply.answer!;
      expect(second.sources.some((source) => source.id.startsWith('correction/'))).toBe(true);

      await page.getByRole('button', { name: 'Ask a follow-up' }).first().click();
      const thread = page.getByRole('complementary', { name: 'Thread' });
      await page.getByRole('textbox', { name: 'Ask a follow-up' }).fill('and what should I check first?');
      await page.getByRole('textbox', { name: 'Ask a follow-up' }).press('Enter');
      await thread.getByRole('region', { name: 'Answer' }).nth(1).waitFor();
      const third = await newest();
      expect(third.message.text).toBe('and what should I check first?');
      expect(third.reply.answer?.topic.tag).toBe('P-101');
      expect(third.reply.answer?.outcome).not.toBe('refused');
      expect(complaints).toEqual([]);
      await close();

      bot.kill('SIGTERM');
      const [code] = await once(bot, 'exit');
      expect(code).toBe(0);
    });
  },
);

/** User and system time of a process so far, from Linux's /proc (fields 14 and 15, in hundredths of a second). */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user! + system!) / 100;
}
