import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { servePagesFor } from '../support/pages.ts';
import { addUser, sessionOf, tokenWith } from '../support/users.ts';

describe('the pages of users', () => {
  it('remove a user whatever the name, and a token by its own form', async (t) => {
    const { url, database } = await servePagesFor(t, { hasAccounts: true, password: null });
    await addUser(database, 'root', 'admin');
    await addUser(database, 'tokens', 'viewer');
    await tokenWith(database, 'viewer');
    const books = createAccountBooks({ database });
    const headers = {
      cookie: await sessionOf(database, 'root'),
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
    };
    const send = async (path: string, fields: Record<string, string>) => {
      const body = new URLSearchParams(fields);
      return (await fetch(url + path, { method: 'POST', headers, body, redirect: 'manual' })).status;
    };
    assert.equal(await send('/users/tokens/remove', { keepTokens: 'false' }), 303);
    assert.deepEqual(
      (await books.accounts.list(0)).map(({ name }) => name),
      ['root'],
    );
    const page = await (await fetch(`${url}/users`, { headers })).text();
    const [, action = '', id = ''] =
      /action="([^"]+)"><input type="hidden" name="id" value="([0-9a-f]{12})"/.exec(page) ?? [];
    assert.equal(await send(action, { id }), 303);
    assert.deepEqual(await books.tokens.list(null), []);
  });
});
