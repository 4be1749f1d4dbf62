import { isAscii } from 'node:buffer';
import { escape as escapeForMysql } from 'sql-escaper';

export type Value = string | number | bigint | null;

/** The text of a statement for MySQL, in a buffer: put together of strings it would leave many times its size as garbage. */
export interface SqlText {
  /** Bytes so far. */
  length(): number;
  /** Words of SQL as they are, in ASCII. */
  addWords(words: string): void;
  /** Values in brackets. */
  addRow(row: readonly Value[]): void;
  /** The whole text; nothing can be added after that. */
  take(): string;
}

const FIRST_BYTES = 16 * 1024;
/** A value that is no text, with the comma before it: sign, digits, point and exponent. */
const MOST_NUMBER_BYTES = 32;
/** A UTF-16 unit is at most three bytes of UTF-8, and an escaped one two. */
const MOST_UNIT_BYTES = 3;
const BILLION = 1_000_000_000;
const DIGITS_OF_BILLION = 9;
const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

const OPEN = 0x28;
const CLOSE = 0x29;
const COMMA = 0x2c;
const ZERO = 0x30;
const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTED = 0x20;
const LAST_PRINTED = 0x7e;

const NOTHING = Buffer.alloc(0);
/** Buffers of texts that were taken, for the next ones: two are written at once for each router, and a large one has half a megabyte. */
const spare: Buffer[] = [];
const MOST_SPARE = 2;

export function createSqlText(): SqlText {
  let buffer = spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  let end = 0;

  function makeRoom(bytes: number): void {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, end + bytes));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  }

  return {
    length: () => end,
    addWords(words) {
      makeRoom(words.length);
      end += buffer.write(words, end, 'latin1');
    },
    addRow(row) {
      makeRoom(mostBytes(row));
      end = writeRow(buffer, end, row);
    },
    take() {
      const text = buffer.toString(isAscii(buffer.subarray(0, end)) ? 'latin1' : 'utf8', 0, end);
      if (spare.length < MOST_SPARE) spare.push(buffer);
      buffer = NOTHING;
      end = 0;
      return text;
    },
  };
}

function mostBytes(row: readonly Value[]): number {
  let bytes = MOST_NUMBER_BYTES;
  for (const value of row) {
    bytes += MOST_NUMBER_BYTES + (typeof value === 'string' ? MOST_UNIT_BYTES * value.length : 0);
  }
  return bytes;
}

/** Each function writes from `start` on, where there is room enough, and gives where it ended. */
function writeRow(buffer: Buffer, start: number, row: readonly Value[]): number {
  let at = start;
  let before = OPEN;
  for (const value of row) {
    buffer[at] = before;
    at = writeValue(buffer, at + 1, value);
    before = COMMA;
  }
  buffer[at] = CLOSE;
  return at + 1;
}

function writeValue(buffer: Buffer, start: number, value: Value): number {
  if (typeof value === 'string') return writeText(buffer, start, value);
  const exact = typeof value === 'bigint' && value <= MOST_EXACT ? Number(value) : value;
  if (Number.isSafeInteger(exact) && Number(exact) >= 0) return writeWhole(buffer, start, Number(exact));
  return start + buffer.write(value === null ? 'NULL' : String(value), start, 'latin1');
}

/** In two parts where it is large, so that the arithmetic is that of small integers. */
function writeWhole(buffer: Buffer, start: number, value: number): number {
  if (value < BILLION) return writeDigits(buffer, start, value, digitsOf(value));
  const billions = Math.floor(value / BILLION);
  return writeDigits(buffer, writeWhole(buffer, start, billions), value - billions * BILLION, DIGITS_OF_BILLION);
}

function writeDigits(buffer: Buffer, start: number, value: number, digits: number): number {
  // As integers of 32 bits: a quarter less time for a whole row.
  let rest = value | 0;
  for (let at = start + digits - 1; at >= start; at -= 1) {
    const tens = (rest / 10) | 0;
    buffer[at] = ZERO + rest - 10 * tens;
    rest = tens;
  }
  return start + digits;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits += 1;
  return digits;
}

function writeText(buffer: Buffer, start: number, text: string): number {
  buffer[start] = QUOTE;
  const { length } = text;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (!isPlain(unit)) return start + buffer.write(escapeForMysql(text), start);
    buffer[start + 1 + index] = unit;
  }
  buffer[start + 1 + length] = QUOTE;
  return start + length + 2;
}

/** Whether a UTF-16 unit stands for itself within quotes, and is one byte. */
function isPlain(unit: number): boolean {
  return unit >= FIRST_PRINTED && unit <= LAST_PRINTED && unit !== QUOTE && unit !== DOUBLE_QUOTE && unit !== BACKSLASH;
}
