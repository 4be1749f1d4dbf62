import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { TroubleError } from '../../src/runtime/errors.ts';
import { forgetSecrets, keepSecret, mask } from '../../src/runtime/mask.ts';

const PASSWORD = 'p&ss wörd/"1"';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('mask', () => {
  const forgets: (() => void)[] = [];
  const keep = (secret: string) => forgets.push(keepSecret(secret));

  afterEach(() => {
    for (const forget of forgets.splice(0)) forget();
  });

  for (const [form, text] of [
    ['as it is', PASSWORD],
    ['in base64 alone (AUTH LOGIN)', base64(PASSWORD)],
    ['in base64 behind a user (AUTH PLAIN)', base64(`\0bob\0${PASSWORD}`)],
    ['in base64 behind an identity and a user', base64(`bob\0bob\0${PASSWORD}`)],
    ['in base64 of HTTP, as user:password', base64(`robert:${PASSWORD}`)],
    ['in base64 of XOAUTH2', base64(`user=bob@example.com\u0001auth=Bearer ${PASSWORD}\u0001\u0001`)],
    ['in base64 for URLs', Buffer.from(`x${PASSWORD}`).toString('base64url')],
    ['URL-encoded', encodeURIComponent(PASSWORD)],
    ['URL-encoded in lower case', encodeURIComponent(PASSWORD).replace(/%../g, (code) => code.toLowerCase())],
    ['as in a form', new URLSearchParams({ p: PASSWORD }).toString().slice(2)],
    ['escaped for JSON', JSON.stringify(PASSWORD).slice(1, -1)],
  ] as const) {
    it(`hides a secret ${form}`, () => {
      keep(PASSWORD);
      assert.equal(mask(`535 no: ${text} is wrong`), '535 no: *** is wrong');
    });
  }

  it('leaves nothing of a secret that another one begins', () => {
    keep('hunter');
    keep('hunter2-and-more');
    assert.equal(mask('hunter2-and-more, hunter'), '***, ***');
  });

  it('leaves a text alone in which a secret of one to three characters stands plain, and hides it in base64', () => {
    keep('a');
    keep('abc');
    const text = 'a mail server that says abc (YWJjZA==, xYQ==)';
    assert.equal(mask(text), text);
    assert.equal(mask('334 YQ== and YWJj'), '334 *** and ***');
  });

  it('hides a secret of four to seven characters where it stands as a word', () => {
    keep('pass');
    assert.equal(mask('the password "pass" (pass), pass\u0000, bypass'), 'the password "***" (***), ***\u0000, bypass');
  });

  it('knows no secret any more when all who kept it have let it go', () => {
    const forgetFirst = keepSecret('token-1');
    const forgetSecond = keepSecret('token-1');
    forgetFirst();
    forgetFirst();
    assert.equal(mask('token-1'), '***');
    forgetSecond();
    assert.equal(mask('token-1'), 'token-1');
  });

  it('takes an empty password for no secret', () => {
    keep('');
    assert.equal(mask('nothing'), 'nothing');
  });

  it('hides any secret of four bytes or more in any base64 around it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 4, maxLength: 40 }),
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ maxLength: 20 }),
        (secret, before, after) => {
          const forget = keepSecret(secret);
          const whole = Buffer.concat([before, Buffer.from(secret), after]).toString('base64');
          try {
            assert.equal(mask(`[${whole}]`), '[***]');
          } finally {
            forget();
          }
        },
      ),
    );
  });

  it('hides the same as trying every form of every secret on the text, the longest first', () => {
    const alphabet = fc.constantFrom(...'ab1*"%+/= ü', 'YWJh', '***', 'aaaa');
    const some = (most: number) => fc.array(alphabet, { maxLength: most }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(some(8), { maxLength: 12 }), some(30), fc.nat(), (secrets, around, seed) => {
        const held = secrets.map((secret) => ({ secret, forget: keepSecret(secret) }));
        // Some are let go again, after the text was looked through once and before.
        if (seed % 2 === 0) mask(around);
        for (const { forget } of held.splice(seed % 3, seed % 4)) forget();
        const now = held.map(({ secret }) => secret);
        const chosen = now[seed % (now.length || 1)] ?? '';
        const text = `${around}${chosen}${around}${base64(`x${chosen}y`)} ${encodeURIComponent(chosen)}`;
        try {
          assert.equal(mask(text), maskOneByOne(now, text));
        } finally {
          for (const { forget } of held) forget();
        }
        assert.equal(mask(text), text);
      }),
    );
  });

  it('hides what is kept after all were forgotten, also when one who kept it before lets it go', () => {
    const letGo = keepSecret('hunter22');
    assert.equal(mask('hunter22'), '***');
    forgetSecrets();
    assert.equal(mask('hunter22'), 'hunter22');
    keep('hunter22');
    letGo();
    assert.equal(mask('hunter22'), '***');
  });

  it('is part of every trouble', () => {
    keep('hunter2');
    assert.equal(new TroubleError('X', 'the server said hunter2', 'Look.').message, 'the server said ***');
  });
});

/** What `mask` stands for, without a thought for how long it takes. */
function maskOneByOne(secrets: readonly string[], text: string): string {
  const letters = '[\\w+/-]';
  const forms = [...new Set(secrets)].flatMap((secret): { readonly form: string; readonly pattern: RegExp }[] => {
    if (secret === '') return [];
    const encoded = base64(secret);
    if (secret.length < 4) {
      const alone = new RegExp(`(?<!${letters})${RegExp.escape(encoded)}(?![\\w+/=-])`, 'g');
      return [{ form: encoded, pattern: alone }];
    }
    const percent = encodeURIComponent(secret);
    const plain = [
      ...[secret, JSON.stringify(secret).slice(1, -1), percent],
      ...[percent.replace(/%../g, (code) => code.toLowerCase()), percent.replaceAll('%20', '+')],
    ];
    const within = [0, 1, 2].flatMap((before) => {
      const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
      const fixed = whole.toString('base64').slice([0, 2, 3][before], Math.floor((whole.length * 8) / 6));
      return [fixed, fixed.replaceAll('+', '-').replaceAll('/', '_')];
    });
    return [
      ...[...new Set(plain)].map((form) => ({
        form,
        pattern:
          secret.length < 8
            ? new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(form)}(?![\\p{L}\\p{N}])`, 'gu')
            : new RegExp(RegExp.escape(form), 'g'),
      })),
      ...[...new Set(within)].map((form) => ({
        form,
        pattern: new RegExp(`${letters}*${RegExp.escape(form)}${letters}*={0,2}`, 'g'),
      })),
    ];
  });
  return forms
    .sort((one, other) => other.form.length - one.form.length)
    .reduce((masked, { pattern }) => masked.replace(pattern, '***'), text);
}
