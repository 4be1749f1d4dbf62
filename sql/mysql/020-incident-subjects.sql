-- The page of a device asks for the incidents of one subject. The rules of 001-usage.sql hold here too; a key that is there already is no
-- failure.
ALTER TABLE incidents ADD KEY incidents_subject (subject, is_open, opened_at);
