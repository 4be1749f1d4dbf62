-- The last trouble of each router in words, as in ../mysql/007-router-errors.sql; what the columns mean is said there.

CREATE TABLE router_errors (
  router TEXT COLLATE BINARY NOT NULL PRIMARY KEY,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  advice TEXT NOT NULL
) STRICT, WITHOUT ROWID;
