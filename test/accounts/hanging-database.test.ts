import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AccountBooks } from '../../src/accounts/ports.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { servePages } from '../support/pages.ts';
import { addUser, sessionOf, tokenWith, USER_PASSWORD } from '../support/users.ts';

const DEADLINE_MS = 3_000;

/** Nothing that is asked is ever answered; `asked` resolves when it was so often. */
function hanging(times: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const hang = (): Promise<never> => {
    count += 1;
    if (count === times) resolve();
    return new Promise(() => {});
  };
  return { asked: promise, hang, isOver: () => count >= times };
}

async function serve(t: TestContext, change: (books: AccountBooks) => Partial<AccountBooks>) {
  const { database, drop } = await migrated(freshSqlite);
  const books = createAccountBooks({ database });
  const accounts = { ...books, ...change(books) };
  const pages = await servePages({ hasAccounts: true, password: null, accounts }, { on: database });
  t.after(async () => {
    await pages.close();
    await drop();
    assert.deepEqual(pages.logger.errors(), []);
  });
  await addUser(database, 'ann', 'viewer');
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(pages.url + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
      redirect: 'manual',
    });
  return { ...pages, post, books };
}

describe('while the database does not answer', { timeout: 60_000 }, () => {
  it('a logout counts, though it cannot be noted', async (t) => {
    const { asked, hang } = hanging(1);
    const { url, post, database, hostClock } = await serve(t, ({ audit }) => ({ audit: { ...audit, add: hang } }));
    const cookie = await sessionOf(database, 'ann');
    const out = post('/logout', {}, { cookie });
    await asked;
    assert.equal((await fetch(`${url}/api/v1/me`, { headers: { cookie } })).status, 401);
    hostClock.advance(DEADLINE_MS);
    assert.equal((await out).status, 303);
  });

  it('a login fails in time, and gives its place to the next', async (t) => {
    const { asked, hang, isOver } = hanging(2);
    const { post, hostClock } = await serve(t, ({ failures }) => ({
      failures: { ...failures, add: (failure) => (isOver() ? failures.add(failure) : hang()) },
    }));
    const logIn = () => post('/login', { name: 'ann', password: USER_PASSWORD });
    const stuck = [logIn(), logIn()];
    await asked;
    hostClock.advance(DEADLINE_MS);
    assert.deepEqual(
      (await Promise.all(stuck)).map(({ status }) => status),
      [503, 503],
    );
    assert.equal((await logIn()).status, 303);
  });

  for (const what of ['find', 'used'] as const) {
    it(`a request with a token is answered in time (${what})`, async (t) => {
      const { asked, hang } = hanging(1);
      const { url, database, hostClock } = await serve(t, ({ tokens }) => ({ tokens: { ...tokens, [what]: hang } }));
      const authorization = `Bearer ${await tokenWith(database, 'viewer')}`;
      const response = fetch(`${url}/api/v1/me`, { headers: { authorization } });
      await asked;
      hostClock.advance(DEADLINE_MS);
      assert.equal((await response).status, what === 'find' ? 503 : 200);
    });
  }

  it('a login that cannot open its session, or be noted, fails in time', async (t) => {
    const opening = hanging(1);
    const noting = hanging(1);
    const { post, hostClock } = await serve(t, ({ sessions, audit }) => ({
      sessions: { ...sessions, open: opening.hang },
      audit: { ...audit, add: noting.hang },
    }));
    const right = post('/login', { name: 'ann', password: USER_PASSWORD });
    await opening.asked;
    hostClock.advance(DEADLINE_MS);
    assert.equal((await right).status, 503);
    const wrong = post('/login', { name: 'ann', password: 'wrong' });
    await noting.asked;
    hostClock.advance(DEADLINE_MS);
    assert.equal((await wrong).status, 503);
  });
});
