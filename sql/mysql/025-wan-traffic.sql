-- What flowed over the internet lines of all routers together within an hour (UTC; kept 90 days) and a local day (2 years): sums of the
-- rows of health_spans, so that a page need not read those of a thousand devices. Written anew from them while the time goes on. No row:
-- no rate of any router is known.
CREATE TABLE IF NOT EXISTS health_wan_spans (
  length VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  starts_at BIGINT NOT NULL,
  -- How many routers there were, and of how many a rate is known.
  routers INT UNSIGNED NOT NULL,
  seen INT UNSIGNED NOT NULL,
  -- For how long these were up, together.
  seen_ms BIGINT UNSIGNED NOT NULL,
  -- Sums of the means of these routers, bits a second.
  download_bps DOUBLE NOT NULL,
  upload_bps DOUBLE NOT NULL,
  -- By the worker's clock.
  written_at BIGINT NOT NULL,
  PRIMARY KEY (length, starts_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
