import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { launchChromium } from '../support/chromium.ts';
import { findingsOf, shootEverywhere } from '../support/look.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestLog, EVENING, servePagesFor } from '../support/pages.ts';
import { addUser, sessionOf } from '../support/users.ts';

const FILE = 'netsentinel-2026-11-20.log';

function lineOf(fields: object): string {
  return `${JSON.stringify({ level: 30, time: '2026-11-20T13:15:03.120Z', pid: 1, hostname: 'box', ...fields })}\n`;
}

const LINES = [
  lineOf({ url: 'http://127.0.0.1:9494', msg: 'http server listens' }),
  lineOf({ version: '0.1.0', routers: 3, msg: 'worker started' }),
  lineOf({ level: 20, router: 'edge-1', status: 'booked', queues: 120, durationMs: 41, msg: 'router polled' }),
  lineOf({
    ...{ level: 40, subject: 'router hill', code: 'ROUTER_TIMEOUT', reason: '192.0.2.9 port 8728 does not answer' },
    ...{ advice: 'Is the router on, and may this machine reach its API port?', msg: 'trouble started' },
  }),
  lineOf({
    level: 50,
    err: {
      type: 'TypeError',
      message: 'x is undefined',
      stack: 'TypeError: x is undefined\n    at poll (poll.ts:3:1)',
    },
    msg: 'bug',
  }),
];

it('the page of the log in a browser is live, is searched and paused there, and tells what came too fast', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-log-browser-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, FILE), LINES.join(''));
  const log = createTestLog(createManualClock(EVENING));
  const pages = await servePagesFor(t, { hasAccounts: true, password: null, log, logFolder: folder });
  await addUser(pages.database, 'ann', 'admin');
  const [name = '', value = ''] = (await sessionOf(pages.database, 'ann')).split('=');
  const browser = await launchChromium();
  t.after(() => browser.close());
  const context = await browser.newContext({ bypassCSP: true });
  await context.addCookies([{ name, value, url: pages.url }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  for (const line of LINES) log.tail.write(line);

  await page.goto(`${pages.url}/logs`);
  const state = page.locator('[data-log-state]');
  const shown = page.locator('.log li:visible');
  await state.getByText('5 lines · live').waitFor();
  assert.match((await shown.first().textContent()) ?? '', /^2026-11-20 18:15:03\.120 error bug err=\nTypeError/);
  assert.deepEqual(await findingsOf(page), []);
  await shootEverywhere(page, 'logs');

  log.tail.write(lineOf({ msg: '<i>new</i>' }));
  pages.hostClock.advance(250);
  await state.getByText('6 lines · live').waitFor();
  assert.match((await shown.first().textContent()) ?? '', /info <i>new<\/i>/);

  await page.getByRole('combobox', { name: 'Level', exact: true }).selectOption('warn');
  await state.getByText('2 lines · live').waitFor();
  await page.getByPlaceholder('Search').fill('router_timeout');
  await state.getByText('1 line · live').waitFor();

  await page.getByRole('button', { name: 'Pause' }).click();
  log.tail.write(lineOf({ level: 40, code: 'ROUTER_TIMEOUT', msg: 'again' }));
  pages.hostClock.advance(250);
  await state.getByText('1 line · paused, 1 new').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await state.getByText('2 lines · live').waitFor();

  await page.getByPlaceholder('Search').fill('');
  await page.getByRole('combobox', { name: 'Level', exact: true }).selectOption('debug');
  const more = 'x'.repeat(20_000);
  for (let line = 0; line < 300; line += 1) log.tail.write(lineOf({ more, msg: `flood ${line}` }));
  pages.hostClock.advance(250);
  await page.getByText('flood 299').waitFor();
  assert.match((await page.locator('.log .gap').textContent()) ?? '', /^1\d\d lines came too fast and are not shown$/);
  for (let line = 0; line < 2_000; line += 1) log.tail.write(lineOf({ msg: `more ${line}` }));
  pages.hostClock.advance(250);
  await state.getByText('2,000 lines · live').waitFor();

  await page.getByLabel('Level for an hour').selectOption('debug');
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByText('Now: debug until').waitFor();

  await page.getByRole('link', { name: FILE, exact: true }).click();
  assert.equal(await page.getByRole('heading').textContent(), FILE);
  assert.equal(await page.locator('.log li').count(), 5);
  assert.deepEqual(await findingsOf(page), []);
  await shootEverywhere(page, 'log-file');
  assert.deepEqual(complaints, []);
});
