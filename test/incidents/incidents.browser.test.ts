import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { EVENING, servePagesFor } from '../support/pages.ts';
import { createIncidentStore } from '../support/stores.ts';
import { addUser, sessionOf } from '../support/users.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where screenshots go, for people who look at the pages; none without it. */
const SHOTS = process.env['NETSENTINEL_TEST_SHOTS'];

describe('incidents in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  it('come up by themselves and are acknowledged with a note; both pages are accessible and fit a phone', async (t) => {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null });
    const { database, url } = pages;
    const store = createIncidentStore({ database });
    const raise = (subject: string, minutes: number) => {
      const summary = `not read: no answer from ${subject} within 20 s`;
      return store.raise('down', [{ subject, summary, openedAt: EVENING - minutes * 60_000 }], []);
    };
    await addUser(database, 'ann', 'operator');
    const [name = '', value = ''] = (await sessionOf(database, 'ann')).split('=');
    const context = await browser.newContext({ bypassCSP: true });
    t.after(() => context.close());
    await context.addCookies([{ name, value, url }]);
    const page = await context.newPage();

    await page.goto(`${url}/incidents`);
    assert.equal(await page.locator('.empty').textContent(), 'There is no problem now.');
    await raise('core-tower', 95);
    await raise(`a-name-without-any-blank-${'x'.repeat(60)}`, 12);
    pages.poll();
    await page.getByRole('link', { name: 'core-tower', exact: true }).waitFor();
    await look(page, 'list');

    await page.getByRole('link', { name: 'Acknowledge core-tower' }).click();
    await page.getByLabel('Note').fill('Power cut, back at 20:00');
    await look(page, 'one');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Power cut, back at 20:00').waitFor();
    assert.match((await page.locator('.period').textContent()) ?? '', /^2 current problems, 1 not acknowledged/);
    await store.clear('down', { subjects: ['core-tower'], closedAt: EVENING }, []);
    await page.goto(`${url}/incidents?all=true`);
    await look(page, 'all');
  });

  async function look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [360, 1024, 1600]) {
        await page.setViewportSize({ width, height: 800 });
        const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
        assert.equal(wide, false, `${name} at ${width} px`);
        if (SHOTS === undefined) continue;
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `incidents-${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
      await page.evaluate(AXE);
      const found = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
      assert.deepEqual(found, [], `${name}, ${colorScheme}`);
    }
  }
});
