-- Devices and credentials, as in ../mysql/013-devices.sql; what the columns mean is said there.

CREATE TABLE inventory (
  id INTEGER NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  last_change TEXT NOT NULL
) STRICT;

CREATE TABLE credentials (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT COLLATE BINARY NULL UNIQUE,
  device_id TEXT NULL UNIQUE,
  version INTEGER NOT NULL,
  username TEXT COLLATE BINARY NOT NULL,
  key_id TEXT NOT NULL,
  password TEXT NULL,
  private_key TEXT NULL,
  passphrase TEXT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_key ON credentials (key_id);

CREATE TABLE devices (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT COLLATE BINARY NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  host TEXT COLLATE BINARY NOT NULL,
  model TEXT NOT NULL,
  api_port INTEGER NULL,
  api_tls TEXT NOT NULL,
  api_credential TEXT NULL,
  ssh_port INTEGER NULL,
  ssh_credential TEXT NULL,
  terminal_credential TEXT NULL,
  parent TEXT COLLATE BINARY NULL,
  tags TEXT NOT NULL,
  counts_usage INTEGER NOT NULL,
  has_backups INTEGER NOT NULL,
  is_paused INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE key_holders (
  id TEXT NOT NULL PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  key_ids TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
