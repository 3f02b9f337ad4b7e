-- What /metrics tells of the store, and of the time before the process.

-- name: figures_succeeded_last
SELECT finished_at FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = 'succeeded' AND finished_at IS NOT NULL AND edited IS NULL ORDER BY id DESC LIMIT 1;

-- name: figures_failed
SELECT runs FROM job_failing WHERE job = :job;

-- name: figures_secret_each
SELECT name, updated_at, rotate_every_s FROM secrets ORDER BY name LIMIT :most;
