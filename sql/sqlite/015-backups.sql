-- Configurations of devices, as in ../mysql/015-backups.sql; what the columns mean is said there.

CREATE TABLE backup_devices (
  device TEXT COLLATE BINARY NOT NULL,
  last_version INTEGER NOT NULL,
  accepted TEXT NOT NULL,
  seen_at INTEGER NULL,
  seen_clock INTEGER NULL,
  last_run TEXT NOT NULL,
  last_result TEXT NOT NULL,
  lease_holder TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (device)
) STRICT, WITHOUT ROWID;

CREATE TABLE backup_versions (
  device TEXT COLLATE BINARY NOT NULL,
  version INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  model TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  os_version TEXT COLLATE BINARY NULL,
  hardware TEXT COLLATE BINARY NULL,
  serial TEXT COLLATE BINARY NULL,
  changed_by TEXT NOT NULL,
  lines_added INTEGER NOT NULL,
  lines_removed INTEGER NOT NULL,
  is_rewritten INTEGER NOT NULL,
  is_imported INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  identity TEXT NOT NULL,
  base_version INTEGER NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (device, version)
) STRICT;

CREATE INDEX backup_versions_seen ON backup_versions (last_seen_at);

CREATE INDEX backup_versions_key ON backup_versions (key_id);

CREATE TABLE backup_quarantines (
  device TEXT COLLATE BINARY NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  model TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  os_version TEXT COLLATE BINARY NULL,
  hardware TEXT COLLATE BINARY NULL,
  serial TEXT COLLATE BINARY NULL,
  device_clock INTEGER NULL,
  changed_by TEXT NOT NULL,
  key_id TEXT NOT NULL,
  identity TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (device)
) STRICT;

CREATE INDEX backup_quarantines_key ON backup_quarantines (key_id);

CREATE TABLE backup_runs (
  id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NULL,
  lease_holder TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX backup_runs_started ON backup_runs (started_at);

CREATE TABLE backup_outcomes (
  run_id TEXT NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NULL,
  step TEXT NULL,
  tries INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  bytes INTEGER NULL,
  version INTEGER NULL,
  trouble TEXT NULL,
  advice TEXT NULL,
  PRIMARY KEY (run_id, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE ssh_host_keys (
  host TEXT COLLATE BINARY NOT NULL,
  port INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  pinned_at INTEGER NOT NULL,
  PRIMARY KEY (host, port)
) STRICT, WITHOUT ROWID;
