-- Where a copy of other books into this database stands. The rules of 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS copies (
  -- There is one at most.
  id TINYINT UNSIGNED NOT NULL,
  -- Digest of the state that the books to be copied had when it began.
  source CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  begun_at BIGINT NOT NULL,
  -- NULL: it is not complete, and nothing may be booked here.
  finished_at BIGINT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
