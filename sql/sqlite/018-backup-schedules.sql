-- Schedules of backups and watches over them, as in ../mysql/018-backup-schedules.sql; what the columns mean is said there.

CREATE TABLE backup_schedules (
  -- Never given twice: the audit names schedules by it.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  every TEXT NOT NULL,
  on_day TEXT NULL,
  at_time TEXT NULL,
  device TEXT COLLATE BINARY NULL,
  tags TEXT NOT NULL,
  is_paused INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT;

CREATE TABLE backup_watches (
  device TEXT COLLATE BINARY NOT NULL,
  watched_since INTEGER NOT NULL,
  noted_at INTEGER NOT NULL,
  stale_since INTEGER NULL,
  PRIMARY KEY (device)
) STRICT, WITHOUT ROWID;
