import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quoteRsc } from '../../src/runtime/rsc-text.ts';

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
