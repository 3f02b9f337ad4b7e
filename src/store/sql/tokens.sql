-- name: token_insert
INSERT INTO tokens (name, prefix, hash, scope, created_at, expires_at, tags)
VALUES (:name, :prefix, :hash, :scope, :now, :expires_at, :tags)
ON CONFLICT (name) DO NOTHING;

-- name: token_by_prefix
SELECT name, hash, scope, last_used_at, expires_at, tags FROM tokens WHERE prefix = :prefix;

-- name: token_each
SELECT name, prefix, scope, created_at, last_used_at, expires_at, tags FROM tokens ORDER BY name;

-- name: token_get
SELECT name, prefix, scope, created_at, last_used_at, expires_at, tags FROM tokens WHERE name = :name;

-- name: token_touch
UPDATE tokens SET last_used_at = :minute WHERE name = :name AND (last_used_at IS NULL OR last_used_at < :minute);

-- name: token_delete
DELETE FROM tokens WHERE name = :name;

-- The tags of a run's job are in its spec; a run of a job that was removed has none.
-- name: job_spec_of_run
SELECT jobs.spec FROM runs JOIN jobs ON jobs.name = runs.job WHERE runs.id = :id;
