/** Opens pages in Debian's Chromium for tests: one browser a file, a fresh profile each visit, nothing fetched in the background. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

/** Why browser tests are left out here, or undefined when they run: always where services are required. */
export const withoutBrowser =
  existsSync(CHROMIUM) || process.env.REQUIRE_SERVICES === '1' ? undefined : `there is no ${CHROMIUM}`;

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** Errors and warnings of the page's console: refusals by the content security policy among them. */
  complaints: string[];
  close(): Promise<void>;
}

let launched: Promise<Browser> | undefined;
const browser = () => {
  launched ??= chromium.launch({
    executablePath: CHROMIUM,
    // Playwright gives every launch a new profile folder of its own.
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return launched;
};
afterAll(async () => (await launched)?.close());

export async function openBrowser(
  options: { width?: number; height?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<Visit> {
  const context = await (await browser()).newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 850 },
    colorScheme: options.colorScheme ?? 'light',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { context, page, complaints, close: () => context.close() };
}
