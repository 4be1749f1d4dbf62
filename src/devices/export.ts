import { csvRow, guardFormula } from '../runtime/csv.ts';
import type { DeviceEntry } from './entries.ts';
import { type COLUMN_OF, COLUMNS, FIELDS } from './fields.ts';

/** The inventory as a file that can be imported again. It has no password: an empty cell leaves the one that is stored. */
export function exportDevices(entries: readonly DeviceEntry[]): string {
  const rows = entries.map((entry) => FIELDS.map((field) => guardFormula(cellOf(entry, field))));
  return [COLUMNS, ...rows].map((row) => csvRow(row)).join('');
}

function cellOf(entry: DeviceEntry, field: keyof typeof COLUMN_OF): string {
  if (field === 'password') return '';
  const value = entry[field];
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.join(';') : String(value);
}
