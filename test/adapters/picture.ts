/**
 * Draws docs/img/web.png anew from a running bot, so that the picture shows what the page and the student really say:
 *
 *     DATA_DIR=$(mktemp -d) PORT=8090 npm start &
 *     npx tsx test/adapters/picture.ts http://127.0.0.1:8090 docs/img/web.png
 *
 * The questions below are asked in the channel of that bot: give it a data folder of its own.
 */
import { chromium } from 'playwright-core';

const [url, file] = process.argv.slice(2);
if (url === undefined || file === undefined) throw new Error('give the address of a running bot and a PNG file');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 960 }, locale: 'en-GB' });
await page.goto(url);

const field = page.getByRole('textbox', { name: 'Ask about a machine' });
const cards = page.getByRole('main').getByRole('region', { name: 'Answer' });

await ask('P-101 is shaking at running speed and the bearing is hot, what could it be?');
await page.getByRole('button', { name: 'Correct' }).last().click();
await page.getByRole('textbox', { name: 'Right answer' }).fill('Worn coupling insert');
await page
  .getByRole('textbox', { name: 'Why' })
  .fill('Found at the last stop: the insert was loose and the bearing took the load.');
await page.getByRole('button', { name: 'Save correction' }).click();
await page.getByText('Corrected by you').first().waitFor();
await ask('On P-101 the bearing temperature is high and it vibrates at running speed. What is the cause?');
await page.locator('#toast').waitFor({ state: 'hidden' });
await page.locator('#scroll').evaluate('(e) => e.scrollTo(0, 0)');
await page.mouse.move(0, 0);
await page.waitForTimeout(300); // the last scroll and repaint
await page.screenshot({ path: file });
await browser.close();

async function ask(text: string): Promise<void> {
  const before = await cards.count();
  await field.fill(text);
  await field.press('Enter');
  await cards.nth(before).waitFor();
}
