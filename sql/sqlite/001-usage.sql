-- The books of usage, as in ../mysql/001-usage.sql; what the columns mean is said there.
--
-- Each file runs in one transaction. A statement ends with a semicolon at the end of a line.
-- Text compares by bytes without padding (BINARY is the default collation, said here all the same). STRICT refuses what is
-- not of the column's type.

CREATE TABLE routers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT COLLATE BINARY NOT NULL UNIQUE,
  revision TEXT NOT NULL DEFAULT '',
  sampled_at INTEGER NULL,
  uptime_ms INTEGER NULL,
  end_uptime_ms REAL NULL,
  monotonic_ms REAL NULL,
  reader TEXT NULL,
  serial TEXT NULL,
  had_unidentified_rows INTEGER NOT NULL DEFAULT 0
) STRICT;

-- AUTOINCREMENT: the number of a forgotten queue is never given to another one.
CREATE TABLE queues (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  router_id INTEGER NOT NULL REFERENCES routers (id),
  name TEXT COLLATE BINARY NOT NULL,
  user TEXT COLLATE BINARY NOT NULL,
  is_parent INTEGER NOT NULL CHECK (is_parent IN (0, 1)),
  UNIQUE (router_id, name, user, is_parent)
) STRICT;

-- The counters are decimal text: a router's counter has 64 bits, an INTEGER here only 63 and a sign.
CREATE TABLE baselines (
  router_id INTEGER NOT NULL REFERENCES routers (id),
  row_id TEXT COLLATE BINARY NOT NULL,
  queue_id INTEGER NOT NULL REFERENCES queues (id),
  upload_bytes TEXT NULL,
  download_bytes TEXT NULL,
  presence TEXT NOT NULL CHECK (presence IN ('present', 'unreadable', 'missing')),
  seen_at INTEGER NULL,
  PRIMARY KEY (router_id, row_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX baselines_queue ON baselines (queue_id);

CREATE TABLE usage_daily (
  day TEXT NOT NULL,
  queue_id INTEGER NOT NULL REFERENCES queues (id),
  upload_bytes INTEGER NOT NULL CHECK (upload_bytes >= 0),
  download_bytes INTEGER NOT NULL CHECK (download_bytes >= 0),
  estimated_bytes INTEGER NOT NULL CHECK (estimated_bytes >= 0),
  unobserved_ms INTEGER NOT NULL CHECK (unobserved_ms >= 0),
  restarts INTEGER NOT NULL CHECK (restarts >= 0),
  comment TEXT NULL,
  PRIMARY KEY (day, queue_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_daily_queue ON usage_daily (queue_id);

CREATE TABLE usage_hourly (
  day TEXT NOT NULL,
  hour_at INTEGER NOT NULL,
  queue_id INTEGER NOT NULL,
  upload_bytes INTEGER NOT NULL CHECK (upload_bytes >= 0),
  download_bytes INTEGER NOT NULL CHECK (download_bytes >= 0),
  PRIMARY KEY (day, hour_at, queue_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  router_id INTEGER NOT NULL REFERENCES routers (id),
  at INTEGER NOT NULL,
  code TEXT NOT NULL,
  queue TEXT COLLATE BINARY NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE INDEX events_at ON events (at);

CREATE INDEX events_router ON events (router_id, at);

CREATE VIEW daily_usage AS
SELECT
  u.day AS day,
  r.name AS router,
  q.name AS queue,
  q.user AS user,
  u.upload_bytes / 1073741824.0 AS upload_gb,
  u.download_bytes / 1073741824.0 AS download_gb,
  (u.upload_bytes + u.download_bytes) / 1073741824.0 AS total_gb,
  u.estimated_bytes / 1073741824.0 AS estimated_gb,
  u.unobserved_ms / 1000.0 AS unobserved_seconds,
  u.restarts AS restarts,
  q.is_parent AS parent
FROM usage_daily u
JOIN queues q ON q.id = u.queue_id
JOIN routers r ON r.id = q.router_id;
