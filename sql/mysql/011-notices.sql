-- What people are told, to whom, by which channel, and what is wrong now. The rules of 001-usage.sql hold here too.

-- A notice, once. Its content is fixed when the row is written; only the state of its deliveries changes. What waits in `mails`, and what
-- an earlier version that still runs beside this one puts there, becomes notices when a worker or a command takes it over.
CREATE TABLE IF NOT EXISTS notices (
  -- Random; a mail's Message-ID is made from it, so that a second copy can be recognised as one.
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- quota, report, blind, or a kind that only a later version knows.
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- JSON: tone, lead, facts, table, advice. NULL: it is a page, in the two columns that follow.
  letter MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  text_body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  html_body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  file_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  file_type VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  file_content LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  created_at BIGINT NOT NULL,
  -- Last day of the period it is about; kept for as long after it as usage is.
  period_end DATE NOT NULL,
  -- When trying again ends.
  worth_until BIGINT NOT NULL,
  -- The next three are what its deliveries come to, written with each of their changes: claimed while one is claimed, else pending while
  -- one is pending, else sent when one was sent, else failed.
  state ENUM('pending', 'claimed', 'sent', 'failed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sent_at BIGINT NULL,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY notices_state (state, created_at),
  KEY notices_period_end (period_end)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A line for each address of each channel. Who writes one locks its notice first.
CREATE TABLE IF NOT EXISTS deliveries (
  notice CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The channel's name in the configuration.
  channel VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  address VARBINARY(1020) NOT NULL,
  state ENUM('pending', 'claimed', 'sent', 'failed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- When the next try is due; while it is claimed, when the lease ends. By the clock of the database.
  due_at BIGINT NOT NULL,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  -- Tries that ended with a final refusal of this address.
  refusals INT UNSIGNED NOT NULL DEFAULT 0,
  -- Random for each claim: proof that the line is still ours to settle.
  claim CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  sent_at BIGINT NULL,
  trouble VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (notice, channel, address),
  KEY deliveries_due (channel, state, due_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What is or was wrong: opened once, closed once, never two open ones of the same subject.
CREATE TABLE IF NOT EXISTS incidents (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  -- blind: a router that cannot be read.
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- What it is about, e.g. the router's name.
  subject VARBINARY(1020) NOT NULL,
  -- When it was first observed.
  opened_at BIGINT NOT NULL,
  closed_at BIGINT NULL,
  -- 1 while it is open, else NULL: of NULLs a unique key takes any number.
  is_open TINYINT UNSIGNED NULL,
  PRIMARY KEY (id),
  UNIQUE KEY incidents_open_once (kind, subject, is_open),
  KEY incidents_closed_at (closed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- `blind_since` of router_watches goes on being written for a worker of an earlier version that still runs beside.
INSERT IGNORE INTO incidents (kind, subject, opened_at, closed_at, is_open)
  SELECT 'blind', router, blind_since, NULL, 1 FROM router_watches WHERE blind_since IS NOT NULL;
