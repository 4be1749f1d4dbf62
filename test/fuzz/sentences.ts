import assert from 'node:assert/strict';
import { encodeSentence } from '../../src/platform/routeros/sentence.ts';
import { createSentenceScanner } from '../../src/platform/routeros/sentence-scanner.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createDice, type Dice, hostileText } from './random.ts';

const BLOCK_BYTES = 64 * 1024;
/** A word may have 16 MiB and a sentence 32; buffers double. */
const MOST_MEMORY_BYTES = 128 * 1024 * 1024;
/** For a chunk of at most 64 KiB, which takes a fraction of a millisecond. */
const LONGEST_PUSH_MS = 2_000;

export interface SentenceFuzz {
  readonly bytes: number;
  readonly sentences: number;
  /** How often the bytes were found to be no sentences, and a new connection began. */
  readonly refused: number;
  readonly longestPushMs: number;
  readonly peakMib: number;
}

/**
 * Random bytes, valid sentences and mutated ones, cut anywhere, at the parser: all it may do is to hand over sentences or to refuse with
 * `ROUTER_PROTOCOL`, within bounds of time and memory.
 */
export function fuzzSentences({ seed, bytes }: { readonly seed: number; readonly bytes: number }): SentenceFuzz {
  const dice = createDice(seed);
  const result = { bytes: 0, sentences: 0, refused: 0, longestPushMs: 0, peakMib: 0 };
  const scan = () =>
    createSentenceScanner({
      onSentence(sentence) {
        result.sentences += 1;
        for (const word of [sentence.head, ...sentence.words()]) assert.equal(typeof word, 'string');
        sentence.get('name');
        sentence.after('.tag=');
      },
    });
  let scanner = scan();
  while (result.bytes < bytes) {
    for (const chunk of cut(dice, block(dice))) {
      result.bytes += chunk.length;
      const startedMs = performance.now();
      try {
        scanner.push(chunk);
      } catch (error) {
        assert.ok(error instanceof TroubleError && error.code === 'ROUTER_PROTOCOL', String(error));
        result.refused += 1;
        scanner = scan();
      }
      result.longestPushMs = Math.max(result.longestPushMs, performance.now() - startedMs);
    }
    // A word announced with megabytes would swallow all that follows.
    if (dice.random() < 0.3) scanner = scan();
    const { arrayBuffers } = process.memoryUsage();
    result.peakMib = Math.max(result.peakMib, arrayBuffers / 1024 ** 2);
  }
  assert.ok(result.longestPushMs < LONGEST_PUSH_MS, `a chunk took ${result.longestPushMs} ms`);
  assert.ok(result.peakMib * 1024 ** 2 < MOST_MEMORY_BYTES, `buffers grew to ${result.peakMib} MiB`);
  return result;
}

function block(dice: Dice): Buffer {
  switch (dice.below(4)) {
    case 0:
      return dice.bytes(1 + dice.below(BLOCK_BYTES / 16));
    case 1:
      return sentences(dice);
    case 2:
      return announceLongWord(dice);
    default:
      return mutate(dice, sentences(dice));
  }
}

function sentences(dice: Dice): Buffer {
  const rows = Array.from({ length: 1 + dice.below(40) }, (_, index) =>
    encodeSentence([
      dice.pick(['!re', '!done', '!trap', '!empty', '!fatal', '!what']),
      `.tag=${dice.below(4)}`,
      `=.id=*${index.toString(16)}`,
      `=name=${dice.random() < 0.2 ? hostileText(dice).slice(0, 300) : `user-${index}`}`,
      `=bytes=${dice.below(1e9)}/${dice.below(1e9)}`,
    ]),
  );
  return Buffer.concat(rows);
}

/** The head of a word of up to 4 GiB, of which little comes. */
function announceLongWord(dice: Dice): Buffer {
  const head = Buffer.from([dice.pick([0x80, 0xc0, 0xdf, 0xe0, 0xef, 0xf0, 0xf7]), ...dice.bytes(4)]);
  return Buffer.concat([head, dice.bytes(dice.below(2_000))]);
}

function mutate(dice: Dice, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (let times = 1 + dice.below(8); times > 0; times -= 1) {
    const at = dice.below(changed.length);
    changed[at] = dice.pick([0, 0x7f, 0x80, 0xff, dice.below(256)]);
  }
  const from = dice.below(changed.length);
  return dice.random() < 0.3
    ? Buffer.concat([changed.subarray(0, from), changed.subarray(from + dice.below(9))])
    : changed;
}

function* cut(dice: Dice, bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = dice.random() < 0.2 ? 1 + dice.below(5) : 1 + dice.below(BLOCK_BYTES);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
