import { REPLACEMENT, replaceUnsafe } from './clean-text.ts';

/** What a spreadsheet would take for a formula, or strip before it looks for one. */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const NEEDS_QUOTES = /[",\r\n\t;]|^\s|\s$/u;

/**
 * One field of RFC 4180. Text that a spreadsheet would run as a formula gets a leading apostrophe, and what `cleanText` knows as
 * unsafe becomes `�`, line breaks of the text excepted; numbers are left alone.
 */
export function csvField(value: string | number | bigint | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = replaceUnsafe(value, keepBreaks);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The line breaks of a text are its own: in quotes they break no row. */
function keepBreaks(character: string): string {
  return /[\t\r\n]/.test(character) ? character : REPLACEMENT;
}

type Row = readonly (string | number | bigint | boolean | null)[];

/** A row of RFC 4180, ended by CR LF. */
export function csvRow(row: Row): string {
  return `${row.map(csvField).join(',')}\r\n`;
}

export function csvRows(rows: readonly Row[]): string {
  return rows.map(csvRow).join('');
}
