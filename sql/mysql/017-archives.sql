-- Off-site copies of configurations: how each archive stands, and what was copied to it. The rules of 001-usage.sql hold here too.

-- One row for each archive of the configuration that was ever used.
CREATE TABLE IF NOT EXISTS backup_archives (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at BIGINT NOT NULL,
  -- When what is noted below was last compared with what the archive holds. NULL: it is to be compared next time.
  looked_at BIGINT NULL,
  -- Versions that are still to be copied, and since when the oldest of them waits, as found at the last try.
  waiting BIGINT NOT NULL,
  waiting_since BIGINT NULL,
  -- Tries in a row that failed, since when, and why the last one did. NULL: the last one went well.
  failures BIGINT NOT NULL,
  failing_since BIGINT NULL,
  trouble_code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  trouble TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  advice TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  -- 1: people were told of the trouble.
  is_told TINYINT UNSIGNED NOT NULL,
  -- Who copies now, until when by the database's clock.
  lease_holder VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS backup_copies (
  archive VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device VARBINARY(1020) NOT NULL,
  version BIGINT NOT NULL,
  -- Within the archive.
  path VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Of the file, which is encrypted.
  bytes BIGINT NOT NULL,
  copied_at BIGINT NOT NULL,
  PRIMARY KEY (archive, device, version),
  KEY backup_copies_at (archive, copied_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
