-- Makes the database of NetSentinel and its user, once. MariaDB 10.11 or later, MySQL 8.0 or later.
--
-- Run it as root on the server that LibreNMS uses, or on any other: `mariadb -uroot -p < sql/provision.sql`.
-- For the server in LibreNMS's container sql/provision.sh does all of this, with a random password.
--
-- NetSentinel never uses the database `librenms`: LibreNMS's validation offers to drop every table there that is not its own.
--
-- First put a password of your own into the next line. Only letters and digits need no percent-encoding in the URL:
--   mysql://netsentinel:PASSWORD@HOST:3306/netsentinel
SET @password = 'CHANGE-ME';

CREATE DATABASE IF NOT EXISTS netsentinel CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A new user without rights; running this again with another password changes the password.
SET @statement = CONCAT('CREATE USER IF NOT EXISTS ''netsentinel''@''%'' IDENTIFIED BY ', QUOTE(@password));
PREPARE statement FROM @statement;
EXECUTE statement;
SET @statement = CONCAT('ALTER USER ''netsentinel''@''%'' IDENTIFIED BY ', QUOTE(@password));
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- What polling and migrations need, in this database only.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW
  ON netsentinel.* TO 'netsentinel'@'%';

-- For Grafana, a user that only reads:
--   CREATE USER 'grafana'@'%' IDENTIFIED BY '…';
--   GRANT SELECT ON netsentinel.* TO 'grafana'@'%';
