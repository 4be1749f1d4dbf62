import { isAscii } from 'node:buffer';
import { protocolTrouble } from './errors.ts';
import { createSentenceView, type Sentence } from './sentence.ts';

/** The longest word taken from a router. RouterOS never sends one near it; the format itself would allow 4 GiB. */
export const MAX_WORD_BYTES = 16 * 1024 * 1024;

/** A sentence ends somewhere: without a bound a router gone mad could fill the memory with words. */
const MAX_SENTENCE_BYTES = 2 * MAX_WORD_BYTES;
const MAX_SENTENCE_WORDS = 65_536;
/** Of words that are cut a sentence has no more than this many at their full length. */
const MAX_CUT_WORDS = 64;

/** Empty sentences in a row; they mean nothing, and no router sends them. */
const MAX_EMPTY_SENTENCES = 1_000;

/** Bytes from here on are reserved by the protocol for control bytes, which no RouterOS sends. */
const FIRST_CONTROL_BYTE = 0xf8;

const MAX_CHARACTER_BYTES = 4;

/** Whether a byte of UTF-8 is not the first of its character. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** A longer sentence leaves no larger buffer behind. */
const MOST_KEPT_BYTES = 128 * 1024;

const NOTHING = Buffer.alloc(0);

export interface SentenceDecoder {
  /** Takes the next bytes, however they are cut. Throws a `TroubleError` `ROUTER_PROTOCOL` when they cannot be sentences. */
  push(chunk: Uint8Array): void;
}

/** Cuts a stream of bytes into sentences and hands over the words of each; as `createSentenceScanner` does. */
export function createSentenceDecoder(deps: {
  onSentence(words: string[]): void;
  encoding?: string | undefined;
}): SentenceDecoder {
  return createSentenceScanner({
    onSentence: (sentence) => deps.onSentence(sentence.words()),
    encoding: deps.encoding,
  });
}

/**
 * Cuts a stream of bytes into sentences and hands each over the moment it is complete; nothing of it is kept afterwards.
 * A word is decoded as a whole. `encoding` is a label of the WHATWG Encoding standard, e.g. `windows-1251`; an unknown one is a
 * RangeError. Without one, or with windows-1252, which is the default, a word that is UTF-8 is read as that, and any other in
 * windows-1252. Any other code page holds for every word: in windows-1251 short names are UTF-8 by chance. Empty sentences mean
 * nothing and are passed over. Of a word longer than `keptWordBytes` only so much is kept, up to a whole character of UTF-8; the rest
 * is passed over as it arrives.
 */
