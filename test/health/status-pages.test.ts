import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { StatusPage } from '../../src/health/public-status.ts';
import { createMaintenanceStore } from '../../src/health/store/health-archive.ts';
import { recordOf, writeHealth } from '../support/health-site.ts';
import { EVENING, freshRouter, type ServedPages, servePagesFor } from '../support/pages.ts';
import { readable } from '../support/readable-html.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

const HTML = { headers: { accept: 'text/html' } };
const HOUR = 3_600_000;
const HOSTILE = '<b>{{slug}}</b>';
const PAGES: readonly StatusPage[] = [
  { slug: 'village', title: `Village ${HOSTILE}`, devices: [{ device: 'edge-1', name: `North ${HOSTILE}` }] },
];

async function serve(t: TestContext) {
  const pages = await servePagesFor(t, { hasAccounts: true, password: null, statusPages: PAGES });
  const health = { state: 'down', since: EVENING - HOUR, reason: 'dead at 192.0.2.1', code: 'DEAD' } as const;
  const record = recordOf('edge-1', EVENING - 40 * 24 * HOUR, { ...health, lookedAt: { at: EVENING, monotonicMs: 1 } });
  await writeHealth(pages.database, { at: EVENING, records: [record] });
  return pages;
}

describe('a public status page', () => {
  it('is for everybody, without login, and leads nowhere', async (t) => {
    const { url } = await serve(t);
    const answer = await fetch(`${url}/status/village`, HTML);
    const html = await answer.text();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=15');
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.doesNotMatch(html, /<a |<script|<form|href="(?!\/assets\/(?:style\.css|icon\.svg)\?v&#x3D;)/);
    assert.doesNotMatch(html, /edge-1|192\.0\.2|dead at|NetSentinel/);
    assert.match(readable(html), /Village <b>\{\{slug\}\}<\/b> .*0 of 1 up, 1 down .*North <b>.* Down for 1 h/);
    assert.equal(answer.headers.get('set-cookie'), null);
  });

  it('is answered like any other address where there is none', async (t) => {
    const { url } = await serve(t);
    for (const path of ['status/other', 'status/', 'status/Village', 'status/village/', 'status/edge-1']) {
      const [one, other] = [await fetch(`${url}/${path}`, HTML), await fetch(`${url}/nowhere`, HTML)];
      assert.deepEqual([one.status, await one.text()], [404, await other.text()], path);
      assert.equal(one.headers.get('cache-control'), other.headers.get('cache-control'));
    }
  });

  it('is read from the database once in 15 s, however many ask', async (t) => {
    const pages = await serve(t);
    let reads = 0;
    const { read } = pages.database;
    Object.assign(pages.database, {
      read(...work: Parameters<typeof read>) {
        reads += 1;
        return read(...work);
      },
    });
    const ask = async () => await (await fetch(`${pages.url}/status/village`, HTML)).text();
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, ask));
    for (const other of others) assert.equal(other, first);
    const once = reads;
    assert.ok(once > 0 && once < 10, `${once}`);
    pages.clock.advance(14_999);
    await ask();
    assert.equal(reads, once);
    pages.clock.advance(1);
    await ask();
    assert.equal(reads, 2 * once);
  });

  it('is compressed once, for those who take it', async (t) => {
    const { url } = await serve(t);
    const { request } = await import('node:http');
    const [encoding, length] = await new Promise<[string | undefined, number]>((resolve) => {
      request(`${url}/status/village`, { headers: { 'accept-encoding': 'gzip' } }, async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part);
        resolve([answer.headers['content-encoding'], gunzipSync(Buffer.concat(parts)).length]);
      }).end();
    });
    assert.equal(encoding, 'gzip');
    assert.equal(length, Buffer.byteLength(await (await fetch(`${url}/status/village`, HTML)).text()));
  });

  it('says so, and no more, while the database does not answer, and recovers', async (t) => {
    const pages = await serve(t);
    const { read } = pages.database;
    const { TroubleError } = await import('../../src/runtime/errors.ts');
    Object.assign(pages.database, {
      read: () => Promise.reject(new TroubleError('DATABASE_UNREACHABLE', 'at db', 'x')),
    });
    const away = await fetch(`${pages.url}/status/village`, HTML);
    const html = await away.text();
    assert.deepEqual([away.status, away.headers.get('cache-control')], [503, 'no-store']);
    assert.match(readable(html), /cannot be shown at the moment/);
    assert.doesNotMatch(html, /<a |at db|DATABASE/);
    Object.assign(pages.database, { read });
    pages.clock.advance(15_000);
    assert.equal((await fetch(`${pages.url}/status/village`, HTML)).status, 200);
  });
});

