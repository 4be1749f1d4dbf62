import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readDatabaseClock } from '../../platform/store/database-clock.ts';
import type { DatabaseProbe } from '../ports.ts';

/** Every table that the worker writes; `schema_migrations` and `copies` are written by commands of their own. */
export const WRITTEN_TABLES: readonly string[] = [
  ...['routers', 'queues', 'baselines', 'usage_daily', 'usage_hourly', 'unobserved_spans', 'events', 'router_clocks'],
  ...['mails', 'breaches', 'report_mails', 'router_watches', 'job_runs', 'router_states', 'router_errors'],
  'librenms_devices',
  ...['sessions', 'page_password', 'quota_lists'],
  ...['inventory', 'devices', 'credentials', 'key_holders'],
];

/** Thrown to take everything back. */
class TakenBack extends Error {}

/** Tries a database out. `migrate` brings its schema up to date, as for every other command. */
export function createDatabaseProbe(deps: {
  readonly database: Database;
  readonly migrate: () => Promise<readonly string[]>;
}): DatabaseProbe {
  const { database, migrate } = deps;
  return {
    place: database.place,
    migrate,
    async tryWriting() {
      try {
        await database.transaction(async (transaction) => {
          await writeEverywhere(transaction);
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
async function writeEverywhere(transaction: DatabaseTransaction): Promise<void> {
  for (const name of WRITTEN_TABLES) {
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
