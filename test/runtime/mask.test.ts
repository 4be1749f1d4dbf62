import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { TroubleError } from '../../src/runtime/errors.ts';
import { keepSecret, mask } from '../../src/runtime/mask.ts';

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

  it('is part of every trouble', () => {
    keep('hunter2');
    assert.equal(new TroubleError('X', 'the server said hunter2', 'Look.').message, 'the server said ***');
  });
});
