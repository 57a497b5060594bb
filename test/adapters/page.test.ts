/** The page in a browser, as a person uses it: ask, watch, flag, correct, ask on, lose the connection and get it back. */
import { afterEach, describe, expect, test } from 'vitest';
import { webAdapter } from '../../adapters/web/web.ts';
import { openBrowser, type Visit, withoutBrowser } from './browser.ts';
import { answerWith, type MemoryDoor, memoryDoor, type Work } from './door.ts';

type Web = ReturnType<typeof webAdapter>;
const running: Web[] = [];
const browsers: Visit[] = [];
afterEach(async () => {
  await Promise.all(browsers.splice(0).map((browser) => browser.close()));
  await Promise.all(running.splice(0).map((web) => web.stop()));
});

/** Browsers and bots share two cores with whatever else runs: conditions are waited for, patiently. */
const SOON = { timeout: 20_000 };

const QUESTION = 'P-101 is shaking at running speed and the bearing is hot, what could it be?';
const source = {
  title: 'pump.yaml, bearing wear',
  text: 'It shows in vibration.',
  kind: 'shows',
  id: 'pump/x',
} as const;

/** Answers that say what they were asked; `step` holds the work back until the test lets it go on. */
function stepping(): { work: Work; step(): void } {
  const waiting: (() => void)[] = [];
  const pause = () => new Promise<void>((resolve) => waiting.push(resolve));
  return {
    step: () => waiting.shift()?.(),
    async work(message, onStage) {
      await onStage('recalling');
      await pause();
      await onStage('thinking', 'Shaking and heat together');
      await pause();
      await onStage('asking the teacher', 'knowledge');
      await pause();
      return answerWith({ answer: `You asked: ${message.text}`, sources: [source] });
    },
  };
}

const plain: Work = async (message) => answerWith({ answer: `You asked: ${message.text}`, sources: [source] });

async function serve(door: MemoryDoor, port = 0): Promise<Web> {
  const tags = ['P-101', 'P-101A', 'M-101'].map((tag) => ({
    tag,
    class: tag.startsWith('P') ? 'pump' : 'electric motor',
  }));
  const web = webAdapter({ host: '127.0.0.1', port, tags });
  door.attach(web);
  await web.start(door);
  running.push(web);
  return web;
}

async function open(web: Web, options?: Parameters<typeof openBrowser>[0], path = '/') {
  const browser = await openBrowser(options);
  browsers.push(browser);
  await browser.page.goto(web.url + path);
  await browser.page.getByText('Test student, round 1').waitFor();
  return browser;
}

const say = async ({ page }: Visit, text: string, field = 'Ask about a machine') => {
  await page.getByRole('textbox', { name: field }).fill(text);
  await page.getByRole('textbox', { name: field }).press('Enter');
};

