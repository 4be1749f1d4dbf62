-- Healing, as in ../mysql/021-healing.sql; what the columns mean is said there.

CREATE TABLE healing_turn (
  id INTEGER NOT NULL PRIMARY KEY,
  steps INTEGER NOT NULL
) STRICT;

CREATE TABLE healing_attempts (
  -- Never given twice: notices and the audit name attempts by it.
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  rule_name TEXT COLLATE BINARY NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  via TEXT COLLATE BINARY NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NULL,
  outage_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  decided_at INTEGER NULL,
  started_at INTEGER NULL,
  began_at INTEGER NULL,
  ran_at INTEGER NULL,
  good_since INTEGER NULL,
  finished_at INTEGER NULL,
  by_whom TEXT NULL,
  output TEXT NULL,
  lease_holder TEXT NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

CREATE INDEX healing_attempts_created ON healing_attempts (created_at);
CREATE INDEX healing_attempts_state ON healing_attempts (state);
CREATE INDEX healing_attempts_device ON healing_attempts (device, created_at);

CREATE TABLE healing_notes (
  id TEXT NOT NULL PRIMARY KEY,
  subject TEXT NOT NULL,
  since_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
