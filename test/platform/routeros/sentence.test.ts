import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeLength, encodeSentence, type Sentence } from '../../../src/platform/routeros/sentence.ts';
import {
  createSentenceDecoder,
  createSentenceScanner,
  MAX_WORD_BYTES,
} from '../../../src/platform/routeros/sentence-scanner.ts';
import { wireSentence, wireWord } from '../../support/scripted-router.ts';

function decode(chunks: Iterable<Uint8Array>, encoding?: string): string[][] {
  const sentences: string[][] = [];
  const decoder = createSentenceDecoder({ onSentence: (words) => sentences.push(words), encoding });
  for (const chunk of chunks) {
    decoder.push(chunk);
  }
  return sentences;
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

const PROTOCOL_TROUBLE = { name: 'TroubleError', code: 'ROUTER_PROTOCOL' };

describe('encodeLength', () => {
  const table: [number, string][] = [
    [0, '00'],
    [1, '01'],
    [0x7f, '7f'],
    [0x80, '8080'],
    [0x3fff, 'bfff'],
    [0x4000, 'c04000'],
    [0x1f_ffff, 'dfffff'],
    [0x20_0000, 'e0200000'],
    [0xfff_ffff, 'efffffff'],
    [0x1000_0000, 'f010000000'],
    [0xffff_ffff, 'f0ffffffff'],
  ];
  for (const [length, hex] of table) {
    it(`announces ${length} bytes as ${hex}`, () => {
      assert.equal(encodeLength(length).toString('hex'), hex);
    });
  }
});

describe('encodeSentence', () => {
  it('counts bytes, not characters, and ends with an empty word', () => {
    assert.equal(encodeSentence(['/login', '=name=Žofie']).toString('latin1'), '\x06/login\x0c=name=\xc5\xbdofie\x00');
  });

  it('refuses an empty word, which would end the sentence', () => {
    assert.throws(() => encodeSentence(['/login', '']), RangeError);
  });

  for (const length of [0x7f, 0x80, 300, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000]) {
    it(`agrees with the independent encoder on a word of ${length} bytes`, () => {
      const words = ['!re', 'x'.repeat(length)];
      assert.ok(encodeSentence(words).equals(wireSentence(words)));
    });
  }
});

describe('createSentenceDecoder', () => {
  for (const length of [1, 0x7f, 0x80, 300, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000, 3_000_000]) {
    for (const chunkSize of [1_460, 65_536, Number.POSITIVE_INFINITY]) {
      it(`reads a word of ${length} bytes in chunks of ${chunkSize}`, () => {
        const sentence = ['!re', 'y'.repeat(length), '=tail=1'];
        assert.deepEqual(decode(cut(wireSentence(sentence), chunkSize)), [sentence]);
      });
    }
  }

  it('reads sentences that come byte by byte', () => {
    const sentences = [['!re', '=name=a', `=comment=${'c'.repeat(200)}`], ['!done']];
    assert.deepEqual(decode(cut(Buffer.concat(sentences.map(wireSentence)), 1)), sentences);
  });

  it('hands a sentence over only with its last zero byte', () => {
    const bytes = wireSentence(['!done', '.tag=1']);
    assert.deepEqual(decode([bytes.subarray(0, -1)]), []);
    assert.deepEqual(decode([bytes.subarray(0, -1), bytes.subarray(-1)]), [['!done', '.tag=1']]);
  });

  it('takes a length in more bytes than it needs', () => {
    for (const head of ['8005', 'c00005', 'e0000005', 'f000000005']) {
      assert.deepEqual(decode([Buffer.from(head, 'hex'), Buffer.from('!done\0')]), [['!done']]);
    }
  });

  it('passes over empty sentences', () => {
    assert.deepEqual(decode([Buffer.from([0, 0]), wireSentence(['!done']), Buffer.from([0])]), [['!done']]);
  });

  for (const control of [0xf8, 0xff]) {
    it(`gives up at the control byte 0x${control.toString(16)}`, () => {
      assert.throws(() => decode([Buffer.from([3]), Buffer.from('!re'), Buffer.from([control])]), PROTOCOL_TROUBLE);
    });
  }

  it('takes a word of 16 MiB and refuses one more byte, as soon as it is announced', () => {
    const word = Buffer.alloc(MAX_WORD_BYTES, 'w');
    const [sentence] = decode(cut(Buffer.concat([wireWord('!re'), wireWord(word), Buffer.from([0])]), 1_000_003));
    assert.equal(sentence?.[1]?.length, MAX_WORD_BYTES);
    assert.throws(() => decode([encodeLength(MAX_WORD_BYTES + 1)]), PROTOCOL_TROUBLE);
    assert.throws(() => decode([Buffer.from('f0ffffffff', 'hex')]), PROTOCOL_TROUBLE);
    assert.throws(() => decode([Buffer.from('f700000001', 'hex')]), PROTOCOL_TROUBLE);
  });

  it('refuses a sentence that never ends', () => {
    assert.throws(() => decode(Array.from({ length: 100 }, () => Buffer.alloc(2_000, '\x01a'))), PROTOCOL_TROUBLE);
    const large = wireWord(Buffer.alloc(MAX_WORD_BYTES / 2));
    assert.throws(() => decode(Array.from({ length: 5 }, () => large)), PROTOCOL_TROUBLE);
  });

  it('goes on as before after a very long word', () => {
    const sentences = [['!re', 'z'.repeat(3_000_000)], ['!re', '=name=a'], ['!done']];
    assert.deepEqual(decode(cut(Buffer.concat(sentences.map(wireSentence)), 50_000)), sentences);
  });

  describe('text', () => {
    const cyrillic = Buffer.from('=name=\xc8\xe2\xe0\xed', 'latin1');
    const table: [string, Buffer, string | undefined, string][] = [
      ['UTF-8', Buffer.from('=name=Иван 😀'), undefined, '=name=Иван 😀'],
      ['UTF-8 with the default code page', Buffer.from('=name=Иван'), 'windows-1252', '=name=Иван'],
      ['UTF-8 with the default code page under another label', Buffer.from('=name=Иван'), 'latin1', '=name=Иван'],
      ['UTF-8 where that is configured', Buffer.from('=name=Иван'), 'utf-8', '=name=Иван'],
      // Valid UTF-8 by chance: и, and what may become a letter of Hebrew.
      [
        'windows-1251 where it is configured, of UTF-8 by chance',
        Buffer.from('=name=\xd0\xb8', 'latin1'),
        'windows-1251',
        '=name=Рё',
      ],
      ['a name that is UTF-8 by chance', Buffer.from('=name=\xd7\xb8', 'latin1'), 'windows-1251', '=name=Чё'],
      ['koi8-r where it is configured', Buffer.from('=name=\xc4\xb3', 'latin1'), 'koi8-r', '=name=дЁ'],
      ['windows-1251 where it is configured', cyrillic, 'windows-1251', '=name=Иван'],
      ['windows-1252 where nothing is', Buffer.from('=name=caf\xe9 \x80', 'latin1'), undefined, '=name=café €'],
      ['a byte order mark as part of the name', Buffer.from('=name=\ufeffbob'), undefined, '=name=\ufeffbob'],
      ['UTF-8 cut off within a character', Buffer.from('=name=\xd0\x98\xd0', 'latin1'), undefined, '=name=Ð\u02dcÐ'],
    ];
    for (const [what, bytes, encoding, expected] of table) {
      it(`reads ${what}`, () => {
        const sentence = Buffer.concat([wireWord('!re'), wireWord(bytes), wireWord('=a=1'), Buffer.from([0])]);
        assert.deepEqual(decode([sentence], encoding), [['!re', expected, '=a=1']]);
        assert.deepEqual(decode(cut(sentence, 1), encoding), [['!re', expected, '=a=1']]);
      });
    }

    it('reads each word by itself: one may be UTF-8 and the next not', () => {
      const words = [Buffer.from('=name=café'), Buffer.from('=name=caf\xe9', 'latin1')];
      assert.deepEqual(decode([wireSentence(words)]), [['=name=café', '=name=café']]);
    });

    it('refuses a code page that does not exist', () => {
      assert.throws(() => createSentenceDecoder({ onSentence() {}, encoding: 'nonsense' }), RangeError);
    });
  });

  it('knows plain text again after other text, chunk by chunk', () => {
    const sentences = [['!re', '=name=Иван'], ['!re', '=name=bob'], ['!re', '=name=café'], ['!done']];
    for (const size of [1, 5, 11, 40]) {
      assert.deepEqual(decode(cut(Buffer.concat(sentences.map(wireSentence)), size)), sentences);
    }
  });

  it('gives the same sentences for any sentences in any chunks', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
      fc.nat({ max: 20_000 }).map((length) => `=${'w'.repeat(length)}`),
    );
    const sentence = fc.array(word, { minLength: 1, maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 8 }), sizes, (sentences, chunkSizes) => {
        const bytes = Buffer.concat(sentences.map((words) => encodeSentence(words)));
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = chunkSizes[turn % chunkSizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(decode(chunks), sentences);
      }),
    );
  });
});

