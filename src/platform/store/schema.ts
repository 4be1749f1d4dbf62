import type { ColumnType, Generated } from 'kysely';

/** An integer: both drivers are set up to give every integer as a bigint. */
type Integer = ColumnType<bigint, number | bigint, number | bigint>;
type NullableInteger = ColumnType<bigint | null, number | bigint | null, number | bigint | null>;

interface RoutersTable {
  id: Generated<bigint>;
  name: string;
  revision: string;
  sampled_at: NullableInteger;
  uptime_ms: NullableInteger;
  end_uptime_ms: number | null;
  monotonic_ms: number | null;
  reader: string | null;
  serial: string | null;
  had_unidentified_rows: Integer;
}

interface RouterClocksTable {
  router_id: Integer;
  reader: string;
  boot_id: string;
}

interface QueuesTable {
  id: Generated<bigint>;
  router_id: Integer;
  name: string;
  user: string;
  is_parent: Integer;
}

interface BaselinePartsTable {
  router_id: Integer;
  part: string;
  listed: Integer;
  packed: string;
}

interface UsageDailyTable {
  day: string;
  queue_id: Integer;
  upload_bytes: Integer;
  download_bytes: Integer;
  estimated_bytes: Integer;
  unobserved_ms: Integer;
  restarts: Integer;
  comment: string | null;
}

interface UsageHourlyTable {
  day: string;
  hour_at: Integer;
  queue_id: Integer;
  upload_bytes: Integer;
  download_bytes: Integer;
}

interface UnobservedSpansTable {
  queue_id: Integer;
  from_at: Integer;
  to_at: Integer;
}

interface EventsTable {
  id: Generated<bigint>;
  router_id: Integer;
  at: Integer;
  code: string;
  queue: string | null;
  detail: string;
}

interface JobRunsTable {
  job: string;
  started_at: bigint;
  duration_ms: number;
  outcome: string;
  code: string | null;
}

interface SchemaMigrationsTable {
  version: Integer;
  name: string;
  checksum: string;
  applied_at: Integer;
}

/** The tables as in `sql/`. What is read is still checked, by `columns.ts`. */
export interface Schema {
  routers: RoutersTable;
  router_clocks: RouterClocksTable;
  queues: QueuesTable;
  baseline_parts: BaselinePartsTable;
  usage_daily: UsageDailyTable;
  usage_hourly: UsageHourlyTable;
  unobserved_spans: UnobservedSpansTable;
  events: EventsTable;
  job_runs: JobRunsTable;
  schema_migrations: SchemaMigrationsTable;
}
