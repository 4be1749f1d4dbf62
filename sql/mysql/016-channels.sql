-- What channels beside mail need to know of a notice, and people of an incident. The rules of 001-usage.sql hold here too.
--
-- Tables of their own: an earlier version that still runs beside this one writes notices and incidents without these rows.

-- What a notice is about, for programs.
CREATE TABLE IF NOT EXISTS notice_topics (
  notice CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- device.down, quota.breach, …
  event VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- JSON list of the names of the devices it is about.
  devices MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- The incident it is about; NULL: of none, or of several.
  incident BIGINT UNSIGNED NULL,
  -- The notice that it follows up, as "up" follows "down".
  answers CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (notice)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What the other side calls the message of a delivery, so that a later one can be a reply to it.
CREATE TABLE IF NOT EXISTS delivery_messages (
  notice CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  channel VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  address VARBINARY(1020) NOT NULL,
  message_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (notice, channel, address)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What people see of an incident, and what they say to it.
CREATE TABLE IF NOT EXISTS incident_details (
  incident BIGINT UNSIGNED NOT NULL,
  -- What is wrong, in one line.
  summary VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- The notice that told of its opening; NULL: nobody was told.
  notice CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- The next three are NULL until somebody has acknowledged it.
  acknowledged_by VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  acknowledged_at BIGINT NULL,
  note VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (incident)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
