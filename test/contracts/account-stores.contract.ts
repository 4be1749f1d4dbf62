import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { auditEntry } from '../../src/accounts/audit.ts';
import type { Account, AccountBooks, ApiToken } from '../../src/accounts/ports.ts';
import { hashOfKey, newId } from '../../src/accounts/random-keys.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { Role } from '../../src/runtime/rights.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const NOW = 1_000_000_000;
const note = (action = 'test') =>
  auditEntry({ who: 'test', kind: 'command', from: 'here', action, subject: '', outcome: 'ok' }, NOW);

function account(name: string, role: Role = 'viewer'): Account {
  return { id: newId(32), name, role, passwordHash: `hash of ${name}`, createdAt: NOW, lastLoginAt: null };
}

function token(name: string, owner: string | null, change: Partial<ApiToken> = {}) {
  const times = { createdAt: NOW, expiresAt: null, usedAt: null };
  const about = { id: newId(12), hash: hashOfKey(name), name, role: 'viewer', madeBy: 'ann' } as const;
  return { ...about, owner, ...times, ...change };
}

/** What every store of accounts must do. */
export function describeAccountStores(name: string, fresh: FreshDatabase): void {
  describe(`accounts in ${name}`, () => {
    let test: TestDatabase;
    let books: AccountBooks;
    beforeEach(async () => {
      const made = await migrated(fresh);
      test = made;
      books = createAccountBooks({ database: made.database });
    });
    afterEach(() => test.drop());

    const add = async (...given: Parameters<typeof account>) => {
      const made = account(...given);
      assert.equal(await books.accounts.add(made, note()), 'added');
      return made;
    };
    const open = async (of: Account, id: string, at = NOW, network = '192.0.2.1') =>
      await books.sessions.open(
        { id: hashOfKey(id), createdAt: at, address: network, network, agent: 'Firefox' },
        of,
        note('login'),
      );
    const actions = async () => (await books.audit.list({ most: 100 })).map(({ action }) => action);

    it('has none, one, and others by name', async () => {
      assert.equal(await books.accounts.hasAny(), false);
      const ann = await add('ann', 'admin');
      await add('bob');
      assert.equal(await books.accounts.hasAny(), true);
      assert.deepEqual(await books.accounts.find('ann'), ann);
      assert.equal(await books.accounts.find('Ann'), null);
      assert.deepEqual(
        (await books.accounts.list(NOW)).map(({ name: found, role, sessions }) => [found, role, sessions]),
        [
          ['ann', 'admin', 0],
          ['bob', 'viewer', 0],
        ],
      );
    });

    it('has each name once, and notes nothing when it is taken', async () => {
      await add('ann');
      assert.equal(await books.accounts.add(account('ann'), note('second')), 'taken');
      assert.deepEqual(await actions(), ['test']);
    });

    it('adds an account once when the commit was lost and is tried again', async () => {
      const [ann, entry] = [account('ann'), note()];
      assert.equal(await books.accounts.add(ann, entry), 'added');
      assert.equal(await books.accounts.add(ann, entry), 'added');
      assert.equal((await books.accounts.list(NOW)).length, 1);
    });

    it('makes one first account, however many are asked for at once', async () => {
      const others = [1, 2, 3].map(() => createAccountBooks({ database: test.open() }));
      const words = await Promise.all(
        others.map((each, index) => each.accounts.addFirst(account(`a${index}`), note())),
      );
      assert.deepEqual(words.sort(), ['added', 'late', 'late']);
      assert.equal(await books.accounts.addFirst(account('later'), note()), 'late');
      assert.equal((await books.accounts.list(NOW)).length, 1);
    });

    it('keeps the last admin, who can be neither removed nor given a smaller role', async () => {
      await add('ann', 'admin');
      await add('bob', 'operator');
      assert.equal(await books.accounts.change('ann', { role: 'viewer' }, note()), 'last-admin');
      assert.equal(await books.accounts.remove('ann', { keepsTokens: false }, note()), 'last-admin');
      assert.equal(await books.accounts.change('ann', { passwordHash: 'new' }, note()), 'changed');
      assert.equal(await books.accounts.change('bob', { role: 'admin' }, note()), 'changed');
      assert.equal(await books.accounts.change('ann', { role: 'viewer' }, note()), 'changed');
      assert.equal(await books.accounts.remove('bob', { keepsTokens: false }, note()), 'last-admin');
    });

    it('does not take a name with blanks behind it for that of an account', async () => {
      await add('ann', 'admin');
      assert.equal(await books.accounts.change('ann ', { role: 'viewer' }, note()), 'unknown');
      assert.equal(await books.accounts.remove('ann  ', { keepsTokens: false }, note()), 'unknown');
      assert.equal((await books.accounts.find('ann'))?.role, 'admin');
    });

    it('keeps a token of an owner who is removed with no more than they could do', async () => {
      await add('ann', 'admin');
      await add('bob', 'admin');
      await books.tokens.add(token('large', 'bob', { role: 'admin' }), note());
      await books.tokens.add(token('small', 'bob', { role: 'viewer' }), note());
      await books.accounts.change('bob', { role: 'operator' }, note());
      assert.equal(await books.accounts.remove('bob', { keepsTokens: true }, note()), 'removed');
      const kept = (await books.tokens.list(null)).map(({ name: of, role, owner }) => [of, role, owner]);
      assert.deepEqual(kept, [
        ['large', 'operator', null],
        ['small', 'viewer', null],
      ]);
    });

    it('keeps one admin when two take the role from each other at once', async () => {
      await add('ann', 'admin');
      await add('bob', 'admin');
      const words = await Promise.all(
        ['ann', 'bob'].map((of) =>
          createAccountBooks({ database: test.open() }).accounts.change(of, { role: 'viewer' }, note()),
        ),
      );
      assert.deepEqual(words.sort(), ['changed', 'last-admin']);
    });

    it('says that there is no such account', async () => {
      assert.equal(await books.accounts.change('nobody', { role: 'viewer' }, note()), 'unknown');
      assert.equal(await books.accounts.remove('nobody', { keepsTokens: false }, note()), 'unknown');
      assert.equal(await books.sessions.end('nobody', '', note()), 0);
      assert.deepEqual(await actions(), []);
    });

    it('finds an open session with its account, and knows when it was used', async () => {
      const ann = await add('ann', 'operator');
      assert.equal(await open(ann, 'one'), 'opened');
      await books.sessions.used(hashOfKey('one'), NOW + 5);
      await books.sessions.used(hashOfKey('one'), NOW + 3);
      assert.deepEqual(await books.sessions.find(hashOfKey('one')), {
        id: hashOfKey('one'),
        account: { id: ann.id, name: 'ann', role: 'operator' },
        createdAt: NOW,
        seenAt: NOW + 5,
        address: '192.0.2.1',
        agent: 'Firefox',
      });
      assert.equal((await books.accounts.find('ann'))?.lastLoginAt, NOW);
      assert.equal((await books.accounts.list(NOW))[0]?.sessions, 1);
      assert.equal(await books.sessions.find(hashOfKey('two')), null);
    });

    it('opens no session with a password that was changed meanwhile, or for an account that is gone', async () => {
      const [ann, bob] = [await add('ann'), await add('bob')];
      await books.accounts.change('ann', { passwordHash: 'new' }, note());
      await books.accounts.remove('bob', { keepsTokens: false }, note());
      await add('bob');
      assert.deepEqual([await open(ann, 'one'), await open(bob, 'two')], ['changed', 'changed']);
      assert.deepEqual(await books.sessions.list(null), []);
      assert.equal((await actions()).includes('login'), false);
    });

    for (const change of [{ role: 'operator' }, { passwordHash: 'new' }] as const) {
      it(`ends all sessions of an account, and no other, with a new ${Object.keys(change)[0]}`, async () => {
        await open(await add('ann'), 'one');
        await open(await add('bob'), 'two');
        await books.accounts.change('ann', change, note());
        assert.deepEqual(
          (await books.sessions.list(null)).map((session) => session.account.name),
          ['bob'],
        );
      });
    }

    it('ends one session of an account, or all', async () => {
      const ann = await add('ann');
      for (const id of ['one', 'two', 'three']) await open(ann, id);
      await open(await add('bob'), 'four');
      assert.equal(await books.sessions.end('bob', hashOfKey('one').slice(0, 12), note()), 0);
      assert.equal(await books.sessions.end('ann', hashOfKey('one').slice(0, 12), note()), 1);
      assert.equal(await books.sessions.find(hashOfKey('one')), null);
      assert.equal(await books.sessions.end('ann', '', note()), 2);
      assert.equal((await books.sessions.list(null)).length, 1);
      await books.sessions.remove(hashOfKey('four'));
      assert.deepEqual(await books.sessions.list(null), []);
    });

    it('forgets sessions that are too old or were not used for too long', async () => {
      const ann = await add('ann');
      await open(ann, 'old', NOW - 10);
      await open(ann, 'idle', NOW);
      await open(ann, 'good', NOW);
      await books.sessions.used(hashOfKey('old'), NOW + 100);
      await books.sessions.used(hashOfKey('good'), NOW + 100);
      await books.sessions.removeOver({ createdAt: NOW - 10, seenAt: NOW });
      assert.deepEqual(
        (await books.sessions.list('ann')).map(({ id }) => id),
        [hashOfKey('good')],
      );
    });

    it('removes the tokens of an account with it, unless they are kept: then they are nobody’s', async () => {
      await add('admin', 'admin');
      for (const [of, keepsTokens] of [
        ['ann', false],
        ['bob', true],
      ] as const) {
        await add(of, 'operator');
        assert.equal(await books.tokens.add(token(`of ${of}`, of), note()), 'added');
        await books.accounts.remove(of, { keepsTokens }, note());
      }
      assert.deepEqual(
        (await books.tokens.list(null)).map(({ name: found, owner }) => [found, owner]),
        [['of bob', null]],
      );
    });

    it('finds a token by its hash, with the role of its owner', async () => {
      await add('ann', 'operator');
      const own = token('own', 'ann', { role: 'operator', expiresAt: NOW + 1 });
      const free = token('free', null);
      assert.equal(await books.tokens.add(own, note()), 'added');
      assert.equal(await books.tokens.add(free, note()), 'added');
      assert.equal(await books.tokens.add(token('own', 'ann'), note()), 'taken');
      assert.equal(await books.tokens.add(token('lost', 'nobody'), note()), 'no-owner');
      const { hash, ...kept } = own;
      assert.deepEqual(await books.tokens.find(hash), { ...kept, ownerRole: 'operator' });
      assert.equal((await books.tokens.find(free.hash))?.ownerRole, null);
      assert.equal(await books.tokens.find(hashOfKey('other')), null);
      await books.tokens.used(own.id, NOW + 7);
      assert.equal((await books.tokens.list('ann'))[0]?.usedAt, NOW + 7);
      assert.equal(await books.tokens.remove(own.id, 'bob', note()), 'unknown');
      assert.equal(await books.tokens.remove(own.id, 'ann', note()), 'removed');
      assert.equal(await books.tokens.remove(own.id, null, note()), 'unknown');
      assert.equal(await books.tokens.remove(free.id, null, note()), 'removed');
    });

    it('knows the failed logins of a name and of a network, and from where an account logged in', async () => {
      const failure = (of: string, network: string, failedAt: number) => ({
        id: newId(32),
        name: of,
        network,
        failedAt,
      });
      const all = [failure('ann', 'a', 1), failure('ann', 'b', 2), failure('bob', 'a', 3), failure('bob', 'c', 4)];
      for (const each of all) await books.failures.add(each);
      const found = async (of: string, network: string, sinceAt = 0) =>
        (await books.failures.recent({ name: of, network }, sinceAt)).map(({ failedAt }) => failedAt);
      assert.deepEqual(await found('ann', 'a'), [3, 2, 1]);
      assert.deepEqual(await found('ann', 'a', 1), [3, 2]);
      assert.deepEqual(await found('', 'c'), [4]);
      const [first] = all;
      assert.ok(first);
      await books.failures.remove(first.id);
      assert.deepEqual(await found('ann', 'b'), [2]);

      await open(await add('ann'), 'one', NOW, 'home');
      const isKnown = (of: string, network: string, since: number) =>
        books.failures.isKnown({ name: of, network }, since);
      assert.equal(await isKnown('ann', 'home', NOW - 1), true);
      assert.equal(await isKnown('ann', 'home', NOW), false);
      assert.equal(await isKnown('ann', 'a', 0), false);
      assert.equal(await isKnown('bob', 'home', 0), false);
      await books.failures.removeBefore({ failedAt: 3, loginAt: NOW });
      assert.deepEqual(await found('bob', 'b'), [4]);
      assert.equal(await isKnown('ann', 'home', 0), false);
    });
  });
}
