import type { OutputFormat } from '../../platform/cli/options.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import { layOutTable } from '../../platform/cli/render/table.ts';
import { csvRows } from '../../runtime/csv.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import { toJson } from '../../runtime/json.ts';

type Value = string | number | null;

/** A list of entries in the format that was asked for. Instants are in the zone for people, and as in the API for programs. */
export function printEntries<Entry extends object>(
  entries: readonly Entry[],
  columns: readonly (readonly [key: keyof Entry & string, title: string])[],
  options: {
    readonly format: OutputFormat;
    readonly screen: Screen;
    readonly timeZone: string;
    /** What people read when there is nothing. */
    readonly empty: string;
  },
): string {
  const { format, screen, timeZone, empty } = options;
  if (format === 'json') return toJson(entries);
  const rows = entries.map((entry) => columns.map(([key]) => plainValue(entry[key])));
  if (format === 'csv') return csvRows([columns.map(([key]) => key), ...rows]);
  if (entries.length === 0) return `${empty}\n`;
  const table = {
    columns: columns.map(([, title]) => ({ title, align: 'left' as const, shrinksTo: 8 })),
    rows: rows.map((row) => row.map((value, place) => ({ text: textOf(value, columns[place]?.[0] ?? '', timeZone) }))),
  };
  return [...layOutTable(table, screen.width).lines()].join('');
}

function plainValue(value: unknown): Value {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function textOf(value: Value, key: string, timeZone: string): string {
  if (value === null) return '';
  if (typeof value === 'string' && (key === 'at' || key.endsWith('At'))) {
    return formatMoment(Date.parse(value), timeZone);
  }
  return readableName(String(value));
}
