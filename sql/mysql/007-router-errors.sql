-- The last trouble of each router in words, for people; its instant is in router_states. The rules of 001-usage.sql hold
-- here too.

CREATE TABLE IF NOT EXISTS router_errors (
  router VARBINARY(1020) NOT NULL,
  -- The words are good only while router_states has this code: an earlier version writes no words.
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- What to do about it.
  advice VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (router)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
