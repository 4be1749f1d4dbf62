import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { launchChromium, openPage } from '../support/chromium.ts';
import { look } from '../support/look.ts';
import { type ServedPages, servePagesFor } from '../support/pages.ts';
import { addUser, USER_PASSWORD } from '../support/users.ts';

const NEW_PASSWORD = 'quite another password';

describe('the forms of accounts in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  const open = (t: TestContext, options: Parameters<Browser['newPage']>[0] = {}) => openPage(t, browser, options);

  async function serve(t: TestContext): Promise<ServedPages> {
    return await servePagesFor(t, { hasAccounts: true, password: null });
  }

  async function enter(page: Page, url: string, name: string, password = USER_PASSWORD): Promise<void> {
    await page.goto(`${url}/login?next=/account`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  it('make the first admin by the link of the log, once, and log them in', async (t) => {
    const pages = await serve(t);
    await pages.opening.start();
    const link = String(pages.logger.entries.find(({ fields }) => 'link' in fields)?.fields['link']);
    assert.match(link, /^\/setup\?token=[\w-]{43}$/);
    const page = await open(t, { bypassCSP: true });
    await page.goto(`${pages.url}/setup?token=wrong`);
    assert.equal(await page.getByRole('heading').textContent(), 'Link not valid');
    await page.goto(pages.url + link);
    await look(page, 'setup');
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.getByLabel('Name').fill('Ann');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button').click();
    assert.equal(await page.getByRole('alert').textContent(), 'Use at least 12 characters.');
    assert.equal(await page.getByLabel('Name').inputValue(), 'Ann');
    await page.getByLabel('Password').fill(NEW_PASSWORD);
    await page.getByRole('button').click();
    await page.getByRole('link', { name: 'Account' }).click();
    assert.match((await page.locator('.period').textContent()) ?? '', /^ann · admin/);
    const again = await page.goto(pages.url + link);
    assert.equal(again?.status(), 403);
  });

  it('let people in by keyboard alone, say what is wrong, and keep the name they typed', async (t) => {
    const pages = await serve(t);
    await addUser(pages.database, 'ann', 'viewer');
    const page = await open(t);
    await page.goto(`${pages.url}/account`);
    await focusOn(page, 'name');
    await page.keyboard.type('ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong password');
    await page.keyboard.press('Enter');
    assert.equal(await page.getByRole('alert').textContent(), 'Wrong name or password.');
    assert.equal(await page.getByLabel('Name').inputValue(), 'ann');
    await focusOn(page, 'password');
    await page.keyboard.type(USER_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Account' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Users' }).count(), 0);
    assert.equal((await page.goto(`${pages.url}/users`))?.status(), 403);
    assert.match((await page.locator('main').textContent()) ?? '', /needs the role admin; you have the role viewer/);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  it('change the own password and show a new token once, all without a script', async (t) => {
    const pages = await serve(t);
    await addUser(pages.database, 'ann', 'operator');
    const page = await open(t, { javaScriptEnabled: false });
    await enter(page, pages.url, 'ann');
    await page.getByLabel('Name of the new token').fill('billing');
    await page.getByLabel('Valid for days').fill('a few');
    await page.getByRole('button', { name: 'Create token' }).click();
    assert.equal(await page.getByRole('alert').textContent(), 'Use a whole number of days.');
    await page.getByLabel('Valid for days').fill('30');
    assert.deepEqual(await page.getByLabel('Role').locator('option').count(), 2);
    await page.getByLabel('Role').selectOption('operator');
    await page.getByRole('button', { name: 'Create token' }).click();
    const token = (await page.locator('.made code').first().textContent()) ?? '';
    const me = await fetch(`${pages.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual(await me.json(), { name: 'billing', kind: 'token', role: 'operator' });
    await page.goto(`${pages.url}/account`);
    assert.doesNotMatch(await page.content(), new RegExp(token));
    await page.getByRole('button', { name: 'Remove the token billing' }).click();
    assert.equal(await page.getByText('No tokens.').count(), 1);

    await page.getByLabel('Current password').fill('not this one');
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    assert.equal(await page.getByRole('alert').textContent(), 'Wrong password.');
    await page.getByLabel('Current password').fill(USER_PASSWORD);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await enter(page, pages.url, 'ann', NEW_PASSWORD);
    await page.getByRole('heading', { name: 'Account' }).waitFor();
  });

  it('add, change and remove a user, whose session ends with it', async (t) => {
    const pages = await serve(t);
    await addUser(pages.database, 'root', 'admin');
    const page = await open(t);
    await enter(page, pages.url, 'root');
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByLabel('Name', { exact: true }).fill('root');
    await page.getByLabel('Password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Add user' }).click();
    assert.match((await page.getByRole('alert').textContent()) ?? '', /^There is a user of this name already/);
    await page.getByLabel('Name', { exact: true }).fill('bob');
    await page.getByLabel('Role').selectOption('operator');
    await page.getByLabel('Password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Add user' }).click();
    await page.getByRole('link', { name: 'bob' }).waitFor();

    const other = await open(t);
    await enter(other, pages.url, 'bob', NEW_PASSWORD);
    await other.getByRole('heading', { name: 'Account' }).waitFor();
    await page.getByRole('link', { name: 'bob' }).click();
    await page.getByLabel('Role of bob').selectOption('viewer');
    await page.getByRole('button', { name: 'Change role' }).click();
    await page.getByRole('heading', { name: 'bob' }).waitFor();
    await other.reload();
    await other.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.getByText('Remove bob …').click();
    await page.getByRole('button', { name: 'Remove bob' }).click();
    await page.getByRole('heading', { name: 'Users', exact: true }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'bob' }).count(), 0);

    await page.getByRole('link', { name: 'root' }).click();
    await page.getByText('Remove root …').click();
    await page.getByRole('button', { name: 'Remove root' }).click();
    assert.match((await page.getByRole('alert').textContent()) ?? '', /last admin/);
    await page.goto(`${pages.url}/audit?action=user.remove`);
    assert.match((await page.locator('tbody tr').allTextContents()).join(), /root.*user\.remove.*bob.*ok/);
  });

  it('keep nobody out, light and dark and from 360 to 1600 pixels', async (t) => {
    const pages = await serve(t);
    await addUser(pages.database, 'root', 'admin');
    await addUser(pages.database, 'a-name-of-many-letters.and-a-domain@department.of.a.long.example.org', 'viewer');
    const { audit } = createAccountBooks(pages);
    const page = await open(t, { bypassCSP: true });
    await page.goto(`${pages.url}/login`);
    await look(page, 'login');
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await look(page, 'login-wrong');
    await enter(page, pages.url, 'root');
    assert.ok((await audit.list({ most: 10 })).length > 2);
    for (const path of ['/account', '/users', '/users/root', '/audit', '/audit?who=nobody', '/users/nobody']) {
      await page.goto(pages.url + path);
      await look(page, path);
    }
    await page.goto(`${pages.url}/users`);
    await page.getByRole('button', { name: 'Add user' }).click();
    await look(page, 'users-wrong');
    await page.goto(`${pages.url}/account`);
    await page.getByLabel('Name of the new token').fill('billing');
    await page.getByRole('button', { name: 'Create token' }).click();
    await look(page, 'token-made');
  });
});

/** A browser gives the focus some time after a page is there. */
async function focusOn(page: Page, name: string): Promise<void> {
  await page.waitForFunction(`document.activeElement?.name === '${name}'`);
}
