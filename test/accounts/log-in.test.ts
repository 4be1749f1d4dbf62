import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { IDLE_MS, SESSION_MS } from '../../src/accounts/session-limits.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { type ServedPages, servePages } from '../support/pages.ts';
import { addUser, sessionOf, USER_PASSWORD } from '../support/users.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How soon other processes know. */
const KNOWN_MS = 10_000;

async function post(
  url: string,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams(fields);
  const response = await fetch(url + path, {
    method: 'POST',
    body,
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
    redirect: 'manual',
  });
  await response.clone().text();
  return response;
}

const logIn = (url: string, name: string, password: string, headers: Record<string, string> = {}) =>
  post(url, '/login', { name, password, next: '/alerts' }, headers);

function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function statusOf(url: string, cookie: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/me`, { headers: { cookie } });
  await response.text();
  return response.status;
}

for (const [name, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describeLogins(name, fresh);
}

function describeLogins(name: string, fresh: FreshDatabase): void {
  describe(`logins with accounts in ${name}`, () => {
    async function serve(t: TestContext, on?: Database): Promise<ServedPages & { again(): Promise<ServedPages> }> {
      const test = on === undefined ? await migrated(fresh) : null;
      const database = on ?? test?.database;
      if (database === undefined) throw new Error('there is no database');
      const options = { on: database, trustProxy: true };
      const first = await servePages({ hasAccounts: true, password: null }, options);
      const all = [first];
      t.after(async () => {
        for (const pages of all) {
          await pages.close();
          assert.deepEqual(pages.logger.errors(), []);
        }
        await test?.drop();
      });
      return {
        ...first,
        async again() {
          const other = await servePages({ hasAccounts: true, password: null }, options);
          all.push(other);
          return other;
        },
      };
    }

    it('lead in by name and password, in upper or lower case, to where people wanted to go', async (t) => {
      const { url, database } = await serve(t);
      await addUser(database, 'ann', 'operator');
      const response = await logIn(url, 'Ann', USER_PASSWORD);
      assert.deepEqual([response.status, response.headers.get('location')], [303, '/alerts']);
      assert.match(
        response.headers.get('set-cookie') ?? '',
        /^netsentinel_session=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/,
      );
      const me = await fetch(`${url}/api/v1/me`, { headers: { cookie: cookieOf(response) } });
      assert.deepEqual(await me.json(), { name: 'ann', kind: 'user', role: 'operator' });
      assert.equal(me.headers.get('cache-control'), 'no-store');
    });

    it('say the same of a wrong password and of a name that nobody has', async (t) => {
      const { url, database, logger } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const texts = [];
      for (const tried of ['ann', 'bob']) {
        const response = await logIn(url, tried, 'not the password');
        assert.equal(response.status, 401);
        texts.push((await response.text()).replace(tried, 'X'));
      }
      assert.equal(texts[0], texts[1]);
      assert.match(texts[0] ?? '', /Wrong name or password\./);
      assert.equal(logger.entries.filter(({ fields }) => fields['code'] === 'LOGIN_FAILED').length, 2);
    });

    it('are on record: those that worked, and those that failed with the name that was tried', async (t) => {
      const { url, database } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const cookie = cookieOf(await logIn(url, 'ann', USER_PASSWORD, { 'x-forwarded-for': '198.51.100.7' }));
      await logIn(url, 'bob', 'a secret of bob');
      await logIn(url, 'My Password 123!', 'typed into the wrong field');
      await post(url, '/logout', {}, { cookie });
      const entries = await createAccountBooks({ database }).audit.list({ most: 20 });
      assert.deepEqual(
        entries
          .filter(({ action }) => action !== 'test')
          .map(({ who, kind, from, action, outcome }) => [who, kind, from, action, outcome])
          .sort(),
        [
          ['(invalid name)', 'user', '127.0.0.1', 'login', 'refused'],
          ['ann', 'user', '127.0.0.1', 'logout', 'ok'],
          ['ann', 'user', '198.51.100.7', 'login', 'ok'],
          ['bob', 'user', '127.0.0.1', 'login', 'refused'],
        ],
      );
      assert.doesNotMatch(JSON.stringify(entries), /secret of bob|My Password|wrong field/);
    });

    it('are on record when they have to wait, once, and so is a wrong password on the page of the account', async (t) => {
      const { url, database } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const cookie = await sessionOf(database, 'ann');
      const fields = { current: 'not the password', password: 'another long password' };
      assert.equal((await post(url, '/account/password', fields, { cookie })).status, 400);
      for (let tries = 0; tries < 6; tries += 1) await logIn(url, 'ann', 'wrong');
      const waiting = await post(url, '/account/password', fields, { cookie });
      assert.deepEqual([waiting.status, waiting.headers.get('retry-after')], [429, '900']);
      const entries = (await createAccountBooks({ database }).audit.list({ most: 20 })).filter(
        ({ action }) => action !== 'test',
      );
      const words = entries.map(({ who, action, subject, outcome }) => [who, action, subject, outcome].join(' '));
      assert.deepEqual(words.sort(), [
        'ann login  LOGIN_WAIT',
        ...Array.from({ length: 4 }, () => 'ann login  refused'),
        'ann user.set ann: password refused',
      ]);
      assert.doesNotMatch(JSON.stringify(entries), /not the password|another long/);
    });

    it('are refused after five wrong ones for the account from an address, at every worker, and only from there', async (t) => {
      const first = await serve(t);
      await addUser(first.database, 'ann', 'viewer');
      await addUser(first.database, 'bob', 'viewer');
      const second = await first.again();
      const from = { 'x-forwarded-for': '198.51.100.7' };
      for (let tries = 0; tries < 5; tries += 1) {
        const { url } = tries % 2 === 0 ? first : second;
        assert.equal((await logIn(url, 'ann', 'wrong', from)).status, 401);
      }
      for (const { url } of [first, second]) {
        const response = await logIn(url, 'ann', USER_PASSWORD, from);
        assert.equal(response.status, 429);
        assert.equal(response.headers.get('retry-after'), '900');
        assert.match(await response.text(), /Try again in 15 minutes/);
      }
      assert.equal((await logIn(first.url, 'bob', USER_PASSWORD, from)).status, 303);
      assert.equal((await logIn(first.url, 'ann', USER_PASSWORD)).status, 303);
      first.hostClock.advance(15 * MINUTE_MS);
      assert.equal((await logIn(first.url, 'ann', USER_PASSWORD, from)).status, 303);
    });

    it('that come all at once are no way around that', async (t) => {
      const { url, database } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const tries = Array.from({ length: 20 }, () => logIn(url, 'ann', 'wrong'));
      const statuses = (await Promise.all(tries)).map(({ status }) => status);
      assert.ok(statuses.filter((status) => status === 401).length <= 5, statuses.join(' '));
      assert.equal((await logIn(url, 'ann', USER_PASSWORD)).status, 429);
    });

    it('take what a proxy passes on as an address, and is none, for one that is unknown', async (t) => {
      const { url, database } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const response = await logIn(url, 'ann', USER_PASSWORD, { 'x-forwarded-for': `no address ${'x'.repeat(500)}` });
      assert.equal(response.status, 303);
      const [session] = await createAccountBooks({ database }).sessions.list('ann');
      assert.equal(session?.address, 'unknown');
    });

    it('end at the server by logging out: here at once, elsewhere within ten seconds', async (t) => {
      const first = await serve(t);
      await addUser(first.database, 'ann', 'viewer');
      const second = await first.again();
      const cookie = cookieOf(await logIn(first.url, 'ann', USER_PASSWORD));
      assert.deepEqual([await statusOf(first.url, cookie), await statusOf(second.url, cookie)], [200, 200]);
      const out = await post(first.url, '/logout', {}, { cookie });
      assert.deepEqual([out.status, out.headers.get('location')], [303, '/login']);
      assert.equal(await statusOf(first.url, cookie), 401);
      second.hostClock.advance(KNOWN_MS);
      assert.equal(await statusOf(second.url, cookie), 401);
    });

    it('end after 12 hours without a request, and after seven days whatever comes', async (t) => {
      const { url, database, hostClock } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const idle = await sessionOf(database, 'ann');
      hostClock.advance(IDLE_MS - 1);
      assert.equal(await statusOf(url, idle), 200);
      const used = await sessionOf(database, 'ann');
      await createAccountBooks({ database }).sessions.list('ann');
      hostClock.advance(IDLE_MS);
      assert.equal(await statusOf(url, used), 401, 'not used for longer');
      const cookie = cookieOf(await logIn(url, 'ann', USER_PASSWORD));
      let hours = 0;
      while ((await statusOf(url, cookie)) === 200) {
        assert.ok(hours < 200, 'it never ends');
        hours += 8;
        hostClock.advance(8 * HOUR_MS);
        await new Promise(setImmediate);
      }
      assert.equal(hours * HOUR_MS, SESSION_MS);
    });

    it('end after 12 hours though a page is left open, which asks by itself', async (t) => {
      const { url, database, hostClock } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const cookie = await sessionOf(database, 'ann');
      const ask = async (path: string, more: Record<string, string> = {}) => {
        const response = await fetch(url + path, { headers: { cookie, ...more } });
        await response.body?.cancel();
        return response.status;
      };
      hostClock.advance(8 * HOUR_MS);
      assert.equal(await ask('/live?topics=usage'), 200);
      assert.equal(await ask('/', { 'x-netsentinel-refresh': '1' }), 200);
      hostClock.advance(4 * HOUR_MS);
      assert.equal(await statusOf(url, cookie), 401);
    });

    it('are asked for only from this site', async (t) => {
      const { url, database } = await serve(t);
      await addUser(database, 'ann', 'viewer');
      const tryFrom = async (headers: Record<string, string>) => {
        const body = new URLSearchParams({ name: 'ann', password: USER_PASSWORD });
        return (await fetch(`${url}/login`, { method: 'POST', body, headers, redirect: 'manual' })).status;
      };
      assert.equal(await tryFrom({}), 403);
      assert.equal(await tryFrom({ 'sec-fetch-site': 'cross-site', origin: url }), 403);
      assert.equal(await tryFrom({ origin: 'http://evil.example' }), 403);
      assert.equal(await tryFrom({ origin: url }), 303);
      const behindProxy = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'net.example' };
      assert.equal(await tryFrom({ ...behindProxy, origin: 'https://net.example' }), 303);
      assert.equal(await tryFrom({ ...behindProxy, origin: 'http://net.example' }), 403);
    });
  });
}
