import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { TroubleError } from '../../runtime/errors.ts';
import { mustLeave } from './errors.ts';

/**
 * How long SQLite itself waits for another process's lock, in ms. Short, because the whole process waits with it: the longer
 * wait is the caller's, who tries again later.
 */
const BUSY_TIMEOUT_MS = 25;

/** Mode of a new file: for its owner alone. */
const PRIVATE = 0o600;
const OF_ALL_OTHERS = 0o007;

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
    if (sql === 'rollback' && opened?.isTransaction !== true) return NOTHING;
    // A transaction that begins as a reader cannot always become a writer, and then no waiting helps it.
    const statement = leaving(() => prepareOnce(sql === 'begin' ? 'begin immediate' : sql));
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => leaving(() => statement.all(...inputs(parameters))),
      run: (parameters) => leaving(() => statement.run(...inputs(parameters))),
      iterate: (parameters) => statement.iterate(...inputs(parameters)),
    };
  }

  /** A file that was opened read-only stays so for this handle, and one that was replaced is never seen: the next statement opens it anew. */
  function leaving<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (mustLeave(error)) close();
      throw error;
    }
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
  keepPrivate(path);
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

/**
 * Makes the folders one by one, those above first: Node's recursive `mkdir` never returns where the kernel says that a folder of
 * an existing one does not exist, as below /proc.
 */
function makeFolder(path: string) {
  const missing: string[] = [];
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) {
    missing.unshift(folder);
    folder = dirname(folder);
  }
  try {
    for (const each of missing) makeOne(each);
    if (!statSync(dirname(path)).isDirectory()) throw new Error(`${dirname(path)} is no folder`);
  } catch (cause) {
    throw new TroubleError(
      'DATABASE_UNAVAILABLE',
      `the folder of the database ${path} cannot be created: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Use a path in a folder that the worker can write to.',
      { cause },
    );
  }
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/**
 * Names and traffic of users are for this account alone: a new file begins with mode 0600. One that everybody on the machine may use
 * loses that; rights of a group alone somebody gave on purpose, and they stay. SQLite gives the files beside it (`-wal`, `-shm`) the same mode.
 */
function keepPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'ax', PRIVATE));
    return;
  } catch (error) {
    // It is there already; SQLite has the better words for what else is wrong with it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return;
  }
  for (const each of [path, `${path}-wal`, `${path}-shm`]) closeToOthers(each);
}

function closeToOthers(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || (found.mode & OF_ALL_OTHERS) === 0) return;
  try {
    chmodSync(path, PRIVATE);
  } catch (error) {
    // Only the owner may: another account's file is used as it is.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function inputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value;
    throw new TypeError(`a ${typeof value} is no value for a statement`);
  });
}
