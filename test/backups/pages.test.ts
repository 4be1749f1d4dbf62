import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { ArchiveEntry } from '../../src/backups/archive-desk.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type BackupSite, backupSiteOn, RECIPIENT } from '../support/backup-site.ts';
import { keptText, newVersion } from '../support/backups.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { exportText, MENUS } from '../support/exports.ts';
import { EVENING, type ServedPages, servePages } from '../support/pages.ts';
import { readable } from '../support/readable-html.ts';
import { aDevice, createRouterShell } from '../support/shells.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

const HOUR = 3_600_000;
const HOSTILE = '<b>"hill"</b>/../*';
/** What is secret in `MENUS`. */
const SECRETS = /hunter2|a b\\?\$c|snmp-community-secret|url-secret|c2VjcmV0LXByZXNoYXJlZC/;
const ROLES = ['viewer', 'operator', 'admin'] as const;
type Role = (typeof ROLES)[number];

const NO_TROUBLE = { code: null, failingSince: null, trouble: null, advice: null };
const ARCHIVES: readonly ArchiveEntry[] = [
  {
    ...{ archive: 'bucket', kind: 's3', place: 'https://s3.example.net/<b>/', copies: 1_200, bytes: 3_000_000 },
    ...{ lastCopiedAt: new Date(EVENING - HOUR).toISOString(), waiting: 0, lagSeconds: 0, ...NO_TROUBLE },
  },
  {
    ...{ archive: 'new', kind: 'webdav', place: 'https://dav.example.net/x', copies: 0, bytes: 0, lastCopiedAt: null },
    ...{ waiting: 1, lagSeconds: 60, ...NO_TROUBLE },
  },
  {
    ...{ archive: 'nas', kind: 'folder', place: '/mnt/nas', copies: 12, bytes: 34_567, lastCopiedAt: null, waiting: 2 },
    ...{ lagSeconds: 7_200, code: 'ARCHIVE_FULL', failingSince: new Date(EVENING - 2 * HOUR).toISOString() },
    ...{ trouble: '/mnt/nas has no room: ENOSPC', advice: 'Free <space>.' },
  },
];

/** Three versions of one device, one of another with a hostile name and text, and one in quarantine. */
async function fill({ book }: BackupSite): Promise<void> {
  const keep = (device: string, text: string, hoursAgo: number, changedBy: readonly string[] = []) =>
    book.keep(device, `${device} ${hoursAgo}`, () =>
      newVersion(text, { sight: { at: EVENING - hoursAgo * HOUR, clockMs: null }, changedBy, osVersion: '7.20.8' }),
    );
  const bob = (MENUS['/ppp secret'] ?? []).map((row) => row.replace('hunter2-bob', 'hunter2-new'));
  const menus = { ...MENUS, '/ppp secret': bob };
  const [bridge = '', ...rows] = ['add name=lan', ...(MENUS['/interface bridge'] ?? [])];
  await keep('core', exportText(), 60);
  await keep('core', exportText({ menus }), 30, ['ali']);
  await keep('core', exportText({ menus: { ...menus, '/interface bridge': [bridge, ...rows] } }), 2, ['<i>eve</i>']);
  const hostile = ['add name="</code><script>alert(1)</script>{{name}}"', 'add comment="\x1b[2J\xe2\x80\xae\xff"'];
  await keep(HOSTILE, exportText({ menus: { '/interface bridge': hostile } }), 70);
  await keep('runs', exportText(), 1);
  const text = keptText(exportText({ serial: 'OTHER', menus: { '/ppp secret': bob } }), {
    sight: { at: EVENING - HOUR, clockMs: null },
  });
  const message = 'it has <another> serial number';
  await book.keep('core', 'quarantine', () => ({ kind: 'quarantine', text, code: 'BACKUP_OTHER_SERIAL', message }));
}

