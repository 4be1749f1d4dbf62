-- What channels beside mail need to know of a notice, and people of an incident, as in ../mysql/016-channels.sql; what the columns mean is
-- said there.

CREATE TABLE notice_topics (
  notice TEXT NOT NULL PRIMARY KEY,
  event TEXT NOT NULL,
  devices TEXT NOT NULL,
  incident INTEGER NULL,
  answers TEXT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery_messages (
  notice TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT COLLATE BINARY NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (notice, channel, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident_details (
  incident INTEGER NOT NULL PRIMARY KEY,
  summary TEXT NOT NULL,
  notice TEXT NULL,
  acknowledged_by TEXT NULL,
  acknowledged_at INTEGER NULL,
  note TEXT NULL
) STRICT;
