-- Which boot of which machine read the last sample of a router, as in ../mysql/008-router-clocks.sql; what the columns mean is said there.

CREATE TABLE router_clocks (
  router_id INTEGER NOT NULL PRIMARY KEY,
  reader TEXT NOT NULL,
  boot_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
