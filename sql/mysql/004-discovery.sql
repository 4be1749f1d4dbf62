-- The devices that LibreNMS listed last: used while it is away. The rules of 001-usage.sql hold here too.

CREATE TABLE IF NOT EXISTS librenms_devices (
  device_id BIGINT NOT NULL,
  hostname VARBINARY(1020) NOT NULL,
  host VARBINARY(1020) NOT NULL,
  ip VARBINARY(255) NULL,
  -- The router that its usage is booked to; NULL when it is not polled.
  router VARBINARY(1020) NULL,
  PRIMARY KEY (device_id),
  KEY librenms_devices_router (router)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
