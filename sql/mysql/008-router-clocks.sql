-- Which boot of which machine read the last sample of a router: within one boot the `monotonic_ms` of all processes is one clock. The
-- rules of 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS router_clocks (
  router_id INT UNSIGNED NOT NULL,
  -- What is said here is good only while the router's row has this reader: an earlier version, which may run beside this one, changes
  -- that row and not this one.
  reader VARBINARY(255) NOT NULL,
  -- As in /proc/sys/kernel/random/boot_id. Of a reader that does not know its boot there is no row.
  boot_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (router_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
