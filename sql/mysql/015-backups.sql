-- Configurations of devices: versions that are proven complete, the one kept apart, runs and schedules. The rules of 001-usage.sql hold
-- here too. Texts are compressed and AES-256-GCM encrypted (nonce, ciphertext, tag; base64); table, row and column are part of what is
-- authenticated, and `key_id` names the key, as in 013-devices.sql. `identity` is an HMAC of the text by a
-- key made of the same one.

-- One row a device: its lock, its lease, and what outlives its versions.
CREATE TABLE IF NOT EXISTS backup_devices (
  device VARBINARY(1020) NOT NULL,
  -- The highest number ever given: none is given twice.
  last_version BIGINT NOT NULL,
  -- Menus whose failing was accepted: a JSON array of texts.
  accepted TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- When a good text was last seen, and what the device's own clock showed then (ms, as if it were UTC).
  seen_at BIGINT NULL,
  seen_clock BIGINT NULL,
  -- The last run that wrote here and what it came to (JSON), so that a retry after a lost commit recognises its own.
  last_run VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  last_result TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- Who backs it up now, until when by the database's clock.
  lease_holder VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (device)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS backup_versions (
  device VARBINARY(1020) NOT NULL,
  version BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  -- Of the declarations that say how to read it: `routeros`, `ios`, …
  model VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- As received.
  bytes BIGINT NOT NULL,
  os_version VARBINARY(1020) NULL,
  hardware VARBINARY(1020) NULL,
  serial VARBINARY(1020) NULL,
  -- JSON array of texts.
  changed_by TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  lines_added BIGINT NOT NULL,
  lines_removed BIGINT NOT NULL,
  -- 1: another version of the system wrote it than the version before.
  is_rewritten TINYINT UNSIGNED NOT NULL,
  is_imported TINYINT UNSIGNED NOT NULL,
  key_id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  identity CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- NULL: the text is whole; else it is a difference to that version.
  base_version BIGINT NULL,
  content LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (device, version),
  KEY backup_versions_seen (last_seen_at),
  KEY backup_versions_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A complete text with a fault, one a device; the newest good version stays the newest.
CREATE TABLE IF NOT EXISTS backup_quarantines (
  device VARBINARY(1020) NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  model VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bytes BIGINT NOT NULL,
  os_version VARBINARY(1020) NULL,
  hardware VARBINARY(1020) NULL,
  serial VARBINARY(1020) NULL,
  device_clock BIGINT NULL,
  changed_by TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  key_id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  identity CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (device),
  KEY backup_quarantines_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS backup_runs (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  started_at BIGINT NOT NULL,
  -- NULL: it goes on, or was killed.
  finished_at BIGINT NULL,
  -- Who makes it now, until when by the database's clock: then another one may go on with it.
  lease_holder VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY backup_runs_started (started_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a run came to for each device.
CREATE TABLE IF NOT EXISTS backup_outcomes (
  run_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device VARBINARY(1020) NOT NULL,
  outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  step VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  tries BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  bytes BIGINT NULL,
  version BIGINT NULL,
  trouble TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  advice TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (run_id, device)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Host keys of SSH, as each was seen first or accepted: another one is refused before a password is sent.
CREATE TABLE IF NOT EXISTS ssh_host_keys (
  host VARBINARY(1020) NOT NULL,
  port INT UNSIGNED NOT NULL,
  -- `SHA256:…`
  fingerprint VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pinned_at BIGINT NOT NULL,
  PRIMARY KEY (host, port)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
