import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { matchLines } from './diff.ts';
import { type ByteText, bytesOfText, byteTextOf } from './text.ts';

/** More than any configuration: what claims to be larger is damaged. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Small ones take ten times as long for a large text. */
const CHUNK_BYTES = 1024 * 1024;
/** A difference that is not much smaller than the text is not worth a base. */
const MOST_OF_FULL = 0.7;

export function compress(text: ByteText): Buffer {
  return deflateRawSync(bytesOfText(text));
}

/** Throws where it is none of ours. */
export function decompress(bytes: Uint8Array): ByteText {
  return byteTextOf(inflate(bytes));
}

/** `[from, count]`: so many lines of the base; a text: what is not there. */
const steps = z.array(z.union([z.string(), z.tuple([z.int().min(0), z.int().min(1)])]));

/** The text as a compressed difference to its base; `null` where that saves too little. Lines keep their ends, so every byte comes back. */
export function compressDifference(text: ByteText, base: ByteText): Buffer | null {
  const [lines, baseLines] = [wholeLines(text), wholeLines(base)];
  const result: (string | [number, number])[] = [];
  let at = 0;
  const insertUpTo = (end: number) => {
    if (end > at) result.push(lines.slice(at, end).join(''));
    at = end;
  };
  for (const [baseAt, lineAt] of matchLines(baseLines, lines)) {
    insertUpTo(lineAt);
    const last = result.at(-1);
    if (Array.isArray(last) && last[0] + last[1] === baseAt) last[1] += 1;
    else result.push([baseAt, 1]);
    at = lineAt + 1;
  }
  insertUpTo(lines.length);
  const difference = deflateRawSync(Buffer.from(JSON.stringify(result), 'utf8'));
  return difference.length < compress(text).length * MOST_OF_FULL ? difference : null;
}

/** Throws where it is none of ours, or the base is another one. */
export function applyDifference(difference: Uint8Array, base: ByteText): ByteText {
  const json = inflate(difference).toString('utf8');
  const baseLines = wholeLines(base);
  return steps
    .parse(JSON.parse(json))
    .map((step) => {
      if (typeof step === 'string') return step;
      const [from, count] = step;
      if (from + count > baseLines.length) throw new RangeError('the base is shorter than its difference');
      return baseLines.slice(from, from + count).join('');
    })
    .join('');
}

function inflate(bytes: Uint8Array): Buffer {
  return inflateRawSync(bytes, { maxOutputLength: MOST_BYTES, chunkSize: CHUNK_BYTES });
}

function wholeLines(text: ByteText): readonly ByteText[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
