-- What people are told, to whom, by which channel, and what is wrong now, as in ../mysql/011-notices.sql; what the columns mean is said
-- there.

CREATE TABLE notices (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  letter TEXT NULL,
  text_body TEXT NULL,
  html_body TEXT NULL,
  file_name TEXT NULL,
  file_type TEXT NULL,
  file_content TEXT NULL,
  created_at INTEGER NOT NULL,
  period_end TEXT NOT NULL,
  worth_until INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'sent', 'failed')),
  sent_at INTEGER NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0)
) STRICT;

CREATE INDEX notices_state ON notices (state, created_at);

CREATE INDEX notices_period_end ON notices (period_end);

CREATE TABLE deliveries (
  notice TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT COLLATE BINARY NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'sent', 'failed')),
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0),
  claim TEXT NULL,
  sent_at INTEGER NULL,
  trouble TEXT NULL,
  PRIMARY KEY (notice, channel, address)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (channel, state, due_at);

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT COLLATE BINARY NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_at INTEGER NULL,
  is_open INTEGER NULL CHECK (is_open = 1),
  UNIQUE (kind, subject, is_open)
) STRICT;

CREATE INDEX incidents_closed_at ON incidents (closed_at);

INSERT INTO incidents (kind, subject, opened_at, closed_at, is_open)
  SELECT 'blind', router, blind_since, NULL, 1 FROM router_watches WHERE blind_since IS NOT NULL;
