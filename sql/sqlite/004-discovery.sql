-- The devices that LibreNMS listed last, as in ../mysql/004-discovery.sql; what the columns mean is said there.

CREATE TABLE librenms_devices (
  device_id INTEGER NOT NULL PRIMARY KEY,
  hostname TEXT COLLATE BINARY NOT NULL,
  host TEXT COLLATE BINARY NOT NULL,
  ip TEXT NULL,
  router TEXT COLLATE BINARY NULL
) STRICT;

CREATE INDEX librenms_devices_router ON librenms_devices (router);
