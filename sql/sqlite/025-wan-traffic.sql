-- Traffic of the internet lines, as in ../mysql/025-wan-traffic.sql; what the columns mean is said there.

CREATE TABLE health_wan_spans (
  length TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  routers INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,
  download_bps REAL NOT NULL,
  upload_bps REAL NOT NULL,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (length, starts_at)
) STRICT, WITHOUT ROWID;
