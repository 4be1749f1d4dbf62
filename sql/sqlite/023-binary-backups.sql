-- Binary backups of routers, as in ../mysql/023-binary-backups.sql; what the columns mean is said there.

CREATE TABLE backup_binaries (
  device TEXT COLLATE BINARY NOT NULL,
  version INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  is_left INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  identity TEXT NOT NULL,
  PRIMARY KEY (device, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX backup_binaries_key ON backup_binaries (key_id);

CREATE TABLE backup_binary_parts (
  device TEXT COLLATE BINARY NOT NULL,
  version INTEGER NOT NULL,
  part INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (device, version, part)
) STRICT;

CREATE TABLE backup_binary_outcomes (
  run_id TEXT NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NULL,
  step TEXT NULL,
  bytes INTEGER NULL,
  trouble TEXT NULL,
  advice TEXT NULL,
  PRIMARY KEY (run_id, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE backup_binary_copies (
  archive TEXT NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  version INTEGER NOT NULL,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  copied_at INTEGER NOT NULL,
  PRIMARY KEY (archive, device, version)
) STRICT, WITHOUT ROWID;
