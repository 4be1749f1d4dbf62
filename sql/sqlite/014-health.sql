-- Health, as in ../mysql/014-health.sql; what the columns mean is said there.

CREATE TABLE health_watch (
  id INTEGER NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  last_batch TEXT NOT NULL,
  blind_since INTEGER NULL,
  told TEXT NOT NULL
) STRICT;

CREATE TABLE health_states (
  device TEXT COLLATE BINARY NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  since_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  memory TEXT NOT NULL,
  figures TEXT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE health_transitions (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  device TEXT COLLATE BINARY NOT NULL,
  at INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  reason TEXT NULL,
  latency_ms REAL NULL
) STRICT;

CREATE INDEX health_transitions_device ON health_transitions (device, at);
CREATE INDEX health_transitions_at ON health_transitions (at);

CREATE TABLE health_news (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  device TEXT COLLATE BINARY NOT NULL,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  since_at INTEGER NOT NULL,
  incident TEXT NOT NULL,
  reason TEXT NULL
) STRICT;

CREATE TABLE health_spans (
  device TEXT COLLATE BINARY NOT NULL,
  length TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  up_ms INTEGER NOT NULL,
  down_ms INTEGER NOT NULL,
  unknown_ms INTEGER NOT NULL,
  latency_count INTEGER NOT NULL,
  latency_min REAL NULL,
  latency_sum REAL NOT NULL,
  latency_max REAL NULL,
  cpu_count INTEGER NOT NULL,
  cpu_min REAL NULL,
  cpu_sum REAL NOT NULL,
  cpu_max REAL NULL,
  memory_count INTEGER NOT NULL,
  memory_min REAL NULL,
  memory_sum REAL NOT NULL,
  memory_max REAL NULL,
  disk_count INTEGER NOT NULL,
  disk_min REAL NULL,
  disk_sum REAL NOT NULL,
  disk_max REAL NULL,
  temperature_count INTEGER NOT NULL,
  temperature_min REAL NULL,
  temperature_sum REAL NOT NULL,
  temperature_max REAL NULL,
  voltage_count INTEGER NOT NULL,
  voltage_min REAL NULL,
  voltage_sum REAL NOT NULL,
  voltage_max REAL NULL,
  download_count INTEGER NOT NULL,
  download_min REAL NULL,
  download_sum REAL NOT NULL,
  download_max REAL NULL,
  upload_count INTEGER NOT NULL,
  upload_min REAL NULL,
  upload_sum REAL NOT NULL,
  upload_max REAL NULL,
  PRIMARY KEY (device, length, starts_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE maintenance_windows (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  device TEXT COLLATE BINARY NULL,
  tag TEXT COLLATE BINARY NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  is_weekly INTEGER NOT NULL
) STRICT;

CREATE TABLE device_pauses (
  device TEXT COLLATE BINARY NOT NULL PRIMARY KEY,
  paused_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
