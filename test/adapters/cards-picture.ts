/**
 * Draws docs/cards/web.png: the sample replies whose Slack and Discord forms lie beside it, as the page shows them.
 *
 *     npx tsx test/adapters/cards-picture.ts
 */
import { chromium } from 'playwright-core';
import { webAdapter } from '../../adapters/web/web.ts';
import { memoryDoor } from './door.ts';
import { SAMPLES } from './shared/samples.ts';

const door = memoryDoor(async () => {
  throw new Error('nobody asks here');
});
const exchanges = SAMPLES.map(({ exchange }) => {
  // A conversation of its own for each: its thread is its first message.
  const { id } = exchange.message;
  return {
    ...exchange,
    message: { ...exchange.message, place: { adapter: 'web', channel: 'operations', thread: id } },
  };
});
door.history = async () => exchanges;
const web = webAdapter({ host: '127.0.0.1', port: 0 });
await web.start(door);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 2600 }, locale: 'en-GB' });
await page.goto(web.url);
await page.getByRole('main').getByText('Misalignment').first().waitFor();
await page.waitForTimeout(500); // the last scroll and repaint
await page.screenshot({ path: new URL('../../docs/cards/web.png', import.meta.url).pathname });
await browser.close();
await web.stop();
