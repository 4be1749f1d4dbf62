import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { backupSiteOn } from '../support/backup-site.ts';
import { keptText, newVersion } from '../support/backups.ts';
import { launchChromium } from '../support/chromium.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { exportText, MENUS } from '../support/exports.ts';
import { lookClosely } from '../support/look.ts';
import { EVENING, servePages } from '../support/pages.ts';
import { aDevice, createRouterShell } from '../support/shells.ts';
import { addUser, sessionOf } from '../support/users.ts';

const HOUR = 3_600_000;
const LONG_NAME = `a-name-without-any-blank-${'x'.repeat(60)}`;

/** A configuration that changed in every way: added, removed, changed and moved lines, and one that is very long. */
const LATER = {
  ...MENUS,
  '/interface bridge': ['add name=lan', ...(MENUS['/interface bridge'] ?? [])],
  '/ppp secret': (MENUS['/ppp secret'] ?? []).toReversed().map((row) => row.replace('hunter2-bob', 'hunter2-new')),
  '/ip firewall filter': [
    ...(MENUS['/ip firewall filter'] ?? []).slice(0, 1),
    `add action=drop chain=input comment="${'a-very-long-comment-'.repeat(20)}"`,
  ],
};

describe('backups in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  it('are looked at, compared, made, accepted and revealed; all pages are accessible and fit a phone', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    const gate = Promise.withResolvers<void>();
    const devices = [
      aDevice('hill', createRouterShell({ onOpen: () => gate.promise })),
      aDevice(LONG_NAME, createRouterShell()),
    ];
    const trouble = 'the server answers 507 and takes no file of 12,345 bytes: it is full, or a quota is used up';
    const entry = { kind: 'webdav', copies: 12, bytes: 34_567, lastCopiedAt: new Date(EVENING - HOUR).toISOString() };
    const archives = [
      {
        ...{ ...entry, archive: 'bucket', kind: 's3' },
        place: 'https://s3.eu-central-1.amazonaws.com/copies/netsentinel/',
        ...{ waiting: 0, lagSeconds: 0, code: null, failingSince: null, trouble: null, advice: null },
      },
      {
        ...{ ...entry, archive: 'box', waiting: 3 },
        place: `https://dav.example.net/${'remote.php/dav/files/'.repeat(8)}`,
        ...{ lagSeconds: 9_000, code: 'ARCHIVE_FULL', failingSince: new Date(EVENING - 3 * HOUR).toISOString() },
        ...{ trouble, advice: 'Free space there, or set a smaller keep. Copies are retried.' },
      },
    ];
    const binary = { outcome: 'failed', code: 'BACKUP_BINARY_NO_SPACE', step: 'space', bytes: null } as const;
    const makeBinary = async () => ({
      ...binary,
      trouble: 'only 40 KB of flash are free, and 1.1 MB may be needed',
      advice: 'Remove files that nobody needs (/file print), or leave the device out of backup.binary.',
    });
    const site = backupSiteOn(database, { devices, archives, makeBinary });
    const pages = await servePages({ hasAccounts: true, password: null, more: [site.part] }, { on: database });
    const context = await browser.newContext({ bypassCSP: true });
    t.after(async () => {
      await context.close();
      await site.starter.ended();
      await pages.close();
      await drop();
      assert.deepEqual([...pages.logger.errors(), ...site.logger.errors()], []);
    });
    const { url } = pages;
    const keep = (device: string, text: string, hoursAgo: number, changedBy: readonly string[] = []) => {
      const sight = { at: EVENING - hoursAgo * HOUR, clockMs: null };
      const decision = newVersion(text, { sight, changedBy, osVersion: '7.20.8', hardware: 'RB5009UG+S+' });
      return site.book.keep(device, `${hoursAgo}`, () => decision);
    };
    await keep('core', exportText(), 60);
    await keep('core', exportText({ menus: LATER }), 2, ['ali', 'noc']);
    await site.binaries.keep({ device: 'core', version: 2, bytes: Buffer.alloc(70_000), takenAt: 7, isLeft: false });
    await keep('far', exportText(), 90);
    const text = keptText(exportText({ serial: 'OTHER' }), { sight: { at: EVENING - HOUR, clockMs: null } });
    const message = 'it has another serial number (OTHER) than the last good version';
    await site.book.keep('core', 'q', () => ({ kind: 'quarantine', text, code: 'BACKUP_OTHER_SERIAL', message }));
    await addUser(database, 'ann', 'admin');
    const [name = '', value = ''] = (await sessionOf(database, 'ann')).split('=');
    await context.addCookies([{ name, value, url }]);
    const page = await context.newPage();

    await page.goto(`${url}/backups`);
    await page.getByRole('button', { name: 'Back up now: hill' }).click();
    await page.getByText('This run goes on: 0 of 1 done.').waitFor();
    await lookClosely(page, 'backups run-going');
    gate.resolve();
    await page.getByRole('link', { name: 'Version 1 of hill' }).waitFor();
    await lookClosely(page, 'backups run');
    await page.goto(`${url}/backups`);
    await lookClosely(page, 'backups overview');
    await page.getByRole('link', { name: 'Archives' }).click();
    await page.getByRole('heading', { name: 'Encryption' }).waitFor();
    await lookClosely(page, 'backups archives');
    await page.goBack();

    await page.getByRole('link', { name: 'core', exact: true }).click();
    await lookClosely(page, 'backups device');
    await page.getByRole('button', { name: 'Compare the two chosen' }).click();
    await page.getByRole('heading', { name: 'Version 1 to version 2 of core' }).waitFor();
    assert.equal(await page.locator('.diff tr.menu').first().isVisible(), true);
    await lookClosely(page, 'backups diff');
    await page.getByRole('link', { name: 'Side by side' }).click();
    await page.locator('.diff.side').waitFor();
    await lookClosely(page, 'backups diff-side');
    await page.setViewportSize({ width: 360, height: 800 });
    assert.equal(await page.locator('.diff td.right.same').first().isVisible(), false);

    await page.goto(`${url}/backups/search?q=comment`);
    await lookClosely(page, 'backups search');
    await page
      .getByRole('link', { name: /^core, version 2, line / })
      .first()
      .click();
    assert.equal(await page.locator('li:target').count(), 1);
    assert.equal(await page.getByRole('link', { name: 'Binary backup (68.4 KB)' }).count(), 1);
    await lookClosely(page, 'backups version');
    await page.getByRole('link', { name: 'Show secrets…' }).click();
    await lookClosely(page, 'backups ask');
    await page.getByRole('button', { name: 'Show secrets' }).click();
    await page.getByText('password=hunter2-new').waitFor();
    assert.equal(await page.getByText('This is in the audit.').count(), 1);

    await page.goto(`${url}/backups/core/accept`);
    await lookClosely(page, 'backups accept');
    await page.getByRole('button', { name: 'Accept as the newest version' }).click();
    await page.getByRole('link', { name: 'Version 3', exact: true }).waitFor();
    await page.goto(`${url}/d/edge-1`);
    assert.equal(await page.getByText('Configuration backups').count(), 0);
  });
});
