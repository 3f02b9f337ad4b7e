-- Retention (retention.h). What may go is looked for with a reader's connection, which brings its pages into memory on the way; the writer
-- then deletes by id what is still so.

-- Final runs of a state in order of age: whether each is old enough and not the newest of its job (or channel) and state. Of one that is
-- gone, all may go.
-- name: retention_by_age
SELECT id, attempts, finished_at < :before AND (
    EXISTS (SELECT 1 FROM runs newer INDEXED BY runs_by_job
            WHERE newer.job = r.job AND newer.state = :state AND newer.finished_at IS NOT NULL AND newer.id > r.id)
    OR NOT EXISTS (SELECT 1 FROM jobs WHERE name = r.job)
       AND NOT (substr(r.job, 1, 6) = 'alert:' AND EXISTS (SELECT 1 FROM channels WHERE name = substr(r.job, 7))))
FROM runs r INDEXED BY runs_by_state
WHERE state = :state AND finished_at IS NOT NULL AND id > :after AND id < :below
ORDER BY id LIMIT :limit;

-- The next job that has final runs, whether it is there or not.
-- name: retention_job_after
SELECT job FROM runs INDEXED BY runs_by_job WHERE job > :after AND finished_at IS NOT NULL ORDER BY job LIMIT 1;

-- The newest run of a job and state that is one too many.
-- name: retention_first_over
SELECT id FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = :state AND finished_at IS NOT NULL
ORDER BY id DESC LIMIT 1 OFFSET :keep;

-- name: retention_by_number
SELECT id, attempts, 1 FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = :state AND finished_at IS NOT NULL AND id > :after AND id <= :last
ORDER BY id LIMIT :limit;

-- name: retention_bodies
SELECT id, attempts, created_at, finished_at FROM runs WHERE id > :after AND id < :below ORDER BY id LIMIT :limit;

-- name: retention_bodies_long
SELECT id, attempts, finished_at < :before FROM runs INDEXED BY runs_long
WHERE finished_at > created_at + 86400000 AND id > :after AND id < :below
ORDER BY id LIMIT :limit;

-- Where the row of an attempt is, for its pages alone.
-- name: retention_attempt_look
SELECT max(finished_at) FROM attempts WHERE run_id = :run_id;

-- name: retention_run_delete
DELETE FROM runs WHERE id = :id AND finished_at IS NOT NULL;

-- The rowid is set anew so that SQLite deletes and inserts the row: where a row only shrinks, pages stay as empty as they become.
-- name: retention_strip
UPDATE attempts SET rowid = rowid, request_headers = NULL, request_body = NULL, response_headers = NULL,
    response_body = NULL, bodies_removed = 1
WHERE run_id = :run_id AND number = :number AND finished_at IS NOT NULL AND bodies_removed IS NULL;

-- name: retention_body_delete
DELETE FROM run_bodies WHERE run_id = :run_id;

-- name: retention_bodies_until
SELECT bodies_until FROM retention WHERE id = 1;

-- name: retention_set_bodies_until
UPDATE retention SET bodies_until = :until WHERE id = 1 AND bodies_until <> :until;
