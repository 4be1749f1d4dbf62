import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readDatabaseClock } from '../../platform/store/database-clock.ts';
import type { OwnTable } from '../../platform/store/own-table.ts';
import type { DatabaseProbe } from '../ports.ts';

/** Thrown to take everything back. */
class TakenBack extends Error {}

/** Tries a database out. `migrate` brings its schema up to date, as for every other command; `tables` are all that the worker writes. */
export function createDatabaseProbe(deps: {
  readonly database: Database;
  readonly migrate: () => Promise<readonly string[]>;
  readonly tables: readonly OwnTable[];
}): DatabaseProbe {
  const { database, migrate, tables } = deps;
  return {
    place: database.place,
    migrate,
    async tryWriting() {
      try {
        await database.transaction(async (transaction) => {
          await writeEverywhere(transaction, tables);
          throw new TakenBack();
        });
      } catch (error) {
        if (!(error instanceof TakenBack)) throw error;
      }
    },
    async now() {
      if (database.kind === 'sqlite') return null;
      return await database.read((queries) => readDatabaseClock(database.kind, queries));
    },
    freeDisk: () => (database.kind === 'sqlite' ? freeBytes(dirname(database.place)) : Promise.resolve(null)),
  };
}

/** The server checks the right to a statement even when no row matches; one row is written to detect a full disk. */
async function writeEverywhere(transaction: DatabaseTransaction, tables: readonly OwnTable[]): Promise<void> {
  for (const { name } of tables) {
    const table = sql.table(name);
    await sql`INSERT INTO ${table} SELECT * FROM ${table} WHERE 1 = 0`.execute(transaction);
    await sql`DELETE FROM ${table} WHERE 1 = 0`.execute(transaction);
  }
  await transaction.updateTable('routers').set({ revision: '' }).where('id', '=', 0n).execute();
  await sql`INSERT INTO job_runs (job, started_at, duration_ms, outcome, code) VALUES ('a check', 0, 0, 'ok', NULL)`.execute(
    transaction,
  );
}

/** `null` where the folder is missing; opening the database reports that better. */
async function freeBytes(folder: string): Promise<bigint | null> {
  try {
    const { bavail, bsize } = await statfs(folder, { bigint: true });
    return bavail * bsize;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
