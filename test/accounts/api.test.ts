import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { type ServedPages, servePages, servePagesFor } from '../support/pages.ts';
import { addUser, sessionOf, tokenWith, USER_PASSWORD } from '../support/users.ts';

const SECRET = 'quite another secret';

async function serve(t: TestContext) {
  return await withCalls(await servePagesFor(t, { hasAccounts: true, password: null }));
}

/** The same on a database of this kind. */
async function serveOn(t: TestContext, fresh: FreshDatabase) {
  const { database, drop } = await migrated(fresh);
  const pages = await servePages({ hasAccounts: true, password: null }, { on: database });
  t.after(async () => {
    await pages.close();
    await drop();
    assert.deepEqual(pages.logger.errors(), []);
  });
  return await withCalls(pages);
}

async function withCalls(pages: ServedPages) {
  await addUser(pages.database, 'root', 'admin');
  const authorization = `Bearer ${await tokenWith(pages.database, 'admin')}`;
  const call = (method: string, path: string, body?: unknown) => send({ authorization }, method, path, body);
  /** As root who is logged in. */
  async function callAsRoot(method: string, path: string, body?: unknown) {
    const cookie = await sessionOf(pages.database, 'root');
    return await send({ cookie, 'sec-fetch-site': 'same-origin' }, method, path, body);
  }
  async function send(who: Record<string, string>, method: string, path: string, body?: unknown) {
    const response = await fetch(`${pages.url}/api/v1/${path}`, {
      method,
      headers: { ...who, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
    return { status: response.status, json, text };
  }
  return { ...pages, call, callAsRoot };
}

describe('the API of users', () => {
  it('adds, shows, changes and removes one', async (t) => {
    const { call } = await serve(t);
    const added = await call('POST', 'users', { name: 'Ann', role: 'viewer', password: SECRET });
    const shown = {
      name: 'ann',
      role: 'viewer',
      sessions: 0,
      createdAt: '2026-11-20T13:15:00.000Z',
      lastLoginAt: null,
    };
    assert.deepEqual([added.status, added.json], [201, shown]);
    assert.equal((await call('PATCH', 'users/ann', { role: 'operator' })).status, 200);
    const { json } = await call('GET', 'users');
    assert.deepEqual(Array.isArray(json) && json.map(({ name, role }) => `${name} ${role}`), [
      'ann operator',
      'root admin',
    ]);
    assert.deepEqual((await call('DELETE', 'users/ann')).status, 204);
    assert.deepEqual((await call('DELETE', 'users/ann')).status, 404);
  });

  it('says all that is wrong with a body at once, and repeats none of it', async (t) => {
    const { call } = await serve(t);
    const { status, json, text } = await call('POST', 'users', {
      name: '../x',
      role: 'king',
      password: 'short',
      [SECRET]: 1,
    });
    assert.equal(status, 400);
    assert.deepEqual(json, {
      error: 'the body is not valid',
      problems: [
        { path: 'name', message: 'use 1 to 64 letters a-z, digits and . _ @ -, the first a letter or digit' },
        { path: 'role', message: 'use viewer, operator, admin' },
        { path: 'password', message: 'use at least 12 characters' },
        { path: '', message: 'has keys that are not known' },
      ],
    });
    assert.doesNotMatch(text, new RegExp(SECRET));
    for (const body of [`{"password":"${SECRET}"`, '[]', '"text"', 'null']) {
      const answer = await call('POST', 'users', body);
      assert.equal(answer.status, 400, body);
      assert.doesNotMatch(answer.text, new RegExp(SECRET));
    }
    assert.equal((await call('PATCH', 'users/root', {})).status, 400);
    assert.equal(
      (await call('POST', 'users', { name: 'x', role: 'viewer', password: 'x'.repeat(20_000) })).status,
      413,
    );
  });

  it('refuses a name that is taken, and to do without an admin', async (t) => {
    const { call } = await serve(t);
    const again = await call('POST', 'users', { name: 'root', role: 'viewer', password: SECRET });
    assert.deepEqual([again.status, /ACCOUNT_NAME_TAKEN/.test(again.text)], [409, true]);
    for (const last of [await call('PATCH', 'users/root', { role: 'viewer' }), await call('DELETE', 'users/root')]) {
      assert.deepEqual([last.status, /ACCOUNT_LAST_ADMIN/.test(last.text)], [409, true]);
    }
    assert.equal((await call('PATCH', 'users/nobody', { role: 'viewer' })).status, 404);
  });

  it('ends the sessions of a user at once when their role or password changes', async (t) => {
    const { call, database, url } = await serve(t);
    await addUser(database, 'ann', 'viewer');
    for (const change of [{ role: 'operator' }, { password: SECRET }]) {
      const cookie = await sessionOf(database, 'ann');
      const me = async () => (await fetch(`${url}/api/v1/me`, { headers: { cookie } })).status;
      assert.equal(await me(), 200);
      await call('PATCH', 'users/ann', change);
      assert.equal(await me(), 401);
    }
  });
});

describe('the API of tokens', () => {
  it('makes one, shows it this once, and removes it', async (t) => {
    const { call, callAsRoot, url } = await serve(t);
    const made = await callAsRoot('POST', 'tokens', { name: 'billing', role: 'viewer', days: 30 });
    assert.equal(made.status, 201);
    const { id, token }: { id: string; token: string } = JSON.parse(made.text);
    const me = async () =>
      await (await fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).text();
    assert.deepEqual(JSON.parse(await me()), { name: 'billing', kind: 'token', role: 'viewer' });
    const listed = (await call('GET', 'tokens')).text;
    assert.doesNotMatch(listed, new RegExp(token));
    assert.match(listed, /"name":"billing","role":"viewer","owner":"root",.*"expiresAt":"2026-12-20T13:15:00.000Z"/);
    assert.equal((await callAsRoot('POST', 'tokens', { name: 'billing', role: 'viewer' })).status, 409);
    assert.equal((await call('DELETE', `tokens/${id}`)).status, 204);
    assert.match(await me(), /the token is wrong or expired/);
    assert.equal((await call('DELETE', `tokens/${id}`)).status, 404);
  });

  it('ends with its days, and may never do more than its owner', async (t) => {
    const { call, database, url, hostClock } = await serve(t);
    await addUser(database, 'ann', 'admin');
    const cookie = await sessionOf(database, 'ann');
    const own = await fetch(`${url}/api/v1/tokens`, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'of ann', role: 'admin', days: 1 }),
    });
    const { token }: { token: string } = JSON.parse(await own.text());
    const statusAt = async (path: string) =>
      (await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
    assert.equal(await statusAt('users'), 200);
    await call('PATCH', 'users/ann', { role: 'viewer' });
    assert.deepEqual([await statusAt('users'), await statusAt('me')], [403, 200]);
    hostClock.advance(24 * 3_600_000 - 1);
    assert.equal(await statusAt('me'), 200);
    hostClock.advance(1);
    assert.equal(await statusAt('me'), 401);
  });

  it('is not made by a token, which it would outlive', async (t) => {
    const { call } = await serve(t);
    const made = await call('POST', 'tokens', { name: 'minted', role: 'viewer' });
    assert.deepEqual([made.status, /only a user who is logged in/.test(made.text)], [403, true]);
    assert.equal((await call('GET', 'tokens')).text.includes('minted'), false);
  });

  it('works while its last use cannot be kept', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    const books = createAccountBooks({ database });
    const used = () => Promise.reject(new TroubleError('DATABASE_READ_ONLY', 'read only', 'Wait.'));
    const accounts = { ...books, tokens: { ...books.tokens, used } };
    const pages = await servePages({ hasAccounts: true, password: null, accounts }, { on: database });
    t.after(async () => {
      await pages.close();
      await drop();
    });
    const authorization = `Bearer ${await tokenWith(database, 'viewer')}`;
    assert.equal((await fetch(`${pages.url}/api/v1/me`, { headers: { authorization } })).status, 200);
  });
});

