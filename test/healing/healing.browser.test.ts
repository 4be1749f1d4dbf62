import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { digestOf } from '../../src/healing/rule.ts';
import { launchChromium } from '../support/chromium.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { attemptOf, MINUTE, NIGHT, ruleOf } from '../support/healing.ts';
import { healingSiteOn } from '../support/healing-site.ts';
import { lookClosely } from '../support/look.ts';
import { servePages } from '../support/pages.ts';
import { addUser, sessionOf } from '../support/users.ts';

describe('healing in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  it('is approved with a button; its pages are accessible and fit a phone', async (t) => {
    const test = await migrated(freshSqlite);
    const { database } = test;
    const run = {
      kind: 'run',
      lines: [
        '/interface/disable numbers=ether7',
        '/log/warning message="the line is gone, the interface is turned off and on by NetSentinel"',
      ],
    } as const;
    const rules = [
      ruleOf({ mode: 'ask' }),
      ruleOf({ name: 'renew the line', mode: 'ask', condition: { wan: 'lost' }, action: run, via: 'self', tags: [] }),
    ];
    const site = healingSiteOn(database, { rules });
    const pages = await servePages({ hasAccounts: true, password: null, more: [site.part] }, { on: database });
    const context = await browser.newContext({ bypassCSP: true });
    t.after(async () => {
      await context.close();
      await pages.close();
      await test.drop();
    });
    const done = { startedAt: NIGHT, finishedAt: NIGHT + 3 * MINUTE };
    await site.add(attemptOf({ state: 'worked', outageAt: 1, createdAt: NIGHT - 90 * MINUTE, ...done }));
    const reason = 'the limit is reached: 2 actions on it within 6 hours';
    await site.add(attemptOf({ state: 'refused', outageAt: 2, reason, device: `a-name-${'x'.repeat(60)}` }));
    const asking = { state: 'proposed', mode: 'ask', startedAt: null } as const;
    const over = { reason: 'expired: it has recovered', finishedAt: NIGHT - 50 * MINUTE };
    await site.add(attemptOf({ ...asking, ...over, outageAt: 3, createdAt: NIGHT - 60 * MINUTE }));
    const ofRun = { rule: 'renew the line', via: 'mast', action: 'run 2 commands', actionDigest: digestOf(run) };
    await site.add(attemptOf({ ...asking, ...ofRun, device: 'mast' }));
    const proposed = attemptOf({ state: 'proposed', mode: 'ask', startedAt: null, createdAt: NIGHT + MINUTE });
    await site.add(proposed);
    await addUser(database, 'ann', 'operator');
    const [name = '', value = ''] = (await sessionOf(database, 'ann')).split('=');
    await context.addCookies([{ name, value, url: pages.url }]);
    const page = await context.newPage();

    await page.goto(`${pages.url}/healing`);
    await look(page, 'list');
    await page.getByRole('link', { name: 'Approve or decline: mast' }).click();
    await page.getByText('/interface/disable numbers=ether7').waitFor();
    await look(page, 'commands');
    await page.goBack();
    await page.getByRole('link', { name: 'Approve or decline: tower' }).click();
    await look(page, 'one');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('approved').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0);
  });

  async function look(page: Page, name: string): Promise<void> {
    await lookClosely(page, `healing ${name}`, async (place) => {
      const lines = await page.evaluate(
        `[...document.querySelectorAll('.state')].map((state) => state.getClientRects().length)`,
      );
      assert.ok(Array.isArray(lines) && lines.every((count) => count === 1), `${place}: ${lines}`);
    });
  }
});
