-- When a queue could not be observed: what unobserved_ms of usage_daily is the sum of. The rules of 001-usage.sql hold here too.

-- `queue_id` is no foreign key, as in usage_daily. Days that were booked by earlier versions have no rows here, only their sum.
CREATE TABLE IF NOT EXISTS unobserved_spans (
  queue_id INT UNSIGNED NOT NULL,
  -- A span over midnight is one row. One that begins where the last ended makes that row longer: a queue that is unobserved at
  -- each poll has one row, however long that lasts.
  from_at BIGINT NOT NULL,
  -- The first instant after it.
  to_at BIGINT NOT NULL,
  PRIMARY KEY (queue_id, from_at),
  KEY unobserved_spans_end (to_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
