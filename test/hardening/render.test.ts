import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generatePassword, parsePassword } from '../../src/hardening/password.ts';
import { renderHardening } from '../../src/hardening/render.ts';
import { quoteRsc } from '../../src/runtime/rsc-text.ts';
import { hardening, template } from '../support/rsc/example-routers.ts';

describe('a text for RouterOS', () => {
  for (const [text, quoted] of [
    ['plain', '"plain"'],
    ['"', '"\\""'],
    ['\\', '"\\\\"'],
    ['$x', '"\\$x"'],
    ['[x]', '"[x]"'],
    ['?', '"\\?"'],
    ['é\n', '"\\C3\\A9\\0A"'],
  ] as const)
    it(`is ${quoted} for ${JSON.stringify(text)}`, () => assert.equal(quoteRsc(text), quoted));
});

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
