import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestLog, EVENING, servePagesFor } from '../support/pages.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

const FILE = 'netsentinel-2026-11-20.log';

function lineOf(fields: object): string {
  return `${JSON.stringify({ level: 30, time: '2026-11-20T13:15:03.120Z', ...fields })}\n`;
}

async function setUp(t: TestContext, { hasFolder = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-log-pages-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const log = createTestLog(createManualClock(EVENING));
  const logFolder = hasFolder ? folder : null;
  const pages = await servePagesFor(t, { hasAccounts: true, password: null, log, logFolder });
  const { database, url } = pages;
  await addUser(database, 'root', 'admin');
  const cookie = await sessionOf(database, 'root');
  const headers = { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin' };
  const get = (path: string) => fetch(url + path, { headers, redirect: 'manual' });
  const textOf = async (path: string) => (await get(path)).text();
  const setLevel = (level: string, more = {}) =>
    fetch(`${url}/logs/level`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: new URLSearchParams({ level }),
      redirect: 'manual',
    });
  return { ...pages, log, folder, headers, get, textOf, setLevel };
}

/** What the server says to this path as it is written, which `fetch` would tidy up. */
function statusOf(url: string, path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('the page of the log', () => {
  it('shows the last lines, by level and text, the newest first, and names as what they are', async (t) => {
    const { log, textOf } = await setUp(t);
    log.tail.write(lineOf({ router: '<b>edge</b>', msg: 'router polled' }));
    log.tail.write(lineOf({ level: 40, code: 'ROUTER_TIMEOUT', msg: 'trouble started' }));
    const all = await textOf('/logs');
    assert.ok(all.includes('Worker net-1, process 4711, newest first'));
    assert.ok(all.indexOf('trouble started') < all.indexOf('router polled'));
    assert.ok(all.includes('router&#x3D;&lt;b&gt;edge&lt;/b&gt;') && all.includes('2026-11-20 18:15:03.120'));
    const some = await textOf('/logs?level=warn&q=timeout');
    assert.ok(some.includes('trouble started') && !some.includes('router polled'));
    assert.ok((await textOf('/logs?q=nothing&level=nonsense')).includes('No line matches.'));
  });

  it('sets the level for an hour, and says who did', async (t) => {
    const { log, setLevel, textOf, url, headers } = await setUp(t);
    assert.equal((await setLevel('debug')).status, 303);
    assert.equal(log.logger.level, 'debug');
    assert.match(await textOf('/logs'), /Now: debug until Fri 20 Nov, 19:15, then info as configured\./);
    assert.equal((await setLevel('info')).status, 303);
    assert.match(await textOf('/logs'), /Now: info\./);
    for (const wrong of ['silent', '', 'trace']) assert.equal((await setLevel(wrong)).status, 400, wrong);
    assert.equal((await setLevel('debug', { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal(log.logger.level, 'info');
    const audit = JSON.parse(await (await fetch(`${url}/api/v1/audit?action=log.level`, { headers })).text());
    const noted = audit.entries.map((entry: Record<string, unknown>) => [
      entry['who'],
      entry['subject'],
      entry['outcome'],
    ]);
    assert.deepEqual(noted.sort(), [
      ['root', 'debug', 'ok'],
      ['root', 'info', 'ok'],
    ]);
  });

  it('lists the daily files, shows one in parts and gives it to download as it is', async (t) => {
    const { folder, get, textOf } = await setUp(t);
    assert.ok((await textOf('/logs')).includes('No files yet.'));
    const lines = Array.from({ length: 5_000 }, (_, n) =>
      lineOf({ level: n % 2 === 0 ? 30 : 40, n, msg: `line ${n}` }),
    );
    writeFileSync(join(folder, FILE), lines.join(''));
    assert.match(await textOf('/logs'), new RegExp(`<a href="/logs/${FILE}">`));
    let path: string | undefined = `/logs/${FILE}?level=warn`;
    const seen: string[] = [];
    for (; path !== undefined; ) {
      const page: string = await textOf(path);
      seen.push(...[...page.matchAll(/>line (\d+)</g)].map(([, n = '']) => n));
      path = /<a href="([^"]+)">Older</.exec(page)?.[1]?.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 2_500 }, (_, n) => String(4_999 - 2 * n)),
    );
    const file = await get(`/logs/${FILE}/download`);
    assert.equal(file.headers.get('content-disposition'), `attachment; filename="${FILE}"`);
    assert.equal(await file.text(), lines.join(''));
  });

  it('leads to no other file, however its name is written', async (t) => {
    const { folder, url, headers } = await setUp(t);
    writeFileSync(join(folder, '../outside.log'), 'secret');
    t.after(() => rmSync(join(folder, '../outside.log')));
    const names = [
      '../outside.log',
      '..%2Foutside.log',
      '%2e%2e%2foutside.log',
      '..%5coutside.log',
      '%2Fetc%2Fpasswd',
      '%00',
    ];
    for (const name of [...names, `${FILE}%00`, `${FILE}%2f..%2f..%2foutside.log`]) {
      for (const path of [`/logs/${name}`, `/logs/${name}/download`]) {
        assert.ok([400, 404].includes(await statusOf(url, path, headers)), path);
      }
    }
  });

  it('says that no files are written, and what is wrong with a folder that cannot be read', async (t) => {
    const { textOf, get } = await setUp(t, { hasFolder: false });
    assert.match(await textOf('/logs'), /No files are written\. Set <code>logs\.folder<\/code>/);
    assert.equal((await get(`/logs/${FILE}`)).status, 404);
    const { folder, ...broken } = await setUp(t);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    assert.match(await broken.textOf('/logs'), /Check the owner and mode of logs\.folder\./);
    assert.equal((await broken.get(`/logs/${FILE}`)).status, 503);
  });

  it('is live for whoever is logged in, until they are not, and for no token', async (t) => {
    const { database, url, headers, log, hostClock } = await setUp(t);
    const authorization = `Bearer ${await tokenWith(database, 'admin')}`;
    assert.equal((await fetch(`${url}/live/logs`, { headers: { authorization } })).status, 403);
    log.tail.write(lineOf({ msg: 'before' }));
    const response = await fetch(`${url}/live/logs?after=0`, { headers });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const decoder = new TextDecoder();
    let text = '';
    const reader = response.body?.getReader();
    const until = async (wanted: string) => {
      while (!text.includes(wanted)) {
        const read = await reader?.read();
        assert.ok(read?.done === false, `it ended without ${wanted}: ${text}`);
        text += decoder.decode(read.value);
      }
    };
    await until('"text":"before"');
    log.tail.write(lineOf({ msg: 'after' }));
    hostClock.advance(250);
    await until('"text":"after"');
    await fetch(`${url}/logout`, { method: 'POST', headers, redirect: 'manual' });
    hostClock.advance(10_000);
    await until('event: session');
    assert.equal((await reader?.read())?.done, true);
  });
});
