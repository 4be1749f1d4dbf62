import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { unguardFormula } from '../runtime/csv.ts';

/** A file of records as it was read: every cell is a text, no cell is understood yet. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** The physical line where the record begins; the header is in line 1 unless blank lines come before it. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A line that is wrong. It quotes nothing, for any cell may be a password. */
export interface LineProblem {
  readonly line: number;
  readonly column: string | null;
  readonly message: string;
}

/** With `raw`, which its types do not know to change the result. */
const recordList = z.array(z.object({ record: z.array(z.string()), raw: z.string() }));

const LINE_BREAK = /\r\n|\n|\r/g;
const DELIMITERS = [',', ';', '\t'];

/** UTF-8 with or without a byte order mark, else Windows-1252, as spreadsheets write. */
export function decodeCsv(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Takes a text apart by the rules of RFC 4180; the delimiter is the one of `,`, `;` and tab that the header has most of. */
export function parseCsv(text: string): CsvTable | { readonly problem: LineProblem } {
  try {
    const records = recordList.parse(
      parse(text, {
        delimiter: delimiterOf(text),
        raw: true,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
      }),
    );
    let next = 1;
    const rows = records.map(({ record, raw }): CsvRow => {
      const line = next;
      // Our own count: the library counts a line break of two characters within quotes as two lines.
      next += raw.match(LINE_BREAK)?.length ?? 0;
      return { line, cells: record };
    });
    const [header, ...rest] = rows.filter(({ cells }) => cells.length > 1 || cells[0]?.trim() !== '');
    if (header === undefined) return { problem: { line: 1, column: null, message: 'the file is empty' } };
    return { header: header.cells.map((name) => unguardFormula(name.trim())), rows: rest };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function delimiterOf(text: string): string {
  const header = /^\s*([^\r\n]*)/.exec(text)?.[1] ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

function problemOf(error: unknown): LineProblem {
  if (!(error instanceof Error) || !('code' in error) || !('lines' in error)) throw error;
  const line = typeof error.lines === 'number' ? error.lines : 1;
  const message =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark is opened and never closed'
      : 'a quotation mark stands where none may be; one within a cell is written twice';
  return { line, column: null, message };
}
