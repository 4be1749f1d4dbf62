import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseMysqlUrl, shareServer } from '../../src/runtime/database-url.ts';

describe('a URL of a MySQL database', () => {
  it('names one host as any URL does', () => {
    assert.deepEqual(parseMysqlUrl('mysql://me:p%40ss@db:3307/net%2Fs?ssl=true'), {
      hosts: [{ host: 'db', port: 3307 }],
      user: 'me',
      password: 'p@ss',
      writtenPassword: 'p%40ss',
      database: 'net/s',
      tls: true,
    });
  });

  it('names several with commas between, in the order of trial', () => {
    assert.deepEqual(parseMysqlUrl('mysql://me:p@db1:3306,10.0.0.2,[2001:db8::3]:3308/x')?.hosts, [
      { host: 'db1', port: 3306 },
      { host: '10.0.0.2', port: 3306 },
      { host: '2001:db8::3', port: 3308 },
    ]);
  });

  for (const text of [
    'mysql:///x',
    'mysql://a,,b/x',
    'mysql://a:x/x',
    'mysql://a:70000/x',
    'mysql://a:b@c',
    'http://a/x',
  ]) {
    it(`is refused as a whole: ${text}`, () => assert.equal(parseMysqlUrl(text), null));
  }

  it('gives back any user, password and name that was written with %XX', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        const url = parseMysqlUrl(`mysql://${u}:${p}@h1,h2:1/${d}`);
        return url?.user === user && url.password === password && url.database === database && url.hosts.length === 2;
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.string(), (text) => parseMysqlUrl(`mysql://${text}`) !== undefined));
  });

  it('leads to the same database as another with one of its hosts', () => {
    assert.equal(shareServer('mysql://a:b@h1,h2:3307/x', 'mysql://c:d@h3,h2:3307/x?ssl=true'), true);
    assert.equal(shareServer('mysql://a:b@h1,h2:3307/x', 'mysql://a:b@h2:3306/x'), false);
    assert.equal(shareServer('mysql://a:b@h1/x', 'mysql://a:b@h1/y'), false);
    assert.equal(shareServer('sqlite:x', 'sqlite:x'), false);
  });
});
