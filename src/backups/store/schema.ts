import type { Generated } from 'kysely';

/** The tables as in `015-backups.sql` and the files named below, where the columns are described. */
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

/** As in `017-archives.sql`. */
export interface BackupArchivesTable {
  name: string;
  created_at: bigint;
  looked_at: bigint | null;
  waiting: bigint;
  waiting_since: bigint | null;
  failures: bigint;
  failing_since: bigint | null;
  trouble_code: string | null;
  trouble: string | null;
  advice: string | null;
  is_told: bigint;
  lease_holder: string;
  lease_until: bigint;
}

export interface BackupCopiesTable {
  archive: string;
  device: string;
  version: bigint;
  path: string;
  bytes: bigint;
  copied_at: bigint;
}

/** As in `023-binary-backups.sql`. */
export interface BackupBinariesTable {
  device: string;
  version: bigint;
  taken_at: bigint;
  bytes: bigint;
  is_left: bigint;
  key_id: string;
  identity: string;
}

export interface BackupBinaryOutcomesTable {
  run_id: string;
  device: string;
  outcome: string;
  code: string | null;
  step: string | null;
  bytes: bigint | null;
  trouble: string | null;
  advice: string | null;
}

/** As in `018-backup-schedules.sql`. */
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
  backup_archives: BackupArchivesTable;
  backup_copies: BackupCopiesTable;
  backup_binaries: BackupBinariesTable;
  backup_binary_copies: BackupCopiesTable;
  backup_binary_outcomes: BackupBinaryOutcomesTable;
  backup_binary_parts: { device: string; version: bigint; part: bigint; content: string };
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
