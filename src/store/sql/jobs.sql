-- name: job_get
SELECT spec, revision, created_at, updated_at, effective_from, paused, paused_until, name FROM jobs WHERE name = :name;

-- name: job_each
SELECT spec, revision, created_at, updated_at, effective_from, paused, paused_until, name
FROM jobs WHERE name > :after ORDER BY name LIMIT :limit;

-- name: job_revisions
SELECT name, revision, updated_at FROM jobs;

-- name: job_insert
INSERT INTO jobs (name, target, spec, revision, created_at, updated_at, effective_from)
VALUES (:name, :target, :spec, 1, :now, :now, :now);

-- name: job_update
UPDATE jobs SET target = :target, spec = :spec, revision = revision + 1, updated_at = :now,
    effective_from = :effective_from
WHERE name = :name;

-- name: job_delete
DELETE FROM jobs WHERE name = :name;

-- name: job_pause
UPDATE jobs SET paused = 1, paused_until = :until, revision = revision + 1, updated_at = :now
WHERE name = :name AND (paused = 0 OR paused_until IS NOT :until);

-- A pause that ended by itself ended at paused_until: what was due since then is not forgotten.
-- name: job_resume
UPDATE jobs SET paused = 0, paused_until = NULL, revision = revision + 1, updated_at = :now,
    effective_from = max(effective_from, min(:now, coalesce(paused_until, :now)))
WHERE name = :name AND paused = 1;

-- name: job_count
SELECT count(*) FROM jobs;

-- name: job_of_target
SELECT name FROM jobs WHERE target = :target ORDER BY name LIMIT :limit;

-- name: job_on_target
SELECT name FROM jobs WHERE target = :target;

-- name: job_of_tag
SELECT name FROM job_tags WHERE tag = :tag;

-- name: job_tag_put
INSERT INTO job_tags (tag, name) VALUES (:tag, :name) ON CONFLICT (tag, name) DO NOTHING;

-- name: job_tag_clear
DELETE FROM job_tags WHERE name = :name;

-- name: target_get
SELECT spec, revision, created_at, updated_at FROM targets WHERE name = :name;

-- name: target_each
SELECT spec, revision, created_at, updated_at, name FROM targets ORDER BY name;

-- name: target_revisions
SELECT name, revision, updated_at FROM targets;

-- name: target_insert
INSERT INTO targets (name, spec, revision, created_at, updated_at) VALUES (:name, :spec, 1, :now, :now);

-- name: target_update
UPDATE targets SET spec = :spec, revision = revision + 1, updated_at = :now WHERE name = :name;

-- name: target_delete
DELETE FROM targets WHERE name = :name;
