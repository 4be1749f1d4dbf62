import { encodeLength } from '../platform/routeros/sentence.ts';
import type { Answer } from './menu.ts';

/** Turns what one connection is answered into bytes. */
export interface ReplyEncoder {
  answer(tag: string | null, answer: Answer): Buffer;
  sentences(tag: string | null, sentences: readonly (readonly string[])[]): Buffer;
  /** `!fatal` carries no tag, and its reason is a bare word. */
  fatal(reason: string): Buffer;
}

export interface ReplyEncoderDeps {
  /** The router's charset. */
  readonly encodeText: (text: string) => Uint8Array;
  /** Whether this RouterOS sends `!empty` for a list without rows. */
  readonly sendsEmpty: boolean;
}

const DONE: readonly string[] = ['!done'];

export function createReplyEncoder({ encodeText, sendsEmpty }: ReplyEncoderDeps): ReplyEncoder {
  let sent = 0;

  function sentences(tag: string | null, list: readonly (readonly string[])[]): Buffer {
    const bytes = createGrowingBytes();
    for (const words of list) {
      for (const word of tag === null ? words : withTag(words, `.tag=${tag}`, sent)) {
        const encoded = encodeText(word);
        bytes.append(encodeLength(encoded.length));
        bytes.append(encoded);
      }
      bytes.append(SENTENCE_END);
      sent += 1;
    }
    return bytes.taken();
  }

  return {
    answer(tag, answer) {
      if (answer.kind === 'trap') {
        const category = answer.category === null ? [] : [`=category=${answer.category}`];
        return sentences(tag, [['!trap', ...category, `=message=${answer.message}`], DONE]);
      }
      if (answer.rows.length === 0 && sendsEmpty) return sentences(tag, [['!empty'], DONE]);
      const rows = answer.rows.map((row) => [
        '!re',
        ...Object.entries(row).map(([name, value]) => `=${name}=${value}`),
      ]);
      return sentences(tag, [...rows, DONE]);
    },
    sentences,
    fatal: (reason) => sentences(null, [['!fatal', reason]]),
  };
}

const SENTENCE_END = new Uint8Array(1);

/** Puts the tag after the reply word, at the end, and in the middle by turns: its place is not fixed. */
function withTag(words: readonly string[], tag: string, turn: number): string[] {
  const places = [1, words.length, Math.ceil(words.length / 2)];
  return words.toSpliced(places[turn % places.length] ?? 1, 0, tag);
}

const INITIAL_BYTES = 4096;

/** One piece of memory for a whole reply: a router may list tens of thousands of rows. */
function createGrowingBytes() {
  let buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  let filled = 0;
  return {
    append(bytes: Uint8Array): void {
      if (filled + bytes.length > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, filled + bytes.length));
        buffer.copy(larger, 0, 0, filled);
        buffer = larger;
      }
      buffer.set(bytes, filled);
      filled += bytes.length;
    },
    taken: () => buffer.subarray(0, filled),
  };
}
