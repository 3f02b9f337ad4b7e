-- name: secret_get
SELECT version, value FROM secret_versions WHERE name = :name AND expires_at IS NULL;

-- name: secret_version
SELECT version FROM secrets WHERE name = :name;

-- name: secret_put
INSERT INTO secrets (name, version, created_at, updated_at) VALUES (:name, :version, :now, :now)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at;

-- name: secret_version_put
INSERT INTO secret_versions (name, version, value, created_at) VALUES (:name, :version, :value, :now);

-- name: secret_version_retire
UPDATE secret_versions SET expires_at = :expires_at WHERE name = :name AND expires_at IS NULL;

-- name: secret_version_destroy_previous
DELETE FROM secret_versions WHERE name = :name AND expires_at IS NOT NULL;

-- name: secret_version_destroy_expired
DELETE FROM secret_versions WHERE expires_at <= :now;

-- name: secret_version_expired
SELECT 1 FROM secret_versions WHERE expires_at <= :now LIMIT 1;

-- name: secret_each
SELECT name, version, value, expires_at FROM secret_versions ORDER BY name, version;

-- What an engine holds of secrets, as marks to compare.
-- name: secret_mark_each
SELECT name, version || ':' || created_at || ':' || ifnull(expires_at, '') FROM secret_versions
UNION ALL SELECT name, target FROM secret_targets;

-- name: secret_info_each
SELECT s.name, s.version, s.created_at, s.updated_at, s.rotate_every_s, s.last_used_at, p.version, p.expires_at
FROM secrets s LEFT JOIN secret_versions p ON p.name = s.name AND p.expires_at IS NOT NULL ORDER BY s.name;

-- name: secret_any
SELECT 1 FROM secrets LIMIT 1;

-- name: secret_delete
DELETE FROM secrets WHERE name = :name;

-- name: secret_rotation_put
UPDATE secrets SET rotate_every_s = :rotate_every_s WHERE name = :name;

-- name: secret_used
UPDATE secrets SET last_used_at = max(ifnull(last_used_at, 0), :at) WHERE name = :name;

-- name: secret_target_put
INSERT INTO secret_targets (name, target) VALUES (:name, :target) ON CONFLICT (name, target) DO NOTHING;

-- name: secret_target_clear
DELETE FROM secret_targets WHERE name = :name;

-- name: secret_target_of
SELECT target FROM secret_targets WHERE name = :name ORDER BY target;

-- name: secret_target_each
SELECT name, target FROM secret_targets ORDER BY name, target;

-- name: secret_of_target
SELECT name FROM secret_targets WHERE target = :target ORDER BY name LIMIT :limit;

-- The secret may have been removed since.
-- name: secret_accepted_put
INSERT INTO secret_accepted (name, place, version, accepted_at)
SELECT name, :place, :version, :at FROM secrets WHERE name = :name
ON CONFLICT (name, place) DO UPDATE SET version = excluded.version, accepted_at = excluded.accepted_at
WHERE excluded.accepted_at >= accepted_at;

-- name: secret_accepted_of
SELECT place, version, accepted_at FROM secret_accepted WHERE name = :name ORDER BY place;

-- Places that have not been heard of for two versions: gone, most likely.
-- name: secret_accepted_forget
DELETE FROM secret_accepted WHERE name = :name AND version < :version;

-- name: secret_version_reseal
UPDATE secret_versions SET value = :value WHERE name = :name AND version = :version;
