import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { CompiledQuery, sql } from 'kysely';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { countOf, textOf } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { databaseTrouble } from './errors.ts';

export interface Migration {
  readonly version: number;
  /** The file's name. */
  readonly name: string;
  readonly sql: string;
}

const SQL_FOLDER = new URL('../../../sql/', import.meta.url);

/** The row that is locked while one worker migrates; the others wait on it. */
const LOCK_VERSION = 0n;

/**
 * Brings the schema up to date and gives the names of the files it ran. Two workers may do it at once.
 * Rejects with `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`, `MIGRATION_FAILED`, or a `DATABASE_…` trouble.
 */
export async function migrate(deps: {
  readonly database: Database;
  readonly migrations?: readonly Migration[];
  readonly clock?: Clock;
  readonly logger?: Logger;
}): Promise<string[]> {
  const { database, clock = systemClock, logger } = deps;
  const migrations = deps.migrations ?? (await readMigrations(database.kind));
  await makeRecord(database);
  if ((await database.read((queries) => pending(queries, migrations))).length === 0) return [];

  const applied = await database.transaction(async (lock) => {
    await lockRecord(database, lock);
    // MySQL commits with every DDL statement and would end the lock with it: the files run on another connection. SQLite has
    // one connection and can roll DDL back.
    const run = <Result>(work: (queries: Queries) => Promise<Result>) =>
      database.kind === 'mysql' ? database.read(work) : work(lock);
    const names: string[] = [];
    for (const migration of await pending(lock, migrations)) {
      await apply(migration, database.place, run);
      await run((queries) => record(queries, migration, clock.now()));
      names.push(migration.name);
    }
    return names;
  });
  for (const migration of applied) logger?.info({ migration }, 'schema migrated');
  return applied;
}

/** The migrations that come with this version, oldest first. */
export async function readMigrations(kind: Database['kind']): Promise<Migration[]> {
  const folder = new URL(`${kind}/`, SQL_FOLDER);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return await Promise.all(
    names.map(async (name) => {
      const version = Number(/^(\d{3})-/.exec(name)?.[1]);
      if (!(version > 0)) throw new Error(`not a name for a migration: ${name}`);
      return { version, name, sql: await readFile(new URL(name, folder), 'utf8') };
    }),
  );
}

async function makeRecord(database: Database) {
  const text = database.kind === 'mysql' ? sql`VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin` : sql`TEXT`;
  await database.read(async (queries) => {
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER NOT NULL PRIMARY KEY, name ${text} NOT NULL, checksum ${text} NOT NULL, applied_at BIGINT NOT NULL
    )`.execute(queries);
  });
}

/** SQLite's transaction is the lock. */
async function lockRecord(database: Database, lock: Queries) {
  if (database.kind === 'sqlite') return;
  await database.read((queries) =>
    queries
      .insertInto('schema_migrations')
      .ignore()
      .values({ version: LOCK_VERSION, name: 'lock', checksum: '', applied_at: 0 })
      .execute(),
  );
  await lock
    .selectFrom('schema_migrations')
    .select('version')
    .where('version', '=', LOCK_VERSION)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** What is still to be run, once what has been run is found to be ours. */
async function pending(queries: Queries, migrations: readonly Migration[]): Promise<Migration[]> {
  const rows = await queries
    .selectFrom('schema_migrations')
    .selectAll()
    .where('version', '>', LOCK_VERSION)
    .orderBy('version')
    .execute();
  const waiting = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const row of rows) {
    const version = countOf('schema_migrations.version', row.version);
    const migration = waiting.get(version);
    if (migration === undefined) throw tooNew(textOf('schema_migrations.name', row.name));
    if (row.checksum !== checksum(migration)) throw changed(migration);
    waiting.delete(version);
  }
  return [...waiting.values()];
}

async function apply(
  migration: Migration,
  place: string,
  run: (work: (queries: Queries) => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  try {
    for (const statement of statements(migration.sql)) {
      await run((queries) => queries.executeQuery(CompiledQuery.raw(statement)));
    }
  } catch (cause) {
    if (cause instanceof TroubleError || databaseTrouble(cause, place) !== null) throw cause;
    throw failed(migration, cause);
  }
}

async function record(queries: Queries, migration: Migration, appliedAt: number) {
  const { version, name } = migration;
  await queries
    .insertInto('schema_migrations')
    .values({ version, name, checksum: checksum(migration), applied_at: appliedAt })
    .execute();
}

/** A statement ends with a semicolon at the end of a line; lines that begin with `--` are comments. */
function statements(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !/^\s*--/.test(line))
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** A checkout on another system may have other line ends: that is no change. */
function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n')).digest('hex');
}

function tooNew(name: string): TroubleError {
  return new TroubleError(
    'SCHEMA_TOO_NEW',
    `the database was migrated by a newer version (${name})`,
    'Run the newer version of NetSentinel, or restore the backup from before the upgrade.',
  );
}

function changed(migration: Migration): TroubleError {
  return new TroubleError(
    'MIGRATION_CHANGED',
    `${migration.name} is not the file that this database was migrated with`,
    'Restore the file as released: a migration is never edited, a change is a new file.',
  );
}

function failed(migration: Migration, cause: unknown): TroubleError {
  return new TroubleError(
    'MIGRATION_FAILED',
    `${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Correct what the message names and start again: migrations go on where they stopped.',
    { cause },
  );
}
