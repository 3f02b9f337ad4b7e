-- Jobs that are failing (failing.h). The table holds these alone.

-- A success: nothing, as a rule.
-- name: failing_clear
DELETE FROM job_failing WHERE job = :job;

-- A failure, when it is not the first.
-- name: failing_more
UPDATE job_failing SET runs = runs + 1, run = :run WHERE job = :job;

-- The first, of a job that is there. One asked for by hand may be of an occurrence of long ago.
-- name: failing_begin
INSERT INTO job_failing (job, since, runs, run, last_success_at)
SELECT job, CASE WHEN trigger IN ('schedule', 'catch_up') THEN scheduled_for ELSE created_at END, 1, id,
    (SELECT finished_at FROM runs INDEXED BY runs_by_job
     WHERE job = :job AND state = 'succeeded' AND finished_at IS NOT NULL AND edited IS NULL ORDER BY id DESC LIMIT 1)
FROM runs WHERE id = :run AND EXISTS (SELECT 1 FROM jobs WHERE name = :job);

-- name: failing_get
SELECT f.since, f.runs, f.last_success_at, r.id, r.message, r.http_status, r.outcome
FROM job_failing f LEFT JOIN runs r ON r.id = f.run
WHERE f.job = :job;

-- name: failing_is
SELECT 1 FROM job_failing WHERE job = :job;

-- name: failing_each
SELECT job FROM job_failing ORDER BY job;

-- As job_each, of those that are failing.
-- name: failing_job_each
SELECT j.spec, j.revision, j.created_at, j.updated_at, j.effective_from, j.paused, j.paused_until, j.name
FROM job_failing f CROSS JOIN jobs j ON j.name = f.job
WHERE f.job > :after ORDER BY f.job;
