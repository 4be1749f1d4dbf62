-- When a queue could not be observed, as in ../mysql/006-unobserved-spans.sql; what the columns mean is said there.

CREATE TABLE unobserved_spans (
  queue_id INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  PRIMARY KEY (queue_id, from_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX unobserved_spans_end ON unobserved_spans (to_at);
