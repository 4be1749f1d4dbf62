-- Health: how the devices are, how they were, and what is still to be told. The rules of 001-usage.sql hold here too.

-- One row: the worker that judges the devices now, and what it told when. Each write of health changes this row first, so that two
-- workers that meet write one after the other, and one that lost its turn writes nothing.
CREATE TABLE IF NOT EXISTS health_watch (
  id TINYINT UNSIGNED NOT NULL,
  -- Random for each worker.
  holder CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- When another worker may take over, by the database's clock.
  until_at BIGINT NOT NULL,
  -- When something was last written, by the worker's clock: before that no worker was away.
  seen_at BIGINT NOT NULL,
  -- Names the last write, so that a retry after a lost commit recognises its own.
  last_batch CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Since when no witness answers: our own line is down. NULL while one does.
  blind_since BIGINT NULL,
  -- JSON: when what kind of news was last told, and until when the fall of a large part of the fleet waits.
  told TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How each device was when it was last looked at.
CREATE TABLE IF NOT EXISTS health_states (
  device VARBINARY(1020) NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  since_at BIGINT NOT NULL,
  -- The first look ever.
  first_at BIGINT NOT NULL,
  -- The last one.
  seen_at BIGINT NOT NULL,
  -- JSON: failures so far, last checks, warnings, reconnects.
  memory MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- JSON: what the device last said of itself; NULL: nothing.
  figures MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (device)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS health_transitions (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  device VARBINARY(1020) NOT NULL,
  at BIGINT NOT NULL,
  from_state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  to_state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  latency_ms DOUBLE NULL,
  PRIMARY KEY (id),
  KEY health_transitions_device (device, at),
  KEY health_transitions_at (at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What has happened and nobody has been told yet: it waits here to be told together with others, and goes when its notice is written.
CREATE TABLE IF NOT EXISTS health_news (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  device VARBINARY(1020) NOT NULL,
  event VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at BIGINT NOT NULL,
  since_at BIGINT NOT NULL,
  -- The kind of the incident that was opened at `since_at`.
  incident VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Time and figures of a device within five minutes (kept 7 days), an hour (90 days) and a local day (2 years). Each write adds to all
-- three. Of each figure how many values there were, the smallest, their sum and the largest.
CREATE TABLE IF NOT EXISTS health_spans (
  device VARBINARY(1020) NOT NULL,
  length VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  starts_at BIGINT NOT NULL,
  up_ms INT UNSIGNED NOT NULL,
  down_ms INT UNSIGNED NOT NULL,
  -- Neither up nor down: our own line was down, or the device in front of it was, or maintenance. Time in which no worker ran is in none.
  unknown_ms INT UNSIGNED NOT NULL,
  latency_count INT UNSIGNED NOT NULL,
  latency_min DOUBLE NULL,
  latency_sum DOUBLE NOT NULL,
  latency_max DOUBLE NULL,
  cpu_count INT UNSIGNED NOT NULL,
  cpu_min DOUBLE NULL,
  cpu_sum DOUBLE NOT NULL,
  cpu_max DOUBLE NULL,
  memory_count INT UNSIGNED NOT NULL,
  memory_min DOUBLE NULL,
  memory_sum DOUBLE NOT NULL,
  memory_max DOUBLE NULL,
  disk_count INT UNSIGNED NOT NULL,
  disk_min DOUBLE NULL,
  disk_sum DOUBLE NOT NULL,
  disk_max DOUBLE NULL,
  temperature_count INT UNSIGNED NOT NULL,
  temperature_min DOUBLE NULL,
  temperature_sum DOUBLE NOT NULL,
  temperature_max DOUBLE NULL,
  voltage_count INT UNSIGNED NOT NULL,
  voltage_min DOUBLE NULL,
  voltage_sum DOUBLE NOT NULL,
  voltage_max DOUBLE NULL,
  download_count INT UNSIGNED NOT NULL,
  download_min DOUBLE NULL,
  download_sum DOUBLE NOT NULL,
  download_max DOUBLE NULL,
  upload_count INT UNSIGNED NOT NULL,
  upload_min DOUBLE NULL,
  upload_sum DOUBLE NOT NULL,
  upload_max DOUBLE NULL,
  PRIMARY KEY (device, length, starts_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS maintenance_windows (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  -- One of the two is given.
  device VARBINARY(1020) NULL,
  tag VARBINARY(1020) NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  is_weekly TINYINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Devices that are left alone though they are not in the inventory: it has a column of its own for that.
CREATE TABLE IF NOT EXISTS device_pauses (
  device VARBINARY(1020) NOT NULL,
  paused_at BIGINT NOT NULL,
  PRIMARY KEY (device)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
