import { setImmediate as turn } from 'node:timers/promises';
import { CompiledQuery } from 'kysely';
import { format } from 'sql-escaper';
import type { Database, DatabaseTransaction } from './database.ts';

export type Value = string | number | bigint | null;
export type Row = Value[];

/** A table as the bulk statements see it: its columns, and what happens to a row that is there already. */
export interface BulkTarget {
  readonly table: string;
  readonly columns: readonly string[];
  /** The unique key that finds the row. */
  readonly key: readonly string[];
  /** Columns that take the new value. */
  readonly replace: readonly string[];
  /** Columns that the new value is added to. */
  readonly add: readonly string[];
  /** Columns that keep the larger of both; `NULL` is none. */
  readonly largest?: readonly string[];
  /** Columns that keep the smaller of both; `NULL` is none. */
  readonly smallest?: readonly string[];
}

/** Far below what servers take (`max_allowed_packet`); a longer statement gains nothing and is held in memory several times over. */
const MOST_STATEMENT_BYTES = 1_000_000;
/** A value that is no text, with its comma and blank. */
const PLAIN_VALUE_BYTES = 23;
/** A UTF-16 unit is at most three bytes of UTF-8; an escaped one at most two. */
const TEXT_UNIT_BYTES = 3;
/** Rows in one statement of SQLite: more gains nothing, and statements of the same length are prepared once. */
const SQLITE_ROWS = 100;

/**
 * Statements that insert or update all rows, each built when it is asked for; a statement a row would cost a poll of 10,000
 * queues seconds. Rows are in the order of `target.columns`, and are asked for as they are needed. Two rows of one key add up.
 */
export function bulkUpserts(kind: Database['kind'], target: BulkTarget, rows: Iterable<Row>): Iterable<CompiledQuery> {
  return kind === 'mysql' ? mysqlUpserts(target, rows) : sqliteUpserts(target, rows);
}

/** Runs statements strictly one after another; while one runs the next is built. */
export async function runInOrder(transaction: DatabaseTransaction, statements: Iterable<CompiledQuery>): Promise<void> {
  // Never two on the way at once: after a deadlock the server has rolled back and would commit the second by itself.
  let running: Promise<unknown> = Promise.resolve();
  for (const statement of statements) {
    await running;
    running = transaction.executeQuery(statement);
    // Building keeps this thread busy: first the statement must have left.
    await Promise.race([running, turn()]);
  }
  await running;
}

function* mysqlUpserts(target: BulkTarget, rows: Iterable<Row>): Generator<CompiledQuery> {
  const updates = [
    ...target.replace.map((column) => `${column} = VALUES(${column})`),
    ...target.add.map((column) => `${column} = ${column} + VALUES(${column})`),
    ...(target.largest ?? []).map((column) => `${column} = ${extreme('GREATEST', column, `VALUES(${column})`)}`),
    ...(target.smallest ?? []).map((column) => `${column} = ${extreme('LEAST', column, `VALUES(${column})`)}`),
  ];
  const statement = `${insertInto(target)} VALUES ? ON DUPLICATE KEY UPDATE ${updates.join(', ')}`;
  // The driver would put the values in only when the connection is free.
  for (const chunk of chunksBySize(rows)) yield CompiledQuery.raw(format(statement, [chunk]));
}

function* sqliteUpserts(target: BulkTarget, rows: Iterable<Row>): Generator<CompiledQuery> {
  const updates = [
    ...target.replace.map((column) => `${column} = excluded.${column}`),
    ...target.add.map((column) => `${column} = ${column} + excluded.${column}`),
    ...(target.largest ?? []).map((column) => `${column} = ${extreme('MAX', column, `excluded.${column}`)}`),
    ...(target.smallest ?? []).map((column) => `${column} = ${extreme('MIN', column, `excluded.${column}`)}`),
  ];
  const rowOfPlaces = `(${target.columns.map(() => '?').join(', ')})`;
  for (const chunk of chunksOf(rows, (chunk) => chunk.length >= SQLITE_ROWS)) {
    const places = chunk.map(() => rowOfPlaces).join(', ');
    const conflict = `ON CONFLICT (${target.key.join(', ')}) DO UPDATE SET ${updates.join(', ')}`;
    yield CompiledQuery.raw(`${insertInto(target)} VALUES ${places} ${conflict}`, chunk.flat());
  }
}

/** These functions give `NULL` when one of their values is. */
function extreme(name: string, kept: string, given: string): string {
  return `${name}(COALESCE(${kept}, ${given}), COALESCE(${given}, ${kept}))`;
}

function insertInto({ table, columns }: BulkTarget): string {
  return `INSERT INTO ${table} (${columns.join(', ')})`;
}

function* chunksBySize(rows: Iterable<Row>): Generator<Row[]> {
  let bytes = 0;
  yield* chunksOf(rows, (chunk, next) => {
    const rowBytes = mostBytes(next);
    const isFull = chunk.length > 0 && bytes + rowBytes > MOST_STATEMENT_BYTES;
    bytes = isFull ? rowBytes : bytes + rowBytes;
    return isFull;
  });
}

/** Gathers rows; `isFull` is asked before each row whether the chunk goes without it. */
function* chunksOf(rows: Iterable<Row>, isFull: (chunk: readonly Row[], next: Row) => boolean): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    if (isFull(chunk, row)) {
      yield chunk;
      chunk = [];
    }
    chunk.push(row);
  }
  if (chunk.length > 0) yield chunk;
}

function mostBytes(row: Row): number {
  let bytes = 0;
  for (const value of row) {
    bytes += PLAIN_VALUE_BYTES + (typeof value === 'string' ? value.length * TEXT_UNIT_BYTES : 0);
  }
  return bytes;
}
