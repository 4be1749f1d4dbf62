-- What an attempt does, as in ../mysql/024-healing-actions.sql; what the columns mean is said there.

ALTER TABLE healing_attempts ADD COLUMN action TEXT NULL;
ALTER TABLE healing_attempts ADD COLUMN action_digest TEXT NULL;

CREATE INDEX healing_attempts_started ON healing_attempts (started_at);
CREATE INDEX healing_attempts_open ON healing_attempts (state, finished_at);
