import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { CompiledQuery, sql } from 'kysely';
import { type Clock, pause, systemClock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { countOf, textOf } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { databaseTrouble, isMissingTable, isThereAlready } from './errors.ts';
import { ClaimLost, createMigrationClaim, LOCK_VERSION, lockRecord } from './migration-claim.ts';

export interface Migration {
  readonly version: number;
  /** The file's name. */
  readonly name: string;
  readonly sql: string;
}

const SQL_FOLDER = new URL('../../../sql/', import.meta.url);

/** How soon to look again whether another node's worker has done it. */
const LOOK_AGAIN_MS = 500;

/**
 * Brings the schema up to date and gives the names of the files it ran. Several workers may do it at once, at several nodes of a Galera
 * cluster too: one does it, the others wait. Rejects with `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`, `MIGRATION_FAILED`, or a `DATABASE_…` trouble.
 */
export async function migrate(deps: {
  readonly database: Database;
  readonly migrations?: readonly Migration[];
  readonly clock?: Clock;
  readonly logger?: Logger;
}): Promise<string[]> {
  const { database, clock = systemClock, logger } = deps;
  const migrations = deps.migrations ?? (await readMigrations(database.kind));
  const hasRecord = await database.read((queries) => findRecord(database, queries));
  if (!hasRecord) await makeRecord(database);
  if ((await database.read((queries) => pending(queries, migrations))).length === 0) return [];

  const work = { database, migrations, clock };
  const applied = await (database.kind === 'mysql' ? migrateServer(work) : migrateFile(work));
  if (applied.length > 0) logger?.info({ migrations: applied }, 'schema migrated');
  return applied;
}

interface Work {
  readonly database: Database;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
}

/** SQLite's transaction is the lock, and takes back what a failed migration did. */
async function migrateFile({ database, migrations, clock }: Work): Promise<string[]> {
  return await database.transaction(async (transaction) => {
    const names: string[] = [];
    for (const migration of await pending(transaction, migrations)) {
      await apply(migration, database.place, (statement) => transaction.executeQuery(statement));
      await record(transaction, migration, clock.now());
      names.push(migration.name);
    }
    return names;
  });
}

/** MySQL commits with every DDL statement and would end the lock with it: the files run on other connections. */
async function migrateServer({ database, migrations, clock }: Work): Promise<string[]> {
  const claim = createMigrationClaim(database);
  const names: string[] = [];

  async function runFiles(lock: Queries): Promise<boolean> {
    await lockRecord(database, lock);
    if ((await pending(lock, migrations)).length === 0) return true;
    if (!(await claim.take(lock))) return false;
    try {
      // Asked again with the claim in hand: a worker at another node may have run them since, and given the claim back.
      for (const migration of await database.read((queries) => pending(queries, migrations))) {
        const unlessDoneBefore = unlessDone(migration);
        await apply(migration, database.place, async (statement) => {
          await database.read((queries) => claim.renew(queries));
          await database.read((queries) => queries.executeQuery(statement)).catch(unlessDoneBefore);
        });
        await database.transaction(async (transaction) => {
          await claim.renew(transaction);
          await record(transaction, migration, clock.now());
        });
        names.push(migration.name);
      }
    } finally {
      await claim.release();
    }
    return true;
  }

  while (!(await database.transaction(runFiles).catch(unlessLost))) await pause(clock, LOOK_AGAIN_MS);
  return names;
}

/** A statement that gives a table another name. */
const RENAMES = /^ALTER TABLE (\w+) RENAME TO \w+$/;

/** A file that is run again must bear what it has made before: what is there already, and a table that has its new name. */
function unlessDone(migration: Migration): (error: unknown) => void {
  const renamed = statementsOf(migration.sql).flatMap((statement) => RENAMES.exec(statement)?.[1] ?? []);
  return (error) => {
    // If it was not renamed but is not there at all, the statement that reads it under its new name fails.
    if (!isThereAlready(error) && !renamed.some((table) => isMissingTable(error, table))) throw error;
  };
}

/** The holder of the claim runs the migration; the caller checks again. */
function unlessLost(error: unknown): boolean {
  if (error instanceof ClaimLost) return false;
  throw error;
}

/** The migrations that come with this version, oldest first. */
export async function readMigrations(kind: Database['kind']): Promise<Migration[]> {
  const folder = new URL(`${kind}/`, SQL_FOLDER);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return await Promise.all(
    names.map(async (name) => {
      const version = Number(/^(\d{3})-/.exec(name)?.[1]);
      if (!(version > 0)) throw new Error(`invalid migration name: ${name}`);
      return { version, name, sql: await readFile(new URL(name, folder), 'utf8') };
    }),
  );
}

/** Making it "if it does not exist" would hold up a whole cluster with each command. */
async function findRecord(database: Database, queries: Queries): Promise<boolean> {
  const find =
    database.kind === 'mysql'
      ? sql`SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'`
      : sql`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'`;
  return (await find.execute(queries)).rows.length > 0;
}

async function makeRecord(database: Database) {
  const text = database.kind === 'mysql' ? sql`VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin` : sql`TEXT`;
  await database.read(async (queries) => {
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER NOT NULL PRIMARY KEY, name ${text} NOT NULL, checksum ${text} NOT NULL, applied_at BIGINT NOT NULL
    )`.execute(queries);
  });
}

/** Migrations still to be run, after a check that those already run belong to this program. */
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
  run: (statement: CompiledQuery) => Promise<unknown>,
): Promise<void> {
  try {
    for (const statement of statementsOf(migration.sql)) await run(CompiledQuery.raw(statement));
  } catch (cause) {
    const isTrouble = cause instanceof TroubleError || cause instanceof ClaimLost;
    if (isTrouble || databaseTrouble(cause, place) !== null) throw cause;
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
export function statementsOf(text: string): string[] {
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
    `${migration.name} differs from the file that this database was migrated with`,
    'Restore the released file. Never edit a migration; add a new file.',
  );
}

function failed(migration: Migration, cause: unknown): TroubleError {
  return new TroubleError(
    'MIGRATION_FAILED',
    `${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Correct the cause and start again: migrations continue where they stopped.',
    { cause },
  );
}
