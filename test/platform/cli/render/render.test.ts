import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bar, shareOf } from '../../../../src/platform/cli/render/amounts.ts';
import { gigabytes } from '../../../../src/runtime/format.ts';
import { toJson, toJsonPieces } from '../../../../src/runtime/json.ts';
import { fitText, textWidth } from '../../../../src/runtime/text-width.ts';

const GB = 1024n ** 3n;

describe('gigabytes', () => {
  const cases: [bigint, string][] = [
    [0n, '0.00'],
    [1n, '1 B'],
    [GB / 100n, '10.2 MB'],
    [GB / 50n, '0.02'],
    [GB, '1.00'],
    [GB + (GB * 995n) / 1000n, '1.99'],
    [GB + (GB * 996n) / 1000n, '2.00'],
    [1234n * GB + GB / 2n, '1,234.50'],
    [2n ** 64n, '17,179,869,184.00'],
  ];
  for (const [bytes, text] of cases) it(`shows ${bytes} bytes as ${text}`, () => assert.equal(gigabytes(bytes), text));
});

describe('bar', () => {
  it('is as long as the share, within its columns', () => {
    assert.equal(bar(0, 4), '');
    assert.equal(bar(0.5, 4), '██');
    assert.equal(bar(0.53125, 4), '██▏');
    assert.equal(bar(1, 4), '████');
    assert.equal(bar(7, 4), '████');
  });

  it('shows what is not nothing', () => assert.equal(bar(1e-9, 4), '▏'));

  it('is empty where the whole is nothing', () => assert.equal(shareOf(1n, 0n), 0));
});

describe('textWidth', () => {
  const cases: [string, string, number][] = [
    ['letters', 'bob', 3],
    ['letters with marks', 'e\u0301a\u0308', 2],
    ['Chinese', '山田', 4],
    ['Korean', '한국', 4],
    ['halfwidth Katakana', 'ｶﾅ', 2],
    ['fullwidth letters', 'ＡＢ', 4],
    ['Cyrillic and Arabic', 'боб', 3],
    ['an emoji', '👍', 2],
    ['an emoji of several', '👨‍👩‍👧', 2],
    ['a flag', '🇩🇪', 2],
    ['what cannot be seen', '\u200b\u2060', 0],
  ];
  for (const [what, text, width] of cases) it(`measures ${what}`, () => assert.equal(textWidth(text), width));
});

describe('fitText', () => {
  it('shows what was cut, and cuts no character in two', () => {
    assert.equal(fitText('netsentinel', 6), 'netse…');
    assert.equal(fitText('山田太郎', 6), '山田…');
    assert.equal(fitText('bob', 3), 'bob');
  });

  it('is never too wide', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, columns) => {
        assert.ok(textWidth(fitText(text, columns)) <= columns);
      }),
    );
  });
});

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

describe('toJsonPieces', () => {
  it('is the text of one array, however its entries are cut into batches', async () => {
    const entries = [{ bytes: 2n ** 64n }, { name: 'bob\u202e' }, { none: null }];
    const [first = {}, ...others] = entries;
    for (const batches of [[entries], [[first], others], [[], [first], [], others, []]]) {
      assert.equal((await Array.fromAsync(toJsonPieces(each(batches)))).join(''), toJson(entries));
    }
    for (const batches of [[], [[]], [[], []]]) {
      assert.equal((await Array.fromAsync(toJsonPieces(each(batches)))).join(''), '[]\n');
    }
  });
});

describe('toJson', () => {
  it('gives an array with exact integers', () => {
    assert.equal(
      toJson([{ bytes: 2n ** 64n, name: 'bob', none: null }]),
      '[\n  {"bytes":18446744073709551616,"name":"bob","none":null}\n]\n',
    );
    assert.equal(toJson([]), '[]\n');
  });

  it('gives back any text as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        assert.deepEqual(JSON.parse(toJson([{ name }])), [{ name }]);
      }),
    );
  });
});
