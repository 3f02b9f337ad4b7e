-- Runs are read with SELECT *, in the order of the table: run_row.c reads them so, and a test compares the names.

-- name: run_insert
INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, started_at, finished_at,
    next_attempt_at, lateness_ms, duration_ms, http_status, outcome, message, metrics, retry_of,
    cancel_requested, occurrences)
VALUES (:id, :job, :trigger, :scheduled_for, :created_at, :state, :attempts, :started_at, :finished_at,
    :next_attempt_at, :lateness_ms, :duration_ms, :http_status, :outcome, :message, :metrics,
    :retry_of, :cancel_requested, :occurrences)
ON CONFLICT (scheduled_for, job) WHERE trigger IN ('schedule', 'catch_up') DO NOTHING;

-- name: run_body_insert
INSERT INTO run_bodies (run_id, body) VALUES (:run_id, :body);

-- name: run_set_edited
UPDATE runs SET edited = 1 WHERE id = :id;

-- name: run_body_get
SELECT body FROM run_bodies WHERE run_id = :run_id;

-- The first attempt of a run has its row from its end on: until then the run's row tells of it (state running, attempts, started_at),
-- which spares a write and a row that grows. Later ones have theirs from the beginning.
-- name: attempt_insert
INSERT INTO attempts (run_id, number, started_at) VALUES (:run_id, :number, :started_at);

-- What a queued run waited for is over; why a retrying one failed stays until the attempt ends.
-- name: run_begin
UPDATE runs SET state = 'running', attempts = :number, started_at = coalesce(started_at, :started_at),
    lateness_ms = coalesce(lateness_ms, :lateness_ms), next_attempt_at = NULL,
    message = CASE state WHEN 'queued' THEN '' ELSE message END
WHERE id = :id AND state IN ('queued', 'retrying') AND attempts = :number - 1;

-- The first attempt's start was written before its first byte left; here it becomes the time when that really happened.
-- name: run_end
UPDATE runs SET state = :state, started_at = :started_at, lateness_ms = :lateness_ms, finished_at = :finished_at,
    next_attempt_at = :next_attempt_at, duration_ms = :duration_ms, http_status = :http_status,
    outcome = :outcome, message = :message, metrics = :metrics
WHERE id = :id AND state = 'running' AND attempts = :number;

-- name: attempt_end
INSERT INTO attempts (run_id, number, started_at, finished_at, outcome, http_status, message, dns_ms, connect_ms, tls_ms,
    first_byte_ms, total_ms, remote_address, request_method, request_url, request_headers, request_body,
    response_headers, response_body, response_truncated, response_size)
VALUES (:run_id, :number, :started_at, :finished_at, :outcome, :http_status, :message, :dns_ms, :connect_ms, :tls_ms,
    :first_byte_ms, :total_ms, :remote_address, :request_method, :request_url, :request_headers, :request_body,
    :response_headers, :response_body, :response_truncated, :response_size)
ON CONFLICT (run_id, number) DO UPDATE SET started_at = excluded.started_at, finished_at = excluded.finished_at,
    outcome = excluded.outcome, http_status = excluded.http_status, message = excluded.message,
    dns_ms = excluded.dns_ms, connect_ms = excluded.connect_ms, tls_ms = excluded.tls_ms,
    first_byte_ms = excluded.first_byte_ms, total_ms = excluded.total_ms, remote_address = excluded.remote_address,
    request_method = excluded.request_method, request_url = excluded.request_url,
    request_headers = excluded.request_headers, request_body = excluded.request_body,
    response_headers = excluded.response_headers, response_body = excluded.response_body,
    response_truncated = excluded.response_truncated, response_size = excluded.response_size
WHERE finished_at IS NULL;

-- name: run_finish
UPDATE runs SET state = :state, finished_at = :now, next_attempt_at = NULL, duration_ms = max(0, :now - started_at),
    outcome = coalesce(:outcome, outcome), message = :message
WHERE id = :id AND state = :from RETURNING *;

