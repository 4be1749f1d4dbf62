import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { TroubleError } from '../../runtime/errors.ts';

/**
 * How long SQLite itself waits for another process's lock, in ms. Short, because the whole process waits with it: the longer
 * wait is the caller's, who tries again later.
 */
const BUSY_TIMEOUT_MS = 25;

const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0n, lastInsertRowid: 0n }),
  iterate: () => [].values(),
};

/**
 * `node:sqlite` in the shape that Kysely's SQLite dialect takes. The file is opened (its folder made) with the first statement,
 * and tried again with the next if that fails. Every integer is given as a bigint.
 */
export function createSqliteFile(path: string): SqliteDatabase {
  let opened: DatabaseSync | null = null;
  let last: { readonly sql: string; readonly statement: StatementSync } | null = null;

  /** A bulk write is the same statement again and again. */
  function prepareOnce(sql: string): StatementSync {
    if (last?.sql === sql) return last.statement;
    opened ??= open(path);
    const statement = opened.prepare(sql);
    statement.setReadBigInts(true);
    last = { sql, statement };
    return statement;
  }

  function prepare(sql: string): SqliteStatement {
    // SQLite itself rolls back when the disk is full, and then refuses to do it again: the first error is the one that counts.
    if (sql === 'rollback' && opened?.isTransaction === false) return NOTHING;
    // A transaction that begins as a reader cannot always become a writer, and then no waiting helps it.
    const statement = prepareOnce(sql === 'begin' ? 'begin immediate' : sql);
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...inputs(parameters)),
      run: (parameters) => statement.run(...inputs(parameters)),
      iterate: (parameters) => statement.iterate(...inputs(parameters)),
    };
  }

  function close() {
    last = null;
    opened?.close();
    opened = null;
  }

  return { prepare, close };
}

function open(path: string): DatabaseSync {
  makeFolder(path);
  const file = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    // With WAL readers and the one writer do not wait for each other; FULL keeps a commit through a power cut.
    // Its own "lower" knows no letters but those of ASCII.
    file.function('lower_text', { deterministic: true }, (text) => String(text).toLowerCase());
    file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function makeFolder(path: string) {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw new TroubleError(
      'DATABASE_UNAVAILABLE',
      `the folder of the database ${path} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Give a path in a folder that the worker can write.',
      { cause },
    );
  }
}

function inputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value;
    throw new TypeError(`a ${typeof value} is no value for a statement`);
  });
}
