import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { createDeviceStore } from '../../../src/devices/store/device-store.ts';
import { createRouterStateStore } from '../../../src/devices/store/router-state-store.ts';
import { routerLink, userLink } from '../../../src/platform/http/links.ts';
import { createWarming } from '../../../src/platform/http/warming.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import {
  bookVillage,
  breachOf,
  EVENING,
  freshRouter,
  servePages,
  servePagesFor,
  TODAY,
  userDay,
} from '../../support/pages.ts';
import { readable } from '../../support/readable-html.ts';
import { createBreachStore } from '../../support/stores.ts';
import { addUser, sessionOf } from '../../support/users.ts';

const GB = 1024n ** 3n;
const OPEN = { password: null };
const HTML = { headers: { accept: 'text/html' } };

const get = async (address: string) => (await fetch(address, HTML)).text();
describe('the pages', () => {
  it('let browsers load nothing from elsewhere, run no script in the page and be framed by nobody', async (t) => {
    const { url } = await servePagesFor(t);
    for (const path of ['/login', '/', '/assets/style.css', '/api/v1/usage']) {
      const { headers } = await fetch(url + path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; style-src 'self'; script-src 'self'; /);
      assert.doesNotMatch(policy, /unsafe|http|\*/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'same-origin');
    }
  });

  it('have neither inline styles nor inline scripts nor foreign addresses', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 20);
    for (const path of ['/', '/u/edge-1/user-0001', '/r', '/d/edge-1', '/alerts', '/u/edge-1/nobody']) {
      const html = await get(pages.url + path);
      assert.doesNotMatch(html, /<style|style=|<script>|\son[a-z]+=|https?:\/\//, path);
    }
  });

  it('are made once for nobody a moment after the start: one that cannot be made keeps back no other, and is told where it is a bug', async () => {
    const clock = createManualClock(EVENING);
    const made: string[] = [];
    const bugs: unknown[] = [];
    const bug = new Error('a bug');
    const failing = (error: Error) => ({ warm: () => Promise.reject(error) });
    const routes = [
      failing(new TroubleError('DATABASE_UNAVAILABLE', 'it is away', 'Start it.')),
      {},
      failing(bug),
      { warm: async () => made.push('last') },
    ];
    const warming = createWarming({ routes, clock, onBug: (error) => bugs.push(error) });
    warming.start();
    clock.advance(4_999);
    await turn();
    assert.deepEqual(made, []);
    clock.advance(1);
    await turn();
    assert.deepEqual([made, bugs], [['last'], [bug]]);
    warming.start();
    warming.stop();
    clock.advance(60_000);
    await turn();
    assert.deepEqual(made, ['last']);
  });

  it('that people open first are made after a start too', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 3);
    const { database, hostClock, warming } = pages;
    await warming.start();
    hostClock.advance(5_000);
    await database.read((queries) => queries.selectFrom('queues').select('id').executeTakeFirst());
    await turn();
    assert.match(readable(await get(`${pages.url}/`)), /Usage today/);
    await warming.stop();
  });

  it('are small and made of 200 users at a time', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 2000, 1);
    const html = await get(`${pages.url}/`);
    assert.ok(Buffer.byteLength(html) < 300_000, `${Buffer.byteLength(html)} bytes`);
    assert.equal(html.match(/<tr data-key/g)?.length, 200);
    assert.match(readable(html), /1 to 200 of 2,400 users/);
    const last = await get(`${pages.url}/?page=12`);
    assert.match(readable(last), /2201 to 2400 of 2,400 users/);
    const packed = await fetch(`${pages.url}/`, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
  });

  it('keep what people asked for when they go on or sort otherwise', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 250);
    const html = await get(`${pages.url}/?q=user&router=edge-1&sort=user`);
    assert.match(html, /href="\/\?router&#x3D;edge-1&amp;q&#x3D;user&amp;sort&#x3D;user&amp;page&#x3D;2"/);
    assert.match(html, /aria-sort="ascending"><a href[^>]*>User/);
    assert.match(readable(html), /user-0001.*user-0002.*user-0003/);
  });

  it('show a week, a month or the days from one to another, asked for by links and a form that need no script', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5);
    const query = 'q=user&amp;router=edge-1'.split('&amp;').join('&');
    const today = await get(`${pages.url}/?${query}`);
    assert.match(today, /<h1>Usage today<\/h1>/);
    assert.match(today, /<a href="\/\?router&#x3D;edge-1&amp;q&#x3D;user" aria-current="page">Today<\/a>/);
    assert.match(today, /<a href="\/\?period&#x3D;week&amp;router&#x3D;edge-1&amp;q&#x3D;user">This week<\/a>/);
    assert.match(
      today,
      /<form class="range" action="\/" method="get">.*name="from" value="2026-11-20".*name="to".*<button>/,
    );
    const week = await get(`${pages.url}/?period=week&${query}`);
    assert.match(week, /<h1>Usage this week so far<\/h1>/);
    assert.match(readable(week), /Mon 16 Nov to Sun 22 Nov 2026, until Fri 20 Nov, 18:15 \(Asia\/Karachi\)/);
    assert.match(week, /aria-current="page">This week/);
    assert.match(week, /<input type="hidden" name="period" value="week">/, 'a search stays within the week');
    assert.match(
      week,
      /href="\/\?period&#x3D;week&amp;day&#x3D;2026-11-09&amp;router&#x3D;edge-1&amp;q&#x3D;user" rel="prev"/,
    );
    assert.doesNotMatch(week, /rel="next"/, 'next week is still to come');
    const range = await get(`${pages.url}/?from=2026-11-16&to=2026-11-18`);
    assert.match(range, /<h1>Usage Mon 16 Nov – Wed 18 Nov 2026<\/h1>/);
    assert.match(range, /href="\/usage.csv\?from&#x3D;2026-11-16&amp;to&#x3D;2026-11-18&amp;sum&#x3D;true"/);
    assert.match(range, /href="\/\?from&#x3D;2026-11-13&amp;to&#x3D;2026-11-15" rel="prev"/);
    assert.match(range, /href="\/\?from&#x3D;2026-11-19&amp;to&#x3D;2026-11-21" rel="next"/);
    assert.match(readable(range), /vs same length before by day/);
    const day = await get(`${pages.url}/?day=2026-11-18`);
    assert.match(day, /<h1>Usage of the day<\/h1>/);
    assert.match(day, /href="\/u\/edge-1\/user-0001\?day&#x3D;2026-11-18"/);
  });

  it('understand days that were typed the wrong way round, and leave out what is no day', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    assert.match(await get(`${url}/?from=2026-11-18&to=2026-11-16`), /<h1>Usage Mon 16 Nov – Wed 18 Nov 2026/);
    for (const query of ['from=x&to=', 'period=year', 'day=2026-02-30', 'from=0001-01-01']) {
      assert.match(await get(`${url}/?${query}`), /<h1>Usage today/, query);
    }
    assert.match(await get(`${url}/?from=2026-12-01`), /<h1>Usage Fri 20 Nov – Tue 1 Dec 2026/);
  });

  it('say from which day on usage is kept where the days begin before it', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    assert.match(readable(await get(`${url}/?period=month`)), /Usage before Fri 6 Nov 2026 is deleted \(retention\)\./);
    assert.doesNotMatch(await get(`${url}/?from=2026-11-06&to=2026-11-07`), /deleted/);
  });

  it('compare the total with yesterday at this hour', async (t) => {
    const { url, book } = await servePagesFor(t, OPEN);
    const hours = (startAt: number) =>
      [0, 18, 20].map((hour) => ({ hourAt: startAt + hour * 3_600_000, uploadBytes: 0n, downloadBytes: GB }));
    const yesterday = EVENING - 18.25 * 3_600_000 - 24 * 3_600_000;
    await book('edge-1', [
      userDay('bob', '2026-11-19', 0n, { downloadBytes: 3n * GB, hours: hours(yesterday) }),
      userDay('bob', TODAY, 0n, { downloadBytes: 2n * GB, hours: [] }),
    ]);
    // Midnight's hour and a quarter of the one that begins at 18:00.
    assert.match(readable(await get(`${url}/`)), /Total 2 GB \+60%: 1\.25 GB yesterday by now/);
  });

  it('say which routers are not read, and what to do', async (t) => {
    const advice = 'Switch it on.';
    const trouble = { code: 'ROUTER_REFUSED', message: 'refused', advice };
    const pages = await servePagesFor(t, OPEN);
    pages.conditions.push(freshRouter('hill', { isFresh: false, ageMs: 840_000, code: 'ROUTER_REFUSED', trouble }));
    const text = readable(await get(`${pages.url}/`));
    assert.match(
      text,
      /hill has not been read for 14 min; usage since then is missing\. Switch it on\. ROUTER_REFUSED/,
    );
    assert.doesNotMatch(text, /edge-1 has not been read/);
    pages.conditions.push(freshRouter('new', { isFresh: false, lastReadAt: null, code: 'ROUTER_REFUSED', trouble }));
    const never = /new has never been read; its usage is missing\. Switch it on\. ROUTER_REFUSED/;
    for (const path of ['/', '/d/new']) assert.match(readable(await get(pages.url + path)), never, path);
    assert.match(readable(await get(`${pages.url}/r`)), /new never read/);
    assert.match(readable(await get(`${pages.url}/d/edge-1`)), /Last read Fri 20 Nov, 18:14/);
  });

  it('find a router by its name or by the host that LibreNMS knows it by', async (t) => {
    const { url } = await servePagesFor(t, OPEN);
    for (const name of ['edge-1', 'EDGE-1', '192.0.2.1']) {
      const response = await fetch(`${url}/d/${name}`, HTML);
      assert.equal(response.status, 200, name);
      assert.match(await response.text(), /<h1>edge-1<\/h1>/);
    }
    assert.equal((await fetch(`${url}/d/other`, HTML)).status, 404);
  });

  it('find a router by what LibreNMS calls it, and go by the routers’ own names first', async (t) => {
    const { url, database, conditions } = await servePagesFor(t, OPEN);
    conditions.push(freshRouter('hill'));
    const device = { host: '192.0.2.9', ip: '198.51.100.7' };
    await createDeviceStore({ database }).replace([
      { ...device, deviceId: 1, hostname: 'gw.example.net', router: 'hill' },
      { ...device, deviceId: 2, hostname: 'edge-1', router: 'hill' },
      { deviceId: 3, hostname: 'switch.example.net', host: '192.0.2.10', ip: null, router: null },
    ]);
    for (const name of ['GW.example.net', '192.0.2.9', '198.51.100.7']) {
      assert.match(await get(`${url}/d/${name}`), /<h1>hill<\/h1>/, name);
    }
    assert.match(readable(await get(`${url}/d/hill`)), /Address 192\.0\.2\.9/);
    assert.match(await get(`${url}/d/edge-1`), /<h1>edge-1<\/h1>/);
    assert.equal((await fetch(`${url}/d/switch.example.net`, HTML)).status, 404);
  });

  it('show the last trouble of a router that works again, with what to do', async (t) => {
    const { url, database } = await servePagesFor(t, OPEN);
    const note = { router: 'edge-1', pollMs: 5, facts: null };
    const error = { code: 'ROUTER_LOGIN', message: 'edge-1 refused <the> password', advice: 'Look at its users.' };
    const book = createRouterStateStore({ database });
    await book.note([{ ...note, at: EVENING - 3_600_000, error }]);
    await book.note([{ ...note, at: EVENING - 60_000, error: null }]);
    const text = readable(await get(`${url}/d/edge-1`));
    assert.match(
      text,
      /The last failed poll was on Fri 20 Nov,? 17:15: edge-1 refused <the> password \(ROUTER_LOGIN\)\. Look at its users\./,
    );
  });

  it('make what a router says of its trouble readable', async (t) => {
    const { url, database } = await servePagesFor(t, OPEN);
    const error = { code: 'ROUTER_TRAP', message: 'right\u202eleft\u0000', advice: 'Look\u202e.' };
    await createRouterStateStore({ database }).note([{ router: 'edge-1', at: EVENING, pollMs: 5, error, facts: null }]);
    const html = await get(`${url}/d/edge-1`);
    assert.match(html, /right\ufffdleft\ufffd \(ROUTER_TRAP\)\. Look\ufffd\./);
    assert.doesNotMatch(html, /[\u202e\0]/);
  });

  it('keep the name of a router that cannot stand in a path, wherever its page leads', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    pages.conditions.push(freshRouter('..'));
    const users = Array.from({ length: 201 }, (_, index) => userDay(`user-${index}`, TODAY, BigInt(index) * GB));
    await pages.book('..', users);
    const html = await get(`${pages.url}${routerLink('..')}&q=user&sort=user`);
    assert.match(html, /<form [^>]*action="\/d" method="get"/);
    assert.match(html, /<input type="hidden" name="name" value="\.\.">/);
    const links = [...html.matchAll(/href="(\/d\?[^"]*)"/g)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&').replaceAll('&#x3D;', '='),
    );
    assert.ok(links.includes('/d?name=..&q=user&sort=user&page=2'), links.join(' '));
    assert.ok(links.includes('/d?name=..&q=user&sort=quota'), links.join(' '));
    for (const link of links) assert.match(await get(pages.url + link), /<h1>\.\.<\/h1>/, link);
    const edge = await get(`${pages.url}/d/edge-1?q=user`);
    assert.match(edge, /<form [^>]*action="\/d\/edge-1" method="get"/);
    assert.doesNotMatch(edge, /name="name"/);
  });

  it('show how a total is calculated, what data is missing and which threshold was crossed', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5);
    const text = readable(await get(`${pages.url}/u/edge-1/user-0001`));
    assert.match(text, /So far 9\.27 GB of download/);
    assert.match(text, /The counter restarted from zero once/);
    assert.match(text, /13:15 the router rebooted; 3 min of data missing before it ROUTER_REBOOTED/);
    assert.match(text, /Fri 20 Nov 100% day before: 80% 11 of 10 GB mail is not configured/);
    assert.match(text, /This week 45\.3 GB 40\.3 of 50 GB of download \(80%\) · since Mon 16 Nov/);
    const before = readable(await get(`${pages.url}/u/edge-1/user-0001?day=2026-11-18`));
    assert.match(before, /Wed 18 Nov 2026 ← Day before Day after →/);
  });

  it('show the alerts as one line for each user and period, found and paged as one asks for', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    const many = Array.from({ length: 150 }, (_, index) =>
      breachOf('edge-1', `user-${index}`, { noticedAt: EVENING - 10_000 - index, threshold: 80 }),
    );
    const week = { period: 'week', periodStart: '2026-11-16', noticedAt: EVENING } as const;
    await pages.book('edge-1', [userDay('ann', TODAY, GB)]);
    await createBreachStore({ database: pages.database }).record(
      [
        ...many,
        breachOf('edge-1', 'ann', { ...week, threshold: 80, day: '2026-11-19' }),
        breachOf('edge-1', 'ann', week),
      ],
      [],
    );
    const html = await get(`${pages.url}/alerts`);
    const text = readable(html);
    assert.equal(html.match(/<tr data-key/g)?.length, 100);
    assert.match(text, /Fri 6 Nov to Fri 20 Nov 2026 · one line per user and period, newest first/);
    assert.match(text, /Fri 20 Nov ann edge-1 100% week from Mon 16 Nov before: 80% on Thu 19 Nov 11 of 10 GB/);
    assert.match(text, /1 to 100 of 151 alerts Next/);
    assert.match(readable(await get(`${pages.url}/alerts?page=2`)), /101 to 151 of 151 alerts Previous/);
    assert.match(readable(await get(`${pages.url}/alerts?page=99`)), /101 to 151/);
    const found = await get(`${pages.url}/alerts?q=USER&router=edge-1&level=warning&from=2026-11-19`);
    assert.match(
      found,
      /href="\/alerts\?q&#x3D;USER&amp;router&#x3D;edge-1&amp;level&#x3D;warning&amp;from&#x3D;2026-11-19&amp;page&#x3D;2"/,
    );
    assert.match(found, /<option value="warning" selected>/);
    assert.match(readable(await get(`${pages.url}/alerts?level=over`)), /1 alert$|1 alert /);
    assert.match(readable(await get(`${pages.url}/alerts?q=nobody`)), /No alert matches\./);
    for (const query of [
      'page=x',
      'level=x',
      'from=2026-13-01',
      'from=2026-11-20&to=2026-11-19',
      'q[]=1',
      'user=a&user=b',
    ]) {
      assert.match(readable(await get(`${pages.url}/alerts?${query}`)), /1 to 100 of 151/, query);
    }
    assert.match(readable(await get(`${pages.url}/alerts?user=ann`)), /Only ann\. All users/);
    const user = readable(await get(`${pages.url}/u/edge-1/ann`));
    assert.match(user, /Fri 20 Nov 100% week from Mon 16 Nov before: 80% on Thu 19 Nov 11 of 10 GB/);
    assert.doesNotMatch(user, /80% week/);
  });

  it('say that a user is not known, and stay with today when a day is none', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    await bookVillage(pages, 5);
    assert.equal((await fetch(`${pages.url}/u/edge-1/nobody`, HTML)).status, 404);
    for (const day of ['2031-01-01', '2026-02-31', '../../x', '2020-01-01']) {
      assert.match(await get(`${pages.url}/u/edge-1/user-0001?day=${day}`), /Today, Fri 20 Nov 2026, so far/, day);
    }
  });

  it('are a page for a browser at an address that is none of ours, and JSON for programs', async (t) => {
    for (const change of [OPEN, {}]) {
      const { url } = await servePagesFor(t, change);
      for (const path of ['/nothing', '/u/a/b/c', '/alerts/', '/assets/nothing.css', '/favicon.ico']) {
        const page = await fetch(url + path, { ...HTML, redirect: 'manual' });
        assert.deepEqual([page.status, page.headers.get('content-type')], [404, 'text/html; charset=utf-8'], path);
        assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
        assert.match(readable(await page.text()), /Not found There is no page at this address\. Usage today/);
        const json = await fetch(url + path);
        assert.deepEqual([json.status, await json.json()], [404, { error: 'not found' }], path);
      }
      const program = await fetch(`${url}/api/v1/nothing`, HTML);
      assert.deepEqual([program.status, await program.json()], [404, { error: 'not found' }]);
      for (const method of ['POST', 'PUT', 'DELETE']) {
        assert.equal((await fetch(`${url}/nothing`, { method, body: '{' })).status, 404, method);
      }
    }
  });

  it('are a page for a browser when there is a bug, without details of it', async (t) => {
    const states = { states: () => Promise.reject(new Error('hunter2 at row 3')) };
    const pages = await servePages({ ...OPEN, states });
    t.after(() => pages.close());
    const page = await fetch(`${pages.url}/r`, HTML);
    assert.deepEqual([page.status, page.headers.get('content-type')], [500, 'text/html; charset=utf-8']);
    const text = readable(await page.text());
    assert.match(text, /This page cannot be shown\. This is a bug\./);
    assert.doesNotMatch(text, /hunter2/);
    assert.equal(pages.logger.errors().length, 1);
  });

  it('say in a sentence that the database is away', async (t) => {
    const enter = () => {
      throw new TroubleError('DATABASE_UNAVAILABLE', 'mysql://user@10.0.0.5 refused', 'look');
    };
    const { url } = await servePagesFor(t, { ...OPEN, enter });
    const response = await fetch(`${url}/`, HTML);
    assert.equal(response.status, 503);
    const html = await response.text();
    assert.match(html, /<h1>Database unavailable<.*DATABASE_UNAVAILABLE/s);
    assert.doesNotMatch(html, /10\.0\.0\.5/);
    for (const options of [{}, HTML]) {
      assert.deepEqual(await (await fetch(`${url}/api/v1/usage`, options)).json(), {
        error: 'temporarily unavailable',
        code: 'DATABASE_UNAVAILABLE',
      });
    }
  });
});

