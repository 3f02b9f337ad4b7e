-- Runs that wait may be many more than a server holds in memory: the rest of a job's is found by the job, oldest first. Those asked for by
-- hand and still open have a bound by number, so they are counted.

CREATE INDEX runs_left ON runs (job, id) WHERE state = 'queued' AND trigger IN ('schedule', 'catch_up');
CREATE INDEX runs_asked ON runs (job) WHERE finished_at IS NULL AND trigger NOT IN ('schedule', 'catch_up');