export function createSentenceScanner(deps: {
  onSentence(sentence: Sentence): void;
  encoding?: string | undefined;
  keptWordBytes?: number | undefined;
}): SentenceDecoder {
  const { keptWordBytes = MAX_WORD_BYTES } = deps;
  const maxSentenceBytes = Math.min(MAX_SENTENCE_BYTES, MAX_CUT_WORDS * keptWordBytes);
  const view = createSentenceView(deps.encoding);
  /** Whether nothing in `buffer` needs a closer look, which is the rule. */
  let isBufferAscii = true;
  // Everything not handed over yet lies in `buffer` from 0 to `filled`; the sentence being read begins at `sentenceStart`.
  // Where scanning stopped is kept, so that a byte is looked at once however small the chunks are.
  let buffer: Buffer = NOTHING;
  /** Whether `buffer` is the chunk that came last, to be read where it lies, and not ours to keep. */
  let isBorrowed = false;
  let filled = 0;
  let sentenceStart = 0;
  let scanned = 0;
  /** Start and end of each word of the sentence being read, in turn, counted from `sentenceStart`. */
  const { bounds } = view;
  let wordCount = 0;
  let emptySentences = 0;
  /** Bytes still to come of a word that was cut. */
  let toSkip = 0;

  /** Passes over what is left of a word that was cut: in the buffer from `scanned` on, and in what comes next. */
  function skip(): void {
    const dropped = Math.min(toSkip, filled - scanned);
    if (dropped > 0) {
      if (isBorrowed) {
        moveInto(filled - sentenceStart, sentenceStart);
        scanned -= sentenceStart;
        filled -= sentenceStart;
        sentenceStart = 0;
      }
      buffer.copyWithin(scanned, scanned + dropped, filled);
      filled -= dropped;
      toSkip -= dropped;
    }
  }

  function take(piece: Uint8Array): void {
    const skipped = Math.min(toSkip, piece.length);
    toSkip -= skipped;
    const chunk = skipped === 0 ? piece : piece.subarray(skipped);
    if (filled === 0) {
      buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      isBorrowed = true;
      filled = chunk.length;
      return;
    }
    const needed = filled + chunk.length;
    if (needed > buffer.length) {
      moveInto(Math.max(needed, buffer.length * 2), 0);
    }
    buffer.set(chunk, filled);
    filled = needed;
  }

  /** Makes a buffer of `size` of our own, with what was in the one before from `start` on. */
  function moveInto(size: number, start: number): void {
    const own = Buffer.allocUnsafeSlow(size);
    buffer.copy(own, 0, start, filled);
    buffer = own;
    isBorrowed = false;
  }

  /** Frees the buffer when all is handed over: otherwise a thousand idle connections would each hold one. */
  function dropConsumed(): void {
    const rest = filled - sentenceStart;
    if (rest === 0) {
      buffer = NOTHING;
    } else if (isBorrowed) {
      moveInto(rest, sentenceStart);
    } else if (sentenceStart === 0) {
      return;
    } else if (buffer.length > MOST_KEPT_BYTES && rest < MOST_KEPT_BYTES) {
      moveInto(MOST_KEPT_BYTES, sentenceStart);
    } else {
      buffer.copyWithin(0, sentenceStart, filled);
    }
    scanned -= sentenceStart;
    filled = rest;
    sentenceStart = 0;
  }

  function finishSentence(): void {
    if (wordCount > 0) {
      view.show(buffer, sentenceStart, scanned, wordCount, isBufferAscii);
      deps.onSentence(view.sentence);
      view.hide();
      emptySentences = 0;
    } else {
      emptySentences += 1;
      if (emptySentences > MAX_EMPTY_SENTENCES) {
        throw protocolTrouble('it sent nothing but empty sentences');
      }
    }
    sentenceStart = scanned;
    wordCount = 0;
  }

  /** Moves over one word; `false` when it has not arrived whole. */
  function scanWord(): boolean {
    const first = buffer[scanned];
    if (first === undefined || scanned >= filled) {
      return false;
    }
    let length = first;
    let start = scanned + 1;
    if (first >= 0x80) {
      if (first >= FIRST_CONTROL_BYTE) {
        throw protocolTrouble('it sent a control byte, which the protocol reserves');
      }
      const extra = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      if (start + extra > filled) {
        return false;
      }
      length = (first & (0x7f >> extra)) * 0x100 ** extra + buffer.readUIntBE(start, extra);
      start += extra;
      if (length > MAX_WORD_BYTES) {
        throw protocolTrouble('it announced a word of more than 16 MiB');
      }
    }
    const kept = Math.min(length, keptWordBytes);
    let end = start + kept;
    if (end - sentenceStart > maxSentenceBytes || wordCount >= MAX_SENTENCE_WORDS) {
      throw protocolTrouble('it sent an endless sentence');
    }
    const isCut = kept < length;
    // The byte after a cut tells whether a character was cut with the word.
    if ((isCut ? end + 1 : end) > filled) {
      return false;
    }
    scanned = end;
    if (isCut) {
      end = wholeCharacters(start, end);
      toSkip = length - kept;
    }
    if (length === 0) {
      finishSentence();
    } else {
      bounds[2 * wordCount] = start - sentenceStart;
      bounds[2 * wordCount + 1] = end - sentenceStart;
      wordCount += 1;
    }
    if (toSkip > 0) {
      skip();
    }
    return true;
  }

  /** The end of the last whole character before `end`, should the word be UTF-8. */
  function wholeCharacters(start: number, end: number): number {
    let at = end;
    while (at > start && at > end - MAX_CHARACTER_BYTES && isContinuation(buffer[at] ?? 0)) {
      at -= 1;
    }
    return at;
  }

  return {
    push(chunk) {
      const wasEmpty = filled === 0;
      take(chunk);
      isBufferAscii = isAscii(chunk) && (isBufferAscii || wasEmpty);
      while (toSkip === 0 && scanWord()) {
        // Each call takes one word.
      }
      dropConsumed();
    },
  };
}
