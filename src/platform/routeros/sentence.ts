import { isAscii, isUtf8 } from 'node:buffer';
import { protocolTrouble } from './errors.ts';

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

const NOT_ASCII = /[^\x00-\x7f]/;

const EQUALS = '='.charCodeAt(0);

/** Encoding of names that are not UTF-8, unless the router's configuration says otherwise. */
const DEFAULT_ENCODING = 'windows-1252';

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

/** The attributes of one sentence: `=name=bob` makes `get('name')` give `bob`. */
export interface Row {
  get(property: string): string | undefined;
}

/**
 * One sentence, to be read while it is handed over and not after: then its bytes make room for the next, and reading it throws.
 * Words become strings only when asked for, since lists are long and most of their words are never looked at.
 */
export interface Sentence extends Row {
  /** What of it was kept, with the lengths between the words. */
  readonly byteLength: number;
  /** The first word. */
  readonly head: string;
  /** The rest of the first word that begins with `prefix`. */
  after(prefix: string): string | undefined;
  words(): string[];
}

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
  const codePage = new TextDecoder(deps.encoding ?? DEFAULT_ENCODING, { ignoreBOM: true });
  const prefersUtf8 = codePage.encoding === DEFAULT_ENCODING;
  // Everything not handed over yet lies in `buffer` from 0 to `filled`; the sentence being read begins at `sentenceStart`.
  // Where scanning stopped is kept, so that a byte is looked at once however small the chunks are.
  let buffer: Buffer = NOTHING;
  /** Whether `buffer` is the chunk that came last, to be read where it lies, and not ours to keep. */
  let isBorrowed = false;
  let filled = 0;
  let sentenceStart = 0;
  let scanned = 0;
  /** Start and end of each word of the sentence being read, in turn, counted from `sentenceStart`. */
  const bounds: number[] = [];
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

  /** The sentence handed over, each byte a character: its words lie in it where `bounds` says. `null` between two sentences. */
  let text: string | null = null;
  let isTextAscii = true;
  /** Whether nothing in `buffer` needs a closer look, which is the rule. */
  let isBufferAscii = true;
  /** Where the next search for an attribute begins: who asks in the router's order finds each at once. */
  let nextIndex = 0;

  function textNow(): string {
    if (text === null) {
      throw new Error('a sentence can be read only during its callback');
    }
    return text;
  }

  /** The word of that index, without its first `skipped` characters, which have to be ASCII. */
  function wordFrom(index: number, skipped: number): string {
    const start = startOf(index) + skipped;
    const end = endOf(index);
    const word = textNow().slice(start, end);
    if (isTextAscii || !NOT_ASCII.test(word)) {
      return word;
    }
    const bytes = buffer.subarray(sentenceStart + start, sentenceStart + end);
    return prefersUtf8 && isUtf8(bytes) ? bytes.toString('utf8') : codePage.decode(bytes);
  }

  function startOf(index: number): number {
    return bounds[2 * index] ?? 0;
  }

  function endOf(index: number): number {
    return bounds[2 * index + 1] ?? 0;
  }

  const sentence: Sentence = {
    get byteLength() {
      return textNow().length;
    },
    get head() {
      return wordFrom(0, 0);
    },
    get(property) {
      const all = textNow();
      const valueAt = property.length + 2;
      for (let step = 0, index = nextIndex; step < wordCount; step += 1, index += 1) {
        if (index >= wordCount) {
          index = 0;
        }
        const start = startOf(index);
        if (
          all.charCodeAt(start + valueAt - 1) === EQUALS &&
          all.charCodeAt(start) === EQUALS &&
          start + valueAt <= endOf(index) &&
          all.startsWith(property, start + 1)
        ) {
          nextIndex = index + 1;
          return wordFrom(index, valueAt);
        }
      }
      return undefined;
    },
    after(prefix) {
      const all = textNow();
      for (let index = 0; index < wordCount; index += 1) {
        const start = startOf(index);
        if (all.startsWith(prefix, start) && start + prefix.length <= endOf(index)) {
          return wordFrom(index, prefix.length);
        }
      }
      return undefined;
    },
    words: () => Array.from({ length: wordCount }, (_, index) => wordFrom(index, 0)),
  };

  function finishSentence(): void {
    if (wordCount > 0) {
      // One native call a sentence instead of one a word.
      text = buffer.toString('latin1', sentenceStart, scanned);
      isTextAscii = isBufferAscii || !NOT_ASCII.test(text);
      nextIndex = 0;
      deps.onSentence(sentence);
      text = null;
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
