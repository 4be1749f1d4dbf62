import { type Browser, chromium } from 'playwright-core';
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
