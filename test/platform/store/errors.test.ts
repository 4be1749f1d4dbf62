import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { databaseTrouble, mayTryElsewhere, mustLeave } from '../../../src/platform/store/errors.ts';

const PLACE = 'db.example:3306/netsentinel';

function fromServer(errno: number, message = 'said'): Error {
  return Object.assign(new Error(message), { errno, sqlState: 'HY000', code: 'ER_X' });
}

function fromSqlite(errcode: number): Error {
  return Object.assign(new Error('said'), { code: 'ERR_SQLITE_ERROR', errcode });
}

describe('what a server answers', () => {
  const OURS = {
    'an unknown column': 1054,
    'an unknown table': 1146,
    syntax: 1064,
    'a row that is there already': 1062,
    'a row without its parent': 1452,
    'a value that is too long': 1406,
    'a value out of range': 1264,
    'a column that must not be empty': 1048,
    'a table that is there already': 1050,
    'an unknown setting': 1193,
  };
  for (const [what, errno] of Object.entries(OURS)) {
    it(`is a bug when it is our mistake: ${what}`, () => assert.equal(databaseTrouble(fromServer(errno), PLACE), null));
  }

  const THEIRS: readonly (readonly [string, number, string, string])[] = [
    ['an engine that fails', 1030, 'DATABASE_FAILED', 'none'],
    ['a commit that fails', 1180, 'DATABASE_UNAVAILABLE', 'elsewhere'],
    ['a limit of the user', 1226, 'DATABASE_UNAVAILABLE', 'none'],
    ['too many connections', 1040, 'DATABASE_UNAVAILABLE', 'none'],
    ['a killed statement', 1317, 'DATABASE_BUSY', 'none'],
    ['a password that expired', 1820, 'DATABASE_ACCESS_DENIED', 'elsewhere'],
    ['a time limit for statements', 1969, 'DATABASE_BUSY', 'none'],
    ['a locked account', 4151, 'DATABASE_ACCESS_DENIED', 'none'],
    ['a read-only server', 1290, 'DATABASE_READ_ONLY', 'elsewhere'],
    ['a read-only transaction', 1792, 'DATABASE_READ_ONLY', 'elsewhere'],
    ['a read-only mode', 1836, 'DATABASE_READ_ONLY', 'elsewhere'],
    ['a node without a majority', 1047, 'DATABASE_UNAVAILABLE', 'elsewhere'],
    ['a deadlock', 1213, 'DATABASE_BUSY', 'again'],
    ['a write conflict of TiDB', 9007, 'DATABASE_BUSY', 'again'],
    ['a table changed under the transaction', 1412, 'DATABASE_BUSY', 'again'],
    ['a crashed table', 1194, 'DATABASE_DAMAGED', 'none'],
    ['a statement that is too large for it', 1153, 'DATABASE_FAILED', 'none'],
    ['a number that nobody has heard of', 59_999, 'DATABASE_FAILED', 'none'],
  ];
  for (const [what, errno, code, remedy] of THEIRS) {
    it(`is trouble otherwise: ${what}`, () => {
      const trouble = databaseTrouble(fromServer(errno), PLACE);
      assert.equal(trouble?.error.code, code);
      assert.equal(trouble.remedy, remedy);
      assert.ok(trouble.error.advice.length > 20);
      assert.match(trouble.error.message, new RegExp(`said \\(error ${errno}\\)$`));
      assert.equal(mustLeave(fromServer(errno)), remedy === 'elsewhere');
    });
  }

  it('is a full disk, whatever number it comes under', () => {
    for (const errno of [1030, 1180]) {
      const error = fromServer(errno, 'Got error 28 "No space left on device" from storage engine InnoDB');
      assert.equal(databaseTrouble(error, PLACE)?.error.code, 'DATABASE_FULL');
    }
  });

  it('is a bug or trouble with a code and an advice, for every number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (errno) => {
        const trouble = databaseTrouble(fromServer(errno), PLACE);
        return trouble === null || (/^DATABASE_[A-Z_]+$/.test(trouble.error.code) && trouble.error.advice !== '');
      }),
    );
  });
});

describe('what SQLite answers', () => {
  for (const code of [1, 19, 20, 21, 25, 1555, 2067, 787]) {
    it(`is a bug when it is our mistake: ${code}`, () => assert.equal(databaseTrouble(fromSqlite(code), 'x.db'), null));
  }
  for (const [errcode, code, remedy] of [
    [4, 'DATABASE_FAILED', 'none'],
    [5, 'DATABASE_BUSY', 'again'],
    [7, 'DATABASE_FAILED', 'none'],
    [15, 'DATABASE_BUSY', 'again'],
    [13, 'DATABASE_FULL', 'none'],
    [1032, 'DATABASE_READ_ONLY', 'elsewhere'],
    [266, 'DATABASE_UNAVAILABLE', 'elsewhere'],
    [22, 'DATABASE_FAILED', 'none'],
    [11, 'DATABASE_DAMAGED', 'elsewhere'],
  ] as const) {
    it(`is trouble otherwise: ${errcode}`, () => {
      const trouble = databaseTrouble(fromSqlite(errcode), 'x.db');
      assert.equal(trouble?.error.code, code);
      assert.equal(trouble.remedy, remedy);
    });
  }
});

describe('what neither said', () => {
  const network = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall, errno: -1 });

  it('is trouble of the network, whatever its code', () => {
    for (const code of ['ECONNREFUSED', 'EACCES', 'EADDRNOTAVAIL', 'ENOBUFS', 'EMFILE']) {
      assert.equal(databaseTrouble(network(code, 'connect'), PLACE)?.error.code, 'DATABASE_UNAVAILABLE');
      assert.equal(mayTryElsewhere(network(code, 'connect')), true);
    }
    assert.equal(databaseTrouble(network('ENOTFOUND', 'getaddrinfo'), PLACE)?.error.code, 'DATABASE_UNAVAILABLE');
    assert.equal(databaseTrouble(network('ECONNRESET', 'read'), PLACE)?.remedy, 'reconnect');
  });

  it('is another program than a database, or TLS that is not trusted', () => {
    for (const code of ['PROTOCOL_UNEXPECTED_PACKET', 'HANDSHAKE_SSL_ERROR', 'AUTH_SWITCH_PLUGIN_ERROR']) {
      const error = Object.assign(new Error('x'), { code, fatal: true });
      assert.equal(databaseTrouble(error, PLACE)?.error.code, 'DATABASE_UNAVAILABLE');
    }
  });

  it('is a bug when it comes from our own program', () => {
    for (const error of [
      new TypeError('x is undefined'),
      Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' }),
      network('ENOENT', 'open'),
      'no error',
    ]) {
      assert.equal(databaseTrouble(error, PLACE), null);
      assert.equal(mayTryElsewhere(error), false);
    }
  });
});
