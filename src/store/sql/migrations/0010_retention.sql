-- What is kept for how long: failures longer than successes, headers and bodies less long than the runs they belong to.

ALTER TABLE settings ADD COLUMN retention_failed_days INTEGER NOT NULL DEFAULT 365
    CHECK (retention_failed_days BETWEEN 1 AND 3650);
ALTER TABLE settings ADD COLUMN retention_bodies_days INTEGER NOT NULL DEFAULT 30
    CHECK (retention_bodies_days BETWEEN 1 AND 3650);
-- Of a job, in each state; 0: any number.
ALTER TABLE settings ADD COLUMN retention_runs INTEGER NOT NULL DEFAULT 100000
    CHECK (retention_runs BETWEEN 0 AND 10000000);
-- Where there is history already, an upgrade deletes nothing that was to be kept before; and who chose how long, chose it for all.
UPDATE settings SET retention_bodies_days = retention_days, retention_runs = 0 WHERE EXISTS (SELECT 1 FROM runs);
UPDATE settings SET retention_failed_days = retention_days WHERE retention_days <> 90;

-- 1: request_headers, request_body, response_headers and response_body were there, and are deleted by age.
ALTER TABLE attempts ADD COLUMN bodies_removed INTEGER;

-- Of runs up to this id headers and bodies are deleted, but for those that were open when their turn came: these end more than a day
-- after they were made, and are few.
CREATE TABLE retention (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    bodies_until BLOB NOT NULL CHECK (length(bodies_until) = 16)
) STRICT;
INSERT INTO retention (id, bodies_until) VALUES (1, zeroblob(16));
CREATE INDEX runs_long ON runs (id) WHERE finished_at > created_at + 86400000;
