-- Healing: what rules did, would have done or may do to devices. The rules of 001-usage.sql hold here too.

-- One row, changed first by whoever decides anything: what one process decides the next one sees, so that no limit is passed together.
CREATE TABLE IF NOT EXISTS healing_turn (
  id TINYINT UNSIGNED NOT NULL,
  -- Steps so far.
  steps BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS healing_attempts (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  rule_name VARBINARY(1020) NOT NULL,
  device VARBINARY(1020) NOT NULL,
  -- The device that it acts through; empty where there is none.
  via VARBINARY(1020) NOT NULL,
  mode VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  -- When the trouble began (ms, by the clock of the worker that saw it); all other instants by the database's clock.
  outage_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT NULL,
  -- Written before the first command: from then on it counts, whatever becomes of the process.
  started_at BIGINT NULL,
  began_at BIGINT NULL,
  ran_at BIGINT NULL,
  good_since BIGINT NULL,
  finished_at BIGINT NULL,
  by_whom VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  -- Commands and what they answered, secrets masked; NULL: none were run.
  output MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  lease_holder CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY healing_attempts_created (created_at),
  KEY healing_attempts_state (state),
  KEY healing_attempts_device (device, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Since when a device is seen to have no way to the internet, for rules about that.
CREATE TABLE IF NOT EXISTS healing_notes (
  -- SHA-256 in hex of rule and device, which together are too long for a key.
  id CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- JSON: rule and device.
  subject TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  since_at BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