-- name: run_finish_job
UPDATE runs SET state = 'canceled', finished_at = :now, next_attempt_at = NULL, duration_ms = max(0, :now - started_at),
    outcome = 'canceled', message = :message
WHERE id IN (SELECT id FROM runs INDEXED BY runs_open
             WHERE finished_at IS NULL AND state IN ('queued', 'retrying') AND job = :job)
RETURNING *;

-- name: run_set_message
UPDATE runs SET message = :message WHERE id = :id AND state = 'queued';

-- name: run_set_cancel_requested
UPDATE runs SET cancel_requested = 1 WHERE id = :id AND finished_at IS NULL;

-- name: run_state
SELECT state FROM runs WHERE id = :id;

-- name: run_job
SELECT job, scheduled_for, edited FROM runs WHERE id = :id;

-- name: run_get
SELECT * FROM runs WHERE id = :id;

-- name: attempt_each
SELECT * FROM attempts WHERE run_id = :run_id ORDER BY number;

-- name: run_last
SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'succeeded' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'failed' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'canceled' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'skipped' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'missed' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_open WHERE job = :job AND finished_at IS NULL
ORDER BY id DESC LIMIT 1;

-- name: run_last_final
SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'succeeded' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'failed' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'canceled' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'skipped' AND finished_at IS NOT NULL
UNION ALL SELECT * FROM runs INDEXED BY runs_by_job WHERE job = :job AND state = 'missed' AND finished_at IS NOT NULL
ORDER BY id DESC LIMIT 1;

-- Newest first, from the index alone.
-- name: run_open_jobs
SELECT id, job FROM runs INDEXED BY runs_open WHERE finished_at IS NULL ORDER BY id DESC;

-- name: run_occurrences
SELECT job, scheduled_for FROM runs WHERE scheduled_for > :after AND trigger IN ('schedule', 'catch_up')
ORDER BY scheduled_for;

-- name: run_open
SELECT * FROM runs INDEXED BY runs_open WHERE finished_at IS NULL AND id > :after ORDER BY id LIMIT :limit;

-- name: run_requested
SELECT id FROM runs WHERE state = 'queued' AND trigger NOT IN ('schedule', 'catch_up') ORDER BY id;

-- Occurrences of a job that wait, whoever knows of them.
-- name: run_left
SELECT * FROM runs INDEXED BY runs_left
WHERE state = 'queued' AND trigger IN ('schedule', 'catch_up') AND job = :job ORDER BY id LIMIT :limit;

-- name: run_left_jobs
SELECT job, count(*) FROM runs INDEXED BY runs_left
WHERE state = 'queued' AND trigger IN ('schedule', 'catch_up') GROUP BY job;

-- Of jobs: messages (job 'alert:...') are bounded by channel.
-- name: run_asked_count
SELECT count(*) FROM (SELECT 1 FROM runs INDEXED BY runs_asked
    WHERE finished_at IS NULL AND trigger NOT IN ('schedule', 'catch_up') AND NOT (job >= 'alert:' AND job < 'alert;')
    LIMIT :limit);

-- name: run_asked_count_job
SELECT count(*) FROM (SELECT 1 FROM runs INDEXED BY runs_asked
    WHERE finished_at IS NULL AND trigger NOT IN ('schedule', 'catch_up') AND job = :job LIMIT :limit);

-- name: run_cancel_requested
SELECT * FROM runs WHERE cancel_requested = 1 AND finished_at IS NULL ORDER BY id;

-- Lists: either rows are walked in order of id, or the ids of those that an index knows are merged (runs_list.c), which
-- come in batches. Each is bound to its index. _up: oldest first. An open end is the least or greatest value.

-- name: run_walk
SELECT * FROM runs WHERE id > :least AND id < :below
ORDER BY id DESC;

-- name: run_walk_up
SELECT * FROM runs WHERE id > :least AND id < :below
ORDER BY id;

