import { type ByteText, linesOf } from '../text.ts';

/** What the comments at the top of an export say; `null` where they do not: CHR and x86 say less. */
export interface ExportHead {
  readonly version: string | null;
  readonly softwareId: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  /** The router's own clock when it exported: ms since 1970 as if it were UTC, since it names no time zone. */
  readonly clockMs: number | null;
}

/** Since 7.10 `2026-11-26 03:00:00`, before `jun/01/2023 03:00:00`. */
const FIRST_LINE = /^# (.{1,40}) by RouterOS (\d[\w.+-]{0,40})/;
const MOST_HEAD_LINES = 20;
const MOST_LENGTH = 64;

export function readHead(text: ByteText): ExportHead {
  const lines = linesOf(text.slice(0, MOST_HEAD_LINES * 200)).slice(0, MOST_HEAD_LINES);
  const comments = lines.filter((line) => line.startsWith('#'));
  const first = comments.map((line) => FIRST_LINE.exec(line)).find((found) => found !== null);
  return {
    version: first?.[2] ?? null,
    clockMs: first?.[1] === undefined ? null : parseClock(first[1]),
    softwareId: fieldOf(comments, /^# software id = (.+)$/),
    model: fieldOf(comments, /^# model = (.+)$/),
    serial: fieldOf(comments, /^# serial number = (.+)$/),
  };
}

function fieldOf(lines: readonly ByteText[], pattern: RegExp): string | null {
  const value = lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  return value === undefined ? null : value.trim().slice(0, MOST_LENGTH);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ISO = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const NAMED = /^([a-z]{3})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2}):(\d{2})$/i;

/** A time as RouterOS writes it, as ms since 1970 of its own clock; `null` where it cannot be read. */
export function parseClock(text: string): number | null {
  const iso = ISO.exec(text.trim());
  const named = iso === null ? NAMED.exec(text.trim()) : null;
  if (iso !== null) return instantOf(iso.slice(1).map(Number));
  if (named === null) return null;
  const [month = '', day, year, ...time] = named.slice(1);
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  return number === 0 ? null : instantOf([Number(year), number, Number(day), ...time.map(Number)]);
}

function instantOf(parts: readonly number[]): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(at);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? at : null;
}
