-- How each router was at its last poll: for people, `check` and metrics; accounting never looks at it. The rules of
-- 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS router_states (
  router VARBINARY(1020) NOT NULL,
  -- When the reachable time began that goes on or was the last; NULL: never reached.
  reachable_since BIGINT NULL,
  -- When it ended or, never reached, when it was first tried; NULL while it is reachable.
  reachable_until BIGINT NULL,
  -- Of the last failed poll; kept when it is reachable again.
  error_code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  error_at BIGINT NULL,
  version VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  board VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  identity VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  -- By the worker's clock; exact to a second.
  booted_at BIGINT NULL,
  -- What the last poll took, the failed ones included.
  poll_ms DOUBLE NOT NULL,
  noted_at BIGINT NOT NULL,
  PRIMARY KEY (router)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
