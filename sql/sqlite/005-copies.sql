-- Where a copy of other books into this database stands, as in ../mysql/005-copies.sql; what the columns mean is said there.

CREATE TABLE copies (
  id INTEGER NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  finished_at INTEGER NULL
) STRICT;
