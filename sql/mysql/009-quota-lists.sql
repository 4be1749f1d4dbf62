-- Which quotas held when: a period that was closed before its quota was made or changed makes no breach. The rules of
-- 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS quota_lists (
  -- In the order in which workers took them up; each holds until the next.
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  -- Unix ms.
  since BIGINT NOT NULL,
  -- JSON: the rules as in the configuration, and the day on which weeks begin.
  quotas MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
