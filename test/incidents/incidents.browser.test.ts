import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { lookClosely } from '../support/look.ts';
import { EVENING, servePagesFor } from '../support/pages.ts';
import { createIncidentStore } from '../support/stores.ts';
import { addUser, sessionOf } from '../support/users.ts';

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
    await lookClosely(page, 'incidents list');

    await page.getByRole('link', { name: 'Acknowledge core-tower' }).click();
    await page.getByLabel('Note').fill('Power cut, back at 20:00');
    await lookClosely(page, 'incidents one');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Power cut, back at 20:00').waitFor();
    assert.match((await page.locator('.period').textContent()) ?? '', /^2 current problems, 1 not acknowledged/);
    await store.clear('down', { subjects: ['core-tower'], closedAt: EVENING }, []);
    await page.goto(`${url}/incidents?all=true`);
    await lookClosely(page, 'incidents all');
  });
});
