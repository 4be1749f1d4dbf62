import { unguardFormula } from '../runtime/csv.ts';
import type { CsvRow, CsvTable, LineProblem } from './csv-table.ts';
import type { Draft } from './draft.ts';
import { COLUMN_OF, COLUMNS, type Column, FIELDS, fieldFromText, parseDeviceFields } from './fields.ts';
import type { Problem } from './inventory.ts';

export interface ImportOptions {
  /** By our column, the name that the file gives it. */
  readonly map: ReadonlyMap<string, string>;
}

/** What an import makes of each record; with a problem, none is made. */
export interface ImportPlan {
  readonly problems: readonly LineProblem[];
  readonly lines: readonly ImportedLine[];
}

export interface ImportedLine {
  readonly line: number;
  readonly name: string;
  readonly outcome: 'added' | 'changed' | 'unchanged';
  /** Columns that change. */
  readonly columns: readonly string[];
}

/** Names that other tools give our columns. */
const USUAL_NAMES: Readonly<Partial<Record<Column, readonly string[]>>> = {
  name: ['device', 'device_name', 'router', 'identity', 'sysname'],
  host: ['ip', 'ip_address', 'ipaddress', 'address', 'hostname'],
  api_port: ['port'],
  username: ['user', 'login', 'user_name'],
  password: ['pass', 'passwd', 'pwd'],
  tags: ['tag', 'group', 'groups'],
};
const PROBLEMS_AT_MOST = 200;

/** Puts every record of a table into the draft. All problems are found, of all lines. */
export function planImport(table: CsvTable, draft: Draft, options: ImportOptions): ImportPlan {
  const columns = readHeader(table.header, options);
  if ('problems' in columns) return { problems: columns.problems, lines: [] };
  const problems: LineProblem[] = [];
  const lines: ImportedLine[] = [];
  const seen = new Map<string, number>();
  for (const row of table.rows) {
    const tell = (each: readonly Problem[]) => {
      for (const { field, message } of each) problems.push({ line: row.line, column: columnOf(field), message });
    };
    if (row.cells.length > table.header.length) {
      tell([{ field: '', message: 'has more cells than the header', kind: 'invalid' }]);
      continue;
    }
    const { name, ...given } = readCells(row, columns.at);
    const twin = seen.get(name);
    if (twin !== undefined) {
      tell([{ field: 'name', message: `is also the name in line ${twin}`, kind: 'conflict' }]);
      continue;
    }
    seen.set(name, row.line);
    const parsed = parseDeviceFields(given);
    if ('problems' in parsed) {
      tell(parsed.problems);
      continue;
    }
    const result = draft.put(name, parsed.fields, { may: 'either' });
    tell(result.problems);
    lines.push({ line: row.line, name, outcome: result.outcome, columns: result.columns });
  }
  for (const [name, together] of draft.problems()) {
    for (const { field, message } of together) {
      problems.push({ line: seen.get(name) ?? 0, column: columnOf(field), message });
    }
  }
  problems.sort((one, other) => one.line - other.line);
  return { problems: problems.slice(0, PROBLEMS_AT_MOST), lines };
}

/** How many of the lines add, change and leave a device. */
export function countOutcomes(lines: readonly ImportedLine[]): Readonly<Record<ImportedLine['outcome'], number>> {
  const count = (wanted: ImportedLine['outcome']) => lines.filter(({ outcome }) => outcome === wanted).length;
  return { added: count('added'), changed: count('changed'), unchanged: count('unchanged') };
}

/** `line 7: host: must be …` */
export function describeLine({ line, column, message }: LineProblem): string {
  return column === null ? `line ${line}: ${message}` : `line ${line}: ${column}: ${message}`;
}

function columnOf(field: string): string | null {
  return field in COLUMN_OF ? COLUMN_OF[field as keyof typeof COLUMN_OF] : null;
}

/** At which place of a record each of our columns stands. */
type Places = ReadonlyMap<Column, number>;

function readHeader(
  header: readonly string[],
  { map }: ImportOptions,
): { readonly at: Places } | { readonly problems: LineProblem[] } {
  const names = header.map((name) => name.toLowerCase());
  const at = new Map<Column, number>();
  const problems: LineProblem[] = [];
  const tell = (column: string | null, message: string) => problems.push({ line: 1, column, message });
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      tell(null, `column ${index + 1} has the name of column ${names.indexOf(name) + 1}`);
  }
  for (const [ours, theirs] of map) {
    const column = COLUMNS.find((each) => each === ours);
    const place = names.indexOf(theirs.trim().toLowerCase());
    if (column === undefined) tell(null, `--map names a column that there is not; known ones: ${COLUMNS.join(', ')}`);
    else if (place < 0) tell(column, 'the file has no column of the name that --map gives');
    else at.set(column, place);
  }
  for (const column of COLUMNS) {
    if (at.has(column)) continue;
    const own = names.indexOf(column);
    const place =
      own >= 0 ? own : (USUAL_NAMES[column] ?? []).map((name) => names.indexOf(name)).find((found) => found >= 0);
    if (place !== undefined && place >= 0 && (own >= 0 || ![...at.values()].includes(place))) at.set(column, place);
  }
  for (const column of ['name', 'host'] as const) if (!at.has(column)) tell(column, 'this column is missing');
  const used = new Set(at.values());
  for (const [index, name] of names.entries()) {
    if (!used.has(index) && names.indexOf(name) === index) {
      tell(null, `column ${index + 1} has an unknown name; known ones: ${COLUMNS.join(', ')}`);
    }
  }
  return problems.length > 0 ? { problems } : { at };
}

function readCells({ cells }: CsvRow, at: Places): { readonly name: string } & Readonly<Record<string, unknown>> {
  const textOf = (column: Column): string | undefined => {
    const place = at.get(column);
    if (place === undefined) return undefined;
    const cell = cells[place] ?? '';
    // A password is what was written; an export has none, so no guard is on it.
    return column === 'password' ? cell : unguardFormula(cell.trim());
  };
  const given: [string, unknown][] = FIELDS.flatMap((field) => {
    const text = textOf(COLUMN_OF[field]);
    const value = text === undefined || field === 'name' ? undefined : fieldFromText(field, text);
    return value === undefined ? [] : [[field, value] as [string, unknown]];
  });
  return { ...Object.fromEntries(given), name: textOf('name') ?? '' };
}