describe('createSentenceScanner', () => {
  /** Asks the one sentence of those words. */
  function ask<T>(words: readonly string[], question: (sentence: Sentence) => T): T {
    const answers: T[] = [];
    createSentenceScanner({ onSentence: (sentence) => answers.push(question(sentence)) }).push(wireSentence(words));
    assert.equal(answers.length, 1);
    return answers[0] ?? assert.fail('no answer');
  }

  it('gives attributes in any order, as often as asked', () => {
    const got = ask(['!re', '=b=2', '.tag=7', '=a=1', '=name=x=y', '=c='], (sentence) => [
      sentence.head,
      sentence.after('.tag='),
      ...['a', 'b', 'a', 'c', 'name', 'd', '', 'tag', 'nam'].map((property) => sentence.get(property)),
    ]);
    assert.deepEqual(got, ['!re', '7', '1', '2', '1', '', 'x=y', undefined, undefined, undefined, undefined]);
  });

  it('does not read past the end of a word: the length of the next may look like more of it', () => {
    const next = 'n'.repeat('='.charCodeAt(0));
    assert.deepEqual(
      ask(['!re', '=name', next, '.tag', next], (sentence) => [sentence.get('name'), sentence.after('.tag=')]),
      [undefined, undefined],
    );
  });

  it('takes a row that is kept for a bug', () => {
    const kept = ask(['!re', '=a=1'], (sentence) => sentence);
    assert.throws(() => kept.get('a'), /only during its callback/);
  });
});