describe('the stream of news', () => {
  it('is let go when its reader leaves, and not held for a HEAD', async (t) => {
    const { url, streams } = await servePagesFor(t, OPEN);
    assert.equal((await fetch(`${url}/live`, { method: 'HEAD' })).status, 200);
    const aborter = new AbortController();
    const readers = await Promise.all([1, 2, 3].map(() => fetch(`${url}/live`, { signal: aborter.signal })));
    assert.deepEqual(
      readers.map(({ headers }) => headers.get('content-type')),
      Array(3).fill('text/event-stream'),
    );
    assert.equal(streams(), 3);
    aborter.abort();
    while (streams() > 0) await new Promise(setImmediate);
  });
});

describe('a hostile name', () => {
  for (const name of HOSTILE_NAMES) {
    it(`is only a name on every page: ${JSON.stringify(name.slice(0, 40))}`, async (t) => {
      const pages = await servePagesFor(t, OPEN);
      await pages.book(
        'edge-1',
        [userDay(name, TODAY, GB, { comment: name })],
        [{ at: EVENING - 1, code: 'QUEUE_GONE', queue: name, detail: name }],
      );
      await createBreachStore({ database: pages.database }).record([breachOf('edge-1', name)], []);
      const link = userLink('edge-1', name, { day: TODAY });
      const user = await fetch(pages.url + link, HTML);
      assert.equal(user.status, 200, link);
      const search = `/?q=${encodeURIComponent(name)}`;
      for (const html of [
        await user.text(),
        ...(await Promise.all(['/', '/d/edge-1', '/alerts', search].map((path) => get(pages.url + path)))),
      ]) {
        assert.doesNotMatch(html, /<script>|<img|\u202e|\u0000|onerror=alert\(1\)>(?!&)/);
        const shown = name.replace(/[\u202e\0]/g, '\ufffd').replace(/\s+/g, ' ');
        assert.ok(readable(html).includes(shown), `${html.length} bytes without the name`);
      }
      assert.equal((await (await fetch(`${pages.url}/usage.csv`)).text()).includes('\n=cmd'), false);
    });
  }

  it('never leads anywhere but to its own page', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (router, user) => {
        const base = 'http://here.example';
        for (const link of [userLink(router, user), routerLink(router)]) {
          const { origin, pathname } = new URL(link, base);
          assert.equal(origin, base);
          assert.match(pathname, /^\/(u|d)(\/[^/]+)*$/);
        }
        const url = new URL(userLink(router, user), base);
        const [, , ...segments] = url.pathname.split('/').map(decodeURIComponent);
        const names =
          segments.length === 2 ? segments : [url.searchParams.get('router') ?? '', url.searchParams.get('user') ?? ''];
        assert.deepEqual(names, [router.toWellFormed(), user.toWellFormed()]);
      }),
    );
  });
});

describe('Today while there is no router at all', () => {
  it('leads an admin to the inventory, and tells everybody else who adds one', async (t) => {
    const pages = await servePagesFor(t, { hasAccounts: true, password: null });
    pages.conditions.splice(0);
    await addUser(pages.database, 'root', 'admin');
    await addUser(pages.database, 'guest', 'viewer');
    const textFor = async (name: string) =>
      await (await fetch(pages.url, { headers: { cookie: await sessionOf(pages.database, name) } })).text();
    const forAdmin = await textFor('root');
    assert.match(forAdmin, /No router is read yet\. Add the first one.*\n.*<a class="button" href="\/inventory">/);
    assert.ok(!forAdmin.includes('Search users') && !forAdmin.includes('No usage today'));
    const forViewer = await textFor('guest');
    assert.match(forViewer, /No router is read yet\. An admin adds the first one/);
    assert.ok(!forViewer.includes('class="button"'));
    pages.conditions.push(freshRouter('edge-1'));
    assert.match(await textFor('root'), /No usage today yet\./);
  });
});
