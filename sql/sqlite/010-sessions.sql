-- Who is logged in to the pages, as in ../mysql/010-sessions.sql; what the columns mean is said there.

CREATE TABLE page_password (
  id INTEGER NOT NULL PRIMARY KEY,
  salt TEXT NOT NULL,
  verifier TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_expires_at ON sessions (expires_at);
