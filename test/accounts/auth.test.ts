import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createLoginThrottle } from '../../src/accounts/login-throttle.ts';
import { localPath } from '../../src/accounts/routes/requests.ts';
import { SESSION_MS } from '../../src/accounts/session-limits.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { PASSWORD, servePagesFor, TODAY } from '../support/pages.ts';

const MINUTE_MS = 60_000;
const HTML = { accept: 'text/html' };

function logIn(url: string, password: string, more: Record<string, string> = {}, next = '/'): Promise<Response> {
  return fetch(`${url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ password, next }),
    headers: more,
    redirect: 'manual',
  });
}

async function cookieOf(url: string): Promise<string> {
  const response = await logIn(url, PASSWORD);
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

const PATHS = [
  '/',
  '/alerts',
  '/r',
  '/r/edge-1',
  '/d/edge-1',
  '/u/edge-1/bob',
  '/live',
  '/usage.csv',
  '/api/v1/today',
  '/api/v1/users/edge-1/bob',
  '/api/v1/user?router=edge-1&user=bob',
  '/api/v1/routers',
  '/api/v1/routers/edge-1',
  '/api/v1/router?name=edge-1',
  '/api/v1/alerts',
  '/api/v1/usage',
  '/api/v1/explain?queue=bob',
];

describe('the pages with a password', () => {
  it('send people to the login, and back to where they wanted to go', async (t) => {
    const { url } = await servePagesFor(t);
    const asked = await fetch(`${url}/u/edge-1/bob?day=${TODAY}`, { headers: HTML, redirect: 'manual' });
    assert.equal(asked.status, 303);
    const login = asked.headers.get('location') ?? '';
    assert.equal(login, `/login?next=${encodeURIComponent(`/u/edge-1/bob?day=${TODAY}`)}`);
    const form = await (await fetch(url + login)).text();
    const next = /name="next" value="([^"]*)"/.exec(form)?.[1]?.replaceAll('&#x3D;', '=') ?? '';
    const entered = await logIn(url, PASSWORD, {}, next);
    assert.deepEqual([entered.status, entered.headers.get('location')], [303, `/u/edge-1/bob?day=${TODAY}`]);
  });

  it('show nothing without a login', async (t) => {
    const { url } = await servePagesFor(t);
    for (const path of PATHS) {
      assert.equal((await fetch(url + path)).status, 401, path);
      assert.equal((await fetch(url + path, { method: 'HEAD' })).status, 401, path);
    }
    for (const path of ['/healthz', '/readyz', '/metrics', '/login']) {
      assert.equal((await fetch(url + path)).status, 200, path);
    }
  });

  it('keep the session in a cookie that no script reads and no other site sends along', async (t) => {
    const { url } = await servePagesFor(t);
    const cookie = (await logIn(url, PASSWORD)).headers.get('set-cookie');
    assert.match(cookie ?? '', /^netsentinel_session=[\w.-]+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
    const response = await fetch(`${url}/`, { headers: { ...HTML, cookie: cookie?.split(';')[0] ?? '' } });
    assert.equal(response.status, 200);
  });

  it('refuse a cookie that is not ours, is changed, is over or was logged out of', async (t) => {
    const { url, hostClock } = await servePagesFor(t);
    const cookie = await cookieOf(url);
    const status = async (value: string) => (await fetch(`${url}/alerts`, { headers: { cookie: value } })).status;
    assert.equal(await status(cookie), 200);
    const changed = cookie.replace(/=./, (text) => (text === '=A' ? '=B' : '=A'));
    const signed = 'netsentinel_session=1795785600000.abc.def';
    for (const other of ['', 'netsentinel_session=', signed, `${cookie}x`, cookie.slice(0, -1), changed]) {
      assert.equal(await status(other), 401, other);
    }
    const second = await cookieOf(url);
    await fetch(`${url}/logout`, { method: 'POST', headers: { cookie: second }, redirect: 'manual' });
    assert.deepEqual([await status(second), await status(cookie)], [401, 200]);
    hostClock.advance(SESSION_MS);
    assert.equal(await status(cookie), 401);
  });

  it('leave to a proxy what it puts into Authorization, but for our own tokens', async (t) => {
    const { url } = await servePagesFor(t);
    const cookie = await cookieOf(url);
    const status = async (authorization: string) =>
      (await fetch(`${url}/alerts`, { headers: { cookie, authorization } })).status;
    assert.deepEqual(
      [await status('Bearer x.y.z'), await status('Basic eA=='), await status(`Bearer nst_${'a'.repeat(43)}`)],
      [200, 200, 401],
    );
  });

  it('make an address wait after five wrong passwords, whatever it says then, and say for how long', async (t) => {
    const { url, hostClock, logger } = await servePagesFor(t);
    for (let tries = 0; tries < 5; tries += 1) assert.equal((await logIn(url, 'wrong')).status, 401);
    const response = await logIn(url, PASSWORD);
    assert.equal(response.status, 429);
    assert.equal(response.headers.get('retry-after'), '900');
    assert.match(await response.text(), /Try again in 15 minutes/);
    hostClock.advance(15 * MINUTE_MS);
    assert.equal((await logIn(url, PASSWORD)).status, 303);
    assert.equal(logger.entries.filter(({ fields }) => fields['code'] === 'LOGIN_FAILED').length, 5);
    assert.doesNotMatch(JSON.stringify(logger.entries), /wrong"|correct horse/);
  });

  it('take the address and https of a client from a proxy that is configured, and from nobody else', async (t) => {
    const forwarded = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
    const secure = async (trustProxy: boolean | string[]) => {
      const { url, logger } = await servePagesFor(t, {}, { trustProxy });
      await logIn(url, 'wrong', forwarded);
      const cookie = (await logIn(url, PASSWORD, forwarded)).headers.get('set-cookie') ?? '';
      const asked = logger.entries.find(({ fields }) => fields['code'] === 'LOGIN_FAILED')?.fields['address'];
      return [cookie.endsWith('; Secure'), asked];
    };
    assert.deepEqual(await secure(false), [false, '127.0.0.1']);
    assert.deepEqual(await secure(true), [true, '198.51.100.7']);
    assert.deepEqual(await secure(['127.0.0.0/8']), [true, '198.51.100.7']);
    assert.deepEqual(await secure(['192.0.2.1']), [false, '127.0.0.1']);
  });

  it('do not let somebody behind a proxy say who they are', async (t) => {
    const { url, logger } = await servePagesFor(t, {}, { trustProxy: true });
    await logIn(url, 'wrong', { 'x-forwarded-for': '10.9.9.9, 198.51.100.7' });
    assert.equal(logger.entries.find(({ level }) => level === 'warn')?.fields['address'], '198.51.100.7');
  });

  it('take no form of another site', async (t) => {
    const { url } = await servePagesFor(t);
    assert.equal((await logIn(url, PASSWORD, { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await logIn(url, PASSWORD, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await logIn(url, PASSWORD, { origin: url })).status, 303);
    const cookie = await cookieOf(url);
    const out = { method: 'POST', headers: { cookie, 'sec-fetch-site': 'cross-site' } };
    assert.equal((await fetch(`${url}/logout`, out)).status, 403);
    assert.equal((await fetch(`${url}/alerts`, { headers: { cookie } })).status, 200);
  });
});

describe('the pages without a password', () => {
  it('answer only to names of this machine, so that no foreign page can read them through a name of its own', async (t) => {
    const { url } = await servePagesFor(t, { password: null });
    const { port } = new URL(url);
    assert.equal((await fetch(`${url}/`)).status, 200);
    assert.equal((await fetch(`http://localhost:${port}/`)).status, 200);
    assert.equal(await statusWithHost(t, url, 'evil.example'), 403);
    assert.equal(await statusWithHost(t, url, `127.0.0.1.evil.example:${port}`), 403);
  });

  it('have nothing to log in to or out of', async (t) => {
    const { url } = await servePagesFor(t, { password: null });
    assert.equal((await fetch(`${url}/login`)).status, 404);
    assert.doesNotMatch(await (await fetch(`${url}/`)).text(), /Log out/);
  });
});