describe('maintenance windows on the page', () => {
  async function logIn(pages: ServedPages, role: 'viewer' | 'operator') {
    await addUser(pages.database, role, role);
    const cookie = await sessionOf(pages.database, role);
    const headers = { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin' };
    const post = (path: string, form: Record<string, string>) =>
      fetch(pages.url + path, { method: 'POST', headers, body: new URLSearchParams(form), redirect: 'manual' });
    const get = async () => await (await fetch(`${pages.url}/maintenance`, { headers })).text();
    return { post, get };
  }
  const windowsOf = ({ database }: ServedPages) => createMaintenanceStore({ database }).list();
  const FORM = { device: 'edge-1', tag: '', from: '2026-11-20T18:00', to: '2026-11-20T20:00', every: '' };

  it('are added, shown and removed by an operator, which is on record', async (t) => {
    const pages = await serve(t);
    pages.conditions.push(freshRouter(HOSTILE));
    const { post, get } = await logIn(pages, 'operator');
    assert.match(readable(await get()), /There are no maintenance windows/);
    for (const form of [FORM, { ...FORM, device: HOSTILE, every: 'week' }, { ...FORM, device: '', tag: 'north' }]) {
      const added = await post('/maintenance', form);
      assert.deepEqual([added.status, added.headers.get('location')], [303, '/maintenance']);
    }
    const html = await get();
    assert.ok(!html.includes(HOSTILE));
    const text = readable(html);
    assert.match(text, /3 windows, 3 open now/);
    assert.match(text, /edge-1 Fri 20 Nov, 18:00 Fri 20 Nov, 20:00 once open now/);
    assert.match(text, /<b>\{\{slug\}\}<\/b> Fri 20 Nov, 18:00 .* every week/);
    assert.match(text, /all with the tag north/);
    const [first] = await windowsOf(pages);
    const startsAt = EVENING - 15 * 60_000;
    assert.deepEqual(
      { ...first, id: 1 },
      { id: 1, device: 'edge-1', tag: null, startsAt, endsAt: startsAt + 2 * HOUR, isWeekly: false },
    );
    for (const id of [first?.id, first?.id, 999, 'x']) {
      assert.equal((await post(`/maintenance/${id}/remove`, {})).status, 303);
    }
    assert.equal((await windowsOf(pages)).length, 2);
    const { audit } = createAccountBooks(pages);
    const entries = await audit.list({ most: 10 });
    const changes = entries.filter(({ action }) => action.startsWith('maintenance'));
    assert.deepEqual(changes.map(({ who, action, subject }) => `${who} ${action} ${subject}`).toSorted(), [
      'operator maintenance.add 1 edge-1',
      `operator maintenance.add 2 ${HOSTILE}`,
      'operator maintenance.add 3 tag north',
      'operator maintenance.remove 1 edge-1',
    ]);
  });

  for (const [what, change, problem] of [
    ['for nobody', { device: '' }, /Give a device or a tag/],
    ['for both', { tag: 'north' }, /Give a device or a tag/],
    ['for a device that there is not', { device: 'EDGE-9' }, /No device has this name/],
    ['without a begin', { from: '' }, /Is missing\./],
    ['at no time', { from: 'soon' }, /Must be a time like/],
    ['that is over before it begins', { to: '2026-11-20T17:00' }, /Must be later than the begin/],
    ['of years', { to: '2036-11-20T17:00' }, /At most a year/i],
  ] as const) {
    it(`is not added ${what}: the form comes back as it was typed, with the problem at its field`, async (t) => {
      const pages = await serve(t);
      const { post } = await logIn(pages, 'operator');
      const answer = await post('/maintenance', { ...FORM, ...change });
      const html = await answer.text();
      assert.equal(answer.status, 400);
      assert.match(readable(html), problem);
      for (const text of Object.values({ ...FORM, ...change }))
        if (text !== '') assert.ok(html.includes(`value="${text}"`));
      assert.deepEqual(await windowsOf(pages), []);
    });
  }

  it('are only shown to a viewer', async (t) => {
    const pages = await serve(t);
    const { post, get } = await logIn(pages, 'viewer');
    assert.doesNotMatch(await get(), /action="\/maintenance"/);
    assert.equal((await post('/maintenance', FORM)).status, 403);
    assert.equal((await post('/maintenance/1/remove', {})).status, 403);
  });

  it('are the same for programs, with a token that may', async (t) => {
    const pages = await serve(t);
    const ask = async (role: 'viewer' | 'operator', method: string, path = '', body?: object) => {
      const authorization = `Bearer ${await tokenWith(pages.database, role)}`;
      const answer = await fetch(`${pages.url}/api/v1/maintenance${path}`, {
        method,
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return [answer.status, text === '' ? null : JSON.parse(text)] as const;
    };
    const window = { device: 'edge-1', from: '2026-11-20T13:00:00Z', to: '2026-11-20T20:00', every: 'week' };
    assert.equal((await ask('viewer', 'POST', '', window))[0], 403);
    const entry = {
      ...{ id: 1, device: 'edge-1', tag: null, from: '2026-11-20T13:00:00.000Z', to: '2026-11-20T15:00:00.000Z' },
      ...{ every: 'week', open: true },
    };
    assert.deepEqual(await ask('operator', 'POST', '', window), [201, entry]);
    assert.deepEqual(await ask('viewer', 'GET'), [200, [entry]]);
    const [status, refused] = await ask('operator', 'POST', '', { ...window, device: 'nowhere' });
    assert.deepEqual([status, refused.code, refused.problems[0].path], [400, 'MAINTENANCE_DEVICE_UNKNOWN', 'device']);
    assert.equal((await ask('viewer', 'DELETE', '/1'))[0], 403);
    assert.deepEqual(await ask('operator', 'DELETE', '/1'), [204, null]);
    assert.deepEqual((await ask('operator', 'DELETE', '/1'))[1].code, 'MAINTENANCE_UNKNOWN');
  });
});
