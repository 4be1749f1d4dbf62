import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { textOf } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { databaseNow } from './database-clock.ts';
import { STATEMENT_TIMEOUT_MS } from './mysql-session.ts';

/** The row that is locked while one worker migrates; others on the same server wait on it, those of version 0.1.0 too. */
export const LOCK_VERSION = 0n;
/**
 * The row that says who migrates. Row locks hold on one node of a Galera cluster only; a committed change of a row is certified by
 * all of them, so of two workers at two nodes one wins.
 */
export const CLAIM_VERSION = -1n;
/** The claim is renewed before each statement, and none takes longer than that. */
const LEASE_MS = STATEMENT_TIMEOUT_MS + 30_000;

/** Somebody else has taken the claim over: what they do must not be done twice. */
export class ClaimLost extends Error {}

/** The right to migrate, on a server or cluster. */
export interface MigrationClaim {
  /** `lock` has locked the lock row and keeps it. `false` while a worker at another node of the cluster has the claim. */
  take(lock: Queries): Promise<boolean>;
  /** Keeps it for the next statement; throws `ClaimLost`. */
  renew(queries: Queries): Promise<void>;
  release(): Promise<void>;
}

/** A claim of this worker's own, not yet taken. */
export function createMigrationClaim(database: Database): MigrationClaim {
  const token = randomUUID();
  const now = databaseNow(database.kind);
  const until = sql<bigint>`${now} + ${LEASE_MS}`;
  const ours = (queries: Queries) =>
    queries.updateTable('schema_migrations').where('version', '=', CLAIM_VERSION).where('checksum', '=', token);

  return {
    async take(lock) {
      // The server of the lock: who has the lock there knows that a holder there is dead, and need not wait for the lease to end.
      const { rows } = await sql<{
        server: unknown;
      }>`SELECT SHA2(CONCAT_WS(':', @@hostname, @@port, @@pid_file), 256) AS server`.execute(lock);
      const server = textOf('the name of the server', rows[0]?.server);
      await database.read((queries) => insertRow(queries, CLAIM_VERSION, 'claim'));
      const { numUpdatedRows } = await database.read((queries) =>
        queries
          .updateTable('schema_migrations')
          .set({ name: server, checksum: token, applied_at: until })
          .where('version', '=', CLAIM_VERSION)
          .where(({ eb, or }) =>
            or([eb('checksum', 'in', ['', token]), eb('name', '=', server), eb('applied_at', '<', now)]),
          )
          .executeTakeFirst(),
      );
      return numUpdatedRows > 0n;
    },
    async renew(queries) {
      const { numUpdatedRows } = await ours(queries).set({ applied_at: until }).executeTakeFirst();
      if (numUpdatedRows === 0n) throw new ClaimLost();
    },
    async release() {
      await database.read((queries) => ours(queries).set({ checksum: '', applied_at: 0 }).execute());
    },
  };
}

/** Locks the lock row until the transaction ends; waits while another worker holds it. */
export async function lockRecord(database: Database, lock: Queries): Promise<void> {
  await database.read((queries) => insertRow(queries, LOCK_VERSION, 'lock'));
  await lock
    .selectFrom('schema_migrations')
    .select('version')
    .where('version', '=', LOCK_VERSION)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

async function insertRow(queries: Queries, version: bigint, name: string): Promise<void> {
  const row = await queries
    .selectFrom('schema_migrations')
    .select('version')
    .where('version', '=', version)
    .executeTakeFirst();
  if (row !== undefined) return;
  await queries
    .insertInto('schema_migrations')
    .ignore()
    .values({ version, name, checksum: '', applied_at: 0 })
    .execute();
}
