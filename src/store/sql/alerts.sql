-- Alert rules, channels, mutes and states (alerts.h).

-- A mute without an end is told as the greatest time.
-- name: alert_get
SELECT a.spec, a.revision, a.created_at, a.updated_at,
    CASE WHEN m.scope IS NOT NULL THEN coalesce(m.until, 9223372036854775807) END, a.name
FROM alerts a LEFT JOIN alert_mutes m ON m.scope = 'rule' AND m.name = a.name
WHERE a.name = :name;

-- name: alert_each
SELECT a.spec, a.revision, a.created_at, a.updated_at,
    CASE WHEN m.scope IS NOT NULL THEN coalesce(m.until, 9223372036854775807) END, a.name
FROM alerts a LEFT JOIN alert_mutes m ON m.scope = 'rule' AND m.name = a.name
ORDER BY a.name;

-- name: alert_revisions
SELECT name, revision, updated_at FROM alerts ORDER BY name;

-- name: alert_count
SELECT count(*) FROM alerts;

-- name: alert_naming
SELECT name FROM alerts WHERE instr(spec, :quoted) > 0;

-- name: alert_insert
INSERT INTO alerts (name, spec, revision, created_at, updated_at) VALUES (:name, :spec, 1, :now, :now);

-- name: alert_update
UPDATE alerts SET spec = :spec, revision = revision + 1, updated_at = :now WHERE name = :name;

-- name: alert_delete
DELETE FROM alerts WHERE name = :name;

-- name: channel_get
SELECT spec, revision, created_at, updated_at, name FROM channels WHERE name = :name;

-- name: channel_each
SELECT spec, revision, created_at, updated_at, name FROM channels ORDER BY name;

-- name: channel_revisions
SELECT name, revision, updated_at FROM channels ORDER BY name;

-- name: channel_count
SELECT count(*) FROM channels;

-- name: channel_insert
INSERT INTO channels (name, spec, revision, created_at, updated_at) VALUES (:name, :spec, 1, :now, :now);

-- name: channel_update
UPDATE channels SET spec = :spec, revision = revision + 1, updated_at = :now WHERE name = :name;

-- name: channel_delete
DELETE FROM channels WHERE name = :name;

-- Jobs with rules of their own that may name it: few have any.
-- name: channel_jobs
SELECT name, spec ->> '$.alerts' FROM jobs WHERE instr(spec, :quoted) > 0 AND spec ->> '$.alerts' <> '[]' ORDER BY name;

-- name: mute_get
SELECT until FROM alert_mutes WHERE scope = :scope AND name = :name;

-- name: mute_each
SELECT scope, name, until FROM alert_mutes ORDER BY scope, name;

-- name: mute_put
INSERT INTO alert_mutes (scope, name, until) VALUES (:scope, :name, :until)
ON CONFLICT (scope, name) DO UPDATE SET until = excluded.until;

-- name: mute_delete
DELETE FROM alert_mutes WHERE scope = :scope AND name = :name;

-- name: mute_prune
DELETE FROM alert_mutes WHERE until <= :now;

-- name: watch_state_each
SELECT rule, subject, kind, phase, count, since, last_at, over_at, told_at, due_at, run, value, target FROM watch_states
ORDER BY rule, subject;

-- name: watch_state_of
SELECT rule, subject, kind, phase, count, since, last_at, over_at, told_at, due_at, run, value, target FROM watch_states
WHERE rule = :rule ORDER BY subject;

-- name: watch_state_count
SELECT count(*) FROM watch_states INDEXED BY watch_states_by_subject
WHERE subject = :subject AND phase = 'firing'
    AND kind IN ('failure', 'missed', 'lateness', 'duration', 'metric', 'no_success');

-- name: watch_state_put
INSERT INTO watch_states (rule, subject, kind, phase, count, since, last_at, over_at, told_at, due_at, run, value, target)
VALUES (:rule, :subject, :kind, :phase, :count, :since, :last_at, :over_at, :told_at, :due_at, :run, :value, :target)
ON CONFLICT (rule, subject) DO UPDATE SET kind = excluded.kind, phase = excluded.phase, count = excluded.count,
    since = excluded.since, last_at = excluded.last_at, over_at = excluded.over_at, told_at = excluded.told_at,
    due_at = excluded.due_at, run = excluded.run, value = excluded.value, target = excluded.target;

-- name: watch_state_delete
DELETE FROM watch_states WHERE rule = :rule AND subject = :subject;

-- name: watch_state_forget_rule
DELETE FROM watch_states WHERE rule = :rule;

-- A secret may be called as a job is.
-- name: watch_state_forget_job
DELETE FROM watch_states WHERE subject = :subject
    AND kind IN ('failure', 'missed', 'lateness', 'duration', 'metric', 'no_success');

-- name: watch_state_forget_target
DELETE FROM watch_states WHERE subject = :subject AND kind = 'certificate';

-- name: watch_state_forget_secret
DELETE FROM watch_states WHERE subject = :subject AND kind = 'secret_age';

-- How a channel does: its newest runs.

-- name: channel_sent_last
SELECT id, finished_at FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = 'succeeded' AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: channel_failed_count
SELECT count(*) FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = 'failed' AND finished_at IS NOT NULL AND id > :after;

-- name: channel_failed_first
SELECT finished_at FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = 'failed' AND finished_at IS NOT NULL AND id > :after ORDER BY id LIMIT 1;

-- name: channel_failed_last
SELECT id, message FROM runs INDEXED BY runs_by_job
WHERE job = :job AND state = 'failed' AND finished_at IS NOT NULL AND id > :after ORDER BY id DESC LIMIT 1;
