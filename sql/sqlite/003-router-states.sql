-- How each router was at its last poll, as in ../mysql/003-router-states.sql; what the columns mean is said there.

CREATE TABLE router_states (
  router TEXT COLLATE BINARY NOT NULL PRIMARY KEY,
  reachable_since INTEGER NULL,
  reachable_until INTEGER NULL,
  error_code TEXT NULL,
  error_at INTEGER NULL,
  version TEXT NULL,
  board TEXT NULL,
  identity TEXT NULL,
  booted_at INTEGER NULL,
  poll_ms REAL NOT NULL,
  noted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
