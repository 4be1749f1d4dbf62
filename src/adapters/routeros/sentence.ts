import { isUtf8 } from 'node:buffer';
import { protocolTrouble } from './errors.ts';

/** The longest word taken from a router. RouterOS never sends one near it; the format itself would allow 4 GiB. */
export const MAX_WORD_BYTES = 16 * 1024 * 1024;

/** A sentence ends somewhere: without a bound a router gone mad could fill the memory with words. */
const MAX_SENTENCE_BYTES = 2 * MAX_WORD_BYTES;
const MAX_SENTENCE_WORDS = 65_536;

/** Bytes from here on are reserved by the protocol for control bytes, which no RouterOS sends. */
const FIRST_CONTROL_BYTE = 0xf8;

const INITIAL_BUFFER_BYTES = 128 * 1024;

const NOT_ASCII = /[^\x00-\x7f]/;

/** What a name is taken for that is not UTF-8, unless the router's configuration says otherwise. */
const DEFAULT_FALLBACK_ENCODING = 'windows-1252';

/** The 1 to 5 bytes that announce a word of `length` bytes (MikroTik's manual, "API", "Protocol"). */
export function encodeLength(length: number): Buffer {
  if (length < 0x80) {
    return Buffer.from([length]);
  }
  const [size, mark] =
    length < 0x4000 ? [2, 0x80] : length < 0x20_0000 ? [3, 0xc0] : length < 0x1000_0000 ? [4, 0xe0] : [5, 0xf0];
  const bytes = Buffer.alloc(size);
  for (let index = size - 1, rest = length; index >= 0; index -= 1) {
    bytes[index] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  bytes[0] = (bytes[0] ?? 0) | mark;
  return bytes;
}

/** One sentence as it goes over the wire, text in UTF-8. An empty word would end the sentence early, so it is a bug of the caller. */
export function encodeSentence(words: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const word of words) {
    if (word === '') {
      throw new RangeError('a word of a sentence must not be empty');
    }
    const bytes = Buffer.from(word, 'utf8');
    parts.push(encodeLength(bytes.length), bytes);
  }
  parts.push(Buffer.from([0]));
  return Buffer.concat(parts);
}

export interface SentenceDecoder {
  /** Takes the next bytes, however they are cut. Throws a `TroubleError` `ROUTER_PROTOCOL` when they cannot be sentences. */
  push(chunk: Uint8Array): void;
}

/**
 * Cuts a stream of bytes into sentences and hands each over the moment it is complete; nothing of it is kept afterwards.
 * A word is decoded as a whole: as UTF-8 if it is that, else in `fallbackEncoding` (a label of the WHATWG Encoding standard,
 * e.g. `windows-1251`; an unknown one is a RangeError). Empty sentences mean nothing and are passed over.
 */
export function createSentenceDecoder(deps: {
  onSentence(words: string[]): void;
  fallbackEncoding?: string | undefined;
}): SentenceDecoder {
  const fallback = new TextDecoder(deps.fallbackEncoding ?? DEFAULT_FALLBACK_ENCODING, { ignoreBOM: true });
  // Everything not handed over yet lies in `buffer` from 0 to `filled`; the sentence being read begins at `sentenceStart`.
  // Where scanning stopped is kept, so that a byte is looked at once however small the chunks are.
  let buffer = Buffer.allocUnsafeSlow(INITIAL_BUFFER_BYTES);
  let filled = 0;
  let sentenceStart = 0;
  let scanned = 0;
  /** Start and end of each word of the sentence being read, in turn, counted from `sentenceStart`. */
  const bounds: number[] = [];
  let wordCount = 0;

  function append(chunk: Uint8Array): void {
    const needed = filled + chunk.length;
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2));
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
    buffer.set(chunk, filled);
    filled = needed;
  }

  function dropConsumed(): void {
    if (sentenceStart === 0) {
      return;
    }
    const rest = filled - sentenceStart;
    if (buffer.length > INITIAL_BUFFER_BYTES && rest < INITIAL_BUFFER_BYTES) {
      const smaller = Buffer.allocUnsafeSlow(INITIAL_BUFFER_BYTES);
      buffer.copy(smaller, 0, sentenceStart, filled);
      buffer = smaller;
    } else {
      buffer.copyWithin(0, sentenceStart, filled);
    }
    scanned -= sentenceStart;
    filled = rest;
    sentenceStart = 0;
  }

  function decodeWord(start: number, end: number): string {
    const bytes = buffer.subarray(start, end);
    return isUtf8(bytes) ? bytes.toString('utf8') : fallback.decode(bytes);
  }

  function takeWords(): string[] {
    const words = new Array<string>(wordCount);
    // One native call a sentence instead of one a word: nearly every sentence is plain ASCII.
    const text = buffer.toString('latin1', sentenceStart, scanned);
    const isAscii = !NOT_ASCII.test(text);
    for (let index = 0; index < wordCount; index += 1) {
      const start = bounds[2 * index] ?? 0;
      const end = bounds[2 * index + 1] ?? 0;
      const word = text.slice(start, end);
      words[index] = isAscii || !NOT_ASCII.test(word) ? word : decodeWord(sentenceStart + start, sentenceStart + end);
    }
    return words;
  }

  function finishSentence(): void {
    const words = takeWords();
    sentenceStart = scanned;
    wordCount = 0;
    if (words.length > 0) {
      deps.onSentence(words);
    }
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
    const end = start + length;
    if (end - sentenceStart > MAX_SENTENCE_BYTES || wordCount >= MAX_SENTENCE_WORDS) {
      throw protocolTrouble('it sent a sentence without end');
    }
    if (end > filled) {
      return false;
    }
    scanned = end;
    if (length === 0) {
      finishSentence();
    } else {
      bounds[2 * wordCount] = start - sentenceStart;
      bounds[2 * wordCount + 1] = end - sentenceStart;
      wordCount += 1;
    }
    return true;
  }

  return {
    push(chunk) {
      append(chunk);
      while (scanWord()) {
        // Each call takes one word.
      }
      dropConsumed();
    },
  };
}
