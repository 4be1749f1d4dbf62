-- Off-site copies of configurations, as in ../mysql/017-archives.sql; what the columns mean is said there.

CREATE TABLE backup_archives (
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  looked_at INTEGER NULL,
  waiting INTEGER NOT NULL,
  waiting_since INTEGER NULL,
  failures INTEGER NOT NULL,
  failing_since INTEGER NULL,
  trouble_code TEXT NULL,
  trouble TEXT NULL,
  advice TEXT NULL,
  is_told INTEGER NOT NULL,
  lease_holder TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE backup_copies (
  archive TEXT NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  version INTEGER NOT NULL,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  copied_at INTEGER NOT NULL,
  PRIMARY KEY (archive, device, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX backup_copies_at ON backup_copies (archive, copied_at);
