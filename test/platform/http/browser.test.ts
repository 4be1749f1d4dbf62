import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, openPage } from '../../support/chromium.ts';
import { noteBadWeek } from '../../support/fleet.ts';
import { seriousFindings, shootEverywhere } from '../../support/look.ts';
import {
  bookVillage,
  EVENING,
  freshRouter,
  PASSWORD,
  type ServedPages,
  servePagesFor,
  TODAY,
  userDay,
} from '../../support/pages.ts';
import { workersPart } from '../../support/workers-part.ts';

const GB = 1024n ** 3n;
const HOSTILE = '<img src=x onerror="document.title=1">{{this}}/..?#';

describe('the pages in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  const open = (t: TestContext, options: Parameters<Browser['newPage']>[0] = {}) => openPage(t, browser, options);

  async function openVillage(t: TestContext): Promise<{ pages: ServedPages; page: Page }> {
    const pages = await servePagesFor(t, { password: null, more: [workersPart] });
    await bookVillage(pages, 30);
    return { pages, page: await open(t) };
  }

  const names = (page: Page) => page.locator('.ranking tbody th a').allTextContents();

  it('are entered by the password, also with the keyboard alone, and left by logging out', async (t) => {
    const pages = await servePagesFor(t);
    await pages.book('edge-1', [userDay('bob', TODAY, GB)]);
    const page = await open(t);
    await page.goto(`${pages.url}/u/edge-1/bob`);
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    assert.match((await page.getByRole('alert').textContent()) ?? '', /^Wrong password/);
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'bob' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.goto(`${pages.url}/`);
    assert.equal(new URL(page.url()).pathname, '/login');
  });

  it('make those wait who guess', async (t) => {
    const pages = await servePagesFor(t);
    const page = await open(t);
    await page.goto(pages.url);
    for (let tries = 0; tries < 6; tries += 1) {
      await page.getByLabel('Password').fill(`guess ${tries}`);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('alert').waitFor();
    }
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Too many wrong passwords/);
  });

  it('find users as one types, without losing the focus, and keep the question in the address', async (t) => {
    const { pages, page } = await openVillage(t);
    await page.goto(pages.url);
    await page.getByRole('searchbox').pressSequentially('house 12');
    await until(page, "document.querySelectorAll('.ranking tbody tr').length === 1");
    assert.deepEqual(await names(page), ['user-0012']);
    assert.equal(await page.evaluate('document.activeElement.name'), 'q');
    assert.equal(new URL(page.url()).searchParams.get('q'), 'house 12');
    await page.getByRole('searchbox').fill('');
    await page.getByRole('combobox').selectOption('village');
    await until(page, "document.querySelectorAll('.ranking tbody tr').length === 6");
    await page.reload();
    assert.equal((await names(page)).length, 6);
  });

  it('follow the database by themselves, changing only what has changed', async (t) => {
    const { pages, page } = await openVillage(t);
    await page.goto(pages.url);
    await page.evaluate(
      "window.row = [...document.querySelectorAll('.ranking tr')].find((row) => row.textContent.includes('user-0020'))",
    );
    await page.getByRole('searchbox').fill('user-00');
    await until(page, "location.search.includes('user-00')");
    await pages.book('edge-1', [userDay('user-0020', TODAY, 90n * GB)]);
    await until(page, "document.querySelector('.ranking tbody th').textContent.includes('user-0020')", () =>
      pages.poll(),
    );
    assert.equal(await page.evaluate("window.row === document.querySelector('.ranking tbody tr')"), true);
    assert.match((await page.locator('.ranking tbody tr').first().textContent()) ?? '', /over quota/);
    assert.equal(await page.getByRole('searchbox').inputValue(), 'user-00');
  });

  it('say of what they ask by themselves that nobody asks, and not of what people ask', async (t) => {
    const header = 'x-netsentinel-refresh';
    const { pages, page } = await openVillage(t);
    await page.goto(pages.url);
    const typed = page.waitForRequest((request) => request.resourceType() === 'fetch');
    await page.getByRole('searchbox').fill('user-00');
    assert.equal((await typed).headers()[header], undefined);
    let isAsked = false;
    page.on('request', (request) => {
      if (request.headers()[header] === '1') isAsked = true;
    });
    for (let tries = 0; !isAsked; tries += 1) {
      assert.ok(tries < 100, 'it never asked by itself');
      pages.poll();
      await page.waitForTimeout(50);
    }
  });

  it('keep the focus and what is being typed while banners come and go above', async (t) => {
    const { pages, page } = await openVillage(t);
    const [first] = pages.conditions;
    assert.ok(first !== undefined);
    pages.conditions.splice(0, 2, first);
    await page.goto(pages.url);
    await page.getByRole('searchbox').pressSequentially('user');
    await until(page, "location.search === '?q=user'");
    for (const banners of [1, 0]) {
      pages.conditions.splice(0, 1, { ...first, isFresh: banners === 0 });
      await until(page, `document.querySelectorAll('.banner').length === ${banners}`, () => pages.poll());
      assert.equal(await page.evaluate('document.activeElement.name'), 'q');
      assert.equal(await page.getByRole('searchbox').inputValue(), 'user');
      assert.equal(await page.getByRole('button', { name: 'Search' }).isVisible(), false);
    }
    await page.keyboard.type('-0012');
    await until(page, "document.querySelectorAll('.ranking tbody tr').length === 1");
  });

  it('show a user: a day chosen in the chart, its hours, and all days as a CSV file', async (t) => {
    const { pages, page } = await openVillage(t);
    await page.goto(`${pages.url}/d/edge-1`);
    await page.getByRole('link', { name: 'user-0001' }).click();
    await page.getByRole('link', { name: /^Tue 17 Nov: / }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tue 17 Nov 2026' }).waitFor();
    assert.equal(await page.locator('.chart.hours g').count(), 24);
    await page.getByText('All days as a table').click();
    assert.equal(await page.locator('details[open] tbody tr').count(), 15);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /CSV/ }).click(),
    ]);
    assert.match(readFileSync(await download.path(), 'utf8'), /^day,router,user[^\n]*\n2026-11-06,edge-1,user-0001,/);
  });

  for (const width of [360, 1280]) {
    it(`put the users in order, ${width} pixels wide`, async (t) => {
      const { pages } = await openVillage(t);
      const page = await open(t, { viewport: { width, height: 900 } });
      await page.goto(pages.url);
      assert.deepEqual((await names(page)).slice(0, 2), ['user-0001', 'user-0001']);
      await page.getByRole('link', { name: 'User', exact: true }).click();
      assert.deepEqual((await names(page)).slice(0, 2), ['server-backup', 'server-backup']);
    });
  }

  it('work without a script', async (t) => {
    const { pages } = await openVillage(t);
    const page = await open(t, { javaScriptEnabled: false });
    await page.goto(pages.url);
    await page.getByRole('searchbox').fill('user-0012');
    await page.getByRole('button', { name: 'Search' }).click();
    assert.deepEqual(await names(page), ['user-0012']);
    await page.getByRole('link', { name: 'user-0012' }).click();
    assert.equal((await page.getByRole('heading', { level: 1 }).textContent()) ?? '', 'user-0012');
    pages.conditions.push(freshRouter('..'));
    await pages.book('..', [userDay('bob', TODAY, GB), userDay('ann', TODAY, GB)]);
    await page.goto(`${pages.url}/d?name=..`);
    await page.getByRole('searchbox').fill('bob');
    await page.getByRole('button', { name: 'Search' }).click();
    assert.deepEqual(await names(page), ['bob']);
    assert.equal((await page.getByRole('heading', { level: 1 }).textContent()) ?? '', '..');
    await page.goto(`${pages.url}/alerts`);
    const alerts = () => page.locator('.alerts .user a').allTextContents();
    assert.deepEqual((await alerts()).sort(), ['user-0001', 'user-0002']);
    await page.getByLabel('Threshold').selectOption('over');
    await page.getByLabel('From').fill('2026-11-19');
    await page.getByRole('button', { name: 'Search' }).click();
    assert.deepEqual(await alerts(), ['user-0001']);
    assert.equal(await page.getByLabel('From').inputValue(), '2026-11-19');
  });

  it('find alerts as one types and chooses, on a phone', async (t) => {
    const { pages } = await openVillage(t);
    const page = await open(t, { viewport: { width: 360, height: 800 } });
    await page.goto(`${pages.url}/alerts`);
    await page.getByRole('searchbox').pressSequentially('USER-0002');
    await until(page, "document.querySelectorAll('.alerts tbody tr').length === 1");
    assert.equal(await page.evaluate('document.activeElement.name'), 'q');
    await page.getByLabel('Threshold').selectOption('over');
    await until(page, "document.querySelector('.empty')?.textContent === 'No alert matches.'");
    const asked = new URL(page.url()).searchParams;
    assert.deepEqual([asked.get('q'), asked.get('level')], ['USER-0002', 'over']);
  });

  it('draw a scale beside the bars: its lines and its words at the same height', async (t) => {
    const { pages } = await openVillage(t);
    for (const width of [360, 1600]) {
      const page = await open(t, { viewport: { width, height: 900 } });
      await page.goto(`${pages.url}/u/edge-1/user-0001`);
      const middles = (selector: string) =>
        page.evaluate<number[]>(`[...document.querySelectorAll('${selector}')].map((each) => {
          const { top, height } = each.getBoundingClientRect();
          return top + height / 2;
        })`);
      const [words, lines] = [await middles('.scale text'), await middles('.chart .grid')];
      assert.ok(words.length > 4);
      assert.equal(words.length, lines.length);
      const apart = words.map((middle, index) => Math.abs(middle - (lines[index] ?? 0)));
      assert.ok(
        apart.every((pixels) => pixels < 3),
        `${apart.join(' ')} at ${width}`,
      );
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`are accessible (axe), ${colorScheme} and from 360 to 1600 pixels, whatever users are called`, async (t) => {
      const { pages } = await openVillage(t);
      const long = 'a-name-without-a-blank-'.repeat(11);
      await pages.book('edge-1', [
        userDay(HOSTILE, TODAY, 99n * GB, { comment: HOSTILE }),
        userDay(long, TODAY, 98n * GB, { comment: long }),
      ]);
      await noteBadWeek(pages.database, EVENING, 'edge-1');
      const page = await open(t, { colorScheme, bypassCSP: true });
      const user = encodeURIComponent(HOSTILE);
      const paths = [
        '/',
        '/u/edge-1/user-0001',
        `/u/edge-1/${user}`,
        `/u/edge-1/${long}`,
        '/r',
        '/d/edge-1',
        '/devices',
        '/workers',
        '/alerts',
        '/alerts?level=over&q=user',
        '/d/x',
        '/nothing',
      ];
      for (const path of paths) {
        await page.setViewportSize({ width: 1600, height: 900 });
        await page.goto(pages.url + path);
        assert.notEqual(await page.title(), '1');
        assert.equal(await page.locator('main img').count(), 0);
        for (const width of [360, 800, 1600]) {
          await page.setViewportSize({ width, height: 900 });
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${path} at ${width}`);
        }
        await page.setViewportSize({ width: colorScheme === 'light' ? 1600 : 360, height: 900 });
        assert.deepEqual(await seriousFindings(page), [], path);
        if (colorScheme === 'light') await shootEverywhere(page, `usage ${path.slice(0, 40)}`);
      }
    });
  }

  it('let those in whom the login would keep out', async (t) => {
    const pages = await servePagesFor(t);
    const page = await open(t, { bypassCSP: true });
    await page.goto(pages.url);
    assert.deepEqual(await seriousFindings(page), []);
  });
});

/** Waits until it is so in the page; what is to be done meanwhile is done again and again: when a stream is open nobody can see. */
async function until(page: Page, condition: string, meanwhile: () => void = () => {}): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await page.evaluate(condition)) === true) return;
    meanwhile();
    await page.waitForTimeout(50);
  }
  assert.fail(`never so in the page: ${condition}`);
}
