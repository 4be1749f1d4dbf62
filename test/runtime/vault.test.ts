import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createVault, isKey, makeKey, type Place, requireKeys, requireVault } from '../../src/runtime/vault.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');
const PLACE: Place = { table: 'credentials', row: 'a1', column: 'password' };

const place = fc.record({ table: fc.string(), row: fc.string(), column: fc.string() });
const secret = fc.string({ unit: 'grapheme', maxLength: 40 });

describe('the vault', () => {
  const vault = createVault(KEY);

  it('gives back every secret at its place', () => {
    fc.assert(
      fc.property(secret, place, (text, where) => {
        assert.equal(vault.open(vault.seal(text, where), where), text);
      }),
    );
  });

  it('does not open a secret at any other place', () => {
    fc.assert(
      fc.property(secret, place, place, (text, where, elsewhere) => {
        fc.pre(JSON.stringify(where) !== JSON.stringify(elsewhere));
        assert.throws(() => vault.open(vault.seal(text, where), elsewhere), { code: 'SECRET_DAMAGED' });
      }),
    );
  });

  it('keeps table, row and column apart, also where they read the same in a row', () => {
    const sealed = vault.seal('hunter2', { table: 'a', row: 'b', column: 'c' });
    for (const other of [
      { table: 'ab', row: '', column: 'c' },
      { table: '', row: 'ab', column: 'c' },
      { table: 'a","b', row: '', column: 'c' },
      { table: 'b', row: 'a', column: 'c' },
    ]) {
      assert.throws(() => vault.open(sealed, other), { code: 'SECRET_DAMAGED' });
    }
  });

  it('does not open a secret of which one bit was flipped', () => {
    fc.assert(
      fc.property(secret, fc.nat(), (text, at) => {
        const sealed = vault.seal(text, PLACE);
        const bytes = Buffer.from(sealed.text, 'base64');
        const bit = at % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        assert.throws(() => vault.open({ ...sealed, text: bytes.toString('base64') }, PLACE), {
          code: 'SECRET_DAMAGED',
        });
      }),
    );
  });

  it('does not open what was cut, made longer or is no base64', () => {
    const { keyId, text } = vault.seal('hunter2', PLACE);
    for (const changed of [
      '',
      'AAAA',
      text.slice(0, -4),
      `${text}AAAA`,
      `${text} `,
      `${text}!`,
      text.replace(/.$/, ''),
    ]) {
      assert.throws(() => vault.open({ keyId, text: changed }, PLACE), { code: 'SECRET_DAMAGED' }, changed);
    }
  });

  it('never seals a secret into the same text twice, nor shows it', () => {
    const texts = Array.from({ length: 200 }, () => vault.seal('hunter2', PLACE).text);
    assert.equal(new Set(texts).size, texts.length);
    for (const text of texts) assert.ok(!Buffer.from(text, 'base64').includes('hunter2'));
  });

  it('reads with older keys and seals with the present one', () => {
    const both = createVault(OTHER, [KEY]);
    const before = vault.seal('hunter2', PLACE);
    assert.equal(both.open(before, PLACE), 'hunter2');
    const after = both.seal('hunter2', PLACE);
    assert.equal(after.keyId, createVault(OTHER).keyId);
    assert.throws(() => vault.open(after, PLACE), { code: 'KEY_WRONG' });
    assert.deepEqual(both.keyIds, new Set([vault.keyId, both.keyId]));
  });

  it('does not take the name of another key for its own', () => {
    const foreign = createVault(OTHER).seal('hunter2', PLACE);
    assert.throws(() => vault.open({ ...foreign, keyId: vault.keyId }, PLACE), { code: 'SECRET_DAMAGED' });
  });

  it('names a key by what does not tell it', () => {
    assert.match(vault.keyId, /^[0-9a-f]{16}$/);
    assert.equal(vault.keyId, createVault(KEY).keyId);
    assert.notEqual(vault.keyId, createVault(OTHER).keyId);
  });

  it('says what to do where there is no key, or another', () => {
    assert.throws(() => requireVault(null), { code: 'KEY_MISSING', advice: /key new/ });
    assert.equal(requireVault(vault), vault);
    requireKeys(vault, [vault.keyId]);
    assert.throws(() => requireKeys(vault, [vault.keyId, 'ffffffffffffffff']), { code: 'KEY_WRONG' });
  });
});

describe('a key', () => {
  it('is 32 bytes in base64', () => {
    assert.ok(isKey(KEY));
    for (const text of [
      '',
      'secret',
      KEY.slice(0, -1),
      ` ${KEY}`,
      `${KEY}\n`,
      Buffer.alloc(31).toString('base64'),
      Buffer.alloc(33).toString('base64'),
    ]) {
      assert.ok(!isKey(text), JSON.stringify(text));
    }
  });

  it('is made at random', () => {
    const keys = Array.from({ length: 100 }, makeKey);
    assert.ok(keys.every(isKey));
    assert.equal(new Set(keys).size, 100);
  });
});
