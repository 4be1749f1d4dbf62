-- The last trouble of each router in words, for people; its code and instant are in router_states. The rules of
-- 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS router_errors (
  router VARBINARY(1020) NOT NULL,
  message VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- What to do about it.
  advice VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (router)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
