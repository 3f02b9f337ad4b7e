-- name: vault_key_get
SELECT data_key FROM vault WHERE id = 1;

-- name: vault_key_put
INSERT INTO vault (id, data_key) VALUES (1, :data_key) ON CONFLICT (id) DO UPDATE SET data_key = excluded.data_key;

-- name: secret_get
SELECT version, value FROM secrets WHERE name = :name;

-- name: secret_put
INSERT INTO secrets (name, version, value, created_at, updated_at) VALUES (:name, :version, :value, :now, :now)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, value = excluded.value, updated_at = excluded.updated_at;

-- name: secret_each
SELECT name, version, value FROM secrets ORDER BY name;

-- name: secret_info_each
SELECT name, version, created_at, updated_at FROM secrets ORDER BY name;

-- name: secret_any
SELECT 1 FROM secrets LIMIT 1;

-- name: secret_delete
DELETE FROM secrets WHERE name = :name;
