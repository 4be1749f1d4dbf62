-- In which order notices were written, and where addresses have moved to, as in ../mysql/019-deliveries.sql; what the columns mean is said
-- there.

CREATE TABLE notice_order (
  position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  notice TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE moved_addresses (
  channel TEXT NOT NULL,
  address TEXT COLLATE BINARY NOT NULL,
  moved_to TEXT NOT NULL,
  moved_at INTEGER NOT NULL,
  PRIMARY KEY (channel, address)
) STRICT, WITHOUT ROWID;
