-- Breaches, the outbox, what is known of reports, blind routers and jobs, as in ../mysql/002-alerts.sql; what the columns
-- mean is said there.

CREATE TABLE mails (
  id TEXT NOT NULL PRIMARY KEY,
  recipients TEXT NOT NULL,
  subject TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL,
  file_name TEXT NULL,
  file_type TEXT NULL,
  file_content TEXT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'sent', 'failed')),
  created_at INTEGER NOT NULL,
  period_end TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  give_up_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0),
  claim TEXT NULL,
  sent_at INTEGER NULL,
  trouble TEXT NULL
) STRICT;

CREATE INDEX mails_due ON mails (state, due_at);

CREATE INDEX mails_period_end ON mails (period_end);

CREATE TABLE breaches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  router TEXT COLLATE BINARY NOT NULL,
  user TEXT COLLATE BINARY NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month')),
  period_start TEXT NOT NULL,
  period_end TEXT NOT NULL,
  threshold INTEGER NOT NULL CHECK (threshold > 0),
  limit_bytes INTEGER NOT NULL CHECK (limit_bytes >= 0),
  counted_bytes INTEGER NOT NULL CHECK (counted_bytes >= 0),
  noticed_at INTEGER NOT NULL,
  day TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('mailed', 'superseded', 'estimated', 'unsent')),
  mail_id TEXT NULL,
  UNIQUE (router, user, period, period_start, threshold, limit_bytes)
) STRICT;

CREATE INDEX breaches_period_end ON breaches (period_end);

CREATE INDEX breaches_day ON breaches (day);

CREATE TABLE report_mails (
  report TEXT NOT NULL,
  period_start TEXT NOT NULL,
  period_end TEXT NOT NULL,
  mail_id TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (report, period_start)
) STRICT, WITHOUT ROWID;

CREATE TABLE router_watches (
  router TEXT COLLATE BINARY NOT NULL PRIMARY KEY,
  watched_since INTEGER NOT NULL,
  blind_since INTEGER NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE job_runs (
  job TEXT NOT NULL PRIMARY KEY,
  started_at INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'failed')),
  code TEXT NULL
) STRICT, WITHOUT ROWID;
