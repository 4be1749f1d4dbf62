import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { need } from './needs.ts';

/** Debian's Chromium, or Google's. Only the tests of the pages need it. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: need('chromium-headless-shell'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      // A container has little of /dev/shm.
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page that must not have complained about anything when the test is over. */
export async function openPage(
  t: TestContext,
  browser: Browser,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  const complaints = complaintsOf(page);
  t.after(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });
  return page;
}

/** What a page complains about from now on: errors of its scripts, and what a breach of its policy makes the browser say. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load')) complaints.push(message.text());
  });
  return complaints;
}
