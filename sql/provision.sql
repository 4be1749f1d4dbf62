-- Makes NetSentinel's database and its user, once, by an administrator of the server; harmless when repeated, and gives the user
-- the new password then. MariaDB 10.11 or later, MySQL 8.0 or later. The password comes from the session:
--
--   SET @password = 'a long random one';
--   SOURCE sql/provision.sql;
--
-- sql/provision.sh does both on the server of a LibreNMS container. The database is our own: LibreNMS takes a table of others in its own
-- database for a mistake and offers to drop it.

CREATE DATABASE IF NOT EXISTS netsentinel CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Without @password there is no user: the statement is NULL then, and refused. A user's password cannot be a variable otherwise.
SET @statement = CONCAT('CREATE USER IF NOT EXISTS netsentinel@''%'' IDENTIFIED BY ', IF(@password IS NULL, NULL, QUOTE(@password)));
PREPARE make_user FROM @statement;
EXECUTE make_user;
SET @statement = CONCAT('ALTER USER netsentinel@''%'' IDENTIFIED BY ', IF(@password IS NULL, NULL, QUOTE(@password)));
PREPARE set_password FROM @statement;
EXECUTE set_password;
DEALLOCATE PREPARE make_user;
DEALLOCATE PREPARE set_password;
SET @statement = NULL, @password = NULL;

-- What the worker does, and what its migrations do; in this database alone.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW ON netsentinel.* TO netsentinel@'%';
