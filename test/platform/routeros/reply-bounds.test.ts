import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReplyMemory } from '../../../src/platform/routeros/reply-bounds.ts';
import { createSentenceScanner } from '../../../src/platform/routeros/sentence-scanner.ts';
import { wireSentence } from '../../support/scripted-router.ts';

describe('the replies of all routers together', () => {
  it('fail by the largest when they are too large, and leave room when one is over', () => {
    const memory = createReplyMemory(100);
    const failed: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => {
      const share = memory.open((error) => {
        assert.equal('code' in error && error.code, 'ROUTER_REPLY_TOO_LARGE');
        failed.push(name);
        share.release();
      });
      return share;
    });
    assert.ok(a && b && c);
    a.hold(30);
    b.hold(60);
    assert.deepEqual(failed, []);
    c.hold(20);
    assert.deepEqual(failed, ['b']);
    c.hold(70);
    assert.deepEqual(failed, ['b']);
    a.release();
    b.hold(30);
    assert.deepEqual(failed, ['b']);
    b.hold(31);
    assert.deepEqual(failed, ['b', 'c']);
  });
});

describe('a word that is longer than what is kept', () => {
  const text = `=comment=${'é'.repeat(40)}`;
  const stream = Buffer.concat([wireSentence(['!re', text, '=x=1']), wireSentence(['!done', '=y=2'])]);
  const expected = [
    ['!re', `=comment=${'é'.repeat(3)}`, '=x=1'],
    ['!done', '=y=2'],
  ];
  for (let size = 1; size <= stream.length; size += 1) {
    it(`is cut at a whole character, and what follows is whole, in pieces of ${size} bytes`, () => {
      const sentences: string[][] = [];
      const scanner = createSentenceScanner({
        onSentence: (sentence) => sentences.push(sentence.words()),
        keptWordBytes: 16,
      });
      for (let at = 0; at < stream.length; at += size) scanner.push(stream.subarray(at, at + size));
      assert.deepEqual(sentences, expected);
    });
  }
});
