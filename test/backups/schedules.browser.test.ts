import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { look } from '../support/look.ts';
import { servePagesFor } from '../support/pages.ts';
import { addUser, sessionOf } from '../support/users.ts';

describe('the page of backup schedules', () => {
  async function serve(t: TestContext) {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null });
    const { database, url } = pages;
    await addUser(database, 'ann', 'operator');
    await addUser(database, 'vic', 'viewer');
    const cookies = { ann: await sessionOf(database, 'ann'), vic: await sessionOf(database, 'vic') };
    async function ask(path: string, who: keyof typeof cookies, form?: Record<string, string>) {
      const response = await fetch(`${url}${path}`, {
        headers: { cookie: cookies[who], 'sec-fetch-site': 'same-origin' },
        redirect: 'manual',
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      });
      return { status: response.status, text: await response.text() };
    }
    return { ...pages, cookies, ask };
  }

  it('adds, pauses, resumes and removes by forms alone, keeps what was typed, and has each change in the audit', async (t) => {
    const { ask, database } = await serve(t);
    const page = '/backups/schedules';
    const typed = { every: 'week', on: 'someday', at: '04:30', device: '<b>*', tags: 'lte; north' };
    const wrong = await ask(page, 'ann', typed);
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /Must be a weekday, like monday\./);
    assert.match(
      wrong.text,
      /<option value="week" selected>.*name="at" value="04:30".*value="&lt;b&gt;\*".*value="lte; north"/s,
    );
    assert.equal((await ask(page, 'ann', { ...typed, on: 'sunday' })).status, 303);
    const { text } = await ask(page, 'ann');
    assert.match(text, /every week on sunday at 04:30<\/th><td[^>]*>&lt;b&gt;\*, tag lte or north</);
    assert.match(text, /Sun 22 Nov, 04:30<br>Sun 29 Nov, 04:30<br>/);
    assert.match(text, /every day at 02:00.*from the configuration/);
    assert.equal((await ask(`${page}/1/pause`, 'ann', {})).status, 303);
    assert.match((await ask(page, 'ann')).text, />paused<.*schedules\/1\/resume/s);
    assert.equal((await ask(`${page}/1/resume`, 'ann', {})).status, 303);
    assert.equal((await ask(`${page}/1/remove`, 'ann', {})).status, 303);
    assert.match((await ask(`${page}/1/remove`, 'ann', {})).text, /There is no such schedule/);
    const seen = await ask(page, 'vic');
    assert.equal(seen.status, 200);
    assert.doesNotMatch(seen.text, /Add schedule|schedules\/1\/remove/);
    assert.equal((await ask(page, 'vic', { every: 'day' })).status, 403);
    const noted = await database.read((queries) =>
      queries
        .withTables<{ audit: { who: string; action: string; subject: string } }>()
        .selectFrom('audit')
        .select(['who', 'action', 'subject'])
        .where('action', 'like', 'backup.%')
        .orderBy('action')
        .execute(),
    );
    assert.deepEqual(
      noted.map(({ who, action }) => [who, action]),
      ['add', 'pause', 'remove', 'resume'].map((word) => ['ann', `backup.schedule.${word}`]),
    );
    assert.equal(noted[0]?.subject, '1: every week on sunday at 04:30, <b>*, tag lte or north');
  });

  describe('in a browser', () => {
    let browser: Browser;
    before(async () => {
      browser = await launchChromium();
    });
    after(() => browser.close());

    it('is used by its labels, is accessible and fits a phone', async (t) => {
      const { url, cookies } = await serve(t);
      const context = await browser.newContext({ bypassCSP: true });
      t.after(() => context.close());
      const [name = '', value = ''] = cookies.ann.split('=');
      await context.addCookies([{ name, value, url }]);
      const page = await context.newPage();
      await page.goto(`${url}/backups/schedules`);
      const add = async (fields: Readonly<Record<string, string>>, every: string) => {
        await page.getByLabel('Repeat').selectOption(every);
        for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
        await page.getByRole('button', { name: 'Add schedule' }).click();
      };
      await add({ On: 'sunday', At: '04:30', Devices: 'edge-*', Tags: 'lte; north' }, 'week');
      await add({}, '6 hours');
      await add({ Tags: `a-tag-without-any-blank-${'x'.repeat(60)}` }, 'month');
      await page.getByRole('button', { name: 'Pause every 6 hours, all devices' }).click();
      await page.getByRole('button', { name: 'Resume every 6 hours, all devices' }).waitFor();
      await add({ On: '32' }, 'month');
      await page.getByText('Must be a day of the month, 1 to 31.').waitFor();
      await look(page, 'backup schedules');
    });
  });
});
