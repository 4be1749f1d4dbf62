-- In which order notices were written, and where addresses have moved to. The rules of 001-usage.sql hold here too.
--
-- Tables of their own: an earlier version that still runs beside this one writes notices without these rows; such a notice waits for none.

-- An "up" is not to overtake its "down" that is still being tried: by `position` it is seen which of two notices is the later one, whatever
-- the clocks of the workers that wrote them.
CREATE TABLE IF NOT EXISTS notice_order (
  position BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  notice CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (position),
  UNIQUE KEY notice_order_notice (notice)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What the other side said that an address of a channel is called now, for good: a group of Telegram that became a supergroup.
CREATE TABLE IF NOT EXISTS moved_addresses (
  channel VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  address VARBINARY(1020) NOT NULL,
  moved_to VARBINARY(1020) NOT NULL,
  moved_at BIGINT NOT NULL,
  PRIMARY KEY (channel, address)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
