import { setImmediate as turn } from 'node:timers/promises';
import { CompiledQuery } from 'kysely';
import type { Database, DatabaseTransaction } from './database.ts';
import { createSqlText, type SqlText, type Value } from './sql-text.ts';

export type { Value };
export type Row = readonly Value[];

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

/** Statements that insert or update rows, each made when there are enough rows for it. */
export interface Bulk {
  /** Takes a row, in the order of `target.columns`; gives the statement that it completes, if it does. */
  add(row: Row): CompiledQuery | null;
  /** The statement of the rows that are left, if there are any. */
  end(): Generator<CompiledQuery>;
}

/** Far below what servers take (`max_allowed_packet`); a longer statement gains nothing and is held in memory several times over. */
const FULL_STATEMENT_BYTES = 500_000;
/** Rows in one statement of SQLite: more gains nothing, and statements of the same length are prepared once. */
const SQLITE_ROWS = 100;

/** A statement a row would cost a poll of 10,000 queues seconds. Two rows of one key add up. */
export function createBulk(kind: Database['kind'], target: BulkTarget): Bulk {
  return kind === 'mysql' ? mysqlBulk(target) : sqliteBulk(target);
}

/** Statements for all rows; these are asked for as they are needed. */
export function* bulkUpserts(
  kind: Database['kind'],
  target: BulkTarget,
  rows: Iterable<Row>,
): Generator<CompiledQuery> {
  const bulk = createBulk(kind, target);
  for (const row of rows) {
    const full = bulk.add(row);
    if (full !== null) yield full;
  }
  yield* bulk.end();
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

function mysqlBulk(target: BulkTarget): Bulk {
  const updates = [
    ...target.replace.map((column) => `${column} = VALUES(${column})`),
    ...target.add.map((column) => `${column} = ${column} + VALUES(${column})`),
    ...(target.largest ?? []).map((column) => `${column} = ${extreme('GREATEST', column, `VALUES(${column})`)}`),
    ...(target.smallest ?? []).map((column) => `${column} = ${extreme('LEAST', column, `VALUES(${column})`)}`),
  ];
  const head = `${insertInto(target)} VALUES `;
  const tail = ` ON DUPLICATE KEY UPDATE ${updates.join(', ')}`;
  let text: SqlText | null = null;

  function complete(rows: SqlText): CompiledQuery {
    text = null;
    rows.addWords(tail);
    // The values are in it already: the driver would put them in only when the connection is free.
    return CompiledQuery.raw(rows.take());
  }

  return {
    add(row) {
      if (text === null) {
        text = createSqlText();
        text.addWords(head);
      } else {
        text.addWords(',');
      }
      text.addRow(row);
      return text.length() < FULL_STATEMENT_BYTES ? null : complete(text);
    },
    *end() {
      if (text !== null) yield complete(text);
    },
  };
}

function sqliteBulk(target: BulkTarget): Bulk {
  const updates = [
    ...target.replace.map((column) => `${column} = excluded.${column}`),
    ...target.add.map((column) => `${column} = ${column} + excluded.${column}`),
    ...(target.largest ?? []).map((column) => `${column} = ${extreme('MAX', column, `excluded.${column}`)}`),
    ...(target.smallest ?? []).map((column) => `${column} = ${extreme('MIN', column, `excluded.${column}`)}`),
  ];
  const rowOfPlaces = `(${target.columns.map(() => '?').join(', ')})`;
  const conflict = `ON CONFLICT (${target.key.join(', ')}) DO UPDATE SET ${updates.join(', ')}`;
  const textOf = (rows: number) =>
    `${insertInto(target)} VALUES ${Array(rows).fill(rowOfPlaces).join(', ')} ${conflict}`;
  let rows = 0;
  let values: Value[] = [];
  let fullText: string | null = null;

  function complete(text: string): CompiledQuery {
    const statement = CompiledQuery.raw(text, values);
    rows = 0;
    values = [];
    return statement;
  }

  return {
    add(row) {
      for (const value of row) values.push(value);
      rows += 1;
      if (rows < SQLITE_ROWS) return null;
      fullText ??= textOf(rows);
      return complete(fullText);
    },
    *end() {
      if (rows > 0) yield complete(textOf(rows));
    },
  };
}

/** These functions give `NULL` when one of their values is. */
function extreme(name: string, kept: string, given: string): string {
  return `${name}(COALESCE(${kept}, ${given}), COALESCE(${given}, ${kept}))`;
}

function insertInto({ table, columns }: BulkTarget): string {
  return `INSERT INTO ${table} (${columns.join(', ')})`;
}
