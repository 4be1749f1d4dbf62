import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createRoster } from '../../src/devices/roster.ts';
import type { SpanPart } from '../../src/health/spans.ts';
import type { Transition } from '../../src/health/state.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { launchChromium } from '../support/chromium.ts';
import { fleetOf, recordsOf } from '../support/fleet.ts';
import { recordOf, writeHealth } from '../support/health-site.ts';
import { look, seriousFindings, shootEverywhere } from '../support/look.ts';
import { EVENING, servePagesFor, TIME_ZONE, TODAY } from '../support/pages.ts';
import { addUser, sessionOf } from '../support/users.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const calendar = createCalendar(TIME_ZONE);
const NAMES = ['North tower', 'South tower', 'Mail', 'A very long public name of a device'.repeat(3), 'Lake', 'New'];
const STATES = ['up', 'down', 'unreachable', 'maintenance', 'up', 'up'] as const;
const PAGE = {
  ...{ slug: 'village', title: 'Village network' },
  devices: NAMES.map((name, index) => ({ device: `d${index}`, name })),
};

/** 89 days with outages, gaps and maintenance here and there, and today so far. */
function history() {
  const parts: SpanPart[] = [];
  const transitions: Transition[] = [];
  for (const index of NAMES.keys()) {
    for (let back = index === 5 ? 20 : 89; back >= 0; back -= 1) {
      const startsAt = calendar.startOf(calendar.addDays(TODAY, -back));
      const wholeMs = Math.min(DAY, EVENING - startsAt);
      const downMs = (back + index * 7) % 23 === 3 ? wholeMs * ((index + 1) / 8) : 0;
      const gapMs = (back + index * 5) % 31 === 11 ? wholeMs / 3 : 0;
      const windowMs = index !== 5 && back % 28 === 14 ? 2 * HOUR : 0;
      if (windowMs > 0) {
        const move = { device: `d${index}`, reason: null, latencyMs: null };
        transitions.push({ ...move, at: startsAt + HOUR, from: 'up', to: 'maintenance' });
        transitions.push({ ...move, at: startsAt + HOUR + windowMs, from: 'maintenance', to: 'up' });
      }
      const upMs = Math.round(wholeMs - downMs - gapMs - windowMs);
      const length = 'day' as const;
      const times = { upMs, downMs: Math.round(downMs), unknownMs: Math.round(gapMs + windowMs) };
      parts.push({ device: `d${index}`, length, startsAt, ...times, figures: new Map() });
    }
  }
  const records = STATES.map((state, index) =>
    recordOf(`d${index}`, EVENING - (index === 5 ? 20 : 200) * DAY, {
      ...{ state, since: EVENING - 2 * HOUR, lookedAt: { at: EVENING, monotonicMs: 1 } },
    }),
  );
  return { at: EVENING, records, parts, transitions };
}

describe('pages of health in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  it('find devices on the wall as one types, by the keyboard alone, say how many, and follow the network meanwhile', async (t) => {
    const devices = fleetOf(40);
    const roster = createRoster([{ devices: () => devices, follow: () => {} }]);
    const pages = await servePagesFor(t, { password: null, roster });
    const { database, url, poll } = pages;
    await writeHealth(database, { at: EVENING, records: recordsOf(devices, EVENING) });
    const page = await browser.newPage({ bypassCSP: true });
    t.after(() => page.close());
    await page.goto(`${url}/devices`);
    const status = page.locator('[role="status"][data-key="found"]');
    const isFound = (text: string) => status.getByText(text, { exact: true }).waitFor();
    await isFound('40 of 40 devices');

    const search = page.getByRole('searchbox');
    for (let tabs = 0; (await page.evaluate('document.activeElement.name')) !== 'q'; tabs += 1) {
      assert.ok(tabs < 40, 'the keyboard does not reach the search');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.type('TOWER-2');
    await isFound('1 of 40 devices');
    t.assert.equal(new URL(page.url()).search, '?q=TOWER-2');

    // The device falls: its card changes where it is, and what was typed stays.
    await page.evaluate("window.card = document.querySelector('.wall .device')");
    const fallen = recordsOf(devices, EVENING).filter(({ health }) => health.device === 'tower-2');
    const records = fallen.map((known) => ({
      ...known,
      health: { ...known.health, state: 'down' as const, since: EVENING, reason: 'does not answer' },
    }));
    await writeHealth(database, { at: EVENING, records });
    const down = page.locator('.wall .device.is-down');
    for (let tries = 0; (await down.count()) === 0; tries += 1) {
      assert.ok(tries < 100, 'the wall does not follow the network');
      poll('health');
      await page.waitForTimeout(50);
    }
    t.assert.equal(await page.evaluate("window.card === document.querySelector('.wall .device')"), true);
    t.assert.deepEqual([await search.inputValue(), await status.textContent()], ['TOWER-2', '1 of 40 devices']);
    t.assert.equal(await page.evaluate('document.activeElement.name'), 'q');

    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Problems');
    await page.getByRole('link', { name: /^2 down/ }).waitFor();
    await isFound('8 of 40 devices');
    t.assert.equal(new URL(page.url()).search, '?state=problems');
    await page.reload();
    await isFound('8 of 40 devices');
    await look(page, 'wall of problems');

    for (const [device, state] of [
      ['tower-2', 'down'],
      ['edge-29', 'unknown'],
    ] as const) {
      await page.goto(`${url}/d/${device}`);
      await page.locator('#health-state').getByText(state).waitFor();
      t.assert.deepEqual(await seriousFindings(page), [], device);
      await shootEverywhere(page, `device ${state}`);
    }
  });

  it('show the status to everybody and maintenance to those who may: both fit, without a script too', async (t) => {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null, statusPages: [PAGE] });
    const { database, url } = pages;
    await writeHealth(database, history());
    const visitor = await browser.newContext({ bypassCSP: true, javaScriptEnabled: true });
    t.after(() => visitor.close());
    const page = await visitor.newPage();
    await page.goto(`${url}/status/village`);
    await look(page, 'status page');
    await page.locator('summary').first().click();
    await page.setViewportSize({ width: 360, height: 900 });
    t.assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);

    await addUser(database, 'ann', 'operator');
    const [name = '', value = ''] = (await sessionOf(database, 'ann')).split('=');
    await visitor.addCookies([{ name, value, url }]);
    await page.goto(`${url}/incidents`);
    await page.getByRole('link', { name: 'Maintenance' }).click();
    await page.getByLabel('Device').fill('edge-1');
    await page.getByLabel('From').fill('2026-11-20T22:00');
    await page.getByLabel('To', { exact: true }).fill('2026-11-21T02:00');
    await page.getByLabel('Repeat').selectOption('week');
    await page.getByRole('button', { name: 'Add window' }).click();
    await page.getByRole('button', { name: 'Remove the window for edge-1' }).waitFor();
    await page.getByLabel('Or tag').fill('north');
    await page.getByRole('button', { name: 'Add window' }).click();
    await page.getByText('Is missing.').first().waitFor();
    await look(page, 'maintenance');
    await page.getByRole('button', { name: 'Remove the window for edge-1' }).click();
    await page.getByText('There are no maintenance windows.').waitFor();
  });
});
