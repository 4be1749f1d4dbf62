/**
 * Checks values from the database, which others may have edited. Each function takes the column (`table.column`) and its value, and
 * throws an error that names the column when the value is one that this program never writes.
 */

/** Bytes: 0 or more, exact. SQLite gives counters of baselines as decimal text. */
export function bytesOf(column: string, value: unknown): bigint {
  if (typeof value === 'bigint' && value >= 0n) return value;
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw invalid(column, value);
}

/** Beyond this (about the year 275,760) there is no instant, and no other stored number is as large: ECMAScript, "Time Values". */
const MOST = 8.64e15;

/** A whole number that a double holds exactly and that can be an instant, Unix ms; may be negative. */
export function integerOf(column: string, value: unknown): number {
  const number = Number(value);
  if (typeof value === 'bigint' && Math.abs(number) <= MOST) return number;
  throw invalid(column, value);
}

/** A count or a duration in whole ms. */
export function countOf(column: string, value: unknown): number {
  const number = integerOf(column, value);
  if (number >= 0) return number;
  throw invalid(column, value);
}

export function doubleOf(column: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(column, value);
}

export function textOf(column: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(column, value);
}

export function flagOf(column: string, value: unknown): boolean {
  if (value === 0n) return false;
  if (value === 1n) return true;
  throw invalid(column, value);
}

/** `YYYY-MM-DD`. */
export function dayOf(column: string, value: unknown): string {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  throw invalid(column, value);
}

/** One of the given words. */
export function wordOf<Word extends string>(column: string, value: unknown, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw invalid(column, value);
}

/** `null` stays `null`, anything else must pass `read`. */
export function nullable<Value>(
  read: (column: string, value: unknown) => Value,
  column: string,
  value: unknown,
): Value | null {
  return value === null ? null : read(column, value);
}

/** Thrown for a value that this program never writes. */
export class ImpossibleValueError extends Error {
  override name = 'ImpossibleValueError';
}

export function invalid(column: string, value: unknown): ImpossibleValueError {
  return new ImpossibleValueError(
    `the database holds an impossible value in ${column}: ${String(value).slice(0, 100)} (${typeof value})`,
  );
}
