import { CompiledQuery } from 'kysely';
import type { Database, DatabaseTransaction } from './database.ts';
import type { Schema } from './schema.ts';

export type Value = string | number | bigint | null;

/** A table as the bulk statements see it: its columns, and what happens to a row that is there already. */
export interface BulkTarget {
  readonly table: keyof Schema;
  readonly columns: readonly string[];
  /** The unique key that finds the row. */
  readonly key: readonly string[];
  /** Columns that take the new value. */
  readonly replace: readonly string[];
  /** Columns that the new value is added to. */
  readonly add: readonly string[];
}

/** Far below the 16 MiB that servers take by default (`max_allowed_packet`), and below the 4 MiB of old settings. */
const MOST_STATEMENT_BYTES = 3_000_000;
/** A value that is no text, with its comma. */
const PLAIN_VALUE_BYTES = 22;
/** A UTF-16 unit is at most three bytes of UTF-8, or an escape of six in JSON. */
const TEXT_UNIT_BYTES = 6;

/**
 * Inserts or updates all rows with as few statements as fit: a statement a row would cost a poll of 10,000 queues seconds.
 * Rows are in the order of `target.columns`. Two rows of one key add up.
 */
export async function bulkUpsert(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  target: BulkTarget,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const build = kind === 'mysql' ? mysqlUpsert : sqliteUpsert;
  // One after another: after a deadlock the server has rolled back, and would commit whatever else is on its way to it.
  for (const chunk of chunks(rows)) await transaction.executeQuery(build(target, chunk));
}

function* chunks(rows: readonly (readonly Value[])[]): Generator<readonly (readonly Value[])[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, row] of rows.entries()) {
    const rowBytes = estimatedBytes(row);
    if (bytes + rowBytes > MOST_STATEMENT_BYTES && index > start) {
      yield rows.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += rowBytes;
  }
  if (start < rows.length) yield rows.slice(start);
}

function estimatedBytes(row: readonly Value[]): number {
  let bytes = 0;
  for (const value of row)
    bytes += PLAIN_VALUE_BYTES + (typeof value === 'string' ? value.length * TEXT_UNIT_BYTES : 0);
  return bytes;
}

/** mysql2 writes the rows into the one placeholder, each value escaped. */
function mysqlUpsert(target: BulkTarget, rows: readonly (readonly Value[])[]): CompiledQuery {
  const updates = [
    ...target.replace.map((column) => `${column} = VALUES(${column})`),
    ...target.add.map((column) => `${column} = ${column} + VALUES(${column})`),
  ];
  return CompiledQuery.raw(
    `INSERT INTO ${target.table} (${target.columns.join(', ')}) VALUES ? ON DUPLICATE KEY UPDATE ${updates.join(', ')}`,
    [rows],
  );
}

/** The rows go in as one JSON text: integers in it are exact, and a text cannot end the statement. */
function sqliteUpsert(target: BulkTarget, rows: readonly (readonly Value[])[]): CompiledQuery {
  const values = target.columns.map((_, index) => `value ->> ${index}`);
  const updates = [
    ...target.replace.map((column) => `${column} = excluded.${column}`),
    ...target.add.map((column) => `${column} = ${column} + excluded.${column}`),
  ];
  return CompiledQuery.raw(
    `INSERT INTO ${target.table} (${target.columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?) WHERE true
      ON CONFLICT (${target.key.join(', ')}) DO UPDATE SET ${updates.join(', ')}`,
    [`[${rows.map((row) => `[${row.map(json).join()}]`).join()}]`],
  );
}

function json(value: Value): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
