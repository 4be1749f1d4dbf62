-- Schedules of backups that people made on the page or by commands, and watches over devices that are not backed up. Schedules of the
-- configuration are not here. The rules of 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS backup_schedules (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  -- The rule as people write it: day, week, month, year, or like `6 hours`; then a weekday, a day of the month or `MM-DD`; then `hh:mm`.
  every VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  on_day VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  at_time CHAR(5) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Names of devices, with * and ?; NULL: all.
  device VARBINARY(1020) NULL,
  -- JSON array of texts, one of which a device has; empty: all devices.
  tags TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  is_paused TINYINT UNSIGNED NOT NULL,
  -- When it was made or last resumed (ms): earlier times were not missed.
  since BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Devices whose backups are watched: one that was not backed up for too long is an incident.
CREATE TABLE IF NOT EXISTS backup_watches (
  device VARBINARY(1020) NOT NULL,
  -- Since when backups of it are expected, and when a worker last expected them (ms).
  watched_since BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  -- When its incident was opened (ms); NULL: there is none.
  stale_since BIGINT NULL,
  PRIMARY KEY (device)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
