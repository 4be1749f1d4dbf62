/** What a spreadsheet would take for a formula, or strip before it looks for one. */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const NEEDS_QUOTES = /[",\r\n\t;]|^\s|\s$/u;

/** One field of RFC 4180. Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers are left alone. */
export function csvField(value: string | number | bigint | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

type Row = readonly (string | number | bigint | boolean | null)[];

/** A row of RFC 4180, ended by CR LF. */
export function csvRow(row: Row): string {
  return `${row.map(csvField).join(',')}\r\n`;
}

export function csvRows(rows: readonly Row[]): string {
  return rows.map(csvRow).join('');
}