for (const [kind, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describe(`what no name, id or action can be, with ${kind}`, () => {
    it('is no other way to write the name of the last admin', async (t) => {
      const { call } = await serveOn(t, fresh);
      for (const name of ['root%20', 'root%20%20', 'Root', '%20root', 'root%09']) {
        assert.equal((await call('PATCH', `users/${name}`, { role: 'viewer' })).status, 404, name);
        assert.equal((await call('DELETE', `users/${name}`)).status, 404, name);
      }
      assert.match((await call('GET', 'users')).text, /"name":"root","role":"admin"/);
    });

    it('is not found, in whatever letters', async (t) => {
      const { call, callAsRoot, url, database } = await serveOn(t, fresh);
      assert.equal((await call('PATCH', 'users/%C3%BC', { role: 'viewer' })).status, 404);
      assert.equal((await call('DELETE', 'users/%C3%BC')).status, 404);
      assert.equal((await call('DELETE', 'tokens/%C3%BC')).status, 404);
      for (const text of ['%C3%BC', '%F0%9F%98%80', '%00']) {
        const found = await callAsRoot('GET', `audit?action=${text}`);
        assert.deepEqual([found.status, found.json], [200, { entries: [], next: null }], text);
      }
      const headers = { cookie: await sessionOf(database, 'root'), accept: 'text/html' };
      for (const [path, status] of [
        ['/audit?action=%C3%BC', 200],
        ['/users/%C3%BC', 404],
      ] as const) {
        assert.equal((await fetch(url + path, { headers })).status, status, path);
      }
    });
  });
}

describe('the API of the audit', () => {
  it('shows who did what, a part at a time', async (t) => {
    const { call, hostClock } = await serve(t);
    await call('POST', 'users', { name: 'ann', role: 'viewer', password: SECRET });
    hostClock.advance(1_000);
    await call('DELETE', 'users/ann');
    interface Page {
      readonly entries: readonly Record<string, string>[];
      readonly next: string | null;
    }
    const first: Page = JSON.parse((await call('GET', 'audit?limit=1')).text);
    const { who, ...entry } = first.entries[0] ?? {};
    assert.match(who ?? '', /^test /);
    assert.deepEqual(entry, {
      at: '2026-11-20T13:15:01.000Z',
      kind: 'token',
      from: '127.0.0.1',
      action: 'user.remove',
      subject: 'ann',
      outcome: 'ok',
    });
    const second: Page = JSON.parse((await call('GET', `audit?action=user.add&before=${first.next}`)).text);
    assert.deepEqual([second.entries.map(({ subject }) => subject), second.next], [['ann as viewer'], null]);
    assert.equal((await call('GET', 'audit?before=x')).status, 400);
    assert.equal((await call('GET', 'audit?limit=1001')).status, 400);
    const days: Page = JSON.parse((await call('GET', 'audit?from=2026-11-21&to=2026-11-21')).text);
    assert.deepEqual(days.entries, []);
  });

  it('has no secret in it, and neither has the log or the database', async (t) => {
    const { call, callAsRoot, url, database, logger } = await serve(t);
    await call('POST', 'users', { name: 'ann', role: 'viewer', password: SECRET });
    const made = await callAsRoot('POST', 'tokens', { name: 'billing', role: 'viewer' });
    const { token }: { token: string } = JSON.parse(made.text);
    const body = new URLSearchParams({ name: 'ann', password: SECRET });
    const login = await fetch(`${url}/login`, { method: 'POST', body, headers: { origin: url }, redirect: 'manual' });
    const cookie = /=([\w-]{43});/.exec(login.headers.get('set-cookie') ?? '')?.[1] ?? '';
    assert.equal(cookie.length, 43);
    const texts = [
      (await call('GET', 'audit')).text,
      JSON.stringify(logger.entries),
      ...['', '-wal'].map((end) => readFileSync(database.place + end).toString('latin1')),
    ];
    assert.match(texts[2] ?? '', /SQLite format/);
    for (const secret of [SECRET, USER_PASSWORD, token, token.slice(4), cookie]) {
      for (const text of texts) assert.ok(!text.includes(secret));
    }
  });
});
