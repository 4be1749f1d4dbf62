import type { Generated } from 'kysely';

/** The tables as in `015-backups.sql` and `018-backup-schedules.sql`, where the columns are described. */
export interface BackupDevicesTable {
  device: string;
  last_version: bigint;
  accepted: string;
  seen_at: bigint | null;
  seen_clock: bigint | null;
  last_run: string;
  last_result: string;
  lease_holder: string;
  lease_until: bigint;
}

interface FactColumns {
  device: string;
  first_seen_at: bigint;
  last_seen_at: bigint;
  model: string;
  bytes: bigint;
  os_version: string | null;
  hardware: string | null;
  serial: string | null;
  changed_by: string;
  key_id: string;
  identity: string;
  content: string;
}

export interface BackupVersionsTable extends FactColumns {
  version: bigint;
  lines_added: bigint;
  lines_removed: bigint;
  is_rewritten: bigint;
  is_imported: bigint;
  base_version: bigint | null;
}

export interface BackupQuarantinesTable extends FactColumns {
  code: string;
  message: string;
  device_clock: bigint | null;
}

export interface BackupOutcomesTable {
  run_id: string;
  device: string;
  outcome: string;
  code: string | null;
  step: string | null;
  tries: bigint;
  duration_ms: bigint;
  bytes: bigint | null;
  version: bigint | null;
  trouble: string | null;
  advice: string | null;
}

export interface BackupSchedulesTable {
  id: Generated<bigint>;
  every: string;
  on_day: string | null;
  at_time: string | null;
  device: string | null;
  tags: string;
  is_paused: bigint;
  since: bigint;
}

export type BackupTables = {
  backup_devices: BackupDevicesTable;
  backup_versions: BackupVersionsTable;
  backup_quarantines: BackupQuarantinesTable;
  backup_runs: {
    id: string;
    started_at: bigint;
    finished_at: bigint | null;
    lease_holder: string;
    lease_until: bigint;
  };
  backup_outcomes: BackupOutcomesTable;
  backup_schedules: BackupSchedulesTable;
  backup_watches: { device: string; watched_since: bigint; noted_at: bigint; stale_since: bigint | null };
};
