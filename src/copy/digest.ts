import { createHash } from 'node:crypto';
import type { Table, TableReader, Value } from './ports.ts';
import { brokenOff } from './troubles.ts';

export interface TableDigest {
  readonly rows: number;
  /** SHA-256 of all values of all rows, in the order of the key. */
  readonly digest: string;
}

/** A digest of values. */
export interface Digest {
  add(values: readonly Value[]): void;
  text(): string;
}

export function createDigest(): Digest {
  const hash = createHash('sha256');
  return {
    add: (values) => void hash.update(values.map(said).join('')),
    text: () => hash.digest('hex'),
  };
}

/** Some databases keep some numbers as text, so values are compared as text. The length before each keeps different lists different. */
function said(value: Value): string {
  if (value === null) return '-';
  const text = String(value);
  return `${text.length}:${text}`;
}

export async function digestTable(
  reader: TableReader,
  table: Table,
  limit: number,
  signal: AbortSignal,
): Promise<TableDigest> {
  const digest = createDigest();
  const places = table.key.map((column) => table.columns.indexOf(column));
  let rows = 0;
  let after: Value[] | null = null;
  for (;;) {
    if (signal.aborted) throw brokenOff();
    const page = await reader.page(table, after, limit);
    for (const row of page) digest.add(row);
    rows += page.length;
    const last = page.at(-1);
    if (last === undefined) return { rows, digest: digest.text() };
    after = places.map((place) => last[place] ?? null);
  }
}
