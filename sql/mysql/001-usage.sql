-- The books of usage. MariaDB 10.11 or later, MySQL 8.0 or later, Galera.
--
-- Rules of every file here: forward only, never edited once released (its checksum is recorded). DDL commits by itself, so a
-- file that fails half way is run again from its start: each statement must be harmless when repeated. A statement ends
-- with a semicolon at the end of a line.
--
-- Text that tells one thing from another (names of routers, queues, users) is VARBINARY: compared byte by byte and without
-- padding on every server, so that `bob`, `bob ` and `BOB` stay three queues. It holds UTF-8, up to 255 characters.
-- Instants (`..._at`) are Unix milliseconds, compared exactly; only `day` is a DATE, in the configured time zone.

CREATE TABLE IF NOT EXISTS routers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARBINARY(1020) NOT NULL,
  -- Another random text with each booking: a worker's copy of this router's baselines is good only while it is unchanged.
  -- Whoever edits baselines or queues by hand while a worker runs must empty it.
  revision VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  -- The last accepted sample; NULL until the first one.
  sampled_at BIGINT NULL,
  uptime_ms BIGINT NULL,
  -- DOUBLE because both come from a clock with fractions, and a retry must find exactly the number that it wrote.
  end_uptime_ms DOUBLE NULL,
  monotonic_ms DOUBLE NULL,
  reader VARBINARY(255) NULL,
  serial VARBINARY(255) NULL,
  had_unidentified_rows TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY routers_name (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What bytes are booked to. A queue that changes its user or becomes a parent goes on under a new row here, so that what was
-- booked before stays with whom it belonged to.
CREATE TABLE IF NOT EXISTS queues (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  router_id INT UNSIGNED NOT NULL,
  name VARBINARY(1020) NOT NULL,
  user VARBINARY(1020) NOT NULL,
  is_parent TINYINT UNSIGNED NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY queues_identity (router_id, name, user, is_parent),
  CONSTRAINT queues_router FOREIGN KEY (router_id) REFERENCES routers (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The last accepted counters of each row of a router's list, by RouterOS's `.id`.
-- Here and in the two tables of usage `queue_id` is no foreign key: checking 30,000 of them took a tenth of the time of a
-- large poll. Queues are made in the transaction that uses them, and forgotten only under the lock of the router's row.
CREATE TABLE IF NOT EXISTS baselines (
  router_id INT UNSIGNED NOT NULL,
  row_id VARBINARY(255) NOT NULL,
  queue_id INT UNSIGNED NOT NULL,
  -- Both NULL: the row was listed but has never been parsed.
  upload_bytes BIGINT UNSIGNED NULL,
  download_bytes BIGINT UNSIGNED NULL,
  presence ENUM('present', 'unreadable', 'missing') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- NULL while present: then it is the router's `sampled_at`, and a queue that did not move needs no write.
  seen_at BIGINT NULL,
  PRIMARY KEY (router_id, row_id),
  KEY baselines_queue (queue_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The day comes first in the key: the rows of today lie together, so a poll costs the same however long the history is.
CREATE TABLE IF NOT EXISTS usage_daily (
  day DATE NOT NULL,
  queue_id INT UNSIGNED NOT NULL,
  upload_bytes BIGINT UNSIGNED NOT NULL,
  download_bytes BIGINT UNSIGNED NOT NULL,
  -- Of both, what was split over a midnight from a span of more than 10 minutes.
  estimated_bytes BIGINT UNSIGNED NOT NULL,
  unobserved_ms BIGINT UNSIGNED NOT NULL,
  restarts INT UNSIGNED NOT NULL,
  comment VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (day, queue_id),
  KEY usage_daily_queue (queue_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The profile of a day by UTC hours. `day` is the day the bytes are booked to: an hour may lie in two of them.
-- A row here has its queue's row of that day in usage_daily.
CREATE TABLE IF NOT EXISTS usage_hourly (
  day DATE NOT NULL,
  hour_at BIGINT NOT NULL,
  queue_id INT UNSIGNED NOT NULL,
  upload_bytes BIGINT UNSIGNED NOT NULL,
  download_bytes BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (day, hour_at, queue_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS events (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  router_id INT UNSIGNED NOT NULL,
  at BIGINT NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- NULL when the whole router is concerned.
  queue VARBINARY(1020) NULL,
  detail VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (id),
  KEY events_at (at),
  KEY events_router (router_id, at),
  CONSTRAINT events_router FOREIGN KEY (router_id) REFERENCES routers (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- For people and Grafana. 1 GB is 1024^3 bytes. INVOKER, so that a dump can be restored under another user.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW daily_usage AS
SELECT
  u.day AS day,
  CONVERT(r.name USING utf8mb4) COLLATE utf8mb4_bin AS router,
  CONVERT(q.name USING utf8mb4) COLLATE utf8mb4_bin AS queue,
  CONVERT(q.user USING utf8mb4) COLLATE utf8mb4_bin AS user,
  u.upload_bytes / 1073741824e0 AS upload_gb,
  u.download_bytes / 1073741824e0 AS download_gb,
  (u.upload_bytes + u.download_bytes) / 1073741824e0 AS total_gb,
  u.estimated_bytes / 1073741824e0 AS estimated_gb,
  u.unobserved_ms / 1000e0 AS unobserved_seconds,
  u.restarts AS restarts,
  q.is_parent AS parent
FROM usage_daily u
JOIN queues q ON q.id = u.queue_id
JOIN routers r ON r.id = q.router_id;
