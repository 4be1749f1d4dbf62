import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generatePassword, parsePassword } from '../../src/hardening/password.ts';
import { parsePublicKey } from '../../src/hardening/public-key.ts';
import { renderHardening } from '../../src/hardening/render.ts';
import { quoteRsc } from '../../src/runtime/rsc-text.ts';
import { hardening, template } from '../support/rsc/example-routers.ts';

describe('the filled-in script', () => {
  it('differs from the template in the five values and nothing else', () => {
    const changed = hardening({ optional: true, rollbackMinutes: 3 })
      .split('\n')
      .filter((line, place) => line !== template.split('\n')[place]);
    assert.deepEqual(changed, [
      '  :local nsServers "192.0.2.10,2001:db8::10"',
      '  :local nsAdminNets "198.51.100.0/24,2001:db8:aa::/48"',
      '  :local nsPassword "correct-horse-battery"',
      '  :local nsRollbackMinutes 3',
      '  :local nsOptional true',
    ]);
  });

  it('names an address once, whatever it was given as', () => {
    const script = hardening({
      serverAddresses: ['192.0.2.10', '192.0.2.10/32'],
      adminNetworks: ['192.0.2.10', '10.0.0.0/8', '10.0.0.0/8'],
    });
    assert.match(script, /:local nsServers "192\.0\.2\.10"\n/);
    assert.match(script, /:local nsAdminNets "10\.0\.0\.0\/8"\n/);
  });

  it('is refused for values no router could use', () => {
    const refusal = (code: string) => ({ name: 'TroubleError', code });
    assert.throws(() => hardening({ serverAddresses: [] }), refusal('HARDENING_ADDRESS'));
    assert.throws(() => hardening({ serverAddresses: ['192.0.2.0/24'] }), refusal('HARDENING_ADDRESS'));
    assert.throws(() => hardening({ adminNetworks: ['0.0.0.0/0'] }), refusal('HARDENING_ADDRESS'));
    for (const rollbackMinutes of [-1, 1.5, 1441, Number.NaN])
      assert.throws(() => hardening({ rollbackMinutes }), refusal('HARDENING_ROLLBACK'));
    assert.throws(() => hardening({ password: 'short' }), refusal('HARDENING_PASSWORD'));
    assert.throws(
      () =>
        renderHardening({
          template: '# something else',
          serverAddresses: ['192.0.2.1'],
          adminNetworks: [],
          password: 'long-enough-for-it',
          rollbackMinutes: 0,
          optional: false,
        }),
      refusal('HARDENING_TEMPLATE'),
    );
  });
});

describe('a password', () => {
  it('is made of 32 characters of every sort, none that any file or shell reads otherwise', () => {
    const made = new Set(Array.from({ length: 200 }, generatePassword));
    assert.equal(made.size, 200);
    for (const password of made) {
      assert.match(password, /^(?=.*[A-Z])(?=.*[a-z])(?=.*[2-9])(?=.*[-_.+=])[A-Za-z2-9][-A-Za-z2-9_.+=]{31}$/);
      assert.equal(quoteRsc(password), `"${password}"`);
    }
  });

  it('is the content of its file, one line end aside', () => {
    assert.equal(parsePassword(' with blanks around \n'), ' with blanks around ');
    assert.equal(parsePassword('from-windows-file\r\n'), 'from-windows-file');
  });

  for (const content of [
    '',
    '\n',
    'tiny one',
    'two\nlines in a file',
    'ends-with-two\n\n',
    'a-tab\tin-it-long',
    'REPLACE_WITH_STRONG_PASSWORD',
  ])
    it(`is refused as ${JSON.stringify(content)}, without repeating it`, () => {
      assert.throws(
        () => parsePassword(content),
        (error: unknown) =>
          error instanceof Error &&
          'code' in error &&
          error.code === 'HARDENING_PASSWORD' &&
          (content.trim() === '' || !error.message.includes(content.trim())),
      );
    });
});

describe('a public key', () => {
  const keyOf = (type: string, bytes: number) => {
    const name = Buffer.from(type);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(name.length);
    return Buffer.concat([length, name, Buffer.alloc(bytes, 7)]).toString('base64');
  };
  const rsa = keyOf('ssh-rsa', 260);

  it('is its type and its key, without the comment, whatever the line end', () => {
    for (const end of ['', '\n', '\r\n', ' me@host\n', ' say "hello" $1\n'])
      assert.equal(parsePublicKey(`ssh-rsa ${rsa}${end}`), `ssh-rsa ${rsa}`);
    const ed25519 = `ssh-ed25519 ${keyOf('ssh-ed25519', 36)}`;
    assert.equal(parsePublicKey(ed25519), ed25519);
  });

  it('is refused when it is none that a router takes, and never shown: it may be a private one', () => {
    for (const [content, why] of [
      ['', /is not one public key/],
      ['-----BEGIN OPENSSH PRIVATE KEY-----\nTOPSECRET\n', /is a private key/],
      ['ssh-rsa TOP"SECRET', /is not one public key/],
      [`ssh-rsa ${rsa}\nssh-rsa ${rsa}`, /is not one public key/],
      [`from="10.0.0.1" ssh-rsa ${rsa}`, /is not one public key/],
      [`ecdsa-sha2-nistp256 ${keyOf('ecdsa-sha2-nistp256', 80)}`, /ecdsa-sha2-nistp256, which no RouterOS takes/],
      [`ssh-ed25519 ${rsa}`, /is damaged/],
      ['ssh-rsa AAAA', /is damaged/],
      [`ssh-rsa ${keyOf('ssh-rsa', 4000)}`, /is too long/],
    ] as const)
      assert.throws(
        () => parsePublicKey(content),
        (error: Error & { code?: string }) =>
          error.code === 'HARDENING_PUBLIC_KEY' && why.test(error.message) && !/SECRET|AAAA/.test(error.message),
      );
  });
});