for (const [store, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as readonly [string, FreshDatabase][]) {
  describe(`pages and API of backups, on ${store}`, () => {
    let database: Database;
    let drop: () => Promise<void>;
    let site: BackupSite;
    let pages: ServedPages;
    const cookies = new Map<Role, string>();
    const tokens = new Map<Role, string>();
    /** Held until the test lets go. */
    const gate = Promise.withResolvers<void>();

    before(async () => {
      ({ database, drop } = await migrated(fresh));
      const shell = createRouterShell({ onOpen: () => gate.promise });
      const devices = [
        aDevice('fast', createRouterShell()),
        aDevice('slow', shell, { tags: ['lte'] }),
        aDevice('*', shell),
      ];
      site = backupSiteOn(database, { devices, archives: ARCHIVES });
      pages = await servePages({ hasAccounts: true, password: null, more: [site.part] }, { on: database });
      await fill(site);
      for (const role of ROLES) {
        await addUser(database, role, role);
        cookies.set(role, await sessionOf(database, role));
        tokens.set(role, await tokenWith(database, role));
      }
    });
    after(async () => {
      await site.starter.part.stop();
      await pages.close();
      await drop();
      assert.deepEqual([...pages.logger.errors(), ...site.logger.errors()], []);
    });

    async function get(role: Role, path: string, form?: Record<string, string>, from = 'same-origin') {
      const response = await fetch(`${pages.url}${path}`, {
        method: form === undefined ? 'GET' : 'POST',
        headers: { cookie: cookies.get(role) ?? '', 'sec-fetch-site': from, accept: 'text/html' },
        redirect: 'manual',
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      });
      const html = await response.text();
      return { status: response.status, html, text: readable(html), headers: response.headers };
    }
    async function api(role: Role, path: string, body?: object) {
      const response = await fetch(`${pages.url}/api/v1/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${tokens.get(role)}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
    }
    async function audited(action: string): Promise<readonly (readonly [string, string, string])[]> {
      const { audit } = createAccountBooks({ database });
      const entries = await audit.list({ most: 200 });
      return entries
        .filter((entry) => entry.action === action)
        .map(({ who, subject, outcome }) => [who, subject, outcome] as const);
    }
    const encoded = encodeURIComponent(HOSTILE);

    it('list every device, what is wrong first, with no name or text as markup', async () => {
      const { status, html, text } = await get('viewer', '/backups');
      assert.equal(status, 200);
      const order = ['core', '*', 'fast', 'slow', HOSTILE, 'runs'].map((name) => text.indexOf(` ${name} `));
      assert.deepEqual(
        order,
        order.toSorted((one, other) => one - other),
      );
      assert.ok(
        order.every((at) => at > 0),
        text,
      );
      assert.match(
        text,
        /core in quarantine BACKUP_OTHER_SERIAL 3 since Fri 20 Nov, 16:15, \+1 −2 2 h ago <i>eve<\/i>/,
      );
      assert.match(text, /fast no backup yet/);
      assert.ok(!html.includes('<b>"hill') && !html.includes('<i>eve'));
      assert.doesNotMatch(html, /Back up (all )?now/);
      assert.match((await get('operator', '/backups')).text, /Back up all now/);
      const found = (await get('viewer', '/backups?q=HILL')).text;
      assert.ok(found.includes(HOSTILE) && !found.includes('no backup yet'));
      assert.ok(!(await get('viewer', '/backups?state=trouble')).text.includes(HOSTILE));
    });

    it('show the versions of a device with who changed what, and why one is in quarantine', async () => {
      const { text } = await get('viewer', '/backups/core');
      assert.match(text, /came whole, but it has <another> serial number\./);
      assert.match(text, /Version 3 Fri 20 Nov, 16:15 last seen Fri 20 Nov, 16:15 \+1 −2 <i>eve<\/i> 7\.20\.8/);
      assert.ok(!text.includes('Accept…'));
      assert.ok((await get('operator', '/backups/core')).text.includes('Accept…'));
      assert.match((await get('viewer', '/backups/fast')).text, /No backup of this device yet/);
      assert.equal((await get('viewer', '/backups/nobody')).status, 404);
    });

    it('show a text block by block with its physical lines, and no secret anywhere', async () => {
      const { html, text } = await get('viewer', '/backups/core/1');
      assert.match(text, /\/ppp secret .*add name=bob password=\*\*\* service=pppoe/);
      assert.match(html, /<li id="L13" value="13"><code>add name&#x3D;bob password&#x3D;\*\*\*/);
      assert.doesNotMatch(html, SECRETS);
      const hostile = (await get('viewer', `/backups/${encoded}/1`)).html;
      assert.ok(hostile.includes('&lt;script&gt;alert(1)') && hostile.includes('{{name}}'));
      assert.ok(!hostile.includes('<script>alert') && !hostile.includes('\x1b'));
      for (const path of [
        'core/quarantine',
        'core/diff',
        'core/diff?a=1&b=2&view=side',
        'core/diff?a=2&b=quarantine',
      ]) {
        const page = await get('admin', `/backups/${path}`);
        assert.equal(page.status, 200, path);
        assert.doesNotMatch(page.html, SECRETS, path);
      }
      for (const path of [
        'core/9',
        'core/0',
        'core/latest',
        'core/diff?a=9',
        'runs/nothing',
        `${encoded}/quarantine`,
      ]) {
        assert.equal((await get('viewer', `/backups/${path}`)).status, 404, path);
      }
      assert.equal((await get('viewer', '/backups/device?name=runs')).status, 200);
      assert.match((await get('viewer', '/backups/device/1?name=runs')).text, /Version 1 of runs/);
    });

    it('tell moved lines from changed ones, and who changed them', async () => {
      const changed = (await get('viewer', '/backups/core/diff?a=1&b=2')).text;
      assert.match(changed, /Changed by ali \(version 2\) Changes 1 line added, 1 removed, 0 moved/);
      assert.match(
        changed,
        /\/ppp secret .*− add name=bob password=\*\*\* service=pppoe \+ add name=bob password=\*\*\*/,
      );
      const moved = (await get('viewer', '/backups/core/diff')).text;
      assert.match(moved, /Version 2 to version 3 of core .*1 line added, 0 removed, 0 moved/);
      const side = (await get('viewer', '/backups/core/diff?a=1&b=2&view=side')).html;
      assert.match(side, /<tr class="pair"><td class="sign removed">−<\/td>.*<td class="sign right added">\+<\/td>/);
      assert.match((await get('viewer', '/backups/core/diff?a=2&b=2')).text, /Nothing changed\./);
    });

    it('find lines in what is shown, in the newest or in all, and never a hidden secret', async () => {
      const found = (await get('viewer', '/backups/search?q=NAME%3Dbob')).text;
      assert.match(found, /2 lines found\. .*core version 3, line \d+ \/ppp secret add name=bob password=\*\*\*/);
      assert.match((await get('viewer', '/backups/search?q=name%3Dbob&history=true')).text, /4 lines found/);
      assert.match((await get('viewer', '/backups/search?q=hunter2')).text, /0 lines found/);
      const first = await api('viewer', 'backups/search?q=name%3Dbob&history=true&limit=3');
      assert.equal(first.json.hits.length, 3);
      const { device, version, line } = first.json.next;
      const rest = await api(
        'viewer',
        `backups/search?q=name%3Dbob&history=true&afterDevice=${device}&afterVersion=${version}&afterLine=${line ?? ''}`,
      );
      assert.deepEqual([rest.json.hits.length, rest.json.next], [1, null]);
      assert.deepEqual(Object.keys(rest.json.hits[0]), ['device', 'version', 'line', 'menu', 'text']);
      assert.deepEqual((await api('viewer', 'backups/search?q=***')).json.hits.length > 3, true);
    });

    it('show secrets to admins alone, after a question, on record, and not compressed', async () => {
      for (const role of ['viewer', 'operator'] as const) {
        assert.equal((await get(role, '/backups/core/1/reveal')).status, 403);
        assert.equal((await get(role, '/backups/core/1/reveal', {})).status, 403);
        assert.equal((await api(role, 'backups/core/1?reveal=true')).status, 403);
      }
      assert.equal((await get('admin', '/backups/core/1/reveal', {}, 'cross-site')).status, 403);
      const question = await get('admin', '/backups/core/1/reveal');
      assert.match(question.text, /noted in the audit/);
      assert.doesNotMatch(question.html, SECRETS);
      assert.deepEqual(await audited('backup.reveal'), []);
      const shown = await get('admin', '/backups/core/1/reveal', {});
      assert.match(shown.text, /password=hunter2-bob/);
      assert.match(shown.headers.get('cache-control') ?? '', /no-store/);
      assert.equal(shown.headers.get('content-encoding'), null);
      const raw = await api('admin', 'backups/core/1?reveal=true');
      assert.deepEqual([raw.text, raw.headers.get('content-encoding')], [exportText(), null]);
      const subjects = (await audited('backup.reveal')).map(([, subject]) => subject);
      assert.deepEqual(subjects, ['core 1', 'core 1']);
      assert.equal((await api('admin', 'backups/core/77?reveal=true')).status, 404);
    });

    it('give a binary backup to admins alone, on record, and show who may have it that it is there', async () => {
      const bytes = Buffer.from([0, 1, 2, 250, 255]);
      await site.binaries.keep({ device: 'core', version: 2, bytes, takenAt: 7, isLeft: false });
      const path = '/api/v1/backups/core/2/binary';
      for (const role of ['viewer', 'operator'] as const) assert.equal((await get(role, path)).status, 403);
      assert.match((await get('viewer', '/backups/core')).text, /Version 2 .* binary 5 B/);
      assert.ok(!(await get('operator', '/backups/core/2')).html.includes(path));
      assert.match(
        (await get('admin', '/backups/core/2')).html,
        /href="\/api\/v1\/backups\/core\/2\/binary"[^>]*>Binary backup \(5 B\)/,
      );
      assert.ok(!(await get('admin', '/backups/core/1')).html.includes('/binary'));
      const response = await fetch(`${pages.url}${path}`, { headers: { cookie: cookies.get('admin') ?? '' } });
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
      const headers = ['content-type', 'content-disposition', 'cache-control', 'content-encoding'];
      assert.deepEqual(
        headers.map((name) => response.headers.get(name)),
        ['application/octet-stream', 'attachment; filename="core-2.backup"', 'no-store, no-transform', null],
      );
      const given = (await audited('backup.reveal')).filter(([, subject]) => subject === 'core 2 binary');
      assert.deepEqual(
        given.map(([who, , outcome]) => [who, outcome]),
        [['admin', 'ok']],
      );
      const none = ['backups/core/1/binary', 'backups/core/quarantine/binary', 'backup/2/binary?name=runs'];
      for (const each of none) assert.equal((await api('admin', each)).status, 404, each);
      const { json } = await api('viewer', 'backups/core');
      assert.deepEqual(
        json.map(({ binaryBytes }: { binaryBytes: number | null }) => binaryBytes),
        [null, 5, null, null],
      );
    });

    it('show what became of a binary backup beside the text', async () => {
      const trouble = 'it is <b>too large</b>';
      const binary = { outcome: 'failed', code: 'BACKUP_BINARY_NO_SPACE', step: 'space', bytes: null } as const;
      await site.runs.begin('run-b', 7, 'holder', 60_000);
      await site.runs.note('run-b', {
        ...{
          device: 'core',
          outcome: 'unchanged',
          code: null,
          step: null,
          tries: 1,
          durationMs: 5,
          bytes: 7,
          version: 2,
        },
        ...{ trouble: null, advice: null, binary: { ...binary, trouble, advice: 'Make room.' } },
      });
      const { html, text } = await get('viewer', '/backups/runs/run-b');
      assert.match(
        text,
        /core unchanged 2 .*Binary backup failed: it is .*too large.* Make room\. BACKUP_BINARY_NO_SPACE/,
      );
      assert.ok(!html.includes('<b>too large'));
      const { json } = await api('viewer', 'backups/runs/run-b');
      assert.deepEqual(json.devices[0].binary, { ...binary, trouble, advice: 'Make room.' });
      await site.runs.finish('run-b', 8, []);
    });

    it('answer programs as the commands do', async () => {
      const newest = (await api('viewer', 'backups')).json;
      assert.deepEqual(
        newest.map((each: { device: string; version: number; state: string }) => [
          each.device,
          each.version,
          each.state,
        ]),
        [
          [HOSTILE, 1, 'complete'],
          ['core', 3, 'complete'],
          ['core', null, 'quarantined'],
          ['runs', 1, 'complete'],
        ],
      );
      const { json } = await api('viewer', 'backups/core');
      assert.deepEqual(
        json.map(({ version }: { version: number }) => version),
        [1, 2, 3, null],
      );
      assert.equal((await api('viewer', 'backup?name=runs')).json.length, 1);
      assert.equal((await api('viewer', 'backups/nobody')).status, 404);
      const text = await api('viewer', 'backups/core/1');
      assert.equal(text.headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.match(text.text, /\nadd name=bob password=\*\*\* service=pppoe\n/);
      assert.doesNotMatch(text.text, SECRETS);
      const diff = (await api('viewer', 'backups/core/diff?a=1&b=2')).json;
      const line = 'add name=bob password=*** service=pppoe';
      assert.deepEqual(diff, [
        { menu: '/ppp secret', sign: '-', line },
        { menu: '/ppp secret', sign: '+', line },
      ]);
      assert.equal((await api('viewer', 'backups/core/diff?a=0')).status, 400);
      const device = await api('viewer', 'routers/edge-1');
      assert.deepEqual(device.json.backups, []);
    });

    it('show to everybody where off-site copies go, what waits and why one fails, also beside a device of that name', async () => {
      const { text, html } = await get('viewer', '/backups/archives');
      assert.match(
        text,
        /bucket s3 https:\/\/s3\.example\.net\/<b>\/ up to date none Fri 20 Nov, 17:15 1,200 2\.86 MB/,
      );
      assert.match(text, /new webdav .* copying 1 version, the oldest for 1 min none yet 0 0 B/);
      assert.match(
        text,
        /nas folder \/mnt\/nas failing for 2 h \/mnt\/nas has no room: ENOSPC\. ARCHIVE_FULL Free <space>\. 2 versions/,
      );
      assert.ok(text.includes(`for 1 public key: ${RECIPIENT}`) && !html.includes('/<b>'));
      assert.deepEqual((await api('viewer', 'backup-archives')).json, ARCHIVES);
      assert.equal((await fetch(`${pages.url}/api/v1/backup-archives`)).status, 401);
      assert.equal((await api('viewer', 'backups/archives')).status, 404, 'that is the device of this name');
    });

    it('back up what operators ask for, one run at a time, and show how it goes', async () => {
      assert.equal((await api('viewer', 'backups/run', {})).status, 403);
      assert.equal((await get('viewer', '/backups/run', {})).status, 403);
      assert.equal((await get('operator', '/backups/run', {}, 'cross-site')).status, 403);
      const none = await api('operator', 'backups/run', { device: 'nobody' });
      assert.deepEqual([none.status, none.json.code], [409, 'BACKUP_NO_DEVICE']);
      const begun = await api('operator', 'backups/run', { tag: 'lte' });
      assert.equal(begun.status, 202, begun.text);
      const { run, finishedAt, running, devices } = begun.json;
      assert.deepEqual([finishedAt, running, devices], [null, true, []]);
      assert.equal(begun.headers.get('location'), `/api/v1/backups/runs/${run}`);
      const second = await api('operator', 'backups/run', {});
      assert.deepEqual([second.status, second.json.code], [409, 'BACKUP_RUNNING']);
      assert.ok(second.json.error.includes(run));
      const refused = await get('operator', '/backups/run', {});
      assert.equal(refused.status, 409);
      assert.match(refused.text, new RegExp(`${run} goes on, over 1 device.*A backup run goes on: 0 of 1 device done`));
      assert.match((await get('viewer', `/backups/runs/${run}`)).html, /data-going/);
      gate.resolve();
      await site.starter.ended();
      const report = (await api('viewer', `backups/runs/${run}`)).json;
      assert.deepEqual([report.running, report.devices[0].device, report.devices[0].outcome], [false, 'slow', 'first']);
      const page = await get('viewer', `/backups/runs/${run}`);
      assert.match(page.text, /finished .*slow first version 1/);
      assert.ok(!page.html.includes('data-going'));
      assert.deepEqual((await api('viewer', 'backups/runs')).json[0].outcomes, { first: 1 });
    });

    it('back up one device by its exact name, whatever is in it', async () => {
      const { status, headers } = await get('operator', '/backups/run', { name: '*' });
      assert.equal(status, 303);
      await site.starter.ended();
      const run = (headers.get('location') ?? '').split('/').at(-1) ?? '';
      assert.deepEqual(
        (await site.states.of(run))?.devices.map(({ device }) => device),
        ['*'],
      );
      const outcomes = (await audited('backup.run')).map(([, subject, outcome]) => `${subject}: ${outcome}`);
      assert.deepEqual(outcomes.toSorted(), [
        '*: ok',
        'all tag lte: ok',
        'all: BACKUP_RUNNING',
        'all: BACKUP_RUNNING',
        'nobody: BACKUP_NO_DEVICE',
      ]);
    });

    it('accept what is in quarantine, but not what came since somebody looked', async () => {
      assert.equal((await get('viewer', '/backups/core/accept')).status, 403);
      assert.equal((await get('viewer', '/backups/core/accept', {})).status, 403);
      const question = await get('operator', '/backups/core/accept');
      assert.match(question.text, /Accept what is in quarantine\? .*BACKUP_OTHER_SERIAL/);
      const late = await get('operator', '/backups/core/accept', { lastSeenAt: `${EVENING - 2 * HOUR}` });
      assert.equal(late.status, 409);
      assert.match(late.text, /Another backup of 'core' came since you looked/);
      assert.equal((await get('operator', '/backups/core/accept', {})).status, 409);
      const other = await api('operator', 'backups/core/accept', { lastSeenAt: new Date(1).toISOString() });
      assert.deepEqual([other.status, other.json.code], [409, 'BACKUP_CAME_AGAIN']);
      const [, lastSeenAt = ''] = /name="lastSeenAt" value="(\d+)"/.exec(question.html) ?? [];
      const done = await get('operator', '/backups/core/accept', { lastSeenAt });
      assert.deepEqual([done.status, done.headers.get('location')], [303, '/backups/core']);
      assert.equal((await site.book.versions('core')).at(-1)?.version, 4);
      assert.equal((await get('operator', '/backups/core/accept')).status, 404);
      assert.equal((await api('operator', 'backups/core/accept', {})).status, 404);
      const outcomes = (await audited('backup.accept')).map(([, , outcome]) => outcome);
      assert.deepEqual(outcomes.toSorted(), [
        ...['BACKUP_CAME_AGAIN', 'BACKUP_CAME_AGAIN', 'BACKUP_CAME_AGAIN', 'BACKUP_UNKNOWN', 'ok'],
      ]);
    });

    it('say so where a version was deleted meanwhile, or its rows are damaged', async () => {
      await site.book.forget('core', 1);
      assert.equal((await get('viewer', '/backups/core/1')).status, 404);
      assert.equal((await api('viewer', 'backups/core/1')).status, 404);
      assert.match((await get('viewer', '/backups/core/diff?a=1')).text, /There is no such backup/);
    });
  });
}

describe('pages of backups without a key', () => {
  it('say that one is needed', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    const { part } = backupSiteOn(database, { hasKey: false });
    const pages = await servePages({ password: null, more: [part] }, { on: database });
    t.after(async () => {
      await pages.close();
      await drop();
    });
    const page = await fetch(`${pages.url}/backups`, { headers: { accept: 'text/html' } });
    assert.equal(page.status, 409);
    assert.match(await page.text(), /Not possible.*key/s);
    const answer = await fetch(`${pages.url}/api/v1/backups`);
    assert.deepEqual([answer.status, JSON.parse(await answer.text()).code], [409, 'KEY_MISSING']);
    const archives = await fetch(`${pages.url}/backups/archives`, { headers: { accept: 'text/html' } });
    assert.match(await archives.text(), /There are no archives: .*backup\.archives/);
    assert.equal((await fetch(`${pages.url}/d/edge-1`, { headers: { accept: 'text/html' } })).status, 200);
  });
});
