-- Terminals in the browser, as in ../mysql/022-terminals.sql; what the columns mean is said there.

CREATE TABLE terminal_tickets (
  id TEXT NOT NULL,
  session TEXT NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  window_columns INTEGER NOT NULL,
  window_rows INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX terminal_tickets_created_at ON terminal_tickets (created_at);

CREATE TABLE terminal_places (
  account TEXT NOT NULL,
  place INTEGER NOT NULL,
  terminal TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX terminal_places_terminal ON terminal_places (terminal);

CREATE TABLE terminal_recordings (
  id TEXT NOT NULL,
  device TEXT COLLATE BINARY NOT NULL,
  who TEXT NOT NULL,
  window_columns INTEGER NOT NULL,
  window_rows INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  output_bytes INTEGER NOT NULL,
  outcome TEXT NULL,
  PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX terminal_recordings_started_at ON terminal_recordings (started_at, id);

CREATE TABLE terminal_recording_parts (
  recording TEXT NOT NULL,
  part INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (recording, part)
) STRICT;

CREATE INDEX terminal_recording_parts_key ON terminal_recording_parts (key_id);
