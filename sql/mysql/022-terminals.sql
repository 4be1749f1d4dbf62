-- Terminals in the browser: tickets for one, who has how many open, and recordings. The rules of 001-usage.sql hold here too.

-- A ticket is good once, within seconds, at any worker. Whoever reads this table has none: it holds SHA-256 of tickets and of cookies.
CREATE TABLE IF NOT EXISTS terminal_tickets (
  id CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  session CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device VARBINARY(1020) NOT NULL,
  window_columns BIGINT NOT NULL,
  window_rows BIGINT NOT NULL,
  -- By the clock of the database.
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY terminal_tickets_created_at (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A user has so many terminals as there are places. A place whose worker was killed is free when it was not renewed for a minute.
CREATE TABLE IF NOT EXISTS terminal_places (
  account VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place BIGINT NOT NULL,
  terminal CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- By the clock of the database.
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (account, place),
  KEY terminal_places_terminal (terminal)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS terminal_recordings (
  id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device VARBINARY(1020) NOT NULL,
  who VARCHAR(255) NOT NULL,
  window_columns BIGINT NOT NULL,
  window_rows BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  -- What is kept so far: its length in ms, and bytes of output.
  duration_ms BIGINT NOT NULL,
  output_bytes BIGINT NOT NULL,
  -- How it ended, as in the audit; NULL: it goes on, or the worker was killed.
  outcome VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (id),
  KEY terminal_recordings_started_at (started_at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Lines of asciicast v2, compressed and encrypted.
CREATE TABLE IF NOT EXISTS terminal_recording_parts (
  recording CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  part BIGINT NOT NULL,
  key_id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (recording, part),
  KEY terminal_recording_parts_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
