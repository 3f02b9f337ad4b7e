-- A run asked for by hand may send a body of its own in place of its job's.

-- 1: it does, and run_bodies has it; null, as in every run of a schedule: it sends the job's.
ALTER TABLE runs ADD COLUMN edited INTEGER;

-- body is JSON text, as a job's own is in its spec. Kept apart, in a table with rowids, as lists read whole rows of runs, and a
-- body may have megabytes.
CREATE TABLE run_bodies (
    run_id BLOB PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    body TEXT NOT NULL
) STRICT;
