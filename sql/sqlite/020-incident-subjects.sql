-- The page of a device asks for the incidents of one subject.

CREATE INDEX incidents_subject ON incidents (subject, is_open, opened_at);
