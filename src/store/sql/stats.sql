-- name: stats_counted
SELECT counted FROM statistics WHERE id = 1;

-- name: stats_set_counted
UPDATE statistics SET counted = 1 WHERE id = 1;

-- name: run_end_put
INSERT INTO run_ends (data) VALUES (:data);

-- name: run_end_each
SELECT id, data FROM run_ends WHERE id > 0 ORDER BY id;

-- name: run_end_any
SELECT 1 FROM run_ends WHERE id > 0 LIMIT 1;

-- name: run_end_delete
DELETE FROM run_ends WHERE id <= :id;

-- name: run_count_get
SELECT data FROM run_counts WHERE job = :job AND hours = :hours AND start = :start;

-- name: run_count_put
INSERT INTO run_counts (job, hours, start, data) VALUES (:job, :hours, :start, :data)
ON CONFLICT (job, hours, start) DO UPDATE SET data = excluded.data;

-- name: run_count_each
SELECT start, data FROM run_counts WHERE job = :job AND hours = :hours AND start >= :since AND start < :until;

-- name: run_count_job_after
SELECT job FROM run_counts WHERE job > :after ORDER BY job LIMIT 1;

-- name: run_count_prune
DELETE FROM run_counts WHERE job = :job AND hours = :hours AND start < :before;

