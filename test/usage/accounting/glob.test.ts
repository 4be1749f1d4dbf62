import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matchesGlob } from '../../../src/usage/accounting/glob.ts';

const TABLE: readonly (readonly [glob: string, text: string, expected: boolean])[] = [
  ['bob', 'bob', true],
  ['bob', 'Bob', false],
  ['bob', 'bobby', false],
  ['bob', ' bob', false],
  ['', '', true],
  ['', 'x', false],
  ['*', '', true],
  ['*', 'anything at all', true],
  ['?', '', false],
  ['?', 'x', true],
  ['?', 'xy', false],
  ['?', '👍', true],
  ['??', '👍', false],
  ['bob-*', 'bob-', true],
  ['bob-*', 'bob', false],
  ['*-vip', 'a-vip-b-vip', true],
  ['*-vip', 'a-vip-b', false],
  ['a*b*c', 'axxbyybzzc', true],
  ['a*b*c', 'axxbyybzz', false],
  ['a**c', 'ac', true],
  ['*?', '', false],
  ['*?', 'x', true],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['a.c', 'abc', false],
  ['<pppoe-*>', '<pppoe-bob>', true],
  ['*', 'two\nlines', true],
  ['two?lines', 'two\nlines', true],
];

describe('matchesGlob', () => {
  for (const [glob, text, expected] of TABLE) {
    it(`${JSON.stringify(glob)} ${expected ? 'fits' : 'does not fit'} ${JSON.stringify(text)}`, () => {
      assert.equal(matchesGlob(glob, text), expected);
    });
  }

  it('agrees with a regular expression on short texts', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '👍', '\n'), maxLength: 8 });
    const globs = fc.string({ unit: fc.constantFrom('a', 'b', '👍', '*', '?'), maxLength: 6 });
    fc.assert(
      fc.property(globs, texts, (glob, text) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
        assert.equal(matchesGlob(glob, text), expression.test(text));
      }),
    );
  });

  it('answers a pattern that would make a regular expression backtrack for ever', () => {
    assert.equal(matchesGlob(`${'*a'.repeat(100)}*b`, 'a'.repeat(5_000)), false);
  });
});
