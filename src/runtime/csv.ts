import { REPLACEMENT, replaceUnsafe } from './clean-text.ts';

/** What a spreadsheet would take for a formula, or strip before it looks for one. */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const NEEDS_QUOTES = /[",\r\n\t;]|^\s|\s$/u;

/** Puts an apostrophe before what a spreadsheet would run as a formula; `unguardFormula` gives back exactly the text. */
export function guardFormula(text: string): string {
  return isGuarded(text) ? `'${text}` : text;
}

/** Takes off the apostrophe of `guardFormula`; any other text stays as it is. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && isGuarded(text.slice(1)) ? text.slice(1) : text;
}

/** A formula, also behind apostrophes: one that is a text's own must not be taken for the guard. */
function isGuarded(text: string): boolean {
  return FORMULA.test(text.replace(/^'+/, ''));
}

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
