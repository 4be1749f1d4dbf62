import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanLines, cleanText } from '../../src/runtime/clean-text.ts';

/** From `first` to `last`, both included. */
function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('cleanText', () => {
  it('makes one visible sign of whatever commands a terminal, breaks a line, turns text round or hides', () => {
    const unsafe = [
      ...range(0x00, 0x1f),
      ...range(0x7f, 0x9f),
      0x00ad,
      0x061c,
      0x180e,
      ...range(0x200b, 0x200f),
      ...range(0x2028, 0x202e),
      ...range(0x2060, 0x206f),
      0x3164,
      0xfeff,
      ...range(0xfff9, 0xfffb),
      0xd800,
      0xdfff,
      0xe0041,
    ];
    for (const code of unsafe) {
      assert.equal(cleanText(`a${String.fromCodePoint(code)}b`), 'a\ufffdb', code.toString(16));
    }
  });

  it('keeps what people write, joiners of their scripts and emoji included', () => {
    const texts = [
      'bob <b> {{x}} "y"',
      'Семья Ивановых',
      'محمد علی',
      'می\u200cخواهم',
      'نمی\u200cدانم ۱۲۳',
      'ه\u200d',
      'क्\u200dष श्\u200cर',
      '\u{1f469}\u200d\u{1f469}\u200d\u{1f467} \u{1f44d}\u{1f3fd} \u2764\ufe0f 1\ufe0f\u20e3',
      '葛\u{e0100}飾',
      'שלום naïve é e\u0301',
    ];
    for (const text of texts) assert.equal(cleanText(text), text);
  });

  it('keeps a joiner only where it joins: elsewhere two names would look the same', () => {
    const table: [string, string][] = [
      ['bob\u200c', 'bob\ufffd'],
      ['bo\u200db', 'bo\ufffdb'],
      ['علی\u200c', 'علی\ufffd'],
      ['می\u200c\u200cخواهم', 'می\ufffd\ufffdخواهم'],
      ['bob\ufe0f', 'bob\ufffd'],
    ];
    for (const [text, clean] of table) assert.equal(cleanText(text), clean, JSON.stringify(text));
  });

  it('gives one line as long as the text, and leaves a clean text as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 20 }), (codes) => {
        const text = String.fromCodePoint(...codes);
        const clean = cleanText(text);
        assert.equal([...clean].length, [...text].length);
        assert.doesNotMatch(clean, /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
        assert.equal(cleanText(clean), clean);
      }),
    );
  });
});

describe('cleanLines', () => {
  it('keeps tabs and line breaks, and no carriage return that would let a line be written over', () => {
    assert.equal(cleanLines('a\tb\nc\r\nd\re\u001b[2J\u202ef'), 'a\tb\nc\r\nd\ufffde\ufffd[2J\ufffdf');
  });
});