-- name: run_walk_late
SELECT * FROM runs INDEXED BY runs_late
WHERE created_at > scheduled_for + 3600000 AND id > :least AND id < :below
ORDER BY id DESC;

-- name: run_walk_late_up
SELECT * FROM runs INDEXED BY runs_late
WHERE created_at > scheduled_for + 3600000 AND id > :least AND id < :below
ORDER BY id;

-- name: run_ids_job
SELECT id FROM runs INDEXED BY runs_by_job
WHERE id > :least AND id < :below AND job = :job AND state = :state AND finished_at IS NOT NULL
ORDER BY id DESC LIMIT :limit;

-- name: run_ids_job_up
SELECT id FROM runs INDEXED BY runs_by_job
WHERE id > :least AND id < :below AND job = :job AND state = :state AND finished_at IS NOT NULL
ORDER BY id LIMIT :limit;

-- name: run_ids_state
SELECT id FROM runs INDEXED BY runs_by_state
WHERE id > :least AND id < :below AND state = :state AND finished_at IS NOT NULL
ORDER BY id DESC LIMIT :limit;

-- name: run_ids_state_up
SELECT id FROM runs INDEXED BY runs_by_state
WHERE id > :least AND id < :below AND state = :state AND finished_at IS NOT NULL
ORDER BY id LIMIT :limit;

-- name: run_ids_open
SELECT id FROM runs INDEXED BY runs_open WHERE id > :least AND id < :below AND finished_at IS NULL
ORDER BY id DESC LIMIT :limit;

-- name: run_ids_open_up
SELECT id FROM runs INDEXED BY runs_open WHERE id > :least AND id < :below AND finished_at IS NULL
ORDER BY id LIMIT :limit;

-- name: run_ids_open_job
SELECT id FROM runs INDEXED BY runs_open
WHERE id > :least AND id < :below AND job = :job AND finished_at IS NULL
ORDER BY id DESC LIMIT :limit;

-- name: run_ids_open_job_up
SELECT id FROM runs INDEXED BY runs_open
WHERE id > :least AND id < :below AND job = :job AND finished_at IS NULL
ORDER BY id LIMIT :limit;

-- name: run_ids_told
SELECT id FROM runs INDEXED BY runs_told WHERE id > :least AND id < :below AND state = 'succeeded' AND message <> ''
ORDER BY id DESC LIMIT :limit;

-- name: run_ids_told_up
SELECT id FROM runs INDEXED BY runs_told WHERE id > :least AND id < :below AND state = 'succeeded' AND message <> ''
ORDER BY id LIMIT :limit;

-- What happened lately, in order of creation.
-- name: run_each_since
SELECT job, state, message FROM runs WHERE id >= :least AND scheduled_for >= :since ORDER BY id;

-- name: planner_get
SELECT planned_until FROM planner WHERE id = 1;

-- name: planner_put
UPDATE planner SET planned_until = :until WHERE id = 1 AND (planned_until IS NULL OR planned_until < :until);

-- name: planner_put_back
UPDATE planner SET planned_until = :until WHERE id = 1 AND planned_until > :until;

-- name: run_recoverable
SELECT * FROM runs WHERE finished_at IS NULL AND state = 'running' ORDER BY id;

-- name: attempt_interrupt
INSERT INTO attempts (run_id, number, started_at, finished_at, outcome, message)
VALUES (:run_id, :number, :started_at, :now, 'interrupted', :message)
ON CONFLICT (run_id, number) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome,
    message = excluded.message
WHERE finished_at IS NULL;

-- name: run_disown
UPDATE runs SET state = 'failed', finished_at = :now, next_attempt_at = NULL, http_status = NULL, outcome = 'interrupted',
    message = :message
WHERE id = :id AND finished_at IS NULL;

-- name: run_interrupt
UPDATE runs SET state = :state, finished_at = :finished_at, next_attempt_at = :next_attempt_at,
    duration_ms = :duration_ms, http_status = NULL, outcome = 'interrupted', message = :message
WHERE id = :id AND state = 'running';
