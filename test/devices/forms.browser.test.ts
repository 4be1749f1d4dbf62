import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, launchChromium } from '../support/chromium.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { otherDevice } from '../support/inventory.ts';
import { look } from '../support/look.ts';
import { freshRouter, servePages } from '../support/pages.ts';
import { inventoryOn } from '../support/served-inventory.ts';
import { addUser, sessionOf } from '../support/users.ts';

const SECRET = 'a-router-secret-42';
const OTHERS = [
  otherDevice({ name: 'core', host: '192.0.2.1' }),
  otherDevice({ name: 'far', host: '192.0.2.9', source: 'librenms' }),
];

describe('the pages of the inventory in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  async function serve(t: TestContext, options: Parameters<typeof inventoryOn>[1] = {}) {
    const { database, drop } = await migrated(freshSqlite);
    const inventory = inventoryOn(database, { others: OTHERS, lookAtListed: async () => null, ...options });
    const pages = await servePages({ hasAccounts: true, password: null, inventory }, { on: database });
    t.after(async () => {
      await pages.close();
      await drop();
      assert.deepEqual(pages.logger.errors(), []);
    });
    await addUser(database, 'root', 'admin');
    await addUser(database, 'guest', 'viewer');
    await addUser(database, 'olga', 'operator');
    return { ...pages, desk: inventory.desk };
  }

  type Served = Awaited<ReturnType<typeof serve>>;

  /** A page of somebody who is logged in. */
  async function openAs(t: TestContext, { url, database }: Served, name: string, options: object = {}): Promise<Page> {
    const context = await browser.newContext(options);
    const [key = '', value = ''] = (await sessionOf(database, name)).split('=');
    await context.addCookies([{ name: key, value, url }]);
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    t.after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });
    return page;
  }

  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

  it('add a router, tried before it is stored; what was typed stays, the password too', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/inventory`);
    await page.getByRole('link', { name: 'Add device' }).click();
    await page.getByLabel('Name', { exact: true }).fill('=edge');
    await page.getByLabel('Host').fill('http://192.0.2.7');
    await page.getByLabel('User name').fill('api');
    await page.getByLabel('Password').fill(SECRET);
    await page.getByLabel('API port').fill('99999');
    await press(page, 'Add device');
    await page.getByText('Must not begin with one of the characters').waitFor();
    assert.equal(await page.getByRole('alert').filter({ visible: true }).count(), 3);
    await page.getByLabel('Name', { exact: true }).fill('edge-1');
    await page.getByLabel('Host').fill('192.0.2.7');
    await page.getByLabel('API port').fill('8729');
    await press(page, 'Test');
    await page.getByText('The router cannot be read.').waitFor();
    assert.match(
      (await page.locator('.steps').textContent()) ?? '',
      /Login failed: wrong password.*Enter the right one\./,
    );
    assert.deepEqual(await served.desk.inventory(), []);
    assert.equal(await page.getByLabel('Password').inputValue(), SECRET);
    assert.ok(!(await page.content()).includes(SECRET));
    await press(page, 'Add device');
    await page.getByRole('link', { name: 'edge-1' }).waitFor();
    const [stored] = await served.desk.inventory();
    assert.deepEqual([stored?.host, stored?.apiPort, stored?.username], ['192.0.2.7', 8729, 'api']);
  });

  it('do all of that without a script, but for the password, which no page sends back', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root', { javaScriptEnabled: false });
    await page.goto(`${served.url}/inventory/new`);
    await page.getByLabel('Name', { exact: true }).fill('edge-1');
    await page.getByLabel('User name').fill('api');
    await page.getByLabel('Password').fill(SECRET);
    await press(page, 'Add device');
    assert.match(
      (await page.getByRole('alert').filter({ visible: true }).allTextContents()).join(),
      /^Must be a host name/,
    );
    assert.deepEqual(
      [await page.getByLabel('Name', { exact: true }).inputValue(), await page.getByLabel('Password').inputValue()],
      ['edge-1', ''],
    );
    await page.getByLabel('Host').fill('192.0.2.7');
    await page.getByLabel('Password').fill(SECRET);
    await press(page, 'Add device');
    await page.getByRole('link', { name: 'edge-1' }).click();
    await press(page, 'Pause');
    assert.match((await page.locator('.period').textContent()) ?? '', /^paused/);
    await press(page, 'Resume');
    await page.getByText('Remove edge-1 …').click();
    assert.match(
      (await page.locator('details[open]').textContent()) ?? '',
      /usage, alerts and state history stay until retention deletes them/,
    );
    await press(page, 'Remove edge-1');
    await page.getByRole('heading', { name: 'Inventory' }).waitFor();
    assert.deepEqual(await served.desk.inventory(), []);
  });

  it('tell the second of two admins, who loses nothing of what they typed', async (t) => {
    const served = await serve(t);
    await served.desk.addDevice('edge-1', { host: '192.0.2.7', username: 'api', password: SECRET });
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/inventory/edge-1`);
    await served.desk.setDevice('edge-1', { host: '192.0.2.99', password: SECRET });
    await page.getByLabel('Host').fill('192.0.2.8');
    await page.getByLabel('Password').fill('another-secret-1');
    await press(page, 'Save');
    await page.getByText('Somebody else changed this device meanwhile').waitFor();
    assert.match((await page.locator('p.note').textContent()) ?? '', /Stored now: host 192\.0\.2\.99/);
    assert.equal((await served.desk.device('edge-1')).host, '192.0.2.99');
    assert.deepEqual(
      [await page.getByLabel('Host').inputValue(), await page.getByLabel('Password').inputValue()],
      ['192.0.2.8', 'another-secret-1'],
    );
    await press(page, 'Save');
    await page.waitForFunction(`document.querySelector('input[name=version]').value === '3'`);
    assert.equal((await served.desk.device('edge-1')).host, '192.0.2.8');
  });

  it('keep what was typed while the session is over or the worker is away, and say so', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/inventory/new`);
    await page.getByLabel('Name', { exact: true }).fill('edge-1');
    await page.getByLabel('Password').fill(SECRET);
    await page.context().clearCookies();
    await press(page, 'Add device');
    await page.getByText('Not saved: you are logged out.').waitFor();
    await page.route('**/inventory/new', (route) => route.abort());
    await press(page, 'Add device');
    await page.getByText('Not saved: NetSentinel or its database cannot be reached.').waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'edge-1');
    assert.equal(await page.getByLabel('Password').inputValue(), SECRET);
  });

  it('import a file after a preview, and nothing else than what was previewed', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/inventory/import`);
    const choose = (text: string) =>
      page.getByLabel('CSV file').setInputFiles({ name: 'd.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await press(page, 'Preview');
    await page.getByText('Choose a file.').waitFor();
    await choose(`name,host,username,password\nedge-1,nowhere at all,api,${SECRET}\n`);
    await press(page, 'Preview');
    await page.getByText('line 2: host: must be a host name').waitFor();
    await choose(`name,host,username,password\nedge-1,192.0.2.7,api,${SECRET}\nedge-2,192.0.2.8,api,${SECRET}\n`);
    await press(page, 'Preview');
    await page.getByText('Preview: 2 added, 0 changed, 0 unchanged. Nothing is written yet.').waitFor();
    assert.deepEqual(await served.desk.inventory(), []);
    assert.ok(!(await page.content()).includes(SECRET));
    await served.desk.addDevice('edge-2', { host: '192.0.2.30' });
    await press(page, 'Import');
    await page.getByText('The file or the inventory changed since the preview').waitFor();
    await page.getByText('Preview: 1 added, 1 changed').waitFor();
    await press(page, 'Import');
    await page.getByRole('link', { name: 'edge-1' }).waitFor();
    assert.equal((await served.desk.device('edge-2')).host, '192.0.2.8');
  });

  it('keep credentials that devices share, and remove none that is used', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/credentials/new`);
    await page.getByLabel('Name', { exact: true }).fill('polling');
    await press(page, 'Add credential');
    await page.getByText('Is missing.').waitFor();
    await page.getByLabel('User name').fill('api');
    await page.getByLabel('Password').fill(SECRET);
    await press(page, 'Add credential');
    await page.getByRole('link', { name: 'polling' }).waitFor();
    await page.goto(`${served.url}/inventory/new`);
    await page.getByLabel('Name', { exact: true }).fill('edge-1');
    await page.getByLabel('Host').fill('192.0.2.7');
    await page.getByLabel('Login for the API').selectOption({ label: 'Credential polling' });
    await press(page, 'Add device');
    await page.getByRole('link', { name: 'edge-1' }).waitFor();
    await page.goto(`${served.url}/credentials/polling`);
    assert.match((await page.getByLabel('Used by').textContent()) ?? '', /edge-1/);
    assert.equal(await page.getByText('Remove polling …').count(), 0);
    await page.getByLabel('User name').fill('reader');
    await press(page, 'Save');
    await page.locator('input[name=version][value="2"]').waitFor({ state: 'attached' });
    await served.desk.setDevice('edge-1', { apiCredential: null });
    await page.reload();
    await page.getByText('Remove polling …').click();
    await press(page, 'Remove polling');
    await page.getByText('No credentials yet.').waitFor();
  });

  it('show devices of other sources beside, and take one over', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/inventory`);
    await page.getByLabel('Source').selectOption('librenms');
    await page.getByRole('row', { name: /core/ }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take over far' }).click();
    await page.getByRole('heading', { name: 'far' }).waitFor();
    assert.equal(await page.getByLabel('Host').inputValue(), '192.0.2.9');
    await page.goto(`${served.url}/inventory/core`);
    assert.match((await page.locator('.period').textContent()) ?? '', /from the configuration/);
    assert.equal(await page.getByLabel('Host').count(), 0);
    await press(page, 'Take over');
    await page.getByText('The configuration still comes first').waitFor();
    await page.goto(`${served.url}/inventory`);
    await press(page, 'Refresh from LibreNMS now');
    await page.waitForURL('**/inventory?source=librenms');
  });

  it('let viewers see all of it and change nothing, and operators test', async (t) => {
    const served = await serve(t);
    await served.desk.addDevice('edge-1', { host: '192.0.2.7', username: 'api', password: SECRET });
    await served.desk.addCredential('polling', { username: 'api', password: SECRET });
    const guest = await openAs(t, served, 'guest');
    for (const path of ['/inventory', '/inventory/edge-1', '/inventory/core', '/credentials', '/credentials/polling']) {
      await guest.goto(served.url + path);
      const names = await guest.locator('main button:visible').allTextContents();
      assert.deepEqual(names, [], path);
      assert.equal(await guest.locator('main input:not([type=search])').count(), 0, path);
    }
    assert.equal((await guest.goto(`${served.url}/inventory/new`))?.status(), 403);
    const operator = await openAs(t, served, 'olga');
    await operator.goto(`${served.url}/inventory/edge-1`);
    await press(operator, 'Test');
    await operator.getByText('The router cannot be read.').waitFor();
  });

  it('have no secret that was typed in a page, an export, the log or the database', async (t) => {
    const served = await serve(t);
    const page = await openAs(t, served, 'root');
    await page.goto(`${served.url}/credentials/new`);
    await page.getByLabel('Name', { exact: true }).fill('polling');
    await page.getByLabel('User name').fill('api');
    await page.getByLabel('Password').fill(SECRET);
    await press(page, 'Add credential');
    await page.getByRole('link', { name: 'polling' }).waitFor();
    await served.desk.addDevice('edge-1', { host: '192.0.2.7', apiCredential: 'polling' });
    const texts: string[] = [JSON.stringify(served.logger.entries)];
    for (const path of ['/inventory', '/inventory/edge-1', '/credentials', '/credentials/polling', '/audit']) {
      await page.goto(served.url + path);
      texts.push(await page.content());
    }
    for (const path of ['devices', 'devices.csv', 'credentials', 'audit']) {
      texts.push((await (await page.request.get(`${served.url}/api/v1/${path}`)).body()).toString());
    }
    const files = ['', '-wal'].map((end) => readFileSync(served.database.place + end).toString('latin1'));
    assert.match(files[0] ?? '', /SQLite format/);
    for (const form of [SECRET, Buffer.from(SECRET).toString('base64')]) {
      for (const text of [...texts, ...files]) assert.ok(!text.includes(form), text.slice(0, 200));
    }
  });

  it('keep nobody out, light and dark and from 360 to 1600 pixels', async (t) => {
    const served = await serve(t);
    const { desk, conditions } = served;
    await desk.addCredential('polling of all the routers in the north', {
      username: 'librenms_api',
      password: SECRET,
    });
    await desk.addDevice('edge-1', { host: '192.0.2.7', username: 'api', password: SECRET, tags: ['lte', 'north'] });
    await desk.addDevice('a-device-with-a-name-of-many-letters.and-a-domain.of.a.long.example.org', {
      ...{ host: 'a-host.of.many.labels.example.org', model: 'linux', tags: ['servers'], parent: 'edge-1' },
    });
    await desk.addDevice('hill', { host: '192.0.2.20', apiCredential: 'polling of all the routers in the north' });
    await desk.setDevice('hill', { paused: true });
    conditions.push(freshRouter('core', { isFresh: false, ageMs: 14 * 60_000, code: 'ROUTER_REFUSED' }));
    const page = await openAs(t, served, 'root', { bypassCSP: true });
    const paths = [
      ...['/inventory', '/inventory?q=nothing-at-all', '/inventory/new', '/inventory/edge-1', '/inventory/core'],
      ...['/inventory/import', '/credentials', '/credentials/new', '/inventory/nobody'],
    ];
    for (const path of paths) {
      await page.goto(served.url + path);
      await look(page, `inv${path}`);
    }
    await page.goto(`${served.url}/credentials`);
    await page.getByRole('link', { name: 'polling' }).click();
    await page.getByText('Used by').waitFor();
    await look(page, 'inv credential');
    await page.goto(`${served.url}/inventory/new`);
    await page.getByText('Tags, parent').click();
    await page.getByLabel('Host').fill('192.0.2.50');
    await page.getByLabel('User name').fill('api');
    await page.getByLabel('Password').fill(SECRET);
    await press(page, 'Test');
    await page.getByText('The router cannot be read.').waitFor();
    await look(page, 'inv tested');
    await page.getByLabel('Host').fill('');
    await press(page, 'Add device');
    await page.getByText('Must be a host name').waitFor();
    await look(page, 'inv new wrong');
    const csv = 'name,host\nin-1,192.0.2.70\nhill,192.0.2.71\n';
    await page.goto(`${served.url}/inventory/import`);
    await page.getByLabel('CSV file').setInputFiles({ name: 'd.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await press(page, 'Preview');
    await page.getByText('Preview:').waitFor();
    await look(page, 'inv preview');
    // On a phone the links are behind a button, without a script.
    const link = page.getByRole('link', { name: 'Incidents' });
    assert.equal(await link.isVisible(), false);
    await page.getByText('Menu', { exact: true }).click();
    await look(page, 'inv menu');
    await link.click();
    await page.getByRole('heading', { name: 'Incidents' }).waitFor();
  });

  it('say what to do where there is no key, and take devices without a password', async (t) => {
    const served = await serve(t, { vault: null });
    const page = await openAs(t, served, 'root', { bypassCSP: true });
    await page.goto(`${served.url}/inventory`);
    assert.match((await page.locator('.note').textContent()) ?? '', /No key is configured.*key new/);
    await page.goto(`${served.url}/inventory/new`);
    await look(page, 'inv no-key');
    await page.getByLabel('Name', { exact: true }).fill('web-1');
    await page.getByLabel('Host').fill('192.0.2.80');
    await page.getByLabel('User name').fill('api');
    await page.getByLabel('Password').fill(SECRET);
    await press(page, 'Add device');
    await page.locator('p.problem:visible').filter({ hasText: 'key new' }).waitFor();
    await page.getByLabel('Login for the API').selectOption('none');
    await press(page, 'Add device');
    await page.getByRole('link', { name: 'web-1' }).waitFor();
  });
});
