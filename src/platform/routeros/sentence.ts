import { isUtf8 } from 'node:buffer';

const NOT_ASCII = /[^\x00-\x7f]/;

const EQUALS = '='.charCodeAt(0);

/** Encoding of names that are not UTF-8, unless the router's configuration says otherwise. */
const DEFAULT_ENCODING = 'windows-1252';

const NOTHING = Buffer.alloc(0);

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

/** Shows one sentence after another, where its bytes lie. */
export interface SentenceView {
  readonly sentence: Sentence;
  /** Start and end of each word of the sentence, in turn, counted from its start; to be filled in by who shows it. */
  readonly bounds: number[];
  /** From now on it is the sentence that lies in `bytes` from `start` to before `end`; `isAscii` where that is known. */
  show(bytes: Buffer, start: number, end: number, words: number, isAscii: boolean): void;
  /** From now on reading it throws. */
  hide(): void;
}

/** A view that decodes what is asked for; `encoding` as `createSentenceScanner` takes it. */
export function createSentenceView(encoding: string | undefined): SentenceView {
  const codePage = new TextDecoder(encoding ?? DEFAULT_ENCODING, { ignoreBOM: true });
  const prefersUtf8 = codePage.encoding === DEFAULT_ENCODING;
  const bounds: number[] = [];
  let wordCount = 0;
  let buffer: Buffer = NOTHING;
  let sentenceStart = 0;
  /** The sentence, each byte a character: its words lie in it where `bounds` says. `null` between two sentences. */
  let text: string | null = null;
  let isTextAscii = true;
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

  return {
    sentence,
    bounds,
    show(bytes, start, end, words, isAscii) {
      buffer = bytes;
      sentenceStart = start;
      wordCount = words;
      // One native call a sentence instead of one a word.
      text = bytes.toString('latin1', start, end);
      isTextAscii = isAscii || !NOT_ASCII.test(text);
      nextIndex = 0;
    },
    hide() {
      text = null;
      buffer = NOTHING;
    },
  };
}
