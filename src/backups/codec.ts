import { constants, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { LINES_AT_ONCE, matchLines, NOWHERE, numberLines } from './match-lines.ts';
import type { Steps } from './steps.ts';
import { type ByteText, bytesOfText, byteTextOf } from './text.ts';

/** More than any configuration: what claims to be larger is damaged. */
const MOST_BYTES = 256 * 1024 * 1024;
/** What is inflated is put together of chunks; a text that fits into one needs no copy. Configurations become 5 to 15 times as large. */
const CHUNK_RATIO = 16;
const MOST_CHUNK_BYTES = 8 * 1024 * 1024;
const LEAST_CHUNK_BYTES = 64 * 1024;
/** A difference that is not much smaller than the text is not worth a base. */
const MOST_OF_FULL = 0.7;

/** How each frame of Zstandard begins (RFC 8878, 3.1.1). No deflated text does: it would be a stored block of a wrong length. */
const ZSTD_MAGIC = Buffer.from('28b52ffd', 'hex');

/** For exports, level 1 of Zstandard takes a seventh of the time of deflate and about the same room; level 3 saves nothing. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function compress(text: ByteText): Buffer {
  return zstdCompressSync(bytesOfText(text), LEVEL);
}

/** Throws where it is none of ours. */
export function decompress(bytes: Uint8Array): ByteText {
  return byteTextOf(inflate(bytes));
}

/** `[from, count]`: so many lines of the base; a text: what is not there. */
type Step = string | readonly [from: number, count: number];

/** Throws where it is none of ours. One by one: a schema of all steps takes ten times as long for a large text. */
function stepsOf(json: string): readonly Step[] {
  return z
    .array(z.unknown())
    .parse(JSON.parse(json))
    .map((step) => {
      if (typeof step === 'string') return step;
      const [from, count, ...more]: readonly unknown[] = Array.isArray(step) ? step : [];
      if (!isCount(from, 0) || !isCount(count, 1) || more.length > 0) throw new TypeError('no step of a difference');
      return [from, count];
    });
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

/** The text as a compressed difference to its base; `null` where that saves too little. Lines keep their ends, so every byte comes back. */
export function* compressDifference(text: ByteText, base: ByteText): Steps<Buffer | null> {
  const lines = wholeLines(text);
  yield;
  const baseLines = wholeLines(base);
  yield;
  const result: (string | [number, number])[] = [];
  let at = 0;
  const insertUpTo = (end: number) => {
    if (end > at) result.push(lines.slice(at, end).join(''));
    at = end;
  };
  const numbered = yield* numberLines({ lines: baseLines, menus: [] }, { lines, menus: [] });
  const partners = yield* matchLines(numbered);
  for (const [baseAt, lineAt] of partners.entries()) {
    if (baseAt % LINES_AT_ONCE === 0) yield;
    if (lineAt === NOWHERE) continue;
    insertUpTo(lineAt);
    const last = result.at(-1);
    if (Array.isArray(last) && last[0] + last[1] === baseAt) last[1] += 1;
    else result.push([baseAt, 1]);
    at = lineAt + 1;
  }
  insertUpTo(lines.length);
  yield;
  const json = Buffer.from(JSON.stringify(result), 'utf8');
  yield;
  const difference = zstdCompressSync(json, LEVEL);
  yield;
  return difference.length < compress(text).length * MOST_OF_FULL ? difference : null;
}

/** Throws where it is none of ours, or the base is another one. */
export function applyDifference(difference: Uint8Array, base: ByteText): ByteText {
  const starts = lineStarts(base);
  const parts = stepsOf(inflate(difference).toString('utf8')).map((step) => {
    if (typeof step === 'string') return step;
    const [from, count] = step;
    if (from + count >= starts.length) throw new RangeError('the base is shorter than its difference');
    return base.slice(starts[from], starts[from + count]);
  });
  return parts.join('');
}

/** Where each line begins, and where the last one ends. */
function lineStarts(text: ByteText): readonly number[] {
  const starts = [0];
  for (let end = 0; end < text.length; ) {
    end = text.indexOf('\n', end) + 1;
    if (end === 0) end = text.length;
    starts.push(end);
  }
  return starts;
}

function inflate(bytes: Uint8Array): Buffer {
  const chunkSize = Math.min(Math.max(bytes.length * CHUNK_RATIO, LEAST_CHUNK_BYTES), MOST_CHUNK_BYTES);
  const options = { maxOutputLength: MOST_BYTES, chunkSize };
  // What was stored until version 0.1 is deflated.
  return ZSTD_MAGIC.equals(bytes.subarray(0, ZSTD_MAGIC.length))
    ? zstdDecompressSync(bytes, options)
    : inflateRawSync(bytes, options);
}

function wholeLines(text: ByteText): readonly ByteText[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