async function statusWithHost(t: TestContext, url: string, host: string): Promise<number> {
  const { request } = await import('node:http');
  return await new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
    t.after(() => asked.destroy());
  });
}

describe('where a login leads', () => {
  const cases: [string | null, string][] = [
    ['/u/edge-1/bob?day=2026-11-20', '/u/edge-1/bob?day=2026-11-20'],
    ['/u/a%2Fb/c', '/u/a%2Fb/c'],
    [null, '/'],
    ['', '/'],
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example/', '/'],
    ['/.//evil.example/', '/evil.example/'],
    ['javascript:alert(1)', '/'],
  ];
  for (const [asked, path] of cases) {
    it(`is ${path} for ${JSON.stringify(asked)}`, () => assert.equal(localPath(asked), path));
  }

  it('is never another site', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `/${text}`),
        ),
        (text) => {
          assert.equal(new URL(localPath(text), 'http://here.example').origin, 'http://here.example');
        },
      ),
    );
  });
});

describe('the throttle of logins', () => {
  it('counts an IPv6 subscriber as one, and IPv4 addresses each', () => {
    const throttle = createLoginThrottle({ clock: createManualClock(0) });
    for (let host = 1; host <= 5; host += 1) {
      throttle.failed(`2001:db8:1:2::${host}`);
      throttle.failed(`::ffff:192.0.2.${host}`);
    }
    assert.ok(throttle.waitMs('2001:db8:1:2:ffff::1') > 0);
    assert.equal(throttle.waitMs('2001:db8:1:3::1'), 0);
    assert.equal(throttle.waitMs('192.0.2.1'), 0);
  });

  it('makes everybody wait when many addresses guess', () => {
    const clock = createManualClock(0);
    const throttle = createLoginThrottle({ clock });
    for (let host = 0; host < 50; host += 1) throttle.failed(`192.0.2.${host}`);
    assert.equal(throttle.waitMs('198.51.100.1'), 15 * MINUTE_MS);
    clock.advance(15 * MINUTE_MS);
    assert.equal(throttle.waitMs('198.51.100.1'), 0);
  });

  it('lets the oldest try expire by itself', () => {
    const clock = createManualClock(0);
    const throttle = createLoginThrottle({ clock });
    for (let tries = 0; tries < 5; tries += 1) {
      throttle.failed('192.0.2.1');
      clock.advance(MINUTE_MS);
    }
    assert.equal(throttle.waitMs('192.0.2.1'), 10 * MINUTE_MS);
  });
});
