import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { createPasswordCheck, waitOf } from '../../src/accounts/password-check.ts';
import { createPasswordHasher } from '../../src/accounts/passwords.ts';
import type { LoginFailure, LoginFailureBook } from '../../src/accounts/ports.ts';
import { createManualClock } from '../support/manual-clock.ts';

const MINUTE_MS = 60_000;
const WINDOW_MS = 15 * MINUTE_MS;
const NOW = 1_000_000_000;
const ANN = { name: 'ann', network: 'here' };

/** So many failures, the latest first, a second apart from each other. */
function failures(count: number, change: Partial<LoginFailure> = {}): LoginFailure[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${index}`,
    ...ANN,
    failedAt: NOW - index * 1_000,
    ...change,
  }));
}

describe('the time to wait after wrong passwords', () => {
  const cases: [string, LoginFailure[], number, number][] = [
    ['none', [], 0, 0],
    ['four of the account here', failures(4), 0, 0],
    ['five of the account here', failures(5), WINDOW_MS - 4_000, 0],
    ['six of the account here', failures(6), WINDOW_MS - 4_000, 0],
    ['19 of others here', failures(19, { name: 'bob' }), 0, 0],
    ['20 of others here', failures(20, { name: 'bob' }), WINDOW_MS - 19_000, 0],
    ['20 of names that cannot be here', failures(20, { name: '' }), WINDOW_MS - 19_000, 0],
    ['49 of the account elsewhere', failures(49, { network: 'there' }), 0, 0],
    ['50 of the account elsewhere', failures(50, { network: 'there' }), 0, WINDOW_MS - 49_000],
    ['five ahead of a clock that was set back', failures(5, { failedAt: NOW + WINDOW_MS }), WINDOW_MS, 0],
  ];
  for (const [what, recent, here, forAll] of cases) {
    it(`is ${here / 1000} s here and ${forAll / 1000} s for the account after ${what}`, () => {
      assert.deepEqual(waitOf(recent, ANN, NOW), { here, forAll });
    });
  }

  it('does not take names that no account can have for one account', () => {
    const recent = failures(60, { name: '', network: 'there' });
    assert.deepEqual(waitOf(recent, { name: '', network: 'here' }, NOW), { here: 0, forAll: 0 });
  });

  it('is never longer than the window, and over when that is', () => {
    const failure = fc.record({
      name: fc.constantFrom('ann', 'bob', ''),
      network: fc.constantFrom('here', 'there'),
      failedAt: fc.integer({ min: NOW - 2 * WINDOW_MS, max: NOW + 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(failure, { maxLength: 80 }), (made) => {
        const recent = made
          .map((each, index) => ({ id: `${index}`, ...each }))
          .sort((one, other) => other.failedAt - one.failedAt);
        const { here, forAll } = waitOf(recent, ANN, NOW);
        assert.ok(here >= 0 && here <= WINDOW_MS && forAll >= 0 && forAll <= WINDOW_MS);
        const later = NOW + WINDOW_MS + 1_000;
        assert.deepEqual(waitOf(recent, ANN, later), { here: 0, forAll: 0 });
      }),
    );
  });
});

/** Failures in memory; `known` are networks from which everybody logged in lately. */
function memoryFailures(known: readonly string[]): LoginFailureBook & { readonly kept: LoginFailure[] } {
  const kept: LoginFailure[] = [];
  return {
    kept,
    async add(failure) {
      kept.unshift(failure);
    },
    async remove(id) {
      const place = kept.findIndex((failure) => failure.id === id);
      if (place >= 0) kept.splice(place, 1);
    },
    async recent({ name, network }, sinceAt) {
      return kept.filter(
        (each) => each.failedAt > sinceAt && (each.network === network || (each.name === name && name !== '')),
      );
    },
    isKnown: async ({ network }) => known.includes(network),
    async removeBefore({ failedAt }) {
      for (const each of kept.filter((failure) => failure.failedAt <= failedAt)) kept.splice(kept.indexOf(each), 1);
    },
  };
}

describe('the check of a password', () => {
  function setUp(known: readonly string[] = []) {
    const asked: (string | null)[] = [];
    const failed = memoryFailures(known);
    const clock = createManualClock(NOW);
    const account = { id: '1', name: 'ann', role: 'viewer', passwordHash: 'right', createdAt: 0, lastLoginAt: null };
    const check = createPasswordCheck({
      accounts: { find: async (name) => (name === 'ann' ? ({ ...account, role: 'viewer' } as const) : null) },
      failures: failed,
      hasher: {
        hash: async (password) => password,
        async isRight(password, kept) {
          asked.push(kept);
          return password === kept;
        },
      },
      clock,
    });
    const { signal } = new AbortController();
    const from = async (address: string, name = 'ann', password = 'wrong', gone = signal) =>
      (await check({ name, password, address, gone })).is;
    return { from, check, asked, failed, clock };
  }

  it('takes as long for a name that nobody has, or that nobody can have', async () => {
    const { from, asked } = setUp();
    assert.deepEqual([await from('192.0.2.1', 'nobody'), await from('192.0.2.1', 'no body!')], ['wrong', 'wrong']);
    assert.deepEqual(asked, [null, null]);
  });

  it('makes the account wait everywhere after 50 wrong ones, but not where it logged in within 30 days', async () => {
    const { from } = setUp(['198.51.100.1']);
    for (let tries = 0; tries < 50; tries += 1) assert.equal(await from(`192.0.2.${tries}`), 'wrong');
    assert.equal(await from('192.0.2.99', 'ann', 'right'), 'wait');
    assert.equal(await from('198.51.100.1', 'ann', 'right'), 'right');
    assert.equal(await from('192.0.2.99', 'nobody'), 'wrong');
  });

  it('makes an address wait after 20 wrong ones, whomever it tries', async () => {
    const { from, asked } = setUp();
    for (let tries = 0; tries < 20; tries += 1) assert.equal(await from('2001:db8::1', `user-${tries}`), 'wrong');
    assert.equal(await from('2001:db8::2', 'ann', 'right'), 'wait');
    assert.equal(await from('192.0.2.1', 'ann', 'right'), 'right');
    assert.equal(asked.length, 21);
  });

  it('counts neither those that were right nor those that had to wait', async () => {
    const { from, failed, clock } = setUp();
    for (let tries = 0; tries < 30; tries += 1) assert.equal(await from('192.0.2.1', 'ann', 'right'), 'right');
    assert.deepEqual(failed.kept, []);
    for (let tries = 0; tries < 5; tries += 1) await from('192.0.2.1');
    clock.advance(WINDOW_MS - 1);
    assert.equal(await from('192.0.2.1'), 'wait');
    clock.advance(1);
    assert.equal(await from('192.0.2.1', 'ann', 'right'), 'right');
  });

  it('says once that others have to wait from now on', async () => {
    const { check } = setUp();
    const { signal: gone } = new AbortController();
    const verdicts = [];
    for (let tries = 0; tries < 7; tries += 1) {
      const verdict = await check({ name: 'ann', password: 'wrong', address: '192.0.2.1', gone });
      verdicts.push(verdict.is === 'wrong' ? verdict.startsWait : verdict.is);
    }
    assert.deepEqual(verdicts, [false, false, false, false, true, 'wait', 'wait']);
  });

  it('lets 50 people of one address in at once', async () => {
    const { from } = setUp();
    const all = await Promise.all(Array.from({ length: 50 }, () => from('192.0.2.1', 'ann', 'right')));
    assert.deepEqual(new Set(all), new Set(['right']));
  });
});

describe('the queue of passwords that are checked', () => {
  const ANYBODY = { name: 'ann', password: 'right', address: '192.0.2.1' };

  /** Two are looked at, and stay so until `finish`. */
  async function full() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const both = Promise.withResolvers<void>();
    let looked = 0;
    const check = createPasswordCheck({
      accounts: { find: async () => null },
      failures: memoryFailures([]),
      hasher: {
        hash: async (password) => password,
        async isRight() {
          looked += 1;
          if (looked === 2) both.resolve();
          await promise;
          return false;
        },
      },
      clock: createManualClock(NOW),
    });
    const ask = (gone = new AbortController().signal, name = 'ann') =>
      check({ ...ANYBODY, name, address: name === 'ann' ? '192.0.2.1' : name, gone });
    const first = [ask(), ask()];
    await both.promise;
    return { ask, first, finish: resolve, looked: () => looked };
  }

  it('has room for 50; others are told to come again', async () => {
    const { ask, first, finish } = await full();
    const waiting = Array.from({ length: 50 }, (_, index) => ask(undefined, `192.0.3.${index}`));
    await setImmediate();
    assert.deepEqual(await ask(undefined, '192.0.4.1'), { is: 'busy' });
    finish();
    const words = (await Promise.all([...first, ...waiting])).map(({ is }) => is);
    assert.deepEqual(new Set(words), new Set(['wrong']));
    assert.equal((await ask(undefined, '192.0.4.1')).is, 'wrong');
  });

  it('is left by those who are gone, who are not looked at', async () => {
    const { ask, first, finish, looked } = await full();
    const client = new AbortController();
    const gone = Array.from({ length: 50 }, (_, index) => ask(client.signal, `192.0.3.${index}`));
    await setImmediate();
    client.abort();
    assert.deepEqual(new Set((await Promise.all(gone)).map(({ is }) => is)), new Set(['busy']));
    const next = ask(undefined, '192.0.4.1');
    finish();
    await Promise.all([...first, next]);
    assert.equal(looked(), 3);
  });
});

describe('what is kept of a password', () => {
  const hasher = createPasswordHasher();

  it('is argon2id with a salt of its own, and knows the password again', async () => {
    const [one, other] = [await hasher.hash('a long password'), await hasher.hash('a long password')];
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, other);
    assert.equal(await hasher.isRight('a long password', one), true);
    assert.equal(await hasher.isRight('another password', one), false);
    assert.equal(await hasher.isRight('a long password', null), false);
  });

  it('is understood with other costs, should ours grow', async () => {
    const { argon2Sync } = await import('node:crypto');
    const parameters = { memory: 64, passes: 3, parallelism: 2, tagLength: 32 };
    const hash = argon2Sync('argon2id', { message: 'text', nonce: 'salt-of-16-bytes', ...parameters });
    const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
    const kept = `$argon2id$v=19$m=64,t=3,p=2$${text(Buffer.from('salt-of-16-bytes'))}$${text(hash)}`;
    assert.equal(await hasher.isRight('text', kept), true);
  });

  for (const kept of [
    '',
    'plain',
    '$argon2i$v=19$m=64,t=3,p=1$c2FsdA$aGFzaA',
    '$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
  ]) {
    it(`is refused as ${JSON.stringify(kept)}, without showing it`, async () => {
      await assert.rejects(hasher.isRight('x', kept), (error: Error) => !error.message.includes(kept || '\0'));
    });
  }
});
