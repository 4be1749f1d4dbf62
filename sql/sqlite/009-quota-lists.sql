-- Which quotas held when, as in ../mysql/009-quota-lists.sql; what the columns mean is said there.

CREATE TABLE quota_lists (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  since INTEGER NOT NULL,
  quotas TEXT NOT NULL
) STRICT;
