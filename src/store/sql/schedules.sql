-- Schedules of many jobs (schedules.h): taken from the specs by SQLite, in a fifth of the time that it takes to read the whole jobs.

-- name: schedule_each
SELECT name, created_at, max(effective_from, coalesce(paused_until, 0)), octet_length(spec), spec ->> '$.schedule',
    spec ->> '$.timezone', spec ->> '$.starts_at', spec ->> '$.ends_at'
FROM jobs
WHERE (paused = 0 OR paused_until IS NOT NULL) AND json_valid(spec) AND spec ->> '$.enabled'
ORDER BY name;

-- name: schedule_get
SELECT name, created_at, max(effective_from, coalesce(paused_until, 0)), octet_length(spec), spec ->> '$.schedule',
    spec ->> '$.timezone', spec ->> '$.starts_at', spec ->> '$.ends_at'
FROM jobs
WHERE name = :name AND (paused = 0 OR paused_until IS NOT NULL) AND json_valid(spec) AND spec ->> '$.enabled';
