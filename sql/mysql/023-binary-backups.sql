-- Binary backups of routers. Each belongs to a version of backup_versions and goes with it. The rules of 001-usage.sql hold here too.
--
-- Tables of their own: an earlier version that still runs beside this one writes versions, outcomes and copies without these rows.

CREATE TABLE IF NOT EXISTS backup_binaries (
  device VARBINARY(1020) NOT NULL,
  version BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  -- 1: its file may still be on the router.
  is_left TINYINT UNSIGNED NOT NULL,
  -- As in backup_versions.
  key_id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  identity CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (device, version),
  KEY backup_binaries_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Their bytes, encrypted as texts of backup_versions are, by the key of their row there.
CREATE TABLE IF NOT EXISTS backup_binary_parts (
  device VARBINARY(1020) NOT NULL,
  version BIGINT NOT NULL,
  -- From 0.
  part BIGINT NOT NULL,
  content MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (device, version, part)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a run came to for the binary backup of a device, where one is asked for.
CREATE TABLE IF NOT EXISTS backup_binary_outcomes (
  run_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device VARBINARY(1020) NOT NULL,
  outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  step VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  bytes BIGINT NULL,
  trouble TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  advice TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (run_id, device)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Copies in archives, as in backup_copies.
CREATE TABLE IF NOT EXISTS backup_binary_copies (
  archive VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device VARBINARY(1020) NOT NULL,
  version BIGINT NOT NULL,
  path VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bytes BIGINT NOT NULL,
  copied_at BIGINT NOT NULL,
  PRIMARY KEY (archive, device, version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