describe.skipIf(withoutBrowser !== undefined)(
  `the page${withoutBrowser ? ` (left out: ${withoutBrowser})` : ''}`,
  { timeout: 120_000 },
  () => {
    test('ask, see it work, read the answer, flag it, correct it, take both back', async () => {
      const { work, step } = stepping();
      const browser = await open(await serve(memoryDoor(work)));
      const { page, complaints } = browser;
      await say(browser, QUESTION);
      await page.getByRole('listitem').getByText(QUESTION).waitFor();
      await page.locator('.stage', { hasText: /recalling/i }).waitFor();
      step();
      await page.locator('.stage', { hasText: /thinking/i }).waitFor();
      await page.locator('.partial', { hasText: 'Shaking and heat together' }).waitFor();
      step();
      await page.locator('.stage', { hasText: 'Asking the teacher: knowledge' }).waitFor();
      step();

      const card = page.getByRole('region', { name: 'Answer' });
      await card.getByText(`You asked: ${QUESTION}`, { exact: true }).waitFor();
      await card.getByText('87 %').waitFor();
      await card.getByText('likely right').waitFor();
      await card.getByText('Student', { exact: true }).waitFor();
      await card.getByText('Read from the sheet.').waitFor();
      expect(await page.locator('.progress').count()).toBe(0);
      expect(await card.getByText('It was looked up.').isVisible()).toBe(false);
      await card.getByText('Rationale').click();
      await card.getByText('It was looked up.').waitFor();
      await card.getByText('1 source').click();
      await card.getByText('It shows in vibration.').waitFor();

      await page.getByRole('button', { name: 'Flag' }).click();
      const flagForm = page.getByRole('form', { name: 'Flag this answer' });
      await flagForm.getByRole('textbox', { name: 'Reason' }).fill('does not name the coupling');
      await flagForm.getByRole('button', { name: 'Flag' }).click();
      await page.getByText('Flagged by you: does not name the coupling').waitFor();

      await page.getByRole('button', { name: 'Correct' }).click();
      const form = page.getByRole('form', { name: 'Correct this answer' });
      await form.getByRole('textbox', { name: 'Right answer' }).fill('Misalignment of the coupling');
      await form.getByRole('textbox', { name: 'Why' }).fill('the phase differs by half a turn across it');
      await form.getByRole('button', { name: 'Save correction' }).click();
      await card.getByText('Corrected by you').waitFor();
      await card.getByText('Misalignment of the coupling').waitFor();
      await card.getByText('the phase differs by half a turn across it').waitFor();
      expect(await card.getByText('It was looked up.').isVisible()).toBe(true); // what was unfolded stays so

      const given = page.getByRole('list', { name: 'Flags and corrections' }).getByRole('listitem');
      expect(await given.count()).toBe(2);
      await given.filter({ hasText: 'Flagged by you' }).getByRole('button', { name: 'Undo' }).click();
      await expect.poll(() => given.allTextContents(), SOON).toEqual([expect.stringContaining('Corrected by you')]);
      await given.getByRole('button', { name: 'Undo' }).click();
      await expect.poll(() => card.textContent(), SOON).not.toContain('Misalignment of the coupling');
      await card.getByText(`You asked: ${QUESTION}`, { exact: true }).waitFor();
      expect(complaints).toEqual([]);
    });

    test('thumbs are pressed and taken back; an engineer decides what waits for a review', async () => {
      const door = memoryDoor(plain);
      door.waiting.push({
        ...{ id: 'trace/1', kind: 'trace', question: 'What shows <b>cavitation</b>?', answer: 'noise', rationale: 'r' },
        ...{ answeredBy: 'knowledge', reasons: ['asked by Op'], exchanges: ['x9'], createdAt: '', state: 'waiting' },
      });
      const browser = await open(await serve(door));
      const { page, complaints } = browser;
      await say(browser, QUESTION);
      const up = page.getByRole('button', { name: 'This helped', exact: true });
      await up.click();
      await expect.poll(() => up.getAttribute('aria-pressed'), SOON).toBe('true');
      await page.getByRole('button', { name: 'This did not help' }).click();
      await expect.poll(() => up.getAttribute('aria-pressed'), SOON).toBe('false');
      await page.getByRole('button', { name: 'This did not help', pressed: true }).click();
      await expect
        .poll(async () => (await door.exchange('x1'))!.ratings.every((one) => one.withdrawn), SOON)
        .toBe(true);

      const reviews = page.getByRole('region', { name: 'To review' });
      await reviews.getByText('What shows <b>cavitation</b>?').click();
      await reviews.getByText('asked by Op').waitFor();
      await reviews.getByRole('button', { name: 'Teach it' }).click();
      await expect.poll(() => reviews.isVisible(), SOON).toBe(false);
      expect(door.waiting[0]!.state).toBe('accepted');
      expect(complaints).toEqual([]);
    });

    test('a follow-up stays in its thread, which a reload opens again', async () => {
      const door = memoryDoor(plain);
      const browser = await open(await serve(door));
      const { page } = browser;
      await say(browser, QUESTION);
      await page.getByRole('button', { name: 'Ask a follow-up' }).click();
      const thread = page.getByRole('complementary', { name: 'Thread' });
      await say(browser, 'and what should I check first?', 'Ask a follow-up');
      await thread.getByText('You asked: and what should I check first?', { exact: true }).waitFor();
      expect(door.handled[1]?.place.thread).toBe(door.handled[0]?.id);
      const channel = page.getByRole('main');
      await channel.getByRole('button', { name: '1 reply' }).waitFor();
      expect(await channel.getByText('You asked: and what should I check first?', { exact: true }).count()).toBe(0);

      await page.reload();
      await thread.getByText('You asked: and what should I check first?', { exact: true }).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => thread.isVisible(), SOON).toBe(false);
    });

    test('options: asked with the question, shown with their probabilities, one of them is the right one', async () => {
      const browser = await open(
        await serve(
          memoryDoor(async (message) =>
            answerWith({
              answer: 'Vibration.',
              options: (message.options ?? []).map((option, i) => ({ option, probability: i === 0 ? 0.9 : 0.1 })),
            }),
          ),
        ),
      );
      const { page } = browser;
      await page.getByRole('button', { name: 'Options' }).click();
      await page.getByRole('textbox', { name: 'Options, one a line' }).fill('vibration\n\n oil debris ');
      await say(browser, 'Which sensor shows it best?');
      const options = page.getByRole('list', { name: 'Options' });
      expect(await options.getByRole('listitem').allInnerTexts()).toEqual([
        expect.stringMatching(/vibration\s+90 %/),
        expect.stringMatching(/oil debris\s+10 %/),
      ]);
      await page.getByRole('button', { name: 'Correct' }).click();
      await page.getByRole('radio', { name: 'oil debris' }).check();
      await page.getByRole('button', { name: 'Save correction' }).click();
      await page.getByRole('region', { name: 'Answer' }).locator('.correction').getByText('oil debris').waitFor();
    });

    test('shows only the buttons that work, and what the bot says where it refuses', async () => {
      const door = memoryDoor(plain);
      door.roles = ['operator'];
      const browser = await open(await serve(door));
      const { page } = browser;
      await say(browser, 'a question');
      await page.getByRole('button', { name: 'Flag' }).click();
      expect(await page.getByRole('button', { name: 'Correct' }).count()).toBe(0);
      door.act = async () => ({ kind: 'denied', notice: 'flags are closed for the night' });
      await page.getByRole('textbox', { name: 'Reason' }).fill('wrong');
      await page.getByRole('form').getByRole('button', { name: 'Flag' }).click();
      await page.getByRole('alert').filter({ hasText: 'flags are closed for the night' }).waitFor();
      expect(await page.getByRole('textbox', { name: 'Reason' }).inputValue()).toBe('wrong');
    });

    test('outcomes are told apart: refused, escalated to a teacher, waiting for people', async () => {
      const outcomes: Work = async ({ text }) => {
        if (text === 'r')
          return answerWith({ outcome: 'refused', answer: 'See SP-014.', answeredBy: 'rule', reason: 'It is a trip.' });
        if (text === 'p')
          return answerWith({
            outcome: 'escalated',
            answer: '',
            answeredBy: 'nobody',
            reason: 'No teacher knows X-99.',
          });
        const attempt = { answer: 'Unbalance', rationale: 'It shakes.', confidence: 0.4 };
        return answerWith({ outcome: 'escalated', answeredBy: 'knowledge', reason: 'The orders disagree.', attempt });
      };
      const browser = await open(await serve(memoryDoor(outcomes)));
      const { page } = browser;
      for (const text of ['r', 't', 'p']) await say(browser, text);
      const card = (i: number) => page.getByRole('region', { name: 'Answer' }).nth(i);
      await card(2).waitFor();
      await card(0).getByText('Refused by rule').waitFor();
      expect(await card(0).textContent()).toMatch(/See SP-014\.[\s\S]*It is a trip\./);
      expect(await card(0).textContent()).not.toMatch(/%/);
      await card(1).getByText('Teacher: knowledge').waitFor();
      await card(1).getByText("The student's own try: Unbalance (40 %)").waitFor();
      await card(2).getByText('Waiting for people').waitFor();
      const rail = page.getByRole('navigation');
      await rail.getByRole('button', { name: 'p', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Correct' }).last().click();
      await page.getByRole('textbox', { name: 'Right answer' }).fill('a person knows');
      await page.getByRole('button', { name: 'Save correction' }).click();
      await expect.poll(() => rail.getByRole('button', { name: 'p', exact: true }).count(), SOON).toBe(0);
    });

    test('an answer that rests on a correction says so', async () => {
      const cited = {
        title: 'Correction by Ada',
        text: 'A worn insert.',
        kind: 'correction',
        id: 'correction/c1',
      } as const;
      const browser = await open(await serve(memoryDoor(async () => answerWith({ sources: [source, cited] }))));
      const { page } = browser;
      await say(browser, QUESTION);
      const card = page.getByRole('region', { name: 'Answer' });
      await card.getByText('Cites a correction').waitFor();
      await card.getByText('2 sources, 1 correction among them').click();
      await card.getByText('Correction by Ada').waitFor();
      await card.getByText('A worn insert.').waitFor();
    });

    test('markup is text, wherever it comes from', async () => {
      const markup = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
      const evil: Work = async (_message, onStage) => {
        await onStage('thinking', markup);
        return answerWith({
          answer: `A ${markup}`,
          rationale: `R ${markup}`,
          reason: `W ${markup}`,
          answeredBy: `T ${markup}`,
          sources: [{ ...source, title: `S ${markup}`, text: markup }],
          options: [{ option: `O ${markup}`, probability: 1 }],
        });
      };
      const browser = await open(await serve(memoryDoor(evil)));
      const { page, complaints } = browser;
      await say(browser, `Q ${markup}`);
      for (const letter of ['Q', 'A', 'W', 'O']) await page.getByText(`${letter} ${markup}`).first().waitFor();
      await page.getByText(`Teacher: T ${markup}`, { exact: true }).waitFor();
      await page.getByText('Rationale', { exact: true }).click();
      await page.getByText(`R ${markup}`).waitFor();
      await page.getByRole('button', { name: 'Flag' }).click();
      await page.getByRole('textbox', { name: 'Reason' }).fill(`F ${markup}`);
      await page.getByRole('form').getByRole('button', { name: 'Flag' }).click();
      await page.getByText(`F ${markup}`).waitFor();
      expect(await page.locator('img[src="x"], .messages script').count()).toBe(0);
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(complaints).toEqual([]);
    });

    test('survives a restart of the bot: says so, keeps what is written, sends it once', async () => {
      const door = memoryDoor(plain);
      const web = await serve(door);
      const browser = await open(web);
      const { page } = browser;
      await say(browser, 'before');
      await page.getByText('You asked: before', { exact: true }).waitFor();
      await web.stop();
      await page.getByRole('alert').filter({ hasText: 'not reached' }).waitFor();
      await say(browser, 'meanwhile');
      await page.getByText('not sent yet').waitFor();
      await page.close(); // also when the page is closed before the bot is back

      const back = await serve(door, Number(new URL(web.url).port));
      const again = await browser.context.newPage();
      await again.goto(back.url);
      await again.getByText('You asked: meanwhile', { exact: true }).waitFor();
      await again.getByText('You asked: before', { exact: true }).waitFor();
      expect((await door.history({ adapter: 'web', channel: 'operations' })).map((e) => e.message.text)).toEqual([
        'before',
        'meanwhile',
      ]);

      await back.stop();
      const banner = again.getByRole('alert').filter({ hasText: 'not reached' });
      await banner.waitFor();
      await serve(door, Number(new URL(web.url).port));
      await expect.poll(() => banner.isVisible(), SOON).toBe(false);
      await again.getByRole('textbox', { name: 'Ask about a machine' }).fill('after');
      await again.getByRole('textbox', { name: 'Ask about a machine' }).press('Enter');
      await again.getByText('You asked: after', { exact: true }).waitFor();
    });

    test('an acknowledgement that was lost: sent again under the same id, shown once', async () => {
      const door = memoryDoor(plain);
      const { handle } = door;
      let lost = 0;
      door.handle = async (message) => {
        const receipt = await handle(message);
        if (lost++ === 0) throw new Error('the line broke');
        return receipt;
      };
      const browser = await open(await serve(door));
      await say(browser, 'only once');
      await browser.page.getByText('You asked: only once', { exact: true }).waitFor();
      await expect.poll(() => door.handled.length, SOON).toBe(2);
      expect(door.handled[0]?.id).toBe(door.handled[1]?.id);
      expect(await browser.page.getByText('You asked: only once', { exact: true }).count()).toBe(1);
      await expect.poll(() => browser.page.evaluate('localStorage.getItem("rounds.outbox")'), SOON).toBe('[]');
    });

    test('what the bot rejects goes back to its writer with the reason', async () => {
      const door = memoryDoor(plain);
      door.handle = async () => ({ kind: 'rejected', notice: 'at most 8000 characters: shorten it' });
      const browser = await open(await serve(door));
      const { page } = browser;
      await say(browser, 'a long one');
      await page.getByText('at most 8000 characters: shorten it').waitFor();
      await page.getByRole('button', { name: 'Edit' }).click();
      expect(await page.getByRole('textbox', { name: 'Ask about a machine' }).inputValue()).toBe('a long one');
      expect(await page.getByText('at most 8000 characters: shorten it').count()).toBe(0);
    });

    test('a second page hears what the first one asks', async () => {
      const browser = await open(await serve(memoryDoor(plain)));
      const second = await browser.context.newPage();
      await second.goto(browser.page.url());
      await second.getByText('Test student, round 1').waitFor();
      await say(browser, 'from the first');
      await second.getByText('You asked: from the first', { exact: true }).waitFor();
    });

    test('by keyboard alone: lines, tags, forms', async () => {
      const door = memoryDoor(plain);
      const browser = await open(await serve(door));
      const { page } = browser;
      await expect.poll(() => page.evaluate('document.activeElement?.id'), SOON).toBe('ask');
      await page.keyboard.type('Why is p10');
      await page.getByRole('option', { name: /P-101A/ }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.keyboard.type('hot?');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('It was not yesterday.');
      await page.keyboard.press('Enter');
      await expect.poll(() => door.handled[0]?.text, SOON).toBe('Why is P-101A hot?\nIt was not yesterday.');
      const flag = page.getByRole('button', { name: 'Flag' });
      await flag.waitFor();
      await flag.focus();
      await page.keyboard.press('Enter');
      await page.keyboard.type('wrong');
      await page.keyboard.press('Escape');
      expect(await page.getByRole('form', { name: 'Flag this answer' }).count()).toBe(0);
      expect(await page.evaluate('document.activeElement?.className')).toBe('flag');
      await page.locator('#live', { hasText: 'Answer: You asked: Why is P-101A hot?' }).waitFor({ state: 'attached' });
    });

    test('fits a phone, in the dark', async () => {
      const browser = await open(await serve(memoryDoor(plain)), { width: 360, height: 700, colorScheme: 'dark' });
      const { page } = browser;
      await say(browser, `${QUESTION} ${'W'.repeat(300)}`);
      await page.getByRole('region', { name: 'Answer' }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      const [red] = String(await page.evaluate('getComputedStyle(document.body).backgroundColor')).match(/\d+/g) ?? [];
      expect(Number(red)).toBeLessThan(60);
      expect(await page.getByRole('navigation').isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Channels and status' }).click();
      await page.getByRole('navigation').getByText('Test student').waitFor();
    });
  },
);
