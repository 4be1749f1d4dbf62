-- The inventory: devices and credentials that are managed on the page and by commands. The rules of 001-usage.sql hold here too.
-- Secrets are AES-256-GCM (nonce, ciphertext, tag; base64). Table, row and column are part of what is authenticated: a secret that is
-- moved to another row or column does not open. `key_id` names the key; the key itself is never in the database.

-- One row, made at the first change: the lock of the inventory. Whoever changes it takes this row first.
CREATE TABLE IF NOT EXISTS inventory (
  id TINYINT UNSIGNED NOT NULL,
  -- Grows with each change, so that other workers see that there was one.
  revision BIGINT NOT NULL,
  -- Names the last change, so that a retry after a lost commit recognises its own.
  last_change VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS credentials (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- NULL for the login that belongs to one device alone.
  name VARBINARY(1020) NULL,
  -- The device that it belongs to; NULL for a shared one.
  device_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Grows with each edit: who edits an older one is told.
  version BIGINT NOT NULL,
  username VARBINARY(1020) NOT NULL,
  key_id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  password TEXT CHARACTER SET ascii COLLATE ascii_bin NULL,
  private_key MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NULL,
  passphrase TEXT CHARACTER SET ascii COLLATE ascii_bin NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY credentials_name (name),
  UNIQUE KEY credentials_device (device_id),
  KEY credentials_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS devices (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARBINARY(1020) NOT NULL,
  version BIGINT NOT NULL,
  host VARBINARY(1020) NOT NULL,
  model VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- NULL: the usual port.
  api_port INT UNSIGNED NULL,
  -- `no`, `yes`, `insecure`, or the SHA-256 fingerprint of the certificate.
  api_tls VARCHAR(95) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Shared credentials; a device's own one has the device's id.
  api_credential CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ssh_port INT UNSIGNED NULL,
  ssh_credential CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  terminal_credential CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- The name of a device of any source.
  parent VARBINARY(1020) NULL,
  -- A JSON array of texts.
  tags TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  counts_usage TINYINT UNSIGNED NOT NULL,
  has_backups TINYINT UNSIGNED NOT NULL,
  is_paused TINYINT UNSIGNED NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY devices_name (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which running workers can read with which keys: a rotation is over only when none has the old key alone.
CREATE TABLE IF NOT EXISTS key_holders (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  host VARBINARY(1020) NOT NULL,
  pid BIGINT NOT NULL,
  -- Key ids with blanks between.
  key_ids TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- By the database's clock.
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
