-- name: token_insert
INSERT INTO tokens (name, prefix, hash, scope, created_at) VALUES (:name, :prefix, :hash, :scope, :now)
ON CONFLICT (name) DO NOTHING;

-- name: token_by_prefix
SELECT name, hash, scope, last_used_at FROM tokens WHERE prefix = :prefix;

-- name: token_each
SELECT name, prefix, scope, created_at, last_used_at FROM tokens ORDER BY name;

-- name: token_touch
UPDATE tokens SET last_used_at = :minute WHERE name = :name AND (last_used_at IS NULL OR last_used_at < :minute);

-- name: token_delete
DELETE FROM tokens WHERE name = :name;
