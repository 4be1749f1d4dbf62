import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { launchChromium } from '../../support/chromium.ts';
import { bookVillage, type ServedPages, servePagesFor } from '../../support/pages.ts';

const AWAY = new TroubleError('DATABASE_UNAVAILABLE', 'the database cannot be reached', 'Start it.');

describe('a page that lost what it shows', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  async function openToday(t: TestContext) {
    let isAway = false;
    const pages = await servePagesFor(t, {
      password: null,
      enter() {
        if (isAway) throw AWAY;
      },
    });
    await bookVillage(pages, 3);
    const page = await browser.newPage();
    t.after(async () => {
      // A request that is still on its way through a route would fail when the server stops.
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await page.close();
    });
    const setDatabaseAway = (away: boolean) => {
      isAway = away;
    };
    return { pages, page, setDatabaseAway };
  }

  /** What the notice says; `null` while there is none to be seen. */
  async function noticeOf(page: Page): Promise<string | null> {
    const notice = page.getByText(/^(No connection to NetSentinel|Database unavailable) since/);
    const shown = await notice.filter({ visible: true }).allTextContents();
    return shown[0] ?? null;
  }

  /** Polls end meanwhile, which is news for the page. */
  async function untilNotice(page: Page, pages: ServedPages, pattern: RegExp | null): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const notice = await noticeOf(page);
      if (pattern === null ? notice === null : pattern.test(notice ?? '')) return;
      pages.poll();
      await page.waitForTimeout(50);
    }
    assert.fail(`the notice was ${await noticeOf(page)}`);
  }

  it('says since when there is no connection and how old its figures are, and recovers by itself', async (t) => {
    const { pages, page } = await openToday(t);
    await page.goto(pages.url);
    assert.equal(await noticeOf(page), null);
    await page.route('**/*', (route) => route.abort());
    await untilNotice(
      page,
      pages,
      /^No connection to NetSentinel since \d+:\d\d:\d\d.*\. Figures below are from \d+:\d\d:\d\d/,
    );
    assert.ok(await page.locator('.ranking tbody tr').first().isVisible(), 'the figures stay');
    await page.unroute('**/*');
    await untilNotice(page, pages, null);
  });

  it('says so when the database is away, and recovers by itself', async (t) => {
    const { pages, page, setDatabaseAway } = await openToday(t);
    await page.goto(pages.url);
    setDatabaseAway(true);
    await untilNotice(page, pages, /^Database unavailable since \d+:\d\d:\d\d/);
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Usage today');
    setDatabaseAway(false);
    await untilNotice(page, pages, null);
  });

  it('waits for the figures when it came without any', async (t) => {
    const { pages, page, setDatabaseAway } = await openToday(t);
    setDatabaseAway(true);
    const answer = await page.goto(pages.url);
    assert.equal(answer?.status(), 503);
    await page.getByRole('heading', { level: 1, name: 'Database unavailable' }).waitFor();
    pages.poll();
    assert.equal(await noticeOf(page), null, 'there are no figures that could be old');
    setDatabaseAway(false);
    await page.getByRole('heading', { level: 1, name: 'Usage today' }).waitFor();
    assert.match(await page.title(), /^Usage today|^Today/);
  });

  it('leaves alone what was made in the browser', async (t) => {
    const { pages, page } = await openToday(t);
    await page.goto(pages.url);
    // No page has an island yet: the answers of the server and the page get one.
    await page.route(/\/$/, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace('<h1>', '<div data-island="terminal" data-key="terminal"></div><h1>');
      await route.fulfill({ response: answer, body });
    });
    await page.reload();
    await page.evaluate("document.querySelector('[data-island]').innerHTML = '<b>made here</b>'");
    await page.evaluate("document.querySelector('h1').textContent = 'changed'");
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await page.getByRole('heading', { level: 1 }).textContent()) === 'Usage today') break;
      pages.poll();
      await page.waitForTimeout(50);
    }
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Usage today');
    assert.equal(await page.locator('[data-island]').innerHTML(), '<b>made here</b>');
  });
});
