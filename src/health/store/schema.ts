import type { Generated, Kysely, Transaction } from 'kysely';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

/** The tables as in `014-health.sql`, where the columns are described. */
interface HealthWatchTable {
  id: bigint;
  holder: string;
  until_at: bigint;
  seen_at: bigint;
  last_batch: string;
  blind_since: bigint | null;
  told: string;
}

interface HealthStatesTable {
  device: string;
  state: string;
  since_at: bigint;
  first_at: bigint;
  seen_at: bigint;
  memory: string;
  figures: string | null;
}

interface HealthTransitionsTable {
  id: Generated<bigint>;
  device: string;
  at: bigint;
  from_state: string;
  to_state: string;
  reason: string | null;
  latency_ms: number | null;
}

interface HealthNewsTable {
  id: Generated<bigint>;
  device: string;
  event: string;
  at: bigint;
  since_at: bigint;
  incident: string;
  reason: string | null;
}

/** The other columns of its figures are read by name. */
interface HealthSpansTable {
  device: string;
  length: string;
  starts_at: bigint;
  up_ms: bigint;
  down_ms: bigint;
  unknown_ms: bigint;
  download_count: bigint;
  upload_count: bigint;
}

/** As in `025-wan-traffic.sql`. */
interface HealthWanSpansTable {
  length: string;
  starts_at: bigint;
  routers: bigint;
  seen: bigint;
  seen_ms: bigint;
  download_bps: number;
  upload_bps: number;
  written_at: bigint;
}

interface MaintenanceWindowsTable {
  id: Generated<bigint>;
  device: string | null;
  tag: string | null;
  starts_at: bigint;
  ends_at: bigint;
  is_weekly: bigint;
}

type HealthTables = {
  health_watch: HealthWatchTable;
  health_states: HealthStatesTable;
  health_transitions: HealthTransitionsTable;
  health_news: HealthNewsTable;
  health_spans: HealthSpansTable;
  health_wan_spans: HealthWanSpansTable;
  maintenance_windows: MaintenanceWindowsTable;
};

export type HealthQueries = Kysely<Schema & HealthTables>;
export type HealthTransaction = Transaction<Schema & HealthTables>;

/** The same connection, with the tables of `sql/` known to its types. What is read is still checked, by `columns.ts`. */
export function healthQueries(queries: Queries): HealthQueries {
  return queries.withTables<HealthTables>();
}

export function healthTransaction(transaction: DatabaseTransaction): HealthTransaction {
  return transaction.withTables<HealthTables>();
}
