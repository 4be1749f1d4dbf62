-- What an attempt does: a person approves one action, not whatever the rule does later. And the indexes by which healing reads every 5 s. The
-- rules of 001-usage.sql hold here too; a column or a key that is there already is no failure.

-- In a few words; NULL: an earlier version wrote it.
ALTER TABLE healing_attempts ADD COLUMN action VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL;

-- SHA-256 in hex of exactly what is done; NULL: likewise.
ALTER TABLE healing_attempts ADD COLUMN action_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;

ALTER TABLE healing_attempts ADD KEY healing_attempts_started (started_at);

ALTER TABLE healing_attempts ADD KEY healing_attempts_open (state, finished_at);
