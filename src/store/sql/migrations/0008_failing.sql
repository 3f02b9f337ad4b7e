-- Which jobs are failing, kept where the ends of runs are written, so that asking costs nothing however many jobs and runs there are.

-- A job that failed, or missed an occurrence, and did not succeed since. since: the first of these; runs: how many; run: the one that
-- ended last, which history may have let go of.
CREATE TABLE job_failing (
    job TEXT PRIMARY KEY NOT NULL REFERENCES jobs (name) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    runs INTEGER NOT NULL CHECK (runs >= 1),
    run BLOB NOT NULL CHECK (length(run) = 16),
    last_success_at INTEGER
) STRICT, WITHOUT ROWID;

-- From history as it is: for each job its newest success, by the index, and of the index what comes after it.
WITH succeeded (job, id) AS MATERIALIZED (
    SELECT name, coalesce((SELECT id FROM runs INDEXED BY runs_by_job
                           WHERE job = name AND state = 'succeeded' AND finished_at IS NOT NULL
                           ORDER BY id DESC LIMIT 1), x'')
    FROM jobs),
streak (job, succeeded, first, runs, last) AS MATERIALIZED (
    SELECT s.job, s.id, min(r.id), count(*), max(r.id)
    FROM succeeded s CROSS JOIN runs r INDEXED BY runs_by_job
    WHERE r.job = s.job AND r.state IN ('failed', 'missed') AND r.finished_at IS NOT NULL AND r.id > s.id
    GROUP BY s.job)
INSERT INTO job_failing (job, since, runs, run, last_success_at)
SELECT k.job, CASE WHEN r.trigger IN ('schedule', 'catch_up') THEN r.scheduled_for ELSE r.created_at END, k.runs, k.last,
    (SELECT finished_at FROM runs WHERE id = k.succeeded)
FROM streak k CROSS JOIN runs r
WHERE r.id = k.first;
