-- Breaches, the outbox, what is known of reports, blind routers and jobs. The rules of 001-usage.sql hold here too.

-- What is to be mailed, once. The content is fixed when the row is written; only the state of its delivery changes.
CREATE TABLE IF NOT EXISTS mails (
  -- Random; the Message-ID is made from it.
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- JSON list of the addresses that have not got it yet.
  recipients TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  subject VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  text_body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  html_body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  file_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  file_type VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  file_content LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  state ENUM('pending', 'claimed', 'sent', 'failed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at BIGINT NOT NULL,
  -- Last day of the period it is about; kept for as long after it as usage is.
  period_end DATE NOT NULL,
  -- When the next try is due; while it is claimed, when the lease ends.
  due_at BIGINT NOT NULL,
  give_up_at BIGINT NOT NULL,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  refusals INT UNSIGNED NOT NULL DEFAULT 0,
  -- Random for each claim: proof that the mail is still ours to settle.
  claim CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  sent_at BIGINT NULL,
  trouble VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (id),
  KEY mails_due (state, due_at),
  KEY mails_period_end (period_end)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS breaches (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  router VARBINARY(1020) NOT NULL,
  user VARBINARY(1020) NOT NULL,
  period ENUM('day', 'week', 'month') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_start DATE NOT NULL,
  period_end DATE NOT NULL,
  -- Percent of the limit.
  threshold INT UNSIGNED NOT NULL,
  limit_bytes BIGINT UNSIGNED NOT NULL,
  -- When it was noticed; the usage goes on growing.
  counted_bytes BIGINT UNSIGNED NOT NULL,
  noticed_at BIGINT NOT NULL,
  -- Of the crossing.
  day DATE NOT NULL,
  state ENUM('mailed', 'superseded', 'estimated', 'unsent') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The mail that tells of it, when its state is `mailed`.
  mail_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (id),
  UNIQUE KEY breaches_once (router, user, period, period_start, threshold, limit_bytes),
  KEY breaches_period_end (period_end),
  KEY breaches_day (day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which report has been written for which period.
CREATE TABLE IF NOT EXISTS report_mails (
  report VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_start DATE NOT NULL,
  period_end DATE NOT NULL,
  mail_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  written_at BIGINT NOT NULL,
  PRIMARY KEY (report, period_start)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Since when a router is watched, and whether people were told that it cannot be read.
CREATE TABLE IF NOT EXISTS router_watches (
  router VARBINARY(1020) NOT NULL,
  watched_since BIGINT NOT NULL,
  -- When it was found blind; NULL while it is read.
  blind_since BIGINT NULL,
  PRIMARY KEY (router)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How each job went when it last ran.
CREATE TABLE IF NOT EXISTS job_runs (
  job VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  started_at BIGINT NOT NULL,
  duration_ms DOUBLE NOT NULL,
  outcome ENUM('ok', 'failed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (job)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
